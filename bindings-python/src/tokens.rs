//! Tokens that many workers use, and what one of them may do now.

use crate::account::Tokens;
use crate::error::Unraised;
use crate::flow::Snapshot;
use crate::http::{HttpRequest, HttpResponse};
use crate::prelude::*;

class! {
    /// Tokens of one connection as a whole fleet of workers sees them. Immutable: every event makes a new value.
    ///
    /// A refresh spends the refresh token (both venues replace it), WhiteBIT's live ten minutes and take one refresh a
    /// second, and a race between two workers would log the user out. So the tokens stand in the host's store with a
    /// `generation`, and `plan` says what one worker may do now. A refresh is a lease, written by compare-and-set before
    /// anything is sent: one worker wins it, the others wait for the next generation. `fresh_tokens` does all of it.
    ///
    /// `now_ms` is Unix milliseconds everywhere; left out, it is the operating system's clock.
    ///
    /// >>> import venuekey
    /// >>> client = venuekey.Client(
    /// ...     venue="whitebit", environment="global", client_id="demo", client_secret="s3cr3t",
    /// ...     redirect_uri="https://partner.example/callback",
    /// ... )
    /// >>> tokens = venuekey.Tokens(
    /// ...     access_token="access", refresh_token="refresh", expires_at_ms=1_790_000_300_000
    /// ... )
    /// >>> shared = client.share_tokens(tokens, entropy=bytes(64), now_ms=1_790_000_000_000)
    /// >>> shared.plan(now_ms=1_790_000_100_000)
    /// UseTokens(generation 1)
    /// >>> shared.plan(now_ms=1_790_000_290_000)
    /// RefreshTokens(HttpRequest(POST refresh_tokens, never))
    struct SharedTokens(venuekey::SharedTokens) as shared {
        /// 32 hexadecimal digits, the same as long as the connection lives.
        tokens_id: &str = shared.tokens_id(),
        /// Counts up by one with each value that is to be saved, from 1.
        revision: u64 = shared.revision(),
        /// Counts the token pairs, from 1.
        generation: u64 = shared.generation(),
        /// While a worker refreshes: when its lease ends, in Unix milliseconds. Where that is nearer than the request's
        /// `timeout_hint_ms` by the time the save has returned, don't send any more, and plan again.
        lease_until_ms: Option<u64> = shared.lease_until_ms(),
        /// The newest pair. Whether it may be used, `plan` says.
        tokens: Tokens = Tokens(shared.tokens().clone()),
    }
    opaque
}

methods! {
    impl SharedTokens as shared {
        /// What a worker may do now: `UseTokens`, `RefreshTokens`, `WaitUntil` or `Reauthorize`.
        ///
        /// Args:
        ///     refused_generation: the generation whose access token the venue has just refused this worker (401, 403),
        ///         where it has. One refresh answers that; a second refusal ends it.
        #[pyo3(signature = (*, refused_generation=None, now_ms=None))]
        fn plan(refused_generation: Option<Int<u64>>, now_ms: Now) -> TokenPlan =
            TokenPlan(shared.plan(or_now(now_ms)?, refused_generation.given()?)?);

        /// The tokens as text, to be stored by compare-and-set like a flow's: its `flow_id` is the `tokens_id`, its
        /// operation `"refresh_tokens"`, its status `"ready"`, `"in_flight"` or `"failed"`. `Client.restore_tokens` reads
        /// it back.
        fn snapshot() -> Snapshot = Snapshot(shared.snapshot());

        /// The reply to the request of a `RefreshTokens`. Save the value; where the save is lost, load what is stored
        /// and `merge` this into it: the new pair may be in no other hands.
        ///
        /// Raises:
        ///     MisuseError: `wrong_state` where these tokens are not leased.
        #[pyo3(signature = (response, *, now_ms=None))]
        fn receive_response(response: Ours<'_, HttpResponse>, now_ms: Now) -> Self =
            Self(shared.receive_response(&response.0, or_now(now_ms)?)?);

        /// No reply came to the request of a `RefreshTokens`. It is asked again, first after 2 seconds; where it
        /// is `not_sent`, it never left and the pair stays as good as it was.
        ///
        /// Raises:
        ///     MisuseError: `wrong_state` where these tokens are not leased.
        #[pyo3(signature = (*, not_sent=false, now_ms=None))]
        fn receive_no_response(not_sent: bool, now_ms: Now) -> Self =
            Self(shared.receive_no_response(not_sent.into(), or_now(now_ms)?)?);

        /// What a worker that came too late has brought, put into the stored value this is called on: the value to save
        /// where its pair is newer than the stored one; `None` where the stored one is as new.
        ///
        /// Raises:
        ///     MisuseError: `snapshot_mismatch` for the tokens of another connection.
        fn merge(late: Ours<'_, Self>) -> Option<Self> = shared.merge(&late.0)?.map(Self);
    }
}

union! {
    pub(crate) struct TokenPlan(venuekey::TokenPlan) as plan, py;

    /// Send requests with these tokens.
    struct UseTokens of Use { tokens, generation, refresh_at_ms } {
        /// Their access token counts, as far as is known.
        tokens: Py<Tokens> = Py::new(py, Tokens(tokens))?,
        /// Which pair this is. Where the venue refuses it, plan again with this number as `refused_generation`.
        generation: u64 = generation,
        /// When to plan again so that the tokens stay alive, in Unix milliseconds; `None` where no refresh is possible
        /// and the connection ends with the access token.
        refresh_at_ms: Option<u64> = refresh_at_ms,
    }
    repr("UseTokens(generation {})", plan.generation)

    /// Save `next` by compare-and-set; where that won, send, then `next.receive_response` or `next.receive_no_response`,
    /// and save what it returns. Where it lost: load, and plan again.
    struct RefreshTokens of Refresh { request, next } {
        /// What to send, exactly, once.
        request: Py<HttpRequest> = Py::new(py, HttpRequest(request))?,
        /// The tokens, leased to this worker for 45 seconds.
        next: Py<SharedTokens> = Py::new(py, SharedTokens(next))?,
    }
    repr("RefreshTokens({:?})", plan.request.get().0)

    /// Sleep, load the tokens anew, plan again.
    struct WaitUntil of WaitUntil { until_ms, error } {
        /// When to look again, in Unix milliseconds.
        until_ms: u64 = until_ms,
        /// Why no token can be had meanwhile; `None` while a worker refreshes. An exception that has not been raised: a
        /// new one at each access.
        error: Option<Unraised> = error.map(Unraised::from),
    }
    repr("WaitUntil(until_ms={})", plan.until_ms)

    /// No token works any more, and no refresh can help: the user must connect again.
    struct Reauthorize of Reauthorize { error } {
        /// Why: `token_expired`, `token_rejected`, or `outcome_unknown` after a refresh whose reply was lost. An
        /// exception that has not been raised: a new one at each access.
        error: Unraised = error.into(),
    }
    repr("Reauthorize({})", plan.error.error)
}
