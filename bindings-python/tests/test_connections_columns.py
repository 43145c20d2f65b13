"""The columns that a store looks rows up by are hints: an edited one spoils its own row at most."""

from __future__ import annotations

from typing import Any, Callable

import pytest

import venuekey
from browser import Browser, told
from conftest import Clock
from connected import called_back, connected
from venuekey._desk.check_rows import Census
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


@pytest.mark.parametrize("column", ["owner", "client", "venue", "environment", "sealing_key_id", "sealed", *HINTS])
def test_a_text_that_is_no_unicode_stops_nobody(column: str, make: Make, rows: SQLiteStore) -> None:
    """One bit of a file is enough for that; SQLite's driver then refuses the whole answer, and with it every row."""
    connections = make()
    connected(connections)
    bad = called_back(connections, "unlucky")
    with rows._write("test") as run:
        run(f"UPDATE venuekey_connections SET {column} = CAST(x'ff' AS TEXT) WHERE id = ?", bad)
        if column != "due_at_ms":
            run("UPDATE venuekey_connections SET due_at_ms = 1 WHERE id = ?", bad)
    assert [view.status for view in connections.find("unlucky")] in ([], ["quarantined"])
    good = called_back(connections)
    connections.run_once()
    assert connections.status(good).status == "connected"
    assert len(connections.find("user")) == 2


@pytest.mark.parametrize("change", ["id = x'ff'", "id = CAST(x'ff' AS TEXT)", "revision = 'text'", "revision = 1.5"])
def test_a_row_that_no_store_can_name_stops_nobody(change: str, make: Make, rows: SQLiteStore) -> None:
    connections = make()
    connected(connections)
    bad = called_back(connections, "unlucky")
    with rows._write("test") as run:
        run(f"UPDATE venuekey_connections SET {change}, due_at_ms = 1 WHERE id = ?", bad)
    good = called_back(connections)
    connections.run_once()
    assert connections.status(good).status == "connected"
    (view,) = connections.find("unlucky")
    assert view.status == "quarantined"


@pytest.mark.parametrize("column", ["client", "venue", "environment", "sealing_key_id"])
def test_what_nobody_can_read_is_quarantined_and_not_left_to_others(column: str, make: Make, rows: SQLiteStore) -> None:
    connections = make()
    connected(connections)
    id = called_back(connections, "unlucky")
    edit(rows, id, column, b"\xff")
    census = Census(connections._rows)
    assert [each.code for each in (*census.sealing(), *census.rows())] == ["row_damaged", "sealing_ok"]
    connections.run_once()
    stored = rows.load(id)
    assert stored is not None
    if column == "client":
        assert stored.quarantined == "seal_invalid"
    else:
        assert connections.status(id).status == "connected", "what is sealed is well, and it is written anew"


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("value", ["x'ff'", "x'3c27223e'", "CAST(x'ff' AS TEXT)"])
@pytest.mark.parametrize("column", ["id", "client", "venue", "environment", "status"])
def test_a_row_that_is_damaged_is_one_card_of_its_owner_s_page(
    column: str, value: str, accept: str, browser: Browser, rows: SQLiteStore
) -> None:
    bad = browser.connections.begin("whitebit", owner="user", goal="api_key").id
    good = browser.connections.begin("bybit", owner="user", goal="api_key").id
    with rows._write("test") as run:
        run(f"UPDATE venuekey_connections SET {column} = {value} WHERE id = ?", bad)
    page = browser.send("GET", "/", headers={"accept": accept})
    assert page.status == 200
    if accept == "application/json":
        statuses = {each["id"]: each["status"] for each in told(page)["connections"]}
        assert statuses.pop(good) == "awaiting_user"
        assert [*statuses.values()] == ["quarantined"]
    else:
        html = page.body.decode()
        assert html.count("<article") - html.count("/connect/") == 2
        assert "<'\">" not in html


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
