"""Half a character (a lone surrogate) in any text: told without the text, which Python's own error would carry."""

from __future__ import annotations

import pickle
import sys
from functools import partial
from typing import Any, Callable

import pytest

import venuekey
from conftest import NOW_MS

HALF = "canary-half\ud800"
ANY: Any = HALF
CLIENT: dict[str, Any] = {
    "venue": "whitebit",
    "environment": "global",
    "client_id": "demo",
    "client_secret": "s3cr3t",
    "redirect_uri": "https://partner.example/callback",
}
PUBLIC: dict[str, Any] = {name: value for name, value in CLIENT.items() if name != "client_secret"}
SIGNER: dict[str, Any] = {"venue": "whitebit", "environment": "global", "api_key": "k", "api_secret": "s"}


def client(**given: Any) -> venuekey.Client:
    return venuekey.Client(**{**CLIENT, **given})


def public(**given: Any) -> venuekey.Client:
    return venuekey.Client.public(**{**PUBLIC, **given})


def begin(**given: Any) -> venuekey.parts.Started:
    return client().begin(**{"goal": "api_key", **given})


def key_request(**given: Any) -> venuekey.KeyRequest:
    return venuekey.KeyRequest(**given)


def pending() -> venuekey.parts.Flow:
    return client().begin("api_key", now_ms=NOW_MS).pending


def keys() -> venuekey.SealingKeys:
    return venuekey.SealingKeys([("k", bytes(32))])


def tokens() -> venuekey.parts.Tokens:
    return venuekey.parts.Tokens(access_token="a", expires_at_ms=NOW_MS + 300_000)


def watch() -> venuekey.parts.KeyWatch:
    return venuekey.parts.KeyWatch("whitebit", NOW_MS)


def signer(**given: Any) -> venuekey.parts.Signer:
    return venuekey.parts.Signer(**{**SIGNER, **given})


CALLS: dict[str, tuple[str, Callable[[], object]]] = {
    **{
        f"Client {name}": (name, partial(client, **{name: HALF}))
        for name in (*CLIENT, "authorize_base", "api_base", "locale", "scope", "user_agent")
    },
    **{
        f"Client.public {name}": (name, partial(public, **{name: HALF}))
        for name in (*PUBLIC, "authorize_base", "api_base", "locale", "scope", "user_agent")
    },
    **{
        f"Signer {name}": (name, partial(signer, **{name: HALF}))
        for name in (*SIGNER, "passphrase", "site", "api_base", "user_agent", "broker_id")
    },
    **{
        f"begin {name}": (name, partial(begin, **{name: HALF}))
        for name in ("goal", "on_secret_lost", "response_type", "expected_uid")
    },
    "supports": ("operation", lambda: client().supports(ANY)),
    "Secret": ("text", lambda: venuekey.Secret(HALF)),
    "Tokens access": ("access_token", lambda: venuekey.parts.Tokens(access_token=HALF, expires_at_ms=NOW_MS)),
    "Tokens refresh": (
        "refresh_token",
        lambda: venuekey.parts.Tokens(access_token="a", refresh_token=HALF, expires_at_ms=NOW_MS),
    ),
    "Tokens scope": ("scope", lambda: venuekey.parts.Tokens(access_token="a", expires_at_ms=NOW_MS, scope=[HALF])),
    "Tokens site": ("site", lambda: venuekey.parts.Tokens(access_token="a", expires_at_ms=NOW_MS, site=HALF)),
    **{
        f"KeyRequest {name}": (name, partial(key_request, **{name: value}))
        for name, value in {"label": HALF, "permissions": [HALF], "ip_allowlist": [HALF], "passphrase": HALF}.items()
    },
    "SealingKeys": ("keys", lambda: venuekey.SealingKeys([(HALF, bytes(32))])),
    "restore": ("text", lambda: client().restore(HALF)),
    "restore_tokens": ("text", lambda: client().restore_tokens(HALF)),
    "open": ("sealed", lambda: client().open(HALF, keys=keys(), context="c")),
    "open context": ("context", lambda: client().open("s", keys=keys(), context=HALF)),
    "seal": ("context", lambda: pending().seal(keys(), context=HALF)),
    "accept_hand_off": ("text", lambda: client().accept_hand_off(HALF, now_ms=NOW_MS)),
    "accept_hand_off lost": ("on_secret_lost", lambda: client().accept_hand_off("{}", on_secret_lost=ANY)),
    "receive_callback": ("url", lambda: pending().receive_callback(HALF, now_ms=NOW_MS)),
    "receive_pasted_code": ("pasted", lambda: pending().receive_pasted_code(HALF, now_ms=NOW_MS)),
    "choose": ("id", lambda: pending().choose(HALF, now_ms=NOW_MS)),
    "delete_key": ("external_id", lambda: client().delete_key(tokens(), HALF, now_ms=NOW_MS)),
    "reissue_key": ("external_id", lambda: client().reissue_key(tokens(), HALF, now_ms=NOW_MS)),
    "reissue_key lost": ("on_secret_lost", lambda: client().reissue_key(tokens(), "id", on_secret_lost=ANY)),
    "sign method": ("method", lambda: signer().sign(ANY, "/api/v4/x", {}, nonce_ms=NOW_MS)),
    "sign path": ("path", lambda: signer().sign("POST", HALF, {}, nonce_ms=NOW_MS)),
    "sign parameters": ("parameters", lambda: signer().sign("POST", "/api/v4/x", {"a": HALF}, nonce_ms=NOW_MS)),
    "sign text": ("parameters", lambda: signer().sign("POST", "/api/v4/x", HALF, nonce_ms=NOW_MS)),
    "resume_read": ("cursor", lambda: client().resume_read(HALF)),
    "read": ("market", lambda: client().read_orders(market=HALF, now_ms=NOW_MS)),
    "read a list": ("addresses", lambda: client().read_transactions(addresses=["a", HALF])),
    "RateBudget": ("text", lambda: venuekey.parts.RateBudget.from_text(HALF)),
    "KeyWatch": ("text", lambda: venuekey.parts.KeyWatch.from_text(HALF)),
    "KeyWatch venue": ("venue", lambda: venuekey.parts.KeyWatch(ANY, NOW_MS)),
    "receive_error": (
        "error",
        lambda: watch().receive_error(venuekey.MisuseError("", "request_rejected", venue_text=HALF)),
    ),
    "code_challenge_s256": ("verifier", lambda: venuekey.parts.code_challenge_s256(HALF)),
}


@pytest.mark.parametrize(("argument", "call"), CALLS.values(), ids=CALLS)
def test_half_a_character_is_refused_by_the_argument_s_name(argument: str, call: Callable[[], object]) -> None:
    with pytest.raises(venuekey.MisuseError) as caught:
        call()
    hint = f"{argument} must be valid Unicode: it has a lone surrogate"
    assert (caught.value.code, caught.value.hint) == ("invalid_argument", hint)
    said = f"invalid_argument: an argument is not valid; {hint}"
    assert str(caught.value) == f"{said}; see {caught.value.doc_url}"
    error: Any = pickle.loads(pickle.dumps(caught.value))
    assert (str(error), error.hint) == (str(caught.value), hint)
    error = caught.value
    while error is not None:
        assert "canary-half" not in f"{error!r} {error} {vars(error)} {getattr(error, 'object', '')!r}"
        error = error.__cause__ or error.__context__


def test_headers_that_can_t_cross_are_left_out_and_the_reply_stays() -> None:
    headers = [("x-odd", HALF), (HALF, "1"), ("retry-after", "7")]
    response = venuekey.parts.HttpResponse(429, b"{}", headers)
    assert (response.status, response.body) == (429, b"{}")
    sent = client().check_key(tokens(), now_ms=NOW_MS).flow.resume(now_ms=NOW_MS)
    wait = sent.flow.receive_response(response, now_ms=NOW_MS)
    assert isinstance(wait, venuekey.parts.Wait)
    assert wait.until_ms == NOW_MS + 7_000


def test_a_note_of_the_host_s_own_stays_one() -> None:
    if sys.version_info < (3, 11):
        return
    given: Any
    for given in (HALF, 1):
        with pytest.raises((venuekey.MisuseError, TypeError)) as caught:
            venuekey.Secret(given)
        told = str(caught.value)
        caught.value.add_note("while reading 'settings'")
        assert (str(caught.value), caught.value.__notes__) == (told, ["while reading 'settings'"])
