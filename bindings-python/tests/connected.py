"""Connections on a file, at a venue that answers from a script."""

from __future__ import annotations

from typing import Any

import venuekey
from conftest import CANARIES, Clock, came_back
from venuekey.connections import Connections
from venuekey.stores import StoreError
from venuekey.stores.sqlite import SQLiteStore

OLD, NEW = ("2026-10", bytes(32)), ("2026-11", bytes(range(32)))


def called_back(connections: Connections, owner: str = "user") -> str:
    view = connections.begin("whitebit", owner=owner, goal="api_key")
    assert view.authorize_url is not None
    connections.receive_callback(view.id, came_back(view.authorize_url, f"publicKey={CANARIES['public_key']}"))
    return view.id


def connected(connections: Connections, owner: str = "user") -> str:
    id = called_back(connections, owner)
    connections.run_once()
    assert connections.status(id).status == "connected"
    return id


def with_tokens(connections: Connections, tokens: venuekey.parts.Tokens, clock: Clock) -> str:
    id = connections.import_tokens("whitebit", tokens, owner="user", keep_alive="on_use").id
    connections.run_once()
    clock.sleep(299)
    return id


class Failing:
    """A store, some calls of which fail."""

    def __init__(self, own: SQLiteStore) -> None:
        self.own = own
        self.fails: dict[str, int] = {}
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.own, name)

        def tried(*arguments: Any, **options: Any) -> Any:
            self.calls.append(name)
            if self.fails.get(name, 0):
                self.fails[name] -= 1
                raise StoreError(name, "test.Down")
            return call(*arguments, **options)

        return tried


def spoil(rows: SQLiteStore, id: str) -> str:
    with rows._write("test") as run:
        (sealed,) = run("SELECT sealed FROM venuekey_connections WHERE id = ?", id).rows[0]
        run("UPDATE venuekey_connections SET sealed = 'x', due_at_ms = 1 WHERE id = ?", id)
    return str(sealed)
