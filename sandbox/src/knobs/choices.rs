//! The readings that a switch can choose between.

use serde::{Deserialize, Serialize};
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
    /// What a refusal on the consent page sends to the partner (facts/whitebit.md, D15, facts/bybit.md, 3.3).
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
    /// What a correctly signed call to a path without a documented answer here gets.
    UnlistedPaths {
        /// 404.
        Refuse = "refuse",
        /// 200 with its method, path and parameters.
        Echo = "echo",
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
