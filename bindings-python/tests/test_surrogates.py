"""Half a character (a lone surrogate) in any text: told without the text, which Python's own error would carry."""

from __future__ import annotations

from typing import Any, Callable

import pytest

import venuekey
from conftest import CANARIES, EXTERNAL_ID, NOW_MS

HALF = "canary-half\ud800"
CLIENT: dict[str, Any] = {
    "venue": "whitebit",
    "environment": "global",
    "client_id": "demo",
    "client_secret": "s3cr3t",
    "redirect_uri": "https://partner.example/callback",
}
SIGNER: dict[str, Any] = {"venue": "whitebit", "environment": "global", "api_key": "k", "api_secret": "s"}


def client(**given: Any) -> venuekey.Client:
    return venuekey.Client(**{**CLIENT, **given})


def pending() -> venuekey.Flow:
    return client().begin("api_key", now_ms=NOW_MS).pending


def keys() -> venuekey.SealingKeys:
    return venuekey.SealingKeys([("k", bytes(32))])


def tokens() -> venuekey.Tokens:
    return venuekey.Tokens(access_token="a", expires_at_ms=NOW_MS)


CALLS: dict[str, Callable[[], object]] = {
    **{f"Client {name}": lambda name=name: client(**{name: HALF}) for name in CLIENT},  # type: ignore[misc]
    **{
        f"Client {name}": lambda name=name: client(**{name: HALF})  # type: ignore[misc]
        for name in ("authorize_base", "api_base", "locale", "user_agent")
    },
    **{
        f"Signer {name}": lambda name=name: venuekey.Signer(**{**SIGNER, name: HALF})  # type: ignore[misc]
        for name in (*SIGNER, "api_base", "user_agent", "broker_id")
    },
    "Secret": lambda: venuekey.Secret(HALF),
    "Tokens access": lambda: venuekey.Tokens(access_token=HALF, expires_at_ms=NOW_MS),
    "Tokens refresh": lambda: venuekey.Tokens(access_token="a", refresh_token=HALF, expires_at_ms=NOW_MS),
    "Tokens scope": lambda: venuekey.Tokens(access_token="a", expires_at_ms=NOW_MS, scope=[HALF]),
    "SealingKeys": lambda: venuekey.SealingKeys([(HALF, bytes(32))]),
    "HttpResponse": lambda: venuekey.HttpResponse(200, b"", [("x", HALF)]),
    "restore": lambda: client().restore(HALF),
    "restore_tokens": lambda: client().restore_tokens(HALF),
    "open": lambda: client().open(HALF, keys=keys(), context="c"),
    "open context": lambda: client().open("s", keys=keys(), context=HALF),
    "seal": lambda: pending().seal(keys(), context=HALF),
    "accept_hand_off": lambda: client().accept_hand_off(HALF, now_ms=NOW_MS),
    "receive_callback": lambda: pending().receive_callback(HALF, now_ms=NOW_MS),
    "receive_pasted_code": lambda: pending().receive_pasted_code(HALF, now_ms=NOW_MS),
    "choose": lambda: pending().choose(HALF, now_ms=NOW_MS),
    "delete_key": lambda: client().delete_key(tokens(), HALF, now_ms=NOW_MS),
    "sign path": lambda: venuekey.Signer(**SIGNER).sign("POST", HALF, {}, nonce_ms=NOW_MS),
    "sign parameters": lambda: venuekey.Signer(**SIGNER).sign("POST", "/api/v4/x", {"a": HALF}, nonce_ms=NOW_MS),
    "resume_read": lambda: client().resume_read(HALF),
    "read": lambda: client().read_orders(market=HALF, now_ms=NOW_MS),
    "RateBudget": lambda: venuekey.RateBudget.from_text(HALF),
    "KeyWatch": lambda: venuekey.KeyWatch.from_text(HALF),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_half_a_character_is_refused_without_the_text(call: Callable[[], object]) -> None:
    with pytest.raises(venuekey.MisuseError) as caught:
        call()
    error: Any = caught.value
    while error is not None:
        assert "canary-half" not in f"{error!r} {error} {vars(error)} {getattr(error, 'object', '')!r}"
        error = error.__cause__ or error.__context__


def test_nothing_else_is_a_text() -> None:
    for given in (None, b"bytes", 1, object()):
        with pytest.raises(TypeError, match="expected str"):
            client().restore(given)  # type: ignore[arg-type]
    assert CANARIES
    assert EXTERNAL_ID
