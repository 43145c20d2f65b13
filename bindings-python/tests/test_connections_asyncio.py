"""Event loops and the threads that work for them: where coroutine functions run, and what they may raise."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Any, Callable

import pytest

import venuekey
from conftest import CANARIES, NOW_MS, Clock, Venue, came_back
from connected import NEW, Failing, called_back
from venuekey.connections import AsyncConnections, Connections, ConnectionView, Event
from venuekey.stores.sqlite import SQLiteStore

Make = Callable[..., Connections]
PATIENCE_S = 120
"""After so long a test fails that would else never end."""


def of_loop(client: venuekey.Client[Any], rows: Any, **more: Any) -> AsyncConnections:
    return AsyncConnections(
        {"whitebit": client}, rows, venuekey.SealingKeys([NEW]), **{"clock": lambda: NOW_MS, **more}
    )


def callback_of(view: ConnectionView) -> str:
    return came_back(view.authorize_url or "", f"publicKey={CANARIES['public_key']}")


def ended(work: Callable[[], Awaitable[Any]]) -> None:
    """Runs it in a loop of its own, which a test outlives that would never end."""

    async def main() -> None:
        await work()

    thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
    thread.start()
    thread.join(PATIENCE_S)
    assert not thread.is_alive(), "it never ends"


# What a coroutine function raises

ERRORS = [TimeoutError, asyncio.TimeoutError, concurrent.futures.TimeoutError, concurrent.futures.CancelledError]
"""What a future raises of its own too, some of them under the same name since Python 3.11."""


@pytest.mark.parametrize("error", ERRORS)
def test_a_sender_whose_error_is_one_of_a_future_s(
    make: Make, client: venuekey.Client[Any], rows: SQLiteStore, error: type[Exception]
) -> None:
    id = called_back(make())
    calls: list[str] = []

    async def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        calls.append(request.purpose)
        raise error

    ended(lambda: of_loop(client, rows, send=send).run_once())
    view = make().status(id)
    assert calls == ["exchange_code"]
    assert (view.status, view.error and view.error.code) == ("needs_user", "outcome_unknown")


@pytest.mark.parametrize("error", ERRORS)
def test_a_listener_whose_error_is_one_of_a_future_s(
    make: Make,
    client: venuekey.Client[Any],
    rows: SQLiteStore,
    clock: Clock,
    venue: Venue,
    told: list[Event],
    error: type[Exception],
) -> None:
    id = called_back(make())
    calls: list[Event] = []

    async def hear(event: Event) -> None:
        calls.append(event)
        raise error

    ended(lambda: of_loop(client, rows, send=venue.asend, on_event=hear).run_once())
    assert len(calls) == 1
    clock.sleep(61)
    make().run_once()
    assert make().status(id).status == "connected"
    assert [each.kind for each in told] == ["connected"], "it is told again"


def test_a_store_that_raises_stop_iteration(client: venuekey.Client[Any], rows: SQLiteStore) -> None:
    """By `next` without a default, say. No future takes that error."""
    store = Failing(rows)
    store.__dict__["find"] = lambda owner: next(iter([]))
    told: list[BaseException] = []

    async def find() -> None:
        try:
            await of_loop(client, store, send=Venue().asend).find("user")
        except RuntimeError as error:
            told.append(error)

    ended(find)
    assert [type(each.__cause__) for each in told] == [StopIteration]


# Two loops


@contextmanager
def worker_elsewhere(connections: AsyncConnections, store: Failing) -> Iterator[list[asyncio.AbstractEventLoop]]:
    """A worker that has begun, in the loop of another thread; that loop."""
    loops: list[asyncio.AbstractEventLoop] = []
    begun, over = threading.Event(), threading.Event()

    def wait(timeout: float) -> bool:
        begun.set()
        return store.own.wait(timeout)

    store.__dict__["wait"] = wait

    async def main() -> None:
        loops.append(asyncio.get_running_loop())
        async with connections.working():
            while not over.is_set():
                await asyncio.sleep(0.005)

    thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
    thread.start()
    try:
        assert begun.wait(PATIENCE_S)
        yield loops
    finally:
        over.set()
        thread.join(PATIENCE_S)


def test_a_worker_s_coroutines_run_in_its_own_loop(
    client: venuekey.Client[Any], rows: SQLiteStore, venue: Venue
) -> None:
    """A synchronous view may ask by `asyncio.run`: that loop has ended before the worker sends."""
    heard = threading.Event()
    loops: list[asyncio.AbstractEventLoop] = []
    kinds: list[str] = []

    async def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        loops.append(asyncio.get_running_loop())
        return venue.send(request)

    async def hear(event: Event) -> None:
        loops.append(asyncio.get_running_loop())
        kinds.append(event.kind)
        heard.set()

    store = Failing(rows)
    connections = of_loop(client, store, send=send, on_event=hear)
    with worker_elsewhere(connections, store) as own:
        view = asyncio.run(connections.begin("whitebit", owner="user", goal="api_key"))
        asyncio.run(connections.receive_callback(view.id, callback_of(view)))
        assert heard.wait(PATIENCE_S), asyncio.run(connections.status(view.id)).trail[-1]
    assert kinds == ["connected"]
    assert {*loops} == {*own}


def test_the_end_of_another_loop_cuts_nothing_of_a_worker_s(
    client: venuekey.Client[Any], rows: SQLiteStore, venue: Venue
) -> None:
    in_flight, goes_on, heard = threading.Event(), threading.Event(), threading.Event()
    kinds: list[str] = []

    async def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        in_flight.set()
        while not goes_on.is_set():
            await asyncio.sleep(0.005)
        return venue.send(request)

    def hear(event: Event) -> None:
        kinds.append(event.kind)
        heard.set()

    store = Failing(rows)
    connections = of_loop(client, store, send=send, on_event=hear)
    with worker_elsewhere(connections, store):
        loop = asyncio.new_event_loop()
        view = loop.run_until_complete(connections.begin("whitebit", owner="user", goal="api_key"))
        loop.run_until_complete(connections.receive_callback(view.id, callback_of(view)))
        while not in_flight.is_set():
            loop.run_until_complete(asyncio.sleep(0.005))
        loop.close()
        goes_on.set()
        assert heard.wait(PATIENCE_S)
    assert kinds == ["connected"]


def test_a_session_s_refresh_is_sent_in_the_loop_that_asked_for_it(
    make: Make, client: venuekey.Client[Any], rows: SQLiteStore, venue: Venue
) -> None:
    """It runs in a thread of its own, while another loop asks for something and ends."""
    pair = venuekey.parts.Tokens(
        access_token="access", refresh_token=venuekey.Secret("refresh"), expires_at_ms=NOW_MS + 1_000
    )
    id = make().import_tokens("whitebit", pair, owner="user", keep_alive="on_use").id
    saves, goes_on = threading.Event(), threading.Event()
    loops: list[Any] = []
    own: list[Any] = []

    def save(row: Any) -> bool:
        saves.set()
        goes_on.wait(PATIENCE_S)
        return rows.save(row)

    async def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        loops.append(asyncio.get_running_loop())
        return venue.send(request)

    store = Failing(rows)
    store.__dict__["save"] = save
    connections = of_loop(client, store, send=send)

    async def session() -> None:
        own.append(asyncio.get_running_loop())
        await (await connections.account(id)).token_refused(1, patience_s=1)

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        session_ends = pool.submit(lambda: asyncio.run(session()))
        assert saves.wait(PATIENCE_S)
        asyncio.run(connections.find("user"))
        goes_on.set()
        session_ends.result(PATIENCE_S)
    assert loops == own


# The loop's own thread


def test_no_store_is_asked_for_the_time_in_the_loop_s_thread(client: venuekey.Client[Any], rows: SQLiteStore) -> None:
    """A server that does not answer would hold up everything else in the loop."""
    asked: list[threading.Thread] = []

    def now_ms() -> int:
        asked.append(threading.current_thread())
        return NOW_MS

    store = Failing(rows)
    store.__dict__["now_ms"] = now_ms

    async def main() -> None:
        connections = of_loop(client, store, clock=None, send=Venue().asend)
        async with connections.working():
            while not asked:
                await asyncio.sleep(0.005)
        await connections.run_once()
        assert threading.current_thread() not in asked

    asyncio.run(main())
