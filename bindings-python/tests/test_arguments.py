"""What is no argument at all, told before anything is saved or sent."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable

import httpx
import pytest
import requests

import venuekey
from conftest import NOW_MS, Venue
from venuekey.senders import async_httpx_sender, httpx_sender, requests_sender

Begin = Callable[[], venuekey.parts.Step]


async def asend(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
    raise AssertionError("sent")


def unsaved(snapshot: venuekey.parts.Snapshot) -> bool:
    raise AssertionError("saved")


@pytest.mark.parametrize(
    ("send", "says"),
    [
        (None, "send must be a function, not None"),
        ("https://", "send must be a function, not str"),
        (httpx_sender, "call it: send=httpx_sender()"),
        (requests_sender, "call it: send=requests_sender()"),
        (async_httpx_sender, "call it: send=async_httpx_sender()"),
        (asend, "send is a coroutine function: use a"),
    ],
)
@pytest.mark.parametrize("work", ["drive", "call", "records", "fresh_tokens"])
def test_a_send_that_is_none(
    work: str, send: Any, says: str, client: venuekey.Client, tokens: venuekey.parts.Tokens, begin: Begin
) -> None:
    signer = venuekey.parts.Signer(venue="bybit", environment="mainnet", api_key="key", api_secret="s3cr3t")
    shared = client.share_tokens(tokens, now_ms=NOW_MS)
    works: dict[str, Callable[[], object]] = {
        "drive": lambda: venuekey.parts.drive(begin(), send=send, save=unsaved),
        "call": lambda: venuekey.parts.call(signer, "GET", "/v5/user/query-api", send=send),
        "records": lambda: next(venuekey.parts.records(client.read_main_balances(), tokens=tokens, send=send)),
        "fresh_tokens": lambda: venuekey.parts.fresh_tokens(
            client, load=lambda: shared.snapshot().expose(), save=unsaved, send=send
        ),
    }
    with pytest.raises(TypeError) as caught:
        works[work]()
    assert says in str(caught.value)


def test_what_is_no_step(client: venuekey.Client, venue: Venue) -> None:
    started = client.begin("api_key")
    for given, says in (
        (started.pending, r"not Flow: give it flow.resume\(\)"),
        (started, "not Started: send the browser"),
        (None, "not None"),
    ):
        with pytest.raises(TypeError, match=says):
            venuekey.parts.drive(given, send=venue.send, save=unsaved)  # type: ignore[arg-type]


CLIENT: dict[str, Any] = {"client_id": "demo", "client_secret": "s3cr3t", "redirect_uri": "https://partner.example/cb"}


class Objects:
    """What the refused calls below are made on."""

    def __init__(self) -> None:
        self.client = venuekey.Client(venue="whitebit", environment="global", **CLIENT)
        self.signer = venuekey.parts.Signer(venue="whitebit", environment="global", api_key="key", api_secret="s3cr3t")
        self.tokens = venuekey.parts.Tokens(access_token="a", refresh_token="r", expires_at_ms=NOW_MS + 300_000)
        self.pending = self.client.begin("api_key", now_ms=NOW_MS).pending
        self.shared = self.client.share_tokens(self.tokens, now_ms=NOW_MS)
        self.read = self.client.read_main_balances()
        self.watch = venuekey.parts.KeyWatch("whitebit", NOW_MS)
        self.keys = venuekey.SealingKeys([("k", bytes(32))])


ADDRESS = httpx.URL("https://partner.example/callback?code=canary")
FOREIGN = (httpx.Response(200, content=b"canary"), requests.Response())

TEXTS: dict[str, tuple[str, Callable[[Objects, Any], object]]] = {
    "receive_callback": ("url", lambda on, given: on.pending.receive_callback(given)),
    "receive_pasted_code": ("pasted", lambda on, given: on.pending.receive_pasted_code(given)),
    "redirect_uri": (
        "redirect_uri",
        lambda on, given: venuekey.Client(venue="bybit", environment="mainnet", **{**CLIENT, "redirect_uri": given}),
    ),
    "client_secret": (
        "client_secret",
        lambda on, given: venuekey.Client(venue="bybit", environment="mainnet", **{**CLIENT, "client_secret": given}),
    ),
    "restore": ("text", lambda on, given: on.client.restore(given)),
    "restore_tokens": ("text", lambda on, given: on.client.restore_tokens(given)),
    "open": ("sealed", lambda on, given: on.client.open(given, keys=on.keys, context="c")),
    "accept_hand_off": ("text", lambda on, given: on.client.accept_hand_off(given)),
    "sign": ("path", lambda on, given: on.signer.sign("POST", given)),
}

RESPONSES: dict[str, Callable[[Objects, Any], object]] = {
    "Flow.receive_response": lambda on, given: on.pending.receive_response(given),
    "SharedTokens.receive_response": lambda on, given: on.shared.receive_response(given),
    "Signer.receive_response": lambda on, given: on.signer.receive_response(given),
    "Signer.receive_probe": lambda on, given: on.signer.receive_probe(given),
    "Signer.receive_time": lambda on, given: on.signer.receive_time(given, sent_at_ms=1, received_at_ms=2),
    "AccountRead.receive": lambda on, given: on.read.receive(given),
}

TIMES: dict[str, tuple[str, Callable[[Objects, Any], object]]] = {
    "begin": ("now_ms", lambda on, given: on.client.begin("api_key", now_ms=given)),
    "accept_hand_off": ("now_ms", lambda on, given: on.client.accept_hand_off("{}", now_ms=given)),
    "share_tokens": ("now_ms", lambda on, given: on.client.share_tokens(on.tokens, now_ms=given)),
    "refresh_tokens": ("now_ms", lambda on, given: on.client.refresh_tokens(on.tokens, now_ms=given)),
    "check_key": ("now_ms", lambda on, given: on.client.check_key(on.tokens, now_ms=given)),
    "delete_key": ("now_ms", lambda on, given: on.client.delete_key(on.tokens, "id", now_ms=given)),
    "reissue_key": ("now_ms", lambda on, given: on.client.reissue_key(on.tokens, "id", now_ms=given)),
    "read_orders": ("now_ms", lambda on, given: on.client.read_orders(now_ms=given)),
    "read_deals": ("from_s", lambda on, given: on.client.read_deals(from_s=given)),
    "read_converts": ("to_s", lambda on, given: on.client.read_converts(to_s=given)),
    "receive_callback": ("now_ms", lambda on, given: on.pending.receive_callback("/", now_ms=given)),
    "receive_response": (
        "now_ms",
        lambda on, given: on.pending.receive_response(venuekey.parts.HttpResponse(200, b""), now_ms=given),
    ),
    "receive_no_response": ("now_ms", lambda on, given: on.pending.receive_no_response(now_ms=given)),
    "choose": ("now_ms", lambda on, given: on.pending.choose("id", now_ms=given)),
    "resume": ("now_ms", lambda on, given: on.pending.resume(now_ms=given)),
    "recover": ("now_ms", lambda on, given: on.pending.recover(now_ms=given)),
    "plan": ("now_ms", lambda on, given: on.shared.plan(now_ms=given)),
    "plan again": ("refused_generation", lambda on, given: on.shared.plan(refused_generation=given)),
    "Tokens": ("expires_at_ms", lambda on, given: venuekey.parts.Tokens(access_token="a", expires_at_ms=given)),
    "sign": ("nonce_ms", lambda on, given: on.signer.sign("POST", "/api/v4/x", nonce_ms=given)),
    "probe": ("nonce_ms", lambda on, given: on.signer.probe(nonce_ms=given)),
    "Nonces": ("venue_now_ms", lambda on, given: venuekey.parts.Nonces.reserve(0, 1, venue_now_ms=given)),
    "KeyWatch": ("issued_at_ms", lambda on, given: venuekey.parts.KeyWatch("bybit", given)),
    "used": ("now_ms", lambda on, given: on.watch.used(now_ms=given)),
    "next_check": ("now_ms", lambda on, given: on.watch.next_check(now_ms=given)),
    "status": ("status", lambda on, given: venuekey.parts.HttpResponse(given, b"")),
}


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(TypeError) as caught:
        call()
    assert "canary" not in repr(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(("argument", "call"), TEXTS.values(), ids=TEXTS)
def test_what_is_no_text(argument: str, call: Callable[[Objects, Any], object]) -> None:
    for given, says in (
        (ADDRESS, "httpx.URL: give str() of it"),
        (b"canary", "bytes"),
        (7, "int"),
        (venuekey.SealingKeys([("k", bytes(32))]), "venuekey.SealingKeys"),
        (Objects().pending.snapshot(), "venuekey.parts.Snapshot: give what its expose() returns"),
    ):
        told = refused(lambda given=given: call(Objects(), given))  # type: ignore[misc]
        assert told.startswith(f"argument '{argument}': expected str"), told
        assert told.endswith(f", not {says}"), told


@pytest.mark.parametrize("call", RESPONSES.values(), ids=RESPONSES)
def test_what_is_no_response_of_ours(call: Callable[[Objects, Any], object]) -> None:
    expected = "argument 'response': expected venuekey.parts.HttpResponse, not "
    for foreign in FOREIGN:
        kind = f"{type(foreign).__module__}.Response"
        help = ": make one of its status, body and headers"
        assert refused(lambda foreign=foreign: call(Objects(), foreign)) == expected + kind + help  # type: ignore[misc]
    assert refused(lambda: call(Objects(), None)) == expected + "None"
    coming = asend(Objects().signer.ask_time())
    assert refused(lambda: call(Objects(), coming)) == expected + "coroutine: await it"
    coming.close()


@pytest.mark.parametrize(("argument", "call"), TIMES.values(), ids=TIMES)
def test_what_is_no_whole_number(argument: str, call: Callable[[Objects, Any], object]) -> None:
    for given in (1_790_000_000_000.0, "1790000000000"):
        told = refused(lambda given=given: call(Objects(), given))  # type: ignore[misc]
        assert told == f"argument '{argument}': expected int, not {type(given).__name__}"


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: venuekey.parts.HttpResponse(200, "{}"), "argument 'body': expected bytes, not str"),  # type: ignore[arg-type]
        (
            lambda: venuekey.parts.HttpResponse(200, b"", {"a": "b"}),  # type: ignore[arg-type]
            "argument 'headers': expected a list of pairs, not dict: give list(headers.items())",
        ),
        (
            lambda: venuekey.parts.HttpResponse(200, b"", httpx.Headers({"a": "b"})),  # type: ignore[arg-type]
            "argument 'headers': expected a list of pairs, not httpx.Headers: give list(headers.items())",
        ),
        (
            lambda: venuekey.parts.HttpResponse(200, b"", [(b"a", b"b")]),  # type: ignore[list-item]
            "argument 'headers': expected pairs of str, not bytes",
        ),
        (lambda: Objects().client.begin("api_key", entropy="x"), "argument 'entropy': expected bytes, not str"),  # type: ignore[call-overload]
        (lambda: Objects().client.check_key({}), "argument 'tokens': expected venuekey.parts.Tokens, not dict"),  # type: ignore[arg-type]
        (
            lambda: Objects().client.read_transactions(addresses="canary"),
            "argument 'addresses': expected a list, not str",
        ),
        (
            lambda: Objects().watch.receive_error(ValueError("canary")),  # type: ignore[arg-type]
            "argument 'error': expected venuekey.VenuekeyError, not ValueError",
        ),
    ],
)
def test_other_arguments_of_the_wrong_type(call: Callable[[], object], says: str) -> None:
    assert refused(call) == says


def test_a_flow_of_another_operation(client: venuekey.Client, sealing_keys: venuekey.SealingKeys) -> None:
    pending = client.begin("api_key").pending
    text, sealed = pending.snapshot().expose(), pending.seal(sealing_keys, context="c")
    assert client.restore(text, operation="api_key").operation == "api_key"
    assert client.open(sealed, keys=sealing_keys, context="c", operation="api_key").operation == "api_key"
    operation: Any
    for operation, hint in (
        ("account_tokens", "operation must be one of: api_key (what this flow is for)"),
        ("api_keys", "operation must be one of: account_tokens, api_key, refresh_tokens, check_key, delete_key, "),
    ):
        for restored in (partial(client.restore, text), partial(client.open, sealed, keys=sealing_keys, context="c")):
            with pytest.raises(venuekey.MisuseError) as caught:
                restored(operation=operation)
            assert caught.value.code == "invalid_argument"
            assert (caught.value.hint or "").startswith(hint)


def test_types_take_their_outcome_at_run_time_too() -> None:
    """Annotations may be evaluated, and unions matched."""
    generic: Any
    for generic in (
        venuekey.parts.Flow,
        venuekey.parts.Started,
        venuekey.parts.Done,
        venuekey.parts.Save,
        venuekey.Client,
    ):
        assert generic[venuekey.parts.ApiKeyGranted].__origin__ is generic


def test_a_flow_that_is_not_in_the_store(client: venuekey.Client, store: venuekey.parts.MemoryStore) -> None:
    with pytest.raises(LookupError, match="this flow is not in the store"):
        client.restore(store.load("no such id"))
    with pytest.raises(LookupError, match="these tokens are not in the store"):
        client.restore_tokens(store.load("no such id"))
