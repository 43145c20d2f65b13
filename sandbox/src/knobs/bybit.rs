//! Bybit's switches. B1 to B15 are the rows of the fact sheet's last section.

use super::choices::*;
use serde::{Deserialize, Serialize};

knobs! {
    /// Bybit's switches.
    BybitKnobs, "Bybit" {
        /// Which path leads to the authorize page (B11).
        "bybit-authorize-path" authorize_path: AuthorizePath = AuthorizePath::Any,
        /// What response_type=token brings a broker: a code, or a token in the query or fragment (B1).
        "bybit-token-response" token_response: TokenResponse = TokenResponse::Refused,
        /// How many scopes an authorize request may name (B15).
        "bybit-scope-format" scope_format: ScopeFormat = ScopeFormat::Single,
        /// Refuse an authorize request without a state (B4).
        "bybit-require-state" require_state: bool = false,
        /// Refuse an unknown redirect_uri instead of using the first registered one (B2).
        "bybit-strict-redirect" strict_redirect: bool = false,
        /// Status of the redirect to the partner: 301 or 302 (B3).
        "bybit-redirect-status" redirect_status: u16 = 301,
        /// Insert a slash before the callback's question mark.
        "bybit-redirect-trailing-slash" redirect_trailing_slash: bool = true,
        /// Which parameters the callback carries (B3).
        "bybit-callback-params" callback_params: CallbackParams = CallbackParams::Guidance,
        /// What a cancellation sends to the partner (B5).
        "bybit-cancel-mode" cancel_mode: DeclineMode = DeclineMode::None,
        /// PKCE parameters from a broker client.
        "bybit-broker-pkce" broker_pkce: BrokerPkce = BrokerPkce::Refuse,
        /// Which User-Agent passes the firewall (B10).
        "bybit-user-agent" user_agent: UserAgent = UserAgent::Own,
        /// Unlisted form fields: refused, or ignored (B8); a violation either way.
        "bybit-extra-form-fields" extra_form_fields: ExtraFields = ExtraFields::Refuse,
        /// Lifetime of an authorization code in seconds (B12).
        "bybit-code-ttl-s" code_ttl_s: u64 = 600,
        /// Access lifetime in seconds.
        "bybit-access-ttl-s" access_ttl_s: u64 = 86_400,
        /// Refresh lifetime in seconds.
        "bybit-refresh-ttl-s" refresh_ttl_s: u64 = 2_592_000,
        /// Whether a refresh token is issued.
        "bybit-issue-refresh-token" issue_refresh_token: bool = true,
        /// Whether a client that has a secret may refresh without it (B6).
        "bybit-accept-refresh-without-secret" accept_refresh_without_secret: bool = false,
        /// Refuse every refresh of a broker: no call for it is documented (B6).
        "bybit-refuse-broker-refresh" refuse_broker_refresh: bool = false,
        /// Where the token object stands (B7).
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
        /// Names of ai_accounts' envelope when it succeeds.
        "bybit-ai-naming" ai_naming: Naming = Naming::Camel,
        /// Names of ai_accounts' envelope when it fails.
        "bybit-ai-error-naming" ai_error_naming: Naming = Naming::Snake,
        /// What ai_accounts answers with (B13).
        "bybit-ai-shape" ai_shape: AiShape = AiShape::Accounts,
        /// Whether ai_accounts lists keys with the accounts (B13); always_list does in any case.
        "bybit-ai-list-keys" ai_list_keys: bool = false,
        /// The code's JSON type in every envelope.
        "bybit-code-type" code_type: Digits = Digits::Number,
        /// Code for an unknown access token: 10001, 401 (B14) or 50000 (sheet section 12).
        "bybit-invalid-token-code" invalid_token_code: u32 = 10_001,
        /// Code for an unknown or expired refresh token: 10001 or 10004 (B14).
        "bybit-invalid-refresh-code" invalid_refresh_code: u32 = 10_001,
        /// Code with which openapi refuses to make a key: 81007 (Bybit Europe) or 20096 (KYC); 0 refuses nothing.
        "bybit-openapi-refusal-code" openapi_refusal_code: u32 = 0,
        /// What a repeated call to openapi gives.
        "bybit-openapi-repeat" openapi_repeat: OpenapiRepeat = OpenapiRepeat::Same,
        /// HTTP status of a V5 call that fails to authenticate: 401 or 200.
        "bybit-v5-auth-http-status" v5_auth_http_status: u16 = 401,
        /// Code for a deleted key at V5: 10003 or 33004 (B14).
        "bybit-deleted-key-code" deleted_key_code: u32 = 10_003,
        /// The broker's OpenAPI addresses, comma-separated: its keys are bound to them; empty binds none.
        "bybit-key-ips" key_ips: String = "203.0.113.7".to_owned(),
        /// Whether the caller's address is one of those; otherwise V5 answers 10010.
        "bybit-caller-ip-bound" caller_ip_bound: bool = true,
        /// Lifetime in days of a key bound to no address; V5 answers 33004 then.
        "bybit-key-ttl-days" key_ttl_days: u64 = 90,
        /// Days that a key has left after a password change, bound or not; no figure is published.
        "bybit-password-change-days" password_change_days: u64 = 7,
        /// What keys may do; V5 answers 10005 to the rest.
        "bybit-key-permissions" key_permissions: KeyPermissions = KeyPermissions::All,
        /// Milliseconds for which a new sub-account's key gets 10024 at V5.
        "bybit-sub-account-delay-ms" sub_account_delay_ms: u64 = 0,
        /// What becomes of the orders of a batch; the answer's own code is 0 in any case.
        "bybit-batch-orders" batch_orders: BatchOrders = BatchOrders::Accepted,
        /// How a success that has nothing to tell reads, at order/disconnected-cancel-all.
        "bybit-empty-result" empty_result: EmptyResult = EmptyResult::Absent,
        /// What a correctly signed call to an unlisted path gets.
        "bybit-unlisted-signed-paths" unlisted_signed_paths: UnlistedPaths = UnlistedPaths::Refuse,
        /// Divides V5's rate limits, 600 in 5 s per address and 10 a second for query-api.
        "bybit-limit-divisor" limit_divisor: u64 = 1,
        /// The demo user's id.
        "bybit-user-uid" user_uid: u64 = 106_000_001,
        /// Whether the user has two-factor authentication on; without it ai_accounts answers 20039.
        "bybit-user-two-factor" user_two_factor: bool = true,
        /// Whether the user has passed KYC.
        "bybit-user-kyc" user_kyc: bool = true,
        /// How many AI sub-accounts the user begins with, 0 to 5; changing it begins anew.
        "bybit-user-sub-accounts" user_sub_accounts: u8 = 1,
        /// What the user does when asked.
        "bybit-user-decision" user_decision: Decision = Decision::Ask,
        /// The two-factor code that the consent page accepts.
        "bybit-user-otp" user_otp: String = "123456".to_owned(),
    }
    optional {}
}
