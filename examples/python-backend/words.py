"""What users read in words of this app's own; the rest is the library's (docs/web.md, texts)."""

from __future__ import annotations

from venuekey import ConnectionView

# In place of the library's.
TEXTS = {
    "kind.denied.happened": "You said no at {venue}. Nothing was shared.",
    "kind.protocol.happened": "{venue} answered in a way that we do not understand. Please tell us.",
    "error.callback_timeout.happened": "You did not come back from {venue} in time, or {venue} did not let you through.",
    "error.nonce_rejected.happened": "Another request with this key came in between. Reload.",
    "error.permission_denied.happened": "You have not allowed us to see this.",
    "error.rate_limited.happened": "{venue} asks us to slow down. Reload in a moment.",
    "error.scope_missing.happened": "{venue} has not given this app leave to see this.",
    "error.venue_unavailable.happened": "{venue} is not available right now.",
    "wait.secret_locked": "{venue} keeps the key locked for a moment. This can take some minutes; nothing is wrong.",
    "about.awaiting_user": "Waiting for you at {venue}. Come back here when you have finished there.",
    "about.awaiting_user_declined": "If you said no there or closed its page, we may not be told: start again or stop waiting.",
    "recovery.poll_longer.button": "Keep looking",
}
WORKING = "Working on it."
ALREADY_ACTIVE = (
    "You already have an active key for this app at {venue}, and {venue} allows one. "
    "If it is connected here, there is nothing to do. If not, delete it and connect again; starting again deletes it."
)
DELETE_IN_DASHBOARD = (
    "A disabled key for this app is in the way, and only you can remove it. "
    "Delete it in your API settings at {venue}, then connect."
)
DISCONNECT = (
    "We delete the key in your account at {venue}; whatever uses it stops working, and it cannot be brought back."
)
NO_REVOCATION = (
    "{venue} offers apps no way to delete the key or to end the permission. We can forget the key here; "
    "then delete it yourself in your API settings at {venue}."
)
NO_KEY_TO_DELETE = (
    "There is no key to delete. We can forget our access here; it then ends at {venue} by itself within ten minutes."
)
NO_REPLY = "{venue} did not answer. Reload in a moment."


def key_stays(view: ConnectionView) -> str:
    """Of a connection that has ended, why its key could not be deleted."""
    code = next((entry.code for entry in view.trail if entry.what == "failed delete_key"), None)
    return "Our access to {venue} has ended, so we could not delete the key there. " if code == "token_rejected" else ""
