"""An HTTP/1.1 server on loopback that records what it was sent and misbehaves when told to."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Callable, Optional


@dataclass
class Recorded:
    connection: int
    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes


Answer = Callable[[Recorded], Optional[Iterable[bytes]]]


def plain(status: int, body: bytes, *headers: str) -> Iterable[bytes]:
    """A whole reply on a connection that stays open."""
    lines = [f"HTTP/1.1 {status} Status", f"content-length: {len(body)}", *headers, "", ""]
    return ["\r\n".join(lines).encode() + body]


def ok(request: Recorded) -> Iterable[bytes]:
    return plain(200, b'{"data": {}}', "content-type: application/json", "retry-after: 7")


class Loopback:
    def __init__(self) -> None:
        self.recorded: list[Recorded] = []
        self.answer: Answer = ok
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.base = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections += 1
            threading.Thread(target=self._serve, args=(connection, self._connections), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError), connection, connection.makefile("rb") as lines:
            while True:
                request_line = lines.readline().decode().split()
                if not request_line:
                    return
                headers: list[tuple[str, str]] = []
                for line in iter(lines.readline, b"\r\n"):
                    name, _, value = line.decode("latin-1").partition(":")
                    headers.append((name.lower(), value.strip()))
                length = int(dict(headers).get("content-length", "0"))
                request = Recorded(number, request_line[0], request_line[1], headers, lines.read(length))
                self.recorded.append(request)
                chunks = self.answer(request)
                if chunks is None:
                    return
                for chunk in chunks:
                    connection.sendall(chunk)
                if ("connection", "close") in headers:
                    return
