"""The routes as a WSGI application."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http.client import responses
from typing import TYPE_CHECKING, Any, Callable, Optional

from ..connections import Connections
from ..connections._arguments import check_callables, wrong
from ._options import WebOptions, named
from ._request import MOST_BODY, Request, whole
from ._routes import Routes, answer

if TYPE_CHECKING:
    from typing_extensions import Unpack

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


def wsgi_app(
    connections: Connections, *, owner: Callable[[Environ], Optional[str]], **options: Unpack[WebOptions]
) -> WsgiApp:  # fmt: skip
    """A WSGI application to mount below a path of your own, which it reads from `SCRIPT_NAME`.

    Args:
        owner: your own name for the user who is logged in, of the request's `environ`; `None` if nobody is.
        options: as of `WebOptions`.

    Raises:
        MisuseError: `invalid_configuration` if a client's redirect URI does not lead here; `invalid_argument`.
    """
    if not isinstance(connections, Connections):
        raise wrong(f"wsgi_app takes Connections, not {type(connections).__name__}: asgi_app takes both")
    check_callables(owner=owner)
    routes = Routes(connections, **options)

    def app(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(
            method=environ["REQUEST_METHOD"],
            path=_text(environ.get("PATH_INFO", "")),
            mount=_text(environ.get("SCRIPT_NAME", "")),
            query=environ.get("QUERY_STRING", ""),
            headers=_headers(environ),
            body=_body(environ),
            owner=named(owner(environ)),
        )
        response = answer(connections, routes.respond(request))
        headers = response.headers
        if request.method != "HEAD":
            headers = [*headers, ("content-length", str(len(response.body)))]
        start_response(f"{response.status} {responses[response.status]}", headers)
        return [response.body]

    return app


def _text(value: str) -> str:
    """A path's bytes, which WSGI has as Latin-1."""
    return value.encode("latin-1", "replace").decode("utf-8", "replace")


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name[:5] == "HTTP_"}
    return {**headers, "content-type": environ.get("CONTENT_TYPE") or ""}


def _body(environ: Mapping[str, Any]) -> bytes:
    length = environ.get("CONTENT_LENGTH") or ""
    # What comes without a length, or with one that is none, is not read.
    at_most = min(int(length[:20]), MOST_BODY + 1) if length.isascii() and length.isdigit() else 0
    body: bytes = environ["wsgi.input"].read(at_most) if at_most else b""
    return whole(body, length)
