"""What the pages say in words of their own; the rest is the library's (docs/web.md, texts)."""

from __future__ import annotations

import venuekey
from venuekey import ConnectionView

# In place of the library's.
TEXTS = {
    "kind.denied.happened": "You said no at {venue}. Nothing was shared.",
    "error.callback_timeout.happened": "You did not come back from {venue} in time, or {venue} did not let you through.",
    "wait.secret_locked": "{venue} keeps the key locked for a moment. This can take some minutes; nothing is wrong.",
}
PENDING = (
    "Waiting for you at {venue}. Come back here when you have finished there. "
    "If you said no there or closed its page, we may not be told: start again or stop waiting."
)
WORKING = "Working on it."
RECOVERY_BUTTON = {
    "poll_longer": "Keep looking",
    "try_again": "Try again",
    "ask_again": "Ask for the key again",
    "delete_key": "Delete the key",
}
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
ACCESS_ENDED = "Our access to your account at {venue} has ended. Connect again to see it here."
# Why a part of an account could not be read, by the error's code or kind.
_READING = {
    "rate_limited": "{venue} asks us to slow down. Reload in a moment.",
    "nonce_rejected": "Another request with this key came in between. Reload.",
    "permission_denied": "You have not allowed us to see this.",
    "scope_missing": "{venue} has not given this app leave to see this.",
    "unavailable": "{venue} is not available right now. Try again in a while.",
    "protocol": "{venue} answered in a way that we do not understand. Please tell us.",
}


def key_stays(view: ConnectionView) -> str:
    """Of a connection that has ended, why its key could not be deleted."""
    code = next((entry.code for entry in view.trail if entry.what == "failed delete_key"), None)
    return "Our access to {venue} has ended, so we could not delete the key there. " if code == "token_rejected" else ""


def reading(error: venuekey.VenuekeyError | venuekey.NoResponse) -> str:
    if isinstance(error, venuekey.NoResponse):
        return "{venue} did not answer. Reload in a moment."
    found = (_READING.get(word) for word in (error.code, error.kind))
    return next(filter(None, found), "{venue} does not let us see this.")
