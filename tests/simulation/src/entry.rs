//! Who connects, and how a flow may come to be.

use venuekey::parts::*;

/// What kind of client it is: a venue offers each kind other operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    Confidential,
    Public,
}

impl Party {
    pub const ALL: [Self; 2] = [Self::Confidential, Self::Public];

    /// What the fact sheets call this kind of client at this venue.
    pub fn name(self, venue: Venue) -> &'static str {
        match (venue, self) {
            (Venue::BYBIT, Self::Confidential) => "broker",
            (Venue::BYBIT, Self::Public) => "AI agent",
            (_, Self::Confidential) => "client with a secret",
            (_, Self::Public) => "public client",
        }
    }
}

/// How a flow begins, where there is more than one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// A browser that is to bring a code.
    Code,
    /// A browser that is to bring a token (facts/bybit.md, B1).
    Token,
    /// The venue's own page, which shows the code for the user to copy (facts/bybit.md, 3.3).
    Pasted,
    /// What an app without a secret has begun.
    HandOff,
    /// Tokens of an earlier connection.
    Tokens,
}

/// Every way in which an operation begins.
pub fn entries(venue: Venue, party: Party, operation: FlowOperation) -> &'static [Entry] {
    let connects = matches!(operation, FlowOperation::AccountTokens | FlowOperation::ApiKey);
    match (venue, party) {
        _ if !connects => &[Entry::Tokens],
        (Venue::BYBIT, Party::Confidential) => &[Entry::Code, Entry::Token],
        (Venue::BYBIT, Party::Public) => &[Entry::Code, Entry::Pasted],
        (Venue::WHITEBIT, Party::Confidential) if operation == FlowOperation::ApiKey => &[Entry::Code, Entry::HandOff],
        _ => &[Entry::Code],
    }
}

/// The address that this client's callbacks come to.
pub fn redirect_uri(venue: Venue, environment: VenueEnvironment, party: Party, entry: Entry) -> String {
    match (venue, party) {
        // facts/bybit.md, 2.
        (Venue::BYBIT, Party::Public) => match (entry, environment) {
            (Entry::Pasted, VenueEnvironment::TESTNET) => "https://testnet.bybit.com/oauth/callback".into(),
            (Entry::Pasted, _) => "https://www.bybit.com/oauth/callback".into(),
            _ => "http://127.0.0.1:9876/callback".into(),
        },
        _ => format!("http://127.0.0.1:2/cb/{}", venue.as_str()),
    }
}

/// A client of the sandbox at `base`; `None` where the venue has no such environment.
pub fn connect(
    venue: Venue,
    environment: VenueEnvironment,
    party: Party,
    entry: Entry,
    (base, secret): (&str, &str),
) -> Option<Client> {
    let client_id = match (venue, party) {
        (Venue::BYBIT, Party::Public) => "ai-agent".to_owned(),
        _ => format!("demo-{}", venue.as_str()),
    };
    let credentials = match party {
        Party::Confidential => Credentials::Confidential { client_id, client_secret: Secret::new(secret) },
        Party::Public => Credentials::Public { client_id },
    };
    let redirect_uri = redirect_uri(venue, environment, party, entry);
    let mut config = ClientConfig::new(venue, environment, credentials, redirect_uri);
    let base = format!("{base}/{}/{}", venue.as_str(), environment.as_str());
    config.authorize_base = Some(base.clone());
    config.api_base = Some(base);
    Client::new(config).ok()
}

/// What a connection begins with; nothing for operations that begin with tokens.
pub fn goal(operation: FlowOperation) -> Option<Goal> {
    match operation {
        FlowOperation::AccountTokens => Some(Goal::AccountTokens),
        FlowOperation::ApiKey => Some(Goal::ApiKey),
        _ => None,
    }
}

pub fn response_type(entry: Entry) -> ResponseType {
    if entry == Entry::Token { ResponseType::Token } else { ResponseType::Code }
}
