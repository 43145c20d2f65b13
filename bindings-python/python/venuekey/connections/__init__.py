"""Connections as one row each, with one worker: the paved path.

>>> import venuekey
>>> from venuekey.connections import Connections
>>> from venuekey.stores.sqlite import SQLiteStore
>>> client = venuekey.Client(
...     venue="bybit", environment="mainnet", client_id="demo", client_secret="s3cr3t",
...     redirect_uri="https://partner.example/callback",
... )
>>> keys = venuekey.SealingKeys([("2026-11", bytes(32))])  # from a key store, never a constant
>>> connections = Connections({"bybit": client}, SQLiteStore("connections.db"), keys)
>>> begun = connections.begin("bybit", owner="user-1", goal="api_key")
>>> begun.status  # then send the browser to begun.authorize_url
'awaiting_user'

When the browser comes back, `connections.receive_callback(begun.id, url)`; a worker (`connections.run()`, or
`python -m venuekey worker app:connections`) does the rest. Then `connections.account(begun.id).call(...)`.
"""

from ._account import Account
from ._aio import AsyncAccount, AsyncConnections
from ._connections import Connections
from ._errors import AmbiguousAccount, ConnectionNotFound, StoreBusy
from ._view import ConnectionView, Event

__all__ = [
    "Account",
    "AmbiguousAccount",
    "AsyncAccount",
    "AsyncConnections",
    "ConnectionNotFound",
    "ConnectionView",
    "Connections",
    "Event",
    "StoreBusy",
]
