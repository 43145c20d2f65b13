//! Codes and token pairs, as exchanges keep them.

use crate::exchange::record::MASK;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What the user approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The user.
    pub uid: u64,
    /// The partner.
    pub client_id: String,
    /// What for.
    pub scopes: Vec<String>,
    /// Present when the authorize request carried one.
    pub challenge: Option<String>,
    /// Where the code went.
    pub redirect_uri: String,
}

#[derive(Clone, Debug)]
struct Code {
    grant: Grant,
    expires_ms: u64,
}

/// The moment `seconds` from now.
pub fn after(now_ms: u64, seconds: u64) -> u64 {
    now_ms.saturating_add(seconds.saturating_mul(1000))
}

/// Authorization codes: single use, short-lived, bound to what was approved.
#[derive(Clone, Debug, Default)]
pub struct Codes(BTreeMap<String, Code>);

impl Codes {
    /// Keeps a code for so many seconds.
    pub fn issue(&mut self, code: String, grant: Grant, now_ms: u64, seconds: u64) {
        self.0.retain(|_, code| now_ms < code.expires_ms);
        self.0.insert(code, Code { grant, expires_ms: after(now_ms, seconds) });
    }

    /// The grant behind a code that this client may still spend.
    pub fn look_up(&self, code: &str, client_id: &str, now_ms: u64) -> Option<&Grant> {
        self.0.get(code).filter(|c| now_ms < c.expires_ms && c.grant.client_id == client_id).map(|c| &c.grant)
    }

    /// Makes a code worthless.
    pub fn spend(&mut self, code: &str) {
        self.0.remove(code);
    }

    /// Makes every code of a user worthless.
    pub fn revoke(&mut self, uid: u64) {
        self.0.retain(|_, code| code.grant.uid != uid);
    }

    /// How many could still be spent.
    pub fn open(&self, now_ms: u64) -> usize {
        self.0.values().filter(|c| now_ms < c.expires_ms).count()
    }
}

/// A live access token and the refresh token that came with it.
#[derive(Clone, Debug)]
pub struct Pair {
    /// What they stand for.
    pub grant: Grant,
    /// The access token.
    pub access: String,
    /// When it ends.
    pub access_expires_ms: u64,
    /// The refresh token, until it is used.
    pub refresh: Option<String>,
    /// When it ends.
    pub refresh_expires_ms: u64,
    /// False once replaced, where an exchange ends old access tokens then.
    pub access_lives: bool,
}

impl Pair {
    /// Whether either token could still do anything.
    fn works(&self, now_ms: u64) -> bool {
        self.access_lives && now_ms < self.access_expires_ms
            || self.refresh.is_some() && now_ms < self.refresh_expires_ms
    }
}

/// The pairs that were issued, the dead ones among them until they are many.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    issued: u64,
    pairs: BTreeMap<u64, Pair>,
    by_access: BTreeMap<String, u64>,
    by_refresh: BTreeMap<String, u64>,
    /// At so many pairs the dead ones are looked for.
    full_at: usize,
}

/// So many dead pairs are kept, the newest: an expired token is told from an unknown one.
const DEAD_KEPT: usize = 1000;

impl Pairs {
    /// Keeps a pair.
    pub fn issue(&mut self, pair: Pair, now_ms: u64) {
        self.issued += 1;
        self.by_access.insert(pair.access.clone(), self.issued);
        if let Some(refresh) = &pair.refresh {
            self.by_refresh.insert(refresh.clone(), self.issued);
        }
        self.pairs.insert(self.issued, pair);
        if self.pairs.len() >= self.full_at.max(2 * DEAD_KEPT) {
            self.prune(now_ms);
            self.full_at = 2 * self.pairs.len();
        }
    }

    fn prune(&mut self, now_ms: u64) {
        let mut dead: Vec<u64> = self.pairs.iter().filter(|(_, pair)| !pair.works(now_ms)).map(|(id, _)| *id).collect();
        dead.truncate(dead.len().saturating_sub(DEAD_KEPT));
        for id in dead {
            self.pairs.remove(&id);
        }
        self.by_access.retain(|_, id| self.pairs.contains_key(id));
        self.by_refresh.retain(|_, id| self.pairs.contains_key(id));
    }

    /// The pair of a known access token, expired or not.
    pub fn by_access(&self, token: &str) -> Option<&Pair> {
        let id = self.by_access.get(token)?;
        self.pairs.get(id).filter(|pair| pair.access_lives)
    }

    /// The pair of a known refresh token, used or not.
    pub fn by_refresh(&self, token: &str) -> Option<&Pair> {
        self.pairs.get(self.by_refresh.get(token)?)
    }

    /// Takes the grant of a refresh token that this client may use, and makes that token worthless;
    /// the access token too when `end_access` is set.
    pub fn rotate(&mut self, token: &str, client_id: &str, now_ms: u64, end_access: bool) -> Option<Grant> {
        let pair = self.pairs.get_mut(self.by_refresh.get(token)?)?;
        if pair.refresh.as_deref() != Some(token)
            || pair.grant.client_id != client_id
            || now_ms >= pair.refresh_expires_ms
        {
            return None;
        }
        pair.refresh = None;
        if end_access {
            pair.access_lives = false;
        }
        Some(pair.grant.clone())
    }

    /// Makes every token of a user worthless.
    pub fn revoke(&mut self, uid: u64) {
        for pair in self.pairs.values_mut().filter(|p| p.grant.uid == uid) {
            pair.refresh = None;
            pair.access_lives = false;
        }
    }

    /// The tokens that still work, for the admin page.
    pub fn state(&self, now_ms: u64, with_values: bool) -> Value {
        let shown = |token: &str| if with_values { token } else { MASK }.to_owned();
        let live = |pair: &&Pair| pair.access_lives || pair.refresh.is_some();
        self.pairs
            .values()
            .filter(live)
            .map(|pair| {
                json!({
                    "uid": pair.grant.uid, "client_id": pair.grant.client_id,
                    "scopes": pair.grant.scopes, "access_token": shown(&pair.access),
                    "access_works": pair.access_lives && now_ms < pair.access_expires_ms,
                    "access_expires_ms": pair.access_expires_ms,
                    "refresh_token": pair.refresh.as_deref().map(shown),
                    "refresh_works": pair.refresh.is_some() && now_ms < pair.refresh_expires_ms,
                    "refresh_expires_ms": pair.refresh_expires_ms,
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, now_ms: u64) -> Pair {
        Pair {
            grant: grant(),
            access: format!("access {name}"),
            access_expires_ms: after(now_ms, 300),
            refresh: Some(format!("refresh {name}")),
            refresh_expires_ms: after(now_ms, 600),
            access_lives: true,
        }
    }

    fn grant() -> Grant {
        Grant { uid: 1, client_id: "c".into(), scopes: Vec::new(), challenge: None, redirect_uri: String::new() }
    }

    #[test]
    fn dead_pairs_are_forgotten_and_live_ones_never() {
        let mut pairs = Pairs::default();
        pairs.issue(pair("live", 10_000_000), 0);
        for n in 0..20_000 {
            pairs.issue(pair(&n.to_string(), 0), 700_000);
        }
        assert!(pairs.pairs.len() <= 2 * DEAD_KEPT + 2, "{}", pairs.pairs.len());
        assert_eq!(pairs.pairs.len(), pairs.by_access.len());
        assert_eq!(pairs.pairs.len(), pairs.by_refresh.len());
        assert!(pairs.by_access("access live").is_some());
        assert!(pairs.rotate("refresh live", "c", 700_000, true).is_some());
        assert!(pairs.by_access("access 19999").is_some(), "an expired one is still told from an unknown one");
        assert!(pairs.by_access("access 0").is_none());
    }

    #[test]
    fn ten_thousand_live_pairs_all_work() {
        let mut pairs = Pairs::default();
        for n in 0..10_000 {
            pairs.issue(pair(&n.to_string(), 0), 0);
        }
        assert!((0..10_000).all(|n| pairs.by_access(&format!("access {n}")).is_some()));
    }

    #[test]
    fn spent_and_expired_codes_are_forgotten() {
        let mut codes = Codes::default();
        for n in 0..100_u64 {
            codes.issue(n.to_string(), grant(), n * 1000, 10);
        }
        assert_eq!(codes.0.len(), 10);
        codes.spend("99");
        assert!(codes.look_up("99", "c", 99_000).is_none() && codes.look_up("98", "c", 99_000).is_some());
        assert_eq!(codes.0.len(), 9);
    }
}
