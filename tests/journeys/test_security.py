"""Forms, cookies, headers and logs."""

from __future__ import annotations

import re

import pytest

from conftest import Rig, fetch
from person import Person
from pool import read_to_the_end

FORMS = [
    f"/{verb}/{venue}"
    for verb in ("connect", "recover", "cancel", "disconnect", "forget")
    for venue in ("whitebit", "bybit")
]


@pytest.fixture
def secured(live: Rig, person: Person) -> Person:
    """Someone with a connected account."""
    assert live.connect(person, "bybit").state == "connected"
    return person


def test_a_form_needs_its_session_s_token(live: Rig, secured: Person) -> None:
    stranger = live.new_person()
    foreign = stranger.open("/").forms[0].fields[0][1]
    calls = len(live.sandbox.calls())
    for path in FORMS:
        for body in ("", "csrf=", "csrf=0", f"csrf={foreign}", "csrf=%FF"):
            reply = secured.post_raw(path, body)
            assert reply.status_code == 403, (path, body)
            assert "out of date" in reply.text
        with_query = secured.post_raw(f"{path}?csrf={secured.open('/').forms[0].fields[0][1]}", "")
        assert with_query.status_code == 403
        assert fetch("GET", live.home + path).status_code == 405
    assert secured.post_raw("/forget/bybit", "csrf=" + "0" * 5000).status_code == 413
    assert secured.open("/").sections["bybit"].state == "connected"
    assert len(live.sandbox.calls()) == calls


def test_a_form_without_a_session_is_refused(live: Rig) -> None:
    assert fetch("POST", f"{live.home}/connect/bybit", data={"csrf": "x"}).status_code == 403


def test_another_user_cannot_reach_an_account(live: Rig, secured: Person) -> None:
    stranger = live.new_person()
    live.ask(stranger, "whitebit")
    token = stranger.open("/").forms[0].fields[0][1]
    assert stranger.post_raw("/forget/bybit", f"csrf={token}").status_code == 303
    assert secured.open("/").sections["bybit"].state == "connected"


def test_the_session_is_new_once_it_is_worth_something(live: Rig, person: Person) -> None:
    person.open("/")
    planted = person.cookie_header()
    live.connect(person, "bybit")
    assert person.cookie_header() != planted
    thief = fetch("GET", live.home, headers={"cookie": planted})
    assert "Not connected" in thief.text and "106000001" not in thief.text


def test_the_cookie_s_flags(live: Rig) -> None:
    cookie = fetch("GET", live.home).headers["set-cookie"]
    assert re.fullmatch(r"session=[\w-]{43}; HttpOnly; Max-Age=\d+; Path=/; SameSite=lax", cookie)


def test_behind_https_the_cookie_is_secure(rig: Rig) -> None:
    rig.start(PUBLIC_URL="https://partner.example")
    reply = fetch("GET", f"{rig.home}/", headers={"host": "partner.example"})
    assert reply.headers["set-cookie"].startswith("__Host-session=")
    assert "; Secure" in reply.headers["set-cookie"]
    assert "strict-transport-security" in reply.headers


@pytest.mark.parametrize(
    "path", ["/", "/refused", "/api/connections", "/library/assets/style.css", "/nowhere", "/callback/bybit?code=1"]
)
def test_every_response_has_its_headers(live: Rig, path: str) -> None:
    headers = fetch("GET", live.home + path).headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert "server" not in headers


def test_pages_hold_no_inline_script_or_style(live: Rig, secured: Person) -> None:
    live.ask(secured, "whitebit")
    html = secured.open("/").html
    assert 'src="/library/assets/page.js"' in html
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bon\w+=|style=", html)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_another_host_name_is_refused(live: Rig, host: str) -> None:
    assert fetch("GET", live.home, headers={"host": host}).status_code == 400


def test_logs_hold_no_query_and_no_unknown_path(live: Rig) -> None:
    fetch("GET", f"{live.home}/callback/whitebit?code=querycanary&state=querycanary")
    fetch("GET", f"{live.home}/pathcanary/%0Ainjected")
    fetch("GET", f"{live.home}/?q=querycanary")
    read_to_the_end(live)
    output = live.backend.output()
    assert "GET /callback/whitebit 303" in output
    assert "(unknown path) 404" in output
    assert "canary" not in output and "injected" not in output


def test_files_are_for_the_owner_only(live: Rig) -> None:
    assert live.data.stat().st_mode & 0o077 == 0
    for path in live.data.rglob("*"):
        if path.name.startswith(("backend.db", "encryption.key")):
            assert path.stat().st_mode & 0o077 == 0, path


def test_values_do_not_open_in_another_place(live: Rig, secured: Person) -> None:
    """Whoever can write the database still can't give one user another's account."""
    thief = live.new_person()
    live.ask(thief, "whitebit")
    with live.database() as database:
        database.execute("UPDATE venuekey_connections SET owner = ? WHERE status = 'connected'", live.user_of(thief))
    page = thief.open("/")
    assert page.sections["bybit"].code == "broken"
    assert "106000001" not in page.html
    assert thief.press(page, "Forget it here").sections["bybit"].state == "none"
