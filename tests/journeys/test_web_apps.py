"""The small apps: both exchanges through the mounted routes, impatient users, other sites' forms, and SIGKILL."""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from conftest import Rig, wait_for
from forks import Forks
from mounted import APPS, EXAMPLES, MOUNT, Mounted, csrf_of
from person import Person

VENUES = ("whitebit", "bybit")


@pytest.fixture(scope="session")
def idle() -> Iterator[dict[str, Mounted]]:
    """Apps that run on for the next test: a start of most costs more than a test does."""
    idle: dict[str, Mounted] = {}
    yield idle
    for app in idle.values():
        with closing(app.rig):
            assert_well(app)


def assert_well(app: Mounted) -> None:
    """Of all that it has said and stored so far."""
    app.rig.assert_no_leak()
    assert app.rig.sandbox.ask("/violations")["violations"] == []
    assert "Traceback" not in app.outputs()


@pytest.fixture(params=[app for app in APPS if app != "spring"])
def mounted(
    binary: Path, tmp_path: Path, forks: Forks, idle: dict[str, Mounted], request: pytest.FixtureRequest
) -> Iterator[Mounted]:
    """An app that runs. Whatever a test does, it must leak nothing and send nothing undocumented."""
    typed = request.function is test_both_exchanges_from_connect_to_disconnect
    app = None if typed else idle.pop(request.param, None)
    rig = app.rig if app else Rig(binary, tmp_path, zlib.crc32(request.node.nodeid.encode()), mount=MOUNT)
    is_kept = False
    try:
        app = app or Mounted(rig, request.param, tmp_path, typed=typed)
        yield app
        reusable = request.param not in idle and app.is_at_rest()
        if not reusable:
            for program in rig.programs:
                program.stop()
        assert_well(app)
        if reusable:
            app.start_over()
            idle[request.param] = app
            is_kept = True
    finally:
        if not is_kept:
            rig.close()


@pytest.fixture
def person(mounted: Mounted) -> Person:
    person = mounted.rig.new_person()
    mounted.enter(person)
    return person


def post(person: Person, path: str, body: str = "", **headers: str) -> Any:
    headers = {"content-type": "application/x-www-form-urlencoded", **headers}
    return person.ask_api("POST", MOUNT + path, body.encode(), **headers)


def test_the_guide_has_the_whole_of_flask() -> None:
    app = (EXAMPLES / "flask-app/app.py").read_text()
    assert f"\n```python\n{app}```\n" in (EXAMPLES.parent / "docs/web.md").read_text()


def test_the_guide_has_the_whole_of_express() -> None:
    app = (EXAMPLES / "express-app/app.js").read_text()
    assert f"\n```js\n{app}```\n" in (EXAMPLES.parent / "docs/web-node.md").read_text()


def test_both_exchanges_from_connect_to_disconnect(mounted: Mounted, person: Person) -> None:
    for venue in VENUES:
        mounted.connected(person, venue)
        assert mounted.is_right(person, venue)
    page = person.open(f"{MOUNT}/")
    assert page.html.count("Connected</span>") == 2
    person.press(page, "Yes, disconnect: Bybit")
    wait_for(lambda: mounted.view(person, "bybit")["status"] == "ended", mounted.outputs)
    left = mounted.view(person, "bybit")["key_left"]
    assert left and left[-8:] in person.open(f"{MOUNT}/").html, "Bybit lets nobody but the user delete it"
    whitebit = mounted.view(person, "whitebit")["id"]
    assert post(person, f"/disconnect/{whitebit}", f"csrf={csrf_of(person.open(f'{MOUNT}/'))}&delete_key=1").status_code == 303
    wait_for(lambda: mounted.view(person, "whitebit")["status"] == "ended", mounted.outputs)
    assert mounted.rig.keys_at("whitebit") == []
    person.press(person.open(f"{MOUNT}/"), "Connect Bybit")
    assert len(mounted.rig.exchanged_codes()) == 2


@pytest.mark.skipif("spring" not in APPS, reason="VENUEKEY_PAVED_KOTLIN is not set")
@pytest.mark.parametrize("mounted", ["spring"], indirect=True)
def test_spring_as_the_guide_mounts_it(mounted: Mounted, person: Person) -> None:
    """One start: what it adds to the servlet is where the owner is from, its filter of forms, and the worker as a bean."""
    test_both_exchanges_from_connect_to_disconnect(mounted, person)


def test_the_guide_has_the_lines_of_spring() -> None:
    app = (EXAMPLES / "spring-app/src/main/java/io/github/venuekey/example/App.java").read_text()
    guide = (EXAMPLES.parent / "docs/connections-kotlin.md").read_text()
    patterns = r"```java\n(@Bean\n.*?)```", r"`(@Bean\(.*?)`", r"`(csrf -> .*?)`"
    shown = [found for pattern in patterns for found in re.findall(pattern, guide, re.S)]
    assert len(shown) == 3
    for each in shown:
        assert " ".join(each.split()) in " ".join(app.split())


def test_a_callback_that_comes_again_shows_the_state(mounted: Mounted, person: Person) -> None:
    for venue in VENUES:
        back = mounted.approve(person, mounted.consent(person, venue), follow=False)
        for _ in range(3):
            page = person.open(back.url)
            assert urlsplit(page.url).path == f"{MOUNT}/status/{mounted.view(person, venue)['id']}"
            assert urlsplit(page.url).query == ""
        mounted.settled(person, venue)
        assert "Connected" in person.open(back.url).html
    assert len(mounted.rig.exchanged_codes()) == 2


def test_a_callback_of_somebody_else_is_not_accepted(mounted: Mounted, person: Person) -> None:
    back = mounted.approve(person, mounted.consent(person, "bybit"), follow=False)
    other = mounted.rig.new_person()
    assert other.open(back.url).status == 401, "it waits for who is not logged in"
    assert urlsplit(other.open(f"{mounted.rig.home}{MOUNT}/").url).path.rstrip("/") == MOUNT, "who logs in then"
    page = other.open(back.url)
    assert (page.status, urlsplit(page.url).path) == (400, f"{MOUNT}/refused/not_accepted")
    assert urlsplit(page.url).query == "" and "Nothing was done." in page.html, "code and state leave the history"
    for answer in (other.visited[-2], other.visited[-1]):
        assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert mounted.view(person, "bybit")["status"] == "awaiting_user"
    person.open(back.url)
    assert mounted.settled(person, "bybit")["status"] == "connected"


def test_who_only_looks_where_the_way_back_leads_changes_nothing(mounted: Mounted, person: Person) -> None:
    """Link previewers and scanners send HEAD, and browsers load ahead what their user may never open."""
    back = mounted.approve(person, mounted.consent(person, "bybit"), follow=False)
    declined = f"{back.url.partition('?')[0]}?error=access_denied&state={parse_qs(urlsplit(back.url).query)['state'][0]}"
    for url in (back.url, declined):
        head = person.ask_api("HEAD", url)
        assert (head.status_code, head.content, "location" in head.headers) == (200, b"", False)
        assert person.ask_api("GET", url, **{"sec-purpose": "prefetch;prerender"}).status_code == 403
    assert mounted.view(person, "bybit")["status"] == "awaiting_user"
    person.open(back.url)
    assert mounted.settled(person, "bybit")["status"] == "connected"


def test_who_stops_connecting_again_keeps_what_works(mounted: Mounted, person: Person) -> None:
    mounted.consent(person, "bybit")
    person.press(person.open(f"{MOUNT}/"), "Stop: Bybit")
    wait_for(lambda: mounted.view(person, "bybit")["status"] == "ended", mounted.outputs)
    id = mounted.connected(person, "bybit")["id"]
    person.press(person.open(f"{MOUNT}/"), "Connect again: Bybit")
    attempt = mounted.view(person, "bybit")["attempt"]
    page = person.open(f"{MOUNT}/")
    assert "Your account at Bybit is connected." in page.html and "You are connecting again. Waiting for you at Bybit." in page.html
    assert person.press(page, "Continue at Bybit").url.startswith(mounted.rig.sandbox.url)
    assert mounted.view(person, "bybit")["attempt"] == attempt and attempt["status"] == "awaiting_consent"
    page = person.press(page, "Stop: Bybit")
    assert urlsplit(page.url).path == f"{MOUNT}/status/{id}" and "connecting again" not in page.html
    view = mounted.view(person, "bybit")
    assert (view["id"], view["status"], view["attempt"], view["intent"]) == (id, "connected", None, None)
    assert mounted.is_right(person, "bybit")


def test_clicks_at_once_lead_to_one_connection(mounted: Mounted, person: Person) -> None:
    page = person.open(f"{MOUNT}/")
    with ThreadPoolExecutor(4) as clicks:
        answers = [*clicks.map(lambda _: post(person, "/connect/bybit", f"csrf={csrf_of(page)}"), range(4))]
    assert {answer.status_code for answer in answers} == {303}
    # Whichever the browser follows, it gets there.
    mounted.approve(person, person.open(answers[-1].headers["location"]))
    wait_for(lambda: ("bybit", "connected") in mounted.rows(), mounted.outputs)
    assert mounted.is_right(person, "bybit")
    assert len(mounted.rig.exchanged_codes()) == 1


def test_a_decline_is_told_and_the_way_back_is_open(mounted: Mounted, person: Person) -> None:
    mounted.rig.sandbox.turn(whitebit={"decline_mode": "error"})
    back = person.press(mounted.consent(person, "whitebit"), "Decline")
    assert "Nothing was shared." in back.html
    page = person.press(back, "Connect again: WhiteBIT")
    mounted.approve(person, page)
    assert mounted.settled(person, "whitebit")["status"] == "connected"
    assert [client for client, _ in mounted.rows()] == ["whitebit"]


def test_a_pop_up_comes_back_to_a_page_that_closes_itself(mounted: Mounted, person: Person) -> None:
    asked = post(person, "/connect/bybit", f"csrf={csrf_of(person.open(f'{MOUNT}/'))}&popup=1")
    back = mounted.approve(person, person.open(asked.headers["location"]))
    assert urlsplit(back.url).query == "popup=1" and "data-close" in back.html
    assert mounted.settled(person, "bybit")["status"] == "connected"


def test_no_other_site_s_form_does_anything(mounted: Mounted, person: Person) -> None:
    id = mounted.connected(person, "bybit")["id"]
    csrf = csrf_of(person.open(f"{MOUNT}/"))
    for headers, body in (
        ({}, ""),
        ({}, "csrf=wrong"),
        ({"origin": "https://evil.example"}, f"csrf={csrf}"),
        ({"sec-fetch-site": "cross-site"}, f"csrf={csrf}"),
    ):
        for path in (f"/disconnect/{id}", f"/cancel/{id}", f"/reconnect/{id}", "/connect/whitebit"):
            assert post(person, path, body, **headers).status_code == 403
    other = mounted.rig.new_person()
    of_other = csrf_of(mounted.enter(other))
    assert post(person, f"/disconnect/{id}", f"csrf={of_other}").status_code == 403
    for verb in ("disconnect", "cancel", "reconnect", "recover", "choose", "paste"):
        assert post(other, f"/{verb}/{id}", f"csrf={of_other}&account_id=1&code=1").status_code == 404
    assert other.ask_api("GET", f"{MOUNT}/status/{id}").status_code == 404
    assert mounted.is_right(person, "bybit") and mounted.view(person, "bybit")["intent"] is None


def test_what_comes_over_the_wire(mounted: Mounted, person: Person) -> None:
    """Bodies, paths and methods that no page of ours sends, through the framework's own reading of them."""
    csrf = csrf_of(person.open(f"{MOUNT}/"))
    deep = b'{"a":' * 3_000
    for body, type_, status in (
        (deep, "application/json", 400),
        (b'{"csrf": "\\ud800"}', "application/json", 400),
        (b"\xff\xfe=%ff", "application/x-www-form-urlencoded", 400),
        (b"csrf=1&csrf=2", "application/x-www-form-urlencoded", 400),
        (b"x" * 20_000, "application/x-www-form-urlencoded", 413),
        (b"x" * 3_000_000, "application/json", 413),
    ):
        answer = person.ask_api("POST", f"{MOUNT}/connect/bybit", body, **{"content-type": type_, "x-csrf-token": csrf})
        assert answer.status_code == status, body[:20]
    # Tomcat's own answer, before any route.
    odd = 400 if mounted.app == "servlet" else 404
    for path, status in (
        ("/nowhere", 404),
        ("/status/%00", odd),
        ("/status/%ff%fe", 500 if mounted.app == "next" else odd),  # Next's own answer, before any route
        ("/status/..%2f..%2f", odd),
        ("/callback/bybit/", 400),
        ("/callback/bybit/?code=%ff&state=%00", 303),
        ("/callback/bybit?state=%ED%A0%80&code=1", 303),
    ):
        answer = person.ask_api("GET", MOUNT + path)
        assert (answer.status_code, answer.headers.get("location")) == (status, f"{MOUNT}/refused/not_accepted" if status == 303 else None), path
    for method, path, allow in (("PUT", "/", "GET, HEAD"), ("GET", "/connect/bybit", "POST"), ("OPTIONS", "/", "GET, HEAD")):
        answer = person.ask_api(method, MOUNT + path)
        if mounted.app == "next" and method != "GET":
            assert answer.status_code in (204, 405)  # Next's own answers, for what the route does not export
            continue
        assert (answer.status_code, answer.headers["allow"]) == (405, allow)
    head = person.ask_api("HEAD", f"{MOUNT}/")
    assert head.status_code == 200 and head.content == b""
    assert person.ask_api("GET", MOUNT).status_code in (200, 301, 308)


def test_killed_while_the_user_is_at_the_exchange(mounted: Mounted, person: Person) -> None:
    for venue in VENUES:
        consent = mounted.consent(person, venue)
        mounted.killed()
        mounted.approve(person, consent)
        assert mounted.settled(person, venue)["status"] == "connected"
    assert mounted.is_right(person, "whitebit") and mounted.is_right(person, "bybit")


def test_killed_while_the_browser_comes_back(mounted: Mounted, person: Person) -> None:
    """The callback meets nobody, and is loaded again when somebody is there."""
    back = mounted.approve(person, mounted.consent(person, "bybit"), follow=False)

    def in_vain() -> None:
        with pytest.raises(Exception, match="Connection refused"):
            person.open(back.url)

    mounted.killed(meanwhile=in_vain)
    person.open(back.url)
    assert mounted.settled(person, "bybit")["status"] == "connected"


def test_killed_while_a_worker_waits(mounted: Mounted, person: Person) -> None:
    """The exchange asks for patience: what was wanted is stored, and goes on in the next process."""
    for venue, endpoint in (("bybit", "openapi"), ("whitebit", "secret")):
        mounted.rig.sandbox.fault(endpoint, "rate_limit", count=1_000)
        mounted.approve(person, mounted.consent(person, venue))
        wait_for(lambda venue=venue: _waits(mounted.view(person, venue)), mounted.outputs)  # type: ignore[misc]
        mounted.killed()
        assert mounted.view(person, venue)["status"] == "working"
        mounted.no_more_faults()
        assert mounted.settled(person, venue)["status"] == "connected"
        assert mounted.is_right(person, venue)


def _waits(view: Any) -> bool:
    """For a while yet: no request is out, which tests of the worker's own kills are about."""
    wait = view["wait"]
    return bool(wait and wait["reason"] == "rate_limited" and wait["until_ms"] > time.time() * 1000 + 3_000)


def test_killed_between_disconnect_and_its_worker(mounted: Mounted, person: Person) -> None:
    mounted.connected(person, "whitebit")
    with mounted.without_worker():
        person.press(person.open(f"{MOUNT}/"), "Yes, disconnect: WhiteBIT")
    mounted.killed()
    wait_for(lambda: mounted.view(person, "whitebit")["status"] == "ended", mounted.outputs)
