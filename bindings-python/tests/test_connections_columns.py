"""The columns that a store looks rows up by are hints: an edited one spoils its own row at most."""

from __future__ import annotations

from typing import Any, Callable

import pytest

import venuekey
from conftest import Clock
from connected import connected
from venuekey.connections import Connections
from venuekey.stores.sqlite import SQLiteStore

Make = Callable[..., Connections]
HINTS = ("label", "status", "intent", "due_at_ms", "lease_holder", "lease_until_ms", "account_hash")


def edit(rows: SQLiteStore, id: str, column: str, value: object) -> None:
    with rows._write("test") as run:
        run(f"UPDATE venuekey_connections SET {column} = ? WHERE id = ?", value, id)


@pytest.mark.parametrize("column", HINTS)
def test_a_wrong_type_is_told_of_and_written_anew(column: str, make: Make, rows: SQLiteStore) -> None:
    connections = make()
    id, other = connected(connections), connected(connections, "user-2")
    edit(rows, id, column, "soon" if column.endswith("_ms") else b"\xff")
    for view in (connections.status(id), *connections.find("user")):
        assert view.status == "quarantined"
        assert view.error is not None
        assert column in str(view.error)
        assert view.as_dict()["id"] == id
    assert connections.find("user-2")[0].status == connections.status(other).status == "connected"
    assert connections.account(owner="user").id == id
    connections.run_once()
    assert connections.release(id).status == connections.status(id).status == "connected"


def test_text_is_due_never(make: Make, rows: SQLiteStore) -> None:
    connections = make()
    edit(rows, connected(connections), "due_at_ms", "soon")
    assert rows.next_due() is None
    assert connections.run_once() is None


def test_an_account_is_found_by_what_is_sealed(make: Make, rows: SQLiteStore) -> None:
    connections = make()
    id = connected(connections)
    edit(rows, id, "status", "ended")
    assert connections.account(owner="user").id == connections.account(owner="user", venue="whitebit").id == id
    ended = connected(connections)
    connections.disconnect(ended)
    connections.run_once()
    edit(rows, ended, "status", "connected")
    assert connections.account(owner="user").id == id, "it has ended, whatever its column says"


def test_one_that_can_t_be_opened_hides_no_other(make: Make, rows: SQLiteStore, clock: Clock) -> None:
    connections = make()
    id = connected(connections)
    edit(rows, id, "sealed", "x")
    assert connections.account(owner="user").id == id
    with pytest.raises(venuekey.VenuekeyError, match="seal_invalid"):
        connections.account(owner="user").call("POST", "/api/v4/trade-account/balance")
    good = connected(connections)
    assert connections.account(owner="user").id == good
    account: Any = connections.account(owner="user", venue="whitebit")
    assert account.id == good
