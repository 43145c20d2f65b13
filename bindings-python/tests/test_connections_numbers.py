"""Numbers for signed requests: near the venue's clock and none twice, whatever the clock does and however many wait."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import threading
import weakref
from typing import Any, Callable

import pytest

import venuekey
from conftest import EXTERNAL_ID, Clock, reply
from connected import NEW, Failing
from venuekey.connections import AsyncConnections, Connections
from venuekey.connections._forks import _after_fork, _every
from venuekey.stores.sqlite import SQLiteStore

Make = Callable[..., Connections]
BALANCE: Any = ("POST", "/api/v4/trade-account/balance")
AHEAD_MS = 50_000
"""As far as numbers may lie ahead, and too far to be taken now."""
HOUR_MS = 3_600_000


@pytest.fixture
def sent() -> list[venuekey.parts.HttpRequest]:
    return []


@pytest.fixture
def send(clock: Clock, sent: list[venuekey.parts.HttpRequest]) -> Any:
    def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        if request.purpose == "ask_time":
            return reply({"time": clock() // 1000})
        sent.append(request)
        return reply({})

    return send


def with_key(connections: Connections) -> str:
    return connections.import_key("whitebit", "k" * 32, "s" * 32, owner="user", external_id=EXTERNAL_ID).id


def counter_of(connections: Connections, id: str) -> str:
    counter = connections._rows.loaded(id, None).nonce_counter
    assert counter is not None
    return counter


def drawn(sent: list[venuekey.parts.HttpRequest]) -> list[int]:
    return [int(json.loads(each.body or b"{}")["nonce"]) for each in sent]


def test_a_call_waits_no_longer_than_its_patience_after_a_clock_was_set_back(
    make: Make, send: Any, sent: list[venuekey.parts.HttpRequest], clock: Clock, rows: SQLiteStore
) -> None:
    connections = make(send=send)
    id = with_key(connections)
    clock.now_ms += AHEAD_MS
    connections.account(id).call(*BALANCE)
    clock.now_ms -= AHEAD_MS
    last = rows.bump(counter_of(connections, id), 0, 0)
    # The process that had the clock, which has numbers left, and one that takes new ones.
    for each, takes in ((connections, 0), (make(send=send), 50)):
        before_ms = clock()
        with pytest.raises(venuekey.UnavailableError, match="nonces reserved for this key are ahead") as told:
            each.account(id).call(*BALANCE, patience_s=5)
        assert told.value.code == "rate_limited"
        assert AHEAD_MS - 10_000 < (told.value.retry_after_ms or 0) <= AHEAD_MS
        assert clock() - before_ms == 5_000
        assert rows.bump(counter_of(connections, id), 0, 0) == last + takes
        last += takes
    assert len(sent) == 1


def test_those_that_wait_take_no_more_numbers(
    make: Make, rows: SQLiteStore, send: Any, sent: list[venuekey.parts.HttpRequest], clock: Clock
) -> None:
    """Where each took 50 every 250 ms, five were as fast as the clock, and nobody ever got one."""
    counted = Failing(rows)
    connections = make(store=counted, send=send)
    id = with_key(connections)
    last = rows.bump(counter_of(connections, id), clock() + 6_000, 0)
    accounts = [connections.account(id) for _ in range(8)]
    threads = [threading.Thread(target=account.call, args=BALANCE) for account in accounts]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert counted.calls.count("bump") == 2, "a look, and one block"
    assert sorted(drawn(sent)) == [*range(last + 1, last + 9)]


@pytest.mark.parametrize(("patience_s", "is_enough"), [(6, False), (7, True)])
def test_what_a_number_waits_for_is_taken_from_the_patience(
    make: Make, rows: SQLiteStore, send: Any, clock: Clock, patience_s: float, is_enough: bool
) -> None:
    limited = [venuekey.parts.HttpResponse(429, b"{}", [("retry-after", "4")])]

    def refuses(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        return limited.pop() if limited and request.purpose == "signed_request" else send(request)

    connections = make(send=refuses)
    id = with_key(connections)
    # Some two and a half seconds for the number, and four that the venue wants.
    rows.bump(counter_of(connections, id), clock() + 7_000, 0)
    with contextlib.nullcontext() if is_enough else pytest.raises(venuekey.UnavailableError):
        connections.account(id).call(*BALANCE, patience_s=patience_s)
    assert not limited


def ahead(make: Make, rows: SQLiteStore, clock: Clock, **more: Any) -> tuple[Connections, str]:
    """A key that is due for a look, by a worker whose numbers lie an hour ahead."""
    connections = make(**more)
    id = with_key(connections)
    connections.run_once()
    due_ms = connections.status(id).due_at_ms
    assert due_ms is not None
    clock.now_ms = due_ms + 1
    rows.bump(counter_of(connections, id), clock() + AHEAD_MS, 0)
    return connections, id


def test_a_worker_that_waits_for_a_number_ends_when_it_is_to(
    make: Make, rows: SQLiteStore, send: Any, sent: list[Any], clock: Clock
) -> None:
    waits, has_stopped = threading.Event(), threading.Event()

    def sleep(seconds: float) -> None:
        waits.set()
        has_stopped.wait()

    connections, _ = ahead(make, rows, clock, send=send, sleep=sleep)
    worker = threading.Thread(target=connections.run, daemon=True)
    worker.start()
    waits.wait()
    connections.stop()
    has_stopped.set()
    worker.join(120)
    assert not worker.is_alive()
    assert sent == []


def test_a_worker_leaves_a_row_whose_number_does_not_come(
    make: Make, rows: SQLiteStore, send: Any, sent: list[Any], clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    connections, id = ahead(make, rows, clock, send=send)
    before_ms = clock()
    connections.run_once()
    assert clock() - before_ms == 10_000
    assert f"connection {id}: UnavailableError rate_limited, looked at again later" in caplog.text
    assert sent == []
    clock.now_ms += AHEAD_MS
    connections.run_once()
    assert len(sent) == 1


def test_a_worker_looks_at_a_key_by_the_venues_clock(make: Make, clock: Clock, sent: list[Any]) -> None:
    """A host whose clock is wrong by more than a venue permits could not look at any key."""

    def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        if request.purpose == "ask_time":
            return reply({"time": (clock() + 90_000) // 1000})
        sent.append(request)
        return reply({})

    connections = make(send=send)
    id = with_key(connections)
    connections.run_once()
    clock.now_ms = connections.status(id).due_at_ms or 0
    connections.run_once()
    assert [each.purpose for each in sent] == ["probe_key"]
    assert abs(drawn(sent)[0] - clock() - 90_000) < 2_000


def test_a_cancelled_call_waits_for_no_number(
    make: Make, client: venuekey.Client[Any], rows: SQLiteStore, send: Any, sent: list[Any], clock: Clock
) -> None:
    id = with_key(make())
    rows.bump(counter_of(make(), id), clock() + AHEAD_MS, 0)

    async def main() -> None:
        loop, waits, is_cancelled = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

        def sleep(seconds: float) -> None:
            loop.call_soon_threadsafe(waits.set)
            is_cancelled.wait()

        connections = AsyncConnections(
            {"whitebit": client}, rows, venuekey.SealingKeys([NEW]), send=send, clock=clock, sleep=sleep
        )
        account = await connections.account(id)
        task = asyncio.ensure_future(account.call(*BALANCE, patience_s=1e9))
        await waits.wait()
        task.cancel()
        is_cancelled.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert sent == []


def test_a_clock_that_was_ahead_holds_up_no_request_once_it_is_right(make: Make, clock: Clock) -> None:
    """So does a time that a venue tells once."""
    wrong_ms = [10 * 366 * 24 * HOUR_MS]
    sent: list[venuekey.parts.HttpRequest] = []

    def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        if request.purpose == "ask_time":
            return reply({"time": (clock() + (wrong_ms.pop() if wrong_ms else 0)) // 1000})
        sent.append(request)
        return reply({})

    connections = make(send=send)
    id, right_ms = with_key(connections), clock()
    connections.account(id).call(*BALANCE)
    clock.now_ms += 10_000
    others = make(send=send)
    others.account(id).call(*BALANCE, patience_s=0)
    clock.now_ms += HOUR_MS
    others.account(id).call(*BALANCE, patience_s=0)
    clock.now_ms -= HOUR_MS - 10_000
    others.account(id).call(*BALANCE, patience_s=0)
    ten_years, then, hour, now = (number - right_ms for number in drawn(sent))
    assert ten_years > 10 * 365 * 24 * HOUR_MS
    assert hour >= HOUR_MS
    assert abs(then - 10_000) < 2_000
    assert abs(now - 20_000) < 2_000


def test_what_a_fork_must_not_share_is_kept_by_nobody(make: Make, send: Any) -> None:
    connections = make(send=send)
    connections.account(with_key(connections)).call(*BALANCE)
    numbers = weakref.ref(connections._hands._numbers)
    assert numbers() in _every
    _after_fork()
    assert connections._hands._numbers._blocks == {}
    del connections
    gc.collect()
    assert numbers() is None
