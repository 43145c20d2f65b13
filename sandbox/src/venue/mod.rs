//! The venues, and what they have in common.

pub(crate) mod bybit;
pub(crate) mod consent;
pub(crate) mod grants;
pub(crate) mod limits;
pub(crate) mod whitebit;

use crate::config::{ApiKey, Client};
use crate::faults::Fault;
use crate::http::{Call, Response};
use crate::knobs::Knobs;
use crate::mint::Mint;
use crate::pages;
use crate::record::{Finding, Ledger};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Venue {
    /// WhiteBIT.
    WhiteBit,
    /// Bybit.
    Bybit,
}

/// One of a venue's hosts. Tokens and keys of one are unknown in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// WhiteBIT's global host.
    Global,
    /// WhiteBIT's EU host, without key endpoints (facts/whitebit.md, 1).
    Eu,
    /// Bybit's mainnet.
    Mainnet,
    /// Bybit's testnet.
    Testnet,
}

/// The endpoints that are recorded and can be given faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// The page the browser is sent to.
    Authorize,
    /// Code for tokens.
    Token,
    /// Refresh token for tokens.
    Refresh,
    /// WhiteBIT: state of the key.
    Info,
    /// WhiteBIT: the key's secret, once.
    Secret,
    /// WhiteBIT: removal of the key.
    Delete,
    /// Bybit: the user's id.
    Uid,
    /// Bybit: the key and its secret.
    Openapi,
    /// Bybit: the AI agent's sub-accounts and their keys.
    AiAccounts,
    /// WhiteBIT: deposits and withdrawals, with a bearer token; the five that follow likewise.
    Transactions,
    /// WhiteBIT: conversions.
    Converts,
    /// WhiteBIT: the history of orders.
    Orders,
    /// WhiteBIT: the executions of orders.
    Deals,
    /// WhiteBIT: balances of the main account.
    MainBalances,
    /// WhiteBIT: balances of the trade account.
    SpotBalances,
    /// A call signed with an API key.
    Signed,
    /// The exchange's clock.
    Time,
    /// Any other of the exchange's public data, which the sandbox has none of: 404.
    Public,
    /// A path that no exchange documents.
    Unknown,
}

impl Endpoint {
    /// Whether it is one of WhiteBIT's six reads with a bearer token (facts/whitebit.md, 6).
    pub(crate) fn is_account_read(self) -> bool {
        use Endpoint::*;
        matches!(self, Transactions | Converts | Orders | Deals | MainBalances | SpotBalances)
    }
}

/// Path prefixes and what stands behind them.
pub(crate) const HOSTS: [(&str, Venue, Environment); 4] = [
    ("/whitebit/global", Venue::WhiteBit, Environment::Global),
    ("/whitebit/eu", Venue::WhiteBit, Environment::Eu),
    ("/bybit/mainnet", Venue::Bybit, Environment::Mainnet),
    ("/bybit/testnet", Venue::Bybit, Environment::Testnet),
];

/// Where a call goes inside a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// An endpoint and the methods it takes.
    Endpoint(Endpoint, &'static [&'static str]),
    /// A page for the user's browser, or its style sheet.
    Page,
}

/// Reads.
pub(crate) const GET: &[&str] = &["GET"];
/// Acts, or reads with a body.
pub(crate) const POST: &[&str] = &["POST"];

/// Whatever a host needs besides its own state.
pub(crate) struct Context<'a> {
    pub now_ms: u64,
    pub prefix: &'static str,
    pub knobs: &'a Knobs,
    pub clients: &'a [Client],
    pub mint: &'a mut Mint,
    pub ledger: &'a mut Ledger,
}

impl<'a> Context<'a> {
    pub fn client(&self, id: &str) -> Option<&'a Client> {
        self.clients.iter().find(|c| c.client_id == id)
    }

    /// The client, if the secret is its own.
    pub fn authenticated(&self, id: &str, secret: &str) -> Option<&'a Client> {
        self.client(id).filter(|c| c.client_secret == secret)
    }

    pub fn violate(&mut self, findings: &[Finding]) {
        self.ledger.violate(findings);
    }

    /// What no documentation covers and is answered all the same.
    pub fn note(&mut self, rule: &'static str, field: &str, detail: &str) {
        self.ledger.note(rule, field, detail);
    }
}

/// What the demo user does outside the flow, or what happens to the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserAction {
    /// Deletes the partner's keys in the dashboard.
    DeleteKey,
    /// Changes the password, which deletes keys (facts/whitebit.md, 8) or gives them a deadline (facts/bybit.md, 8.4).
    ChangePassword,
    /// The exchange blocks or freezes the account, which deletes keys (facts/whitebit.md, 8).
    BlockAccount,
    /// Lets 14 days pass: WhiteBIT disables the keys (facts/whitebit.md, D7).
    InactivityDisable,
    /// Lets 14 days pass: WhiteBIT deletes the keys (facts/whitebit.md, D7).
    InactivityDelete,
    /// Revokes the partner's authorization.
    Revoke,
    /// Creates a key by hand, of no partner.
    CreateManualKey,
}

/// New rows of a user's histories, so that a client meets them while it is paging.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrivals {
    /// Whose exchange.
    pub venue: Venue,
    /// The venue's first one when absent.
    #[serde(default)]
    pub environment: Option<Environment>,
    /// The demo user when absent.
    #[serde(default)]
    pub user: Option<u64>,
    /// Deposits and withdrawals.
    #[serde(default)]
    pub transactions: u32,
    /// Conversions.
    #[serde(default)]
    pub converts: u32,
    /// Orders.
    #[serde(default)]
    pub orders: u32,
    /// Executions, of the last order that has some.
    #[serde(default)]
    pub deals: u32,
}

/// One host of one venue.
pub(crate) trait Host: consent::Consents {
    /// Where this path leads, if anywhere.
    fn route(&self, path: &str) -> Option<Route>;
    /// Serves an endpoint; method and path have been checked.
    fn serve(&mut self, endpoint: Endpoint, call: &Call<'_>, context: &mut Context<'_>) -> Response;
    /// The body and status with which this venue refuses before any effect.
    fn refusal(&self, fault: Fault, endpoint: Endpoint, status: u16, context: &Context<'_>) -> Response;
    /// What a wrong method is answered with.
    fn wrong_method(&self, endpoint: Endpoint, finding: &Finding, context: &Context<'_>) -> Response;
    /// Serves a page to the user's browser: the consent page, unless a venue has more.
    fn page(&mut self, call: &Call<'_>, context: &mut Context<'_>) -> Response {
        match call.path {
            "/consent.css" => pages::style(),
            _ => self.consent(call, context),
        }
    }
    /// Lets happen what the time alone brings about.
    fn follow_clock(&mut self, context: &Context<'_>);
    /// Puts in a key that is there from the start.
    fn plant(&mut self, key: &ApiKey, uid: u64);
    /// Lets new rows arrive and says how many there are now.
    fn arrive(&mut self, _: &Arrivals, _: &mut Context<'_>) -> Result<Value, String> {
        Err("This venue has no histories here; WhiteBIT has.".into())
    }
    /// Carries out a user's action and says what it met.
    fn act(&mut self, action: UserAction, context: &mut Context<'_>) -> Result<Value, String>;
    /// Brings what is stored in line with knobs that have just changed; at the start there are none
    /// `before`.
    fn follow_knobs(&mut self, before: Option<&Knobs>, context: &mut Context<'_>);
    /// Keys, tokens and open requests.
    fn state(&self, knobs: &Knobs, now_ms: u64, with_values: bool) -> Value;
}
