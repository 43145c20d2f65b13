"""Clients without a secret, hand-offs, sealed flows."""

from __future__ import annotations

import json
from typing import Any, Callable

import pytest

import venuekey
from conftest import CANARIES, NOW_MS, Venue, came_back


def test_what_each_kind_of_client_does(
    client: venuekey.Client, device: venuekey.Client, agent: venuekey.Client
) -> None:
    operations = [
        "account_tokens",
        "api_key",
        "refresh_tokens",
        "check_key",
        "delete_key",
        "reissue_key",
        "switch_subaccount",
    ]
    offered = [[name for name in operations if each.supports(name)] for each in (client, device, agent)]  # type: ignore[arg-type]
    assert offered == [operations[:-1], ["api_key"], ["api_key", "refresh_tokens", "switch_subaccount"]]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"redirect_uri": "https://partner.example/cb"}, "redirect_not_supported"),
        ({"client_secret": ""}, "invalid_configuration"),
        ({"client_secret": " s3cr3t"}, "invalid_configuration"),
        ({"client_secret": None}, "invalid_argument"),
    ],
)
def test_no_public_client_by_accident(given: dict[str, Any], code: str) -> None:
    arguments: dict[str, Any] = {"client_id": "ai-agent", "redirect_uri": "http://127.0.0.1:9876/callback", **given}
    made: Any = venuekey.Client if "client_secret" in given else venuekey.Client.public
    with pytest.raises(venuekey.MisuseError) as caught:
        made(venue="bybit", environment="mainnet", **arguments)
    assert caught.value.code == code


def test_a_client_without_a_secret_says_so_by_name() -> None:
    given: dict[str, Any] = {"venue": "whitebit", "environment": "global", "client_id": "demo"}
    with pytest.raises(TypeError, match="client_secret"):
        venuekey.Client(**given, redirect_uri="https://partner.example/cb")
    with pytest.raises(TypeError, match="client_secret"):
        venuekey.Client.public(  # type: ignore[call-overload]
            **given,
            client_secret="s",  # pyright: ignore[reportCallIssue]
            redirect_uri="https://partner.example/cb",
        )
    shown = repr(venuekey.Client.public(**given, redirect_uri="https://partner.example/cb"))
    assert shown == "Client(whitebit global, public)"


def test_the_redirect_uri_of_the_token_flow() -> None:
    def authorize_url(**given: Any) -> str:
        client = venuekey.Client(
            venue="whitebit",
            environment="eu",
            client_id="demo",
            client_secret="s3cr3t",
            redirect_uri="https://partner.example/callback",
            **given,
        )
        return client.begin("account_tokens").authorize_url

    assert "redirect_uri=" not in authorize_url()
    assert "redirect_uri=https%3A%2F%2Fpartner.example%2Fcallback" in authorize_url(send_redirect_uri=True)


def test_a_token_in_the_callback_is_asked_for_by_name() -> None:
    broker = venuekey.Client(
        venue="bybit",
        environment="mainnet",
        client_id="Broker1",
        client_secret="s3cr3t",
        redirect_uri="https://partner.example/callback",
    )
    assert "response_type=code" in broker.begin("account_tokens").authorize_url
    started = broker.begin("account_tokens", response_type="token")
    assert "response_type=token" in started.authorize_url
    state = started.authorize_url.split("state=")[1].split("&")[0]
    saved = started.pending.receive_callback(f"/callback#access_token={CANARIES['access']}&state={state}")
    assert saved.flow.tokens is not None
    assert saved.flow.tokens.access_token.expose() == CANARIES["access"]


def test_a_pasted_code() -> None:
    client = venuekey.Client.public(
        venue="bybit",
        environment="testnet",
        client_id="ai-agent",
        redirect_uri="https://testnet.bybit.com/oauth/callback",
    )
    pending = client.begin("api_key", now_ms=NOW_MS).pending
    with pytest.raises(venuekey.RejectedError) as caught:
        pending.receive_pasted_code("two words", now_ms=NOW_MS)
    assert caught.value.code == "callback_invalid"
    step = pending.receive_pasted_code(f"  {CANARIES['code']}\n", now_ms=NOW_MS)
    assert isinstance(step, venuekey.parts.Save)
    sent = step.next.resume(now_ms=NOW_MS)
    assert isinstance(sent, venuekey.parts.Send)
    assert f"&code={CANARIES['code']}&".encode() in (sent.request.body or b"")


@pytest.mark.parametrize("as_text", [True, False])
def test_a_hand_off_from_app_to_backend(
    as_text: bool,
    handed_off: venuekey.parts.Done,
    client: venuekey.Client,
    venue: Venue,
    store: venuekey.parts.MemoryStore,
) -> None:
    hand_off = handed_off.outcome
    assert isinstance(hand_off, venuekey.parts.HandOff)
    assert (handed_off.flow.status, handed_off.flow.tokens) == ("done", None)
    assert json.loads(hand_off.expose())["code"] == CANARIES["code"]
    assert handed_off.outcome == hand_off
    assert hand_off.is_same(hand_off)
    assert hand_off != hand_off.expose()

    step = client.accept_hand_off(hand_off.expose() if as_text else hand_off, now_ms=NOW_MS)
    assert isinstance(step, venuekey.parts.Save)
    assert (step.flow.status, step.flow.revision) == ("ready", 1)
    done = venuekey.parts.drive(step, send=venue.send, save=store.save, clock=lambda: NOW_MS)
    assert isinstance(done.outcome, venuekey.parts.ApiKeyGranted)
    again = client.accept_hand_off(hand_off, on_secret_lost="delete_and_report", now_ms=NOW_MS)
    with pytest.raises(venuekey.RejectedError) as caught:
        venuekey.parts.drive(again, send=venue.send, save=store.save)
    assert caught.value.code == "superseded"


@pytest.mark.parametrize(
    ("act", "error", "code"),
    [
        (lambda client, text: client.accept_hand_off(text[:-1], now_ms=NOW_MS), "RejectedError", "hand_off_invalid"),
        (
            lambda client, text: client.accept_hand_off(text, now_ms=NOW_MS + 600_000),
            "ReauthorizeError",
            "hand_off_expired",
        ),
        (lambda client, text: client.accept_hand_off(text, on_secret_lost="x"), "MisuseError", "invalid_argument"),
    ],
)
def test_a_refused_hand_off(
    act: Callable[..., Any], error: str, code: str, handed_off: venuekey.parts.Done, client: venuekey.Client
) -> None:
    assert isinstance(handed_off.outcome, venuekey.parts.HandOff)
    with pytest.raises(getattr(venuekey, error)) as caught:
        act(client, handed_off.outcome.expose())
    assert caught.value.code == code
    assert CANARIES["code"] not in repr(caught.value)
    with pytest.raises(TypeError) as wrong:
        client.accept_hand_off(handed_off.outcome.expose().encode())  # type: ignore[arg-type]
    assert str(wrong.value) == "argument 'text': expected str or HandOff, not bytes"


def test_a_sealed_flow_is_claimed_by_its_callback(
    client: venuekey.Client, store: venuekey.parts.MemoryStore, sealing_keys: venuekey.SealingKeys
) -> None:
    started = client.begin("api_key")
    cookie = started.pending.seal(sealing_keys, context="session 7")
    assert cookie.startswith("vk1.2026-11.")
    assert set(cookie) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
    assert len(cookie) < 3 * 1024
    assert cookie != started.pending.seal(sealing_keys, context="session 7"), "other entropy, other text"
    opened = [client.open(cookie, keys=sealing_keys, context="session 7") for _ in range(2)]
    assert [flow.flow_id for flow in opened] == [started.pending.flow_id] * 2
    steps = [flow.receive_callback(came_back(started.authorize_url)) for flow in opened]
    assert [store.save(step.flow.snapshot()) for step in steps] == [True, False]
    with pytest.raises(venuekey.MisuseError) as caught:
        steps[0].flow.seal(sealing_keys, context="session 7")
    assert caught.value.code == "wrong_state"


def test_a_seal_that_does_not_open(client: venuekey.Client, sealing_keys: venuekey.SealingKeys) -> None:
    cookie = client.begin("api_key").pending.seal(sealing_keys, context="session 7")
    other = venuekey.SealingKeys([("2026-12", bytes(32))])
    for sealed, keys, context in [
        (cookie, sealing_keys, "session 8"),
        (cookie, other, "session 7"),
        (cookie[:-1], sealing_keys, "session 7"),
    ]:
        with pytest.raises(venuekey.RejectedError) as caught:
            client.open(sealed, keys=keys, context=context)
        assert caught.value.code == "seal_invalid"


def test_sealing_keys_rotate(client: venuekey.Client) -> None:
    old, new = ("2026-10", bytes(32)), ("2026-11", bytearray(range(32)))
    pending = client.begin("api_key").pending
    cookie = pending.seal(venuekey.SealingKeys([old]), context="session 7")
    both = venuekey.SealingKeys([new, old])  # type: ignore[list-item] # pyright: ignore[reportArgumentType]
    assert client.open(cookie, keys=both, context="session 7").flow_id == pending.flow_id
    assert pending.seal(both, context="session 7").startswith("vk1.2026-11.")
    assert repr(both) == "SealingKeys(2026-11, 2026-10)"


@pytest.mark.parametrize(
    ("keys", "refusal"),
    [
        ([], venuekey.MisuseError),
        ([("a", CANARIES["sealing_key"].encode()[:-1])], venuekey.MisuseError),
        ([("a.b", CANARIES["sealing_key"].encode())], venuekey.MisuseError),
        ([("a", CANARIES["sealing_key"])], TypeError),
        ([(CANARIES["sealing_key"].encode(), "a")], TypeError),
        ([CANARIES["sealing_key"].encode()], TypeError),
        ({"a": CANARIES["sealing_key"].encode()}, TypeError),
        (CANARIES["sealing_key"], TypeError),
    ],
)
def test_sealing_keys_that_are_none(keys: Any, refusal: type[Exception]) -> None:
    with pytest.raises(refusal) as caught:
        venuekey.SealingKeys(keys)
    assert "canary" not in repr(caught.value)
