//! A flow and its snapshot: values. What happens to a flow is in `events.rs`.

use crate::account::Tokens;
use crate::error::exception;
use crate::prelude::*;
use crate::seal::SealingKeys;

class! {
    /// One connection or one operation, at one point of its life. Immutable: every event returns a step.
    ///
    /// `now_ms` is Unix milliseconds everywhere; left out, it is the operating system's clock. A method
    /// that raises leaves the value usable.
    struct Flow(venuekey::Flow): generic as flow {
        /// 32 hexadecimal digits, the same through the whole life of the flow.
        flow_id: &str = flow.flow_id(),
        /// Counts up by one with each step, from 1.
        revision: u64 = flow.revision(),
        /// `"whitebit"` or `"bybit"`.
        venue: String = flow.venue().as_str().to_owned(),
        /// `"account_tokens"`, `"api_key"`, `"refresh_tokens"`, `"check_key"`, `"delete_key"` or `"reissue_key"`.
        operation: &'static str = flow.operation().as_str(),
        /// Where it stands: `"awaiting_callback"`, `"ready"` (the callback or the choice is in, or a reissue has begun;
        /// nothing has been sent since), `"awaiting_choice"`, `"in_flight"`, `"waiting"`, `"done"` or `"failed"`.
        status: &'static str = flow.status().as_str(),
        /// When it ends without a callback, in Unix milliseconds; `None` unless it awaits one.
        expires_at_ms: Option<u64> = flow.status().expires_at_ms(),
        /// When to resume, in Unix milliseconds; `None` unless it waits.
        until_ms: Option<u64> = flow.status().until_ms(),
        /// The newest tokens this flow holds: they may have been refreshed on the way, even in one that failed.
        tokens: Option<Tokens> = flow.tokens().cloned().map(Tokens),
    }
    opaque
}

methods! {
    impl Flow as flow {
        /// The flow as text, to be stored by compare-and-set under its id and revision.
        fn snapshot() -> Snapshot = Snapshot(flow.snapshot());

        /// The pending flow as text for a cookie of the browser's own session, instead of a row in the store: less
        /// than 3 KB of letters, digits, `.`, `-` and `_`. `Client.open` reads it back. A reissue's pending flow is in the
        /// store already and stays there: its seal spares the callback the search.
        ///
        /// Args:
        ///     keys: the sealing keys; the newest seals.
        ///     context: whose it is, such as the session's id: 1 to 1024 bytes. It opens under the same context only.
        ///     entropy: 64 random bytes, never used twice; left out, the operating system's.
        ///
        /// Raises:
        ///     MisuseError: `wrong_state` once the callback is in: what comes after belongs into the store;
        ///         `invalid_argument` for context or entropy.
        #[pyo3(signature = (keys, *, context, entropy=None))]
        fn seal(keys: Ours<'_, SealingKeys>, context: Text, entropy: Random) -> String =
            flow.seal(&keys.0, &context, &or_random(entropy)?)?;
    }
}

class! {
    /// A flow as text. A secret: encrypt it at rest; it may hold tokens, keys and a PKCE verifier.
    ///
    /// Store it by compare-and-set: under `flow_id`, only where the stored revision is `expected_revision`.
    struct Snapshot(venuekey::Snapshot) as snapshot {
        /// The key to store it under: 32 hexadecimal digits.
        flow_id: &str = snapshot.flow_id(),
        /// Counts up by one with each step, from 1.
        revision: u64 = snapshot.revision(),
        /// The revision that must be in the store for this one to replace it; 0 means none may be there.
        expected_revision: u64 = snapshot.expected_revision(),
        /// What the flow is for, as `Flow.operation`.
        operation: &'static str = snapshot.operation().as_str(),
        /// Where it stands, as `Flow.status`: for a store that looks for flows to resume.
        status: &'static str = snapshot.status().as_str(),
        /// When it ends without a callback, in Unix milliseconds; `None` unless it awaits one.
        expires_at_ms: Option<u64> = snapshot.status().expires_at_ms(),
        /// When to resume, in Unix milliseconds; `None` unless it waits.
        until_ms: Option<u64> = snapshot.status().until_ms(),
        /// Why it failed, where its status is `"failed"`, else `None`. `Flow.resume` gives the recovery too.
        error: Option<PyErr> = snapshot.error().map(|error| exception(error, None, None)),
    }
    opaque
}

methods! {
    impl Snapshot as snapshot {
        /// The text itself, JSON, for `Client.restore`: at most `MAX_SNAPSHOT_BYTES`.
        fn expose() -> &str = snapshot.expose();
    }
}
