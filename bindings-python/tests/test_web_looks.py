"""What an app makes of the pages: its own words, styles and layout; and that no text can be markup."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest

import venuekey
from browser import HOME, MOUNT, Browser, Make, of_venue
from conftest import Clock
from connected import NEW
from venuekey.connections import Connections
from venuekey.stores.sqlite import SQLiteStore
from venuekey.web import ErrorText, Texts, security_headers

MARKUP = "<script>alert('1')</script>\"&amp;"
ESCAPED = "&lt;script&gt;alert('1')&lt;/script&gt;&quot;&amp;amp;"


def test_own_words(make_web: Make) -> None:
    texts = {"button.connect": "Link {venue}", "client.whitebit": "WB", "page.connections.title": MARKUP, "lang": "de"}
    page = Browser(make_web(), texts=texts).get()
    assert ">Link WB</button>" in page
    assert ">Link Bybit</button>" in page
    assert '<html lang="de">' in page
    assert f"<h1>{ESCAPED}</h1>" in page
    assert "<script>" not in page


def test_the_words_as_data(make_web: Make) -> None:
    connections = make_web()
    own = {"client.bybit": "Bybit, main", "error.rate_limited.happened": "Slowly, {venue}."}
    texts = Texts(connections, own)
    begun = connections.begin("bybit", owner="user", goal="api_key")
    told = texts.of(begun)
    assert (told.title, told.state, told.shown) == ("Waiting for you", "awaiting_user visit", True)
    assert told.text.startswith("Waiting for you at Bybit, main.")
    assert "You can start again" in told.then
    limited = venuekey.UnavailableError("rate_limited", "rate_limited")
    assert texts.of_error(limited, "bybit") == ErrorText("Slowly, Bybit, main.", "Try again in a few minutes.")
    assert texts.text("button.connect", "bybit") == "Connect Bybit, main"
    with pytest.raises(KeyError):
        texts.text("nothing", "bybit")
    assert [texts.venue(name) for name in ("bybit", "whitebit")] == ["Bybit, main", "WhiteBIT"]
    with pytest.raises(venuekey.MisuseError, match="not the key of a text"):
        Texts(connections, {"nothing": ""})
    with pytest.raises(venuekey.MisuseError, match="connections must be"):
        Texts({})  # type: ignore[arg-type]


def test_headers_for_pages_of_the_app_s_own(make_web: Make) -> None:
    connections = make_web()
    browser = Browser(connections)
    browser.get()
    given = security_headers(connections)
    assert given.items() <= dict(browser.last.headers).items()
    assert "https://*.bybit.com; base-uri" in given["content-security-policy"]
    assert given["cache-control"] == "no-store"


def test_own_styles(make_web: Make) -> None:
    def style(**options: Any) -> tuple[str, str]:
        browser = Browser(make_web(), **options)
        address = re.findall(r'href="[^"]*/assets/style.css\?([^"]+)"', browser.get())[0]
        return browser.get("/assets/style.css", address), address

    default, more, own = style(), style(stylesheet="p{}"), style(stylesheet="p{}", replace_stylesheet=True)
    assert more[0] == f"{default[0]}p{{}}"
    assert own[0] == "p{}"
    assert len({address for _, address in (default, more, own)}) == 3, "another address for other bytes"


def test_own_layout(make_web: Make) -> None:
    def page(title: str, body: str) -> str:
        return f"<!doctype html><title>{len(title)}</title><nav>Ours</nav>{body}"

    browser = Browser(make_web(), page=page)
    for path in ("/", "/nowhere"):
        html = browser.get(path)
        assert html.startswith("<!doctype html><title>")
        assert html.count("<!doctype") == 1
        assert html.count("<h1>") == 1
        assert f'<link rel="stylesheet" href="{MOUNT}/assets/style.css' in html
        assert f'<script src="{MOUNT}/assets/page.js' in html
        assert '<div class="venuekey">' in html
    assert browser.last.status == 404


def test_no_text_is_markup(rows: SQLiteStore, clock: Clock) -> None:
    name = "a b\"<'&"
    clients = {name: of_venue("bybit", f"{HOME}/callback/a%20b%22%3C'&")}
    connections = Connections(clients, rows, venuekey.SealingKeys([NEW]), clock=clock)
    browser = Browser(connections, texts={f"client.{name}": MARKUP})
    offered = browser.get()
    assert browser.forms(offered) == ["/connect/a%20b%22%3C'%26"]
    view = connections.begin(name, owner="user", goal="api_key", label=MARKUP)
    pages = [offered, browser.get(), browser.get(f"/status/{view.id}")]
    assert all("alert" in page for page in pages)
    browser.get("/callback/" + name, "code=1")
    for page in [*pages, browser.get(browser.location.removeprefix(MOUNT))]:
        assert "<script>" not in page
        assert re.search(r"<script (?!src=)", page) is None
    assert browser.last.status == 400
    browser.post(f"/connect/{name}")
    assert browser.location == view.authorize_url


def test_a_mount_is_no_markup_and_no_other_header(make_web: Make) -> None:
    from venuekey.web import Request, Routes, answer

    connections = make_web()
    routes = Routes(connections)
    id = connections.begin("whitebit", owner="user", goal="api_key").id
    for mount in ('/a"><script>', "/a\r\nset-cookie: a=b", "/\u2026", "/a b/", "//evil.example/a", "/\\evil.example"):
        headers = {"host": "partner.example", "sec-fetch-site": "same-origin"}
        page = answer(connections, routes.respond(Request("GET", "/", mount, "", headers, b"", "user")))
        assert b"<script>" not in page.body
        gone = answer(
            connections, routes.respond(Request("POST", f"/disconnect/{id}", mount, "", headers, b"", "user"))
        )
        (location,) = (value for name, value in gone.headers if name == "location")
        assert location.isascii()
        assert location.isprintable()
        assert " " not in location
        assert urlsplit(location).netloc == "", "a path, however many slashes it begins with"


def test_a_user_has_one_card_for_each_connection(make_web: Make) -> None:
    """Also for those that the app itself has begun, and of clients that it does not offer here."""
    connections = make_web()
    for label in ("first", "second"):
        connections.begin("whitebit", owner="user", goal="api_key", label=label)
    connections.begin("bybit", owner="user", goal="account_tokens")
    browser = Browser(connections, goal={"whitebit": {}})
    page = browser.get()
    assert page.count("<article") == 3
    assert "WhiteBIT: first" in page
    assert "/connect/bybit" not in browser.forms(page)
    assert len(browser.json()["connections"]) == 3
    assert [each["name"] for each in browser.json()["clients"]] == ["whitebit"]
