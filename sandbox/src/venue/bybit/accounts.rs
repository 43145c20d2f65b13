//! The agent's sub-accounts and their keys (section 6.3).

use super::signed::Signer;
use super::{Bybit, PERMISSION_DENIED, agent, envelope, error};
use crate::http::{Call, Response};
use crate::knobs::{AiShape, BybitKnobs, Knobs};
use crate::record::{Finding, MASK};
use crate::strict;
use crate::venue::grants::Grant;
use crate::venue::{Context, Endpoint, Environment};
use serde_json::{Map, Value, json};

/// The user has not bound two-factor authentication.
const NO_TWO_FACTOR: u32 = 20_039;
/// So many sub-accounts a user may have.
const MOST: usize = 5;

/// A sub-account with its key.
#[derive(Clone, Debug)]
pub struct SubAccount {
    id: u64,
    nickname: String,
    api_key: String,
    api_secret: String,
    /// One that is there from the start has none until a request tells the time.
    created_ms: Option<u64>,
}

/// What a call asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    List,
    One(u64),
    Create,
}

impl Asked {
    /// From the query: nothing, `sub_member_id` or `is_create=true`.
    pub fn read(call: &Call<'_>) -> (Asked, Vec<Finding>) {
        let (fields, mut findings) = strict::read_query(call, &[], &["sub_member_id", "is_create"]);
        let mut wrong = |rule, field, text: &str| findings.push(Finding::new(rule, field, text));
        if fields.has("sub_member_id") && fields.has("is_create") {
            wrong("conflicting_fields", "is_create", "Send sub_member_id or is_create, not both.");
        }
        if fields.has("is_create") {
            if fields.text("is_create") != "true" {
                wrong("is_create", "is_create", "is_create must be true.");
            }
            return (Asked::Create, findings);
        }
        if !fields.has("sub_member_id") {
            return (Asked::List, findings);
        }
        let id = fields.text("sub_member_id");
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_digit()) {
            wrong("sub_member_id", "sub_member_id", "sub_member_id must be a number.");
        }
        // A number too large for an id is no account's.
        (Asked::One(id.parse().unwrap_or(u64::MAX)), findings)
    }
}

impl SubAccount {
    fn listed(&self, with_key: bool, names: &Names) -> Value {
        let mut fields = if with_key { self.key(names) } else { Map::from_iter([(names.id.into(), json!(self.id))]) };
        fields.insert("nickname".into(), json!(self.nickname));
        Value::Object(fields)
    }

    fn key(&self, names: &Names) -> Map<String, Value> {
        Map::from_iter([
            (names.id.into(), json!(self.id)),
            (names.key.into(), json!(self.api_key)),
            (names.secret.into(), json!(self.api_secret)),
        ])
    }

    pub fn to_json(&self, uid: u64, with_values: bool) -> Value {
        json!({
            "sub_member_id": self.id, "uid": uid, "nickname": self.nickname, "api_key": self.api_key,
            "api_secret": if with_values { self.api_secret.as_str() } else { MASK },
        })
    }
}

struct Names {
    list: &'static str,
    id: &'static str,
    key: &'static str,
    secret: &'static str,
}

const SNAKE: Names = Names { list: "accounts", id: "sub_member_id", key: "api_key", secret: "api_secret" };
/// One third party's; the secret's name is by analogy (B13).
const CAMEL: Names = Names { list: "aiAccounts", id: "subAccountId", key: "apiKey", secret: "apiSecret" };

impl Bybit {
    pub(super) fn ai_accounts(&mut self, asked: Asked, grant: &Grant, context: &mut Context<'_>) -> Response {
        let endpoint = Endpoint::AiAccounts;
        if !context.knobs.bybit.user_two_factor {
            return error(endpoint, NO_TWO_FACTOR, "2FA is not bound", context);
        }
        let count = self.accounts_of(grant.uid).len();
        let chosen = match asked {
            Asked::List => None,
            // The answers to an unknown id and to a sixth account are not documented. 10001 would read
            // as a bad token here, so it is V5's "permission denied" (9).
            Asked::One(id) if !self.accounts_of(grant.uid).iter().any(|account| account.id == id) => {
                return error(endpoint, PERMISSION_DENIED, "no such sub account", context);
            }
            Asked::One(id) => Some(id),
            Asked::Create if count >= MOST => {
                return error(endpoint, PERMISSION_DENIED, "no more than 5 sub accounts", context);
            }
            // What creation answers is not documented: here the same as asking for the new account.
            Asked::Create => Some(self.add_account(grant.uid, context)),
        };
        Response::json(200, &reply(self.accounts_of(grant.uid), chosen, &context.knobs.bybit)).no_store()
    }

    fn accounts_of(&self, uid: u64) -> &[SubAccount] {
        self.sub_accounts.get(&uid).map_or(&[], Vec::as_slice)
    }

    fn add_account(&mut self, uid: u64, context: &mut Context<'_>) -> u64 {
        let base = if self.environment == Environment::Testnet { 300_000 } else { 200_000 };
        self.sub_accounts_made += 1;
        let id = base + self.sub_accounts_made;
        let accounts = self.sub_accounts.entry(uid).or_default();
        accounts.push(SubAccount {
            id,
            nickname: format!("bot-{}", accounts.len() + 1),
            api_key: context.mint.alphanumeric("bybit sub-account key", 18),
            api_secret: context.mint.alphanumeric("bybit sub-account secret", 36),
            created_ms: None,
        });
        id
    }

    pub(super) fn date_sub_accounts(&mut self, now_ms: u64) {
        for account in self.sub_accounts.values_mut().flatten() {
            account.created_ms.get_or_insert(now_ms);
        }
    }

    /// A sub-account's key at V5; it is bound to no address.
    pub(super) fn sub_account_signer(&self, api_key: &str, now_ms: u64) -> Option<Signer> {
        let accounts = self.sub_accounts.iter().flat_map(|(uid, held)| held.iter().map(move |account| (*uid, account)));
        let (uid, account) = { accounts }.find(|(_, account)| account.api_key == api_key)?;
        Some(Signer {
            api_key: account.api_key.clone(),
            api_secret: account.api_secret.clone(),
            uid: account.id,
            parent_uid: Some(uid),
            client_id: Some(agent::CLIENT_ID.into()),
            lives: true,
            created_ms: account.created_ms.unwrap_or(now_ms),
            ips: Vec::new(),
            expires_ms: None,
        })
    }

    /// Gives the user the accounts to begin with: a new user, or any after the knob was changed.
    pub(super) fn stage_sub_accounts(&mut self, before: Option<&Knobs>, context: &mut Context<'_>) {
        let knobs = &context.knobs.bybit;
        let (uid, count) = (knobs.user_uid, knobs.user_sub_accounts);
        let unchanged = before.is_some_and(|before| before.bybit.user_sub_accounts == count);
        let kept = unchanged && self.sub_accounts.contains_key(&uid);
        if !kept {
            self.sub_accounts.insert(uid, Vec::new());
            for _ in 0..count {
                self.add_account(uid, context);
            }
        }
    }
}

fn reply(accounts: &[SubAccount], chosen: Option<u64>, knobs: &BybitKnobs) -> Value {
    let names = if knobs.ai_shape == AiShape::CamelCase { &CAMEL } else { &SNAKE };
    let list = |with_keys| accounts.iter().map(|account| account.listed(with_keys, names)).collect::<Vec<Value>>();
    let chosen = accounts.iter().find(|account| Some(account.id) == chosen);
    let payload = match (knobs.ai_shape, chosen) {
        (AiShape::AlwaysList, _) => json!({names.list: list(true)}),
        (_, Some(account)) => Value::Object(account.key(names)),
        (AiShape::Array, None) => json!(list(knobs.ai_list_keys)),
        (_, None) => json!({names.list: list(knobs.ai_list_keys)}),
    };
    let mut body = envelope(Endpoint::AiAccounts, 0, "", Value::Null, knobs);
    match (knobs.ai_shape, payload) {
        (AiShape::TopLevel, Value::Object(fields)) => {
            if let Some(body) = body.as_object_mut() {
                body.remove("result");
                body.extend(fields);
            }
        }
        (_, payload) => body["result"] = payload,
    }
    body
}
