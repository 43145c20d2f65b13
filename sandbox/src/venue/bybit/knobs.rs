//! Bybit's switches. B1 to B15 are the rows of the fact sheet's last section.

use crate::exchange;
use crate::exchange::action::MOST_ROWS;
use crate::exchange::knob::{choice, is_otp, knobs, one_of};
use crate::exchange::user::User;
use crate::parts::readings::{Decision, DeclineMode, UnlistedPaths};

/// A call's context with these switches at hand.
pub(super) type Context<'a> = exchange::context::Context<'a, BybitKnobs>;

/// Who is at the browser, or acts.
pub(super) fn person(context: &Context<'_>) -> User {
    context.person().cloned().unwrap_or_else(|| context.knobs.demo())
}

knobs! {
    /// Bybit's switches.
    BybitKnobs {
        "Consent and callback" {
            /// Which path leads to the authorize page (B11).
            authorize_path: AuthorizePath = AuthorizePath::Any,
            /// What response_type=token brings a broker: a code, or a token in the query or fragment (B1).
            token_response: TokenResponse = TokenResponse::Refused,
            /// How many scopes an authorize request may name (B15).
            scope_format: ScopeFormat = ScopeFormat::Single,
            /// Refuse an authorize request without a state (B4).
            require_state: bool = false,
            /// Refuse an unknown redirect_uri instead of using the first registered one (B2).
            strict_redirect: bool = false,
            /// Status of the redirect to the partner: 301 or 302 (B3).
            redirect_status: u16 = 301,
            /// Insert a slash before the callback's question mark.
            redirect_trailing_slash: bool = true,
            /// Which parameters the callback carries (B3).
            callback_params: CallbackParams = CallbackParams::Guidance,
            /// What a cancellation sends to the partner (B5).
            cancel_mode: DeclineMode = DeclineMode::None,
            /// PKCE parameters from a broker client.
            broker_pkce: BrokerPkce = BrokerPkce::Refuse,
            /// Which User-Agent passes the firewall (B10).
            user_agent: UserAgent = UserAgent::Own,
            /// Lifetime of an authorization code in seconds (B12).
            code_ttl_s: u64 = 600,
        }
        "Tokens" {
            /// Unlisted form fields: refused, or ignored (B8); a violation either way.
            extra_form_fields: ExtraFields = ExtraFields::Refuse,
            /// Access lifetime in seconds.
            access_ttl_s: u64 = 86_400,
            /// Refresh lifetime in seconds.
            refresh_ttl_s: u64 = 2_592_000,
            /// Whether a refresh token is issued.
            issue_refresh_token: bool = true,
            /// Whether a client that has a secret may refresh without it (B6).
            accept_refresh_without_secret: bool = false,
            /// Refuse every refresh of a broker: no call for it is documented (B6).
            refuse_broker_refresh: bool = false,
            /// Code for an unknown access token: 10001, 401 (B14) or 50000 (sheet section 12).
            invalid_token_code: u32 = 10_001,
            /// Code for an unknown or expired refresh token: 10001 or 10004 (B14).
            invalid_refresh_code: u32 = 10_001,
        }
        "Shapes of replies" {
            /// Where the token object stands (B7).
            token_envelope: TokenEnvelope = TokenEnvelope::Flat,
            /// Where uid_bearer puts the id.
            uid_shape: UidShape = UidShape::ResultUid,
            /// The id's JSON type at uid_bearer.
            uid_type: Digits = Digits::String,
            /// HTTP status of an error at the OAuth host.
            error_http_status: u16 = 200,
            /// Names of the token and refresh endpoints' error envelope.
            token_naming: Naming = Naming::Camel,
            /// Names of uid_bearer's envelope.
            uid_naming: Naming = Naming::Snake,
            /// Names of openapi's envelope.
            openapi_naming: Naming = Naming::Snake,
            /// Names of ai_accounts' envelope when it succeeds.
            ai_naming: Naming = Naming::Camel,
            /// Names of ai_accounts' envelope when it fails.
            ai_error_naming: Naming = Naming::Snake,
            /// The code's JSON type in every envelope.
            code_type: Digits = Digits::Number,
        }
        "API keys and sub-accounts" {
            /// What ai_accounts answers with (B13).
            ai_shape: AiShape = AiShape::Accounts,
            /// Whether ai_accounts lists keys with the accounts (B13); always_list does in any case.
            ai_list_keys: bool = false,
            /// Code with which openapi refuses to make a key: 81007 (Bybit Europe) or 20096 (KYC); 0 refuses nothing.
            openapi_refusal_code: u32 = 0,
            /// What a repeated call to openapi gives.
            openapi_repeat: OpenapiRepeat = OpenapiRepeat::Same,
            /// The broker's OpenAPI addresses, comma-separated: its keys are bound to them; empty binds none.
            key_ips: String = "203.0.113.7".to_owned(),
            /// Whether the caller's address is one of those; otherwise V5 answers 10010.
            caller_ip_bound: bool = true,
            /// Lifetime in days of a key bound to no address; V5 answers 33004 then.
            key_ttl_days: u64 = 90,
            /// Days that a key has left after a password change, bound or not; no figure is published.
            password_change_days: u64 = 7,
            /// Code for a deleted key at V5: 10003 or 33004 (B14).
            deleted_key_code: u32 = 10_003,
            /// What keys may do; V5 answers 10005 to the rest.
            key_permissions: KeyPermissions = KeyPermissions::All,
            /// Milliseconds for which a new sub-account's key gets 10024 at V5.
            sub_account_delay_ms: u64 = 0,
        }
        "Signed calls" {
            /// HTTP status of a V5 call that fails to authenticate: 401 or 200.
            v5_auth_http_status: u16 = 401,
            /// What becomes of the orders of a batch; the answer's own code is 0 in any case.
            batch_orders: BatchOrders = BatchOrders::Accepted,
            /// How a success that has nothing to tell reads, at order/disconnected-cancel-all.
            empty_result: EmptyResult = EmptyResult::Absent,
            /// What a correctly signed call to an unlisted path gets.
            unlisted_signed_paths: UnlistedPaths = UnlistedPaths::Refuse,
            /// Divides V5's rate limits, 600 in 5 s per address, 10 a second for query-api, and those of the account's reads.
            limit_divisor: u64 = 1,
        }
        "Histories" {
            /// How many rows each history begins with, 0 to 25000; changing it makes them anew.
            history_rows: u32 = 6,
            /// Over how many days they are spread, the recent ones holding most; changing it makes them anew.
            history_days: u64 = 150,
            /// Whether a list's last page has a cursor too, behind which nothing is (13.1).
            cursor_at_end: bool = false,
            /// Whether deposits have ids, which are younger than the rest (13.3).
            deposit_ids: bool = true,
            /// Whether a deposit that is processed has a `successAt` all the same.
            deposit_times: bool = true,
        }
        "The user" {
            /// The demo user's id.
            user_uid: u64 = 106_000_001,
            /// Whether the user has two-factor authentication on; without it ai_accounts answers 20039.
            user_two_factor: bool = true,
            /// Whether the user has passed KYC.
            user_kyc: bool = true,
            /// Whether the user has any funds.
            user_has_funds: bool = true,
            /// How many AI sub-accounts the user begins with, 0 to 5; changing it begins anew.
            user_sub_accounts: u8 = 1,
            /// What the user does when asked.
            user_decision: Decision = Decision::Ask,
            /// The two-factor code that the consent page accepts.
            user_otp: String = "123456".to_owned(),
        }
    }
    optional {}
}

impl BybitKnobs {
    /// The demo user.
    pub(super) fn demo(&self) -> User {
        User {
            uid: self.user_uid,
            name: "Demo user".into(),
            two_factor: self.user_two_factor,
            kyc: self.user_kyc,
            otp: self.user_otp.clone(),
        }
    }

    /// One sentence about the first value that no documentation knows, if there is one.
    pub(super) fn check(&self) -> Result<(), String> {
        one_of("bybit.v5_auth_http_status", self.v5_auth_http_status.into(), &[200, 401])?;
        one_of("bybit.deleted_key_code", self.deleted_key_code, &[10_003, 33_004])?;
        if self.limit_divisor == 0 {
            return Err("limit_divisor must be at least 1.".into());
        }
        if self.history_rows > MOST_ROWS {
            return Err(format!("bybit.history_rows must be at most {MOST_ROWS}."));
        }
        if self.history_days == 0 {
            return Err("bybit.history_days must be at least 1.".into());
        }
        one_of("bybit.redirect_status", self.redirect_status.into(), &[301, 302])?;
        one_of("bybit.invalid_token_code", self.invalid_token_code, &[401, 10_001, 50_000])?;
        one_of("bybit.invalid_refresh_code", self.invalid_refresh_code, &[10_001, 10_004])?;
        one_of("bybit.openapi_refusal_code", self.openapi_refusal_code, &[0, 20_096, 81_007])?;
        one_of("bybit.user_sub_accounts", self.user_sub_accounts.into(), &[0, 1, 2, 3, 4, 5])?;
        if !(200..600).contains(&self.error_http_status) {
            return Err("bybit.error_http_status must be an HTTP status from 200 to 599.".into());
        }
        is_otp("bybit.user_otp", &self.user_otp)
    }
}

choice! {
    /// Which callback parameters Bybit sends (facts/bybit.md, B3).
    CallbackParams {
        /// `response_type`, `code`, `scope`, `state`.
        Guidance = "guidance",
        /// `client_id`, `code`, `state`.
        Article = "article",
    }
}
choice! {
    /// Where Bybit's token object stands (facts/bybit.md, B7).
    TokenEnvelope {
        /// At the top level.
        Flat = "flat",
        /// Under `result`.
        Result = "result",
    }
}
choice! {
    /// Where `uid_bearer` puts the user's id (facts/bybit.md, 6.1).
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
    /// The style of an envelope's names (facts/bybit.md, 7).
    Naming {
        /// `retCode`, `retMsg`.
        Camel = "camel",
        /// `ret_code`, `ret_msg`.
        Snake = "snake",
    }
}
choice! {
    /// What a repeated call to Bybit's openapi endpoint gives (facts/bybit.md, 6.2, unknown).
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
    /// PKCE parameters from a broker client (facts/bybit.md, 11, unknown).
    BrokerPkce {
        /// A violation.
        Refuse = "refuse",
        /// Remembered and verified.
        Accept = "accept",
    }
}
choice! {
    /// What `response_type=token` brings a broker (facts/bybit.md, B1, 3.2).
    TokenResponse {
        /// A code: the value is fixed to `code` by the guidance.
        Refused = "refused",
        /// An access token in the callback's query.
        Query = "query",
        /// An access token in the callback's fragment.
        Fragment = "fragment",
    }
}
choice! {
    /// Form fields that the token endpoints do not list (facts/bybit.md, B8).
    ExtraFields {
        /// Refused.
        Refuse = "refuse",
        /// Answered as if they were absent.
        Ignore = "ignore",
    }
}
choice! {
    /// Which `User-Agent` passes the firewall of the OAuth API (facts/bybit.md, B10).
    UserAgent {
        /// One of the caller's own: no library's default.
        Own = "own",
        /// A browser's.
        Browser = "browser",
        /// Any, or none.
        Any = "any",
    }
}
choice! {
    /// What becomes of the orders of a batch; the answer's own code is 0 in any case (facts/bybit.md, 12).
    BatchOrders {
        /// All are taken.
        Accepted = "accepted",
        /// Every other one is refused.
        Mixed = "mixed",
        /// None is taken.
        Refused = "refused",
    }
}
choice! {
    /// How a success that has nothing to tell reads (facts/bybit.md, 12).
    EmptyResult {
        /// Without `result`.
        Absent = "absent",
        /// `"result": null`.
        Null = "null",
    }
}
choice! {
    /// What Bybit's keys may do; which permissions a broker's key gets is unknown (facts/bybit.md, 11).
    KeyPermissions {
        /// Read and act.
        All = "all",
        /// Read.
        ReadOnly = "read_only",
        /// Nothing.
        None = "none",
    }
}
choice! {
    /// Which path leads to the authorize page (facts/bybit.md, B11, 1).
    AuthorizePath {
        /// `/oauth`, with a locale before it or without.
        Any = "any",
        /// With a locale for brokers, without one for `ai-agent`.
        PerClient = "per_client",
        /// `/oauth` alone.
        Bare = "bare",
    }
}
choice! {
    /// How many scopes an authorize request names (facts/bybit.md, B15).
    ScopeFormat {
        /// One.
        Single = "single",
        /// One or more, separated by comma and space.
        List = "list",
    }
}
choice! {
    /// What `ai_accounts` answers with (facts/bybit.md, 6.3, B13).
    AiShape {
        /// `result.accounts`; one account is `result` itself.
        Accounts = "accounts",
        /// `result` is the list; one account is `result` itself.
        Array = "array",
        /// `result.accounts` with every account's key, whichever one was asked for.
        AlwaysList = "always_list",
        /// No `result`: `accounts`, or one account's fields, at the top level.
        TopLevel = "top_level",
        /// `result.aiAccounts`, `subAccountId`, `apiKey`, `apiSecret`.
        CamelCase = "camel_case",
    }
}
