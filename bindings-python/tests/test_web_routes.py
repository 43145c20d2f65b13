"""From the first page to the last, over a store and a venue that answers from a script. tests/journeys has servers."""

from __future__ import annotations

import contextlib
import logging
from typing import Any
from urllib.parse import urlsplit

import pytest

import venuekey
from browser import HOME, MOUNT, Browser, Make, header, of_venue, told
from conftest import CANARIES, EXTERNAL_ID, Clock, came_back
from connected import NEW, Failing, spoil
from venuekey.connections import Connections
from venuekey.stores.sqlite import SQLiteStore
from venuekey.web import Request


def begun(browser: Browser, client: str = "whitebit") -> str:
    """The id of a connection whose user is at the exchange."""
    browser.post(f"/connect/{client}")
    assert browser.last.status == 303
    views = [view for view in browser.connections.find("user") if view.client == client and view.authorize_url]
    assert [view.authorize_url for view in views] == [browser.location]
    return views[0].id


def query_of(browser: Browser, id: str) -> str:
    view = browser.connections.status(id)
    return urlsplit(came_back(view.authorize_url or "", f"publicKey={CANARIES['public_key']}")).query


def connected(browser: Browser) -> str:
    id = begun(browser)
    browser.get("/callback/whitebit", query_of(browser, id))
    browser.connections.run_once()
    assert browser.connections.status(id).status == "connected"
    return id


def test_from_connect_to_disconnect(browser: Browser) -> None:
    assert "/connect/whitebit" in browser.forms(browser.get())
    id = begun(browser)
    pending = browser.get()
    assert "Continue at WhiteBIT" in pending
    assert "/connect/whitebit" not in browser.forms(pending)
    query = query_of(browser, id)
    browser.get("/callback/whitebit/", query)
    assert (browser.last.status, browser.location) == (303, f"{MOUNT}/status/{id}"), "code and state leave the history"
    assert "data-watch" in browser.get(f"/status/{id}")
    assert 'http-equiv="refresh"' in browser.last.body.decode()
    browser.connections.run_once()
    page = browser.get(f"/status/{id}")
    assert "Connected" in page
    assert "data-watch" not in page
    assert set(browser.forms(page)) == {f"/reconnect/{id}", f"/disconnect/{id}"}
    browser.post(f"/disconnect/{id}", delete_key="1")
    assert browser.location == f"{MOUNT}/"
    assert "Disconnecting" in browser.get()
    browser.connections.run_once()
    assert browser.connections.status(id).key_left is None
    assert "/connect/whitebit" in browser.forms(browser.get())


def test_no_page_carries_what_only_the_exchange_may_see(browser: Browser) -> None:
    id = begun(browser)
    state = (browser.connections.status(id).authorize_url or "").split("state=")[1].split("&")[0]
    query = query_of(browser, id)
    pages = [browser.get(), browser.get(f"/status/{id}"), str(browser.json()), str(browser.json(f"/status/{id}"))]
    browser.get("/callback/whitebit", query)
    browser.connections.run_once()
    pages += [browser.get(), browser.get(f"/status/{id}"), str(browser.json()), str(browser.json(f"/status/{id}"))]
    for page in pages:
        for secret in (state, *CANARIES.values()):
            assert secret not in page or secret == CANARIES["public_key"]


def test_a_second_click_goes_on_with_the_first(browser: Browser) -> None:
    id = begun(browser)
    assert begun(browser) == id
    first = browser.location
    browser.post(f"/reconnect/{id}")
    assert browser.location == first
    assert len(browser.connections.find("user")) == 1


def test_two_clicks_at_once_end_with_one(browser: Browser, make_web: Make, clock: Clock) -> None:
    """The other one begins between this one's look and its own beginning."""
    connections = make_web()
    begin, found = connections.begin, connections.find
    other: list[str] = []

    def find(owner: str, *, client: Any = None) -> list[Any]:
        before = found(owner, client=client)
        if not other:
            other.append(begin("whitebit", owner=owner, goal="api_key").id)
            clock.now_ms += 1
        return before

    connections.find = find  # type: ignore[method-assign]
    race = Browser(connections)
    race.cookies, csrf = dict(browser.cookies), browser.csrf()
    race.cookies = dict(browser.cookies)
    race.send("POST", "/connect/whitebit", headers={"sec-fetch-site": "same-origin", "x-csrf-token": csrf})
    assert race.location == connections.status(other[0]).authorize_url
    connections.run_once()
    assert sorted(view.status for view in found("user")) == ["awaiting_user", "ended"]


def test_a_callback_that_is_loaded_again_shows_the_state(browser: Browser) -> None:
    id = begun(browser)
    query = query_of(browser, id)
    for _ in range(2):
        browser.get("/callback/whitebit", query)
        assert browser.location == f"{MOUNT}/status/{id}"
    browser.connections.run_once()
    browser.get("/callback/whitebit", query)
    assert browser.location == f"{MOUNT}/status/{id}"
    assert browser.connections.status(id).status == "connected"


def test_a_decline_says_what_happened_and_begins_again_in_the_same_row(browser: Browser) -> None:
    id = begun(browser)
    query = query_of(browser, id).partition("code=")[2].partition("&")[2]
    browser.get("/callback/whitebit", f"error=access_denied&{query}")
    page = browser.get(f"/status/{id}")
    assert "Nothing was shared." in page
    assert "Connect again" in page
    browser.post("/connect/whitebit")
    assert browser.connections.status(id).authorize_url == browser.location


def test_who_connects_again_is_told_first_that_the_old_key_ends(browser: Browser) -> None:
    id = connected(browser)
    page = browser.get(f"/status/{id}")
    assert "Connecting again ends the key" in page
    browser.post("/connect/whitebit")
    assert browser.location == f"{MOUNT}/status/{id}", "a click on an old page begins nothing"
    browser.post(f"/reconnect/{id}")
    assert browser.location == f"{MOUNT}/status/{id}", "the exchange is asked once the key is gone"
    browser.connections.run_once()
    assert "Continue at WhiteBIT" in browser.get(f"/status/{id}")


def test_a_code_to_paste_and_an_account_to_choose(browser: Browser) -> None:
    id = begun(browser, "agent")
    assert f"/paste/{id}" in browser.forms(browser.get())
    for code in ("", "\x00", "nothing like it \u2026", "x" * 9_000):
        browser.post(f"/paste/{id}", code=code)
        assert (browser.last.status, "Continue" in browser.get()) == (400, True), code
    browser.post(f"/paste/{id}")
    assert browser.last.status == 400
    browser.post(f"/paste/{id}", code=" canary-code\n")
    assert browser.location == f"{MOUNT}/status/{id}"
    browser.connections.run_once()
    page = browser.get(f"/status/{id}")
    assert 'value="200001"' in page
    assert "bot-1" in page
    assert 'value="create"' in page
    for account in ("7", "", "\u2026"):
        assert browser.post(f"/choose/{id}", account_id=account).status == 400
    for _ in range(2):
        assert browser.post(f"/choose/{id}", account_id="200001").status == 303
    browser.connections.run_once()
    assert browser.connections.status(id).status == "connected"


def test_a_button_of_an_old_page_leads_to_the_state(browser: Browser) -> None:
    id = connected(browser)
    for verb in ("recover", "choose"):
        assert browser.post(f"/{verb}/{id}", account_id="1").status == 303
        assert browser.location == f"{MOUNT}/status/{id}"


def test_another_user_s_connection_is_not_there(browser: Browser) -> None:
    id = connected(browser)
    other = Browser(browser.connections, "other")
    for verb in ("choose", "paste", "recover", "reconnect", "cancel", "disconnect"):
        assert other.post(f"/{verb}/{id}", code="c", account_id="1").status == 404, verb
    for path in (f"/status/{id}", f"/status/{'0' * 32}", "/status/", "/status", "/status/\ud800", f"/status/{id}/"):
        other.get(path)
        assert other.last.status == 404, path
    assert browser.connections.status(id).status == "connected"
    assert id not in other.get()
    assert other.json(f"/status/{id}") == {"error": {"code": "not_found", "kind": "misuse"}}


def test_every_call_is_the_user_s(browser: Browser) -> None:
    id = connected(browser)
    headers = {"sec-fetch-site": "same-origin"}
    paths = ["/", f"/status/{id}", "/callback/whitebit", "/connect/whitebit"]
    paths += [f"/{verb}/{id}" for verb in ("choose", "paste", "recover", "reconnect", "cancel", "disconnect")]
    for path in paths:
        for method in ("GET", "POST"):
            body = b"code=c&account_id=1"
            work = browser.routes.respond(Request(method, path, "", "", headers, body, "somebody"))
            with contextlib.suppress(StopIteration):
                call = next(work)
                assert call.options.get("owner", call.arguments[0]) == "somebody", path


def test_a_page_has_only_the_end_of_a_key(browser: Browser) -> None:
    page = browser.get(f"/status/{connected(browser)}")
    assert EXTERNAL_ID not in page
    assert f"…{EXTERNAL_ID[-8:]}" in page


def test_an_app_in_one_page(browser: Browser) -> None:
    """All of it by JSON: what to show, where to go."""
    home = browser.json()
    assert home["connections"] == []
    assert home["clients"][0] == {
        "name": "whitebit",
        "venue": "whitebit",
        "environment": "global",
    }
    answer = told(browser.post_json("/connect/whitebit", {"popup": True}, {"x-csrf-token": home["csrf"]}))
    id = answer["connection"]["id"]
    assert answer["location"] == browser.connections.status(id).authorize_url
    assert "authorize_url" not in answer["connection"]
    assert browser.cookies["__Host-venuekey-popup"] == "1"
    browser.get("/callback/whitebit", query_of(browser, id))
    assert browser.location == f"{MOUNT}/status/{id}?popup=1"
    assert "__Host-venuekey-popup" not in browser.cookies
    assert "data-close" in browser.get(f"/status/{id}", "popup=1")
    told_now = browser.json(f"/status/{id}")
    assert (told_now["status"], told_now["title"], told_now["csrf"]) == ("working", "Working", home["csrf"])
    browser.connections.run_once()
    assert browser.json(f"/status/{id}")["text"] == "Your account at WhiteBIT is connected."
    gone = told(browser.post_json(f"/disconnect/{id}", {"csrf": home["csrf"], "delete_key": False, "label": None}))
    assert gone["connection"]["intent"] == "disconnect"
    for body in ({"csrf": home["csrf"], "account_id": "1"}, {"csrf": home["csrf"]}):
        answer = told(browser.post_json(f"/choose/{'0' * 32}", body))
        assert answer["error"]["code"] in ("not_found", "bad_request")


def test_once_connected_the_browser_goes_where_the_app_says(make_web: Make) -> None:
    browser = Browser(make_web(), after="/welcome")
    id = begun(browser)
    browser.get("/callback/whitebit", query_of(browser, id))
    assert browser.location == f"{MOUNT}/status/{id}?connecting=1"
    browser.get(f"/status/{id}", "connecting=1")
    assert browser.last.status == 200
    browser.connections.run_once()
    browser.get(f"/status/{id}", "connecting=1")
    assert browser.location == "/welcome"
    browser.get(f"/status/{id}")
    assert browser.last.status == 200, "its own page stays"


def test_nobody_is_logged_in(make_web: Make) -> None:
    for owner in (None, ""):
        browser = Browser(make_web(), owner)
        page = browser.get()
        assert browser.last.status == 401
        assert "sign in" in page
        assert not browser.cookies
        browser.post("/connect/whitebit")
        assert browser.last.status == 401
        asked = Browser(make_web(), owner, login_url="/login")
        asked.get("/status/1")
        assert (asked.last.status, asked.location) == (303, "/login")
        asked.get("/callback/whitebit", "code=1")
        assert asked.last.status == 401, "loaded again after the login, it is received"
        assert asked.post("/connect/whitebit").status == 401
        asked.json()
        assert asked.last.status == 401


def test_a_store_that_is_away(make_web: Make, rows: SQLiteStore, caplog: pytest.LogCaptureFixture) -> None:
    failing = Failing(rows)
    browser = Browser(make_web(store=failing))
    id = begun(browser)
    query, csrf = query_of(browser, id), browser.csrf()
    for method, path in (
        ("GET", "/"),
        ("GET", f"/status/{id}"),
        ("GET", "/callback/whitebit"),
        ("POST", f"/recover/{id}"),
    ):
        failing.fails = {"find": 1, "load": 1}
        response = browser.send(method, path, b"", query, {"x-csrf-token": csrf})
        assert (response.status, header(response, "retry-after")) == (503, "3"), path
    failing.fails = {"find": 0, "load": 0}
    assert "StoreError" in caplog.text
    browser.get("/callback/whitebit", query)
    assert browser.location == f"{MOUNT}/status/{id}", "the same callback, loaded again"


def test_a_button_that_is_not_there_is_nobody_s_defect(browser: Browser, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever is logged in can send it, and fills no log of errors."""
    id = begun(browser)
    assert browser.post(f"/paste/{id}", code="x").status == 400
    assert "can't be done" not in caplog.text


def test_json_has_nothing_that_logs_the_user_in(browser: Browser) -> None:
    id = begun(browser)
    assert "owner" not in browser.json(f"/status/{id}")
    assert "owner" not in browser.json()["connections"][0]


def test_a_row_that_can_t_be_opened_can_be_removed(browser: Browser, rows: SQLiteStore) -> None:
    id = connected(browser)
    spoil(rows, id)
    page = browser.get()
    assert "We can't read what we stored" in page
    assert browser.forms(page).count(f"/disconnect/{id}") == 1
    browser.post(f"/disconnect/{id}")
    assert browser.location == f"{MOUNT}/"
    assert browser.connections.find("user") == []


def test_a_wrong_goal_is_ours_and_is_logged(make_web: Make, caplog: pytest.LogCaptureFixture) -> None:
    browser = Browser(make_web(), goal={"bybit": {"goal": "api_key", "label": "x" * 256}})
    assert browser.post("/connect/bybit").status == 500, "an argument that the app gives"
    browser = Browser(make_web(), goal={"bybit": {"goal": "api_key", "key_request": venuekey.KeyRequest(label="x")}})
    page = browser.get()
    assert browser.forms(page) == ["/connect/bybit"], "those that the app names"
    with caplog.at_level(logging.ERROR):
        browser.post("/connect/bybit")
    assert browser.last.status == 500
    assert "the web asked for what can't be done" in caplog.text
    assert "Bybit" in browser.last.body.decode()
    assert browser.post("/connect/whitebit").status == 404
    assert told(browser.post_json("/connect/bybit", {"csrf": browser.csrf()}))["error"]["hint"]


def test_a_page_without_forms_gives_nobody_a_new_cookie(browser: Browser) -> None:
    for answer in (browser.get("/nowhere"), browser.get("/status/" + "0" * 32)):
        assert "<form" not in answer
    assert browser.send("POST", "/connect/bybit").status == 403
    assert not browser.cookies, "to another site's form the browser does not show the one it has"


def test_what_can_t_work_is_told_at_the_start(make_web: Make, rows: SQLiteStore) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"goal": {"nobody": {}}}, "names a client 'nobody'"),
        ({"goal": {"bybit": {"venue": "x"}}}, "it may have goal"),
        ({"goal": 7}, "goal must be"),
        ({"goal": "apikey"}, "must be one of: account_tokens, api_key"),
        ({"texts": {"button.conect": "x"}}, "'button.conect', which is not the key of a text"),
        ({"login_url": "javascript:x"}, "login_url must be a path or an address"),
        ({"after": "home"}, "after must be a path or an address"),
        ({"page": "layout.html"}, "page must be a function, not str"),
    ]
    for options, hint in wrong:
        with pytest.raises(venuekey.MisuseError, match=hint):
            Browser(make_web(), **options)
    empty: dict[str, Any] = {"page": lambda title, body: None}
    with pytest.raises(venuekey.MisuseError, match="page must return a str, not NoneType"):
        Browser(make_web(), **empty).get()
    elsewhere = Connections(
        {"bybit": of_venue("bybit", "https://partner.example/cb")}, rows, venuekey.SealingKeys([NEW])
    )
    with pytest.raises(
        venuekey.MisuseError, match="invalid_configuration: the redirect_uri of client 'bybit' must end"
    ):
        Browser(elsewhere)
    own = Connections({"w/b": of_venue("bybit", f"{HOME}/callback/w/b/")}, rows, venuekey.SealingKeys([NEW]))
    assert Browser(own).forms(Browser(own).get()) == ["/connect/w%2Fb"]
