//! What happens to keys and grants outside the flow. Little of it is documented (section 11).

use super::host::Host;
use super::knobs::{Context, person};
use crate::exchange::action::UserAction;
use serde_json::{Value, json};

impl Host {
    pub(super) fn user_acts(&mut self, action: UserAction, context: &mut Context<'_>) -> Result<Value, String> {
        let uid = person(context).uid;
        match action {
            UserAction::DeleteKey => {
                let mut count = 0;
                for key in self.keys.iter_mut().filter(|k| k.lives && k.uid == uid && k.client_id.is_some()) {
                    key.lives = false;
                    count += 1;
                }
                Ok(json!({"keys": count}))
            }
            UserAction::Revoke => {
                // What happens to the key is unknown (11): it stays.
                self.codes.revoke(uid);
                self.pairs.revoke(uid);
                Ok(json!({"keys": 0}))
            }
            UserAction::ChangePassword => {
                let mut count = 0;
                for key in self.keys.iter_mut().filter(|k| k.lives && k.uid == uid) {
                    key.password_changed_ms = Some(context.now_ms);
                    count += 1;
                }
                Ok(json!({"keys": count}))
            }
            _ => Err("Nothing documents what this does at Bybit; \
                      delete_key, change_password and revoke are available."
                .into()),
        }
    }

    pub(super) fn state_json(&self, now_ms: u64, with_values: bool) -> Value {
        let keys: Vec<Value> = self.keys.iter().map(|k| k.to_json(with_values)).collect();
        let sub_accounts: Vec<Value> = self
            .sub_accounts
            .iter()
            .flat_map(|(uid, accounts)| accounts.iter().map(|account| account.to_json(*uid, with_values)))
            .collect();
        json!({
            "open_consents": self.desk.count(),
            "open_codes": self.codes.open(now_ms),
            "tokens": self.pairs.state(now_ms, with_values),
            "keys": keys,
            "sub_accounts": sub_accounts,
        })
    }
}
