//! The end of a connection that an app without the client's secret has begun: its backend takes it over.

use crate::base::error::{ErrorCode, VenuekeyError};
use crate::base::time;
use crate::connection::Connection;
use crate::flow::state::{FlowData, State};
use crate::model::hand_off::HandOff;
use crate::model::outcome::Outcome;

impl Connection {
    /// What to send to the app's backend, for a client that has no secret and ends in a hand-off: present from the
    /// accepted callback until [`Connection::handed_off`]. Send it again after a crash or if no answer came.
    ///
    /// If the backend refuses it (it has expired, say), call [`Connection::disconnect`] or [`Connection::reconnect`]: no other
    /// answer, and no time, takes it away.
    pub fn hand_off(&self) -> Option<HandOff> {
        self.data.flow.as_ref().filter(|_| self.data.intent.is_none()).and_then(held).cloned()
    }

    /// The backend has confirmed that it has this one: the connection ends here and lives on there. Changes nothing if this
    /// one is no longer held, so a repeated or late confirmation does no harm to a later hand-off.
    ///
    /// # Errors
    /// `invalid_argument` if `now_ms` is not in Unix milliseconds.
    pub fn handed_off(&self, hand_off: &HandOff, now_ms: u64) -> Result<Self, VenuekeyError> {
        time::check(now_ms)?;
        if !self.data.flow.as_ref().and_then(held).is_some_and(|held| held.is_same(hand_off)) {
            return Ok(self.clone());
        }
        let mut edit = self.edit(now_ms);
        edit.trail("handed_off", None);
        edit.end(false);
        Ok(edit.done())
    }

    /// Why nothing can be sent from here.
    pub(super) fn is_the_backends() -> VenuekeyError {
        let hint = "this client has no secret: send the hand-off to its backend, which has the connection then";
        VenuekeyError::new(ErrorCode::WrongState).with_hint(hint)
    }
}

/// The hand-off that a flow has come to.
pub(super) fn held(flow: &FlowData) -> Option<&HandOff> {
    match &flow.state {
        State::Done { result: Outcome::HandOff { hand_off } } => Some(hand_off),
        _ => None,
    }
}
