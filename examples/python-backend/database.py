"""SQLite or PostgreSQL, by a URL: one connection, and the same statements for both.

Statements hold a ? for each value and keep to what both understand: `ON CONFLICT`, BIGINT, and BYTEA, which SQLite
takes for bytes like any other name. What differs is in this file: opening, transactions, and how to know that the
program at the other end of a lease has ended.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg.rows import dict_row

from leases import FileLocks, Locks

ERRORS = (sqlite3.Error, psycopg.Error)
WAIT_SECONDS = 10
"""How long a statement waits for another program's transaction."""


class Result(Protocol):
    """What a statement gives."""

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Mapping[str, Any] | None: ...

    def fetchall(self) -> list[Mapping[str, Any]]: ...


class Database(Protocol):
    """One connection, used from one thread. Outside of a transaction each statement is one by itself."""

    @property
    def locks(self) -> Locks: ...

    def execute(self, query: str, *values: object) -> Result: ...

    def transaction(self) -> contextlib.AbstractContextManager[None]:
        """Durable once it is left without an exception; undone otherwise."""

    def create(self, schema: str) -> None:
        """Makes the tables that are not there. Any number of programs may start at once."""

    def close(self) -> None: ...


def log_trouble(log: logging.Logger, text: str, error: Exception) -> None:
    """For a chore that comes again: the database's trouble by its name, a defect with where it happened."""
    if isinstance(error, ERRORS):
        log.error("%s (%s); trying again", text, type(error).__name__)
    else:
        log.error("%s; trying again", text, exc_info=error)


def open_database(url: str | None, data: Path) -> Database:
    """The one that the URL names; without one, a file in the folder `data`."""
    return Postgres(url) if url else Sqlite(data)


class Sqlite:
    """A file on this machine."""

    def __init__(self, data: Path) -> None:
        path = data / "backend.db"
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._db = sqlite3.connect(path, isolation_level=None, timeout=WAIT_SECONDS)
        self._db.row_factory = sqlite3.Row
        self._write_ahead()
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA secure_delete = ON")
        self.locks = FileLocks(data / "leases")

    def _write_ahead(self) -> None:
        """Of programs that start at once, one changes the new file; SQLite doesn't let the others wait here."""
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def execute(self, query: str, *values: object) -> Any:
        return self._db.execute(query, values)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def create(self, schema: str) -> None:
        self._db.executescript(schema)

    def close(self) -> None:
        self._db.close()
        self.locks.release()


class Postgres:
    """A server, perhaps on another machine. A connection that has broken is made anew by the next statement."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._db: psycopg.Connection[dict[str, Any]] | None = None
        self.locks = SessionLocks(self)

    def execute(self, query: str, *values: object) -> Any:
        return self._connection().execute(query.replace("?", "%s").encode(), values)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        with self._connection().transaction():
            yield

    def create(self, schema: str) -> None:
        with self.transaction():
            # Two CREATE TABLE IF NOT EXISTS at once can fail: one after the other, then.
            self.execute("SELECT pg_advisory_xact_lock(hashtextextended('create tables', 0))")
            self._connection().execute(schema.encode())

    def close(self) -> None:
        if self._db is not None:
            self._db.close()

    def _connection(self) -> psycopg.Connection[dict[str, Any]]:
        if self._db is None or self._db.closed:
            self._db = psycopg.connect(self._url, autocommit=True, row_factory=dict_row, connect_timeout=WAIT_SECONDS)
            self._db.execute(f"SET lock_timeout = '{WAIT_SECONDS}s'".encode())
            self.locks.take_again()
        return self._db


class SessionLocks:
    """PostgreSQL's advisory locks: they end with the connection that took them, and so with its program.

    A connection through a pooler in transaction mode does not keep them; the end of the lease alone decides then.
    """

    ends_with_process = False  # a network that fails, or a server that starts anew, is enough

    def __init__(self, database: Postgres) -> None:
        self._database = database
        self._name: str | None = None

    def take(self, name: str) -> None:
        self._name = name
        self.take_again()

    def take_again(self) -> None:
        """On a new connection."""
        if self._name is not None:
            self._database.execute("SELECT pg_advisory_lock(hashtextextended(?, 0))", self._name)

    def is_free(self, name: str) -> bool:
        # Held for this one statement only.
        query = "SELECT pg_try_advisory_xact_lock(hashtextextended(?, 0)) AS free"
        return bool(self._database.execute(query, name).fetchone()["free"])
