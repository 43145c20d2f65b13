"""Connect a user's crypto-exchange account through the exchange's own consent screen.

>>> import venuekey
>>> from venuekey.stores.sqlite import SQLiteStore
>>> client = venuekey.Client(
...     venue="bybit", environment="mainnet", client_id="demo", client_secret="s3cr3t",
...     redirect_uri="https://partner.example/callback",
... )
>>> keys = venuekey.SealingKeys([("2026-11", bytes(32))])  # from your key store, never a constant
>>> connections = venuekey.Connections({"bybit": client}, SQLiteStore("connections.db"), keys)
>>> begun = connections.begin("bybit", owner="user-1", goal="api_key")
>>> begun.status  # send the browser to begun.authorize_url
'awaiting_user'

When the browser comes back, call `connections.receive_callback(begun.id, url)`. A worker does the rest:
`connections.run()`, or `python -m venuekey worker app:connections` as a process of its own. From then on,
`connections.account(begun.id).call("GET", "/v5/account/wallet-balance", {"accountType": "UNIFIED"})` signs and sends.

`venuekey.parts` has what this is made of, for programs that keep flows, tokens and keys by themselves.

Times are Unix milliseconds. Values are immutable, and all objects can be shared between threads. What carries a secret
has a redacted `repr`, can't be pickled, and shows its text only through `expose()` or the attributes of a request or
reply.
"""

from . import _loaded as _loaded
from ._errors import NoResponse, VenuekeyError
from ._kinds import (
    DeniedError,
    MisuseError,
    ProtocolError,
    ReauthorizeError,
    RejectedError,
    UnavailableError,
    UserActionError,
)
from ._native import CREATE_SUBACCOUNT, Client, KeyRequest, SealingKeys, Secret, SignedReply, __version__

# Type checkers know it by its name, so that `typing` need not be imported.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from . import connections, doctor, local, parts, senders, stores
    from .connections import (
        Account,
        AmbiguousAccount,
        AsyncAccount,
        AsyncConnections,
        AsyncHistory,
        ConnectionNotFound,
        Connections,
        ConnectionView,
        Event,
        History,
        Progress,
        StoreBusy,
        TakenHandOff,
    )
    from .local import connect_local
    from .stores import StoreError

__all__ = [
    "CREATE_SUBACCOUNT",
    "Account",
    "AmbiguousAccount",
    "AsyncAccount",
    "AsyncConnections",
    "AsyncHistory",
    "Client",
    "ConnectionNotFound",
    "ConnectionView",
    "Connections",
    "DeniedError",
    "Event",
    "History",
    "KeyRequest",
    "MisuseError",
    "NoResponse",
    "Progress",
    "ProtocolError",
    "ReauthorizeError",
    "RejectedError",
    "SealingKeys",
    "Secret",
    "SignedReply",
    "StoreBusy",
    "StoreError",
    "TakenHandOff",
    "UnavailableError",
    "UserActionError",
    "VenuekeyError",
    "__version__",
    "connect_local",
    "connections",
    "doctor",
    "local",
    "parts",
    "senders",
    "stores",
]

for _class in (
    DeniedError,
    MisuseError,
    NoResponse,
    ProtocolError,
    ReauthorizeError,
    RejectedError,
    UnavailableError,
    UserActionError,
    VenuekeyError,
):
    # Where users import them from.
    _class.__module__ = __name__

_MODULES = ("connections", "doctor", "local", "parts", "senders", "stores")

# What calls give, and programs write in annotations at most: completion leaves these out.
_GIVEN = (
    "Account",
    "AsyncAccount",
    "AsyncHistory",
    "ConnectionView",
    "Event",
    "History",
    "Progress",
    "SignedReply",
    "TakenHandOff",
    "__version__",
)

if not TYPE_CHECKING:

    def __getattr__(name):
        # Imported when first used: an app that only needs errors or parts loads nothing else.
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        if name in _MODULES:
            return import_module(f".{name}", __name__)
        if name == "connect_local":
            return import_module(".local", __name__).connect_local
        if name == "StoreError":
            return import_module(".stores", __name__).StoreError
        return getattr(import_module(".connections", __name__), name)


def __dir__() -> list[str]:
    return [name for name in __all__ if name not in _GIVEN]
