//! Whatever an exchange needs besides its own state.

use super::client::Client;
use super::record::{Finding, Ledger};
use crate::base::mint::Mint;

/// The time, the place and the tools of one call. `K` is an exchange's own switches, see [`Context::with`].
pub struct Context<'a, K = ()> {
    /// The exchange's clock, in Unix milliseconds.
    pub now_ms: u64,
    /// The path prefix of the host: `/{exchange}/{environment}`.
    pub prefix: &'a str,
    /// Which of the profile's environments it is.
    pub environment: usize,
    /// The partners registered at this exchange.
    pub clients: &'a [Client],
    /// Where codes, tokens, keys and ids come from.
    pub mint: &'a mut Mint,
    /// The exchange's switches; nothing until [`Context::with`] has brought them.
    pub knobs: &'a K,
    pub(crate) ledger: &'a mut Ledger,
}

impl<'a, K> Context<'a, K> {
    /// The same with an exchange's switches at hand.
    pub fn with<'b, L>(&'b mut self, knobs: &'b L) -> Context<'b, L> {
        Context {
            now_ms: self.now_ms,
            prefix: self.prefix,
            environment: self.environment,
            clients: self.clients,
            mint: self.mint,
            knobs,
            ledger: self.ledger,
        }
    }

    /// A registered client.
    pub fn client(&self, id: &str) -> Option<&'a Client> {
        self.clients.iter().find(|c| c.client_id == id)
    }

    /// The client, if the secret is its own.
    pub fn authenticated(&self, id: &str, secret: &str) -> Option<&'a Client> {
        self.client(id).filter(|c| c.client_secret == secret)
    }

    /// Files what no documentation covers against the request at hand.
    pub fn violate(&mut self, findings: &[Finding]) {
        self.ledger.violate(findings);
    }

    /// Notes what no documentation covers and is answered all the same.
    pub fn note(&mut self, rule: &'static str, field: &str, detail: &str) {
        self.ledger.note(rule, field, detail);
    }
}
