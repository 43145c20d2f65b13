"""Who may send what, and what no body, header or path can do."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from browser import HOME, MOUNT, Browser, Make, header, of_venue, told
from test_web_routes import begun
from venuekey import MisuseError, SealingKeys
from venuekey.connections import Connections
from venuekey.stores.sqlite import SQLiteStore
from venuekey.web._guard import Guard

FORM = {"content-type": "application/x-www-form-urlencoded"}


def test_the_token_is_of_this_browser_and_this_user(browser: Browser) -> None:
    csrf, secret = browser.csrf(), browser.cookies["__Host-venuekey"]
    digest = hashlib.sha256(f"venuekey csrf\0{secret}\0user".encode()).digest()
    assert csrf == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert f'value="{csrf}"' in browser.get()
    assert browser.csrf() == csrf
    assert len(secret) == 43
    cookie = [value for name, value in browser.last.headers if name == "set-cookie"]
    assert cookie == [], "it has one already"
    other = Browser(browser.connections)
    assert other.csrf() != csrf
    assert header(other.last, "set-cookie").endswith("; Path=/; HttpOnly; SameSite=Lax; Secure")


REFUSED: list[dict[str, str]] = [
    {},
    {"x-csrf-token": ""},
    {"x-csrf-token": "wrong"},
    {"x-csrf-token": "\xff"},
    {"sec-fetch-site": "cross-site", "x-csrf-token": "right"},
    {"sec-fetch-site": "same-site", "x-csrf-token": "right"},
    {"sec-fetch-site": "none", "x-csrf-token": "right"},
    {"sec-fetch-site": "", "x-csrf-token": "right"},
    {"origin": "https://evil.example", "x-csrf-token": "right"},
    {"origin": "https://evil.example", "sec-fetch-site": "same-origin"},
    {"origin": "https://partner.example.evil.example", "x-csrf-token": "right"},
    {"origin": "https://partner.example:444", "x-csrf-token": "right"},
    {"origin": "", "x-csrf-token": "right"},
    {"origin": "null"},
    {"cookie": "", "x-csrf-token": "right"},
    {"cookie": "__Host-venuekey=short", "x-csrf-token": "right"},
]
ACCEPTED: list[dict[str, str]] = [
    {"x-csrf-token": "right"},
    {"sec-fetch-site": "same-origin"},
    {"sec-fetch-site": "same-origin", "origin": "https://partner.example"},
    {"origin": "https://PARTNER.example:443", "x-csrf-token": "right"},
    # What browsers say of pages that keep their address to themselves, as ours do.
    {"origin": "null", "x-csrf-token": "right"},
    {"origin": "null", "sec-fetch-site": "same-origin"},
    {"origin": "https://other.example", "host": "Other.example", "x-csrf-token": "right"},
    # A proxy has made another host of it.
    {"origin": "https://partner.example", "host": "127.0.0.1:8000", "x-csrf-token": "right"},
]


@pytest.mark.parametrize("headers", REFUSED, ids=str)
def test_a_form_of_another_site_is_refused(browser: Browser, headers: dict[str, str]) -> None:
    given = {name: browser.csrf() if value == "right" else value for name, value in headers.items()}
    assert browser.send("POST", "/connect/whitebit", headers=given).status == 403
    assert browser.connections.find("user") == []


@pytest.mark.parametrize("headers", ACCEPTED, ids=str)
def test_a_form_of_ours_is_accepted(browser: Browser, headers: dict[str, str]) -> None:
    given = {name: browser.csrf() if value == "right" else value for name, value in headers.items()}
    assert browser.send("POST", "/connect/whitebit", headers=given).status == 303


def test_every_post_is_guarded(browser: Browser) -> None:
    id = begun(browser)
    for verb in ("connect", "choose", "paste", "recover", "reconnect", "cancel", "disconnect"):
        for rest in ("whitebit", id):
            refused = browser.send("POST", f"/{verb}/{rest}", b"csrf=wrong", "", FORM)
            assert refused.status == 403, verb
    assert browser.connections.status(id).intent is None


def test_headers_of_every_answer(browser: Browser) -> None:
    id = begun(browser)
    paths = ["/", f"/status/{id}", "/callback/whitebit", "/refused/not_accepted", "/nowhere", f"/status/{'0' * 32}"]
    answers = [browser.send("GET", path) for path in paths]
    answers += [browser.send("PUT", "/"), browser.send("POST", "/connect/whitebit"), browser.post("/connect/bybit")]
    answers += [
        browser.send("GET", "/", headers={"accept": "application/json"}),
        Browser(browser.connections, None).last,
    ]
    for answer in answers[:-1]:
        assert header(answer, "cache-control") == "no-store"
        assert header(answer, "referrer-policy") == "no-referrer"
        assert header(answer, "x-content-type-options") == "nosniff"
        assert header(answer, "cross-origin-opener-policy") == "same-origin"
        assert header(answer, "content-security-policy") == (
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
            "form-action 'self' https://whitebit.com https://*.whitebit.com https://bybit.com https://*.bybit.com; "
            "base-uri 'none'; frame-ancestors 'none'"
        )
        assert all("\n" not in value and value.isascii() for _, value in answer.headers)


def test_cookies_are_secure_where_the_browser_comes_by_https() -> None:
    far, near = (
        Guard([f"{HOME}/callback/x"], ["https://whitebit.com"]),
        Guard(["http://127.0.0.1:8000/cb"], ["http://127.0.0.1:1"]),
    )
    assert (far.cookie, far.secure, near.cookie, near.secure) == ("__Host-venuekey", True, "venuekey", False)
    assert "Secure" not in near.set_cookie(near.cookie, "x")[1]
    assert "form-action 'self' http://127.0.0.1:1;" in dict(near.headers)["content-security-policy"]


def test_which_representation(browser: Browser) -> None:
    begun(browser)
    json_first = ["application/json", "application/json, text/html;q=0.9", "text/html;q=0.1,application/json;q=0.2"]
    html_first = [
        "",
        "*/*",
        "text/html",
        "text/html, application/json",
        "application/json;q=0",
        "application/json;q=x",
        ";q=",
        ",,,",
    ]
    for accept in json_first + html_first:
        response = browser.send("GET", "/", headers={"accept": accept})
        assert (header(response, "content-type") == "application/json") == (accept in json_first), accept


DEEP = b'{"a":' * 3_200
BODIES: list[tuple[bytes, str]] = [
    (DEEP, "application/json"),
    (b"[" * 16_000, "application/json"),
    (b"[]", "application/json"),
    (b'["csrf","x"]', "application/json"),
    (b"null", "application/json"),
    (b"7", "application/json"),
    (b'{"csrf": 7}', "application/json"),
    (b'{"csrf": {}}', "application/json"),
    (b'{"csrf": "a", "csrf": "a"}', "application/json"),
    (b'{"code": "\\ud800"}', "application/json"),
    (b'{"code": NaN}', "application/json"),
    (b"\xff", "application/json"),
    (b"{", "application/json"),
    (b"\xff=1", "application/x-www-form-urlencoded"),
    (b"code=%ff", "application/x-www-form-urlencoded"),
    (b"code=1&code=2", "application/x-www-form-urlencoded"),
    (b"&".join(b"a%d=1" % number for number in range(99)), "application/x-www-form-urlencoded"),
    (json.dumps({f"a{number}": "1" for number in range(99)}).encode(), "application/json"),
    (b"csrf=x", "multipart/form-data; boundary=x"),
    (b"csrf=x", "text/plain"),
]


@pytest.mark.parametrize(("body", "type_"), BODIES, ids=lambda of: str(of)[:40])
def test_a_body_that_nobody_can_read(browser: Browser, body: bytes, type_: str) -> None:
    id = begun(browser)
    response = browser.send(
        "POST", f"/disconnect/{id}", body, "", {"content-type": type_, "x-csrf-token": browser.csrf()}
    )
    assert response.status == 400
    assert browser.connections.status(id).intent is None


def test_a_body_that_is_too_large(browser: Browser) -> None:
    id, csrf = begun(browser), browser.csrf()
    for size, status in ((16 * 1024, 303), (16 * 1024 + 1, 413)):
        body = f"csrf={csrf}&pad=".encode()
        body += b"x" * (size - len(body))
        assert browser.send("POST", f"/recover/{id}", body, "", FORM).status == status


NOWHERE = """
    /nowhere // /.. /../status /status/../x /assets/../_texts.py /assets/nothing /assets/ /assets
    /%00 /callback /callback/ /callback/\u2026 /status/\x00 /\ud800
"""


@pytest.mark.parametrize("path", [*NOWHERE.split(), "/x" * 4_000])
def test_a_path_that_leads_nowhere(browser: Browser, path: str) -> None:
    assert browser.send("GET", path).status == 404


def test_a_button_of_nothing(browser: Browser) -> None:
    for verb in ("connect", "choose", "paste", "recover", "reconnect", "cancel", "disconnect"):
        for rest in ("", "/", "/\x00", "/\ud800", "/nobody", "/../status"):
            assert browser.post(f"/{verb}{rest}", code="1", account_id="1").status == 404, (verb, rest)


def test_methods(browser: Browser) -> None:
    id = begun(browser)
    for path, allow in (("/", "GET, HEAD"), (f"/status/{id}", "GET, HEAD"), ("/connect/whitebit", "POST")):
        for method in ("PUT", "DELETE", "OPTIONS", "TRACE", "get", "", "POST" if "GET" in allow else "GET"):
            response = browser.send(method, path)
            assert (response.status, header(response, "allow")) == (405, allow), (method, path)
    page = browser.send("GET", "/")
    head = browser.send("HEAD", "/")
    assert (head.status, head.body, header(head, "content-length")) == (200, b"", str(len(page.body)))


def test_assets_are_kept_as_long_as_they_are_the_same(browser: Browser) -> None:
    page = browser.get()
    for name, type_ in (("style.css", "text/css"), ("page.js", "text/javascript")):
        address = page.split(f"{MOUNT}/assets/{name}?")[1].split('"')[0]
        response = browser.send("GET", f"/assets/{name}", query=address)
        assert header(response, "content-type").startswith(type_)
        assert "immutable" in header(response, "cache-control")
        assert header(browser.send("GET", f"/assets/{name}", query="v=0"), "cache-control") == "no-cache"
    nobody = Browser(browser.connections, None)
    assert nobody.send("GET", "/assets/style.css").status == 200


def test_an_owner_that_is_no_name(make_web: Make) -> None:
    from venuekey.web import wsgi_app

    app = wsgi_app(make_web(), owner=lambda environ: 7)  # type: ignore[arg-type,return-value]
    with pytest.raises(MisuseError, match=r"owner must return a str or None, not int: str\(user.id\)"):
        app({"REQUEST_METHOD": "GET", "PATH_INFO": "/"}, lambda *_: None)


def test_two_users_of_one_browser(browser: Browser) -> None:
    """A page that was loaded before somebody else logged in is not theirs."""
    csrf = browser.csrf()
    browser.owner = "other"
    assert browser.send("POST", "/connect/whitebit", f"csrf={csrf}".encode(), "", FORM).status == 403


def test_an_error_in_json_has_no_words_of_the_venue(browser: Browser) -> None:
    refused: Any = told(browser.post_json("/connect/whitebit", {}))
    assert refused == {"error": {"code": "forbidden", "kind": "rejected"}}
    bad = told(browser.post_json(f"/choose/{begun(browser)}", {"csrf": browser.csrf()}))
    assert bad == {"error": {"code": "bad_request", "kind": "misuse"}}
    assert (
        json.loads(browser.send("GET", "/nowhere", headers={"accept": "application/json"}).body)["error"]["code"]
        == "not_found"
    )


def test_what_a_client_says_of_its_addresses() -> None:
    client = of_venue("bybit", f"{HOME}/callback/bybit")
    assert (client.redirect_uri, client.authorize_base) == (f"{HOME}/callback/bybit", "https://www.bybit.com")
    assert not client.takes_pasted_code
    base = of_venue("whitebit", f"{HOME}/callback/x", authorize_base="http://127.0.0.1:8700/whitebit/global/")
    assert base.authorize_base.rstrip("/") == "http://127.0.0.1:8700/whitebit/global"


def test_a_client_at_home_and_one_on_the_web(rows: SQLiteStore) -> None:
    """Where one redirect URI is https, all cookies are Secure."""
    clients = {"a": of_venue("bybit", f"{HOME}/callback/a"), "b": of_venue("bybit", "http://127.0.0.1:80/callback/b")}
    browser = Browser(Connections(clients, rows, SealingKeys([("1", bytes(32))])), goal={"a": {}})
    browser.get()
    assert [*browser.cookies] == ["__Host-venuekey"]
