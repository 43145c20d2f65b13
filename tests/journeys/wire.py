"""Requests by the standard library's own client: a test's are many, small, and to this machine alone."""

from __future__ import annotations

import contextlib
import http.client
import select
from collections import defaultdict
from collections.abc import Iterable

import httpx

Header = tuple[str | bytes, str | bytes]


class Wire:
    """Keeps its connections, and can be used by many threads."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._idle: defaultdict[str, list[http.client.HTTPConnection]] = defaultdict(list)

    def ask(
        self, method: str, place: str, target: str, headers: Iterable[Header] = (), body: bytes = b""
    ) -> tuple[http.client.HTTPResponse, bytes]:
        headers = [*headers]
        has_host = any(name in (b"Host", b"host") for name, _ in headers)
        connection = self._take(place)
        try:
            connection.putrequest(method, target, skip_host=has_host, skip_accept_encoding=True)
            for name, value in headers:
                connection.putheader(name, value)
            # Who is not interested in the rest has answered before that.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.endheaders(body)
            reply = connection.getresponse()
            content = reply.read()
        except BaseException:
            connection.close()
            raise
        if not reply.will_close:
            self._idle[place].append(connection)
        return reply, content

    def _take(self, place: str) -> http.client.HTTPConnection:
        """One that is open and silent, or a new one."""
        idle = self._idle[place]
        while idle:
            connection = idle.pop()
            waiting = select.poll()
            waiting.register(connection.sock, select.POLLIN)
            if not waiting.poll(0):
                return connection
            connection.close()
        return http.client.HTTPConnection(place, timeout=self._seconds)

    def close(self) -> None:
        for idle in self._idle.values():
            while idle:
                idle.pop().close()


class WireTransport(httpx.BaseTransport):
    """Below httpx, at a sixth of what its own transport costs a request, and without certificates to load. It speaks http alone."""

    def __init__(self, seconds: float) -> None:
        self._wire = Wire(seconds)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.scheme != "http":
            raise httpx.UnsupportedProtocol(f"only http is spoken here: {request.url.scheme}")
        place, target = request.url.netloc.decode(), request.url.raw_path.decode()
        try:
            reply, content = self._wire.ask(request.method, place, target, request.headers.raw, request.read())
        except TimeoutError as error:
            raise httpx.ReadTimeout(str(error)) from error
        except ConnectionRefusedError as error:
            raise httpx.ConnectError(str(error)) from error
        except (http.client.HTTPException, OSError) as error:
            raise httpx.ReadError(str(error)) from error
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
        return httpx.Response(reply.status, headers=headers, content=content)

    def close(self) -> None:
        self._wire.close()


def client(seconds: float) -> httpx.Client:
    return httpx.Client(transport=WireTransport(seconds), trust_env=False)
