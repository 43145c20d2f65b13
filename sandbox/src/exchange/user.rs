//! Who has an account at an exchange besides the demo user.

use serde::{Deserialize, Serialize};

/// A user besides the demo user, who is described by the knobs `user_...`. Keys, tokens and histories are each user's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The user's id at the exchange.
    pub uid: u64,
    /// The name that the consent page shows.
    #[serde(default = "nobody")]
    pub name: String,
    /// Whether two-factor authentication is on.
    #[serde(default = "yes")]
    pub two_factor: bool,
    /// Whether the user has passed KYC.
    #[serde(default = "yes")]
    pub kyc: bool,
    /// The two-factor code.
    #[serde(default = "otp")]
    pub otp: String,
}

impl User {
    /// A user who has everything that a consent asks for.
    pub fn new(uid: u64) -> User {
        User { uid, name: nobody(), two_factor: true, kyc: true, otp: otp() }
    }
}

fn nobody() -> String {
    "User".into()
}

fn yes() -> bool {
    true
}

fn otp() -> String {
    "123456".into()
}
