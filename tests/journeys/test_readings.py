"""Where a sheet disagrees with itself: a whole connection under each reading that the exchange may follow."""

from __future__ import annotations

import pytest
import venuekey

from conftest import OTP, Rig
from library import Connection, key_of, tokens_of
from person import Person

WHITEBIT = [
    {"variant": "old"},  # D1, D3
    {"variant": "new"},
    {"variant": "new", "issue_refresh_token": False, "access_ttl_s": 300},
    {"callback_api_key": "separate"},  # D2
    {"callback_api_key": "separate", "callback_api_key_name": "api_key"},
    {"callback_api_key": "external_id", "callback_api_key_name": "publicKey"},
    {"info_extended_statuses": True},  # D4
    {"key_timing": "before"},  # D6
    {"key_timing": "after", "key_delay_ms": 20_000},
    {"permissions_absent": True},
    {"redirect_trailing_slash": True},
]
BYBIT = [
    {"strict_redirect": True},  # B2
    {"redirect_status": 302, "callback_params": "article", "redirect_trailing_slash": False},  # B3
    {"require_state": True},  # B4
    {"token_envelope": "result", "token_naming": "snake"},  # B7
    {"extra_form_fields": "ignore"},  # B8
    {"user_agent": "browser"},  # B10
    {"authorize_path": "per_client"},  # B11
    {"code_ttl_s": 5},  # B12
    {"uid_shape": "top_uid", "uid_type": "number"},
    {"uid_shape": "scalar_result"},
    {"uid_shape": "absent", "code_type": "string"},
]


def name(knobs: dict[str, object]) -> str:
    return ",".join(f"{knob}={value}" for knob, value in knobs.items())


@pytest.mark.parametrize("knobs", WHITEBIT, ids=name)
def test_a_whitebit_key(rig: Rig, person: Person, knobs: dict[str, object]) -> None:
    rig.sandbox.turn(whitebit=knobs)
    connection = Connection(rig, "whitebit", "global")
    key = key_of(connection.connect(person, "api_key"))
    (issued,) = rig.keys_at("whitebit")
    assert (key.api_key.expose(), key.api_secret.expose()) == (issued["external_id"], issued["secret"])
    assert (key.candidate_public_key is not None) == ("callback_api_key" in knobs)
    assert (key.permissions is None) == ("permissions_absent" in knobs)


@pytest.mark.usefixtures("still")
@pytest.mark.parametrize("knobs", BYBIT, ids=name)
def test_a_bybit_key(rig: Rig, person: Person, knobs: dict[str, object]) -> None:
    rig.sandbox.turn(bybit=knobs)
    key = key_of(Connection(rig, "bybit", "mainnet").connect(person, "api_key"))
    (issued,) = rig.keys_at("bybit")
    assert (key.api_key.expose(), key.api_secret.expose()) == (issued["api_key"], issued["api_secret"])
    assert key.uid == "106000001"


@pytest.mark.parametrize(("shape", "groups"), [("all_false", True), ("empty_array", False)])
def test_d9_nothing_granted(rig: Rig, person: Person, shape: str, groups: bool) -> None:
    rig.sandbox.turn(whitebit={"zero_permissions_shape": shape})
    connection = Connection(rig, "whitebit", "global")
    started = connection.begin("api_key")
    page = person.open(started.authorize_url)
    back = person.press(page, "Approve", {}, lambda url: url.startswith(connection.redirect_uri), otp=OTP)
    key = key_of(connection.drive(started.pending.receive_callback(back.url)))
    assert key.any_granted is False and bool(key.permissions) == groups


@pytest.mark.parametrize("status", [401, 403])
def test_d4_a_scope_that_is_missing(rig: Rig, person: Person, status: int) -> None:
    rig.sandbox.turn(
        whitebit={"scope_denied_status": status, "info_extended_statuses": True, "granted_scopes": "apikeys.create"}
    )
    connection = Connection(rig, "whitebit", "global")
    with pytest.raises(venuekey.ReauthorizeError, match="token_rejected") as ended:
        connection.connect(person, "api_key")
    assert ended.value.http_status == status
    assert connection.steps.count("refresh_tokens") == 1, "one refresh may help, a second would be a loop"


@pytest.mark.parametrize("status", [401, 403])
def test_d5_a_caller_off_the_allowlist(rig: Rig, person: Person, status: int) -> None:
    rig.sandbox.turn(whitebit={"ip_allowlisted": False, "allowlist_denied_status": status})
    with pytest.raises(venuekey.ReauthorizeError, match="code_rejected") as ended:
        Connection(rig, "whitebit", "global").connect(person, "api_key")
    assert status == 403 or "allowlist" in str(ended.value)


@pytest.mark.parametrize(
    ("inactivity", "decision"),
    [("disable", "delete_in_dashboard"), ("delete", "start_flow"), ("never", "already_active")],
)
def test_d7_fourteen_days_without_activity(rig: Rig, person: Person, inactivity: str, decision: str) -> None:
    rig.sandbox.turn(whitebit={"inactivity": inactivity, "access_ttl_s": 30 * 86_400})
    connection = Connection(rig, "whitebit", "global")
    done = connection.connect(person, "api_key")
    connection.advance(14 * 86_400 + 1)
    assert done.flow.tokens is not None
    checked = connection.drive(connection.client.check_key(done.flow.tokens, now_ms=connection.now_ms()))
    assert isinstance(checked.outcome, venuekey.parts.KeyChecked) and checked.outcome.status.decision == decision


@pytest.mark.parametrize("answer", ["refused", "query", "fragment"])
@pytest.mark.parametrize("goal", ["account_tokens", "api_key"])
def test_b1_a_token_asked_for_by_name(rig: Rig, person: Person, answer: str, goal: venuekey.parts.Goal) -> None:
    rig.sandbox.turn(bybit={"token_response": answer})
    connection = Connection(rig, "bybit", "mainnet")
    done = connection.connect(person, goal, response_type="token")
    exchanged = "exchange_code" in connection.steps
    assert exchanged == (answer == "refused"), "a code that comes instead is exchanged"
    if goal == "api_key":
        assert key_of(done).uid == "106000001"
    else:
        assert (tokens_of(done).refresh_token is not None) == exchanged


@pytest.mark.parametrize("knobs", [{}, {"accept_refresh_without_secret": True}], ids=name)
def test_b6_a_broker_refreshes_with_its_secret(rig: Rig, person: Person, knobs: dict[str, object]) -> None:
    rig.sandbox.turn(bybit=knobs)
    connection = Connection(rig, "bybit", "mainnet")
    tokens = tokens_of(connection.connect(person, "account_tokens"))
    connection.drive(connection.client.refresh_tokens(tokens, now_ms=connection.now_ms()))


@pytest.mark.parametrize("knobs", [{"refuse_broker_refresh": True}, {"invalid_refresh_code": 10004}], ids=name)
def test_b6_or_is_refused(rig: Rig, person: Person, knobs: dict[str, object]) -> None:
    rig.sandbox.turn(bybit=knobs)
    connection = Connection(rig, "bybit", "mainnet")
    tokens = tokens_of(connection.connect(person, "account_tokens"))
    connection.advance(31 * 86_400)
    with pytest.raises((venuekey.ReauthorizeError, venuekey.UnavailableError)):
        connection.drive(connection.client.refresh_tokens(tokens, now_ms=connection.now_ms()))
