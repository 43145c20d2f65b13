//! Plain values, mirrored: the conversions that uniffi derives match every variant by name, so a variant added,
//! renamed or removed in core does not build here.

pub use venuekey::{
    Environment, ErrorKind, FlowOperation, Goal, HttpMethod, KeyDecision, PermissionGroup, PermissionUrl, Recovery,
    Replay, SecretLost, Subaccount, Venue, WaitReason,
};

/// An exchange.
#[uniffi::remote(Enum)]
pub enum Venue {
    /// WhiteBIT (`GLOBAL`, `EU`).
    Whitebit,
    /// Bybit (`MAINNET`, `TESTNET`).
    Bybit,
}

/// One of a venue's separate worlds: accounts, tokens and keys of one mean nothing in another.
#[uniffi::remote(Enum)]
pub enum Environment {
    /// WhiteBIT, `whitebit.com`.
    Global,
    /// WhiteBIT, `whitebit.eu`: no API-key endpoints.
    Eu,
    /// Bybit, `www.bybit.com`.
    Mainnet,
    /// Bybit, `testnet.bybit.com`.
    Testnet,
}

/// What a connection is for.
#[uniffi::remote(Enum)]
pub enum Goal {
    /// Tokens and the user's id.
    AccountTokens,
    /// An API key that the app keeps.
    ApiKey,
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
}

/// What to do when the once-only secret is lost although this flow had asked for it.
#[uniffi::remote(Enum)]
pub enum SecretLost {
    /// Fail and offer to delete the key.
    Report,
    /// Delete the key, then fail: the user can connect again at once.
    DeleteAndReport,
}

/// What a wait is for.
#[uniffi::remote(Enum)]
pub enum WaitReason {
    /// The key is not there yet.
    KeyNotReady,
    /// The venue holds a lock on the secret.
    SecretLocked,
    /// The venue limits the rate of requests.
    RateLimited,
    /// No reply, or a failure on the venue's side.
    VenueTrouble,
    /// The reply to a refresh was lost.
    RefreshUnanswered,
}

/// How a failed flow can go on.
#[uniffi::remote(Enum)]
pub enum Recovery {
    /// Look for the key for another while.
    PollLonger,
    /// Do the same again; it can't do harm.
    TryAgain,
    /// List the accounts again and let the user choose.
    ChooseAgain,
    /// Ask for the API key again. The venue may return the same key, or replace it.
    AskAgain,
    /// Delete the key whose secret is lost.
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
    /// Try later.
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

/// One group of permissions on a WhiteBIT key.
#[uniffi::remote(Record)]
pub struct PermissionGroup {
    /// Does not depend on the locale: use it in logic.
    pub name: String,
    /// Translated into the user's language: display only, untrusted text.
    pub title: String,
    /// The endpoints of the group.
    pub urls: Vec<PermissionUrl>,
}

/// One endpoint a permission covers.
#[uniffi::remote(Record)]
pub struct PermissionUrl {
    /// The path, as the venue writes it.
    pub url: String,
    /// `false` means offered but not granted.
    pub enable: bool,
}
