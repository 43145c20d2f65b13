"""A key at work: signing from Python's own types, replies, nonces, `call` over real sockets."""

from __future__ import annotations

import asyncio
import base64
import copy
import enum
import hashlib
import hmac
import json
import pickle
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Callable

import pytest

import venuekey
from conftest import CANARIES, NOW_MS, Venue, reply
from corpus import MANIFEST, load
from loopback import Loopback, Recorded, plain
from venuekey.senders import async_httpx_sender, httpx_sender, requests_sender

SECRET = "test-secret"


def signer(venue: venuekey.parts.Venue = "whitebit", **given: Any) -> venuekey.parts.Signer:
    given = {"api_key": "key", "api_secret": SECRET, **given}
    if venue == "whitebit":
        return venuekey.parts.Signer(venue=venue, environment="global", **given)
    return venuekey.parts.Signer(venue=venue, environment="mainnet", **given)


def body(parameters: Any, venue: venuekey.parts.Venue = "whitebit") -> str:
    path = "/api/v4/order/new" if venue == "whitebit" else "/v5/order/create"
    sent = signer(venue).sign("POST", path, parameters, nonce_ms=1).body
    assert sent is not None
    return sent.decode().replace('{"request":"/api/v4/order/new","nonce":1,', "{")


def signed_vectors() -> list[dict[str, Any]]:
    found = []
    for case in (load(name) for name in MANIFEST["cases"] if name.startswith("values/sign/")):
        # A number with a point is a Decimal in Python, and a Decimal is sent as text; an escape is not kept either.
        if "raises" not in case["expect"] and not set(".\\") & set(case["parameters"].replace("1.5e3", "")):
            found.append(case)
    return found


@pytest.mark.parametrize("case", signed_vectors(), ids=lambda case: case["name"])
def test_a_mapping_is_signed_as_its_text_is(case: dict[str, Any]) -> None:
    parameters = json.loads(case["parameters"])
    request = venuekey.parts.Signer(**case["signer"]).sign(
        case["method"], case["path"], parameters, nonce_ms=case["nonce_ms"]
    )
    got = {"url": request.url, "headers": [list(header) for header in request.headers]}
    assert got == {name: case["expect"][name] for name in got}
    assert (request.body and request.body.decode()) == case["expect"]["body"]


def test_the_vectors_signed_as_mappings_are_most_of_them() -> None:
    assert len(signed_vectors()) >= 15


@pytest.mark.parametrize(
    ("parameters", "sent"),
    [
        ({"z": 1, "a": True, "m": None}, '{"z":1,"a":true,"m":null}'),
        ({"amount": Decimal("0.010")}, '{"amount":"0.010"}'),
        ({"amount": Decimal("1E+3"), "b": Decimal("1e-8")}, '{"amount":"1000","b":"0.00000001"}'),
        ({"list": [{"price": Decimal("-0.50")}], "t": (1, 2)}, '{"list":[{"price":"-0.50"}],"t":[1,2]}'),
        (MappingProxyType({"b": OrderedDict(y="1", x="2")}), '{"b":{"y":"1","x":"2"}}'),
        ('{ "b" : "1", "a" : 2 }', '{"b":"1","a":2}'),
    ],
)
def test_parameters(parameters: Any, sent: str) -> None:
    assert body(parameters) == sent


class Side(str, enum.Enum):
    BUY = "buy"


@pytest.mark.parametrize(
    "parameters",
    [
        {"".join(map(chr, range(0x80))): "".join(map(chr, range(0x80))), "é€𝄞": "\u2028\ufeff"},
        {"a": 0, "b": -1, "c": 10**40, "d": True, "e": False, "f": None, "g": "", "": " "},
        {"side": Side.BUY, "n": 1},
        {"list": [], "dict": {}, "plain": "x"},
    ],
)
def test_plain_values_are_spelt_as_json_spells_them(parameters: dict[str, Any]) -> None:
    assert body(parameters, "bybit") == json.dumps(parameters, separators=(",", ":"), ensure_ascii=False)


def test_text_beyond_ascii_is_sent_as_it_is_where_the_venue_takes_it() -> None:
    assert body({"note": "é"}, "bybit") == '{"note":"é"}'
    with pytest.raises(venuekey.MisuseError) as caught:
        body({"note": "é"})
    assert caught.value.code == "invalid_argument"
    assert "ASCII" in (caught.value.hint or "")


def test_no_parameters() -> None:
    given: list[Any] = [None, {}, "{}"]
    for none in given:
        assert signer("bybit").sign("POST", "/v5/x", none, nonce_ms=1).body == b"{}"
    assert signer("bybit").sign("GET", "/v5/x", nonce_ms=1).url == "https://api.bybit.com/v5/x"


@pytest.mark.parametrize("venue", ["whitebit", "bybit"])
@pytest.mark.parametrize(
    ("parameters", "refusal", "says"),
    [
        ({"canary": 0.1}, TypeError, "a float, which has no exact decimal digits: give a Decimal or a str"),
        ({"a": [{"canary": (1.0,)}]}, TypeError, "is a float"),
        ({"canary": float("nan")}, TypeError, "is a float"),
        ({"canary": Decimal("NaN")}, ValueError, "not finite"),
        ({"canary": Decimal("-Infinity")}, ValueError, "not finite"),
        ({"canary": venuekey.Secret("canary")}, TypeError, "Secret is not JSON serializable"),
        ({1: "canary"}, TypeError, "names of parameters are str"),
        ({"a": {1.5: "canary"}}, TypeError, "names of parameters are str"),
        ([("canary", 1)], TypeError, "a mapping, or JSON in a str, not list"),
        (b'{"canary":1}', TypeError, "a mapping, or JSON in a str, not bytes"),
        ('["canary"]', venuekey.MisuseError, "JSON object"),
    ],
)
def test_parameters_that_are_refused(
    venue: venuekey.parts.Venue, parameters: Any, refusal: type[Exception], says: str
) -> None:
    with pytest.raises(refusal, match=says) as caught:
        body(parameters, venue)
    assert "canary" not in repr(caught.value)


def test_the_clock_where_no_nonce_is_given() -> None:
    def nonce(request: venuekey.parts.HttpRequest) -> int:
        return int(json.loads(request.body or b"")["nonce"])

    before = time.time_ns() // 1_000_000
    got = [nonce(signer().sign("POST", "/api/v4/x")), nonce(signer().probe())]
    after = time.time_ns() // 1_000_000
    assert before <= got[0] <= got[1] <= after
    assert nonce(signer().probe(nonce_ms=7)) == 7
    with pytest.raises(OverflowError):
        signer().sign("POST", "/api/v4/x", nonce_ms=-1)


def test_a_method_that_does_not_exist() -> None:
    with pytest.raises(venuekey.MisuseError) as caught:
        signer().sign("PUT", "/api/v4/x")  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.hint) == ("invalid_argument", "method must be one of: GET, POST, DELETE")


def test_a_reply_keeps_every_digit() -> None:
    text = '{"a": 1.50, "b": "0.10", "c": 1e-8, "d": 12345678901234567890}'
    got = signer().receive_response(venuekey.parts.HttpResponse(200, text.encode()))
    assert got.payload == text
    assert repr(got.json()) == ("{'a': Decimal('1.50'), 'b': '0.10', 'c': Decimal('1E-8'), 'd': 12345678901234567890}")
    assert repr(got) == f"SignedReply({len(text)} bytes)"


@pytest.mark.parametrize(
    ("code", "error", "named"),
    [
        (10001, venuekey.MisuseError, "request_rejected"),
        (10004, venuekey.MisuseError, "signature_rejected"),
        (10005, venuekey.UserActionError, "permission_denied"),
        (10003, venuekey.ReauthorizeError, "key_rejected"),
        (10002, venuekey.UnavailableError, "clock_rejected"),
        (10006, venuekey.UnavailableError, "rate_limited"),
    ],
)
def test_a_refusal_is_raised_as_its_kind(code: int, error: type[venuekey.VenuekeyError], named: str) -> None:
    refusal = reply({"retCode": code, "retMsg": "canary-words", "result": {}})
    for read in (signer("bybit").receive_response, signer("bybit").receive_probe):
        with pytest.raises(error) as caught:
            read(refusal)
        told = caught.value
        assert (told.code, told.venue, told.venue_code, told.venue_text) == (named, "bybit", str(code), "canary-words")
        assert (told.recovery, told.flow) == (None, None)
        assert "canary-words" not in str(told) + repr(told)


def test_what_a_probe_proves() -> None:
    result = {
        "userID": 106000001,
        "readOnly": 0,
        "type": 2,
        "ips": ["203.0.113.7"],
        "expiredAt": "2026-01-01T00:00:00Z",
        "permissions": {"Spot": ["SpotTrade"], "Options": []},
    }
    proof, same, other = (
        signer("bybit").receive_probe(reply({"retCode": 0, "result": {**result, "readOnly": read_only}}))
        for read_only in (0, 0, 1)
    )
    assert proof == same
    assert proof != other
    assert (proof.is_permitted, proof.is_read_only, proof.is_third_party) == (True, False, True)
    assert (proof.uid, proof.ips, proof.expires_at) == ("106000001", ("203.0.113.7",), "2026-01-01T00:00:00Z")
    assert proof.permissions is not None
    assert {each.name: each.granted for each in proof.permissions} == {"Spot": ("SpotTrade",), "Options": ()}
    assert proof.permissions == same.permissions
    assert repr(proof) == 'KeyProof(is_permitted=True, uid="106000001")'
    with pytest.raises(AttributeError):
        proof.uid = "1"  # type: ignore[misc] # pyright: ignore[reportAttributeAccessIssue]
    bare = signer().receive_probe(reply({"code": 1, "message": "You don't have permission to use this endpoint."}, 403))
    assert (bare.is_permitted, bare.permissions, bare.uid, bare.ips) == (False, None, None, ())


def test_the_distance_to_the_venues_clock() -> None:
    def read(ms: int) -> venuekey.parts.ClockOffset:
        answer = reply({"retCode": 0, "result": {}, "time": ms})
        return signer("bybit").receive_time(answer, sent_at_ms=NOW_MS, received_at_ms=NOW_MS + 20)

    behind = read(NOW_MS - 990)
    assert (behind.ahead_ms, behind.uncertainty_ms) == (-1000, 10)
    assert behind == read(NOW_MS - 990)
    assert len({behind, read(NOW_MS - 990), read(NOW_MS)}) == 2
    assert venuekey.parts.ClockOffset.__match_args__ == ("ahead_ms", "uncertainty_ms")
    with pytest.raises(venuekey.ProtocolError):
        signer("bybit").receive_time(reply({}), sent_at_ms=0, received_at_ms=0)


def test_threads_share_a_block_of_nonces() -> None:
    nonces = venuekey.parts.Nonces.reserve(0, 4_000, venue_now_ms=NOW_MS)
    gate, taken = threading.Barrier(16), []

    def work() -> None:
        gate.wait()
        mine = []
        while (nonce := nonces.take(venue_now_ms=NOW_MS)) is not None:
            mine.append(nonce)
        assert mine == sorted(mine)
        taken.extend(mine)

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(NOW_MS, NOW_MS + 4_000)), "each once, none left"


def test_a_block_of_nonces() -> None:
    before = time.time_ns() // 1_000_000
    nonces = venuekey.parts.Nonces.reserve(0, 2, nonce_window=True)
    first = nonces.take()
    assert first is not None
    assert before <= first <= time.time_ns() // 1_000_000
    assert (nonces.take(), nonces.take(), nonces.reserved) == (first + 1, None, first + 1)
    assert repr(nonces) == f"Nonces(reserved={first + 1})"
    following = venuekey.parts.Nonces.reserve(nonces.reserved, 1, venue_now_ms=0)
    assert following.take() == first + 2
    for attempt in (lambda: pickle.dumps(nonces), lambda: copy.copy(nonces), lambda: copy.deepcopy(nonces)):
        with pytest.raises(TypeError, match="both would give the same nonces"):
            attempt()
    with pytest.raises(TypeError, match="cannot create"):
        venuekey.parts.Nonces()
    for count in (0, 4_001):
        with pytest.raises(venuekey.MisuseError) as caught:
            venuekey.parts.Nonces.reserve(0, count)
        assert caught.value.code == "invalid_argument"
    with pytest.raises(OverflowError):
        venuekey.parts.Nonces.reserve(-1, 1)


def test_a_key_goes_in_as_a_connection_brings_it(begin: Callable[[], venuekey.parts.Step], venue: Venue) -> None:
    done = venuekey.parts.drive(begin(), send=venue.send, save=lambda _: True, clock=lambda: NOW_MS)
    assert isinstance(done.outcome, venuekey.parts.ApiKeyGranted)
    key = done.outcome.key
    venue_of: Any = {"venue": "whitebit", "environment": "global"}
    as_secret = venuekey.parts.Signer(**venue_of, api_key=key.api_key, api_secret=key.api_secret)
    as_text = venuekey.parts.Signer(**venue_of, api_key=key.api_key.expose(), api_secret=key.api_secret.expose())
    assert as_secret.venue == "whitebit"
    assert as_secret.probe(nonce_ms=1).headers == as_text.probe(nonce_ms=1).headers
    with pytest.raises(TypeError) as caught:
        venuekey.parts.Signer(**{**venue_of, "api_key": "key", "api_secret": b"canary"})
    assert str(caught.value) == "argument 'api_secret': expected str or Secret, not bytes"


def verified(request: Recorded) -> dict[str, Any]:
    """What WhiteBIT would make of it, by Python's own hmac (facts/whitebit.md, 10.1)."""
    headers = dict(request.headers)
    payload = base64.b64encode(request.body)
    signature = hmac.new(SECRET.encode(), payload, hashlib.sha512).hexdigest()
    assert (headers["x-txc-payload"].encode(), headers["x-txc-signature"]) == (payload, signature)
    got: dict[str, Any] = json.loads(request.body)
    return got


Calls = Callable[..., venuekey.SignedReply]


@pytest.fixture(params=["httpx", "requests", "async httpx", "asyncio with a plain function"])
def call(request: pytest.FixtureRequest) -> Calls:
    if request.param == "httpx":
        return lambda *given, **named: venuekey.parts.call(*given, send=httpx_sender(), **named)
    if request.param == "requests":
        return lambda *given, **named: venuekey.parts.call(*given, send=requests_sender(), **named)
    either: Any = async_httpx_sender() if request.param == "async httpx" else httpx_sender()
    return lambda *given, **named: asyncio.run(venuekey.parts.acall(*given, send=either, **named))


def test_a_call_over_a_socket(call: Calls, server: Loopback) -> None:
    server.answer = lambda request: plain(200, b'{"BTC": {"available": "0.10"}}')
    at_server = signer(api_base=server.base)
    parameters: Mapping[str, object] = {"ticker": "BTC", "x": Decimal("1.50")}
    got = call(at_server, "POST", "/api/v4/trade-account/balance", parameters, nonce_ms=5)
    assert got.json() == {"BTC": {"available": "0.10"}}
    assert call(at_server, "POST", "/api/v4/trade-account/balance").payload == '{"BTC": {"available": "0.10"}}'
    first, second = server.recorded
    assert first.path == "/api/v4/trade-account/balance"
    assert verified(first) == {
        "request": "/api/v4/trade-account/balance", "nonce": 5, "ticker": "BTC", "x": "1.50"
    }  # fmt: skip
    assert abs(verified(second)["nonce"] - time.time_ns() // 1_000_000) < 60_000


def test_a_call_that_is_refused_or_unanswered(call: Calls, server: Loopback) -> None:
    server.answer = lambda request: plain(400, b'{"code": 9, "message": "Invalid payload."}')
    with pytest.raises(venuekey.MisuseError) as caught:
        call(signer(api_base=server.base), "POST", "/api/v4/x")
    assert (caught.value.code, caught.value.venue_code) == ("request_rejected", "9")
    # The effect may be there, and nothing came back.
    server.answer = lambda request: None
    with pytest.raises(venuekey.NoResponse) as unanswered:
        call(signer(api_base=server.base), "POST", "/api/v4/x")
    assert len(server.recorded) == 2, "nothing is sent twice"
    assert unanswered.value.__context__ is None
    with pytest.raises(TypeError, match="is a float"):
        call(signer(api_base=server.base), "POST", "/api/v4/x", {"amount": 0.1})
    assert len(server.recorded) == 2, "nothing unsigned is sent"


def test_nothing_of_a_key_is_shown(call: Calls, server: Loopback) -> None:
    shy = venuekey.parts.Signer(
        venue="whitebit",
        environment="global",
        api_key=CANARIES["public_key"],
        api_secret=CANARIES["api_secret"],
        api_base=server.base,
    )
    server.answer = lambda request: None
    with pytest.raises(venuekey.NoResponse) as caught:
        call(shy, "POST", "/api/v4/x")
    assert "canary" not in repr(caught.value)
    assert repr(shy) == "Signer(whitebit global)"
