"""Connections in a file: for the threads and processes of one machine."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from typing import Optional, Union

from ._alarm import Alarm
from ._durable import make_ready
from ._schema import Result, Run
from ._sql import SQLITE, SQLStore
from ._types import StoreError


class SQLiteStore(SQLStore):
    """A store in an SQLite file, which is made where it is not there yet, on a disk of this machine.

    Each process opens its own. After a fork it can be used only where it had not been used before.

    Args:
        path: the file. `-wal` and `-shm` stand beside it and belong to it.
        prefix: of the tables' names.

    Raises:
        ValueError: the path is `:memory:`, or the prefix is no name.
        StoreError: the file can't be opened or belongs to a newer release.
    """

    _ERRORS = (sqlite3.Error, OSError, UnicodeError, OverflowError)

    def __init__(self, path: Union[str, os.PathLike[str]], prefix: str = "venuekey_") -> None:
        super().__init__(prefix, SQLITE)
        if os.fspath(path) in ("", ":memory:"):
            raise ValueError("a store is a file: what is in memory alone is lost with its process")
        self._path = os.path.abspath(path)
        self._alarm = Alarm()
        self._lock = threading.Lock()
        self._db: Optional[sqlite3.Connection] = None
        self._migrate()

    def __repr__(self) -> str:
        return f"SQLiteStore({self._path!r})"

    def wait(self, timeout: float) -> bool:
        return self._alarm.wait(timeout)

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            self._drop()

    def _ring(self) -> None:
        self._alarm.ring()

    @contextlib.contextmanager
    def _connected(self, operation: str) -> Iterator[Run]:
        def run(query: str, *values: object) -> Result:
            def execute() -> Result:
                done = db.execute(query, values)
                return Result(done.fetchall(), done.rowcount)

            return self._told(operation, execute)

        with self._lock:
            self._must_be_open(operation)
            try:
                db = self._told(operation, self._opened)
                yield run
            except BaseException:
                self._drop()
                raise

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            with contextlib.suppress(FileNotFoundError, FileExistsError):
                # SQLite would let others read it, as far as the umask does. One that is there is not touched: to
                # close it would give up the locks of all this process (sqlite.org/howtocorrupt.html, 2.2).
                os.close(os.open(os.path.realpath(self._path), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            if not os.path.exists(self._path):
                raise StoreError("open", f"FileNotFoundError: there is no folder {os.path.dirname(self._path)!r}")
            self._db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            make_ready(self._db)
        return self._db

    def _drop(self) -> None:
        # Of another process it may not be closed either: sqlite.org/howtocorrupt.html, 2.6.
        if self._db is not None and self._used_by == os.getpid():
            self._db.close()
            self._db = None
