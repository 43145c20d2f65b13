//! What happens to keys and grants outside the flow (section 8).

use super::host::Host;
use super::key::{KeyStatus, Owner};
use super::knobs::{Context, WhiteBitKnobs, person};
use crate::exchange::action::UserAction;
use serde_json::{Value, json};

impl Host {
    pub(super) fn user_acts(&mut self, action: UserAction, context: &mut Context<'_>) -> Result<Value, String> {
        let uid = person(context).uid;
        let status = match action {
            UserAction::DeleteKey => KeyStatus::Deleted,
            // Whether tokens outlive a new password or a block is unstated: they do.
            UserAction::ChangePassword | UserAction::BlockAccount | UserAction::InactivityDelete => {
                KeyStatus::SystemDeleted
            }
            UserAction::InactivityDisable => KeyStatus::Disabled,
            UserAction::Revoke => {
                // What info shows then is unstated, and there is no token left to ask with.
                self.pairs.revoke(uid);
                self.codes.revoke(uid);
                KeyStatus::SystemDeleted
            }
            UserAction::CreateManualKey => {
                let granted = vec!["info".to_owned()];
                let key = self.add_key(Owner::Manual, granted, 0, context);
                return Ok(json!({"external_id": key.external_id}));
            }
        };
        let mut count = 0;
        for key in &mut self.keys {
            if key.uid == uid && !key.is_deleted() && key.owner != Owner::Manual {
                key.status = status;
                count += 1;
            }
        }
        Ok(json!({"keys": count}))
    }

    pub(super) fn state_json(&self, knobs: &WhiteBitKnobs, now_ms: u64, with_values: bool) -> Value {
        let keys: Vec<Value> = self.keys.iter().map(|key| key.to_json(knobs.inactivity, now_ms, with_values)).collect();
        json!({
            "open_consents": self.desk.count(),
            "open_codes": self.codes.open(now_ms),
            "tokens": self.pairs.state(now_ms, with_values),
            "keys": keys,
        })
    }
}
