"""What a worker does with rows, without an exchange. tests/journeys has the rest."""

from __future__ import annotations

import concurrent.futures
import threading
from typing import Any, Callable

import pytest

import venuekey
from conftest import CANARIES, LAST_MS, NOW_MS, Clock, Venue
from connected import OLD, Failing, called_back, connected
from venuekey._native import _ConnectionDriver
from venuekey.connections import Connections, Event
from venuekey.connections._time import Time
from venuekey.stores import Row
from venuekey.stores.sqlite import SQLiteStore


def test_what_this_process_lacks_is_no_damage(make: Callable[..., Connections], caplog: Any) -> None:
    """A configuration or a clock that is wrong must not take every row out of work."""
    connections = make()
    id = called_back(connections)
    make(keys=[OLD]).run_once()
    make(clients={"other": make()._rows.client("whitebit")}).run_once()
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
    ids = [connected(connections, f"user-{number}") for number in range(5)]
    clock.now_ms = max(connections.status(id).due_at_ms or 0 for id in ids)
    for stored in rows.due(clock.now_ms, 10):
        rows.touch(stored.row.id, clock.now_ms)
    id = called_back(connections, "late")
    connections.run_once()
    assert connections.status(id).status == "connected"
    assert "probe_key" not in venue.purposes


def test_a_refresh_by_a_clock_that_is_ahead_holds_up_no_others_once_it_is_right(
    make: Callable[..., Connections], venue: Venue, clock: Clock
) -> None:
    """All workers of a store take turns by a counter that never goes back, and WhiteBIT's pairs last ten minutes."""

    def due(owner: str) -> None:
        pair: dict[str, Any] = {"access_token": "access", "refresh_token": venuekey.Secret("refresh")}
        tokens = venuekey.parts.Tokens(**pair, expires_at_ms=clock.now_ms + 300_000)
        make().import_tokens("whitebit", tokens, owner=owner, keep_alive="access")

    due("user")
    clock.now_ms += 3_600_000
    make().run_once()
    clock.now_ms -= 3_600_000
    due("other")
    venue.sent.clear()
    clock.now_ms += 290_000
    make().run_once()
    assert venue.purposes == ["refresh_tokens"]


def test_a_scheduler_comes_back_later_for_what_is_left_alone(make: Callable[..., Connections], clock: Clock) -> None:
    """Such rows stay due: by their time it would come back at once, and for ever."""
    called_back(make())
    lacks_its_key = make(keys=[OLD])
    assert lacks_its_key.run_once() == clock() + 60_000
    lacks_its_client = make(clients={"other": make()._rows.client("whitebit")})
    assert lacks_its_client.run_once() == clock() + 60_000
    assert lacks_its_client.run_once(deadline_s=0) == clock(), "it has not come to that"


def test_a_scheduler_comes_back_soon_for_what_failed(
    make: Callable[..., Connections], rows: SQLiteStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("venuekey.connections._work.AGAIN_S", (0.001,))
    failing = Failing(rows)
    failing.fails["find_account"] = 99
    connections = make(store=failing)
    id = connected(connections)
    connections.forget("user")
    assert connections.run_once() == clock() + 1_000
    failing.fails.clear()
    connections.run_once()
    assert connections.status(id).status == "ended"


def test_no_new_work_after_the_deadline(make: Callable[..., Connections], venue: Venue) -> None:
    connections = make()
    called_back(connections)
    assert connections.run_once(deadline_s=0) is not None
    assert venue.sent == []


def test_an_event_is_told_again_where_its_listener_failed(
    make: Callable[..., Connections], told: list[Event], clock: Clock
) -> None:
    fails = [True]

    def heard(event: Event) -> None:
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
    assert [(each.connection_id, each.number, each.kind) for each in told] == [(id, 1, "connected")]


def test_a_coroutine_function_hears_nothing_in_vain(
    make: Callable[..., Connections], told: list[Event], clock: Clock, caplog: Any
) -> None:
    async def heard(event: Event) -> None:
        told.append(event)

    called_back(make())
    make(on_event=heard).run_once()
    assert "on_event must be a plain function" in caplog.text
    clock.sleep(61)
    make().run_once()
    assert [each.kind for each in told] == ["connected"]


@pytest.mark.parametrize("call", ["save", "now_ms"])
def test_a_store_that_fails_after_a_reply_loses_nothing(
    make: Callable[..., Connections], rows: SQLiteStore, venue: Venue, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("venuekey.connections._work.AGAIN_S", (0.01,))
    failing = Failing(rows)

    def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        failing.fails[call] = 3 if request.purpose == "fetch_secret" else 0
        return venue.send(request)

    connections = make(store=failing, send=send, clock=None)
    id = called_back(connections)
    connections.run_once()
    assert connections.status(id).status == "connected"
    assert venue.purposes.count("fetch_secret") == 1


@pytest.mark.parametrize("of", ["the clock", "the store's clock"])
@pytest.mark.parametrize("says", [OSError("no time"), 1.5, NOW_MS // 1000])
def test_a_clock_that_fails_after_a_reply_loses_nothing(
    make: Callable[..., Connections], rows: SQLiteStore, venue: Venue, clock: Clock, caplog: Any, of: str, says: Any
) -> None:
    failing: list[Any] = []

    def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        reply = venue.send(request)
        if request.purpose == "exchange_code":
            # At each of the looks that follow, for a while.
            failing.extend([says] * 4)
        return reply

    def now_ms() -> Any:
        if not failing:
            return clock()
        if isinstance(failing[-1], OSError):
            raise failing.pop()
        return failing.pop()

    store = Failing(rows)
    store.__dict__["now_ms"] = now_ms
    hands: dict[str, Any] = {"clock": now_ms} if of == "the clock" else {"clock": None, "store": store}
    connections = make(send=send, **hands)
    id = called_back(connections)
    connections.run_once()
    assert not failing
    assert connections.status(id).status == "connected"
    assert venue.purposes.count("exchange_code") == 1
    assert caplog.text.count("the clock fails (") == 1


def test_a_clock_that_fails_is_counted_on_from_what_it_said(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    passed_s = [5.0]
    monkeypatch.setattr("venuekey._clock.time.monotonic", lambda: passed_s[0])
    nothing: Any = None
    said: list[Any] = [NOW_MS, OSError(), OSError(), NOW_MS + 9_000, NOW_MS // 1000]

    def says() -> Any:
        one = said.pop(0)
        if isinstance(one, OSError):
            raise one
        return one

    time = Time(nothing, says)
    assert time.now_ms() == NOW_MS
    passed_s[0] += 0.25
    assert time.now_ms() == NOW_MS + 250
    passed_s[0] += 1
    assert [time.now_ms() for _ in range(3)] == [NOW_MS + 1_250, NOW_MS + 9_000, NOW_MS + 9_000]


def test_a_reply_that_others_are_always_before_is_stored_in_the_end(
    make: Callable[..., Connections], rows: SQLiteStore, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    busy, lost = Failing(rows), [0]
    paused: list[float] = []
    monkeypatch.setattr("venuekey.connections._work.time.sleep", paused.append)

    def save(row: Row) -> bool:
        if "exchange_code" in told_of_sends and lost[0] < 12:
            lost[0] += 1
            return False
        return rows.save(row)

    told_of_sends: list[str] = []

    def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        told_of_sends.append(request.purpose)
        return Venue().send(request)

    busy.__dict__["save"] = save
    connections = make(store=busy, send=send)
    id = called_back(connections)
    connections.run_once()
    assert connections.status(id).status == "connected"
    assert sorted(each for each in paused if each >= 0.02)[-3:] == [1.0, 1.0, 1.0]
    assert "others have saved it first, 10 times" in caplog.text


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


async def _late(reply: object) -> object:
    return reply


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (None, "NoneType"),
        ("text", "str"),
        ((200, b""), "tuple"),
        (_late, "coroutine; AsyncConnections takes coroutine functions"),
        (concurrent.futures.Future(), "Future"),
    ],
)
def test_a_sender_that_returns_no_reply(
    make: Callable[..., Connections], venue: Venue, caplog: pytest.LogCaptureFixture, answer: Any, kind: str
) -> None:
    def send(request: venuekey.parts.HttpRequest) -> Any:
        venue.send(request)
        return answer(request) if answer is _late else answer

    connections = make(send=send)
    id = called_back(connections)
    connections.run_once()
    assert f"the sender failed: send must return an HttpResponse, not {kind}; see https://" in caplog.text
    view = connections.status(id)
    assert (view.status, view.error and view.error.code) == ("needs_user", "outcome_unknown")
    assert venue.purposes == ["exchange_code"]


def test_an_end_does_not_wait_for_a_free_place(make: Callable[..., Connections], venue: Venue, clock: Clock) -> None:
    """All places are taken by questions that nobody answers."""
    asked, go_on = threading.Semaphore(0), threading.Event()

    def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
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
    assert "check_key" not in venue.purposes
    go_on.set()
    make().run_once()
    assert {connections.status(id).status for id in ids} == {"connected"}


def test_refreshes_that_would_wait_too_long_take_no_turn(make: Callable[..., Connections], clock: Clock) -> None:
    """A turn that is taken and not used would be lost for all workers."""
    connections = make()
    turns = connections._hands._turns
    tokens = venuekey.parts.Tokens(access_token="a", refresh_token="r", expires_at_ms=clock() + 300_000)
    of = connections._rows.client("whitebit")
    row = of.import_tokens(tokens, owner="user", client_name="whitebit", now_ms=clock())
    clock.sleep(200)
    driver = _ConnectionDriver(row, holder="worker", now_ms=clock()).saved(now_ms=clock())
    assert driver.action == "send"
    starts = [turns.start_ms(driver) for _ in range(20)]
    assert starts[:4] == [clock() + ahead_ms for ahead_ms in (0, 2_000, 4_000, 6_000)]
    assert {*starts[4:]} == {None}
    clock.sleep(2)
    assert turns.start_ms(driver) == clock() + 6_000, "the others have cost nothing"
