"""Functions that send, for `drive` and `adrive`. Each imports its HTTP library when it is called.

They keep core's contract: no redirects, no retries, TLS verified, headers and body as given, the
reply's body read up to `MAX_BODY_BYTES` + 1. A request that may not be sent twice goes out on a
connection of its own: HTTP stacks resend on a dead pooled connection by themselves. A transport
error becomes `NoResponse`, and no exception carries the request or its URL.

A client or session of yours is used for the requests that are safe to repeat; its default headers,
cookies and authentication stay out. Proxies and certificates follow the environment where it does.

httpx logs each URL at level INFO, and a URL may hold a key's id: keep that logger at WARNING.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Callable

from ._errors import NoResponse
from ._native import MAX_BODY_BYTES, HttpRequest, HttpResponse

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

    def exchange(via: httpx.Client, request: HttpRequest) -> HttpResponse:
        body = _Body(request)
        reply = via.send(_for_httpx(request), stream=True, auth=None, follow_redirects=False)
        try:
            for chunk in reply.iter_bytes():
                if body.is_enough_with(chunk):
                    break
        finally:
            reply.close()
        return HttpResponse(reply.status_code, body.taken(), reply.headers.multi_items())

    def send(request: HttpRequest) -> HttpResponse:
        try:
            if client is not None and request.replay == "safe":
                return exchange(client, request)
            with httpx.Client(**options) as own:
                return exchange(own, request)
        except httpx.HTTPError as error:
            reason = type(error).__name__
        # Outside the block above: the exception's context would be httpx's, with the request in it.
        raise NoResponse(reason)

    return send


def async_httpx_sender(
    client: httpx.AsyncClient | None = None, **options: Any
) -> Callable[[HttpRequest], Awaitable[HttpResponse]]:
    """A `send` for `adrive`, on httpx; needs `venuekey[httpx]`. Arguments as for `httpx_sender`."""
    import httpx

    _complete(options, client)

    async def exchange(via: httpx.AsyncClient, request: HttpRequest) -> HttpResponse:
        body = _Body(request)
        reply = await via.send(_for_httpx(request), stream=True, auth=None, follow_redirects=False)
        try:
            async for chunk in reply.aiter_bytes():
                if body.is_enough_with(chunk):
                    break
        finally:
            await reply.aclose()
        return HttpResponse(reply.status_code, body.taken(), reply.headers.multi_items())

    async def send(request: HttpRequest) -> HttpResponse:
        try:
            if client is not None and request.replay == "safe":
                return await exchange(client, request)
            async with httpx.AsyncClient(**options) as own:
                return await exchange(own, request)
        except httpx.HTTPError as error:
            reason = type(error).__name__
        raise NoResponse(reason)

    return send


def requests_sender(session: requests.Session | None = None) -> Callable[[HttpRequest], HttpResponse]:
    """A `send` for `drive`, on requests; needs `venuekey[requests]`.

    Args:
        session: its proxies, certificates and `trust_env` hold for every request, its adapters for
            those that are safe to repeat.
    """
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.exceptions import HTTPError

    pooled, settings_of = session is not None, session or requests.Session()

    def send(request: HttpRequest) -> HttpResponse:
        body, pool = _Body(request), pooled and request.replay == "safe"
        # Straight to the adapter: a session reads a redirect's whole body even when it does not follow.
        adapter = settings_of.get_adapter(request.url) if pool else HTTPAdapter()
        headers = dict(request.headers) if pool else {**dict(request.headers), "connection": "close"}
        try:
            settings: Any = settings_of.merge_environment_settings(request.url, {}, True, None, None)
            prepared = requests.Request(request.method, request.url, headers=headers, data=request.body).prepare()
            with adapter.send(prepared, timeout=request.timeout_hint_ms / 1000, **settings) as reply:
                # What has arrived, without waiting for a full buffer: the deadline is looked at in between.
                while chunk := reply.raw.read1(65536, decode_content=True):
                    if body.is_enough_with(chunk):
                        break
            return HttpResponse(reply.status_code, body.taken(), list(reply.headers.items()))
        except (requests.RequestException, HTTPError) as error:
            reason = type(error).__name__
        finally:
            if not pool:
                adapter.close()
        raise NoResponse(reason)

    return send


def _complete(options: dict[str, Any], client: httpx.Client | httpx.AsyncClient | None) -> None:
    """Reads the certificates once: doing it for each connection costs more than the connection."""
    import httpx

    if client is not None:
        options.setdefault("trust_env", client.trust_env)
    options.setdefault("verify", httpx.create_ssl_context(trust_env=options.get("trust_env", True)))


def _for_httpx(request: HttpRequest) -> httpx.Request:
    """Built without a client, which would add its own headers and cookies."""
    import httpx

    headers = request.headers if request.replay == "safe" else [*request.headers, ("connection", "close")]
    timeout = httpx.Timeout(request.timeout_hint_ms / 1000).as_dict()
    return httpx.Request(
        request.method, request.url, headers=headers, content=request.body, extensions={"timeout": timeout}
    )


class _Body:
    """The bytes of a reply, up to the cap and the deadline. HTTP libraries only bound each single read."""

    def __init__(self, request: HttpRequest) -> None:
        self._bytes = bytearray()
        self._deadline = time.monotonic() + request.timeout_hint_ms / 1000

    def is_enough_with(self, chunk: bytes) -> bool:
        self._bytes += chunk
        if time.monotonic() > self._deadline:
            raise NoResponse("Timeout")
        return len(self._bytes) > MAX_BODY_BYTES

    def taken(self) -> bytes:
        return bytes(self._bytes[: MAX_BODY_BYTES + 1])
