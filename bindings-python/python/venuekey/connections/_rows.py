"""Between rows and connections: opening, sealing, and what comes from the web."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable, Optional, cast

from ._errors import ConnectionNotFound, StoreBusy
from ._view import ConnectionView

if TYPE_CHECKING:
    from .._native import Client, Connection, SealingKeys
    from ..stores import Row, Store, Stored

APPLY_AGAIN = 5
"""So often does an event from the web try to be the next revision."""
NO_WORKER_MS = 60_000


def system_clock() -> int:
    return time.time_ns() // 1_000_000


class UnknownClient(LookupError):
    """A row names a client that is not configured here: another process's, or one that was removed."""


class Rows:
    """The rows of one store, opened."""

    def __init__(
        self, clients: Mapping[str, Client], store: Store, keys: SealingKeys, clock: Optional[Callable[[], int]]
    ) -> None:
        self.clients = dict(clients)
        self.store = store
        self.keys = keys
        self._clock = clock

    def now_ms(self) -> int:
        """By the store's clock where it has one: hosts then agree on leases."""
        if self._clock is not None:
            return self._clock()
        of_store = self.store.now_ms()
        return system_clock() if of_store is None else of_store

    def client(self, name: str) -> Client:
        try:
            return self.clients[name]
        except KeyError:
            known = ", ".join(sorted(self.clients)) or "none"
            raise UnknownClient(f"there is no client {name!r} here: {known}") from None

    def open(self, stored: Stored) -> Connection:
        row, now_ms = stored.row, self.now_ms()
        connection = self.client(row.client).open_connection(
            row.id, row.owner, row.client, row.revision, row.sealed, self.keys, now_ms=now_ms
        )
        used_ms = stored.last_used_at_ms
        return connection if used_ms is None else connection.used(used_ms, now_ms=now_ms)

    def load(self, id: str) -> Optional[Connection]:
        stored = self.store.load(id)
        return None if stored is None else self.open(stored)

    def loaded(self, id: str, owner: Optional[str]) -> Connection:
        """The connection, where it is this owner's."""
        connection = self.load(id)
        if connection is None or owner not in (None, connection.owner):
            raise ConnectionNotFound("there is no such connection")
        return connection

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
        raise StoreBusy("others saved this connection again and again meanwhile")

    def view(self, connection: Connection) -> ConnectionView:
        due_at_ms, now_ms = connection.due_at_ms, self.now_ms()
        waits = due_at_ms is not None and now_ms - due_at_ms > NO_WORKER_MS
        seen_ms = self.store.last_seen() if waits else None
        return ConnectionView.of(connection, waits and (seen_ms is None or now_ms - seen_ms > NO_WORKER_MS))


def given(**options: Any) -> dict[str, Any]:
    """Those that were not left out: core has the defaults."""
    return {name: value for name, value in options.items() if value is not None}
