//! Where a host finds a flow that has begun: in its store, in the browser's cookie, or in an app's hand-off.

use venuekey::parts::*;

use crate::explore::Edge;
use crate::label::{Position, START, event};
use crate::pending::{Pending, SESSION};
use crate::worker::Worker;
use crate::world::World;

impl World {
    /// The flow as the host finds it: in its store, or else in the browser's cookie.
    pub fn stored(&self) -> Flow {
        match self.store.load() {
            Some(text) => self.client.restore(text).expect("what was saved restores"),
            None => self.opened().expect("begun"),
        }
    }

    /// What a host takes a callback for: it looks into the cookie where it has put the flow there, at every callback.
    pub fn awaiting(&self) -> Flow {
        self.opened().unwrap_or_else(|| self.stored())
    }

    fn opened(&self) -> Option<Flow> {
        let Pending::Sealed { text, keys } = &self.pending else { return None };
        assert!(self.client.open(text, keys, "session-2").is_err(), "a seal opens for another session");
        Some(self.client.open(text, keys, SESSION).expect("sealed by these keys"))
    }

    /// Whether there is a hand-off and nobody's claim of it has been saved.
    pub fn is_unclaimed(&self) -> bool {
        matches!(self.pending, Pending::HandOff { .. }) && self.store.load().is_none()
    }

    /// The app's hand-off comes in, for the first time or again; what else it says may have been changed on the way.
    pub fn claim(&mut self, index: usize) -> Option<VenuekeyError> {
        let Pending::HandOff { text, expires_at_ms } = &self.pending else { return None };
        let (host_ms, expires_at_ms) = (self.host_ms(), *expires_at_ms);
        let text = match self.rng.u8(0..3) {
            0 => text.replace(&expires_at_ms.to_string(), &(expires_at_ms + 1000).to_string()),
            _ => text.clone(),
        };
        match self.client.accept_hand_off(&text, self.on_secret_lost, host_ms) {
            Ok(step) => {
                self.begun(event::HAND_OFF, step.flow());
                self.print(&step);
                self.workers[index] = Worker::Holds(step);
                None
            }
            Err(error) => {
                let is_over = error.code() == ErrorCode::HandOffExpired && host_ms >= expires_at_ms;
                assert!(is_over, "a sound hand-off is refused: {error}");
                self.print(&error);
                Some(error)
            }
        }
    }

    /// Notes how a flow began.
    pub fn begun(&mut self, event: &str, flow: &Flow) {
        self.note(START.to_owned(), event, flow);
    }

    /// Notes a transition.
    pub fn note(&mut self, from: String, event: &str, to: &Flow) {
        let edge = Edge { from, event: event.to_owned(), to: Position::of(to).label() };
        self.arrived(&edge);
        self.edges.insert(edge);
    }
}
