"""The loopback redirect (RFC 8252, 7.3): a server on this machine alone, for one address alone."""

from __future__ import annotations

import html
import socket
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
    400: ("Not accepted", "This address is not the one that the program is waiting for. It is still waiting."),
    404: ("Nothing here", "The program is waiting at another address."),
    503: ("Try again", "The program could not store this. Reload the page in a moment."),
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
        self.receive = receive
        try:
            self._server = _Server(self, "::1" if ":" in self._host else "127.0.0.1", self._port)
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

    def is_for(self, target: str, host: Optional[str]) -> bool:
        """By the host too: a page of another site must not reach it by a name that it has pointed here."""
        names = [f"[{self._host}]" if ":" in self._host else self._host, "127.0.0.1", "localhost", "[::1]"]
        hosts = {f"{name}:{self._port}" for name in names} | (set(names) if self._port == 80 else set())
        # Bybit puts a slash before the question mark.
        return host in hosts and target.partition("?")[0] in (self._path, f"{self._path}/")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, loopback: Loopback, address: str, port: int) -> None:
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.loopback = loopback
        super().__init__((address, port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that has gone: nothing to say."""


class _Handler(BaseHTTPRequestHandler):
    server_version, sys_version = "venuekey", ""
    # Browsers open connections on which they say nothing.
    timeout = TIMEOUT_S

    def do_GET(self) -> None:
        assert isinstance(self.server, _Server)
        loopback = self.server.loopback
        status = loopback.receive(self.path) if loopback.is_for(self.path, self.headers.get("host")) else 404
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
