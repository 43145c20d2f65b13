"""Which process runs a flow, and whether that process still lives.

A lease ends by itself unless its holder renews it; that alone is enough, also between machines. Besides, each process
holds a lock under its own name, which ends with it, however it ends: so a successor need not wait until the lease runs
out. On SQLite the lock is the operating system's, on a file (Windows has no such locks, and waits); on PostgreSQL it is
the database's, on a connection.
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
"""A lease's length. Its holder renews it three times in that span; machines' clocks must agree to some seconds."""


def lease_until_ms() -> int:
    """When a lease that is taken or renewed now ends. Real time, whatever the flows' clock says."""
    return time.time_ns() // 1_000_000 + SECONDS * 1000


class Locks(Protocol):
    """Locks by name that end with the process that took them."""

    def take(self, name: str) -> None: ...

    def is_free(self, name: str) -> bool: ...


class Owner:
    """This process as the holder of leases."""

    def __init__(self, locks: Locks) -> None:
        self.name = f"{os.getpid()}-{secrets.token_hex(6)}"
        self._locks = locks
        locks.take(self.name)

    def is_gone(self, name: str) -> bool:
        """Whether the process of that name is known to have ended."""
        return name != self.name and self._locks.is_free(name)


class FileLocks:
    """One file for each process, for processes of one machine."""

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
