//! Toy's requests.

use super::parse;
use crate::venue::contract::{BodyFormat, ClientAuth, Stage, StageKind, Unanswered};
use crate::wire::http::Replay;

pub(super) const EXCHANGE_CODE: Stage = Stage {
    name: "exchange_code",
    kind: StageKind::Exchange,
    replay: Replay::Never,
    unanswered: Unanswered::End,
    benign: &[],
    scopes: &[],
    rate_limit: None,
    request: |stage, identity, context| {
        // Exposed into the body of the request that spends it.
        let fields = [("grant_type", "authorization_code"), ("code", context.code.as_ref()?.expose())];
        Some(stage.token_request((ClientAuth::Basic, BodyFormat::Json), identity, context, "/token", &fields))
    },
    parse: parse::tokens,
};

/// The same key each time it is asked for, so a lost reply costs nothing.
pub(super) const FETCH_KEY: Stage = Stage {
    name: "fetch_key",
    kind: StageKind::Fetch,
    replay: Replay::Safe,
    unanswered: Unanswered::Again,
    benign: &[],
    scopes: &[],
    rate_limit: None,
    request: |stage, identity, context| stage.get(identity, context, "/key"),
    parse: parse::key,
};
