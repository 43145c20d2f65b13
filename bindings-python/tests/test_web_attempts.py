"""Attempts that are called off: what works keeps working."""

from __future__ import annotations

from browser import MOUNT, Browser, told
from conftest import Clock
from test_web_routes import begun, query_of


def pasted_and_connected(browser: Browser) -> str:
    id = begun(browser, "agent")
    browser.post(f"/paste/{id}", code="canary-code")
    browser.connections.run_once()
    browser.post(f"/choose/{id}", account_id="200001")
    browser.connections.run_once()
    assert browser.connections.status(id).status == "connected"
    return id


def test_who_stops_connecting_again_keeps_what_works(browser: Browser) -> None:
    id = pasted_and_connected(browser)
    assert browser.forms(browser.get(f"/status/{id}")) == [f"/reconnect/{id}", f"/disconnect/{id}"]
    for _ in range(2):
        browser.post(f"/reconnect/{id}")
        page = browser.get(f"/status/{id}")
        assert "Your account at Bybit is connected." in page
        assert "You are connecting again. Waiting for you at Bybit." in page
        assert "data-watch" in page, "it says by itself when the user has finished there"
        assert browser.forms(page) == [f"/paste/{id}", f"/reconnect/{id}", f"/cancel/{id}", f"/disconnect/{id}"]
        assert browser.forms(browser.get())[:4] == browser.forms(page)
        assert browser.json(f"/status/{id}")["state"] == "connected visit"
        # The second time finds nothing to call off.
        for _ in range(2):
            browser.post(f"/cancel/{id}")
            assert browser.location == f"{MOUNT}/status/{id}"
        view = browser.connections.status(id)
        assert (view.status, view.attempt, view.intent) == ("connected", None, None)
    browser.post(f"/reconnect/{id}")
    answer = told(browser.post_json(f"/cancel/{id}", {"csrf": browser.csrf()}))
    assert (answer["location"], answer["connection"]["attempt"]) == (f"{MOUNT}/status/{id}", None)
    browser.connections.run_once()
    assert browser.connections.status(id).status == "connected"


def test_a_failed_attempt_in_front_of_what_works_is_dismissed(browser: Browser, clock: Clock) -> None:
    id = pasted_and_connected(browser)
    browser.post(f"/reconnect/{id}")
    clock.now_ms += 901_000
    browser.connections.run_once()
    page = browser.get(f"/status/{id}")
    assert "Your connection still works. The last attempt to connect again did not." in page
    assert browser.forms(page) == [f"/cancel/{id}", f"/reconnect/{id}", f"/disconnect/{id}"]
    browser.post(f"/cancel/{id}")
    page = browser.get(f"/status/{id}")
    assert browser.forms(page) == [f"/reconnect/{id}", f"/disconnect/{id}"]
    assert "The last attempt" not in page


def test_who_stops_and_has_nothing_else_ends(browser: Browser) -> None:
    for verb in ("stop", "dismiss"):
        id = begun(browser)
        if verb == "dismiss":
            state = query_of(browser, id).partition("code=")[2].partition("&")[2]
            browser.get("/callback/whitebit", f"error=access_denied&{state}")
        assert f"/cancel/{id}" in browser.forms(browser.get()), verb
        browser.post(f"/cancel/{id}")
        assert browser.location == f"{MOUNT}/"
        browser.connections.run_once()
        assert browser.connections.status(id).status == "ended"
        assert "/connect/whitebit" in browser.forms(browser.get())


def test_a_button_of_a_page_from_before_ends_no_account(browser: Browser) -> None:
    """Stopped in one tab what has come about in another."""
    id = begun(browser)
    assert f"/cancel/{id}" in browser.forms(browser.get())
    browser.get("/callback/whitebit", query_of(browser, id))
    browser.post(f"/cancel/{id}")
    assert browser.location == f"{MOUNT}/status/{id}", "a worker is at it"
    browser.connections.run_once()
    browser.post(f"/cancel/{id}")
    assert browser.connections.status(id).status == "connected"
