//! The end of a connection that an app without the client's secret has begun: its backend takes it over.

use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::time;
use crate::connection::Connection;
use crate::connection::standing::held;
use crate::model::hand_off::HandOff;

impl Connection {
    /// What to send to the app's backend, for a client that has no secret and ends in a hand-off: present from the
    /// accepted callback until [`Connection::handed_off`], also while the user is asked again: another callback brings another.
    /// Send it again after a crash or if no answer came.
    ///
    /// If the backend refuses it (it has expired, say), call [`Connection::disconnect`] or [`Connection::reconnect`]: no other
    /// answer, and no time, takes it away.
    pub fn hand_off(&self) -> Option<HandOff> {
        self.held().filter(|_| self.data.intent.is_none()).cloned()
    }

    /// The backend has confirmed that it has this one: the connection ends here and lives on there. Changes nothing if this
    /// one is no longer held, so a repeated or late confirmation does no harm to a later hand-off.
    ///
    /// # Errors
    /// `invalid_argument` if `now_ms` is not in Unix milliseconds.
    pub fn handed_off(&self, hand_off: &HandOff, now_ms: u64) -> Result<Self, VenuekeyError> {
        time::check(now_ms)?;
        if !self.held().is_some_and(|held| held.is_same(hand_off)) {
            return Ok(self.clone());
        }
        let mut edit = self.edit(now_ms);
        edit.trail("handed_off", None);
        edit.end(None);
        Ok(edit.done())
    }

    fn held(&self) -> Option<&HandOff> {
        [&self.data.flow, &self.data.handing_off].into_iter().flatten().find_map(held)
    }

    /// Why nothing can be sent from here.
    pub(super) fn is_the_backends() -> VenuekeyError {
        let hint = "this client has no secret: send the hand-off to its backend, which then owns the connection";
        VenuekeyError::new(ErrorCode::WrongState).with_hint(hint)
    }
}
