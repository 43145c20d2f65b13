//! Keys as V5 knows them (sections 6.2 and 8.4).

use super::key::Key;
use super::knobs::Context;
use crate::base::calendar::DAY_MS;

/// A key at V5, a broker's or a sub-account's.
#[derive(Clone, Debug)]
pub struct Signer {
    pub api_key: String,
    pub api_secret: String,
    /// The account it belongs to, and that one's master where it is a sub-account.
    pub uid: u64,
    pub parent_uid: Option<u64>,
    /// Whose it is; nobody's when the user made it.
    pub client_id: Option<String>,
    pub lives: bool,
    pub created_ms: u64,
    /// The addresses it is bound to (6.2).
    pub ips: Vec<String>,
    /// Keys bound to an address do not expire, unless the password was changed (8.4).
    pub expires_ms: Option<u64>,
}

impl Key {
    /// Only a broker's keys are bound, to the addresses that the broker registered (6.2).
    pub fn signer(&self, context: &Context<'_>) -> Signer {
        let knobs = context.knobs;
        let ips = knobs.key_ips.split(',').map(str::trim).filter(|ip| !ip.is_empty());
        Signer {
            ips: if self.client_id.is_some() { ips.map(str::to_owned).collect() } else { Vec::new() },
            api_key: self.api_key.clone(),
            api_secret: self.api_secret.clone(),
            uid: self.uid,
            parent_uid: None,
            client_id: self.client_id.clone(),
            lives: self.lives,
            created_ms: self.created_ms.unwrap_or(context.now_ms),
            expires_ms: self.password_changed_ms.map(|at| after_days(at, knobs.password_change_days)),
        }
    }
}

pub fn after_days(from_ms: u64, days: u64) -> u64 {
    from_ms.saturating_add(days.saturating_mul(DAY_MS))
}
