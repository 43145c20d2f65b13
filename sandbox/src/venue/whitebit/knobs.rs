//! WhiteBIT's switches. D1 to D15 are the rows of the fact sheet's last section.

use crate::exchange;
use crate::exchange::action::MOST_ROWS;
use crate::exchange::knob::{choice, is_otp, knobs, one_of};
use crate::exchange::user::User;
use crate::parts::readings::{Decision, DeclineMode, UnlistedPaths};

/// A call's context with these switches at hand.
pub(super) type Context<'a> = exchange::context::Context<'a, WhiteBitKnobs>;

/// Who is at the browser, or acts.
pub(super) fn person(context: &Context<'_>) -> User {
    context.person().cloned().unwrap_or_else(|| context.knobs.demo())
}

knobs! {
    /// WhiteBIT's switches.
    WhiteBitKnobs {
        "Consent and callback" {
            /// The plain grant's redirect_uri: matched, or refused because it is not listed (D14).
            plain_redirect_uri: PlainRedirectUri = PlainRedirectUri::Match,
            /// What a refusal sends to the partner (D15).
            decline_mode: DeclineMode = DeclineMode::None,
            /// Insert a slash before the callback's question mark.
            redirect_trailing_slash: bool = false,
            /// The extra parameter of the callback that brings a public key (D2).
            callback_api_key: CallbackApiKey = CallbackApiKey::None,
            /// The name of that parameter (D2).
            callback_api_key_name: KeyParameter = KeyParameter::ApiKey,
            /// Lifetime of an authorization code in seconds; none is published.
            code_ttl_s: u64 = 60,
            /// Scopes of the PKCE flow, comma-separated as on the wire.
            granted_scopes: String = "apikeys.create,apikeys.read,apikeys.delete".to_owned(),
            /// Scopes of the plain grant, comma-separated as on the wire.
            plain_scopes: String =
                "users.transactions.read,users.converts.read,users.orders.read,users.deals.read,users.balances.read".to_owned(),
        }
        "Tokens" {
            /// Documentation variant of the PKCE flow: old (14400 s, no refresh) or new (300 s, refresh 600 s) (D1, D3).
            variant: Variant = Variant::New,
            /// Whose refreshes the limit of one a second counts together; unstated (sheet section 5).
            refresh_limit_per: RefreshLimitPer = RefreshLimitPer::Client,
            /// Whether the caller's IP address is on the allowlist of token and refresh (D5).
            ip_allowlisted: bool = true,
            /// Status for a caller that is not on it: 401 or 403 (D5).
            allowlist_denied_status: u16 = 401,
            /// Status for a token without the scope: 401 or 403 (D4).
            scope_denied_status: u16 = 401,
            /// Status of the classic flow's token endpoints and reads: 200 while it lives, 404 or 410 once it is gone.
            classic_flow_status: u16 = 200,
        }
        "API key" {
            /// Whether the key exists before the callback or after it (D6).
            key_timing: KeyTiming = KeyTiming::After,
            /// Milliseconds from the callback to the key, with key timing "after" (D6).
            key_delay_ms: u64 = 1500,
            /// The value that a new key signs with, whatever the callback brings (D2).
            public_key: PublicKey = PublicKey::AsAnnounced,
            /// Whether info may answer 403 (scope) and 404 (key removed by the system) (D4).
            info_extended_statuses: bool = false,
            /// Status for DELETE on a disabled key: 403 or 404.
            delete_disabled_status: u16 = 403,
            /// Leave permissions out of info, as before 2026-07-06.
            permissions_absent: bool = false,
            /// How permissions reads when the user granted none (D9).
            zero_permissions_shape: ZeroPermissions = ZeroPermissions::AllFalse,
            /// What 14 days without API activity do to a key (D7).
            inactivity: Inactivity = Inactivity::Disable,
        }
        "Account reads and signed calls" {
            /// HTTP status of a signed call's refusal: 401 or 400; mostly unpublished (sheet section 11).
            signed_error_status: u16 = 401,
            /// HTTP status of a nonce that clashes: 429 as seen in the field, 401 or 400 (sheet section 15).
            nonce_clash_status: u16 = 429,
            /// The body of a 422 at signed calls and account reads (sheet section 15).
            validation_shape: ValidationShape = ValidationShape::Code,
            /// What a correctly signed call to an unlisted path gets.
            unlisted_signed_paths: UnlistedPaths = UnlistedPaths::Refuse,
            /// HTTP status of transactions and main-account/history: 201 or 200 (D11).
            history_status: u16 = 201,
            /// Refuse transactions and main-account/history without limit, offset and transactionMethod (D12).
            history_fields_required: bool = false,
            /// Write the main balance of one currency flat, as for an unknown one (sheet section 6.5).
            flat_main_balance: bool = false,
            /// Write an empty object of an account read's answer as [] (sheet section 6).
            empty_as_array: bool = false,
            /// Whether endDate of orders and deals includes all of its second; unstated (sheet section 6.3).
            date_filter: DateFilter = DateFilter::WholeSeconds,
            /// The fields request and nonce in the body of an account read with a token (D8).
            accounts_signing_fields: SigningFields = SigningFields::Ignore,
            /// Divides the rate limits of account reads and signed calls, 12000 in 10 s and others.
            limit_divisor: u64 = 1,
        }
        "Histories" {
            /// How many rows each history begins with, 0 to 25000; changing it makes them anew.
            history_rows: u32 = 6,
            /// Over how many days they are spread, the recent ones holding most; changing it makes them anew.
            history_days: u64 = 150,
            /// Some rows carry statuses, types and methods that no documentation lists; changing it makes them anew.
            odd_enums: bool = false,
        }
        "The user" {
            /// The demo user's id.
            user_uid: u64 = 20_000_001,
            /// Whether the user has two-factor authentication on.
            user_two_factor: bool = true,
            /// Whether the user has passed KYC.
            user_kyc: bool = true,
            /// Whether the user has any funds.
            user_has_funds: bool = true,
            /// The key the user already holds for the client; changing it puts the key in that state.
            user_existing_key: ExistingKey = ExistingKey::None,
            /// What the user does when asked.
            user_decision: Decision = Decision::Ask,
            /// The two-factor code that the consent page accepts.
            user_otp: String = "123456".to_owned(),
        }
    }
    optional {
        "Tokens" {
            /// Access lifetime in seconds, instead of the variant's (D3).
            access_ttl_s: u64,
            /// Refresh lifetime in seconds, instead of 600.
            refresh_ttl_s: u64,
            /// Whether a refresh token is issued, instead of the variant's habit (D1).
            issue_refresh_token: bool,
        }
    }
}

impl WhiteBitKnobs {
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
        one_of("whitebit.scope_denied_status", self.scope_denied_status.into(), &[401, 403])?;
        one_of("whitebit.delete_disabled_status", self.delete_disabled_status.into(), &[403, 404])?;
        one_of("whitebit.allowlist_denied_status", self.allowlist_denied_status.into(), &[401, 403])?;
        one_of("whitebit.signed_error_status", self.signed_error_status.into(), &[400, 401])?;
        one_of("whitebit.nonce_clash_status", self.nonce_clash_status.into(), &[400, 401, 429])?;
        one_of("whitebit.classic_flow_status", self.classic_flow_status.into(), &[200, 404, 410])?;
        one_of("whitebit.history_status", self.history_status.into(), &[200, 201])?;
        if self.limit_divisor == 0 {
            return Err("limit_divisor must be at least 1.".into());
        }
        if self.history_rows > MOST_ROWS {
            return Err(format!("whitebit.history_rows must be at most {MOST_ROWS}."));
        }
        if self.history_days == 0 {
            return Err("whitebit.history_days must be at least 1.".into());
        }
        is_otp("whitebit.user_otp", &self.user_otp)
    }
}

choice! {
    /// Which of WhiteBIT's documentation variants the PKCE flow follows (facts/whitebit.md, D1, D3).
    Variant {
        /// 14400 s access, no refresh token.
        Old = "old",
        /// Short access and a refresh token.
        New = "new",
    }
}
choice! {
    /// When the key exists, seen from the callback (facts/whitebit.md, D6).
    KeyTiming {
        /// At the callback.
        Before = "before",
        /// `key_delay_ms` after it.
        After = "after",
    }
}
choice! {
    /// The extra `apiKey` callback parameter (facts/whitebit.md, D2).
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
    /// What stands in `X-TXC-APIKEY` for a partner's key (facts/whitebit.md, D2).
    PublicKey {
        /// `externalId`, unless the callback announces a key of its own.
        AsAnnounced = "as_announced",
        /// `externalId`; what else a callback brings is no key.
        ExternalId = "external_id",
        /// A key of its own, even where no callback brings it.
        Separate = "separate",
    }
}
choice! {
    /// How `permissions` reads when the user granted none (facts/whitebit.md, D9).
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
    /// The name of the extra callback parameter (facts/whitebit.md, D2).
    KeyParameter {
        /// `apiKey`, as the older guide writes it.
        ApiKey = "apiKey",
        /// `api_key`.
        SnakeApiKey = "api_key",
        /// `publicKey`.
        PublicKey = "publicKey",
    }
}
choice! {
    /// What 14 days without API activity do to a key (facts/whitebit.md, D7).
    Inactivity {
        /// Disabled; the user has to delete it.
        Disable = "disable",
        /// Deleted.
        Delete = "delete",
        /// Nothing: as for a key bound to IP addresses.
        Never = "never",
    }
}
choice! {
    /// `redirect_uri` in the plain grant, where the specification does not list it (facts/whitebit.md, D14).
    PlainRedirectUri {
        /// Taken when it is exactly a registered one.
        Match = "match",
        /// A violation.
        Refuse = "refuse",
    }
}
choice! {
    /// Whose requests WhiteBIT's limit of one refresh a second counts together (facts/whitebit.md, 5: unstated).
    RefreshLimitPer {
        /// Everyone's: this machine is one address.
        Address = "address",
        /// The client's.
        Client = "client",
        /// Those with the same refresh token.
        Token = "token",
    }
}
choice! {
    /// What a date in whole seconds means to a row whose time has a fraction (facts/whitebit.md, 6.3, 6.4: unstated).
    DateFilter {
        /// `endDate` includes all of its second.
        WholeSeconds = "whole_seconds",
        /// `endDate` ends with the first moment of its second.
        Exact = "exact",
    }
}
choice! {
    /// `request` and `nonce`, which belong to signing, in a read with a bearer token (facts/whitebit.md, D8).
    SigningFields {
        /// Answered as if they were absent.
        Ignore = "ignore",
        /// Refused where they are missing.
        Require = "require",
        /// A violation.
        Refuse = "refuse",
    }
}
choice! {
    /// The body of WhiteBIT's 422 at signed calls and account reads (facts/whitebit.md, 11, 15).
    ValidationShape {
        /// `code`, `message`, `errors`.
        Code = "code",
        /// `status`, `errors`, `warning`.
        Status = "status",
    }
}
