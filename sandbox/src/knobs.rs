//! Every switch of the sandbox, in one struct: JSON over the admin endpoint, flags on the command
//! line, fields in [`Config`](crate::Config). The names are the same in all three but for the
//! flags' venue prefix and hyphens.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

macro_rules! choice {
    ($(#[$meta:meta])* $name:ident { $( $(#[$doc:meta])+ $variant:ident = $text:literal, )+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "server", derive(clap::ValueEnum))]
        pub enum $name {
            $( $(#[$doc])+
               #[serde(rename = $text)]
               #[cfg_attr(feature = "server", value(name = $text))]
               $variant, )+
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $( $name::$variant => $text, )+ })
            }
        }
    };
}

choice! {
    /// Which of WhiteBIT's documentation variants the PKCE flow follows (whitebit.md D1, D3).
    Variant {
        /// 14400 s access, no refresh token.
        Old = "old",
        /// Short access and a refresh token.
        New = "new",
    }
}
choice! {
    /// When the key exists, seen from the callback (whitebit.md D6).
    KeyTiming {
        /// At the callback.
        Before = "before",
        /// `key_delay_ms` after it.
        After = "after",
    }
}
choice! {
    /// The extra `apiKey` callback parameter (whitebit.md D2).
    CallbackApiKey {
        /// Not sent.
        None = "none",
        /// Sent, equal to `externalId`.
        ExternalId = "external_id",
        /// Sent, a public key of its own.
        Separate = "separate",
    }
}
choice! {
    /// What a refusal on the consent page sends to the partner (whitebit.md D15, bybit.md 3.3).
    DeclineMode {
        /// No redirect at all.
        None = "none",
        /// `error=access_denied` and the state.
        Error = "error",
        /// The state alone.
        Empty = "empty",
    }
}
choice! {
    /// How `permissions` reads when the user granted none (whitebit.md D9).
    ZeroPermissions {
        /// Every group with `enable: false`.
        AllFalse = "all_false",
        /// An empty array.
        EmptyArray = "empty_array",
    }
}
choice! {
    /// The key the demo user already holds for every registered client.
    ExistingKey {
        /// None.
        None = "none",
        /// An active one, its secret taken.
        Active = "active",
        /// A disabled one, its secret taken.
        Disabled = "disabled",
    }
}
choice! {
    /// What the demo user does when asked.
    Decision {
        /// Shows the consent page and waits for a person.
        Ask = "ask",
        /// Approves at once, every permission but withdrawal.
        Approve = "approve",
        /// Declines at once.
        Decline = "decline",
        /// Closes the window at once.
        Close = "close",
    }
}
choice! {
    /// Which callback parameters Bybit sends (bybit.md B3).
    CallbackParams {
        /// `response_type`, `code`, `scope`, `state`.
        Guidance = "guidance",
        /// `client_id`, `code`, `state`.
        Article = "article",
    }
}
choice! {
    /// Where Bybit's token object stands (bybit.md B7).
    TokenEnvelope {
        /// At the top level.
        Flat = "flat",
        /// Under `result`.
        Result = "result",
    }
}
choice! {
    /// Where `uid_bearer` puts the user's id (bybit.md 6.1).
    UidShape {
        /// `result.uid`.
        ResultUid = "result_uid",
        /// `uid` at the top level.
        TopUid = "top_uid",
        /// `result` is the id itself.
        ScalarResult = "scalar_result",
        /// Nowhere.
        Absent = "absent",
    }
}
choice! {
    /// A number or a string of digits.
    Digits {
        /// A JSON number.
        Number = "number",
        /// A JSON string.
        String = "string",
    }
}
choice! {
    /// The style of an envelope's names (bybit.md 7).
    Naming {
        /// `retCode`, `retMsg`.
        Camel = "camel",
        /// `ret_code`, `ret_msg`.
        Snake = "snake",
    }
}
choice! {
    /// What a repeated call to Bybit's openapi endpoint gives (bybit.md 6.2, unknown).
    OpenapiRepeat {
        /// The same key.
        Same = "same",
        /// Another key; the earlier ones live on.
        New = "new",
        /// Another key; the earlier ones are gone.
        Rotate = "rotate",
    }
}
choice! {
    /// PKCE parameters from a broker client (bybit.md 11, unknown).
    BrokerPkce {
        /// A violation.
        Refuse = "refuse",
        /// Remembered and verified.
        Accept = "accept",
    }
}

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

knobs! {
    /// WhiteBIT's switches.
    WhiteBitKnobs, "WhiteBIT" {
        /// Documentation variant of the PKCE flow: old (14400 s, no refresh) or new (300 s, refresh 600 s).
        "whitebit-variant" variant: Variant = Variant::New,
        /// Lifetime of an authorization code in seconds (none is published).
        "whitebit-code-ttl-s" code_ttl_s: u64 = 60,
        /// Whether the key exists before the callback or after it.
        "whitebit-key-timing" key_timing: KeyTiming = KeyTiming::After,
        /// Milliseconds from the callback to the key, with key timing "after".
        "whitebit-key-delay-ms" key_delay_ms: u64 = 1500,
        /// Status for a token without the scope: 401 or 403.
        "whitebit-scope-denied-status" scope_denied_status: u16 = 401,
        /// Whether info may answer 403 (scope) and 404 (key removed by the system).
        "whitebit-info-extended-statuses" info_extended_statuses: bool = false,
        /// Status for DELETE on a disabled key: 403 or 404.
        "whitebit-delete-disabled-status" delete_disabled_status: u16 = 403,
        /// The extra apiKey parameter of the callback.
        "whitebit-callback-api-key" callback_api_key: CallbackApiKey = CallbackApiKey::None,
        /// Insert a slash before the callback's question mark.
        "whitebit-redirect-trailing-slash" redirect_trailing_slash: bool = false,
        /// What a refusal sends to the partner.
        "whitebit-decline-mode" decline_mode: DeclineMode = DeclineMode::None,
        /// Leave permissions out of info, as before 2026-07-06.
        "whitebit-permissions-absent" permissions_absent: bool = false,
        /// How permissions reads when the user granted none.
        "whitebit-zero-permissions-shape" zero_permissions_shape: ZeroPermissions = ZeroPermissions::AllFalse,
        /// Whether the caller's IP address is on the allowlist of token and refresh.
        "whitebit-ip-allowlisted" ip_allowlisted: bool = true,
        /// Scopes of every WhiteBIT client, comma-separated as on the wire.
        "whitebit-granted-scopes" granted_scopes: String = "apikeys.create,apikeys.read,apikeys.delete".to_owned(),
        /// The demo user's id.
        "whitebit-user-uid" user_uid: u64 = 20_000_001,
        /// Whether the user has two-factor authentication on.
        "whitebit-user-two-factor" user_two_factor: bool = true,
        /// Whether the user has passed KYC.
        "whitebit-user-kyc" user_kyc: bool = true,
        /// The key the user already holds for the client; changing it puts the key in that state.
        "whitebit-user-existing-key" user_existing_key: ExistingKey = ExistingKey::None,
        /// What the user does when asked.
        "whitebit-user-decision" user_decision: Decision = Decision::Ask,
        /// The two-factor code that the consent page accepts.
        "whitebit-user-otp" user_otp: String = "123456".to_owned(),
    }
    optional {
        /// Access lifetime in seconds, instead of the variant's.
        "whitebit-access-ttl-s" access_ttl_s: u64,
        /// Refresh lifetime in seconds, instead of 600.
        "whitebit-refresh-ttl-s" refresh_ttl_s: u64,
        /// Whether a refresh token is issued, instead of the variant's habit.
        "whitebit-issue-refresh-token" issue_refresh_token: bool,
    }
}

knobs! {
    /// Bybit's switches.
    BybitKnobs, "Bybit" {
        /// Status of the redirect to the partner: 301 or 302.
        "bybit-redirect-status" redirect_status: u16 = 301,
        /// Insert a slash before the callback's question mark.
        "bybit-redirect-trailing-slash" redirect_trailing_slash: bool = true,
        /// Which parameters the callback carries.
        "bybit-callback-params" callback_params: CallbackParams = CallbackParams::Guidance,
        /// What a cancellation sends to the partner.
        "bybit-cancel-mode" cancel_mode: DeclineMode = DeclineMode::None,
        /// Refuse an unknown redirect_uri instead of using the first registered one.
        "bybit-strict-redirect" strict_redirect: bool = false,
        /// PKCE parameters from a broker client.
        "bybit-broker-pkce" broker_pkce: BrokerPkce = BrokerPkce::Refuse,
        /// Lifetime of an authorization code in seconds.
        "bybit-code-ttl-s" code_ttl_s: u64 = 600,
        /// Access lifetime in seconds.
        "bybit-access-ttl-s" access_ttl_s: u64 = 86_400,
        /// Refresh lifetime in seconds.
        "bybit-refresh-ttl-s" refresh_ttl_s: u64 = 2_592_000,
        /// Whether a refresh token is issued.
        "bybit-issue-refresh-token" issue_refresh_token: bool = true,
        /// Whether a client that has a secret may refresh without it.
        "bybit-accept-refresh-without-secret" accept_refresh_without_secret: bool = false,
        /// Where the token object stands.
        "bybit-token-envelope" token_envelope: TokenEnvelope = TokenEnvelope::Flat,
        /// Where uid_bearer puts the id.
        "bybit-uid-shape" uid_shape: UidShape = UidShape::ResultUid,
        /// The id's JSON type at uid_bearer.
        "bybit-uid-type" uid_type: Digits = Digits::String,
        /// HTTP status of an error at the OAuth host.
        "bybit-error-http-status" error_http_status: u16 = 200,
        /// Names of the token and refresh endpoints' error envelope.
        "bybit-token-naming" token_naming: Naming = Naming::Camel,
        /// Names of uid_bearer's envelope.
        "bybit-uid-naming" uid_naming: Naming = Naming::Snake,
        /// Names of openapi's envelope.
        "bybit-openapi-naming" openapi_naming: Naming = Naming::Snake,
        /// The code's JSON type in every envelope.
        "bybit-code-type" code_type: Digits = Digits::Number,
        /// Code for an unknown access token: 10001 or 401.
        "bybit-invalid-token-code" invalid_token_code: u32 = 10_001,
        /// Code for an unknown or expired refresh token: 10001 or 10004.
        "bybit-invalid-refresh-code" invalid_refresh_code: u32 = 10_001,
        /// What a repeated call to openapi gives.
        "bybit-openapi-repeat" openapi_repeat: OpenapiRepeat = OpenapiRepeat::Same,
        /// The demo user's id.
        "bybit-user-uid" user_uid: u64 = 106_000_001,
        /// Whether the user has two-factor authentication on.
        "bybit-user-two-factor" user_two_factor: bool = true,
        /// Whether the user has passed KYC.
        "bybit-user-kyc" user_kyc: bool = true,
        /// What the user does when asked.
        "bybit-user-decision" user_decision: Decision = Decision::Ask,
        /// The two-factor code that the consent page accepts.
        "bybit-user-otp" user_otp: String = "123456".to_owned(),
    }
    optional {}
}

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
        one_of("bybit.redirect_status", b.redirect_status.into(), &[301, 302])?;
        one_of("bybit.invalid_token_code", b.invalid_token_code, &[401, 10_001])?;
        one_of("bybit.invalid_refresh_code", b.invalid_refresh_code, &[10_001, 10_004])?;
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
