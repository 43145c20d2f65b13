"""What every venue tells of an account: the same lines and records, by key and by tokens, whole and gone on with."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable, Optional, Union, cast
from urllib.parse import parse_qs, urlsplit

import pytest

import venuekey
from conftest import NOW_MS, Clock, Venue, reply
from connected import NEW, with_tokens
from venuekey.connections._history import AsyncHistory, History
from venuekey.stores.sqlite import SQLiteStore

ACCOUNT_PAGE = Path(__file__).parents[2] / "docs/account.md"
DAY_MS = 86_400_000


def transaction(number: int, at_ms: int) -> dict[str, Any]:
    return {
        "transaction_id": f"t{number}", "method": 1, "status": 3, "createdAt": at_ms // 1000, "ticker": "BTC",
        "currency": "Bitcoin", "amount": "0.10", "fee": "0", "address": "a", "memo": "", "description": "",
        "transactionHash": "h", "unique_id": None, "network": None, "details": None, "confirmations": None,
    }  # fmt: skip


def listed(*numbers: int, total: int) -> dict[str, Any]:
    rows = [transaction(number, NOW_MS - number * 1000) for number in numbers]
    return {"records": rows, "total": total, "limit": 100, "offset": 0}


WHITEBIT = {
    "ask_time": {"time": NOW_MS // 1000},
    "read_main_balances": {"BTC": {"main_balance": "0.5"}, "ETH": {"main_balance": "0"}},
    "read_spot_balances": {"BTC": {"available": "0.10", "freeze": "0.02"}},
    "read_transactions": listed(1, 2, total=2),
    "read_orders": {},
}
EMPTY = {"retCode": 0, "result": {"list": [], "nextPageCursor": ""}}
COIN = {"coin": "BTC", "walletBalance": "2", "locked": "0.5"}
DEPOSIT = {"id": "d1", "coin": "BTC", "amount": "0.10", "status": 3, "successAt": str(NOW_MS - 1000)}
BYBIT = {
    "query_time": {"time": NOW_MS},
    "ask_time": {"time": NOW_MS},
    "read_wallet_balance": {"retCode": 0, "result": {"list": [{"accountType": "UNIFIED", "coin": [COIN]}]}},
    "read_withdrawals": EMPTY,
    "read_internal_transfers": EMPTY,
    "read_order_history": EMPTY,
}


class Bybit(Venue):
    """With one deposit, in the window that has its time."""

    def send(self, request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        if request.purpose != "read_deposits":
            return super().send(request)
        self.sent.append(request)
        asked = parse_qs(urlsplit(request.url).query)
        is_newest = int(asked["endTime"][0]) > NOW_MS - DAY_MS
        return reply({"retCode": 0, "result": {"rows": [DEPOSIT] if is_newest else [], "nextPageCursor": ""}})


class World:
    """Both venues, and an account of each kind at them."""

    def __init__(self, client: venuekey.Client[Any], rows: SQLiteStore, clock: Clock, venue: Venue) -> None:
        self.whitebit, self.bybit = venue, Bybit(BYBIT)
        venue.replies = {**venue.replies, **WHITEBIT}
        broker = venuekey.Client(
            venue="bybit", environment="mainnet", client_id="demo", client_secret="s",
            redirect_uri="https://partner.example/callback",
        )  # fmt: skip
        self.parts: Any = ({"whitebit": client, "bybit": broker}, rows, venuekey.SealingKeys([NEW]))
        self.options: Any = {"clock": clock, "sleep": clock.sleep}
        self.connections = venuekey.Connections(*self.parts, send=self.send, **self.options)

    def send(self, request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        return (self.bybit if "bybit" in request.url else self.whitebit).send(request)

    def of_loop(self) -> venuekey.AsyncConnections:
        return venuekey.AsyncConnections(*self.parts, send=self.send, **self.options)

    def key(self, venue: str) -> str:
        return self.connections.import_key(venue, "the-key", "the-secret", owner="user").id


@pytest.fixture
def world(client: venuekey.Client[Any], rows: SQLiteStore, clock: Clock, venue: Venue) -> World:
    return World(client, rows, clock, venue)


def test_the_same_lines_print_each_kind_of_account(
    world: World, tokens: venuekey.parts.Tokens, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    (lines,) = re.findall(r"```python\n(account = .*?)```", ACCOUNT_PAGE.read_text("utf-8"), re.DOTALL)
    assert lines.count("\n") == 8
    ids = [world.key("whitebit"), with_tokens(world.connections, tokens, clock), world.key("bybit")]
    clock.now_ms = NOW_MS
    shown = []
    for id in ids:
        exec(lines, {"connections": world.connections, "id": id})
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1], "a key reads what tokens read"
    assert shown[0].splitlines() == [
        "main BTC 0.5",
        "spot BTC 0.12",
        "1789999999000 deposit 0.10 BTC successful",
        "1789999998000 deposit 0.10 BTC successful",
    ]
    assert shown[2].splitlines() == ["unified BTC 2", "1789999999000 deposit 0.10 BTC successful"]
    asked = [urlsplit(each.url).path for each in world.whitebit.sent]
    assert {path.split("/")[3] for path in asked if "balance" in path} == {"main-account", "trade-account", "accounts"}
    # A year, in the windows of each list.
    assert world.bybit.purposes.count("read_deposits") == world.bybit.purposes.count("read_withdrawals") == 13
    assert world.bybit.purposes.count("read_internal_transfers") == 53


def test_a_record_has_its_venue_s_own_beside_it(world: World) -> None:
    (_, spot) = world.connections.account(world.key("whitebit")).balances()
    assert (spot.free, spot.used, spot.total) == (Decimal("0.10"), Decimal("0.02"), Decimal("0.12"))
    assert spot.venue_record == venuekey.parts.SpotBalance("BTC", Decimal("0.10"), Decimal("0.02"))
    (coin,) = world.connections.account(world.key("bybit")).balances()
    assert isinstance(coin.venue_record, venuekey.parts.CoinBalance)
    assert (coin.free, coin.venue_record.locked) == (None, Decimal("0.5"))
    (deposit,) = world.connections.account(world.key("bybit")).transactions(kind="deposit")
    assert isinstance(deposit.venue_record, venuekey.parts.Deposit)
    assert deposit.at == deposit.venue_record.success_at == datetime(2026, 9, 21, 14, 13, 19, tzinfo=timezone.utc)


Taken = Callable[..., tuple[list[str], Any]]


def by_thread(world: World, id: str) -> Taken:
    """Takes so many records, or all, and what they are taken from."""

    def taken(most: Optional[int] = None, **options: Any) -> tuple[list[str], Any]:
        history = world.connections.account(id).transactions(**options)
        found: list[str] = []
        while most is None or len(found) < most:
            record = next(history, None)
            if record is None:
                break
            found.append(str(record.id))
        return found, history

    return taken


def by_loop(world: World, id: str) -> Taken:
    def taken(most: Optional[int] = None, **options: Any) -> tuple[list[str], Any]:
        async def main() -> tuple[list[str], Any]:
            history = (await world.of_loop().account(id)).transactions(**options)
            found: list[str] = []
            while most is None or len(found) < most:
                try:
                    found.append(str((await history.__anext__()).id))
                except StopAsyncIteration:
                    break
            return found, history

        return asyncio.run(main())

    return taken


WAYS = pytest.mark.parametrize("way", [by_thread, by_loop])


@WAYS
def test_a_history_goes_on_from_its_cursor(world: World, way: Callable[[World, str], Taken]) -> None:
    taken = way(world, world.key("whitebit"))
    pages = [listed(1, 2, total=4), listed(2, 3, 4, total=4)]
    world.whitebit.first["read_transactions"] = [reply(page) for page in pages]
    told: list[venuekey.Progress] = []
    found, history = taken(3, progress=told.append)
    assert found == ["t1", "t2", "t3"]
    assert [(each.records, each.list, each.window_from_ms) for each in told] == [(2, "transactions", None)]
    # From the page that has been taken in part, as it is told after the one before.
    assert history.cursor == told[0].cursor is not None
    world.whitebit.first["read_transactions"] = [reply(pages[1])]
    found, history = taken(cursor=told[0].cursor, progress=told.append)
    assert (found, history.cursor) == (["t3", "t4"], None)
    assert (told[-1].records, told[-1].cursor, told[-1].reaches_from_ms) == (2, None, None)


@WAYS
def test_a_page_that_failed_is_asked_for_again(world: World, way: Callable[[World, str], Taken]) -> None:
    taken = way(world, world.key("whitebit"))
    refused = reply({"message": "Validation failed", "code": 0, "errors": {"limit": ["x"]}}, 400)
    world.whitebit.first["read_transactions"] = [refused]
    with pytest.raises(venuekey.VenuekeyError):
        taken()
    history = world.connections.account(world.key("whitebit")).transactions()
    world.whitebit.first["read_transactions"] = [reply(listed(1, 2, total=4)), refused, reply(listed(2, 3, 4, total=4))]
    assert [next(history).id for _ in range(2)] == ["t1", "t2"]
    with pytest.raises(venuekey.VenuekeyError):
        next(history)
    assert [each.id for each in history] == ["t3", "t4"]


def test_a_closed_history_ends(world: World) -> None:
    history = world.connections.account(world.key("whitebit")).transactions()
    assert next(history).id == "t1"
    history.close()
    assert [*history] == []
    assert history.cursor is not None, "it can be gone on with"

    async def main() -> None:
        history = (await world.of_loop().account(world.key("whitebit"))).transactions()
        assert (history.cursor, history.reaches_from_ms) == (None, None)
        assert (await history.__anext__()).id == "t1"
        await history.aclose()
        assert [each async for each in history] == []

    asyncio.run(main())


def test_a_cancelled_history_goes_on_from_its_cursor(world: World) -> None:
    world.whitebit.first["read_transactions"] = [reply(listed(1, total=2)), reply(listed(1, 2, total=2))]

    async def main() -> None:
        history = (await world.of_loop().account(world.key("whitebit"))).transactions()
        own = world.whitebit.send
        assert (await history.__anext__()).id == "t1"

        def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
            loop.call_soon_threadsafe(task.cancel)
            return own(request)

        world.whitebit.send = send  # type: ignore[method-assign]
        loop, task = asyncio.get_running_loop(), asyncio.ensure_future(history.__anext__())
        with pytest.raises(asyncio.CancelledError):
            await task
        world.whitebit.send = own  # type: ignore[method-assign]
        world.whitebit.first["read_transactions"] = [reply(listed(1, 2, total=2))]
        assert [each.id async for each in history] == ["t2"]

    asyncio.run(main())


def test_a_span_out_of_reach_says_so(world: World) -> None:
    account = world.connections.account(world.key("whitebit"))
    orders = account.orders()
    assert orders.reaches_from_ms is not None
    assert NOW_MS - 185 * DAY_MS < orders.reaches_from_ms < NOW_MS - 180 * DAY_MS
    told: list[venuekey.Progress] = []
    assert [*account.orders(from_ms=NOW_MS - 40 * DAY_MS, progress=told.append)] == []
    assert [each.reaches_from_ms for each in told] == [None, None]
    spans = [(each.window_to_ms or 0) - (each.window_from_ms or 0) for each in told]
    assert spans == [30 * DAY_MS, 10 * DAY_MS + 3_601_000]
    assert world.connections.account(world.key("bybit")).orders().reaches_from_ms is None
    with pytest.raises(venuekey.MisuseError, match="begins at"):
        account.trades(to_ms=NOW_MS - 200 * DAY_MS)


def test_what_is_wrong_is_told_before_anything_is_sent(world: World) -> None:
    account = world.connections.account(world.key("whitebit"))
    cursor = account.trades().cursor
    other = world.connections.account(world.key("whitebit"))

    async def coroutine(progress: venuekey.Progress) -> None: ...

    wrong: list[tuple[Callable[[], object], str]] = [
        (lambda: account.orders(cursor=cursor), "the cursor is not one of orders"),
        (lambda: account.trades(cursor=cursor, to_ms=NOW_MS), "leave out from_ms, to_ms"),
        (lambda: account.trades(cursor="{}"), "snapshot_invalid"),
        (lambda: account.transactions(kind="transfer"), "not_supported"),
        (lambda: account.transactions(kind="gift"), "kind"),  # type: ignore[arg-type]
        (lambda: account.balances(progress=5), "progress must be a function"),  # type: ignore[arg-type]
        (lambda: account.balances(progress=coroutine), "progress is a coroutine function: use AsyncConnections"),
        (lambda: account.balances(patience_s=-1), "patience_s"),
        (lambda: account.transactions(from_ms=NOW_MS + 3_600_001), "from_ms"),
        (lambda: account.transactions(from_ms=NOW_MS // 1000), "from_ms must be Unix milliseconds"),
        (lambda: account.trades(to_ms=NOW_MS * 1000), "to_ms must be Unix milliseconds"),
        (lambda: account.orders(from_ms=0), "from_ms must be Unix milliseconds"),
        (lambda: account.orders(from_ms=-1), "from_ms must be 0 or more"),
        (lambda: account.orders(from_ms=2**64), "from_ms must be 0 or more, and not too large"),
        (lambda: other.trades(cursor=cursor), "snapshot_mismatch.*belongs to another connection"),
    ]
    for call, match in wrong:
        with pytest.raises(venuekey.VenuekeyError, match=match):
            call()
    with pytest.raises(TypeError, match="argument 'from_ms': expected int, not bool"):
        account.orders(from_ms=True)
    assert not any(purpose.startswith("read_") for purpose in world.whitebit.purposes)


def test_a_read_belongs_to_the_connection_that_has_begun_it(world: World, client: venuekey.Client[Any]) -> None:
    """The venue's own reads too: their pages' cursors are bound. One made without a connection goes with any."""
    one, other = (world.connections.account(world.key("whitebit")) for _ in range(2))
    world.whitebit.first["read_transactions"] = [reply(listed(1, 2, total=4)), reply(listed(1, 2, total=4))]
    page = one.page(client.read_transactions(limit=2))
    assert page.next is not None
    assert one.id not in page.next.cursor()
    resumed = client.resume_read(page.next.cursor())
    with pytest.raises(venuekey.MisuseError, match="snapshot_mismatch"):
        other.page(resumed)
    assert [each.transaction_id for each in other.page(client.read_transactions(limit=2)).records] == ["t1", "t2"]


def test_amounts_print_with_all_of_their_digits(world: World) -> None:
    rows = [{**transaction(1, NOW_MS), "amount": "0.00000001", "fee": "0.00000000"}]
    world.whitebit.first["read_transactions"] = [reply({**listed(total=1), "records": rows})]
    (entry,) = world.connections.account(world.key("whitebit")).transactions()
    assert entry.fee is not None
    assert (str(entry.amount), f"{entry.amount}", f"{entry.fee}") == ("0.00000001", "0.00000001", "0.00000000")
    assert (f"{entry.amount:.9f}", f"{entry.amount:e}") == ("0.000000010", "1e-8")
    assert entry.amount == Decimal("1E-8")
    assert repr(entry.amount) == "Decimal('1E-8')"
    assert f"{entry.amount + entry.amount:f}" == "0.00000002"


def test_progress_may_be_awaited(world: World) -> None:
    told: list[int] = []

    async def progress(each: venuekey.Progress) -> None:
        await asyncio.sleep(0)
        told.append(each.records)

    async def main(progress: Callable[[venuekey.Progress], Union[object, Awaitable[object]]]) -> None:
        balances = (await world.of_loop().account(world.key("whitebit"))).balances(progress=progress)
        assert [each.account async for each in balances] == ["main", "spot"]
        assert repr(balances) == "AsyncHistory(None)"

    asyncio.run(main(progress))
    assert told == [1, 2]


class Numbers:
    """A read of so many pages, ten numbers each."""

    reaches_from_ms = window_from_ms = window_to_ms = None
    list = "orders"

    def __init__(self, left: int) -> None:
        self.left = left

    def cursor(self) -> str:
        return str(self.left)

    def page(self) -> Any:
        time.sleep(0.001)
        records = range(self.left * 10, self.left * 10 + 10)
        return SimpleNamespace(records=records, next=Numbers(self.left - 1) if self.left else None)


def test_threads_share_a_history() -> None:
    """Each record goes to one of them."""
    history: History[Any] = History(cast("Any", Numbers(50)), lambda read: cast("Any", read).page(), None)
    with ThreadPoolExecutor(8) as threads:
        taken = [each for shares in threads.map(lambda _: list(history), range(8)) for each in shares]
    assert sorted(taken) == list(range(510))
    assert history.cursor is None


def test_tasks_share_a_history() -> None:
    async def begin() -> Any:
        return Numbers(50)

    async def page(read: Any) -> Any:
        await asyncio.sleep(0)
        return read.page()

    async def all_of(history: AsyncHistory[Any]) -> list[int]:
        return [record async for record in history]

    async def shared() -> list[list[int]]:
        history: AsyncHistory[Any] = AsyncHistory(begin, page, None)
        return await asyncio.gather(*(all_of(history) for _ in range(8)))

    assert sorted(each for shares in asyncio.run(shared()) for each in shares) == list(range(510))
