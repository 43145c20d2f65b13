"""Leases of which nobody knows whether they are stored. Where one stays, its request counts as sent."""

from __future__ import annotations

import threading
from typing import Any, Callable

import pytest

import venuekey
from conftest import Clock, Venue
from connected import Failing, called_back, with_tokens
from venuekey.connections import Connections
from venuekey.stores import Row, StoreError
from venuekey.stores.sqlite import SQLiteStore

Make = Callable[..., Connections]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("venuekey.connections._work.AGAIN_S", (0.001,))


class InDoubt(Failing):
    """The first lease is stored, and its save fails all the same; then there are more calls that fail."""

    def __init__(self, own: SQLiteStore, then: str = "save", times: int = 0) -> None:
        super().__init__(own)
        self.then, self.times = then, times
        self.is_in_doubt = False

    def save(self, row: Row) -> Any:
        won = self.__getattr__("save")(row)
        if row.lease_holder is not None and not self.is_in_doubt:
            self.is_in_doubt = True
            self.fails[self.then] = self.times
            raise StoreError("save", "test.Lost")
        return won


def test_a_lease_whose_save_failed_and_was_stored(
    make: Make, rows: SQLiteStore, venue: Venue, monkeypatch: pytest.MonkeyPatch
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


@pytest.mark.parametrize("then", ["save", "load"])
def test_a_lease_is_looked_for_through_a_long_outage(make: Make, rows: SQLiteStore, venue: Venue, then: str) -> None:
    store = InDoubt(rows, then, times=30)
    connections = make(store=store)
    id = called_back(connections)
    connections.run_once()
    assert store.is_in_doubt
    assert store.fails[then] == 0
    assert connections.status(id).status == "connected"
    assert venue.purposes.count("exchange_code") == 1


def test_a_session_looks_for_its_lease_through_a_long_outage(
    make: Make, rows: SQLiteStore, tokens: venuekey.parts.Tokens, clock: Clock, venue: Venue
) -> None:
    id = with_tokens(make(), tokens, clock)
    store = InDoubt(rows, times=30)
    assert make(store=store).account(id).tokens().generation == 2
    assert store.is_in_doubt
    assert store.fails["save"] == 0
    assert venue.purposes == ["refresh_tokens"]


def test_the_lease_of_a_request_that_was_not_sent_is_given_back_after_a_long_outage(
    make: Make, rows: SQLiteStore, venue: Venue
) -> None:
    store = Failing(rows)

    def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        if not store.fails:
            store.fails["save"] = 30
            raise venuekey.NoResponse("test", not_sent=True)
        return venue.send(request)

    id = called_back(make())
    make(store=store, send=send).run_once()
    assert store.fails["save"] == 0
    stored = rows.load(id)
    assert stored is not None
    assert stored.row.lease_holder is None


def test_a_lease_is_looked_for_until_its_end(make: Make, rows: SQLiteStore, venue: Venue, clock: Clock) -> None:
    """After that it is lost: nobody else waits longer."""
    store = Failing(rows)
    failed_ms: list[int] = []

    def save(row: Row) -> bool:
        if row.lease_until_ms is None:
            return rows.save(row)
        assert clock.now_ms <= row.lease_until_ms, "it has ended"
        failed_ms.append(clock.now_ms)
        clock.now_ms += 1_000
        raise StoreError("save", "test.Down")

    store.__dict__["save"] = save
    connections = make(store=store)
    called_back(connections)
    connections.run_once()
    assert failed_ms[-1] - failed_ms[0] >= 44_000
    assert venue.sent == []


def test_the_end_waits_for_a_lease_in_doubt(make: Make, rows: SQLiteStore, venue: Venue, clock: Clock) -> None:
    """The end is asked for while the store fails: the lease is found, and given back."""
    store = InDoubt(rows)
    has_failed, is_stopping = threading.Event(), threading.Event()
    own = store.save

    def save(row: Row) -> Any:
        if store.is_in_doubt:
            has_failed.set()
            if not is_stopping.is_set():
                raise StoreError("save", "test.Down")
        return own(row)

    store.__dict__["save"] = save
    connections = make(store=store)
    id = called_back(connections)
    worker = threading.Thread(target=connections.run, daemon=True)
    worker.start()
    assert has_failed.wait(120)
    connections.stop()
    while not all(job.is_stopping for each in connections._workers for job in each._jobs.values()):
        worker.join(0.01)
    is_stopping.set()
    worker.join(120)
    assert not worker.is_alive()
    stored = rows.load(id)
    assert stored is not None
    assert stored.row.lease_holder is None
    assert venue.sent == []
    make().run_once()
    assert connections.status(id).status == "connected"
