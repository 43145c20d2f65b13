//! What workers share besides the row: the store's counters, from which they draw nonces and turns.

use sha2::{Digest, Sha256};

use crate::base::text::hex;
use crate::client::Client;
use crate::connection::Connection;
use crate::connection::data::Purpose;
use crate::connection::reply::Attempt;
use crate::tokens::record::{LEASE_MS, SKEW_MS};

/// How all workers of one store keep a venue's pace together: each takes the next turn from a counter of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// The counter's name.
    pub counter: String,
    /// The time between two turns, in milliseconds.
    pub interval_ms: u64,
    /// How long this request can wait for its turn and still end before its lease, in milliseconds.
    pub longest_wait_ms: u64,
    /// How far ahead the counter can be while all clocks are right, in milliseconds. One that is further ahead was moved by a
    /// clock that was wrong, and would hold up everybody until that time has come: take the turn from another one, called
    /// `counter/value`.
    pub furthest_ms: u64,
}

/// Twice what the venue asks for: others behind the same address may call, too.
const SLOWER: u64 = 2;

impl Attempt {
    /// Refreshes keep a pace, since they come by themselves. A user waits for everything else.
    pub(super) fn pace(&self, client: &Client, now_ms: u64) -> Option<Pace> {
        let limit = self.request().rate_limit().filter(|_| self.purpose() == Some(Purpose::Refresh))?;
        let (venue, environment) = (client.venue(), client.environment());
        Some(Pace {
            counter: format!("pace/{}/{}/{}", venue.as_str(), environment.as_str(), self.request().purpose()),
            interval_ms: SLOWER * u64::from(limit.window_ms) / u64::from(limit.requests.max(1)),
            longest_wait_ms: self.room_ms(now_ms),
            furthest_ms: LEASE_MS + SKEW_MS,
        })
    }
}

impl Connection {
    /// The name of the store's counter for the nonces of this connection's key: two rows with the same key share it. Absent
    /// without a key.
    pub fn nonce_counter(&self) -> Option<String> {
        let key = &self.data.credential.as_ref()?.key.as_ref()?.key;
        let (venue, environment) = (self.client.venue(), self.client.environment());
        let mut hash = Sha256::new();
        // Exposed to name what it is without showing it.
        hash.update(format!("venuekey/1/nonce/{}/{}/{}", venue.as_str(), environment.as_str(), key.api_key().expose()));
        Some(format!("nonce/{}", hex(&hash.finalize()).get(..32)?))
    }
}
