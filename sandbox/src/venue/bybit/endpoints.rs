//! The endpoints that only Bybit has.

use crate::exchange::endpoint::{Endpoint, Kind};

/// The user's id.
pub const UID: Endpoint = Endpoint::new("uid", Kind::Key);
/// The key and its secret.
pub const OPENAPI: Endpoint = Endpoint::new("openapi", Kind::Key);
/// The AI agent's sub-accounts and their keys.
pub const AI_ACCOUNTS: Endpoint = Endpoint::new("ai_accounts", Kind::Key);

pub const ALL: &[Endpoint] = &[UID, OPENAPI, AI_ACCOUNTS];
