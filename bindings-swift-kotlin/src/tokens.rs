//! Tokens that a whole fleet of workers shares.

use std::sync::Arc;

use crate::account::Tokens;
use crate::ambient::now;
use crate::calls::{Enter, calls};
use crate::cross::{Cross, mirror};
use crate::error::VenuekeyError;
use crate::flow::Snapshot;
use crate::http::{HttpRequest, HttpResponse};
use crate::object::opaque;

mirror! {
    /// What a worker may do with shared tokens now.
    enum TokenPlan {
        /// Send requests with these tokens.
        Use {
            /// Their access token counts, as far as is known.
            tokens: Arc<Tokens>,
            /// Which pair this is. Where the venue refuses it, plan again with this number as `refusedGeneration`.
            generation: i64,
            /// When to plan again so that the tokens stay alive, in Unix milliseconds; absent where no refresh is possible
            /// and the connection ends with the access token.
            refresh_at_ms: Option<i64>,
        },
        /// Save `next` by compare-and-set; where that won, send, then `next.receiveResponse` or `next.receiveNoResponse`,
        /// and save what it returns. Where it lost: load, and plan again.
        Refresh {
            /// What to send, exactly, once.
            request: Arc<HttpRequest>,
            /// The tokens, leased to this worker for 45 seconds.
            next: Arc<SharedTokens>,
        },
        /// Sleep, load the tokens anew, plan again.
        WaitUntil {
            /// When to look again, in Unix milliseconds.
            until_ms: i64,
            /// Why no token can be had meanwhile; absent while a worker refreshes.
            error: Option<VenuekeyError>,
        },
        /// No token works any more, and no refresh can help: the user must connect again.
        Reauthorize {
            /// Why: `token_expired`, `token_rejected`, or `outcome_unknown` after a refresh whose reply was lost.
            error: VenuekeyError,
        },
    }
}

opaque! {
    /// Tokens of one connection as a whole fleet of workers sees them. Immutable: every event makes a new value.
    ///
    /// A refresh spends the refresh token (both venues replace it), WhiteBIT's live ten minutes and take one refresh a
    /// second, and a race between two workers would log the user out. So the tokens stand in the host's store with a
    /// generation, and `plan` says what one worker may do now. A refresh is a lease, written by compare-and-set before
    /// anything is sent: one worker wins it, the others wait for the next generation.
    ///
    /// `nowMs` is Unix milliseconds everywhere; left out, the operating system's clock.
    SharedTokens;

    /// 32 hexadecimal digits, the same as long as the connection lives.
    tokens_id: String,

    /// Counts up by one with each value that is to be saved, from 1.
    revision: i64,

    /// Counts the token pairs, from 1.
    generation: i64,

    /// While a worker refreshes: when its lease ends, in Unix milliseconds. Where that is nearer than the request's
    /// `timeoutHintMs` by the time the save has returned, don't send any more, and plan again.
    lease_until_ms: Option<i64>,

    /// The newest pair. Whether it may be used, `plan` says.
    tokens: Arc<Tokens>,
}

calls! {
    SharedTokens;

    /// The reply to the request of a `TokenPlan.Refresh`. Save the value; where the save is lost, load what is stored and
    /// `merge` this into it: the new pair may be in no other hands.
    ///
    /// Throws `wrong_state` where these tokens are not leased.
    fn receive_response(response: &HttpResponse), ambient(now_ms) -> Arc<SharedTokens>;

    /// What a worker that came too late has brought, put into the stored value this is called on: the value to save where
    /// its pair is newer than the stored one; absent where the stored one is as new.
    ///
    /// Throws `snapshot_mismatch` for the tokens of another connection.
    fn merge(late: &SharedTokens) -> Option<Arc<SharedTokens>>;
}

#[uniffi::export]
impl SharedTokens {
    /// The tokens as text, to be stored by compare-and-set like a flow's: its `flowId` is the `tokensId`, its
    /// operation `refreshTokens`, its status `Ready`, `InFlight` or `Failed`. `Client.restoreTokens` reads it back.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.0.snapshot().cross()
    }

    /// What a worker may do now. `refusedGeneration` is the generation whose access token the venue has just refused this
    /// worker (401, 403), where it has. One refresh answers that; a second refusal ends it.
    #[uniffi::method(default(refused_generation = None, now_ms = None))]
    pub fn plan(&self, refused_generation: Option<i64>, now_ms: Option<i64>) -> Result<TokenPlan, VenuekeyError> {
        let refused_generation = refused_generation.enter("refused_generation")?;
        Ok(self.0.plan(now(now_ms)?, refused_generation)?.cross())
    }

    /// No reply came to the request of a `TokenPlan.Refresh`. It is asked again, first after 2 seconds; where it
    /// is `notSent`, it never left and the pair stays as good as it was.
    ///
    /// Throws `wrong_state` where these tokens are not leased.
    #[uniffi::method(default(now_ms = None, not_sent = false))]
    pub fn receive_no_response(&self, now_ms: Option<i64>, not_sent: bool) -> Result<Arc<SharedTokens>, VenuekeyError> {
        Ok(self.0.receive_no_response(not_sent.into(), now(now_ms)?)?.cross())
    }
}
