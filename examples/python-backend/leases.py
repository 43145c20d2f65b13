"""Which process runs a flow, and whether that process still lives.

A lease ends by itself unless its holder renews it; that alone is enough, also between machines. Besides, each process
holds a lock under its own name, which ends with it, however it ends: so a successor need not wait until the lease runs
out. On SQLite the lock is the operating system's, on a file (Windows has no such locks, and waits). On PostgreSQL it is
the database's, and ends with a connection: the process may live on, waiting for a reply that can be had once. So there
a lost lock only shortens the lease, to more than a request takes.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
import time
from pathlib import Path
from typing import IO, Protocol

if sys.platform != "win32":
    import fcntl

SECONDS = 60
"""A lease's length. Its holder renews it three times in that span, by its own machine's clock, and another machine reads
it by its own: the two may be apart by two thirds of a lease, 40 s, and by no more."""
REQUEST_SECONDS = 45
"""Longer than any request takes, with the save that comes before it."""


def lease_until_ms() -> int:
    """When a lease that is taken or renewed now ends. Real time, whatever the flows' clock says."""
    return time.time_ns() // 1_000_000 + SECONDS * 1000


class Locks(Protocol):
    """Locks by name that end with the process that took them, if not before."""

    ends_with_process: bool
    """Whether nothing but the process's end frees one."""

    def take(self, name: str) -> None: ...

    def is_free(self, name: str) -> bool: ...


class Owner:
    """This process as the holder of leases."""

    def __init__(self, locks: Locks, time_scale: float = 1.0) -> None:
        self.name = f"{os.getpid()}-{secrets.token_hex(6)}"
        self._locks = locks
        self._request_seconds = 0 if locks.ends_with_process else REQUEST_SECONDS * time_scale
        locks.take(self.name)

    def may_succeed(self, name: str, until_ms: int) -> bool:
        """Whether the lease of that process may be taken: it has ended, or its holder is known to be gone."""
        left_s = until_ms / 1000 - time.time()
        if name == self.name or left_s <= 0:
            return True
        return left_s <= SECONDS - self._request_seconds and self._locks.is_free(name)


class FileLocks:
    """One file for each process, for processes of one machine."""

    ends_with_process = True

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder = folder
        self._held: dict[str, IO[str]] = {}

    def take(self, name: str) -> None:
        self._held[name] = self._path(name).open("w")
        _lock(self._held[name])

    def is_free(self, name: str) -> bool:
        if sys.platform == "win32":
            return False
        try:
            with self._path(name).open("r+") as file:
                if not _lock(file):
                    return False
                self._path(name).unlink(missing_ok=True)
        except FileNotFoundError:
            pass
        return True

    def release(self) -> None:
        for name, file in self._held.items():
            file.close()
            with contextlib.suppress(OSError):
                self._path(name).unlink()
        self._held.clear()

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.lock"


def _lock(file: IO[str]) -> bool:
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
