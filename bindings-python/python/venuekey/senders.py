"""Functions that send, for `drive` and `adrive`. Each imports its HTTP library when it is called.

They follow core's contract: no redirects, no retries, TLS verified, headers and body as given, the
reply's body read up to `MAX_BODY_BYTES` + 1. A request that may not be sent twice gets its own
connection: HTTP stacks resend on a dead pooled connection by themselves. A network failure becomes
`NoResponse`, which says if it is certain that nothing left; no exception carries the request, its
URL or the reply. A mistake is not a network failure: an unusable option or proxy setting raises when the sender
is created, and any other exception is passed on.

The request's `timeout_hint_ms` is for the whole exchange, from the connection to the last byte; only the lookup of
a name and the connection can take longer, and then nothing is sent. A complete reply counts, however late.
(In two cases it limits only the time between two reads, both for requests that are safe to repeat: `httpx_sender` on a
connection that your own client opened earlier, and `requests_sender` on an adapter of your own class.)

They send `Accept-Encoding: identity`. A reply in gzip or deflate is decoded anyway, up to the
cap; a body in any other encoding can't be read.

Your own client or session is used for requests that are safe to repeat; its default headers,
cookies and authentication are not sent. Proxies and certificates follow the environment if it does.

httpx logs each URL at level INFO and urllib3 each path at level DEBUG, and a URL may contain a key's id: keep the
loggers `httpx` and `urllib3` at WARNING.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
from collections.abc import Awaitable, Mapping
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Callable

from ._bodies import Received
from ._deadline import Exchange, atraced, deadline, traced
from ._errors import NoResponse
from ._lost import Kinds, told
from ._native import HttpRequest, HttpResponse
from ._proxies import of_the_environment, refusal

if TYPE_CHECKING:
    import httpx
    import requests

__all__ = ["async_httpx_sender", "httpx_sender", "requests_sender"]


def httpx_sender(client: httpx.Client | None = None, **options: Any) -> Callable[[HttpRequest], HttpResponse]:
    """A `send` for `drive`, on httpx; needs `venuekey[httpx]`.

    Args:
        client: for requests that are safe to repeat; without it, each one opens a connection.
        options: arguments of `httpx.Client` for the connections this sender opens itself: give
            `proxy`, `verify` and the like here too, since a client can't be asked for its own.
    """
    import httpx

    _complete(options, client)
    _warm()

    def own() -> httpx.Client:
        return httpx.Client(**options)

    _can_be_made(own, options.get("trust_env", True))

    def exchanged(request: HttpRequest, exchange: Exchange) -> HttpResponse:
        if client is not None and request.replay == "safe":
            return received(client, request, exchange)
        with own() as fresh:
            return received(fresh, request, exchange)

    def received(via: httpx.Client, request: HttpRequest, exchange: Exchange) -> HttpResponse:
        body = Received()
        reply = via.send(_for_httpx(request, traced(exchange)), stream=True, auth=None, follow_redirects=False)
        try:
            for chunk in reply.iter_raw():
                if body.is_enough_with(chunk) or _is_over(request, exchange, body, reply.headers):
                    break
        finally:
            reply.close()
        return body.reply(reply.status_code, reply.headers.raw)

    return _bounded_send(exchanged, *_httpx_errors())


def async_httpx_sender(
    client: httpx.AsyncClient | None = None, **options: Any
) -> Callable[[HttpRequest], Awaitable[HttpResponse]]:
    """A `send` for `adrive`, on httpx; needs `venuekey[httpx]`. Arguments as for `httpx_sender`."""
    import httpx

    _complete(options, client)
    _warm("anyio._backends._asyncio")

    def own() -> httpx.AsyncClient:
        return httpx.AsyncClient(**options)

    _can_be_made(own, options.get("trust_env", True))
    lost, mistakes = _httpx_errors()

    async def exchanged(request: HttpRequest, exchange: Exchange) -> HttpResponse:
        if client is not None and request.replay == "safe":
            return await received(client, request, exchange)
        async with own() as fresh:
            return await received(fresh, request, exchange)

    async def received(via: httpx.AsyncClient, request: HttpRequest, exchange: Exchange) -> HttpResponse:
        body = Received()
        reply = await via.send(_for_httpx(request, atraced(exchange)), stream=True, auth=None, follow_redirects=False)
        try:
            async for chunk in reply.aiter_raw():
                if body.is_enough_with(chunk):
                    break
        finally:
            await reply.aclose()
        return body.reply(reply.status_code, reply.headers.raw)

    async def send(request: HttpRequest) -> HttpResponse:
        exchange = Exchange(request.timeout_hint_ms)
        task = asyncio.ensure_future(exchanged(request, exchange))
        try:
            await asyncio.wait({task}, timeout=request.timeout_hint_ms / 1000)
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task})
        if task.cancelled():
            raise NoResponse("timeout", not_sent=exchange.not_sent)
        error = task.exception()
        if error is None:
            return task.result()
        failure = told(error, lost, mistakes, exchange.not_sent)
        # The error itself may carry the request, and so may the locals in its traceback.
        del error, task
        raise failure

    return send


def requests_sender(session: requests.Session | None = None) -> Callable[[HttpRequest], HttpResponse]:
    """A `send` for `drive`, on requests; needs `venuekey[requests]`.

    Args:
        session: its proxies, certificates and `trust_env` hold for every request, its adapters for those that are safe
            to repeat; of an `HTTPAdapter`, the retries and the size of the pool, on connections that this sender keeps.
    """
    import requests
    from requests.adapters import HTTPAdapter
    from requests.exceptions import RequestException
    from urllib3.exceptions import HTTPError

    from ._urllib3 import BoundedAdapter, bounded_like, check_proxies

    _warm()
    pooled, settings_of = session is not None, session or requests.Session()
    check_proxies(settings_of)
    bounded: dict[HTTPAdapter, HTTPAdapter] = {}

    def exchanged(request: HttpRequest, exchange: Exchange) -> HttpResponse:
        # Straight to the adapter: a session reads a redirect's whole body even when it does not follow.
        if pooled and request.replay == "safe":
            adapter: Any = settings_of.get_adapter(request.url)
            if adapter not in bounded:
                bounded[adapter] = bounded_like(adapter)
            return received(bounded[adapter], request, exchange)
        adapter = BoundedAdapter()
        try:
            return received(adapter, request, exchange, connection="close")
        finally:
            adapter.close()

    def received(adapter: HTTPAdapter, request: HttpRequest, exchange: Exchange, **more: str) -> HttpResponse:
        body = Received()
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
                if body.is_enough_with(chunk) or _is_over(request, exchange, body, reply.headers):
                    break
        return body.reply(reply.status_code, reply.raw.headers.items())

    # Those of requests that are a ValueError too say what is wrong with a setting.
    return _bounded_send(exchanged, (RequestException, HTTPError, HTTPException, OSError), (ValueError,))


def _bounded_send(
    exchanged: Callable[[HttpRequest, Exchange], HttpResponse],
    lost: Kinds,
    mistakes: Kinds,
) -> Callable[[HttpRequest], HttpResponse]:
    def send(request: HttpRequest) -> HttpResponse:
        exchange = Exchange(request.timeout_hint_ms)
        try:
            with deadline(exchange):
                return exchanged(request, exchange)
        except BaseException as error:
            failure = told(error, lost, mistakes, exchange.not_sent)
        # Outside the block above: an exception's context and the locals in its traceback would show the request.
        raise failure

    return send


def _warm(*modules: str) -> None:
    """Imports what the first request would: that comes between the save before it and its first byte, and in that time
    a crash leaves doubt."""
    for module in ("encodings.idna", *modules):
        with contextlib.suppress(ImportError):
            importlib.import_module(module)


def _complete(options: dict[str, Any], client: httpx.Client | httpx.AsyncClient | None) -> None:
    """Reads the certificates once: doing it for each connection costs more than the connection."""
    import httpx

    if client is not None:
        options.setdefault("trust_env", client.trust_env)
    options.setdefault("verify", httpx.create_ssl_context(trust_env=options.get("trust_env", True)))


def _can_be_made(own: Callable[[], object], trust_env: bool) -> None:
    """What is wrong with an option says httpx itself, and what is wrong with a proxy says this, without its URL."""
    import httpx

    try:
        own()
        proxies = of_the_environment() if trust_env else []
        if all(httpx.URL(proxy if "://" in proxy else f"http://{proxy}").host for proxy in proxies):
            return
        why = "it names no host"
    except (ValueError, httpx.InvalidURL) as error:
        why = type(error).__name__
    raise refusal(why)


def _httpx_errors() -> tuple[Kinds, Kinds]:
    """Those of the network, and which of them are mistakes."""
    import httpx

    return (httpx.TransportError, OSError), (httpx.LocalProtocolError, httpx.UnsupportedProtocol)


def _for_httpx(request: HttpRequest, trace: Any) -> httpx.Request:
    """Built without a client, which would add its own headers and cookies."""
    import httpx

    more = [("accept-encoding", "identity")] + ([] if request.replay == "safe" else [("connection", "close")])
    extensions = {"timeout": httpx.Timeout(request.timeout_hint_ms / 1000).as_dict(), "trace": trace}
    return httpx.Request(
        request.method, request.url, headers=[*request.headers, *more], content=request.body, extensions=extensions
    )


def _is_over(request: HttpRequest, exchange: Exchange, body: Received, headers: Mapping[str, str]) -> bool:
    """Whether a late reply is given up: one that is safe to ask for again is not waited for."""
    if request.replay == "safe" and exchange.is_over() and headers.get("content-length") != str(len(body)):
        raise TimeoutError
    return False
