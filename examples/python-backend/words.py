"""What the pages say: plain words for each state, error and recovery."""

from __future__ import annotations

import venuekey
from venuekey import ConnectionView

_SENDS = {
    "exchange_code": "Exchanging {venue}'s one-time code for access.",
    "refresh_tokens": "Renewing access at {venue}.",
    "check_key": "Asking {venue} about your key.",
    "fetch_secret": "Fetching the key's secret from {venue}. It can be read only once.",
    "fetch_api_key": "Fetching your API key from {venue}.",
    "read_uid": "Asking {venue} which account this is.",
    "delete_key": "Asking {venue} to delete the key.",
}
_WAITS = {
    "key_not_ready": "Waiting for {venue} to create the key. If it still asks you for something, finish there.",
    "secret_locked": "{venue} keeps the key locked for a moment. This can take some minutes; nothing is wrong.",
    "rate_limited": "{venue} asks us to slow down. We try again shortly.",
    "venue_trouble": "{venue} did not answer properly. We try again shortly.",
    "refresh_unanswered": "{venue}'s answer got lost. We ask once more.",
}
PENDING = (
    "Waiting for you at {venue}. Come back here when you have finished there. "
    "If you said no there or closed its page, we may not be told: start again or stop waiting."
)
WORKING = "Working on it."
# One entry for each code that has something better to say than its kind.
_BY_CODE = {
    "callback_timeout": "You did not come back from {venue} in time, or {venue} did not let you through.",
    "key_not_ready": "{venue} has not created the key yet. You may still have to confirm it there, or you already "
    "have a key for this app and {venue} allows only one.",
    "key_disabled": "A disabled key for this app is in the way. Delete it in your API settings at {venue}, then go on.",
    "delete_key_in_dashboard": "The key exists, but its secret was lost on the way and cannot be read again. "
    "The key has to be deleted before you can connect again.",
    "secret_taken_elsewhere": "The key's secret was already read before we asked. If you did not connect from another "
    "window, delete the key in your API settings at {venue}.",
    "secret_lost": "The key's secret was lost on the way, so we deleted the key. You can connect again now.",
    "outcome_unknown": "{venue}'s answer never reached us, so we cannot know whether it acted. Repeating the request "
    "blindly could do harm, so we did not.",
    "key_unconfirmed": "{venue}'s answer never reached us, so we cannot know whether it made a key.",
    "account_not_eligible": "{venue} gives no key to this account as it is. Look there for what it asks of you first.",
    "key_gone": "The key no longer exists at {venue}.",
    "code_rejected": "{venue} did not accept the one-time code that it gave you.",
    "secret_locked": "{venue} kept the key locked for longer than it should.",
    "rate_limited": "{venue} still asks us to slow down.",
    "superseded": "This connection went on in another window. Its result counts.",
}
_BY_KIND = {
    "misuse": "This app is not set up correctly for {venue}. It is not your fault; please tell us.",
    "denied": "You said no at {venue}. Nothing was shared.",
    "rejected": "A security check failed, so nothing was done.",
    "user_action": "{venue} needs something from you first.",
    "reauthorize": "{venue} no longer accepts the permission that you gave.",
    "unavailable": "{venue} is not available right now.",
    "protocol": "{venue} answered in a way that we do not understand. Please tell us.",
}
_NEXT = {
    "misuse": "There is nothing you can do. Nothing was changed at {venue}.",
    "denied": "If you change your mind, start again.",
    "rejected": "Start again from this page.",
    "user_action": "Do that at {venue}, then go on here.",
    "reauthorize": "Start again. If {venue} then says that a key for this app exists, delete it there first.",
    "unavailable": "Try again in a while.",
    "protocol": "You can start again; if it happens twice, wait for us to look at it.",
}
RECOVERY_BUTTON = {
    "poll_longer": "Keep looking",
    "try_again": "Try again",
    "ask_again": "Ask for the key again",
    "delete_key": "Delete the key",
}
_RECOVERY_NEXT = {
    "poll_longer": "If you have confirmed the key at {venue}, let us look for it once more.",
    "try_again": "We can do the same again; that does no harm.",
    "ask_again": "We can ask for the key again. {venue} may give the same key, or replace it by a new one.",
    "delete_key": "We can delete the key for you, as long as {venue} accepts our access. Then connect again.",
}
ALREADY_ACTIVE = (
    "You already have an active key for this app at {venue}, and {venue} allows one. "
    "If it is connected here, there is nothing to do. If not, delete it and connect again; starting again deletes it."
)
DELETE_IN_DASHBOARD = (
    "A disabled key for this app is in the way, and only you can remove it. "
    "Delete it in your API settings at {venue}, then connect."
)
UNREADABLE = "What we have stored of your account at {venue} cannot be read any more. Forget it, and start again."
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
_KEY_LEFT = (
    "The key that ends in {key} still exists. It is forgotten here; delete it in your API settings at {{venue}}."
)
_WHY_LEFT = {"token_rejected": "Our access to {venue} has ended, so we could not delete the key there. "}
SCOPE = {
    "users.balances.read": "balances",
    "users.transactions.read": "deposits and withdrawals",
    "users.orders.read": "orders",
    "users.deals.read": "trades",
    "users.converts.read": "conversions",
}


def progress(view: ConnectionView) -> str:
    """What goes on."""
    if view.wait is not None:
        return _WAITS.get(view.wait.reason, WORKING)
    sent = next((entry.what for entry in reversed(view.trail) if entry.what.startswith("send ")), "")
    return _SENDS.get(sent.removeprefix("send "), WORKING)


def key_left(view: ConnectionView) -> str:
    """Of a connection that has ended."""
    if view.key_left is None:
        return ""
    code = next((entry.code for entry in view.trail if entry.what == "failed delete_key"), None)
    return _WHY_LEFT.get(code or "", "") + _KEY_LEFT.format(key=view.key_left[-4:])


def what_happened(error: venuekey.VenuekeyError) -> str:
    return _BY_CODE.get(error.code) or _BY_KIND[error.kind]


def what_next(error: venuekey.VenuekeyError, recovery: str | None = None) -> str:
    return _RECOVERY_NEXT[recovery] if recovery else _NEXT[error.kind]


# The account's page: title, columns, and what stands there where there is nothing.
MAIN_BALANCES = ("Main account", ("Currency", "Amount"), "Nothing in there.")
SPOT_BALANCES = ("Spot account", ("Currency", "Free", "In orders"), "Nothing in there.")
UNIFIED_BALANCES = ("Unified account", ("Currency", "Amount", "In orders"), "Nothing in there.")
TRANSACTIONS = ("Last deposits and withdrawals", ("Time (UTC)", "What", "Amount"), "None in the last four weeks.")
KIND = {"deposit": "Deposit", "withdrawal": "Withdrawal", "transfer": "Transfer"}
TRANSACTION = {
    "successful": "done",
    "partially_successful": "done in part",
    "canceled": "canceled",
    "pending": "on its way",
    "unconfirmed": "waits for your confirmation",
    "frozen": "held for a check",
    "uncredited": "arrived, not credited yet",
    "travel_rule_awaited": "waits for data about the sender",
    "travel_rule_checked": "data about the sender are being checked",
    "failed": "failed",
    "rolled_back": "taken back by its chain",
}
NO_ANSWER = "{venue} did not answer. Reload in a moment."
_READING = {
    "rate_limited": "{venue} asks us to slow down. Reload in a moment.",
    "nonce_rejected": "Another request with this key came in between. Reload.",
    "permission_denied": "You have not allowed us to see this.",
    "request_rejected": "{venue} did not take our question. Please tell us.",
    "not_supported": "{venue} does not offer this here.",
    "scope_missing": "{venue} has not given this app leave to see this.",
    "token_rejected": "{venue} does not let us see this.",
}


def reading(error: venuekey.VenuekeyError) -> str:
    """Why a part of the account could not be read."""
    if error.code in _READING:
        return _READING[error.code]
    return f"{what_happened(error)} {what_next(error)}"
