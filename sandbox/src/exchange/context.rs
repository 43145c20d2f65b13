//! Whatever an exchange needs besides its own state.

use super::client::Client;
use super::consent::Consenting;
use super::record::{Finding, Ledger};
use super::user::User;
use crate::base::mint::Mint;

/// The time, the place and the tools of one call. `K` is an exchange's own switches, see [`Context::with`].
pub struct Context<'a, K = ()> {
    /// The exchange's clock, in Unix milliseconds.
    pub now_ms: u64,
    /// The exchange's name.
    pub venue: &'static str,
    /// The path prefix that pages and redirects of this host have: `/{exchange}/{environment}`.
    pub prefix: &'a str,
    /// Which of the profile's environments it is.
    pub environment: usize,
    /// The partners registered at this exchange.
    pub clients: &'a [Client],
    /// The users of this exchange besides the demo user.
    pub users: &'a [User],
    /// Who is at the browser, or acts: one of those, the demo user when absent.
    pub user: Option<u64>,
    /// The answer to the consent screen, where it comes with the authorize request.
    pub consent: Option<&'a mut Consenting>,
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
            venue: self.venue,
            prefix: self.prefix,
            environment: self.environment,
            clients: self.clients,
            users: self.users,
            user: self.user,
            consent: self.consent.as_deref_mut(),
            mint: self.mint,
            knobs,
            ledger: self.ledger,
        }
    }

    /// A registered client.
    pub fn client(&self, id: &str) -> Option<&'a Client> {
        self.clients.iter().find(|c| c.client_id == id)
    }

    /// A user besides the demo user.
    pub fn user_of(&self, uid: u64) -> Option<&'a User> {
        self.users.iter().find(|user| user.uid == uid)
    }

    /// Who is at the browser, or acts; none where it is the demo user.
    pub fn person(&self) -> Option<&'a User> {
        self.user_of(self.user?)
    }

    /// Says why the screen did not take the answer that came with the authorize request.
    pub(crate) fn refuse_consent(&mut self, refusal: String) {
        if let Some(consenting) = &mut self.consent {
            consenting.refusal = Some(refusal);
        }
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
