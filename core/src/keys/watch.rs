//! When to look at a key next, and what a look has brought.

use core::fmt;

use crate::base::error::{ErrorCode, VenuekeyError, named};
use crate::base::ids::Venue;
use crate::base::json::{self, FromJson, members};
use crate::base::time::{self, DAY_MS};
use crate::model::api_key::{ExternalId, KeyDecision, KeyStatus};
use crate::model::key_proof::KeyProof;
use crate::venue::signing::KeyState;

/// Ours: no venue asks for it. Half of WhiteBIT's 14 days, so that a week is left for looks that fail.
const IDLE_MS: u64 = 7 * DAY_MS;
/// Ours: time enough for the user to connect again.
const AHEAD_MS: u64 = 7 * DAY_MS;
/// Ours: looks come up to so much earlier, each key's by its own seed.
const SPREAD_MS: u32 = 86_400_000;
/// Ours: after a look that told nothing, between this and twice as long. No error of a signed request asks for more.
const AGAIN_MS: u32 = 900_000;
const WATCH_VERSION: u32 = 1;

/// What a host knows of a key's lifecycle: enough to say when to check it next. It holds no secret; keep its
/// [`KeyWatch::to_text`], or rebuild it from what you store.
///
/// A check is a signed probe ([`Signer::probe`](crate::parts::Signer::probe)). A key in use needs none: each signed
/// request that the venue accepts counts as one, see [`KeyWatch::used`].
///
/// ```
/// use venuekey::parts::*;
/// let issued_at_ms = 1_790_000_000_000;
/// let watch = KeyWatch::new(Venue::WHITEBIT, issued_at_ms, 4711);
/// let look = watch.next_check(issued_at_ms);
/// assert_eq!(look.reason, CheckReason::Inactivity); // WhiteBIT disables a key after 14 days without activity
/// assert!((6..=7).contains(&(look.at_ms - issued_at_ms).div_ceil(86_400_000)));
/// // A week later: `signer.receive_probe` has refused the key's probe, or brought a proof for `receive_proof`.
/// # let signer = Signer::new(SignerConfig::new(Venue::WHITEBIT, VenueEnvironment::GLOBAL, Secret::new("k"), Secret::new("s")))?;
/// # let refused = signer.receive_probe(&HttpResponse::new(401, r#"{"code":0,"message":"?"}"#)).unwrap_err();
/// assert_eq!(watch.receive_error(&refused, look.at_ms), KeyVerdict::Gone);
/// # Ok::<(), VenuekeyError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct KeyWatch {
    /// Whose key it is.
    pub venue: Venue,
    /// When the app got it, in Unix milliseconds.
    pub issued_at_ms: u64,
    /// When the venue last accepted a request signed with it, probes included, in Unix milliseconds.
    pub last_used_at_ms: Option<u64>,
    /// When it expires, in Unix milliseconds, if the venue says so: [`KeyProof::expires_at_ms`].
    pub expires_at_ms: Option<u64>,
    /// Whether it is bound to IP addresses, if known.
    pub is_ip_bound: Option<bool>,
    /// Any number, a different one for each key, so that a fleet's checks do not coincide. Keep it with the rest.
    pub seed: u32,
}

impl fmt::Debug for KeyWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyWatch({:?}, issued_at_ms={})", self.venue, self.issued_at_ms)
    }
}

members!(KeyWatch {
    venue,
    issued_at_ms,
    last_used_at_ms: optional,
    expires_at_ms: optional,
    is_ip_bound: optional,
    seed,
});

/// The next check of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyCheck {
    /// When, in Unix milliseconds; a time in the past means now.
    pub at_ms: u64,
    /// What for.
    pub reason: CheckReason,
}

/// What a check of a key is for. Any check also finds a key that was deleted meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CheckReason {
    /// WhiteBIT disables or deletes a key after 14 days without API activity (facts/whitebit.md, 8 and D7). We infer that
    /// the signed probe counts as activity; no document says so.
    Inactivity,
    /// Nothing expires, but the user or the venue can end the key without telling the app.
    Revocation,
    /// It expires soon, or now: tell the user to connect again before [`KeyWatch::ends_at_ms`].
    Expiry,
}

named!(CheckReason "reason" {
    Inactivity = "inactivity",
    Revocation = "revocation",
    Expiry = "expiry",
});

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyVerdict {
    /// The key works.
    Works {
        /// The watch with what was learnt: keep it in place of the old one.
        watch: KeyWatch,
    },
    /// It is disabled, and only the user can delete it, in the venue's dashboard; then connect again. WhiteBIT answers
    /// the same to a request from an address that the key is not bound to.
    Disabled,
    /// It no longer exists: the user connects again. Keep the secret until then.
    Gone,
    /// It has expired: the user connects again.
    Expired,
    /// This check was inconclusive.
    Unclear {
        /// When to check again, in Unix milliseconds.
        check_again_at_ms: u64,
    },
}

impl KeyVerdict {
    /// The name used in every language.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Works { .. } => "works",
            Self::Disabled => "disabled",
            Self::Gone => "gone",
            Self::Expired => "expired",
            Self::Unclear { .. } => "unclear",
        }
    }
}

/// The watch as text: fields are added with a new version only.
struct Text {
    venuekey_watch: u32,
    watch: KeyWatch,
}

members!(Text { venuekey_watch, watch });

impl KeyWatch {
    /// A key that was issued at this time and of which nothing else is known.
    pub fn new(venue: Venue, issued_at_ms: u64, seed: u32) -> Self {
        Self { venue, issued_at_ms, last_used_at_ms: None, expires_at_ms: None, is_ip_bound: None, seed }
    }

    /// The same after the venue has accepted a signed request.
    pub fn used(&self, now_ms: u64) -> Self {
        Self { last_used_at_ms: Some(now_ms.min(time::MAX_MS)), ..self.clone() }
    }

    /// When to check next, and what for.
    pub fn next_check(&self, now_ms: u64) -> KeyCheck {
        let seen_ms = self.last_used_at_ms.unwrap_or(self.issued_at_ms);
        let early_ms = u64::from(time::mix(self.seed, 0) % SPREAD_MS);
        // Twice in the life of a key that is not used, so that one look may fail.
        let (idle_ms, reason) = match self.venue.key_life().and_then(|life| life.unused_ms) {
            Some(unused_ms) => (IDLE_MS.min(unused_ms / 2), CheckReason::Inactivity),
            None => (IDLE_MS, CheckReason::Revocation),
        };
        let mut look = KeyCheck { at_ms: time::after(seen_ms, idle_ms.saturating_sub(early_ms)), reason };
        // Once ahead of the end, so that the user can be told, and once at the end.
        let ends = self.ends_at_ms().map(|ms| [ms.saturating_sub(AHEAD_MS + early_ms), ms]);
        for at_ms in ends.into_iter().flatten().filter(|at_ms| *at_ms > seen_ms) {
            if at_ms <= look.at_ms {
                look = KeyCheck { at_ms, reason: CheckReason::Expiry };
            }
        }
        // A clock that was set back must not put it off.
        look.at_ms = look.at_ms.min(time::after(now_ms, idle_ms));
        look
    }

    /// When the key expires, in Unix milliseconds: as the venue says or, for a Bybit key that is bound to no address,
    /// about 3 months after it was issued (facts/bybit.md, 8.4). Absent if it does not, or if that is unknown.
    pub fn ends_at_ms(&self) -> Option<u64> {
        let unbound_life = self.venue.key_life().and_then(|life| life.unbound_ms);
        let unbound_life = unbound_life.filter(|_| self.is_ip_bound == Some(false));
        self.expires_at_ms.or(unbound_life.map(|ms| time::after(self.issued_at_ms, ms)))
    }

    /// What the proof of [`Signer::receive_probe`](crate::parts::Signer::receive_probe) means: the key works.
    pub fn receive_proof(&self, proof: &KeyProof, now_ms: u64) -> KeyVerdict {
        let mut watch = self.used(now_ms);
        if self.venue.key_life().is_some_and(|life| life.proof_tells_end) {
            watch.expires_at_ms = proof.expires_at_ms;
            // facts/bybit.md, 8.4 does not say how "any address" reads: an empty list, or a lone wildcard, is taken for it.
            watch.is_ip_bound = Some(proof.ips.iter().any(|ip| ip != "*"));
        }
        KeyVerdict::Works { watch }
    }

    /// What the status of [`Client::check_key`](crate::Client::check_key) means for the key with this id. It does not
    /// use the key, so [`KeyWatch::next_check`] stays as it is.
    ///
    /// # Errors
    /// `invalid_argument` if that can't be the id of one of this venue's keys.
    pub fn receive_status(&self, status: &KeyStatus, external_id: &ExternalId) -> Result<KeyVerdict, VenuekeyError> {
        let key_id = self.venue.profile(false)?.key_id;
        key_id(external_id.as_str()).map_err(|hint| VenuekeyError::invalid_argument(hint).with_venue(self.venue))?;
        Ok(match status.decision() {
            // facts/whitebit.md, 8: one key per user and client, so another id means that ours was deleted.
            _ if status.external_id().is_some_and(|id| id != external_id) => KeyVerdict::Gone,
            KeyDecision::StartFlow => KeyVerdict::Gone,
            KeyDecision::AlreadyActive => KeyVerdict::Works { watch: self.clone() },
            KeyDecision::DeleteInDashboard => KeyVerdict::Disabled,
        })
    }

    /// What the error of a signed request means for the key, whether a probe's or one of the app's own.
    pub fn receive_error(&self, error: &VenuekeyError, now_ms: u64) -> KeyVerdict {
        let key_state = match error.code() {
            // Refused for want of a permission, so key and signature were accepted (facts/whitebit.md, 10.4).
            ErrorCode::PermissionDenied => KeyState::Works,
            ErrorCode::KeyDisabled => KeyState::Disabled,
            ErrorCode::KeyGone => KeyState::Gone,
            _ => match self.venue.key_life() {
                Some(life) => (life.key_state)(error, self.last_used_at_ms.is_some()),
                None => KeyState::Unknown,
            },
        };
        match key_state {
            KeyState::Works => KeyVerdict::Works { watch: self.used(now_ms) },
            KeyState::Disabled => KeyVerdict::Disabled,
            KeyState::Gone => KeyVerdict::Gone,
            KeyState::Expired => KeyVerdict::Expired,
            KeyState::Unknown => {
                let wait_ms = AGAIN_MS + time::mix(self.seed, 1) % AGAIN_MS;
                KeyVerdict::Unclear { check_again_at_ms: time::after(now_ms, wait_ms.into()) }
            }
        }
    }

    /// The watch as text, for the host's store. Not a secret.
    pub fn to_text(&self) -> String {
        json::written_plain(&Text { venuekey_watch: WATCH_VERSION, watch: self.clone() })
    }

    /// The watch from its [`KeyWatch::to_text`].
    ///
    /// # Errors
    /// `snapshot_invalid`; `snapshot_version` for the text of a newer release.
    pub fn from_text(text: &str) -> Result<Self, VenuekeyError> {
        let refuse = |code, hint: &str| Err(VenuekeyError::new(code).with_hint(hint));
        let json = match json::versioned(text, "venuekey_watch") {
            Some((WATCH_VERSION, json)) => json,
            Some(_) => return refuse(ErrorCode::SnapshotVersion, "this release reads watches of version 1"),
            None => return refuse(ErrorCode::SnapshotInvalid, "it is not a watch"),
        };
        match Text::from_json(json) {
            Some(Text { watch, .. }) if watch.is_sound() => Ok(watch),
            _ => refuse(ErrorCode::SnapshotInvalid, "its fields do not match a watch"),
        }
    }

    pub(crate) fn is_sound(&self) -> bool {
        let times = [Some(self.issued_at_ms), self.last_used_at_ms, self.expires_at_ms];
        times.into_iter().flatten().all(|ms| ms <= time::MAX_MS) && self.venue.key_life().is_some()
    }
}
