//! What a user answers on the consent screen, given with the authorize URL instead of at the page.

use serde::{Deserialize, Serialize};

/// What the user decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Approves.
    #[default]
    Approve,
    /// Declines.
    Decline,
    /// Closes the window.
    Close,
}

/// The answer to a consent screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consent {
    /// What the user decides.
    pub decision: Decision,
    /// The permissions that are ticked; those that the page ticks by itself when absent. Who ticks withdrawal also confirms
    /// it.
    pub permissions: Option<Vec<String>>,
    /// The two-factor code; the right one when absent.
    pub otp: Option<String>,
    /// Who answers; the demo user when absent.
    pub user: Option<u64>,
}

/// An answer on its way to the screen, and why the screen did not take it.
#[derive(Clone, Debug, Default)]
pub struct Consenting {
    /// The answer.
    pub consent: Consent,
    /// What the page would have said, if it had kept the user from going on.
    pub refusal: Option<String>,
    /// Whether the request has led to a screen at all.
    pub is_asked: bool,
}

/// What came of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Consented {
    /// Where the browser is sent; none where the exchange leaves the user on a page of its own. Nobody has opened it yet.
    pub redirect_url: Option<String>,
    /// The authorization code in it, which a headless client's user would copy.
    pub code: Option<String>,
}
