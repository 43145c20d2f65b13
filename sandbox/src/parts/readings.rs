//! The readings that a switch of any exchange can choose between.

use crate::exchange::knob::choice;

choice! {
    /// What the demo user does when asked.
    Decision {
        /// Shows the consent page and waits for a person.
        Ask = "ask",
        /// Approves at once, every permission but withdrawal.
        Approve = "approve",
        /// Declines at once.
        Decline = "decline",
        /// Closes the window at once.
        Close = "close",
    }
}
choice! {
    /// What a refusal on the consent page sends to the partner.
    DeclineMode {
        /// No redirect at all.
        None = "none",
        /// `error=access_denied` and the state.
        Error = "error",
        /// The state alone.
        Empty = "empty",
    }
}
choice! {
    /// What a correctly signed call to a path without a documented answer here gets.
    UnlistedPaths {
        /// 404.
        Refuse = "refuse",
        /// 200 with its method, path and parameters.
        Echo = "echo",
    }
}
