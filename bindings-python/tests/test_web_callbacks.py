"""Callbacks that are not accepted, and those of whoever only looks where one leads."""

from __future__ import annotations

import re

import pytest

from browser import MOUNT, Browser, header
from test_web_routes import begun, query_of


def refused(browser: Browser, path: str, query: str) -> str:
    """The page that a callback leads to which is not accepted. No query stays in the browser's address."""
    page = browser.get(path, query)
    if not query:
        return page
    assert browser.last.status == 303
    assert header(browser.last, "cache-control") == "no-store"
    assert header(browser.last, "referrer-policy") == "no-referrer"
    assert re.fullmatch(f"{MOUNT}/refused/[a-z_]+", browser.location)
    return browser.get(browser.location.removeprefix(MOUNT))


@pytest.mark.parametrize(
    "query", ["", "code=x&state=y", "code=x", "code=a&code=b&state=c", "%ff=%00", "code=%ff&state=\xff"]
)
def test_a_callback_that_is_not_this_user_s_changes_nothing(browser: Browser, query: str) -> None:
    id = begun(browser)
    page = refused(browser, "/callback/whitebit", query)
    assert browser.last.status == 400
    assert "Not accepted" in page
    assert browser.connections.status(id).authorize_url is not None
    other = Browser(browser.connections, "other")
    refused(other, "/callback/whitebit", query_of(browser, id))
    assert other.last.status == 400
    assert browser.connections.status(id).authorize_url is not None
    refused(other, "/callback/nobody", query)
    assert other.last.status == 404
    data = browser.json("/callback/whitebit", query)
    assert (browser.last.status, data["error"]["code"]) == (400, "not_accepted"), "a script has no address bar"


def test_nobody_writes_what_a_refusal_says(browser: Browser) -> None:
    """Whoever makes a link chooses among our own words, and there is one choice."""
    page = browser.get("/refused/not_accepted", "error=Call+us&text=Call+us&code=1")
    assert (browser.last.status, "Call us" in page) == (400, False)
    assert "Nothing was done." in page
    for name in ("", "busy", "forbidden", "unauthorized", "not_accepted/", "not_accepted/x", "connections", "\ud800"):
        assert "Not found" in browser.get(f"/refused/{name}"), name
        assert browser.last.status == 404
    assert browser.send("POST", "/refused/not_accepted").status == 405
    nobody = Browser(browser.connections, None)
    nobody.get("/refused/not_accepted")
    assert nobody.last.status == 401


def test_who_only_looks_where_a_callback_leads_changes_nothing(browser: Browser) -> None:
    """Link previewers and scanners send HEAD, and browsers load ahead what their user may never open."""
    id = begun(browser)
    query = query_of(browser, id)
    declined = f"error=access_denied&{query.partition('code=')[2].partition('&')[2]}"
    for of in (query, declined, "code=x&state=y", ""):
        answer = browser.send("HEAD", "/callback/whitebit", query=of)
        assert (answer.status, header(answer, "cache-control")) == (200, "no-store"), of
        assert all(name != "location" for name, _ in answer.headers)
        for ahead in ({"sec-purpose": "prefetch;prerender"}, {"purpose": "Prefetch"}):
            answer = browser.send("GET", "/callback/whitebit", b"", of, ahead)
            assert (answer.status, header(answer, "cache-control")) == (403, "no-store"), of
    assert [each.what for each in browser.connections.status(id).trail] == ["begun"]
    browser.get("/callback/whitebit", query)
    assert browser.location == f"{MOUNT}/status/{id}"
