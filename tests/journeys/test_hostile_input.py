"""What no client of ours would send: a refusal, and no trouble in the log."""

from __future__ import annotations

import socket

import pytest

from api_user import ApiUser, problem
from conftest import BOTH_BACKENDS, PATIENCE_SECONDS, Rig
from test_hand_off import logged_in

INVALID = (400, "misuse", "invalid_request")
DEEP = b"[" * 10_000 + b"]" * 10_000
HALF = b'"\\ud83d"'  # of a character that takes two


@BOTH_BACKENDS
@pytest.mark.parametrize(
    "body",
    [
        DEEP,
        b'{"venue":"bybit","goal":' + DEEP + b"}",
        b'{"venue":' + DEEP + b',"goal":"api_key"}',
        b'{"a":' * 8_000 + b"1" + b"}" * 8_000,
        b'{"venue":"bybit","goal":' + HALF + b"}",
        b'{"venue":' + HALF + b',"goal":"api_key"}',
        b'{"venue":"bybit","goal":1e999}',
        b'{"venue":"bybit","goal":' + b"9" * 6_000 + b"}",
        b'{"venue":"bybit","goal":NaN}',
        b'\xef\xbb\xbf\xff{"venue":"bybit","goal":"api_key"}',
    ],
    ids=["deep", "deep goal", "deep venue", "deep objects", "half", "half venue", "inf", "long", "nan", "bytes"],
)
def test_bodies(live: Rig, body: bytes) -> None:
    user = ApiUser(live)
    assert problem(user.ask("POST", "/api/connections", body)) == INVALID
    assert live.flows() == []


@BOTH_BACKENDS
def test_half_a_character_costs_nobody_their_flow(live: Rig) -> None:
    user = logged_in(live)
    _, url = user.begin("whitebit")
    callback = user.consent(url)
    for name, path in (("callback_url", "callbacks"), ("hand_off", "hand-offs")):
        for text in (b'"%s\\udc00"' % callback.encode(), HALF):
            body = b'{"venue":"whitebit","%s":%s}' % (name.encode(), text)
            assert problem(user.ask("POST", f"/api/{path}", body)) == INVALID
    assert user.states()["whitebit"]["state"] == "pending" and live.exchanged_codes() == []
    user.bring("whitebit", callback)
    assert user.settled("whitebit")["state"] == "connected"


@BOTH_BACKENDS
def test_a_callback_that_is_much_too_long_costs_nobody_their_flow(live: Rig) -> None:
    user = ApiUser(live)
    _, url = user.begin("bybit")
    callback = user.consent(url)
    reply = user.bring("bybit", f"{callback}&{'x' * 60_000}")
    assert (reply.status_code, problem(reply)[1]) == (400, "rejected")
    assert user.states()["bybit"]["state"] == "pending"
    user.bring("bybit", callback)
    assert user.settled("bybit")["state"] == "connected"


@BOTH_BACKENDS
@pytest.mark.parametrize(
    "target", [b"/callback/bybit?state=\xff\xfe&code=\xc3", b"/callback/bybit/%ff?%ff=%00", b"/\xff"]
)
def test_bytes_that_are_no_text_in_an_address(live: Rig, target: bytes) -> None:
    user = ApiUser(live)
    user.begin("bybit")
    cookie = user.person.cookie_header().encode()
    with socket.create_connection(("127.0.0.1", live.port), PATIENCE_SECONDS) as plain:
        plain.sendall(
            b"GET %s HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: %s\r\nconnection: close\r\n\r\n" % (target, cookie)
        )
        answer = b"".join(iter(lambda: plain.recv(4096), b""))
    assert answer.startswith((b"HTTP/1.1 303 ", b"HTTP/1.1 400 ", b"HTTP/1.1 404 ")), answer[:40]
    assert user.states()["bybit"]["state"] == "pending"
