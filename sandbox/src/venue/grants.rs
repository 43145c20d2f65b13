//! Codes and token pairs, as both venues keep them.

use crate::record::MASK;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What the user approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub uid: u64,
    pub client_id: String,
    pub scopes: Vec<String>,
    /// Present when the authorize request carried one.
    pub challenge: Option<String>,
    pub redirect_uri: String,
}

#[derive(Clone, Debug)]
struct Code {
    grant: Grant,
    expires_ms: u64,
    used: bool,
}

/// The moment `seconds` from now.
pub fn after(now_ms: u64, seconds: u64) -> u64 {
    now_ms.saturating_add(seconds.saturating_mul(1000))
}

/// Authorization codes: single use, short-lived, bound to what was approved.
#[derive(Clone, Debug, Default)]
pub struct Codes(BTreeMap<String, Code>);

impl Codes {
    pub fn issue(&mut self, code: String, grant: Grant, expires_ms: u64) {
        self.0.insert(code, Code { grant, expires_ms, used: false });
    }

    /// The grant behind a code that this client may still spend.
    pub fn look_up(&self, code: &str, client_id: &str, now_ms: u64) -> Option<&Grant> {
        self.0
            .get(code)
            .filter(|c| !c.used && now_ms < c.expires_ms && c.grant.client_id == client_id)
            .map(|c| &c.grant)
    }

    pub fn spend(&mut self, code: &str) {
        if let Some(code) = self.0.get_mut(code) {
            code.used = true;
        }
    }

    /// Makes every code of a user worthless.
    pub fn revoke(&mut self, uid: u64) {
        self.0.retain(|_, code| code.grant.uid != uid);
    }

    pub fn open(&self, now_ms: u64) -> usize {
        self.0.values().filter(|c| !c.used && now_ms < c.expires_ms).count()
    }
}

/// A live access token and the refresh token that came with it.
#[derive(Clone, Debug)]
pub struct Pair {
    pub grant: Grant,
    pub access: String,
    pub access_expires_ms: u64,
    pub refresh: Option<String>,
    pub refresh_expires_ms: u64,
    /// False once replaced, at the venue that ends old access tokens then.
    pub access_lives: bool,
}

/// Every pair that was issued.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    pairs: Vec<Pair>,
    by_access: BTreeMap<String, usize>,
    by_refresh: BTreeMap<String, usize>,
}

impl Pairs {
    pub fn issue(&mut self, pair: Pair) {
        let index = self.pairs.len();
        self.by_access.insert(pair.access.clone(), index);
        if let Some(refresh) = &pair.refresh {
            self.by_refresh.insert(refresh.clone(), index);
        }
        self.pairs.push(pair);
    }

    /// The pair of a known access token, expired or not.
    pub fn by_access(&self, token: &str) -> Option<&Pair> {
        let index = self.by_access.get(token)?;
        self.pairs.get(*index).filter(|pair| pair.access_lives)
    }

    /// Takes the grant of a refresh token that this client may use, and makes that token worthless;
    /// the access token too when `end_access` is set.
    pub fn rotate(&mut self, token: &str, client_id: &str, now_ms: u64, end_access: bool) -> Option<Grant> {
        let index = *self.by_refresh.get(token)?;
        let pair = self.pairs.get_mut(index)?;
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
        for pair in self.pairs.iter_mut().filter(|p| p.grant.uid == uid) {
            pair.refresh = None;
            pair.access_lives = false;
        }
    }

    /// The tokens that still work, for the admin page.
    pub fn state(&self, now_ms: u64, with_values: bool) -> Value {
        let shown = |token: &str| if with_values { token } else { MASK }.to_owned();
        let live = |pair: &&Pair| pair.access_lives || pair.refresh.is_some();
        self.pairs
            .iter()
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
