"""Between rows and connections: opening, sealing, and what comes from the web."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable, Optional, cast

from .._errors import VenuekeyError
from ._arguments import is_id
from ._errors import ConnectionNotFound, StoreBusy, WrongAnswer, damaged, misuse
from ._time import Time
from ._view import ConnectionView, unreadable_view, view_of

if TYPE_CHECKING:
    from .._native import Client, Connection, SealingKeys
    from ..stores import Row, Store, Stored

APPLY_AGAIN = 5
"""So often does an event from the web try to be the next revision."""
NO_WORKER_MS = 60_000
"""Work that waits this long without any worker having looked is reported."""
DAMAGE = ("seal_invalid", "snapshot_invalid")
"""What is wrong with a row and not with this process."""
TEXTS = ("id", "owner", "client", "venue", "environment", "status", "sealing_key_id", "sealed")
MAYBE_TEXTS = ("label", "intent", "lease_holder", "account_hash")
MAYBE_NUMBERS = ("due_at_ms", "lease_until_ms")


class Rows:
    """The rows of one store, opened."""

    def __init__(
        self, clients: Mapping[str, Client], store: Store, keys: SealingKeys, clock: Optional[Callable[[], int]]
    ) -> None:
        self.clients = dict(clients)
        self.store = store
        self.keys = keys
        self._time = Time(store, clock)
        # Ids of sealing keys with which this process has opened a row: it has their right bytes.
        self._proven: set[str] = set()

    def now_ms(self) -> int:
        """As `Time.now_ms`."""
        return self._time.now_ms()

    def client(self, name: str) -> Client:
        try:
            return self.clients[name]
        except KeyError:
            known = ", ".join(sorted(self.clients)) or "none"
            raise misuse("invalid_argument", f"there is no client {name!r}; there are: {known}") from None

    def open(self, stored: Stored) -> Connection:
        row, now_ms = stored.row, self.now_ms()
        name: object = row.client
        if not isinstance(name, str):
            raise damaged("the column client has the wrong type")
        client, used_ms = self.client(name), stored.last_used_at_ms
        columns = (row.id, row.owner, row.client, row.revision, row.sealed)
        try:
            connection = client.open_connection(*columns, self.keys, now_ms=now_ms)
            self._proven.add(row.sealing_key_id)
            return connection if used_ms is None else connection.used(used_ms, now_ms=now_ms)
        except VenuekeyError as error:
            if error.code.startswith("snapshot_"):
                # Its seal has opened, and what is in it is wrong.
                self._proven.add(row.sealing_key_id)
            raise
        except (TypeError, ValueError, OverflowError):
            # A column holds what no store of ours has written.
            raise damaged("a column of the row has the wrong type") from None

    def opened(self, stored: Stored) -> Connection:
        """As `open`, and refuses what no store of ours has written in columns that only serve to look rows up. Such a
        row may never be due. Any save writes it anew: so does `release`.
        """
        connection = self.open(stored)
        column = wrong_column(stored)
        if column is not None:
            raise damaged(f"the column {column} has the wrong type: release the connection, which writes it anew")
        return connection

    def lacks(self, stored: Stored) -> Optional[str]:
        """What this process lacks to open the row, if another one may have it."""
        row = stored.row
        texts: tuple[object, ...] = (row.client, row.venue, row.environment, row.sealing_key_id)
        if not all(isinstance(each, str) for each in texts):
            # No store of ours has written that, so no process can read it.
            return None
        client = self.clients.get(row.client)
        if client is None:
            return f"there is no client {row.client!r}"
        if (client.venue, client.environment) != (row.venue, row.environment):
            return f"client {row.client!r} is of {client.venue} {client.environment}"
        if row.sealing_key_id not in self.keys.ids:
            return f"there is no sealing key {row.sealing_key_id!r}"
        return None

    def is_proven(self, stored: Stored) -> bool:
        """Whether its sealing key has opened a row here: under its id, this process may hold other bytes. What is no id
        opens nothing anywhere.
        """
        id: object = stored.row.sealing_key_id
        return not isinstance(id, str) or id in self._proven

    def is_damaged(self, stored: Stored, error: VenuekeyError) -> bool:
        """Whether no process can open the row, as far as this one can know."""
        is_of_the_row = error.code != "seal_invalid" or self.is_proven(stored)
        return error.code in DAMAGE and self.lacks(stored) is None and is_of_the_row

    def stored(self, id: str, owner: Optional[str]) -> Stored:
        """The row, where it belongs to this owner; to any, if that is `None`."""
        stored = self.store.load(id) if is_id(id) else None
        if stored is None or owner not in (None, stored.row.owner):
            raise ConnectionNotFound("there is no such connection")
        return stored

    def load(self, id: str) -> Optional[Connection]:
        stored = self.store.load(id)
        return None if stored is None else self.open(stored)

    def loaded(self, id: str, owner: Optional[str]) -> Connection:
        """The connection, where it belongs to this owner: the seal is bound to that column."""
        return self.open(self.stored(id, owner))

    def save(self, connection: Connection) -> bool:
        # A row by its fields, as stores take it.
        won: object = self.store.save(cast("Row", connection.seal(self.keys)))
        if not isinstance(won, bool):
            raise WrongAnswer(f"{self._store_name}.save must return True (stored) or False, not {type(won).__name__}")
        return won

    def due(self, now_ms: int, limit: int) -> list[Stored]:
        return self._listed("due", self.store.due(now_ms, limit))

    def find(self, owner: str) -> list[Stored]:
        return self._listed("find", self.store.find(owner))

    def _listed(self, call: str, found: object) -> list[Any]:
        if not isinstance(found, (list, tuple)):
            raise WrongAnswer(f"{self._store_name}.{call} must return a list of Stored, not {type(found).__name__}")
        return list(found)

    @property
    def _store_name(self) -> str:
        return type(self.store).__name__

    def apply(self, id: str, owner: Optional[str], event: Callable[[Connection, int], Connection]) -> Connection:
        """Saves what the event makes of the row. If another save comes first, it is applied to that."""
        for _ in range(APPLY_AGAIN):
            connection = self.loaded(id, owner)
            following = event(connection, self.now_ms())
            if following.revision == connection.revision or self.save(following):
                return following
        raise StoreBusy("others kept saving this connection first; try again")

    def view(self, connection: Connection) -> ConnectionView:
        """Of what was just saved."""
        return view_of(connection, no_worker=False)

    def look(self, stored: Stored) -> ConnectionView:
        """Of what the store has, whether it can be opened or not."""
        now_ms = self.now_ms()
        try:
            connection = self.opened(stored)
        except VenuekeyError as error:
            return unreadable_view(stored, error)
        # The column: opened, work that is ready is due now, whenever that is.
        due_at_ms = stored.row.due_at_ms
        waits = due_at_ms is not None and now_ms - due_at_ms > NO_WORKER_MS
        seen_ms = self.store.last_seen() if waits else None
        return view_of(
            connection, no_worker=waits and (seen_ms is None or now_ms - seen_ms > NO_WORKER_MS)
        )  # fmt: skip


def wrong_column(stored: Stored) -> Optional[str]:
    """The first column that holds what no store of ours has written: SQLite's hold anything."""
    row = stored.row

    def is_wrong(name: str) -> bool:
        value: object = getattr(row, name)
        if value is None:
            return name in TEXTS
        return type(value) is not (int if name in MAYBE_NUMBERS else str)

    return next((name for name in TEXTS + MAYBE_TEXTS + MAYBE_NUMBERS if is_wrong(name)), None)


def given(**options: Any) -> dict[str, Any]:
    """Those that were not left out: core has the defaults."""
    return {name: value for name, value in options.items() if value is not None}
