"""Whole reads: every record once, with tokens that stay fresh, through trouble, to an end that is the end."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
from dataclasses import FrozenInstanceError
from decimal import Decimal
from typing import Any, Callable

import pytest

import venuekey
from conftest import CANARIES, NOW_MS, Clock

NOW_S = NOW_MS // 1000
DAY_S = 86_400


def deal(id: int, at_s: float) -> dict[str, Any]:
    return {
        "id": id, "clientOrderId": "", "time": at_s, "side": "sell", "role": 2, "amount": "0.0020", "price": "40000",
        "deal": "80", "fee": "0.08", "orderId": 7, "feeAsset": "USDT",
    }  # fmt: skip


class Deals:
    """A venue with deals, two a day, newest first, whose tokens and patience a test decides."""

    def __init__(self, count: int) -> None:
        self.rows = [deal(count - n, NOW_S - 43_200 * n - 10.5) for n in range(count)]
        self.bodies: list[dict[str, Any]] = []
        self.tokens: list[str] = []
        self.first: list[venuekey.parts.HttpResponse | BaseException] = []
        self.valid: str | None = None

    def send(self, request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        assert request.replay == "safe"
        self.tokens.append(dict(request.headers)["authorization"])
        if self.first:
            answer = self.first.pop(0)
            if isinstance(answer, BaseException):
                raise answer
            return answer
        if self.valid is not None and self.tokens[-1] != f"Bearer {self.valid}":
            return venuekey.parts.HttpResponse(401, b'{"data": {"message": ["Unauthorized."]}}')
        body = json.loads(request.body or b"")
        self.bodies.append(body)
        rows = [row for row in self.rows if body["startDate"] <= row["time"] <= body["endDate"]]
        return venuekey.parts.HttpResponse(200, json.dumps(rows[body["offset"] :][: body["limit"]]).encode())


class SignedBalances:
    """A venue that takes each number once, and only larger ones."""

    def __init__(self) -> None:
        self.last = 0
        self.sent: list[venuekey.parts.HttpRequest] = []

    def send(self, request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        self.sent.append(request)
        number = json.loads(request.body or b"")["nonce"]
        if number <= self.last:
            return venuekey.parts.HttpResponse(429, b'{"code": 0, "message": "Too many requests."}')
        self.last = number
        return venuekey.parts.HttpResponse(200, b'{"BTC": {"available": "0.10", "freeze": "0"}}')


def test_a_key_reads_too(client: venuekey.Client[Any], clock: Clock) -> None:
    signer = venuekey.parts.Signer(venue="whitebit", environment="global", api_key="key", api_secret="s3cr3t")
    read = client.read_spot_balances()
    for collect in (venuekey.parts.records, by_loop):
        venue, numbers = SignedBalances(), iter([5, 5, 6])
        venue.last = 5
        nonce_ms = numbers.__next__
        found: Any = collect(read, signer=signer, nonce_ms=nonce_ms, send=venue.send, sleep=clock.sleep)
        assert [balance.ticker for balance in found] == ["BTC"]
        assert [request.url for request in venue.sent] == ["https://whitebit.com/api/v4/trade-account/balance"] * 3
    (balance,) = venuekey.parts.records(read, signer=signer, send=SignedBalances().send)
    assert balance.available == Decimal("0.10"), "the operating system's clock gives the number"


def by_loop(read: venuekey.parts.AccountRead[Any], **given: Any) -> list[Any]:
    async def collect() -> list[Any]:
        return [record async for record in venuekey.parts.arecords(read, **given)]

    return asyncio.run(collect())


def test_a_read_is_with_tokens_or_with_a_key(client: venuekey.Client[Any]) -> None:
    signer = venuekey.parts.Signer(venue="whitebit", environment="global", api_key="key", api_secret="s3cr3t")
    both: list[dict[str, Any]] = [{}, {"signer": signer, "tokens": given("access")}]
    for what in both:
        with pytest.raises(venuekey.MisuseError, match="give tokens or a signer"):
            next(venuekey.parts.records(client.read_spot_balances(), send=SignedBalances().send, **what))


def use(token: str, generation: int, client: venuekey.Client) -> venuekey.parts.UseTokens:
    """What `fresh_tokens` returns, of this generation."""
    shared = client.share_tokens(given(token, "refresh-1"), now_ms=NOW_MS)
    for number in range(2, generation + 1):
        leased = shared.plan(now_ms=NOW_MS, refused_generation=number - 1)
        assert isinstance(leased, venuekey.parts.RefreshTokens)
        reply = {"data": {"access_token": token, "refresh_token": f"refresh-{number}", "expires_in": 300}}
        answer = venuekey.parts.HttpResponse(200, json.dumps(reply).encode())
        shared = leased.next.receive_response(answer, now_ms=NOW_MS)
    plan = shared.plan(now_ms=NOW_MS)
    assert isinstance(plan, venuekey.parts.UseTokens)
    assert plan.generation == generation
    return plan


def given(token: str, refresh_token: str | None = None) -> venuekey.parts.Tokens:
    return venuekey.parts.Tokens(access_token=token, refresh_token=refresh_token, expires_at_ms=NOW_MS + 300_000)


@pytest.fixture(params=["threads", "asyncio"])
def collect(request: pytest.FixtureRequest, clock: Clock) -> Callable[..., list[Any]]:
    """`records` or `arecords`, into a list."""

    def collect(read: venuekey.parts.AccountRead[Any], *, tokens: Any, send: Any) -> list[Any]:
        if request.param == "threads":
            return list(venuekey.parts.records(read, tokens=tokens, send=send, sleep=clock.sleep))

        async def asend(asked: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
            await asyncio.sleep(0)
            reply: venuekey.parts.HttpResponse = send(asked)
            return reply

        async def atokens(refused: int | None) -> venuekey.parts.UseTokens:
            await asyncio.sleep(0)
            plan: venuekey.parts.UseTokens = tokens(refused)
            return plan

        async def run() -> list[Any]:
            held = tokens if isinstance(tokens, venuekey.parts.Tokens) else atokens
            return [each async for each in venuekey.parts.arecords(read, tokens=held, send=asend, sleep=clock.asleep)]

        return asyncio.run(run())

    return collect


def read_of(client: venuekey.Client, **more: Any) -> venuekey.parts.AccountRead[venuekey.parts.Deal]:
    return client.read_deals(market="BTC_USDT", limit=4, now_ms=NOW_MS, **more)


def test_every_record_once_to_the_end(client: venuekey.Client, collect: Callable[..., list[Any]]) -> None:
    venue = Deals(150)
    read = read_of(client, from_s=NOW_S - 70 * DAY_S)
    deals = collect(read, tokens=given("access"), send=venue.send)
    assert [each.id for each in deals] == [str(id) for id in range(150, 10, -1)]
    assert deals[0].amount == Decimal("0.0020")
    assert str(deals[0].amount) == "0.0020"
    assert deals[0].time_us == (NOW_S - 11) * 1_000_000 + 500_000
    windows = {(body["startDate"], body["endDate"]) for body in venue.bodies}
    assert len(windows) == 3
    assert all(end - start <= 30 * DAY_S for start, end in windows)
    assert venue.bodies[-1]["startDate"] == NOW_S - 70 * DAY_S
    assert len(venue.bodies) == sum(count // 4 + 1 for count in (60, 60, 20))


def test_nothing_is_asked_for_before_it_is_needed(client: venuekey.Client) -> None:
    venue = Deals(20)
    deals = venuekey.parts.records(read_of(client), tokens=given("access"), send=venue.send)
    assert venue.bodies == []
    assert [next(deals).id for _ in range(4)] == ["20", "19", "18", "17"]
    assert len(venue.bodies) == 1
    deals.close()  # type: ignore[attr-defined]


def test_pages_go_on_in_another_process(client: venuekey.Client) -> None:
    venue = Deals(20)
    ids: list[str] = []
    cursor: str | None = read_of(client).cursor()
    turns = 0
    while cursor is not None:
        assert CANARIES["access"] not in cursor
        read = client.resume_read(cursor)
        assert read.kind == "deals"
        page = next(venuekey.parts.pages(read, tokens=given(CANARIES["access"]), send=venue.send))
        ids += [each.id for each in page.records]
        cursor, turns = page.next and page.next.cursor(), turns + 1
    assert ids == [str(id) for id in range(20, 0, -1)]
    assert turns == 6


def test_a_refused_token_is_replaced_once(client: venuekey.Client, collect: Callable[..., list[Any]]) -> None:
    venue = Deals(6)
    asked: list[int | None] = []

    def tokens(refused: int | None) -> venuekey.parts.UseTokens:
        asked.append(refused)
        if refused is not None or asked.count(1):
            return use("second", 2, client)
        return use("first", 1, client)

    venue.valid = "second"
    assert len(collect(read_of(client), tokens=tokens, send=venue.send)) == 6
    assert asked == [None, 1, None], "each page asks, the refused one twice"
    assert venue.tokens == ["Bearer first", "Bearer second", "Bearer second"]


def test_a_token_that_is_refused_again_ends_it(
    client: venuekey.Client, collect: Callable[..., list[Any]], clock: Clock
) -> None:
    venue, asked = Deals(6), []
    venue.valid = "third"

    def tokens(refused: int | None) -> venuekey.parts.UseTokens:
        asked.append(refused)
        return use("first", 1, client) if refused is None else use("second", 2, client)

    with pytest.raises(venuekey.ReauthorizeError) as caught:
        collect(read_of(client), tokens=tokens, send=venue.send)
    assert (caught.value.code, caught.value.http_status) == ("token_rejected", 401)
    assert (asked, clock.slept) == ([None, 1], [])


def test_plain_tokens_are_not_asked_again(client: venuekey.Client, collect: Callable[..., list[Any]]) -> None:
    venue = Deals(6)
    venue.valid = "another"
    with pytest.raises(venuekey.ReauthorizeError):
        collect(read_of(client), tokens=given("access"), send=venue.send)
    assert len(venue.tokens) == 1


TROUBLE: list[Callable[[], Any]] = [
    lambda: venuekey.NoResponse(),
    lambda: venuekey.parts.HttpResponse(429, b""),
    lambda: venuekey.parts.HttpResponse(503, b"<html>"),
    lambda: venuekey.parts.HttpResponse(403, b"<html>blocked</html>"),
]


@pytest.mark.parametrize("trouble", TROUBLE)
def test_trouble_that_passes(
    trouble: Callable[[], Any], client: venuekey.Client, collect: Callable[..., list[Any]], clock: Clock
) -> None:
    venue = Deals(6)
    venue.first = [trouble() for _ in range(4)]
    assert len(collect(read_of(client), tokens=given("access"), send=venue.send)) == 6
    assert len(clock.slept) == 4
    assert all(first <= slept <= 1.25 * first for slept, first in zip(clock.slept, [1, 2, 4, 8])), clock.slept


@pytest.mark.parametrize("trouble", TROUBLE)
def test_trouble_that_stays(
    trouble: Callable[[], Any], client: venuekey.Client, collect: Callable[..., list[Any]], clock: Clock
) -> None:
    venue = Deals(6)
    venue.first = [trouble() for _ in range(5)]
    with pytest.raises((venuekey.NoResponse, venuekey.UnavailableError)):
        collect(read_of(client), tokens=given("access"), send=venue.send)
    assert (len(venue.tokens), len(clock.slept)) == (5, 4)


def test_the_venue_says_how_long(client: venuekey.Client, collect: Callable[..., list[Any]], clock: Clock) -> None:
    venue = Deals(2)
    venue.first = [venuekey.parts.HttpResponse(429, b"", [("Retry-After", "40")])]
    assert len(collect(read_of(client), tokens=given("access"), send=venue.send)) == 2
    assert clock.slept == [40]
    venue.first = [venuekey.parts.HttpResponse(429, b"", [("Retry-After", "61")])]
    with pytest.raises(venuekey.UnavailableError) as caught:
        collect(read_of(client), tokens=given("access"), send=venue.send)
    assert (caught.value.retry_after_ms, clock.slept) == (61_000, [40])


@pytest.mark.parametrize(
    ("reply", "error", "code"),
    [
        (venuekey.parts.HttpResponse(422, b'{"code": 30, "message": "no"}'), "MisuseError", "request_rejected"),
        (venuekey.parts.HttpResponse(404, b"{}"), "MisuseError", "not_supported"),
        (venuekey.parts.HttpResponse(200, b"<html>"), "ProtocolError", "malformed_reply"),
        (venuekey.parts.HttpResponse(200, b" " * (2**20 + 1)), "ProtocolError", "reply_too_large"),
        (venuekey.parts.HttpResponse(418, b"{}"), "UnavailableError", "venue_refused"),
    ],
)
def test_what_is_not_asked_again(
    reply: Any, error: str, code: str, client: venuekey.Client, collect: Callable[..., list[Any]], clock: Clock
) -> None:
    venue = Deals(2)
    venue.first = [reply]
    with pytest.raises(getattr(venuekey, error)) as caught:
        collect(read_of(client), tokens=given("access"), send=venue.send)
    assert (caught.value.code, clock.slept, len(venue.tokens)) == (code, [], 1)


def test_an_error_of_the_sender_or_the_tokens_goes_through(
    client: venuekey.Client, collect: Callable[..., list[Any]]
) -> None:
    venue = Deals(2)
    venue.first = [ZeroDivisionError()]
    with pytest.raises(ZeroDivisionError):
        collect(read_of(client), tokens=given("access"), send=venue.send)

    def tokens(refused: int | None) -> venuekey.parts.UseTokens:
        raise LookupError("no such user")

    with pytest.raises(LookupError):
        collect(read_of(client), tokens=tokens, send=venue.send)


def test_what_a_person_sees(client: venuekey.Client) -> None:
    read = read_of(client, client_order_id="canary-order")
    row = venuekey.parts.HttpResponse(200, json.dumps([deal(1, 1.5)] * 4).encode())
    page = read.receive(row)
    assert repr(read) == "AccountRead(whitebit global deals)"
    assert repr(page) == "Page(1 record, more to read)"
    assert repr(read.request(given(CANARIES["access"]))) == "HttpRequest(POST read_deals, safe)"
    assert page.total is None
    (record,) = page.records
    assert "price=Decimal('40000')" in repr(record)
    assert {record, copy.copy(record), pickle.loads(pickle.dumps(record))} == {record}
    with pytest.raises(FrozenInstanceError):
        record.price = Decimal(1)  # type: ignore[misc]
    with pytest.raises(TypeError):
        pickle.dumps(read)
    with pytest.raises(venuekey.MisuseError) as caught:
        client.resume_read("{" + CANARIES["access"])
    assert "canary" not in repr(caught.value)


@pytest.mark.parametrize(
    ("call", "arguments", "error"),
    [
        ("read_transactions", {"method": "both"}, venuekey.MisuseError),
        ("read_transactions", {"addresses": "bc1q"}, TypeError),
        ("read_transactions", {"status": [-1]}, OverflowError),
        ("read_transactions", {"status": [-1]}, venuekey.MisuseError),
        ("read_transactions", {"limit": True}, TypeError),
        ("read_orders", {"from_s": -1}, venuekey.MisuseError),
        ("read_orders", {"from_s": 1_790_000_000_000}, venuekey.MisuseError),
        ("read_deals", {"to_s": 0}, venuekey.MisuseError),
        ("read_orders", {"status": "open"}, venuekey.MisuseError),
        ("read_orders", {"from_s": 1.5}, TypeError),
        ("read_deals", {"order_id": 1}, TypeError),
        ("read_converts", {"limit": 101}, venuekey.MisuseError),
        ("read_main_balances", {"ticker": 7}, TypeError),
    ],
)
def test_what_can_not_be_asked(
    call: str, arguments: dict[str, Any], error: type[Exception], client: venuekey.Client
) -> None:
    with pytest.raises(error):
        getattr(client, call)(**arguments)


def test_hostile_replies_are_typed_errors(client: venuekey.Client) -> None:
    read, row = read_of(client), json.dumps([deal(1, 1.5)])
    hostile = [row[:cut] for cut in range(1, len(row))]
    hostile += [row.replace(old, new) for old in ('"40000"', "1.5", "2,") for new in ("null", "{}", "-1e999", "[[[")]
    errors = []
    for body in [*hostile, "[" * 100_000, "\ufeff" + row, '{"BTC_USDT": 7}', '"\\ud800"']:
        try:
            read.receive(venuekey.parts.HttpResponse(200, body.encode("utf-8", "surrogatepass")))
        except venuekey.ProtocolError as error:
            errors.append(error)
    assert len(errors) > 0.9 * len(hostile)
    assert {error.code for error in errors} == {"malformed_reply"}
    assert not any("40000" in str(error) for error in errors)
