"""Functions that send, for `drive` and `adrive`. Each imports its HTTP library when it is called.

They keep core's contract: no redirects, no retries, TLS verified, headers and body as given, the
reply's body read up to `MAX_BODY_BYTES` + 1. A request that may not be sent twice goes out on a
connection of its own: HTTP stacks resend on a dead pooled connection by themselves. Whatever goes wrong on
the way becomes `NoResponse`, and no exception carries the request, its URL or the reply.

The request's `timeout_hint_ms` is for the whole exchange, from the connection to the last byte; only the lookup of
a name and the connection can take longer, and then nothing is sent. A reply that is complete counts, however late.
(Requests that are safe to repeat, on a connection that your own client has opened or your own session keeps: the
deadline holds between two reads.)

They ask for `Accept-Encoding: identity`. A reply in gzip or deflate is undone all the same, up to the
cap; in any other coding, its body is one that can't be read.

A client or session of yours is used for the requests that are safe to repeat; its default headers,
cookies and authentication stay out. Proxies and certificates follow the environment where it does.

httpx logs each URL at level INFO and urllib3 each path at level DEBUG, and an URL may hold a key's id: keep the
loggers `httpx` and `urllib3` at WARNING.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING, Any, Callable

from ._bodies import Received
from ._deadline import bounded, deadline
from ._errors import NoResponse
from ._native import HttpRequest, HttpResponse

if TYPE_CHECKING:
    import httpx
    import requests

__all__ = ["async_httpx_sender", "httpx_sender", "requests_sender"]


def httpx_sender(client: httpx.Client | None = None, **options: Any) -> Callable[[HttpRequest], HttpResponse]:
    """A `send` for `drive`, on httpx; needs `venuekey[httpx]`.

    Args:
        client: for requests that are safe to repeat; without it, each has a connection of its own.
        options: arguments of `httpx.Client` for the connections this sender opens itself: give
            `proxy`, `verify` and the like here too, since a client can't be asked for its own.
    """
    import httpx

    _complete(options, client)

    def own() -> httpx.Client:
        return httpx.Client(**options)

    def exchange(request: HttpRequest) -> HttpResponse:
        if client is not None and request.replay == "safe":
            return received(client, request)
        with own() as fresh:
            return received(fresh, request)

    def received(via: httpx.Client, request: HttpRequest) -> HttpResponse:
        body, until = Received(), _until(request)
        reply = via.send(_for_httpx(request, bounded), stream=True, auth=None, follow_redirects=False)
        try:
            for chunk in reply.iter_raw():
                if body.is_enough_with(chunk) or _is_over(until, body, reply.headers):
                    break
        finally:
            reply.close()
        return body.reply(reply.status_code, reply.headers.raw)

    return _bounded_send(exchange)


def async_httpx_sender(
    client: httpx.AsyncClient | None = None, **options: Any
) -> Callable[[HttpRequest], Awaitable[HttpResponse]]:
    """A `send` for `adrive`, on httpx; needs `venuekey[httpx]`. Arguments as for `httpx_sender`."""
    import httpx

    _complete(options, client)

    def own() -> httpx.AsyncClient:
        return httpx.AsyncClient(**options)

    async def exchange(request: HttpRequest) -> HttpResponse:
        if client is not None and request.replay == "safe":
            return await received(client, request)
        async with own() as fresh:
            return await received(fresh, request)

    async def received(via: httpx.AsyncClient, request: HttpRequest) -> HttpResponse:
        body = Received()
        reply = await via.send(_for_httpx(request), stream=True, auth=None, follow_redirects=False)
        try:
            async for chunk in reply.aiter_raw():
                if body.is_enough_with(chunk):
                    break
        finally:
            await reply.aclose()
        return body.reply(reply.status_code, reply.headers.raw)

    async def send(request: HttpRequest) -> HttpResponse:
        task = asyncio.ensure_future(exchange(request))
        try:
            await asyncio.wait({task}, timeout=request.timeout_hint_ms / 1000)
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task})
        if task.cancelled():
            raise NoResponse("TimeoutError")
        error = task.exception()
        if error is None:
            return task.result()
        # Not the error itself: it carries the request, and so do the locals in its traceback.
        reason = type(error).__name__
        del error, task
        raise NoResponse(reason)

    return send


def requests_sender(session: requests.Session | None = None) -> Callable[[HttpRequest], HttpResponse]:
    """A `send` for `drive`, on requests; needs `venuekey[requests]`.

    Args:
        session: its proxies, certificates and `trust_env` hold for every request, its adapters for
            those that are safe to repeat.
    """
    import requests

    from ._urllib3 import BoundedAdapter

    pooled, settings_of = session is not None, session or requests.Session()

    def exchange(request: HttpRequest) -> HttpResponse:
        # Straight to the adapter: a session reads a redirect's whole body even when it does not follow.
        if pooled and request.replay == "safe":
            return received(settings_of.get_adapter(request.url), request)
        adapter = BoundedAdapter()
        try:
            return received(adapter, request, connection="close")
        finally:
            adapter.close()

    def received(adapter: Any, request: HttpRequest, **more: str) -> HttpResponse:
        body, until = Received(), _until(request)
        settings: Any = settings_of.merge_environment_settings(request.url, {}, True, None, None)
        prepared = requests.Request(
            request.method,
            request.url,
            headers={**dict(request.headers), "accept-encoding": "identity", **more},
            data=request.body,
        ).prepare()
        with adapter.send(prepared, timeout=request.timeout_hint_ms / 1000, **settings) as reply:
            # What has arrived, without waiting for a full buffer.
            while chunk := reply.raw.read1(65536, decode_content=False):
                if body.is_enough_with(chunk) or _is_over(until, body, reply.headers):
                    break
        return body.reply(reply.status_code, reply.raw.headers.items())

    return _bounded_send(exchange)


def _bounded_send(exchange: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def send(request: HttpRequest) -> HttpResponse:
        interrupt, reason = None, ""
        try:
            with deadline(request.timeout_hint_ms):
                return exchange(request)
        except Exception as error:
            reason = type(error).__name__
        except BaseException as error:
            interrupt = error.with_traceback(None)
        # Outside the blocks above: an exception's context and the locals in its traceback would show the request.
        if interrupt is not None:
            interrupt.__context__ = interrupt.__cause__ = None
            raise interrupt
        raise NoResponse(reason)

    return send


def _complete(options: dict[str, Any], client: httpx.Client | httpx.AsyncClient | None) -> None:
    """Reads the certificates once: doing it for each connection costs more than the connection."""
    import httpx

    if client is not None:
        options.setdefault("trust_env", client.trust_env)
    options.setdefault("verify", httpx.create_ssl_context(trust_env=options.get("trust_env", True)))


def _for_httpx(request: HttpRequest, trace: Any = None) -> httpx.Request:
    """Built without a client, which would add its own headers and cookies."""
    import httpx

    more = [("accept-encoding", "identity")] + ([] if request.replay == "safe" else [("connection", "close")])
    extensions: dict[str, Any] = {"timeout": httpx.Timeout(request.timeout_hint_ms / 1000).as_dict()}
    if trace is not None:
        extensions["trace"] = trace
    return httpx.Request(
        request.method, request.url, headers=[*request.headers, *more], content=request.body, extensions=extensions
    )


def _until(request: HttpRequest) -> float | None:
    """The deadline of a request that is safe to ask again, by `time.monotonic`: its late reply is not waited for."""
    return time.monotonic() + request.timeout_hint_ms / 1000 if request.replay == "safe" else None


def _is_over(until: float | None, body: Received, headers: Mapping[str, str]) -> bool:
    if until is not None and time.monotonic() > until and headers.get("content-length") != str(len(body)):
        raise TimeoutError
    return False
