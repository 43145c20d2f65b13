"""Between rows and connections: opening, sealing, and what comes from the web."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable, Optional, cast

from .._errors import VenuekeyError
from .._native import Client
from ._errors import ConnectionNotFound, StoreBusy, damaged, misuse
from ._view import ConnectionView, unreadable_view, view_of

if TYPE_CHECKING:
    from .._native import Connection, SealingKeys
    from ..stores import Row, Store, Stored

APPLY_AGAIN = 5
"""So often does an event from the web try to be the next revision."""
NO_WORKER_MS = 60_000
"""Work that waits this long without any worker having looked is reported."""


def system_clock() -> int:
    return time.time_ns() // 1_000_000


class Rows:
    """The rows of one store, opened."""

    def __init__(
        self, clients: Mapping[str, Client], store: Store, keys: SealingKeys, clock: Optional[Callable[[], int]]
    ) -> None:
        if not isinstance(clients, Mapping) or not all(isinstance(each, Client) for each in clients.values()):
            raise misuse("invalid_argument", 'clients must map names to clients, such as {"bybit": client}')
        self.clients = dict(clients)
        self.store = store
        self.keys = keys
        self._clock = clock
        self._store_ahead_ms = 0

    def now_ms(self) -> int:
        """By the store's clock where it has one: hosts then agree on leases. It never fails: a reply that has just come
        must be read, whatever the store's trouble.
        """
        if self._clock is not None:
            return self._clock()
        host_ms = system_clock()
        try:
            of_store = self.store.now_ms()
        except Exception:
            return host_ms + self._store_ahead_ms
        self._store_ahead_ms = 0 if of_store is None else of_store - host_ms
        return host_ms if of_store is None else of_store

    def client(self, name: str) -> Client:
        try:
            return self.clients[name]
        except KeyError:
            known = ", ".join(sorted(self.clients)) or "none"
            raise misuse("invalid_argument", f"there is no client {name!r}; there are: {known}") from None

    def open(self, stored: Stored) -> Connection:
        row, now_ms = stored.row, self.now_ms()
        client = self.client(row.client)
        try:
            connection = client.open_connection(
                row.id, row.owner, row.client, row.revision, row.sealed, self.keys, now_ms=now_ms
            )
            used_ms = stored.last_used_at_ms
            return connection if used_ms is None else connection.used(used_ms, now_ms=now_ms)
        except (TypeError, ValueError, OverflowError):
            # A column holds what no store of ours has written.
            raise damaged("a column of the row has the wrong type") from None

    def stored(self, id: str, owner: Optional[str]) -> Stored:
        """The row, where it belongs to this owner."""
        stored = self.store.load(id)
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
        return self.store.save(cast("Row", connection.seal(self.keys)))

    def apply(self, id: str, owner: Optional[str], event: Callable[[Connection, int], Connection]) -> Connection:
        """Saves what the event makes of the row. Where another save comes first, it is applied to that."""
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
        try:
            connection = self.open(stored)
        except VenuekeyError as error:
            return unreadable_view(stored, error)
        # The column: opened, work that is ready is due now, whenever that is.
        due_at_ms, now_ms = stored.row.due_at_ms, self.now_ms()
        waits = due_at_ms is not None and now_ms - due_at_ms > NO_WORKER_MS
        seen_ms = self.store.last_seen() if waits else None
        return view_of(
            connection, no_worker=waits and (seen_ms is None or now_ms - seen_ms > NO_WORKER_MS)
        )  # fmt: skip


def given(**options: Any) -> dict[str, Any]:
    """Those that were not left out: core has the defaults."""
    return {name: value for name, value in options.items() if value is not None}
