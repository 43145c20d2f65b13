"""Which process runs a flow, and whether that process still lives.

Each process holds an operating-system lock on a file of its own. However it ends, the lock goes with
it; so a successor need not wait until the lease runs out. Where there are no such locks (Windows),
the lease's end alone decides.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
import time
from pathlib import Path
from typing import IO

if sys.platform != "win32":
    import fcntl

SECONDS = 60
"""A lease's length. Its holder renews it three times in that span."""


def lease_until_ms() -> int:
    """When a lease that is taken or renewed now ends. Real time, whatever the flows' clock says."""
    return time.time_ns() // 1_000_000 + SECONDS * 1000


class Owner:
    """This process as the holder of leases."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self.name = f"{os.getpid()}-{secrets.token_hex(6)}"
        self._folder = folder
        self._file = self._path(self.name).open("w")
        _lock(self._file)

    def is_gone(self, name: str) -> bool:
        """Whether the process of that name is known to have ended."""
        if name == self.name or sys.platform == "win32":
            return False
        try:
            with self._path(name).open("r+") as file:
                if not _lock(file):
                    return False
                self._path(name).unlink(missing_ok=True)
        except FileNotFoundError:
            pass
        return True

    def close(self) -> None:
        self._file.close()
        with contextlib.suppress(OSError):
            self._path(self.name).unlink()

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
