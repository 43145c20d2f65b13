//! When to look at a key next, and what a look has brought.

use std::sync::Arc;

use crate::ambient::{now, random};
use crate::calls::{Enter, calls};
use crate::cross::{Cross, mirror};
use crate::error::VenuekeyError;
use crate::key_status::KeyStatus;
use crate::object::{fields, opaque};
use crate::sign::KeyProof;
use crate::values::{CheckReason, Venue};

opaque! {
    /// What a host knows of a key's life: enough to say when to look at it next. It holds no secret; keep its `toText()`,
    /// or make it anew from what you store.
    ///
    /// A look is a signed probe (`Signer.probe`). A key that is at work needs none: each signed request that the venue
    /// accepts is one, see `used`. `nowMs` is Unix milliseconds everywhere; left out, the operating system's clock.
    KeyWatch;

    /// When the key ends, in Unix milliseconds: by the venue's word or, for a Bybit key that is bound to no address, about
    /// 3 months after its issue. Absent where it does not, or nobody knows.
    ends_at_ms: Option<i64>,
}

fields! {
    KeyWatch;

    /// Whose key it is.
    venue: Venue,

    /// When the app got it, in Unix milliseconds.
    issued_at_ms: i64,

    /// When the venue last accepted a request signed with it, in Unix milliseconds.
    last_used_at_ms: Option<i64>,

    /// When it ends, in Unix milliseconds, where the venue has said so.
    expires_at_ms: Option<i64>,

    /// Whether it is bound to IP addresses, where that is known.
    is_ip_bound: Option<bool>,

    /// What spreads the looks of a fleet.
    seed: i64,
}

calls! {
    KeyWatch;

    /// What the status of `Client.checkKey` means for the key with this id. It does not use the key, so `nextCheck` stays
    /// as it is.
    ///
    /// Throws `invalid_argument` where the id is not a UUID.
    fn receive_status(status: &KeyStatus, external_id: String as ExternalId) -> KeyVerdict;
}

#[uniffi::export]
impl KeyWatch {
    /// `issuedAtMs` is when the app got the key, `lastUsedAtMs` when the venue last accepted a request signed with it,
    /// probes included, and `expiresAtMs` when it ends, where the venue says so (`KeyProof.expiresAtMs`), all in Unix
    /// milliseconds. `isIpBound` is whether it is bound to IP addresses, where that is known. `seed` is any number from 0
    /// to 4294967295, another one for each key, so that a fleet's looks do not fall together; left out, a random one.
    /// Keep it with the rest.
    ///
    /// Throws `snapshot_invalid` for a time beyond 2^53 ms.
    #[uniffi::constructor(default(last_used_at_ms = None, expires_at_ms = None, is_ip_bound = None, seed = None))]
    pub fn new(
        venue: Venue,
        issued_at_ms: i64,
        last_used_at_ms: Option<i64>,
        expires_at_ms: Option<i64>,
        is_ip_bound: Option<bool>,
        seed: Option<i64>,
    ) -> Result<Self, VenuekeyError> {
        let watch = venuekey::KeyWatch {
            venue: venue.into(),
            issued_at_ms: issued_at_ms.enter("issued_at_ms")?,
            last_used_at_ms: last_used_at_ms.enter("last_used_at_ms")?,
            expires_at_ms: expires_at_ms.enter("expires_at_ms")?,
            is_ip_bound,
            seed: match seed {
                Some(seed) => seed.enter("seed")?,
                None => u32::from_ne_bytes(random("seed")?),
            },
        };
        // Read back, so that what can be made can also be restored.
        Ok(Self(venuekey::KeyWatch::from_text(&watch.to_text())?))
    }

    /// The watch from its `toText()`.
    ///
    /// Throws `snapshot_invalid`; `snapshot_version` for the text of a newer release.
    #[uniffi::constructor]
    pub fn from_text(text: String) -> Result<Self, VenuekeyError> {
        Ok(Self(venuekey::KeyWatch::from_text(&text)?))
    }

    /// The watch as text, for the host's store. No secret is in it.
    pub fn to_text(&self) -> String {
        self.0.to_text()
    }

    /// The same after the venue has accepted a signed request.
    #[uniffi::method(default(now_ms = None))]
    pub fn used(&self, now_ms: Option<i64>) -> Result<Arc<KeyWatch>, VenuekeyError> {
        Ok(self.0.used(now(now_ms)?).cross())
    }

    /// When to look next, and what for.
    #[uniffi::method(default(now_ms = None))]
    pub fn next_check(&self, now_ms: Option<i64>) -> Result<KeyCheck, VenuekeyError> {
        Ok(self.0.next_check(now(now_ms)?).cross())
    }

    /// What the proof of `Signer.receiveProbe` means: the key works.
    #[uniffi::method(default(now_ms = None))]
    pub fn receive_proof(&self, proof: &KeyProof, now_ms: Option<i64>) -> Result<KeyVerdict, VenuekeyError> {
        Ok(self.0.receive_proof(&proof.0, now(now_ms)?).cross())
    }

    /// What the error of a signed request means for the key, be it a probe's or one of the app's own.
    #[uniffi::method(default(now_ms = None))]
    pub fn receive_error(&self, error: VenuekeyError, now_ms: Option<i64>) -> Result<KeyVerdict, VenuekeyError> {
        Ok(self.0.receive_error(&error.to_core()?, now(now_ms)?).cross())
    }
}

mirror! {
    /// The next look at a key.
    KeyCheck {
        /// When, in Unix milliseconds; one that is past is due now.
        at_ms: i64,
        /// What for.
        reason: CheckReason,
    }
}

mirror! {
    /// What a look has brought.
    enum KeyVerdict {
        /// The key works.
        Works {
            /// The watch with what was learnt: keep it instead of the old one.
            watch: Arc<KeyWatch>,
        },
        /// Only the user can delete it, in the venue's dashboard, then connect again. WhiteBIT says the same of a request
        /// from an address that the key is not bound to.
        Disabled,
        /// It is not there any more: the user connects again. Keep the secret until then.
        Gone,
        /// Its time is over: the user connects again.
        Expired,
        /// This look told nothing.
        Unclear {
            /// When to look again, in Unix milliseconds.
            check_again_at_ms: i64,
        },
    }
}
