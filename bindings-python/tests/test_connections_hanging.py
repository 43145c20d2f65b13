"""Stores, listeners and senders that hang: what a worker's end waits for, and what counts as a worker."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable

import pytest

import venuekey
from conftest import EXTERNAL_ID, Clock, Venue
from connected import Failing, called_back, connected
from venuekey.connections import Connections, Event
from venuekey.stores import Row, StoreError
from venuekey.stores.sqlite import SQLiteStore

# The end of a worker


def ends_while_it_hangs(connections: Connections, store: Failing, hangs: str) -> None:
    """A worker of these connections, whose store never answers this call."""
    asked, go_on = threading.Event(), threading.Event()

    def hang(*_: Any, **__: Any) -> Any:
        asked.set()
        go_on.wait()
        raise StoreError(hangs, "test.Late")

    store.__dict__[hangs] = hang
    worker = threading.Thread(target=connections.run, daemon=True)
    worker.start()
    try:
        assert asked.wait(120)
        connections.stop()
        worker.join(120)
        assert not worker.is_alive()
    finally:
        connections.stop()
        go_on.set()


@pytest.mark.parametrize("hangs", ["now_ms", "seen", "due", "next_due"])
def test_a_store_that_hangs_holds_up_no_end_of_an_idle_worker(
    make: Callable[..., Connections], rows: SQLiteStore, hangs: str
) -> None:
    """A table that is locked, say. Nothing is in flight, so nothing is lost."""
    store = Failing(rows)
    ends_while_it_hangs(make(store=store, clock=None), store, hangs)


def test_a_store_that_does_not_say_what_is_due_next_holds_up_no_end(
    make: Callable[..., Connections], rows: SQLiteStore
) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def next_due() -> Any:
        asked.set()
        go_on.wait()

    store = Failing(rows)
    store.__dict__["next_due"] = next_due
    connections = make(store=store)
    with ThreadPoolExecutor(1) as pool:
        once = pool.submit(connections.run_once)
        try:
            assert asked.wait(120)
            connections.stop()
            with pytest.raises(StoreError, match="next_due failed: it did not answer before the end"):
                once.result(120)
        finally:
            go_on.set()


def test_a_store_that_gives_no_number_holds_up_no_end(
    make: Callable[..., Connections], rows: SQLiteStore, clock: Clock
) -> None:
    connections = make()
    id = connections.import_key("whitebit", "k" * 32, "s" * 32, owner="user", external_id=EXTERNAL_ID).id
    connections.run_once()
    clock.now_ms = connections.status(id).due_at_ms or 0
    store = Failing(rows)
    ends_while_it_hangs(make(store=store), store, "bump")


def forgotten(connections: Connections) -> None:
    connected(connections)
    connections.forget("user")


@pytest.mark.parametrize("hangs", ["load", "find_account", "delete"])
def test_a_store_that_hangs_holds_up_no_end_of_a_job(
    make: Callable[..., Connections], rows: SQLiteStore, clock: Clock, hangs: str
) -> None:
    """Whoever comes next begins it anew."""
    store = Failing(rows)
    forgotten(make())
    if hangs == "load":
        # Others are always first, and what they have saved is asked for.
        store.__dict__["save"] = lambda row: False
    if hangs == "delete":
        make().run_once()
        clock.now_ms += 24 * 3_600_000
    ends_while_it_hangs(make(store=store), store, hangs)


def test_a_pause_before_a_store_is_asked_again_holds_up_no_end(
    make: Callable[..., Connections], rows: SQLiteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("venuekey.connections._work.AGAIN_S", (3_600.0,))
    forgotten(make())
    has_failed = threading.Event()

    def fail(*_: Any, **__: Any) -> Any:
        has_failed.set()
        raise StoreError("find_account", "test.Down")

    store = Failing(rows)
    store.__dict__["find_account"] = fail
    connections = make(store=store)
    worker = threading.Thread(target=connections.run, daemon=True)
    worker.start()
    try:
        assert has_failed.wait(120)
    finally:
        connections.stop()
    worker.join(120)
    assert not worker.is_alive()


def test_a_store_that_hangs_is_left_with_a_lease_in_doubt_once_that_has_ended(
    make: Callable[..., Connections], rows: SQLiteStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("venuekey.connections._work.AGAIN_S", (0.001,))
    asked, go_on = threading.Event(), threading.Event()
    store = Failing(rows)

    def save(row: Row) -> bool:
        if rows.save(row):
            raise StoreError("save", "test.Lost")
        return False

    def load(id: str) -> Any:
        asked.set()
        go_on.wait()
        raise StoreError("load", "test.Late")

    called_back(make())
    store.__dict__.update(save=save, load=load)
    connections = make(store=store)
    worker = threading.Thread(target=connections.run, daemon=True)
    worker.start()
    try:
        assert asked.wait(120)
        connections.stop()
        worker.join(1)
        assert worker.is_alive(), "it looks for its lease"
        clock.now_ms += 46_000
        worker.join(120)
        assert not worker.is_alive()
    finally:
        go_on.set()


def test_while_a_store_hangs_what_must_not_be_cut_is_waited_for(
    make: Callable[..., Connections], rows: SQLiteStore, venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("venuekey.connections._worker.GRACE_S", 0.01)
    in_flight, asked, reply_comes, go_on = (threading.Event() for _ in range(4))

    def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        if request.purpose == "exchange_code":
            in_flight.set()
            reply_comes.wait()
        return venue.send(request)

    def due(now_ms: int, limit: int) -> Any:
        if in_flight.is_set():
            asked.set()
            go_on.wait()
        return rows.due(now_ms, limit)

    store = Failing(rows)
    store.__dict__["due"] = due
    connections = make(store=store, send=send, concurrency=2)
    id = called_back(connections)
    worker = threading.Thread(target=connections.run, daemon=True)
    worker.start()
    try:
        assert asked.wait(120)
        connections.stop()
        worker.join(0.1)
        assert worker.is_alive(), "it waits for the reply"
        reply_comes.set()
        worker.join(120)
        assert not worker.is_alive()
    finally:
        reply_comes.set()
        go_on.set()
    make().run_once()
    assert make().status(id).status == "connected"
    assert venue.purposes.count("exchange_code") == 1


# A worker that looks


def test_a_worker_whose_places_all_hang_is_none(
    make: Callable[..., Connections], rows: SQLiteStore, clock: Clock
) -> None:
    """A listener that never returns takes a place for good: with all of them taken, nothing is begun any more."""
    hangs, go_on = threading.Event(), threading.Event()

    def listener(_: Event) -> None:
        hangs.set()
        go_on.wait()

    connections = make(on_event=listener, concurrency=1)
    called_back(connections)
    worker = connections._worker(None)
    try:
        worker._look()
        assert hangs.wait(120)
        waiting = called_back(connections, "other")
        for _ in range(3):
            clock.sleep(40)
            worker._look()
        assert connections.status(waiting).no_worker
    finally:
        go_on.set()
        worker.stop()
        worker._end()


def test_a_worker_that_is_busy_is_one_that_looks(
    make: Callable[..., Connections], rows: SQLiteStore, venue: Venue, clock: Clock
) -> None:
    """No place is free for minutes, and each request takes a while."""
    asked, answers = threading.Semaphore(0), threading.Semaphore(0)

    def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        asked.release()
        answers.acquire()
        return venue.send(request)

    connections = make(send=send, concurrency=1)
    called_back(connections)
    worker = connections._worker(None)
    try:
        worker._look()
        asked.acquire()
        for _ in range(2):
            clock.sleep(40)
            worker._look()
            answers.release()
            asked.acquire()
            worker._look()
            assert rows.last_seen() == clock.now_ms, "it has made a step"
    finally:
        worker.stop()
        answers.release(9)
        worker._end()
