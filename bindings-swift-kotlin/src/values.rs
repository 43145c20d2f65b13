//! Plain values, mirrored: the conversions that uniffi derives match every variant by name, so a variant added,
//! renamed or removed in core does not build here.

pub use venuekey::{
    BatchItem, CheckReason, ErrorKind, FlowOperation, Goal, GrantedPermission, HttpMethod, KeyDecision,
    LostSecretPolicy, NonAscii, OrderFilter, PermissionUrl, ReadKind, Recovery, Replay, ResponseType, Subaccount,
    TransactionMethod, TransactionState, WaitReason,
};

/// An enum of the names that core's registry knows. A test holds the two lists together.
macro_rules! names {
    ($(#[$meta:meta])* $type:ident { $($(#[$doc:meta])* $variant:ident = $constant:ident,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, uniffi::Enum)]
        pub enum $type {
            $($(#[$doc])* $variant,)*
        }

        impl From<$type> for venuekey::$type {
            fn from(name: $type) -> Self {
                match name { $($type::$variant => Self::$constant,)* }
            }
        }

        impl From<venuekey::$type> for $type {
            fn from(name: venuekey::$type) -> Self {
                let all = [$(Self::$variant),*];
                let [first, ..] = all;
                // There always is one: a test holds the two lists together.
                all.into_iter().find(|ours| venuekey::$type::from(*ours) == name).unwrap_or(first)
            }
        }
    };
}

names! {
    /// An exchange.
    Venue {
        /// WhiteBIT (`GLOBAL`, `EU`).
        Whitebit = WHITEBIT,
        /// Bybit (`MAINNET`, `TESTNET`).
        Bybit = BYBIT,
    }
}

names! {
    /// One of a venue's separate worlds: accounts, tokens and keys of one mean nothing in another.
    VenueEnvironment {
        /// WhiteBIT, `whitebit.com`.
        Global = GLOBAL,
        /// WhiteBIT, `whitebit.eu`: no API-key endpoints.
        Eu = EU,
        /// Bybit, `www.bybit.com`.
        Mainnet = MAINNET,
        /// Bybit, `testnet.bybit.com`.
        Testnet = TESTNET,
    }
}

/// What a connection is for.
#[uniffi::remote(Enum)]
pub enum Goal {
    /// Tokens that read the account; Bybit: and the user's id. WhiteBIT announced the end of its token flow,
    /// refresh and reads included, for 2026-11-01; whether they still answer is not verified.
    AccountTokens,
    /// An API key that the app keeps.
    ApiKey,
}

/// What the callback brings.
#[uniffi::remote(Enum)]
pub enum ResponseType {
    /// A code, exchanged for tokens by a request of the app's own. What every venue documents.
    Code,
    /// The access token itself, through the browser and without a refresh token. Bybit with a secret only, and Bybit does
    /// not describe it: a last resort.
    Token,
}

/// What a flow is for.
#[uniffi::remote(Enum)]
pub enum FlowOperation {
    /// A connection that ends with tokens.
    AccountTokens,
    /// A connection that ends with an API key.
    ApiKey,
    /// New tokens for old ones.
    RefreshTokens,
    /// The state of this app's key.
    CheckKey,
    /// The end of this app's key.
    DeleteKey,
    /// A new key for an old one.
    ReissueKey,
    /// The key of another of the user's accounts, by tokens of a connection. Bybit: an AI sub-account.
    SwitchSubaccount,
}

/// What to do when the once-only secret is lost although this flow had asked for it.
#[uniffi::remote(Enum)]
pub enum LostSecretPolicy {
    /// Fail and offer to delete the key.
    Report,
    /// Delete the key, then fail: the user can connect again at once.
    DeleteAndReport,
}

/// What a wait is for.
#[uniffi::remote(Enum)]
pub enum WaitReason {
    /// The key is not there yet: the user may be choosing permissions or typing a second factor.
    KeyNotReady,
    /// The venue holds a lock on the secret (HTTP 423).
    SecretLocked,
    /// The venue limits the rate of requests (HTTP 429).
    RateLimited,
    /// No reply, or a failure on the venue's side; the request can be sent again.
    VenueTrouble,
    /// The reply to a refresh was lost; it is sent once more.
    RefreshUnanswered,
}

/// How a failed flow can go on, by `Flow.recover`.
#[uniffi::remote(Enum)]
pub enum Recovery {
    /// Look for the key for another while: the user may still be busy.
    PollLonger,
    /// Do the same again; it can't do harm.
    TryAgain,
    /// List the accounts again and let the user choose.
    ChooseAgain,
    /// Ask for the API key again. The venue may return the same key, or replace it.
    AskAgain,
    /// Delete the key whose secret is lost, so that the user can connect again.
    DeleteKey,
}

/// What the caller does next. Closed: match on it.
#[uniffi::remote(Enum)]
pub enum ErrorKind {
    /// Fix the code or the configuration.
    Misuse,
    /// The user said no.
    Denied,
    /// A security check failed; nothing was done.
    Rejected,
    /// The user must do something at the venue first.
    UserAction,
    /// Start again with a new consent.
    Reauthorize,
    /// Try later; see `retryAfterMs`.
    Unavailable,
    /// The venue's reply could not be understood.
    Protocol,
}

/// An HTTP method.
#[uniffi::remote(Enum)]
pub enum HttpMethod {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `DELETE`
    Delete,
}

/// What sending the same request a second time would do.
#[uniffi::remote(Enum)]
pub enum Replay {
    /// Nothing: it may be sent again.
    Safe,
    /// Harm: it has an effect each time, or spends what can be spent once.
    Never,
    /// The reply can be had once; asking again tells whether it was.
    OnceOnly,
}

/// What to do about the app's key.
#[uniffi::remote(Enum)]
pub enum KeyDecision {
    /// No key: begin a connection.
    StartFlow,
    /// An active key: do not send the user to the venue.
    AlreadyActive,
    /// A disabled key: ask the user to delete it in the venue's dashboard.
    DeleteInDashboard,
}

/// An account the user can choose for the key. Bybit: an AI sub-account.
#[uniffi::remote(Record)]
pub struct Subaccount {
    /// What `choose` takes. Bybit: the `sub_member_id`.
    pub id: String,
    /// The user's own name for it: display only, untrusted text.
    pub nickname: Option<String>,
}

/// One endpoint a permission covers.
#[uniffi::remote(Record)]
pub struct PermissionUrl {
    /// The path, as the venue writes it.
    pub url: String,
    /// `false` means offered but not granted.
    pub enable: bool,
}

/// How a body at WhiteBIT spells what is not ASCII. The venue compares the body with its own spelling, and no document says
/// which that is: try one with a request that changes nothing. Bybit takes any UTF-8.
#[uniffi::remote(Enum)]
pub enum NonAscii {
    /// `invalid_argument`, before anything is signed.
    Refuse,
    /// As it is, in UTF-8.
    Utf8,
    /// As JSON's escapes.
    Escape,
}

/// What became of one order of a batch.
#[uniffi::remote(Record)]
pub struct BatchItem {
    /// Whether the venue took it: its code is 0.
    pub is_accepted: bool,
    /// The venue's code for it, as text; absent where it named none.
    pub venue_code: Option<String>,
    /// The venue's own words. **Untrusted**: never put them into a page, a log or a message unescaped.
    pub venue_text: Option<String>,
}

/// One group of permissions on a Bybit key.
#[uniffi::remote(Record)]
pub struct GrantedPermission {
    /// The group, such as `Spot`.
    pub name: String,
    /// What is granted of it, such as `SpotTrade`; empty where nothing is.
    pub granted: Vec<String>,
}

/// What a look at a key is for. Whatever it is for, it also finds a key that was deleted meanwhile.
#[uniffi::remote(Enum)]
pub enum CheckReason {
    /// WhiteBIT disables or deletes a key after 14 days without API activity. We infer that the probe counts as activity;
    /// no document says so.
    Inactivity,
    /// Nothing runs out, but a key can be gone without notice.
    Revocation,
    /// It ends at `KeyWatch.endsAtMs()`, so ask the user to connect again before.
    Expiry,
}

/// What is read of an account.
#[uniffi::remote(Enum)]
pub enum ReadKind {
    /// Deposits and withdrawals.
    Transactions,
    /// Exchanges at a quoted rate.
    Converts,
    /// Orders that have ended.
    Orders,
    /// Trades.
    Deals,
    /// The main account.
    MainBalances,
    /// The spot (trade) account.
    SpotBalances,
}

/// Which way a transaction goes.
#[uniffi::remote(Enum)]
pub enum TransactionMethod {
    /// Into the account.
    Deposit,
    /// Out of it.
    Withdrawal,
}

/// What a transaction's status code means for its method: one code means different things for each.
#[uniffi::remote(Enum)]
pub enum TransactionState {
    /// Done, for good.
    Successful,
    /// A withdrawal of which a part has been done; see `AccountTransaction.details`.
    PartiallySuccessful,
    /// Ended without effect.
    Canceled,
    /// On its way.
    Pending,
    /// Waits for the user's confirmation.
    Unconfirmed,
    /// Held by the anti-money-laundering check.
    Frozen,
    /// A deposit that has arrived and is not credited.
    Uncredited,
    /// A deposit whose travel-rule data are awaited.
    TravelRuleAwaited,
    /// A deposit whose travel-rule data are being checked.
    TravelRuleChecked,
}

/// Which orders a read of orders brings.
#[uniffi::remote(Enum)]
pub enum OrderFilter {
    /// All.
    All,
    /// Filled whole.
    Filled,
    /// Canceled.
    Canceled,
    /// Filled in part.
    PartiallyFilled,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_the_registry_is_here() {
        assert!(venuekey::Venue::ALL.iter().all(|name| venuekey::Venue::from(Venue::from(*name)) == *name));
        let there_and_back =
            |name: &venuekey::VenueEnvironment| venuekey::VenueEnvironment::from(VenueEnvironment::from(*name));
        assert!(venuekey::VenueEnvironment::ALL.iter().all(|name| there_and_back(name) == *name));
    }
}
