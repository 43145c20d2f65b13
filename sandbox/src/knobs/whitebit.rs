//! WhiteBIT's switches. D1 to D15 are the rows of the fact sheet's last section.

use super::choices::*;
use serde::{Deserialize, Serialize};

knobs! {
    /// WhiteBIT's switches.
    WhiteBitKnobs, "WhiteBIT" {
        /// Documentation variant of the PKCE flow: old (14400 s, no refresh) or new (300 s, refresh 600 s) (D1, D3).
        "whitebit-variant" variant: Variant = Variant::New,
        /// Lifetime of an authorization code in seconds; none is published.
        "whitebit-code-ttl-s" code_ttl_s: u64 = 60,
        /// Whether the key exists before the callback or after it (D6).
        "whitebit-key-timing" key_timing: KeyTiming = KeyTiming::After,
        /// Milliseconds from the callback to the key, with key timing "after" (D6).
        "whitebit-key-delay-ms" key_delay_ms: u64 = 1500,
        /// Status for a token without the scope: 401 or 403 (D4).
        "whitebit-scope-denied-status" scope_denied_status: u16 = 401,
        /// Whether info may answer 403 (scope) and 404 (key removed by the system) (D4).
        "whitebit-info-extended-statuses" info_extended_statuses: bool = false,
        /// Status for DELETE on a disabled key: 403 or 404.
        "whitebit-delete-disabled-status" delete_disabled_status: u16 = 403,
        /// The value that a new key signs with, whatever the callback brings (D2).
        "whitebit-public-key" public_key: PublicKey = PublicKey::AsAnnounced,
        /// The extra parameter of the callback that brings a public key (D2).
        "whitebit-callback-api-key" callback_api_key: CallbackApiKey = CallbackApiKey::None,
        /// The name of that parameter (D2).
        "whitebit-callback-api-key-name" callback_api_key_name: KeyParameter = KeyParameter::ApiKey,
        /// Insert a slash before the callback's question mark.
        "whitebit-redirect-trailing-slash" redirect_trailing_slash: bool = false,
        /// The plain grant's redirect_uri: matched, or refused because it is not listed (D14).
        "whitebit-plain-redirect-uri" plain_redirect_uri: PlainRedirectUri = PlainRedirectUri::Match,
        /// What a refusal sends to the partner (D15).
        "whitebit-decline-mode" decline_mode: DeclineMode = DeclineMode::None,
        /// Leave permissions out of info, as before 2026-07-06.
        "whitebit-permissions-absent" permissions_absent: bool = false,
        /// How permissions reads when the user granted none (D9).
        "whitebit-zero-permissions-shape" zero_permissions_shape: ZeroPermissions = ZeroPermissions::AllFalse,
        /// What 14 days without API activity do to a key (D7).
        "whitebit-inactivity" inactivity: Inactivity = Inactivity::Disable,
        /// Whether the caller's IP address is on the allowlist of token and refresh (D5).
        "whitebit-ip-allowlisted" ip_allowlisted: bool = true,
        /// Status for a caller that is not on it: 401 or 403 (D5).
        "whitebit-allowlist-denied-status" allowlist_denied_status: u16 = 401,
        /// Scopes of the PKCE flow, comma-separated as on the wire.
        "whitebit-granted-scopes" granted_scopes: String = "apikeys.create,apikeys.read,apikeys.delete".to_owned(),
        /// Scopes of the plain grant, comma-separated as on the wire.
        "whitebit-plain-scopes" plain_scopes: String =
            "users.transactions.read,users.converts.read,users.orders.read,users.deals.read,users.balances.read".to_owned(),
        /// HTTP status of a signed call's refusal: 401 or 400; mostly unpublished (sheet section 11).
        "whitebit-signed-error-status" signed_error_status: u16 = 401,
        /// HTTP status of a nonce that clashes: 429 as seen in the field, 401 or 400 (sheet section 15).
        "whitebit-nonce-clash-status" nonce_clash_status: u16 = 429,
        /// The body of a 422 at signed calls and account reads (sheet section 15).
        "whitebit-validation-shape" validation_shape: ValidationShape = ValidationShape::Code,
        /// Status of the classic flow's token endpoints and reads: 200 while it lives, 404 or 410 once it is gone.
        "whitebit-classic-flow-status" classic_flow_status: u16 = 200,
        /// What a correctly signed call to an unlisted path gets.
        "whitebit-unlisted-signed-paths" unlisted_signed_paths: UnlistedPaths = UnlistedPaths::Refuse,
        /// HTTP status of transactions and main-account/history: 201 or 200 (D11).
        "whitebit-history-status" history_status: u16 = 201,
        /// Refuse transactions and main-account/history without limit, offset and transactionMethod (D12).
        "whitebit-history-fields-required" history_fields_required: bool = false,
        /// Write the main balance of one currency flat, as for an unknown one (sheet section 6.5).
        "whitebit-flat-main-balance" flat_main_balance: bool = false,
        /// Write an empty object of an account read's answer as [] (sheet section 6).
        "whitebit-empty-as-array" empty_as_array: bool = false,
        /// How many rows each history begins with, 0 to 25000; changing it makes them anew.
        "whitebit-history-rows" history_rows: u32 = 6,
        /// Over how many days they are spread, the recent ones holding most; changing it makes them anew.
        "whitebit-history-days" history_days: u64 = 150,
        /// Some rows carry statuses, types and methods that no documentation lists; changing it makes them anew.
        "whitebit-odd-enums" odd_enums: bool = false,
        /// Whether endDate of orders and deals includes all of its second; unstated (sheet section 6.3).
        "whitebit-date-filter" date_filter: DateFilter = DateFilter::WholeSeconds,
        /// The fields request and nonce in the body of an account read with a token (D8).
        "whitebit-accounts-signing-fields" accounts_signing_fields: SigningFields = SigningFields::Ignore,
        /// Whose refreshes the limit of one a second counts together; unstated (sheet section 5).
        "whitebit-refresh-limit-per" refresh_limit_per: RefreshLimitPer = RefreshLimitPer::Client,
        /// Divides the rate limits of account reads and signed calls, 12000 in 10 s and others.
        "whitebit-limit-divisor" limit_divisor: u64 = 1,
        /// The demo user's id.
        "whitebit-user-uid" user_uid: u64 = 20_000_001,
        /// Whether the user has two-factor authentication on.
        "whitebit-user-two-factor" user_two_factor: bool = true,
        /// Whether the user has passed KYC.
        "whitebit-user-kyc" user_kyc: bool = true,
        /// Whether the user has any funds.
        "whitebit-user-has-funds" user_has_funds: bool = true,
        /// The key the user already holds for the client; changing it puts the key in that state.
        "whitebit-user-existing-key" user_existing_key: ExistingKey = ExistingKey::None,
        /// What the user does when asked.
        "whitebit-user-decision" user_decision: Decision = Decision::Ask,
        /// The two-factor code that the consent page accepts.
        "whitebit-user-otp" user_otp: String = "123456".to_owned(),
    }
    optional {
        /// Access lifetime in seconds, instead of the variant's (D3).
        "whitebit-access-ttl-s" access_ttl_s: u64,
        /// Refresh lifetime in seconds, instead of 600.
        "whitebit-refresh-ttl-s" refresh_ttl_s: u64,
        /// Whether a refresh token is issued, instead of the variant's habit (D1).
        "whitebit-issue-refresh-token" issue_refresh_token: bool,
    }
}
