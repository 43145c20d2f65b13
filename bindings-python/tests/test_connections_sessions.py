"""Sessions that share a connection, that the venue's limits meet, and whose caller goes away."""

from __future__ import annotations

import asyncio
import json
import threading
from decimal import Decimal
from typing import Any, Callable, Optional

import pytest

import venuekey
from conftest import REPLIES, Clock, Venue
from connected import NEW, Failing, called_back, connected, with_tokens
from venuekey.connections import AsyncConnections, Connections, Event
from venuekey.connections._holder import holder_of_driver
from venuekey.stores import Row, Stored, StoreError
from venuekey.stores.sqlite import SQLiteStore

Make = Callable[..., Connections]
BALANCE: Any = ("POST", "/api/v4/trade-account/balance")


def limited(after_s: str) -> venuekey.parts.HttpResponse:
    return venuekey.parts.HttpResponse(429, b"{}", [("retry-after", after_s)])


def answer(status: int, body: Any) -> venuekey.parts.HttpResponse:
    return venuekey.parts.HttpResponse(status, json.dumps(body).encode())


def test_no_two_drivers_share_a_holder() -> None:
    holders = {holder_of_driver("é" * 32) for _ in range(100)}
    assert len(holders) == 100
    assert {len(each.encode()) for each in holders} == {53}


def test_threads_of_one_account_refresh_once(
    make: Make, rows: SQLiteStore, tokens: venuekey.parts.Tokens, clock: Clock, venue: Venue
) -> None:
    """The clock stands still meanwhile: all leases are of the same millisecond, and of the same revision."""
    pause, have_loaded, mine = threading.Event(), threading.Barrier(4), threading.local()

    def load(id: str) -> Optional[Stored]:
        stored = rows.load(id)
        if not getattr(mine, "has_loaded", False):
            mine.has_loaded = True
            have_loaded.wait()
        return stored

    def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        pause.wait(0.2)
        return venue.send(request)

    id = with_tokens(make(), tokens, clock)
    store = Failing(rows)
    store.__dict__["load"] = load
    mine.has_loaded = True
    account = make(store=store, send=send, sleep=lambda seconds: pause.wait(0.01)).account(id)
    got: list[int] = []
    threads = [threading.Thread(target=lambda: got.append(account.tokens().generation)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [2] * 4
    assert venue.purposes == ["refresh_tokens"]


@pytest.fixture
def session(make: Make, venue: Venue) -> Any:
    connections = make()
    account = connections.account(connected(connections))
    venue.replies = {**venue.replies, "signed_request": {"BTC": "1"}}
    account.call(*BALANCE)
    venue.sent.clear()
    return account


def test_a_request_that_the_limits_refuse_is_sent_when_they_allow_it(session: Any, venue: Venue, clock: Clock) -> None:
    venue.first["signed_request"] = [limited("2"), limited("3")]
    before_ms = clock()
    assert session.call(*BALANCE).json() == {"BTC": "1"}
    assert venue.purposes == ["signed_request"] * 3
    assert 5_000 <= clock() - before_ms < 6_000
    assert len({each.body for each in venue.sent}) == 3, "each is signed anew"


@pytest.mark.parametrize(("after_s", "patience_s"), [("31", 30), ("1", 0), ("2", 1.5)])
def test_patience_with_limits_ends(session: Any, venue: Venue, after_s: str, patience_s: float) -> None:
    venue.first["signed_request"] = [limited(after_s)]
    with pytest.raises(venuekey.UnavailableError) as raised:
        session.call(*BALANCE, patience_s=patience_s)
    assert raised.value.code == "rate_limited"
    assert venue.purposes == ["signed_request"]


def test_limits_without_end(session: Any, venue: Venue, clock: Clock) -> None:
    """Each wait is twice the one before, up to half a minute."""
    venue.first["signed_request"] = [limited("0") for _ in range(99)]
    before_ms = clock()
    with pytest.raises(venuekey.UnavailableError):
        session.call(*BALANCE, patience_s=200)
    assert len(venue.sent) == 10
    assert 151_000 <= clock() - before_ms < 152_000


@pytest.mark.parametrize("body", [{"code": 0, "message": "Too many requests."}, "<html>429</html>"])
def test_a_status_of_limits_is_waited_out(session: Any, venue: Venue, clock: Clock, body: Any) -> None:
    """Whether it is of a nonce, as its words say, or of a limit (facts/whitebit.md, D16)."""
    venue.first["signed_request"] = [answer(429, body), answer(429, body)]
    before_ms = clock()
    session.call(*BALANCE)
    assert 3_000 <= clock() - before_ms < 4_000
    signed = [each.body for each in venue.sent if each.purpose == "signed_request"]
    assert len(signed) == len({*signed}) == 3, "each is signed anew"


def test_a_number_that_is_refused_alone_is_not_waited_for(session: Any, venue: Venue, clock: Clock) -> None:
    venue.first["signed_request"] = [answer(401, {"code": 0, "message": "Too many requests."})]
    before_ms = clock()
    session.call(*BALANCE)
    assert clock() - before_ms < 1_000


@pytest.mark.parametrize("error", [StoreError("touch", "test.Down"), RuntimeError("a store of one's own")])
def test_a_reply_is_its_caller_s_although_the_use_is_not_stored(
    make: Make, rows: SQLiteStore, venue: Venue, clock: Clock, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """`call` says of a `StoreError` that nothing was sent: the order would be placed again."""
    touched: list[int] = []

    def touch(id: str, last_used_at_ms: int) -> None:
        touched.append(last_used_at_ms)
        raise error

    venue.replies = {**venue.replies, "signed_request": {"orderId": 7}}
    store = Failing(rows)
    store.__dict__["touch"] = touch
    connections = make(store=store)
    account = connections.account(connected(connections))
    for _ in range(2):
        assert account.call("POST", "/api/v4/order/new", {"market": "BTC_USDT"}).json() == {"orderId": 7}
    assert venue.purposes.count("signed_request") == 2
    assert touched == [clock()], "a store that fails may take long to say so"
    assert caplog.text.count(f"connection {account.id}: could not store that it was used (") == 1


def test_a_refusal_is_its_caller_s_although_it_is_not_stored(
    make: Make, rows: SQLiteStore, venue: Venue, caplog: pytest.LogCaptureFixture
) -> None:
    def save(row: Row) -> bool:
        raise RuntimeError("a store of one's own")

    store = Failing(rows)
    connections = make(store=store)
    account = connections.account(connected(connections))
    refused = {"message": "This action is unauthorized. Enable your key in API settings"}
    venue.first["signed_request"] = [answer(401, refused)]
    store.__dict__["save"] = save
    with pytest.raises(venuekey.ReauthorizeError, match="key_rejected"):
        account.call(*BALANCE)
    assert f"connection {account.id}: could not store that its key was refused (RuntimeError at" in caplog.text


def test_a_sender_that_returns_no_reply_is_named(make: Make) -> None:
    id = connected(make())
    broken: Any = make(send=lambda request: (200, b"{}"))
    with pytest.raises(TypeError, match="send must return an HttpResponse, not tuple"):
        broken.account(id).call(*BALANCE)


BALANCES = {"BTC": {"available": "0.10", "freeze": "0"}}


def test_a_read_goes_by_the_key(session: Any, client: venuekey.Client[Any], venue: Venue) -> None:
    venue.replies = {**venue.replies, "read_spot_balances": BALANCES}
    venue.first["read_spot_balances"] = [limited("2"), answer(429, {"message": "Too many requests."}), answer(503, {})]
    (balance,) = session.records(client.read_spot_balances(ticker="BTC"))
    assert balance == venuekey.parts.SpotBalance("BTC", Decimal("0.10"), Decimal(0))
    assert venue.purposes.count("read_spot_balances") == 4
    asked = [each for each in venue.sent if each.purpose == "read_spot_balances"]
    assert {each.url.partition("/api/")[2] for each in asked} == {"v4/trade-account/balance"}
    assert len({each.body for each in asked}) == 4, "each is signed anew"


def test_the_same_read_goes_by_tokens(
    make: Make, client: venuekey.Client[Any], tokens: venuekey.parts.Tokens, clock: Clock, venue: Venue
) -> None:
    venue.replies = {**venue.replies, "read_spot_balances": BALANCES}
    venue.first["read_spot_balances"] = [answer(401, {"data": {"message": ["Unauthorized."]}})]
    connections = make()
    account = connections.account(with_tokens(connections, tokens, clock))
    assert [balance.ticker for balance in account.records(client.read_spot_balances())] == ["BTC"]
    assert venue.purposes.count("read_spot_balances") == 2
    assert "/api/v4/accounts/balances/spot" in venue.sent[-1].url


def test_the_scope_that_the_tokens_lack_is_named_if_the_venue_refuses(
    make: Make, client: venuekey.Client[Any], clock: Clock, venue: Venue
) -> None:
    refresh = {"data": {**REPLIES["refresh_tokens"]["data"], "scope": "users.deals.read"}}
    venue.replies = {**venue.replies, "read_spot_balances": BALANCES, "refresh_tokens": refresh}
    connections = make()
    tokens = venuekey.parts.Tokens(
        access_token="a",
        refresh_token=venuekey.Secret("r"),
        expires_at_ms=clock() + 300_000,
        scope=["users.deals.read"],
    )
    account = connections.account(with_tokens(connections, tokens, clock))
    # Which read needs which scope is only inferred from the names: the venue decides.
    assert [balance.ticker for balance in account.page(client.read_spot_balances()).records] == ["BTC"]
    venue.first["read_spot_balances"] = [answer(403, {"data": {"message": ["Forbidden."]}}) for _ in range(9)]
    for _ in range(2):
        with pytest.raises(venuekey.MisuseError, match=r"scope_missing.*users\.balances\.read"):
            account.page(client.read_spot_balances())
    assert account.view().status == "connected"


def test_a_refusal_of_fresh_tokens_is_for_its_caller_alone(
    make: Make, client: venuekey.Client[Any], tokens: venuekey.parts.Tokens, clock: Clock, venue: Venue
) -> None:
    venue.replies = {**venue.replies, "read_main_balances": {}}
    venue.first["read_spot_balances"] = [answer(403, {"data": {"message": ["Forbidden."]}}) for _ in range(9)]
    connections = make()
    account = connections.account(with_tokens(connections, tokens, clock))
    for _ in range(3):
        with pytest.raises(venuekey.MisuseError, match="scope_missing"):
            account.page(client.read_spot_balances())
        assert not account.page(client.read_main_balances()).records
    assert account.view().status == "connected"
    assert venue.purposes.count("read_spot_balances") == 4
    assert venue.purposes.count("refresh_tokens") <= 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
def test_a_page_from_something_in_front_says_nothing_of_the_tokens(
    status: int, make: Make, client: venuekey.Client[Any], tokens: venuekey.parts.Tokens, clock: Clock, venue: Venue
) -> None:
    page = venuekey.parts.HttpResponse(status, b"<html>Blocked</html>")
    venue.replies = {**venue.replies, "read_spot_balances": BALANCES}
    venue.first["read_spot_balances"] = [page]
    connections = make()
    account = connections.account(with_tokens(connections, tokens, clock))
    assert [balance.ticker for balance in account.records(client.read_spot_balances())] == ["BTC"]
    assert venue.purposes.count("refresh_tokens") <= 1, "but for the one that was due"


def test_a_read_that_the_venue_refuses_the_key_for(session: Any, client: venuekey.Client[Any], venue: Venue) -> None:
    refused = {"message": "This action is unauthorized. Enable your key in API settings"}
    venue.first["read_spot_balances"] = [answer(401, refused)]
    with pytest.raises(venuekey.ReauthorizeError, match="key_rejected"):
        session.page(client.read_spot_balances())
    assert session.view().status == "needs_user"


def test_a_read_through_trouble_without_end(session: Any, client: venuekey.Client[Any], venue: Venue) -> None:
    venue.first["read_spot_balances"] = [answer(503, {}) for _ in range(99)]
    with pytest.raises(venuekey.UnavailableError):
        session.page(client.read_spot_balances())
    assert venue.purposes.count("read_spot_balances") == 5


def of_loop(client: Any, rows: SQLiteStore, clock: Clock, **more: Any) -> AsyncConnections:
    keys = venuekey.SealingKeys([NEW])
    return AsyncConnections({"whitebit": client}, rows, keys, clock=clock, sleep=clock.sleep, **more)


@pytest.mark.parametrize("listens", [False, True])
def test_the_end_of_a_loop_loses_nothing_that_has_not_taken_its_first_step(
    make: Make,
    client: venuekey.Client[Any],
    rows: SQLiteStore,
    clock: Clock,
    venue: Venue,
    listens: bool,
    told: list[Event],
) -> None:
    id = called_back(make(), "user")
    asked, waits, ordered = (threading.Event() for _ in range(3))

    async def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        return venue.send(request)

    async def hears(event: Event) -> None:
        pytest.fail("it was cancelled before")

    async def main() -> None:
        loop: Any = asyncio.get_running_loop()
        own = loop.call_soon_threadsafe

        def noticed(*order: Any, **options: Any) -> Any:
            asked.set()
            waits.wait()
            handle = own(*order, **options)
            ordered.set()
            return handle

        loop.call_soon_threadsafe = noticed
        hands: Any = {"send": venue.send, "on_event": hears} if listens else {"send": send}
        task = asyncio.ensure_future(of_loop(client, rows, clock, **hands).run_once())
        while not asked.is_set():
            await asyncio.sleep(0.001)
        # The loop does nothing until a worker's thread has asked it for something. Then it begins that, and ends.
        waits.set()
        ordered.wait()
        await asyncio.sleep(0)
        for each in asyncio.all_tasks() - {asyncio.current_task()}:
            each.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert venue.purposes.count("exchange_code") == 1
    assert len(venue.purposes) == (3 if listens else 1), "nothing was sent after that"
    clock.sleep(60)
    make(on_event=told.append).run_once()
    assert make().status(id).status == "connected"
    assert [event.kind for event in told] == ["connected"]
    assert venue.purposes.count("exchange_code") == 1


def test_a_cancelled_call_sends_nothing_more(
    make: Make, client: venuekey.Client[Any], rows: SQLiteStore, clock: Clock, venue: Venue
) -> None:
    for call in ("session", "run_once"):
        id = called_back(make(), call)

        async def main(id: str = id, call: str = call) -> None:
            async def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
                task.cancel()
                await asyncio.sleep(0)
                return venue.send(request)

            connections = of_loop(client, rows, clock, send=send)
            account = await connections.account(id)
            coming: Any = connections.run_once() if call == "run_once" else account.call(*BALANCE)
            task = asyncio.ensure_future(coming)
            with pytest.raises(asyncio.CancelledError):
                await task

        venue.sent.clear()
        asyncio.run(main())
        assert venue.purposes == ["exchange_code"]
        make().run_once()
        assert make().status(id).status == "connected", "what it brought is stored"


def test_the_end_of_a_loop_does_not_wait_for_a_listener(
    make: Make, client: venuekey.Client[Any], rows: SQLiteStore, clock: Clock, venue: Venue, told: list[Event]
) -> None:
    called_back(make())

    async def main() -> None:
        begun = asyncio.Event()

        async def hangs(event: Event) -> None:
            begun.set()
            await asyncio.Event().wait()

        connections = of_loop(client, rows, clock, send=venue.send, on_event=hangs)
        async with connections.working():
            await begun.wait()

    asyncio.run(main())
    make().run_once()
    assert [each.kind for each in told] == ["connected"]


def test_a_holder_is_checked_before_the_block(
    client: venuekey.Client[Any], rows: SQLiteStore, clock: Clock, venue: Venue
) -> None:
    async def main() -> None:
        with pytest.raises(venuekey.MisuseError, match="holder must be"):
            async with of_loop(client, rows, clock, send=venue.send).working(""):
                pytest.fail("it has begun")

    asyncio.run(main())
