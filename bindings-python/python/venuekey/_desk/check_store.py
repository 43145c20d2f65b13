"""Whether the store works, and why not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..stores import StoreError
from .findings import Finding, found

if TYPE_CHECKING:
    from ..stores import Store

COUNTER = "doctor"
"""A counter of the doctor's own: raising it by nothing is a write that harms nobody."""
APART_MS = 30_000

# By the drivers' own names, in Python and in Node; the first that fits.
NAMES = (
    (r"schema is version", "store_schema_newer"),
    (r"SQLITE_READONLY|READONLY|ReadOnly|\(25006\)", "store_read_only"),
    (r"SQLITE_FULL|DiskFull|\(53100\)|ENOSPC", "store_full"),
    (r"SQLITE_BUSY|SQLITE_LOCKED|LockNotAvailable|\(55P03\)", "store_locked"),
    (r"SQLITE_CORRUPT|SQLITE_NOTADB|DataCorrupted|\(XX00[12]\)|^sqlite3\.DatabaseError", "store_damaged"),
    (r"SQLITE_CANTOPEN|FileNotFoundError|PermissionError|IsADirectoryError", "store_unreachable"),
    (r"ECONN|ENOTFOUND|ETIMEDOUT|\((?:08\w{3}|57P0\d|28\w{3}|3D000)\)|connect|conninfo", "store_unreachable"),
    # psycopg's for a server that is not there, without a code of its own.
    (r"^psycopg\.(?:errors\.)?(?:OperationalError|ConnectionTimeout|InterfaceError)$", "store_unreachable"),
)


def check_store(store: Store, host_ms: int) -> Iterator[Finding]:
    try:
        store.next_due()
        store.bump(COUNTER, 0, 0)
        of_store = store.now_ms()
    except StoreError as error:
        yield of_error(error)
        return
    yield found("store_ok", "store", store=repr(store))
    ahead_ms = 0 if of_store is None else of_store - host_ms
    if abs(ahead_ms) >= APART_MS:
        direction = "ahead of" if ahead_ms > 0 else "behind"
        yield found("store_clock_apart", "store", seconds=round(abs(ahead_ms) / 1000), direction=direction)


def of_error(error: StoreError) -> Finding:
    code = next((code for pattern, code in NAMES if re.search(pattern, error.error)), "store_fails")
    return found(code, "store", error=f"{error.operation}: {error.error}")
