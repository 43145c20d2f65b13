//! What a request can be sent with.

use core::fmt;

use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::ids::Venue;
use crate::base::time;
use crate::connection::Connection;
use crate::connection::data::{Credential, HeldKey};
use crate::connection::status::ConnectionStatus;
use crate::keys::watch::KeyVerdict;
use crate::model::api_key::ApiKey;
use crate::model::policy::Recovery;
use crate::model::tokens::Tokens;
use crate::tokens::{SharedTokens, TokenPlan};

/// What a request can be sent with, or what has to happen first.
#[derive(Clone)]
pub enum Access {
    /// Sign it with this key.
    Key {
        /// The key.
        key: ApiKey,
    },
    /// Send it with these tokens.
    Tokens {
        /// The access token works, as far as is known.
        tokens: Tokens,
        /// Which pair this is. If the venue refuses it (401, 403), ask again with this number.
        generation: u64,
    },
    /// Not yet: a refresh is due, or a worker is busy with one.
    Later {
        /// When to check again, in Unix milliseconds.
        until_ms: u64,
        /// Why nothing works until then; absent while a worker is busy.
        error: Option<VenuekeyError>,
    },
    /// Nothing works until the user acts.
    NeedsUser {
        /// What is wrong: `authorization_required` and `choice_required` while the user is asked.
        error: VenuekeyError,
        /// How the failed attempt can go on.
        recovery: Option<Recovery>,
    },
}

impl Access {
    /// The name used in every language.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Key { .. } => "key",
            Self::Tokens { .. } => "tokens",
            Self::Later { .. } => "later",
            Self::NeedsUser { .. } => "needs_user",
        }
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key { .. } => f.write_str("Access::Key"),
            Self::Tokens { generation, .. } => write!(f, "Access::Tokens(generation {generation})"),
            Self::Later { until_ms, .. } => write!(f, "Access::Later(until_ms={until_ms})"),
            Self::NeedsUser { error, .. } => write!(f, "Access::NeedsUser({error})"),
        }
    }
}

/// How soon to look again if somebody is at it.
pub(super) const LOOK_AGAIN_MS: u64 = 250;

impl Connection {
    /// What a request can be sent with now. It neither sends nor changes anything: if work comes first, a
    /// [`ConnectionDriver`](crate::ConnectionDriver) does it.
    ///
    /// # Errors
    /// `invalid_argument` if `now_ms` is not in Unix milliseconds.
    pub fn access(&self, now_ms: u64) -> Result<Access, VenuekeyError> {
        time::check(now_ms)?;
        let credential = self.data.credential.as_ref();
        let lives = self.data.ended.is_none() && self.data.intent.is_none();
        if let Some(credential) = credential.filter(|credential| lives && credential.error().is_none()) {
            return self.access_by(credential, now_ms);
        }
        Ok(match self.status() {
            ConnectionStatus::Working if self.hand_off().is_some() => needs_user(Self::is_the_backends()),
            ConnectionStatus::Working if self.data.intent.is_none() => {
                let until_ms = self.due_at_ms.unwrap_or(now_ms).max(time::after(now_ms, LOOK_AGAIN_MS));
                Access::Later { until_ms, error: None }
            }
            ConnectionStatus::AwaitingUser if self.choices().is_some() => needs_user(VenuekeyError::choice_required()),
            ConnectionStatus::AwaitingUser => needs_user(VenuekeyError::authorization_required()),
            _ => {
                let ended = || {
                    VenuekeyError::new(ErrorCode::WrongState).with_hint("this connection has ended: begin a new one")
                };
                Access::NeedsUser { error: self.error().cloned().unwrap_or_else(ended), recovery: self.recovery() }
            }
        })
    }

    /// For whoever does not wait for a flow that waits, or for a worker that does not come back.
    pub(super) fn unavailable(&self, for_ms: u64) -> VenuekeyError {
        let hint = "the connection is being worked on; try again later";
        self.client.settings.profile.error(ErrorCode::VenueUnavailable, None, hint).with_retry_after(for_ms)
    }

    fn access_by(&self, credential: &Credential, now_ms: u64) -> Result<Access, VenuekeyError> {
        if let Some(held) = &credential.key {
            return Ok(Access::Key { key: held.key.clone() });
        }
        Ok(match self.tokens().map(|tokens| tokens.plan_stored(now_ms, credential.refused_generation)).transpose()? {
            Some(TokenPlan::Use { tokens, generation, .. }) => Access::Tokens { tokens, generation },
            Some(TokenPlan::Refresh { .. }) => Access::Later { until_ms: now_ms, error: None },
            Some(TokenPlan::WaitUntil { until_ms, error }) => Access::Later { until_ms, error },
            Some(TokenPlan::Reauthorize { error }) => needs_user(error),
            None => needs_user(VenuekeyError::authorization_required()),
        })
    }

    /// The venue has refused the access token of this generation (401, 403): a refresh comes first. Changes nothing for an
    /// older generation, nor where no refresh would help: that costs the refused request, and the connection nothing.
    ///
    /// # Errors
    /// `invalid_argument` if `now_ms` is not in Unix milliseconds.
    pub fn token_refused(&self, generation: u64, now_ms: u64) -> Result<Self, VenuekeyError> {
        time::check(now_ms)?;
        let current = self.tokens().as_ref().map(SharedTokens::generation);
        let known = self.data.credential.as_ref().and_then(|credential| credential.refused_generation);
        if current != Some(generation) || known == Some(generation) || self.refused_alone(generation, now_ms).is_some()
        {
            return Ok(self.clone());
        }
        let mut edit = self.edit(now_ms);
        if let Some(credential) = &mut edit.data.credential {
            credential.refused_generation = Some(generation);
        }
        edit.trail("token_refused", None);
        Ok(edit.done())
    }

    /// What whoever was refused with this generation is told, where no refresh would help.
    pub(super) fn refused_alone(&self, generation: u64, now_ms: u64) -> Option<VenuekeyError> {
        let lives = self.data.ended.is_none() && self.data.intent.is_none();
        let credential = self.data.credential.as_ref().filter(|held| lives && held.error().is_none())?;
        let is_kept = credential.key.is_some() || credential.refused_generation == Some(generation);
        self.tokens().filter(|tokens| !is_kept && tokens.generation() == generation)?.refused_alone(now_ms)
    }

    /// Applies the error of a signed request to the connection's key: if the key is gone, disabled or expired, nothing works
    /// until the user reconnects. Any other error changes nothing.
    ///
    /// # Errors
    /// `invalid_argument` if `now_ms` is not in Unix milliseconds.
    pub fn key_refused(&self, error: &VenuekeyError, now_ms: u64) -> Result<Self, VenuekeyError> {
        time::check(now_ms)?;
        let credential = self.data.credential.as_ref().filter(|credential| credential.spent.is_none());
        let Some(held) = credential.and_then(|credential| credential.key.as_ref()) else { return Ok(self.clone()) };
        match spent_by(&held.watch.receive_error(error, now_ms), error, self.client.venue()) {
            None => Ok(self.clone()),
            Some(error) => {
                let mut edit = self.edit(now_ms);
                edit.trail("key_refused", Some(error.code()));
                edit.spend(error);
                Ok(edit.done())
            }
        }
    }

    /// The same connection, with its key known to have worked at `last_used_at_ms`. That time is kept in a column of
    /// its own, so that a row is not rewritten for each use. Do not save this value.
    #[must_use]
    pub fn used(&self, last_used_at_ms: u64, now_ms: u64) -> Self {
        let mut data = (*self.data).clone();
        let held = data.credential.as_mut().and_then(|credential| credential.key.as_mut());
        let is_news =
            |held: &&mut HeldKey| held.watch.last_used_at_ms.is_none_or(|known_ms| known_ms < last_used_at_ms);
        if let Some(held) = held.filter(is_news) {
            held.watch = held.watch.used(last_used_at_ms);
        }
        Self::of(self.client.clone(), data, now_ms)
    }
}

/// Why the key works no more, if the verdict says that it does not.
pub(super) fn spent_by(verdict: &KeyVerdict, error: &VenuekeyError, venue: Venue) -> Option<VenuekeyError> {
    let (code, hint) = match verdict {
        KeyVerdict::Works { .. } | KeyVerdict::Unclear { .. } => return None,
        KeyVerdict::Disabled => (ErrorCode::KeyDisabled, "once that is done, connect again"),
        KeyVerdict::Gone => (ErrorCode::KeyGone, "connect again"),
        KeyVerdict::Expired => (ErrorCode::KeyGone, "it has expired; connect again"),
    };
    // What an error still is once it has been another language's: without the venue's words, too.
    let venue_code = error.venue_code().map(str::to_owned);
    Some(VenuekeyError::new(code).with_venue(venue).with_reply(None, venue_code, None).with_hint(hint))
}

fn needs_user(error: VenuekeyError) -> Access {
    Access::NeedsUser { error, recovery: None }
}
