"""Connections without an exchange: what the web's calls say, and what a worker does. tests/journeys has the rest."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Callable

import pytest

import venuekey
from conftest import CANARIES, LAST_MS, Clock, Venue, came_back
from venuekey.connections import (
    AmbiguousAccount,
    AsyncConnections,
    ConnectionNotFound,
    Connections,
    StoreBusy,
    Told,
)
from venuekey.stores import Row, StoreError
from venuekey.stores.sqlite import SQLiteStore

OLD, NEW = ("2026-10", bytes(32)), ("2026-11", bytes(range(32)))
HOUR_MS = 3_600_000


@pytest.fixture
def rows(tmp_path: Path) -> Iterator[SQLiteStore]:
    with closing(SQLiteStore(tmp_path / "connections.db")) as store:
        yield store


@pytest.fixture
def told() -> list[Told]:
    return []


@pytest.fixture
def make(
    client: venuekey.Client[Any], rows: SQLiteStore, venue: Venue, clock: Clock, told: list[Told]
) -> Callable[..., Connections]:
    def make(**more: Any) -> Connections:
        given: dict[str, Any] = {
            "send": venue.send, "on_event": told.append, "clock": clock, "sleep": clock.sleep, **more,
        }  # fmt: skip
        keys = venuekey.SealingKeys(given.pop("keys", [NEW]))
        clients = given.pop("clients", {"whitebit": client})
        return Connections(clients, given.pop("store", rows), keys, **given)

    return make


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


# From the web


def test_another_owner_s_is_not_found(make: Callable[..., Connections]) -> None:
    connections = make()
    id = connected(connections)
    calls: list[Callable[[], object]] = [
        lambda: connections.status(id, owner="other"),
        lambda: connections.disconnect(id, owner="other"),
        lambda: connections.receive_callback(id, "/callback", owner="other"),
        lambda: connections.account(id, owner="other"),
        lambda: connections.status("0" * 32),
    ]
    for call in calls:
        with pytest.raises(ConnectionNotFound):
            call()
    assert connections.status(id, owner="user").status == "connected"


def test_which_account(make: Callable[..., Connections]) -> None:
    connections = make()
    with pytest.raises(ConnectionNotFound):
        connections.account(owner="user")
    with pytest.raises(venuekey.MisuseError, match="invalid_argument: account needs"):
        connections.account()
    first = connected(connections)
    assert connections.account(owner="user", venue="whitebit").id == first
    second = connected(connections)
    with pytest.raises(AmbiguousAccount, match="2 connections"):
        connections.account(owner="user")
    connections.disconnect(second)
    connections.run_once()
    assert connections.account(owner="user").id == first


def test_a_row_that_others_keep_saving(make: Callable[..., Connections], rows: SQLiteStore) -> None:
    busy = Failing(rows)
    connections = make(store=busy)
    id = connected(connections)
    busy.__dict__["save"] = lambda row: False
    with pytest.raises(StoreBusy):
        connections.disconnect(id)
    del busy.__dict__["save"]
    assert connections.status(id).intent is None


def test_mistakes_are_named(make: Callable[..., Connections], client: venuekey.Client[Any]) -> None:
    with pytest.raises(venuekey.MisuseError, match="there is no client 'bybit'; there are: whitebit"):
        make().begin("bybit", owner="user", goal="api_key")
    for clients in (client, {"whitebit": "client"}, [client]):
        with pytest.raises(venuekey.MisuseError, match="clients must map names to clients"):
            make(clients=clients)
    with pytest.raises(venuekey.MisuseError, match="concurrency"):
        make(concurrency=0)
    with pytest.raises(ValueError, match="a store is a file"):
        SQLiteStore(":memory:")
    connections = make()
    id = connected(connections)
    with pytest.raises(venuekey.MisuseError, match="not_supported: this connection has a key"):
        connections.account(id).tokens()


def test_no_worker(make: Callable[..., Connections], clock: Clock) -> None:
    connections = make()
    id = called_back(connections)
    assert not connections.status(id).no_worker
    clock.sleep(61)
    assert connections.status(id).no_worker
    make(send=lambda request: pytest.fail("nothing is sent")).run_once(deadline_s=0)
    connections.run_once()
    assert not connections.status(id).no_worker


def test_sealed_anew(make: Callable[..., Connections]) -> None:
    before = make(keys=[OLD])
    ids = [connected(before, f"user-{n}") for n in range(3)]
    both = make(keys=[NEW, OLD])
    assert [both.reseal(2), both.reseal(2), both.reseal(2)] == [2, 1, 0]
    assert {make().status(id).status for id in ids} == {"connected"}
    called_back(before, "late")
    with pytest.raises(venuekey.MisuseError, match="the first is"):
        make().reseal()


def test_a_damaged_row_is_seen_and_can_be_removed(make: Callable[..., Connections], rows: SQLiteStore) -> None:
    connections = make()
    id, other = called_back(connections), connected(connections, "other")
    _spoil(rows, id)
    (view,) = connections.find("user")
    assert (view.status, view.goal) == ("quarantined", None)
    assert isinstance(view.error, venuekey.RejectedError)
    with pytest.raises(venuekey.RejectedError):
        connections.forget("user")
    connections.run_once()
    assert [each.status for each in connections.forget("user")] == ["quarantined"]
    assert connections.find("user") == []
    assert connections.status(other).status == "connected"


def _spoil(rows: SQLiteStore, id: str) -> str:
    with rows._write("test") as run:
        (sealed,) = run("SELECT sealed FROM venuekey_connections WHERE id = ?", id).rows[0]
        run("UPDATE venuekey_connections SET sealed = 'x', due_at_ms = 1 WHERE id = ?", id)
    return str(sealed)


def test_out_of_quarantine(make: Callable[..., Connections], rows: SQLiteStore) -> None:
    connections = make()
    id = called_back(connections)
    sealed = _spoil(rows, id)
    connections.run_once()
    with pytest.raises(venuekey.RejectedError):
        connections.release(id)
    with rows._write("test") as run:
        run("UPDATE venuekey_connections SET sealed = ? WHERE id = ?", sealed, id)
    assert connections.release(id).status == "working"
    connections.run_once()
    assert connections.status(id).status == "connected"


# The worker


def test_what_this_process_lacks_is_no_damage(make: Callable[..., Connections], caplog: Any) -> None:
    """A configuration or a clock that is wrong must not take every row out of work."""
    connections = make()
    id = called_back(connections)
    make(keys=[OLD]).run_once()
    make(clients={}).run_once()
    make(clock=lambda: LAST_MS + 1).run_once()
    with pytest.raises(venuekey.MisuseError, match="holder must be"):
        connections.run_once(holder="x" * 65)
    assert "quarantined" not in caplog.text
    connections.run_once()
    assert connections.status(id).status == "connected"


def test_rows_that_are_due_by_their_column_alone_starve_nobody(
    make: Callable[..., Connections], rows: SQLiteStore, clock: Clock, venue: Venue
) -> None:
    """Keys that are used need no look; their rows come first, and stay due until they are put right."""
    connections = make(concurrency=2)
    for number in range(5):
        id = connected(connections, f"user-{number}")
        due_ms = connections.status(id).due_at_ms
        assert due_ms is not None
    clock.now_ms = due_ms + 24 * HOUR_MS * 8
    for stored in rows.due(clock.now_ms, 10):
        rows.touch(stored.row.id, clock.now_ms)
    id = called_back(connections, "late")
    connections.run_once()
    assert connections.status(id).status == "connected"
    assert "probe_key" not in venue.purposes


def test_no_new_work_after_the_deadline(make: Callable[..., Connections], venue: Venue) -> None:
    connections = make()
    called_back(connections)
    assert connections.run_once(deadline_s=0) is not None
    assert venue.sent == []


def test_an_event_is_told_again_where_its_listener_failed(
    make: Callable[..., Connections], told: list[Told], clock: Clock
) -> None:
    fails = [True]

    def heard(event: Told) -> None:
        if fails:
            fails.pop()
            raise ValueError("not now")
        told.append(event)

    connections = make(on_event=heard)
    id = called_back(connections)
    connections.run_once()
    assert told == []
    clock.sleep(61)
    connections.run_once()
    assert [(each.id, each.event.number, each.event.kind) for each in told] == [(id, 1, "connected")]


def test_a_coroutine_function_hears_nothing_in_vain(
    make: Callable[..., Connections], told: list[Told], clock: Clock, caplog: Any
) -> None:
    async def heard(event: Told) -> None:
        told.append(event)

    called_back(make())
    make(on_event=heard).run_once()
    assert "on_event must be a plain function" in caplog.text
    clock.sleep(61)
    make().run_once()
    assert [each.event.kind for each in told] == ["connected"]


@pytest.mark.parametrize("call", ["save", "now_ms"])
def test_a_store_that_fails_after_a_reply_loses_nothing(
    make: Callable[..., Connections], rows: SQLiteStore, venue: Venue, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("venuekey.connections._work.AGAIN_S", (0.01,))
    failing = Failing(rows)

    def send(request: venuekey.HttpRequest) -> venuekey.HttpResponse:
        failing.fails[call] = 3 if request.purpose == "fetch_secret" else 0
        return venue.send(request)

    connections = make(store=failing, send=send, clock=None)
    id = called_back(connections)
    connections.run_once()
    assert connections.status(id).status == "connected"
    assert venue.purposes.count("fetch_secret") == 1


def test_a_lease_whose_save_failed_and_was_stored(
    make: Callable[..., Connections], rows: SQLiteStore, venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker finds its own lease, and sends: nobody has to wait until it is over."""
    monkeypatch.setattr("venuekey.connections._work.AGAIN_S", (0.01,))
    failing, saves = Failing(rows), [0]

    def save(row: Row) -> bool:
        saves[0] += 1
        won = rows.save(row)
        if saves[0] == 3:
            raise StoreError("save", "test.Down")
        return won

    failing.__dict__["save"] = save
    connections = make(store=failing)
    id = called_back(connections)
    connections.run_once()
    assert connections.status(id).status == "connected"


def test_a_sender_that_breaks_its_promise(
    make: Callable[..., Connections], venue: Venue, caplog: pytest.LogCaptureFixture
) -> None:
    venue.first["exchange_code"] = [ValueError(CANARIES["code"])]
    connections = make()
    id = called_back(connections)
    connections.run_once()
    view = connections.status(id)
    assert (view.status, view.error and view.error.code) == ("needs_user", "outcome_unknown")
    assert "the sender failed: ValueError at" in caplog.text
    assert CANARIES["code"] not in caplog.text


def test_an_end_does_not_wait_for_a_free_place(make: Callable[..., Connections], venue: Venue, clock: Clock) -> None:
    """All places are taken by questions that nobody answers."""
    asked, go_on = threading.Semaphore(0), threading.Event()

    def send(request: venuekey.HttpRequest) -> venuekey.HttpResponse:
        if request.purpose == "check_key":
            asked.release()
            go_on.wait()
        return venue.send(request)

    connections = make(send=send, concurrency=2)
    ids = [called_back(connections, f"user-{n}") for n in range(4)]
    worker = threading.Thread(target=connections.run)
    worker.start()
    for _ in range(2):
        asked.acquire()
    connections.stop()
    worker.join()
    go_on.set()
    assert "check_key" not in venue.purposes
    make().run_once()
    assert {connections.status(id).status for id in ids} == {"connected"}


def test_refreshes_that_would_wait_too_long_take_no_turn(make: Callable[..., Connections], clock: Clock) -> None:
    """A turn that is taken and not used would be lost for all workers."""
    connections = make()
    pace = connections._hands._pace
    tokens = venuekey.Tokens(access_token="a", refresh_token="r", expires_at_ms=clock() + 300_000)
    of = connections._rows.client("whitebit")
    step = of.share_tokens(tokens, now_ms=clock()).plan(now_ms=clock() + 200_000)
    assert isinstance(step, venuekey.RefreshTokens)
    starts = []
    for _ in range(20):
        connection = of.import_tokens(tokens, owner="user", client_name="whitebit", now_ms=clock())
        starts.append(pace.start_ms(connection, step.request) - clock())
    assert starts[:4] == [0, 2_000, 4_000, 6_000]
    assert {*starts[4:]} == {10_001}
    clock.sleep(2)
    assert pace.start_ms(connection, step.request) - clock() == 6_000, "the others have cost nothing"


# asyncio


def test_a_cancellation_before_the_worker_has_begun(
    client: venuekey.Client[Any], rows: SQLiteStore, venue: Venue
) -> None:
    async def main() -> None:
        connections = AsyncConnections({"whitebit": client}, rows, venuekey.SealingKeys([NEW]), send=venue.asend)
        for steps in range(4):
            task = asyncio.ensure_future(connections.run())
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait({task})
        async with connections.working():
            assert await connections.find("user") == []

    asyncio.run(main())


def test_coroutine_functions_send_and_hear(client: venuekey.Client[Any], rows: SQLiteStore, venue: Venue) -> None:
    heard: list[str] = []

    async def hear(event: Told) -> None:
        await asyncio.sleep(0)
        heard.append(event.event.kind)

    async def main() -> None:
        keys = venuekey.SealingKeys([NEW])
        connections = AsyncConnections({"whitebit": client}, rows, keys, send=venue.asend, on_event=hear)
        view = await connections.begin("whitebit", owner="user", goal="api_key")
        assert view.authorize_url is not None
        url = came_back(view.authorize_url, f"publicKey={CANARIES['public_key']}")
        await connections.receive_callback(view.id, url)
        await connections.run_once()
        assert (await connections.status(view.id)).status == "connected"

    asyncio.run(main())
    assert heard == ["connected"]


# The command


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("connections = 'none'\n")
    (tmp_path / "broken.py").write_text("import no_such_library\n")

    def said(*arguments: str) -> str:
        command = [sys.executable, "-m", "venuekey", *arguments]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert ran.returncode != 0
        return ran.stderr

    assert said("worker", "nothing:connections") == (
        "venuekey: there is no module 'nothing' here: run this in the folder of your app\n"
    )
    assert said("worker", "app").startswith("venuekey: 'app' is no Connections: name one as module:attribute")
    assert "No module named 'no_such_library'" in said("worker", "broken:connections")
    assert "usage: python -m venuekey" in said("work")


def test_nothing_shows_a_secret(make: Callable[..., Connections], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    connections = make()
    id = connected(connections)
    account = connections.account(id)
    shown = [
        caplog.text,
        repr(connections),
        repr(account),
        repr(connections.status(id)),
        repr(connections.find("user")),
    ]
    for secret in CANARIES.values():
        assert secret not in "".join(shown)
