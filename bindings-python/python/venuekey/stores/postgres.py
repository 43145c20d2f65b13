"""Connections in a PostgreSQL database: for the processes of any number of machines. Needs `venuekey[postgres]`."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from ._ears import Connect, Ears
from ._schema import Result, Run
from ._sql import POSTGRES, SQLStore
from ._types import StoreError

# A connection that has broken without a word is found out after half a minute.
_PATIENCE: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}

# In one message.
_DIALECT = POSTGRES._replace(begin=("; ".join(POSTGRES.begin),), begin_look=("; ".join(POSTGRES.begin_look),))


class PostgresStore(SQLStore):
    """A store in a PostgreSQL database; its tables are made where they are not there yet.

    It has connections of its own, which it opens when they are needed and opens anew once they have broken. A pooler in
    transaction mode is fine; workers of other processes are then not woken, and look each second. A statement may take
    30 seconds, unless the session has limits of its own.

    Args:
        conninfo: as `psycopg.connect` takes it: a URL, or `host=… dbname=…`. Its `search_path` chooses the schema.
        prefix: of the tables' names.
        max_connections: how many calls run at once. One more connection listens where `wait` is called.
    """

    _ERRORS = (psycopg.Error, OSError, UnicodeError, OverflowError)

    def __init__(self, conninfo: str, prefix: str = "venuekey_", max_connections: int = 4) -> None:
        super().__init__(prefix, _DIALECT)
        self._conninfo = conninfo
        self._patience = _patience(conninfo)
        self._connections = _Connections(self._connect, max_connections)
        self._ears = Ears(self._connect, f"{prefix}due")
        self._migrate()

    def __repr__(self) -> str:
        given = conninfo_to_dict(self._conninfo)
        # No other parameter: several of them are secrets.
        shown = (f"{name}={given[name]}" for name in ("host", "port", "dbname") if given.get(name))
        return f"PostgresStore({' '.join(shown)})"

    def wait(self, timeout: float) -> bool:
        return self._ears.wait(timeout)

    def close(self) -> None:
        self._is_closed = True
        self._drop()
        self._ears.close()

    def _ring(self) -> None:
        self._ears.ring()

    def _drop(self) -> None:
        self._connections.forget()

    def _connect(self) -> psycopg.Connection[Any]:
        # A statement that the server keeps would be lost where a pooler changes servers.
        return psycopg.connect(self._conninfo, autocommit=True, prepare_threshold=None, **self._patience)

    @contextlib.contextmanager
    def _connected(self, operation: str) -> Iterator[Run]:
        def run(query: str, *values: object) -> Result:
            def execute() -> Result:
                done = connection.execute(query.replace("?", "%s").encode(), values or None)
                return Result(done.fetchall() if done.description else [], done.rowcount)

            return self._told(operation, execute)

        with self._connections.turn:
            connection = self._told(operation, self._connections.take)
            try:
                yield run
            except BaseException:
                connection.close()
                # What has broken it may have broken the others.
                self._drop()
                raise
            self._connections.give(connection)
        if self._is_closed:
            self._drop()


def _patience(conninfo: str) -> dict[str, Any]:
    try:
        given = conninfo_to_dict(conninfo)
    except psycopg.ProgrammingError:
        given = None
    if given is None:
        # Not what psycopg says of it, which may quote the password.
        raise StoreError("open", "conninfo is no URL and no list of parameters")
    return {name: value for name, value in _PATIENCE.items() if name not in given}


class _Connections:
    """Those that are idle, and whose turn it is to have one."""

    def __init__(self, connect: Connect, most: int) -> None:
        self._connect = connect
        self._idle: list[psycopg.Connection[Any]] = []
        self.turn = threading.Semaphore(most)

    def take(self) -> psycopg.Connection[Any]:
        with contextlib.suppress(IndexError):
            return self._idle.pop()
        return self._connect()

    def give(self, connection: psycopg.Connection[Any]) -> None:
        self._idle.append(connection)

    def forget(self) -> None:
        with contextlib.suppress(IndexError):
            while True:
                self._idle.pop().close()
