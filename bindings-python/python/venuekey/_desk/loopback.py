"""The loopback redirect (RFC 8252, 7.3): a server on this machine alone, for one address alone."""

from __future__ import annotations

import html
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Callable, Optional
from urllib.parse import urlsplit

from .trouble import trouble

HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
}
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>{title}</title>
<style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1rem}}</style></head>
<body><main><h1>{title}</h1><p>{text}</p></main></body></html>
"""
ANSWERS = {
    200: ("Done here", "You can close this window and go back to the program."),
    400: ("Not accepted", "This address is not the one that the program is waiting for. It goes on waiting."),
    404: ("Nothing here", "The program waits at another address."),
    503: ("Try again", "The program could not keep this. Reload the page in a moment."),
}
TIMEOUT_S = 30


class Loopback:
    """Serves one redirect URI while its block runs.

    `receive` is called with the path and query of whatever comes to exactly that path, in a thread of its own, and says
    how it is answered: 200, 400 or 503.
    """

    def __init__(self, redirect_uri: str, receive: Callable[[str], int]) -> None:
        parts = urlsplit(redirect_uri)
        self._host = parts.hostname or ""
        self._port = parts.port or 80
        self._path = parts.path
        self._receive = receive
        try:
            self._server = _server(self._host)(
                ("::1" if ":" in self._host else "127.0.0.1", self._port), self._handler()
            )
        except OSError:
            raise trouble("port_busy", "redirect", port=self._port, redirect=redirect_uri) from None
        self._thread = threading.Thread(target=self._server.serve_forever, name="venuekey-loopback", daemon=True)

    def __enter__(self) -> Loopback:
        self._thread.start()
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _is_ours(self, handler: BaseHTTPRequestHandler) -> bool:
        """By the host too: a page of another site must not reach it by a name that it has pointed here."""
        hosts = {f"{host}:{self._port}" for host in (_bracketed(self._host), "127.0.0.1", "localhost", "[::1]")}
        if self._port == 80:
            hosts |= {each.rpartition(":")[0] for each in hosts}
        # Bybit puts a slash before the question mark.
        path = handler.path.partition("?")[0]
        return handler.headers.get("host") in hosts and path in (self._path, f"{self._path}/")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        loopback = self

        class Handler(BaseHTTPRequestHandler):
            server_version, sys_version = "venuekey", ""
            # Browsers open connections on which they say nothing.
            timeout = TIMEOUT_S

            def do_GET(self) -> None:
                status = loopback._receive(self.path) if loopback._is_ours(self) else 404
                title, text = ANSWERS[status]
                page = PAGE.format(title=html.escape(title), text=html.escape(text)).encode()
                self.send_response(status)
                for name, value in HEADERS.items():
                    self.send_header(name, value)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.send_header("content-length", str(len(page)))
                self.send_header("connection", "close")
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, format: str, *_: Any) -> None:
                """Nothing: the address holds the code."""

        return Handler


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _server(host: str) -> type[ThreadingHTTPServer]:
    import socket

    class Server(ThreadingHTTPServer):
        # Another program's port is not shared; and an own one of a moment ago is taken again.
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        daemon_threads = True
        block_on_close = False

        def handle_error(self, request: object, client_address: object) -> None:
            """A browser that has gone: nothing to say."""

    return Server
