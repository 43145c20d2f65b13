"""The everyday package: one row for each connection, any number of workers, and sessions.

`venuekey` itself offers all of these names; its documentation has an example.
"""

from ._account import Account
from ._aio import AsyncAccount, AsyncConnections
from ._connections import Connections
from ._errors import AmbiguousAccount, ConnectionNotFound, StoreBusy
from ._history import AsyncHistory, History, Progress
from ._view import ConnectionView, Event, TakenHandOff

__all__ = [
    "Account",
    "AmbiguousAccount",
    "AsyncAccount",
    "AsyncConnections",
    "AsyncHistory",
    "ConnectionNotFound",
    "ConnectionView",
    "Connections",
    "Event",
    "History",
    "Progress",
    "StoreBusy",
    "TakenHandOff",
]

for _class in (
    Account,
    AmbiguousAccount,
    AsyncAccount,
    AsyncConnections,
    AsyncHistory,
    ConnectionNotFound,
    ConnectionView,
    Connections,
    Event,
    History,
    Progress,
    StoreBusy,
    TakenHandOff,
):
    # Where users import them from.
    _class.__module__ = "venuekey"
