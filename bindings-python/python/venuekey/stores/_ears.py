"""Waits for what other processes say through PostgreSQL, and for this one."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from typing import Any, Callable, Optional

import psycopg

from ._alarm import Alarm

Connect = Callable[[], "psycopg.Connection[Any]"]


class Ears:
    """One thread at a time listens; others wait for what it hears, and for their own timeout.

    Where the connection is lost or new, something may have been said meanwhile: that counts as heard.
    """

    def __init__(self, connect: Connect, channel: str) -> None:
        self._connect = connect
        self._channel = channel
        self._alarm = Alarm()
        self._listening = threading.Lock()
        self._connection: Optional[psycopg.Connection[Any]] = None
        # Made when first needed, which is after a fork: two processes may not share them.
        self._bell: Optional[tuple[socket.socket, socket.socket]] = None
        self._making = threading.Lock()
        self._is_closed = False

    def ring(self) -> None:
        self._alarm.ring()
        # Full of rings that nobody has heard yet, or closed: either is enough.
        with contextlib.suppress(OSError):
            self._pair()[1].send(b"!")

    def wait(self, timeout: float) -> bool:
        if not self._listening.acquire(blocking=False):
            return self._alarm.wait(timeout)
        try:
            was_woken = not self._is_closed and self._hears(time.monotonic() + timeout)
        finally:
            self._listening.release()
        if was_woken:
            self._alarm.ring()
        return was_woken

    def close(self) -> None:
        self._is_closed = True
        self.ring()
        with self._listening:
            self._deafen()
            for end in self._pair():
                end.close()

    def _pair(self) -> tuple[socket.socket, socket.socket]:
        with self._making:
            if self._bell is None:
                self._bell = socket.socketpair()
                for end in self._bell:
                    end.setblocking(False)
            return self._bell

    def _hears(self, until: float) -> bool:
        if self._connection is None and self._listen():
            return True
        bell = self._pair()[0]
        while True:
            ready = _ready([bell, *([self._connection] if self._connection else [])], until - time.monotonic())
            if bell in ready:
                with contextlib.suppress(BlockingIOError):
                    while bell.recv(4096):
                        pass
                return True
            if not ready:
                return False
            if self._heard():
                return True

    def _listen(self) -> bool:
        with contextlib.suppress(psycopg.Error, OSError):
            self._connection = self._connect()
            self._connection.execute(f"LISTEN {self._channel}".encode())
            return True
        self._deafen()
        return False

    def _heard(self) -> bool:
        with contextlib.suppress(psycopg.Error, OSError):
            return self._connection is not None and bool(list(self._connection.notifies(timeout=0)))
        self._deafen()
        # Who knows what was said since.
        return True

    def _deafen(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _ready(ends: list[Any], timeout: float) -> list[Any]:
    with selectors.DefaultSelector() as selector:
        for end in ends:
            selector.register(end, selectors.EVENT_READ)
        return [key.fileobj for key, _ in selector.select(max(timeout, 0))]
