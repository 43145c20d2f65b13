"""Every method of `Sandbox`, against a real one."""

from __future__ import annotations

import gzip
import json
import time
import zlib
from collections.abc import Callable

import pytest

import partner
from venuekey_sandbox import ConsentRefused, Sandbox, SandboxError, Venue

VENUES: list[Venue] = ["whitebit", "bybit"]
DECLINE_KNOB = {"whitebit": "decline_mode", "bybit": "cancel_mode"}


def test_addresses(venuekey_sandbox: Sandbox) -> None:
    url = venuekey_sandbox.url
    assert venuekey_sandbox.base_url("whitebit") == f"{url}/whitebit/global"
    assert venuekey_sandbox.base_url("bybit", "testnet") == f"{url}/bybit/testnet"
    assert venuekey_sandbox.admin_page == f"{url}/_sandbox/"
    with pytest.raises(ValueError, match="environments global, eu, not mainnet"):
        venuekey_sandbox.base_url("whitebit", "mainnet")
    with pytest.raises(ValueError, match="begins with http://"):
        Sandbox("127.0.0.1:8700")


def test_a_whole_connection(venuekey_sandbox: Sandbox) -> None:
    sandbox = venuekey_sandbox
    sandbox.clock.hold()
    callback = sandbox.approve(partner.authorize_url(sandbox), permissions=["info"])
    assert callback.startswith("http://127.0.0.1:8000/callback/whitebit?")
    assert partner.parameters(callback)["state"] == "s"
    status, granted = partner.token(sandbox, callback)
    assert status == 200
    access = granted["data"]["access_token"]
    assert not partner.info(sandbox, access)[1]["data"].get("externalId")
    sandbox.clock.advance(milliseconds=sandbox.knobs()["whitebit"]["key_delay_ms"])
    assert partner.info(sandbox, access)[1]["data"]["externalId"]

    (token,) = sandbox.requests("token")
    assert (token["venue"], token["environment"]) == ("whitebit", "global")
    assert (token["method"], token["status"]) == ("POST", 200)
    assert {field["value"] for field in token["form"]} == {"***"}
    (token,) = sandbox.requests("token", values=True)
    assert {"name": "client_secret", "value": "demo-whitebit-secret"} in token["form"]
    assert [request["endpoint"] for request in sandbox.requests()] == ["authorize", "token", "info", "info"]
    (key,) = sandbox.state(values=True)["whitebit"]["global"]["keys"]
    assert key["permissions"] == ["info"]
    assert key["secret"] not in str(sandbox.state())


@pytest.mark.parametrize("venue", VENUES)
def test_the_user_at_the_page(venuekey_sandbox: Sandbox, venue: Venue) -> None:
    sandbox, url = venuekey_sandbox, partner.authorize_url(venuekey_sandbox, venue)
    with pytest.raises(ConsentRefused, match="This two-factor code is wrong"):
        sandbox.approve(url, otp="000000")
    sandbox.close_window(url)
    assert sandbox.decline(url) is None
    sandbox.knobs(**{venue: {DECLINE_KNOB[venue]: "error", "user_otp": "654321", "user_two_factor": False}})
    for act in (sandbox.approve, sandbox.decline, sandbox.close_window):
        with pytest.raises(ConsentRefused, match="Two-factor authentication is off"):
            act(url)
    sandbox.knobs(**{venue: {"user_two_factor": True}})
    declined = sandbox.decline(url)
    assert declined is not None
    assert partner.parameters(declined)["error"] == "access_denied"
    assert "code" in partner.parameters(sandbox.approve(url))


@pytest.mark.parametrize("venue", VENUES)
def test_the_knob_that_answers_has_no_part_in_it(venuekey_sandbox: Sandbox, venue: Venue) -> None:
    sandbox, url = venuekey_sandbox, partner.authorize_url(venuekey_sandbox, venue)
    sandbox.knobs(**{venue: {"user_decision": "approve"}})
    assert "code" in partner.parameters(sandbox.approve(url))
    sandbox.reset()
    sandbox.knobs(**{venue: {"user_decision": "decline"}})
    assert sandbox.decline(url) is None
    assert "code" in partner.parameters(sandbox.approve(url))


@pytest.mark.venuekey_sandbox_allow_violations
def test_an_authorize_url_that_is_not_as_documented(venuekey_sandbox: Sandbox) -> None:
    url = partner.authorize_url(venuekey_sandbox) + "&prompt=none"
    for act in (venuekey_sandbox.approve, venuekey_sandbox.decline):
        with pytest.raises(ConsentRefused, match="not as documented"):
            act(url)


@pytest.mark.parametrize("callback", ["http://127.0.0.1:9876/callback", "https://www.bybit.com/oauth/callback"])
def test_an_agents_code_comes_at_its_callback_or_on_bybits_page(venuekey_sandbox: Sandbox, callback: str) -> None:
    url = venuekey_sandbox.approve(partner.agent_url(venuekey_sandbox, callback))
    shown_by = venuekey_sandbox.base_url("bybit") + "/oauth/callback" if "bybit.com" in callback else callback
    assert url.split("?")[0].rstrip("/") == shown_by
    assert "code" in partner.parameters(url)


def test_permissions_are_ticked_as_a_person_ticks_them(venuekey_sandbox: Sandbox) -> None:
    url = partner.authorize_url(venuekey_sandbox)
    venuekey_sandbox.approve(url, permissions=["info", "withdrawal"])
    (key,) = venuekey_sandbox.state()["whitebit"]["global"]["keys"]
    assert key["permissions"] == ["info", "withdrawal"]
    venuekey_sandbox.user_action("whitebit", "delete_key")
    with pytest.raises(ConsentRefused, match="A permission that is not offered here was sent"):
        venuekey_sandbox.approve(url, permissions=["fly"])
    with pytest.raises(ValueError, match="must be of the sandbox"):
        venuekey_sandbox.approve("https://whitebit.com/auth/login?clientId=1")


def test_the_clock(venuekey_sandbox: Sandbox) -> None:
    clock = venuekey_sandbox.clock
    before_ms = time.time() * 1000
    assert before_ms - 1 <= venuekey_sandbox.now_ms() <= time.time() * 1000 + 1
    assert clock.hold(1_700_000_000_000) == 1_700_000_000_000
    assert clock.is_held
    assert clock.advance(days=1, hours=1, minutes=1, seconds=1.5, milliseconds=2) == 1_700_000_000_000 + 90_061_502
    assert clock.advance(seconds=0.0001) == 1_700_000_000_000 + 90_061_503
    assert clock.advance(seconds=0.1 + 0.2) == 1_700_000_000_000 + 90_061_803
    time.sleep(0.02)
    assert clock.now_ms() == venuekey_sandbox.now_ms() == 1_700_000_000_000 + 90_061_803
    assert clock.set(5) == 5
    assert clock.is_held
    assert clock.release() == 5
    assert not clock.is_held
    time.sleep(0.02)
    assert clock.now_ms() > 5 + 10
    with pytest.raises(ValueError, match="moves the clock ahead"):
        clock.advance(seconds=-1)


def test_faults_strike_and_are_forgotten(venuekey_sandbox: Sandbox) -> None:
    sandbox = venuekey_sandbox
    (queued,) = sandbox.fault("token", "server_error", venue="whitebit", count=2, status=503)
    assert (queued["endpoint"], queued["count"], queued.get("status")) == ("token", 2, 503)
    callback = sandbox.approve(partner.authorize_url(sandbox))
    assert partner.token(sandbox, callback)[0] == 503
    assert sandbox.faults()[0]["count"] == 1
    sandbox.clear_faults()
    assert sandbox.faults() == []
    assert partner.token(sandbox, callback)[0] == 200
    assert [request["fault"] for request in sandbox.requests("token")] == ["server_error", None]
    with pytest.raises(SandboxError, match="Only the endpoint secret can be locked"):
        sandbox.fault("token", "lock")


def test_a_reply_of_ones_own(venuekey_sandbox: Sandbox) -> None:
    sandbox, body = venuekey_sandbox, {"message": "Too Many Attempts."}
    (queued,) = sandbox.fault("info", "reply", status=429, headers={"Retry-After": "37"}, body=body)
    assert (queued.get("headers"), queued.get("body")) == ({"Retry-After": "37"}, body)
    assert partner.info(sandbox, "any") == (429, body)
    with pytest.raises(SandboxError, match="Only the fault reply takes headers and a body"):
        sandbox.fault("info", "delay", body="text")


@pytest.mark.parametrize(
    ("fault", "decode"),
    [
        ("gzip", gzip.decompress),
        ("deflate", zlib.decompress),
        ("gzip_twice", lambda body: gzip.decompress(gzip.decompress(body))),
    ],
)
def test_encodings_decode(venuekey_sandbox: Sandbox, fault: str, decode: Callable[[bytes], bytes]) -> None:
    url = f"{venuekey_sandbox.base_url('whitebit')}/api/v4/public/time"
    venuekey_sandbox.clock.hold()
    venuekey_sandbox.fault("time", fault)
    assert json.loads(decode(partner.raw(url)))["time"] == venuekey_sandbox.now_ms() // 1000


def test_more_requests_than_a_page_holds(venuekey_sandbox: Sandbox) -> None:
    url = f"{venuekey_sandbox.base_url('whitebit')}/api/v4/public/time"
    for _ in range(1003):
        partner.raw(url)
    assert [request["seq"] for request in venuekey_sandbox.requests("time")] == list(range(1, 1004))


def test_the_user_acts_outside_the_flow(venuekey_sandbox: Sandbox) -> None:
    venuekey_sandbox.approve(partner.authorize_url(venuekey_sandbox))
    assert venuekey_sandbox.user_action("whitebit", "delete_key") == {"keys": 1}
    assert venuekey_sandbox.state()["whitebit"]["global"]["keys"][0]["status"] == "deleted"
    with pytest.raises(SandboxError, match="Nothing documents"):
        venuekey_sandbox.user_action("bybit", "block_account", "testnet")


def reader(sandbox: Sandbox) -> str:
    """An access token that reads."""
    callback = sandbox.approve(partner.plain_url(sandbox))
    return str(partner.token(sandbox, callback)[1]["data"]["access_token"])


def test_the_account_is_read_and_grows(venuekey_sandbox: Sandbox) -> None:
    sandbox = venuekey_sandbox
    sandbox.clock.hold()
    sandbox.knobs(whitebit={"history_rows": 20})
    access = reader(sandbox)
    status, page = partner.read(sandbox, access, "transactions", limit=10, offset=0)
    assert (status, page["total"], len(page["records"])) == (201, 20, 10)
    assert sandbox.add_history(transactions=2) == {"transactions": 22, "converts": 20, "orders": 20, "deals": 20}
    new = partner.read(sandbox, access, "transactions", limit=10, offset=0)[1]
    assert new["records"][2:] == page["records"][:8]
    assert {row["createdAt"] for row in new["records"][:2]} == {sandbox.now_ms() // 1000}
    assert sandbox.add_history(deals=1, environment="eu", user=5)["deals"] == 21
    assert len(partner.read(sandbox, access, "deals", market="BTC_USDT", limit=500)[1]) < 20
    (first, _, _) = [request for request in sandbox.requests(values=True) if "accounts" in request["path"]]
    assert (first["endpoint"], first["json"][0]) == ("transactions", {"name": "limit", "value": "10"})
    with pytest.raises(SandboxError, match="At most 25000 rows"):
        sandbox.add_history(orders=25_001)


def test_a_token_reads_what_its_scopes_say_and_while_it_lives(venuekey_sandbox: Sandbox) -> None:
    sandbox = venuekey_sandbox
    sandbox.knobs(whitebit={"plain_scopes": "users.orders.read,users.balances.read", "limit_divisor": 1000})
    access = reader(sandbox)
    assert partner.read(sandbox, access, "deals")[0] == 401
    sandbox.knobs(whitebit={"scope_denied_status": 403})
    assert partner.read(sandbox, access, "deals")[0] == 403
    assert [partner.read(sandbox, access, "balances/main")[0] for _ in range(2)] == [200, 429]
    sandbox.clock.advance(seconds=10)
    sandbox.fault("spot_balances", "rate_limit")
    assert [partner.read(sandbox, access, "balances/spot")[0] for _ in range(2)] == [429, 200]
    sandbox.clock.advance(seconds=290)
    assert partner.read(sandbox, access, "orders")[0] == 401


def test_knobs_are_checked(venuekey_sandbox: Sandbox) -> None:
    assert venuekey_sandbox.knobs()["whitebit"]["variant"] == "new"
    assert venuekey_sandbox.knobs(whitebit={"variant": "old"})["whitebit"]["variant"] == "old"
    with pytest.raises(SandboxError, match="unknown field `nothing`"):
        venuekey_sandbox.knobs(bybit={"nothing": 1})
    venuekey_sandbox.reset()
    assert venuekey_sandbox.knobs()["whitebit"]["variant"] == "new"


@pytest.mark.venuekey_sandbox_allow_violations
def test_violations_name_the_field(venuekey_sandbox: Sandbox) -> None:
    callback = venuekey_sandbox.approve(partner.authorize_url(venuekey_sandbox))
    assert partner.token(venuekey_sandbox, callback, grant_type="authorization_code")[0] == 422
    (violation,) = venuekey_sandbox.violations()
    assert (violation["rule"], violation["field"], violation["endpoint"]) == ("unknown_field", "grant_type", "token")
