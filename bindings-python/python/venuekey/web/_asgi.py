"""The routes as an ASGI application."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, MutableMapping
from typing import TYPE_CHECKING, Any, Callable, Optional, Union

from ..connections import AsyncConnections, Connections
from ..connections._arguments import check_callables
from ._options import WebOptions, named
from ._request import CUT_OFF, MOST_BODY, Request, Response, whole
from ._routes import Routes, answer, answer_async

if TYPE_CHECKING:
    from typing_extensions import Unpack

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Message, Receive, Send], Awaitable[None]]


def asgi_app(
    connections: Union[AsyncConnections, Connections],
    *,
    owner: Callable[[Message], Union[Optional[str], Awaitable[Optional[str]]]],
    **options: Unpack[WebOptions],
) -> AsgiApp:
    """An ASGI application to mount below a path of your own, which it reads from the scope's `root_path`.

    Args:
        owner: your own name for the user who is logged in, of the request's scope; `None` if nobody is. It may be a
            coroutine function.
        options: as of `WebOptions`.

    Raises:
        MisuseError: `invalid_configuration` if a client's redirect URI does not lead here; `invalid_argument`.
    """
    check_callables(owner=owner)
    routes = Routes(connections, **options)

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            return await send({"type": "websocket.close"})
        if scope["type"] != "http":
            raise RuntimeError("these routes serve HTTP: mount them in an app of your own")
        user = owner(scope)
        mount, path = split_path(scope)
        request = request_of(
            scope, mount, path, await body_of(receive), await user if inspect.isawaitable(user) else user
        )
        response = await answered(connections, routes, request)
        await send({"type": "http.response.start", "status": response.status, "headers": raw_headers(response)})
        await send({"type": "http.response.body", "body": response.body})

    return app


def split_path(scope: Message) -> tuple[str, str]:
    """Where the routes are mounted, and what is below: servers differ in whether the path has the mount too."""
    path, mount = scope["path"], scope.get("root_path", "").rstrip("/")
    below = path[len(mount) :]
    return mount, below if path.startswith(mount) and below[:1] in ("", "/") else path


def request_of(scope: Message, mount: str, path: str, body: bytes, owner: object) -> Request:
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        of, text = name.decode("latin-1").lower(), value.decode("latin-1")
        # HTTP/2 may bring cookies in parts.
        headers[of] = f"{headers[of]}{'; ' if of == 'cookie' else ', '}{text}" if of in headers else text
    query = scope.get("query_string", b"").decode("latin-1")
    body = whole(body, headers.get("content-length"))
    return Request(scope["method"], path, mount, query, headers, body, named(owner))


async def body_of(receive: Receive) -> bytes:
    """All of it, or as much as is enough to refuse it."""
    body = b""
    while len(body) <= MOST_BODY:
        message = await receive()
        if message["type"] != "http.request":
            # Whoever sent it has gone.
            return CUT_OFF
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return body


async def answered(connections: Union[AsyncConnections, Connections], routes: Routes, request: Request) -> Response:
    work = routes.respond(request)
    if isinstance(connections, Connections):
        return await asyncio.to_thread(answer, connections, work)
    return await answer_async(connections, work)


def raw_headers(response: Response) -> list[tuple[bytes, bytes]]:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    if not any(name == b"content-length" for name, _ in headers):
        headers.append((b"content-length", str(len(response.body)).encode()))
    return headers
