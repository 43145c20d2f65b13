//! Where a request goes inside a host, and what it is called in records and faults.

/// The kinds of endpoints, in the order in which they are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The page the browser is sent to.
    Authorize,
    /// Code for tokens.
    Token,
    /// Refresh token for tokens.
    Refresh,
    /// Takes an access token: who the user is, what key there is.
    Key,
    /// Takes an access token: balances and histories.
    Read,
    /// Takes a signature with an API key.
    Signed,
    /// The exchange's clock.
    Time,
    /// Any other of the exchange's public data.
    Public,
    /// A path that no documentation lists.
    Unknown,
}

/// An endpoint that is recorded and can be given faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its name in JSON: lower-case words, joined by underscores.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Whether the exchange locks it for a moment now and then: the fault `lock`.
    pub locks: bool,
}

impl Endpoint {
    /// The page the browser is sent to.
    pub const AUTHORIZE: Endpoint = Endpoint::new("authorize", Kind::Authorize);
    /// Code for tokens.
    pub const TOKEN: Endpoint = Endpoint::new("token", Kind::Token);
    /// Refresh token for tokens.
    pub const REFRESH: Endpoint = Endpoint::new("refresh", Kind::Refresh);
    /// A call signed with an API key.
    pub const SIGNED: Endpoint = Endpoint::new("signed", Kind::Signed);
    /// The exchange's clock.
    pub const TIME: Endpoint = Endpoint::new("time", Kind::Time);
    /// Any other of the exchange's public data, which the sandbox has none of: 404.
    pub const PUBLIC: Endpoint = Endpoint::new("public", Kind::Public);
    /// A path that no exchange documents.
    pub const UNKNOWN: Endpoint = Endpoint::new("unknown", Kind::Unknown);

    /// What every exchange may have; an exchange's profile lists those of its own.
    pub const COMMON: [Endpoint; 7] = [
        Endpoint::AUTHORIZE,
        Endpoint::TOKEN,
        Endpoint::REFRESH,
        Endpoint::SIGNED,
        Endpoint::TIME,
        Endpoint::PUBLIC,
        Endpoint::UNKNOWN,
    ];

    /// An endpoint that is never locked.
    pub const fn new(name: &'static str, kind: Kind) -> Endpoint {
        Endpoint { name, kind, locks: false }
    }

    /// The same, locked now and then.
    pub const fn that_locks(self) -> Endpoint {
        Endpoint { locks: true, ..self }
    }

    /// Whether an access token is sent there.
    pub fn takes_token(self) -> bool {
        matches!(self.kind, Kind::Key | Kind::Read)
    }
}

/// Where a call goes inside a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// An endpoint and the methods it takes.
    Endpoint(Endpoint, &'static [&'static str]),
    /// A page for the user's browser.
    Page,
}

/// Reads.
pub const GET: &[&str] = &["GET"];
/// Acts, or reads with a body.
pub const POST: &[&str] = &["POST"];
