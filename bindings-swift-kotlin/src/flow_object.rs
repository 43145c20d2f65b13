//! The object of a flow, which an error may hold. All it does, and what can fail, is in `flow.rs`.

use crate::object::opaque;

opaque! {
    /// One connection or one operation, at one point of its life. Immutable: every event returns a `Step`. A method that
    /// throws leaves the value usable. `nowMs` is Unix milliseconds everywhere; left out, the operating system's clock.
    Flow
}
