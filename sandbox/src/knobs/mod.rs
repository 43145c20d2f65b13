//! Every switch of the sandbox, in one struct: JSON over the admin endpoint, flags on the command
//! line, fields in [`Config`](crate::Config). The names are the same in all three but for the
//! flags' venue prefix and hyphens.

use serde::{Deserialize, Serialize};
use serde_json::Value;

macro_rules! knobs {
    (
        $(#[$meta:meta])* $name:ident, $heading:literal {
            $( $(#[$doc:meta])+ $flag:literal $field:ident: $type:ty = $default:expr, )*
        }
        optional {
            $( $(#[$odoc:meta])+ $oflag:literal $ofield:ident: $otype:ty, )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        #[cfg_attr(feature = "server", derive(clap::Args))]
        #[cfg_attr(feature = "server", command(next_help_heading = $heading))]
        pub struct $name {
            $( $(#[$doc])+
               #[cfg_attr(feature = "server", arg(
                   id = $flag, long = $flag, default_value_t = $default,
                   value_name = "VALUE", action = clap::ArgAction::Set))]
               pub $field: $type, )*
            $( $(#[$odoc])+
               #[cfg_attr(feature = "server", arg(id = $oflag, long = $oflag, value_name = "VALUE"))]
               pub $ofield: Option<$otype>, )*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $( $field: $default, )* $( $ofield: None, )* }
            }
        }
    };
}

mod bybit;
mod choices;
mod whitebit;

pub use bybit::BybitKnobs;
pub use choices::*;
pub use whitebit::WhiteBitKnobs;

/// So many rows a history begins with at most, and so many more arrive at once.
pub const MOST_ROWS: u32 = 25_000;

/// Every switch, one group a venue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "server", derive(clap::Args))]
pub struct Knobs {
    /// WhiteBIT, both hosts.
    #[cfg_attr(feature = "server", command(flatten))]
    pub whitebit: WhiteBitKnobs,
    /// Bybit, both environments.
    #[cfg_attr(feature = "server", command(flatten))]
    pub bybit: BybitKnobs,
}

impl Knobs {
    /// One sentence about the first value that no venue documents, if there is one.
    pub fn check(&self) -> Result<(), String> {
        let one_of = |name: &str, value: u32, allowed: &[u32]| {
            if allowed.contains(&value) {
                Ok(())
            } else {
                Err(format!("{name} must be one of {allowed:?}, not {value}."))
            }
        };
        let (w, b) = (&self.whitebit, &self.bybit);
        one_of("whitebit.scope_denied_status", w.scope_denied_status.into(), &[401, 403])?;
        one_of("whitebit.delete_disabled_status", w.delete_disabled_status.into(), &[403, 404])?;
        one_of("whitebit.allowlist_denied_status", w.allowlist_denied_status.into(), &[401, 403])?;
        one_of("whitebit.signed_error_status", w.signed_error_status.into(), &[400, 401])?;
        one_of("whitebit.nonce_clash_status", w.nonce_clash_status.into(), &[400, 401, 429])?;
        one_of("whitebit.classic_flow_status", w.classic_flow_status.into(), &[200, 404, 410])?;
        one_of("whitebit.history_status", w.history_status.into(), &[200, 201])?;
        one_of("bybit.v5_auth_http_status", b.v5_auth_http_status.into(), &[200, 401])?;
        one_of("bybit.deleted_key_code", b.deleted_key_code, &[10_003, 33_004])?;
        if w.limit_divisor == 0 || b.limit_divisor == 0 {
            return Err("limit_divisor must be at least 1.".into());
        }
        if w.history_rows > MOST_ROWS {
            return Err(format!("whitebit.history_rows must be at most {MOST_ROWS}."));
        }
        if w.history_days == 0 {
            return Err("whitebit.history_days must be at least 1.".into());
        }
        one_of("bybit.redirect_status", b.redirect_status.into(), &[301, 302])?;
        one_of("bybit.invalid_token_code", b.invalid_token_code, &[401, 10_001, 50_000])?;
        one_of("bybit.invalid_refresh_code", b.invalid_refresh_code, &[10_001, 10_004])?;
        one_of("bybit.openapi_refusal_code", b.openapi_refusal_code, &[0, 20_096, 81_007])?;
        one_of("bybit.user_sub_accounts", b.user_sub_accounts.into(), &[0, 1, 2, 3, 4, 5])?;
        if !(200..600).contains(&b.error_http_status) {
            return Err("bybit.error_http_status must be an HTTP status from 200 to 599.".into());
        }
        for (name, code) in [("whitebit", &w.user_otp), ("bybit", &b.user_otp)] {
            if code.is_empty() || code.trim() != code {
                return Err(format!("{name}.user_otp must be a code without outer spaces."));
            }
        }
        Ok(())
    }

    /// These knobs with a JSON merge patch applied.
    pub fn patched(&self, patch: &Value) -> Result<Knobs, String> {
        if !patch.is_object() {
            return Err("The patch must be a JSON object such as {\"bybit\": {...}}.".into());
        }
        let mut whole = serde_json::to_value(self).map_err(|e| e.to_string())?;
        merge(&mut whole, patch);
        let knobs: Knobs = serde_json::from_value(whole).map_err(|e| format!("The patch does not fit: {e}."))?;
        knobs.check()?;
        Ok(knobs)
    }
}

/// RFC 7396, but null stays: it is how an optional knob is unset.
fn merge(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (name, value) in patch {
                merge(target.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (target, patch) => *target = patch.clone(),
    }
}
