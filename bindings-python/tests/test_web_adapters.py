"""The same routes through WSGI, ASGI, Flask and FastAPI, below a prefix and behind a proxy that has one of its own."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator
from typing import Annotated, Any, Callable, Optional

import fastapi
import flask
import httpx
import pytest

import venuekey
from browser import HOME, Make, of_venue
from conftest import EXTERNAL_ID
from connected import NEW
from venuekey.connections import AsyncConnections, Connections
from venuekey.stores.sqlite import SQLiteStore
from venuekey.web import MOST_BODY, asgi_app, wsgi_app
from venuekey.web.fastapi import router
from venuekey.web.flask import blueprint

AT = "/app/connections"
"""Where the browser finds the routes: `/app` is the proxy's."""
USER = {"x-user": "user"}


def mounted(environ: dict[str, Any], at: str) -> dict[str, Any]:
    """As a server gives it: bytes as Latin-1, which httpx doesn't."""
    return {**environ, "SCRIPT_NAME": at, "PATH_INFO": environ["PATH_INFO"][len(at) :].encode().decode("latin-1")}


def of_wsgi(make_web: Make) -> httpx.BaseTransport:
    routes = wsgi_app(make_web(), owner=lambda environ: environ.get("HTTP_X_USER"))

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        return routes(mounted(environ, AT), start_response)

    return httpx.WSGITransport(app)


def of_flask(make_web: Make) -> httpx.BaseTransport:
    app = flask.Flask(__name__)

    @app.before_request
    def looks() -> None:
        """Somebody reads the form before the routes do."""
        flask.request.form.get("csrf")

    app.register_blueprint(blueprint(make_web(), owner=lambda request: request.headers.get("x-user")))

    def below(environ: dict[str, Any], start_response: Any) -> Any:
        return app(mounted(environ, "/app"), start_response)

    return httpx.WSGITransport(below)


def of_asgi(make_web: Make) -> httpx.AsyncBaseTransport:
    """Over the synchronous class, whose calls go to threads."""

    async def owner(scope: Any) -> Optional[str]:
        return dict(scope["headers"]).get(b"x-user", b"").decode() or None

    return httpx.ASGITransport(asgi_app(make_web(), owner=owner), root_path=AT)


def of_fastapi(make_web: Make) -> httpx.AsyncBaseTransport:
    app = fastapi.FastAPI()

    async def session(request: fastapi.Request) -> Optional[str]:
        return request.headers.get("x-user")

    def owner(name: Annotated[Optional[str], fastapi.Depends(session)]) -> Optional[str]:
        return name

    # What FastAPI reads of the annotation is not of this module.
    owner.__annotations__["name"] = Annotated[Optional[str], fastapi.Depends(session)]
    sync = make_web()
    connections = AsyncConnections(dict(sync._rows.clients), sync._rows.store, venuekey.SealingKeys([NEW]))
    app.include_router(router(connections, owner=owner))
    return httpx.ASGITransport(app, root_path="/app")


ADAPTERS: dict[str, Callable[[Make], Any]] = {
    "wsgi": of_wsgi,
    "flask": of_flask,
    "asgi": of_asgi,
    "fastapi": of_fastapi,
}


class Site:
    """One client for all: an asynchronous app's answers are awaited."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {**USER, "accept": "text/html", **more.pop("headers", {})}
        url = f"https://partner.example{AT}{path}"
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        given: dict[str, Any] = {"headers": {"cookie": cookie, **headers}, **more}
        if isinstance(self._transport, httpx.BaseTransport):
            with httpx.Client(transport=self._transport) as client:
                response = client.request(method, url, **given)
        else:
            response = asyncio.run(self._awaited(method, url, given))
        self.cookies |= dict(response.cookies.items())
        return response

    async def _awaited(self, method: str, url: str, given: dict[str, Any]) -> httpx.Response:
        async with httpx.AsyncClient(transport=self._transport) as client:
            return await client.request(method, url, **given)


@pytest.fixture(params=[*ADAPTERS])
def site(request: pytest.FixtureRequest, make_web: Make) -> Site:
    return Site(ADAPTERS[request.param](make_web))


def test_connect_and_come_back(site: Site) -> None:
    page = site.ask("GET", "/")
    assert page.status_code == 200
    forms = re.findall('action="([^"]+)"', page.text)
    assert f"{AT}/connect/whitebit" in forms
    (csrf, *_) = re.findall('name="csrf" value="([^"]+)"', page.text)
    begun = site.ask("POST", "/connect/whitebit", data={"csrf": csrf, "popup": "1"})
    assert begun.status_code == 303
    assert begun.headers["location"].startswith("https://whitebit.com/")
    assert "__Host-venuekey-popup" in site.cookies
    state = begun.headers["location"].split("state=")[1].split("&")[0]
    back = site.ask("GET", f"/callback/whitebit/?code=c&state={state}")
    assert re.fullmatch(rf"{AT}/status/[0-9a-f]{{32}}\?popup=1", back.headers["location"])
    status = site.ask("GET", back.headers["location"].removeprefix(AT))
    assert "data-close" in status.text
    styles = site.ask("GET", re.findall(rf'href="{AT}(/assets/style.css[^"]*)"', status.text)[0])
    assert styles.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in styles.headers["cache-control"]
    assert len(page.headers.get_list("content-security-policy")) == 1


def test_what_is_refused(site: Site) -> None:
    assert site.ask("POST", "/connect/whitebit").status_code == 403
    assert site.ask("GET", "/", headers={"x-user": ""}).status_code == 401
    assert site.ask("POST", "/connect/whitebit", content=b"x" * (MOST_BODY + 1)).status_code == 413
    assert site.ask("POST", "/connect/whitebit", content=b"x" * 9_000_000).status_code == 413
    for path in ("/nowhere", "/status/%00", "/status/%ff%fe", "/status/%F0%9F%92%A9", "/connect/a%2Fb", "/..%2f"):
        wanted = 405 if path.startswith("/connect") else 404
        assert site.ask("GET", path).status_code == wanted, path
    for method in ("PUT", "DELETE", "OPTIONS", "PATCH"):
        refused = site.ask(method, "/")
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD"), method
    refused = site.ask("GET", "/callback/whitebit?code=%ff&state=%00&state=1")
    assert (refused.status_code, refused.headers["location"]) == (303, f"{AT}/refused/not_accepted")
    assert site.ask("GET", "/refused/not_accepted").status_code == 400


def test_head_and_the_mount_without_a_slash(site: Site) -> None:
    page, head = site.ask("GET", "/"), site.ask("HEAD", "/")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == page.headers["content-length"]
    assert site.ask("GET", "").status_code in (200, 308)
    looked = site.ask("HEAD", "/callback/whitebit?code=1&state=1")
    assert (looked.status_code, looked.content, looked.headers["content-length"]) == (200, b"", "0")


def test_a_body_without_a_length_and_one_that_ends_early(make_web: Make) -> None:
    app = wsgi_app(make_web(), owner=lambda _: "user")
    told: list[str] = []

    def post(body: bytes, **environ: str) -> str:
        given = {"REQUEST_METHOD": "POST", "PATH_INFO": "/connect/whitebit", "HTTP_SEC_FETCH_SITE": "same-origin"}
        app({**given, **environ, "wsgi.input": io.BytesIO(body)}, lambda status, _: told.append(status))
        return told[-1]

    for length in ("", "0"):
        assert post(b"", CONTENT_LENGTH=length).startswith("303"), length
    for length in ("-1", "x", "\u0661", "1", "9" * 30, "9" * 5_000):
        assert post(b"", CONTENT_LENGTH=length).startswith("400"), length
    assert post(b"csrf=1&csrf=1", CONTENT_LENGTH="13").startswith("400")


FORM = "csrf=x&delete_key=1"


def wsgi_form(app: Any, path: str, body: bytes, length: str = f"{len(FORM)}") -> str:
    """The answer's status. As gunicorn and wsgiref give it: a read that ends early is no error there."""
    told: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": path, "CONTENT_LENGTH": length, "HTTP_SEC_FETCH_SITE": "same-origin",
        "CONTENT_TYPE": "application/x-www-form-urlencoded", "SERVER_NAME": "partner.example", "SERVER_PORT": "443",
        "wsgi.url_scheme": "https", "wsgi.input": io.BytesIO(body), "wsgi.input_terminated": True,
    }  # fmt: skip
    list(app(environ, lambda status, _, *more: told.append(status)))
    return told[0][:3]


def asgi_form(app: Any, path: str, *messages: dict[str, Any], length: str = "") -> int:
    """The answer's status."""
    sent: list[Any] = []
    coming = [*messages]
    headers = {"sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded"}
    if length:
        headers["content-length"] = length
    scope = {
        "type": "http", "method": "POST", "path": path, "root_path": "", "query_string": b"", "scheme": "https",
        "server": ("partner.example", 443), "headers": [(of.encode(), value.encode()) for of, value in headers.items()],
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return coming.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return int(sent[0]["status"])


def with_key(make_web: Make) -> tuple[Connections, str]:
    connections = make_web()
    key = connections.import_key("whitebit", "k" * 32, "s" * 32, owner="user", external_id=EXTERNAL_ID)
    return connections, key.id


@pytest.mark.parametrize("framework", ["wsgi", "flask", "flask whose app reads the form"])
def test_half_a_form_is_not_acted_on(make_web: Make, framework: str) -> None:
    """The user has ticked "delete the key too", and the connection broke in the middle of the form."""
    connections, id = with_key(make_web)
    mount = ""
    app: Any = wsgi_app(connections, owner=lambda environ: "user")
    if framework != "wsgi":
        mount = "/connections"
        app = flask.Flask(__name__)
        if "reads" in framework:
            app.before_request(lambda: flask.request.form.get("csrf") and None)
        app.register_blueprint(blueprint(connections, owner=lambda request: "user"))
    path = f"{mount}/disconnect/{id}"
    for body, length in ((b"csrf=x&del", f"{len(FORM)}"), (b"csrf=x", f"{len(FORM)}"), (FORM.encode(), "x")):
        assert wsgi_form(app, path, body, length) == "400"
        assert connections.status(id).intent is None
    assert wsgi_form(app, path, FORM.encode()) == "303"
    assert connections.status(id).intent == "disconnect_and_delete_key"


@pytest.mark.parametrize("framework", ["asgi", "fastapi"])
def test_half_a_form_is_not_acted_on_by_asgi(make_web: Make, framework: str) -> None:
    connections, id = with_key(make_web)
    app: Any = asgi_app(connections, owner=lambda scope: "user")
    mount = ""
    if framework == "fastapi":
        mount = "/connections"
        app = fastapi.FastAPI()
        app.include_router(router(connections, owner=lambda request: "user"))
    path = f"{mount}/disconnect/{id}"
    part: dict[str, Any] = {"type": "http.request", "body": b"csrf=x&del", "more_body": True}
    end: dict[str, Any] = {"type": "http.request", "body": b"ete_key=1"}
    gone: dict[str, Any] = {"type": "http.disconnect"}
    assert asgi_form(app, path, part, gone) == 400
    assert asgi_form(app, path, part, gone, length=f"{len(FORM)}") == 400
    assert asgi_form(app, path, {**part, "more_body": False}, length=f"{len(FORM)}") == 400
    assert asgi_form(app, path, part, end, length="x") == 400
    assert connections.status(id).intent is None
    assert asgi_form(app, path, part, end, length=f"{len(FORM)}") == 303
    assert connections.status(id).intent == "disconnect_and_delete_key"


def test_an_asgi_server_that_hangs_up_or_speaks_in_parts(make_web: Make) -> None:
    app = asgi_app(make_web(), owner=lambda _: "user")

    async def answered(*messages: dict[str, Any], type_: str = "http", path: str = "/connect/bybit") -> list[Any]:
        sent: list[Any] = []

        async def said() -> AsyncIterator[dict[str, Any]]:
            for message in messages:
                yield message

        parts = said()

        async def receive() -> dict[str, Any]:
            return await parts.__anext__()

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [(b"sec-fetch-site", b"same-origin"), (b"cookie", b"a=1"), (b"cookie", b"b=2")]
        scope = {"type": type_, "method": "POST", "path": path, "headers": headers}
        await app(scope, receive, send)
        return sent

    part: dict[str, Any] = {"type": "http.request", "body": b"csrf=1&", "more_body": True}
    end: dict[str, Any] = {"type": "http.request", "body": b"csrf=2"}
    assert asyncio.run(answered(part, end))[0]["status"] == 400
    assert asyncio.run(answered(part, {"type": "http.disconnect"}))[0]["status"] == 400
    assert asyncio.run(answered(*[{**part, "body": b"x" * 9_000}] * 2))[0]["status"] == 413, "the rest is not read"
    assert asyncio.run(answered(type_="websocket")) == [{"type": "websocket.close"}]
    with pytest.raises(RuntimeError, match="these routes serve HTTP"):
        asyncio.run(answered(type_="lifespan"))


def test_a_client_s_name_that_is_no_ascii(rows: SQLiteStore) -> None:
    clients = {"börse": of_venue("bybit", f"{HOME}/callback/b%C3%B6rse")}
    connections = Connections(clients, rows, venuekey.SealingKeys([NEW]))

    def make_web() -> Connections:
        return connections

    for adapter in ADAPTERS.values():
        begun = Site(adapter(make_web)).ask("POST", "/connect/b%C3%B6rse", headers={"sec-fetch-site": "same-origin"})
        assert begun.status_code == 303, adapter
        assert begun.headers["location"].startswith("https://www.bybit.com/")


def test_a_server_that_takes_the_root_away(make_web: Make) -> None:
    """From the path; others leave it there."""
    app = fastapi.FastAPI()
    app.include_router(router(make_web(), owner=lambda request: request.headers.get("x-user")))

    async def page() -> str:
        transport = httpx.ASGITransport(app, root_path="/app")
        async with httpx.AsyncClient(transport=transport) as client:
            return (await client.get("https://partner.example/connections/", headers=USER)).text

    assert f'action="{AT}/connect/whitebit"' in asyncio.run(page())


def test_a_dependency_s_own_refusal_is_the_answer(make_web: Make) -> None:
    def owner(request: fastapi.Request) -> str:
        raise fastapi.HTTPException(418)

    app = fastapi.FastAPI()
    app.include_router(router(make_web(), owner=owner))
    assert Site(httpx.ASGITransport(app, root_path="/app")).ask("GET", "/").status_code == 418
    assert app.openapi()["paths"] == {}


def test_a_plain_function_of_the_request_will_do(make_web: Make) -> None:
    async def awaited(request):  # type: ignore[no-untyped-def]
        return request.headers.get("x-user")

    for owner in (lambda request: request.headers.get("x-user"), awaited):
        app = fastapi.FastAPI()
        app.include_router(router(make_web(), owner=owner))
        assert Site(httpx.ASGITransport(app, root_path="/app")).ask("GET", "/").status_code == 200


def test_a_redirect_uri_that_leads_elsewhere_is_told_at_the_start(rows: SQLiteStore) -> None:
    clients = {"bybit": of_venue("bybit", f"{HOME.replace('/connections', '/other')}/callback/bybit")}
    connections = Connections(clients, rows, venuekey.SealingKeys([NEW]))
    mounts: list[Callable[[], object]] = [
        lambda: blueprint(connections, owner=lambda _: "user"),
        lambda: router(connections, owner=lambda _: "user"),
    ]
    for mount in mounts:
        with pytest.raises(venuekey.MisuseError, match="must end with /connections/callback/bybit"):
            mount()
    wsgi_app(connections, owner=lambda _: "user")  # which may be mounted anywhere
    for prefix in ("connections", "/connections/", "/"):
        with pytest.raises(venuekey.MisuseError, match="prefix must begin with a slash"):
            blueprint(connections, owner=lambda _: "user", prefix=prefix)


def test_asynchronous_connections_need_an_asynchronous_app(make_web: Make) -> None:
    sync = make_web()
    connections: Any = AsyncConnections(dict(sync._rows.clients), sync._rows.store, venuekey.SealingKeys([NEW]))
    with pytest.raises(venuekey.MisuseError, match="wsgi_app takes Connections, not AsyncConnections"):
        wsgi_app(connections, owner=lambda _: "user")
    with pytest.raises(venuekey.MisuseError, match="blueprint takes Connections"):
        blueprint(connections, owner=lambda _: "user")
