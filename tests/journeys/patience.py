"""Waiting for what comes about in a moment, and requests with as much patience."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import httpx

import wire

PATIENCE_SECONDS = 600.0
"""The last resort, and no measure of the machine: what a test waits for comes in a moment, or not at all."""


def wait_for(holds: Callable[[], object], seen: Callable[[], object] = lambda: "") -> None:
    """`seen` is told where it does not come about."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"it did not happen in time; {seen()}"
        time.sleep(0.02)


def send(method: str, url: str, headers: dict[str, str], body: bytes = b"") -> http.client.HTTPConnection:
    """A request that has arrived at its port when this returns, though nobody may take it yet; its answer is there to be read."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=PATIENCE_SECONDS)
    connection.request(method, url.removeprefix(f"{parts.scheme}://{parts.netloc}"), body, headers)
    return connection


def fetch(method: str, url: str, **more: Any) -> httpx.Response:
    """Without a session, unless one is given."""
    with closing(wire.client(PATIENCE_SECONDS)) as http:
        return http.request(method, url, **more)
