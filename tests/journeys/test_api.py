"""The JSON API: what apps do with it, and what it refuses."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest

from api_user import ApiUser, problem
from conftest import BOTH_BACKENDS, Rig, fetch, wait_for

pytestmark = BOTH_BACKENDS
VENUES = pytest.mark.parametrize("venue", ["whitebit", "bybit"])
SUPERSEDED = (409, "rejected", "superseded")


@pytest.fixture
def user(live: Rig) -> ApiUser:
    return ApiUser(live)


def test_both_exchanges_whole(live: Rig, user: ApiUser) -> None:
    assert user.states() == {venue: {"state": "none", "text": ""} for venue in ("whitebit", "bybit")}
    for venue in ("whitebit", "bybit"):
        flow_id, url = user.begin(venue)
        assert user.states()[venue]["state"] == "pending" and user.states()[venue]["text"]
        callback = user.consent(url)
        # As the page has it: without the origin for one, whole for the other.
        told = callback if venue == "bybit" else callback.removeprefix(live.home)
        reply = user.bring(venue, told)
        assert (reply.status_code, reply.json()) == (202, {"flow_id": flow_id})
        assert user.settled(venue)["state"] == "connected"
        assert live.is_right(venue)
    assert user.forget("whitebit") == 204
    assert {venue: card["state"] for venue, card in user.states().items()} == {"whitebit": "none", "bybit": "connected"}
    # Forgotten here; the key is still the user's.
    assert live.stored("whitebit") == [] and len(live.keys_at("whitebit")) == 1
    assert user.forget("whitebit") == 204


def test_tokens_alone(live: Rig, user: ApiUser) -> None:
    assert user.connect("whitebit", "account_tokens")["state"] == "connected"
    assert live.stored("whitebit") == [{}] and live.keys_at("whitebit") == []


def test_the_session_is_a_cookie_that_scripts_can_t_read(live: Rig) -> None:
    body = {"venue": "bybit", "goal": "api_key"}
    reply = fetch("POST", f"{live.home}/api/connections", json=body)
    live.remember_secrets()
    assert re.fullmatch(r"session=[\w-]{43}; .*", reply.headers["set-cookie"])
    flags = {part.strip().lower() for part in reply.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= flags and "secure" not in flags
    assert "set-cookie" not in fetch("GET", f"{live.home}/api/connections").headers


@VENUES
def test_a_callback_that_fires_twice_counts_once(live: Rig, user: ApiUser, venue: str) -> None:
    flow_id, url = user.begin(venue)
    callback = user.consent(url)
    with ThreadPoolExecutor(6) as pool:
        with live.backend.held():
            replies = [pool.submit(user.bring, venue, callback) for _ in range(6)]
        told = [(reply.result().status_code, reply.result().json()) for reply in replies]
    assert told == [(202, {"flow_id": flow_id})] * 6
    assert user.settled(venue)["state"] == "connected"
    # Reloaded long after, too.
    late = user.bring(venue, callback)
    assert (late.status_code, late.json()) == (202, {"flow_id": flow_id})
    assert len(live.exchanged_codes()) == 1 and live.is_right(venue)


@VENUES
def test_a_refused_callback_leaves_the_connection_as_it_was(live: Rig, user: ApiUser, venue: str) -> None:
    _, url = user.begin(venue)
    callback = httpx.URL(user.consent(url))
    stranger = ApiUser(live)
    for wrong, code in {
        callback.copy_set_param("state", "0" * 43): "state_mismatch",
        callback.copy_remove_param("state"): "state_mismatch",
        callback.copy_add_param("code", "0" * 43): "callback_duplicate_parameter",
    }.items():
        assert problem(user.bring(venue, str(wrong))) == (400, "rejected", code)
    assert problem(stranger.bring(venue, str(callback))) == (404, "rejected", "no_pending_flow")
    # A stranger with a connection of their own, too.
    stranger.begin(venue)
    assert problem(stranger.bring(venue, str(callback))) == (400, "rejected", "state_mismatch")
    assert live.exchanged_codes() == []
    assert user.bring(venue, str(callback)).status_code == 202
    assert user.settled(venue)["state"] == "connected"


def test_one_in_full_swing_goes_on(live: Rig, user: ApiUser) -> None:
    assert user.connect("bybit")["state"] == "connected"
    callback = user.consent(user.begin("bybit")[1])
    again = {"venue": "bybit", "goal": "api_key"}
    with live.sandbox.held():
        user.bring("bybit", callback)
        wait_for(lambda: live.sent("exchange_code") == 2)
        assert problem(user.ask("POST", "/api/connections", again)) == SUPERSEDED
        for of in ("connections", "attempts"):
            assert problem(user.ask("DELETE", f"/api/{of}/bybit")) == SUPERSEDED
        assert len(live.stored("bybit")) == 1, "nothing was done by halves"
    assert user.settled("bybit")["state"] == "connected" and len(live.exchanged_codes()) == 2


@VENUES
def test_pending_it_can_be_begun_again_or_called_off(live: Rig, user: ApiUser, venue: str) -> None:
    _, first = user.begin(venue)
    old = user.consent(first)
    user.begin(venue)
    assert problem(user.bring(venue, old)) == (400, "rejected", "state_mismatch")
    assert user.forget(venue) == 204
    assert problem(user.bring(venue, old)) == (404, "rejected", "no_pending_flow")
    assert user.states()[venue] == {"state": "none", "text": ""} and live.exchanged_codes() == []


def test_who_stops_connecting_anew_keeps_the_account(live: Rig, user: ApiUser) -> None:
    assert user.connect("bybit")["state"] == "connected"
    user.begin("bybit")
    assert user.states()["bybit"]["state"] == "pending"
    assert user.forget("bybit") == 204
    assert user.states()["bybit"]["state"] == "connected" and live.is_right("bybit")
    assert user.forget("bybit") == 204
    assert user.states()["bybit"]["state"] == "none" and live.stored("bybit") == []


def test_who_stops_too_late_keeps_the_account(live: Rig, user: ApiUser) -> None:
    """What the page or the app shows is from before: meanwhile the attempt has come about."""
    assert user.call_off("bybit") == 204
    user.begin("bybit")
    assert user.call_off("bybit") == 204 and user.states()["bybit"]["state"] == "none"
    assert user.connect("bybit")["state"] == "connected"
    for _ in range(2):
        assert user.call_off("bybit") == 204
    user.begin("bybit")
    assert user.call_off("bybit") == 204
    assert user.states()["bybit"]["state"] == "connected" and live.is_right("bybit")
    elsewhere = user.ask("DELETE", "/api/attempts/bybit", origin="https://evil.example")
    assert elsewhere.status_code == 403


@pytest.mark.parametrize(("venue", "knob"), [("whitebit", "decline_mode"), ("bybit", "cancel_mode")])
def test_declined(live: Rig, user: ApiUser, venue: str, knob: str) -> None:
    live.sandbox.turn(**{venue: {knob: "error"}})
    _, url = user.begin(venue)
    assert user.bring(venue, user.consent(url, "Decline")).status_code == 202
    card = user.settled(venue)
    assert (card["state"], card["code"]) == ("attention", "access_denied") and "You said no" in card["text"]
    assert user.forget(venue) == 204 and user.states()[venue]["state"] == "none"


def test_what_can_be_recovered_from_goes_on(live: Rig, user: ApiUser) -> None:
    live.sandbox.fault("openapi", "drop_reply")
    card = user.connect("bybit")
    assert (card["state"], card["code"], card["recovery"]) == ("attention", "key_unconfirmed", "ask_again")
    with live.sandbox.held(), ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda _: user.ask("POST", "/api/recoveries", {"venue": "bybit"}).status_code, range(4)))
    assert 202 in told and {*told} <= {202, 400}, "pressed four times, asked once"
    assert user.settled("bybit")["state"] == "connected" and live.is_right("bybit")
    assert len(live.sandbox.calls("openapi")) == 2
    nothing = (404, "rejected", "no_pending_flow")
    assert problem(user.ask("POST", "/api/recoveries", {"venue": "bybit"})) == nothing
    user.begin("whitebit")
    assert problem(user.ask("POST", "/api/recoveries", {"venue": "whitebit"})) == (400, "misuse", "wrong_state")
    assert problem(ApiUser(live).ask("POST", "/api/recoveries", {"venue": "bybit"})) == nothing


def test_what_is_not_a_request_of_ours_is_refused(live: Rig, user: ApiUser) -> None:
    good = {"venue": "bybit", "goal": "api_key"}
    path = "/api/connections"
    for origin in ("https://evil.example", "null", f"http://127.0.0.1:{live.port + 1}"):
        assert problem(user.ask("POST", path, good, origin=origin)) == (403, "rejected", "foreign_origin")
        assert problem(user.ask("DELETE", f"{path}/bybit", origin=origin)) == (403, "rejected", "foreign_origin")
    for kind in ("text/plain", "application/x-www-form-urlencoded", "", "application/json-seq"):
        reply = user.ask("POST", path, good, **{"content-type": kind})
        assert problem(reply) == (415, "misuse", "not_json"), kind
    bodies = (b"", b"{", b"[]", b"\xff", b"null", b'{"venue":"bybit"}', b'{"venue":"bybit","goal":1}')
    for body in (*bodies, b'{"venue":"kraken","goal":"api_key"}', b'{"venue":["bybit"],"goal":"api_key"}'):
        assert problem(user.ask("POST", path, body)) == (400, "misuse", "invalid_request"), body
    assert problem(user.ask("POST", path, good | {"goal": "everything"})) == (400, "misuse", "invalid_argument")
    assert problem(user.hand_off("{}", "bybit")) == (400, "misuse", "invalid_request")
    assert problem(user.ask("POST", path, {"venue": "x" * 70_000})) == (413, "misuse", "too_large")
    assert problem(user.ask("GET", "/api/callbacks")) == (405, "misuse", "method_not_allowed")
    assert problem(user.ask("GET", "/api/secretcanary")) == (404, "misuse", "not_found")
    assert problem(user.ask("DELETE", f"{path}/secretcanary")) == (404, "misuse", "not_found")
    assert live.flows() == [] and "canary" not in live.backend.output()
    accepted = user.ask("POST", path, good, origin=live.home, **{"content-type": "application/json; charset=utf-8"})
    assert accepted.status_code == 201


def test_every_answer_has_its_headers(live: Rig, user: ApiUser) -> None:
    replies = [
        user.ask("GET", "/api/connections"),
        user.ask("GET", "/api/nowhere"),
        user.ask("POST", "/api/connections", b"{"),
        user.ask("POST", "/api/connections", {"venue": "bybit", "goal": "api_key"}),
    ]
    assert [reply.status_code for reply in replies] == [200, 404, 400, 201]
    for reply in replies:
        headers = reply.headers
        assert headers["cache-control"] == "no-store" and headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff" and "server" not in headers
        assert "default-src 'none'" in headers["content-security-policy"]
    assert urlsplit(replies[3].json()["authorize_url"]).query not in live.backend.output()


def test_one_user_s_connections_are_not_another_s(live: Rig, user: ApiUser) -> None:
    assert user.connect("bybit")["state"] == "connected"
    stranger = ApiUser(live)
    stranger.begin("whitebit")
    assert stranger.states()["bybit"] == {"state": "none", "text": ""}
    assert stranger.forget("bybit") == 204
    assert user.states()["bybit"]["state"] == "connected" and live.is_right("bybit")
