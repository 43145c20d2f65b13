"""An account connected at a desk, by the command line: browser, paste, choice, and whatever stops it half-way."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from conftest import OTP, Rig, fetch, wait_for
from desk_rig import LANGUAGES, DeskRig
from forks import Child, Forks
from library import code_on_the_page
from person import Person
from test_loopback import silent

CLOSE = "You can close this window and go back to the program."
CALLS = {
    "whitebit": ("POST", "/api/v4/trade-account/balance", "{}"),
    "bybit": ("GET", "/v5/user/query-api", "{}"),
}


@pytest.fixture(params=LANGUAGES)
def desk(rig: Rig, tmp_path: Path, forks: Forks, request: pytest.FixtureRequest) -> Iterator[DeskRig]:
    with closing(DeskRig(rig, tmp_path, request.param, forks)) as desk:
        yield desk
        desk.assert_no_leak()


@pytest.mark.parametrize("venue", CALLS)
def test_connect_status_call(desk: DeskRig, person: Person, venue: str) -> None:
    desk.typed = True
    view = desk.connected(person, venue)
    shown = desk.run("status", "--json").json()
    assert [(each["id"], each["status"]) for each in shown] == [(view["id"], "connected")]
    for target in (venue, view["id"], view["id"][:6]):
        called = desk.run("call", target, *CALLS[venue])
        assert called.code == 0 and isinstance(called.json(), dict), called
    one = desk.run("status", view["id"])
    assert one.code == 0 and "connected" in one.out and "reply exchange_code" in one.out
    again = desk.run("connect", venue, "--no-browser", "--json")
    assert again.code == 0 and again.json()["id"] == view["id"], "it is connected already"
    assert stat.S_IMODE(desk.key.stat().st_mode) == 0o600
    assert len(desk.rig.exchanged_codes()) == 1


def test_several_accounts_have_labels(desk: DeskRig, person: Person) -> None:
    desk.connected(person, "bybit", "--label", "one")
    desk.connected(person, "bybit", "--label", "two")
    assert desk.error("call", "bybit", *CALLS["bybit"])["code"] == "ambiguous_account"
    assert desk.run("call", "two", *CALLS["bybit"]).code == 0
    assert desk.error("call", "three", *CALLS["bybit"])["code"] == "connection_not_found"


def test_only_its_callback_ends_the_wait(desk: DeskRig, person: Person) -> None:
    child = desk.start("connect", "bybit", "--no-browser", "--json")
    consent, before = desk.page(child)
    asked = parse_qs(urlsplit(consent).query)
    home = httpx.URL(asked["redirect_uri"][0])
    good, path = f"?code=code&state={asked['state'][0]}", home.path
    with silent(("127.0.0.1", home.port or 0), b"", f"GET {path}?code=x".encode(), b"\x16\x03\x01"):
        for method, target, status in [
            ("GET", "/favicon.ico", 404),
            ("GET", f"{path}XYZ{good}", 404),
            ("GET", f"{path}/x{good}", 404),
            ("GET", f"/x{path}{good}", 404),
            ("HEAD", f"{path}{good}", None),
            ("POST", f"{path}{good}", None),
            ("OPTIONS", f"{path}{good}", None),
            ("GET", path, 400),
            ("GET", f"{path}/?code=x&state=of-another", 400),
        ]:
            reply = fetch(method, str(home.join("/")).rstrip("/") + target)
            assert reply.status_code == status if status else reply.status_code >= 400, (method, target)
        rebound = fetch("GET", str(home) + good, headers={"host": "attacker.example"})
        assert rebound.status_code == 404
        page = desk.agreed(person, consent)
    assert page.status == 200 and CLOSE in page.html
    for name, value in [("cache-control", "no-store"), ("referrer-policy", "no-referrer"), ("x-content-type-options", "nosniff")]:
        assert page.headers[name] == value
    assert "default-src 'none'" in page.headers["content-security-policy"]
    said = desk.end(child, before=before)
    assert said.code == 0 and said.err.count("; still waiting") == 2, said
    assert "code=x" not in said.err and len(desk.rig.exchanged_codes()) == 1


def test_a_code_is_pasted_and_an_account_chosen(desk: DeskRig, person: Person) -> None:
    desk.rig.sandbox.turn(bybit={"user_sub_accounts": 2})
    child = desk.start("connect", "bybit-agent", "--paste", "--no-browser", "--sandbox", desk.rig.sandbox.url)
    url, before = desk.page(child)
    page = desk.agreed(person, url)
    said = desk.end(child, f"\n{code_on_the_page(page.html)}\n7\n2\n", before)
    assert said.code == 0 and said.out.startswith("Connected: bybit mainnet, connection "), said


def test_an_address_is_pasted(desk: DeskRig, person: Person) -> None:
    """The browser is on another machine: it can't reach the redirect URI, and shows its address."""
    child = desk.start("connect", "whitebit", "--paste", "--no-browser", "--json")
    url, before = desk.page(child)
    page = person.open(url)
    back = person.press(page, "Approve", {"permissions": ["info"]}, lambda url: "/callback" in url, otp=OTP)
    said = desk.end(child, f"{back.url}\n", before)
    assert said.code == 0 and said.json()["status"] == "connected", said


def test_again_asks_for_a_new_consent(desk: DeskRig, person: Person) -> None:
    before = desk.connected(person, "bybit")
    view = desk.connected(person, "bybit", "--again")
    assert (view["id"], view["attempt"]) == (before["id"], None)
    assert len(desk.rig.exchanged_codes()) == 2
    assert desk.run("call", view["id"], *CALLS["bybit"]).code == 0


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_stopped_at_the_venue_it_goes_on(desk: DeskRig, person: Person, end: signal.Signals) -> None:
    desk.typed = True
    first = desk.start("connect", "bybit", "--no-browser")
    url, before = desk.page(first)
    first.send_signal(end)
    said = desk.end(first, before=before)
    if end == signal.SIGINT:
        assert said.code == 130 and said.err.endswith("Stopped. Nothing is lost: run it again to continue.\n"), said
    second = desk.start("connect", "bybit", "--no-browser", "--json")
    same, before = desk.page(second)
    assert same == url and before.startswith("Continuing where the program stopped.\n")
    desk.agreed(person, same)
    assert desk.end(second, before=before).code == 0
    assert len(desk.run("status", "--json").json()) == 1


def test_killed_once_the_callback_is_in_it_goes_on(desk: DeskRig, person: Person, still: None) -> None:
    """A key that is not there yet is what it dies over, while it waits: with a request out its lease would be waited for, which
    test_paved_kills does by a clock of its own."""
    desk.typed = True  # whether it is stopped is for its parent to know
    desk.rig.sandbox.turn(whitebit={"key_timing": "after", "key_delay_ms": 4_000})
    first = desk.start("connect", "whitebit", "--no-browser")
    url, before = desk.page(first)
    desk.agreed(person, url)
    wait_for(lambda: desk.rig.sandbox.calls("info"))
    wait_for(lambda: _killed_at_rest(desk, first))
    desk.end(first, before=before)
    desk.rig.sandbox.tell("/clock/advance", {"ms": 4_000})
    said = desk.run("connect", "whitebit", "--no-browser", "--json")
    assert said.code == 0 and said.json()["status"] == "connected", said
    assert len(desk.rig.exchanged_codes()) == 1


def _killed_at_rest(desk: DeskRig, child: Child) -> bool:
    """Only where no lease is held; it is held itself meanwhile."""
    child.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, child.pid, os.WSTOPPED)
    rests = desk.sql("SELECT lease_holder FROM venuekey_connections") == [(None,)]
    child.send_signal(signal.SIGKILL if rests else signal.SIGCONT)
    return rests


def test_what_failed_is_begun_again(desk: DeskRig, person: Person) -> None:
    desk.rig.sandbox.turn(bybit={"cancel_mode": "error"})
    child = desk.start("connect", "bybit", "--no-browser", "--json")
    url, before = desk.page(child)
    person.press(person.open(url), "Decline")
    assert desk.failure(desk.end(child, before=before))["code"] == "access_denied"
    view = desk.connected(person, "bybit")
    assert [each["id"] for each in desk.run("status", "--json").json()] == [view["id"]], "the same connection"


def test_tokens(desk: DeskRig, person: Person) -> None:
    view = desk.connected(person, "whitebit", "--goal", "account_tokens")
    assert view["goal"] == "account_tokens"
    assert desk.error("call", "whitebit", *CALLS["whitebit"])["code"] == "not_supported"


def test_the_sandbox_by_a_word(desk: DeskRig, person: Person) -> None:
    """Its clients need no configuration, and its connections have a file of their own."""
    for name in [*desk.environ]:
        if name.startswith("VENUEKEY_"):
            del desk.environ[name]
    for venue in ("whitebit", "bybit"):
        desk.environ[f"VENUEKEY_{venue.upper()}_REDIRECT_URI"] = f"{desk.rig.home}/callback/{venue}"
    desk.environ["XDG_DATA_HOME"] = str(desk.rig.data)
    desk.connected(person, "bybit", "--sandbox", desk.rig.sandbox.url)
    assert {each.name.partition(".")[0] for each in (desk.rig.data / "venuekey").iterdir()} == {"sandbox"}
    assert desk.run("call", "bybit", *CALLS["bybit"], "--sandbox", desk.rig.sandbox.url).code == 0
    assert {each["level"] for each in desk.doctor("--sandbox", desk.rig.sandbox.url).values()} == {"ok"}
    assert desk.run("status", "--json", VENUEKEY_SANDBOX_URL=desk.rig.sandbox.url).json() != []


def is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_sandbox_of_its_own(desk: DeskRig, person: Person, binary: Path) -> None:
    """It ends with the command, and so does what is about it."""
    if is_taken(8700):
        pytest.skip("a sandbox runs at its own port already, and is the one that would be asked")
    programs = desk.folder / "bin"
    programs.mkdir()
    (programs / "venuekey-sandbox").symlink_to(binary)
    desk.environ = {
        "PATH": f"{programs}:{desk.environ['PATH']}", "HOME": str(desk.folder), "SSL_CERT_FILE": "", "SSL_CERT_DIR": str(desk.folder),
    }  # fmt: skip
    child = desk.start("connect", "bybit", "--no-browser", "--sandbox")
    url, before = desk.page(child)
    assert desk.agreed(person, url).status == 200
    said = desk.end(child, before=before)
    assert said.code == 0 and "GET /v5/user/query-api is answered." in said.err, said
    assert not (desk.folder / ".local").exists()
    with pytest.raises(httpx.ConnectError):
        fetch("GET", url)


def test_clients_from_a_file(desk: DeskRig, person: Person) -> None:
    settings = {
        "venue": "bybit", "client_id": "demo-bybit", "client_secret": "demo-bybit-secret",
        "redirect_uri": f"{desk.rig.home}/callback/bybit",
        "authorize_base": f"{desk.rig.sandbox.url}/bybit/mainnet", "api_base": f"{desk.rig.sandbox.url}/bybit/mainnet",
    }  # fmt: skip
    config = desk.folder / "config.json"
    config.write_text(json.dumps({"clients": {"second-bybit": settings}}))
    assert desk.connected(person, "second-bybit", "--config", str(config))["client"] == "second-bybit"
    for wrong, said in [
        ('{"clients": {"a": {"client_secret": "canary', "it is not valid JSON"),
        ("[" * 100_000, "it is not valid JSON"),
        ('{"clients": []}', "clients must be a JSON object"),
        ('{"clients": {"a": {"client_secret": ["canary"]}}}', "client_secret of a must be text"),
        ('{"clients": {"a": {"secret": "canary"}}}', "a has 'secret', which is not one of"),
    ]:
        config.write_text(wrong)
        text = desk.error("status", "--config", str(config))["text"]
        assert said in text and "canary" not in text


def test_misuse_is_told_in_a_line(desk: DeskRig) -> None:
    for arguments, said in [
        (["frobnicate"], "frobnicate"),
        (["connect"], "client"),
        (["call", "bybit", "GET"], "usage"),
    ]:
        ended = desk.run(*arguments)
        assert ended.code == 2 and said in ended.err.lower(), ended
    assert desk.error("connect", "kraken")["code"] == "client_not_found"
    assert desk.error("status", VENUEKEY_SANDBOX_URL="nowhere")["code"] == "sandbox_unavailable"
    url = "postgresql://user:canary@127.0.0.1/x"
    refused = desk.error("status", "--store", url)
    assert refused["code"] == "password_shown" and "canary" not in json.dumps(refused)
    assert desk.run("--help").out.startswith("usage: ")
