//! The agent's sub-accounts and their keys (section 6.3).

use super::endpoints::AI_ACCOUNTS;
use super::host::Host;
use super::knobs::{AiShape, BybitKnobs, Context};
use super::replies::{PERMISSION_DENIED, envelope, error};
use super::sub_account::{CAMEL, SNAKE, SubAccount};
use crate::base::http::{Call, Response};
use crate::exchange::record::Finding;
use crate::parts::grants::Grant;
use crate::parts::strict;
use serde_json::{Value, json};

/// The user has not bound two-factor authentication.
const NO_TWO_FACTOR: u32 = 20_039;
/// So many sub-accounts a user may have.
const MOST: usize = 5;

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

impl Host {
    pub(super) fn ai_accounts(&mut self, asked: Asked, grant: &Grant, context: &mut Context<'_>) -> Response {
        let endpoint = AI_ACCOUNTS;
        let two_factor = context.user_of(grant.uid).map_or(context.knobs.user_two_factor, |user| user.two_factor);
        if !two_factor {
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
        Response::json(200, &reply(self.accounts_of(grant.uid), chosen, context.knobs)).no_store()
    }

    fn accounts_of(&self, uid: u64) -> &[SubAccount] {
        self.sub_accounts.get(&uid).map_or(&[], Vec::as_slice)
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
    let mut body = envelope(AI_ACCOUNTS, 0, "", Value::Null, knobs);
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
