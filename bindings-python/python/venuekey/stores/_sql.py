"""The statements, the same for SQLite and PostgreSQL: a ? for each value, and what both understand."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Callable, ClassVar, NamedTuple, Optional, TypeVar

from ._schema import Run, checked, is_current, migrate
from ._types import COLUMNS, Row, Stored, StoreError

T = TypeVar("T")

_COLUMNS = ", ".join(COLUMNS)
_INSERT = f"({_COLUMNS}) VALUES ({', '.join('?' for _ in COLUMNS)}) ON CONFLICT (id) DO NOTHING"
_UPDATE = f"SET {', '.join(f'{name} = ?' for name in COLUMNS)}, quarantined = NULL WHERE id = ? AND revision = ?"
_WORKS = "status <> 'ended' AND (intent IS NULL OR quarantined IS NOT NULL)"
"""A row that is about to end keeps no other from deleting their key, or of two that end together neither would; nobody
knows what a quarantined one holds."""
_HOUR_MS = 3_600_000
REASONS = (
    "connection refused", "timeout expired", "failed to resolve host", "password authentication failed",
    "server closed the connection unexpectedly",
)  # fmt: skip
"""Of libpq's words, those that tell why there is no connection."""


class Dialect(NamedTuple):
    """In what the databases differ."""

    begin: tuple[str, ...]
    """Begins a transaction that is durable once it is over."""
    begin_look: tuple[str, ...]
    """Begins one that reads, where that needs any."""
    is_there: str
    """Finds a table by its name."""
    lock_schema: str = ""
    """Lets one process migrate at a time, where `begin` does not."""
    now_ms: str = ""
    """Asks for the server's clock."""
    notify: str = ""
    """Wakes other processes, once the transaction is over."""


SQLITE = Dialect(("BEGIN IMMEDIATE",), (), "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?")
# A table that is locked holds nobody up for ever. Of a transaction, and not of the session: behind a pooler that is
# somebody else's too. A limit that the session has already is kept.
_LIMITS = "SELECT " + ", ".join(
    f"set_config('{name}', CASE current_setting('{name}') WHEN '0' THEN '30s' ELSE current_setting('{name}') END, true)"
    for name in ("statement_timeout", "lock_timeout")
)
POSTGRES = Dialect(
    # Whatever the session says of it.
    begin=("BEGIN ISOLATION LEVEL READ COMMITTED", "SET LOCAL synchronous_commit = on", _LIMITS),
    begin_look=("BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY", _LIMITS),
    # Not `to_regclass`: after the wait for that lock it may not know yet what the other process has made.
    is_there="SELECT 1 FROM pg_catalog.pg_class WHERE relname = ? AND pg_catalog.pg_table_is_visible(oid)",
    lock_schema="SELECT pg_advisory_xact_lock(hashtextextended(?, 0))",
    now_ms="SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint",
    notify="SELECT pg_notify(?, '')",
)


class SQLStore:
    """Everything but how to run statements."""

    _ERRORS: ClassVar[tuple[type[Exception], ...]]
    """What the driver raises."""

    def __init__(self, prefix: str, dialect: Dialect) -> None:
        self._prefix = checked(prefix)
        self._dialect = dialect
        self._rows = f"{prefix}connections"
        self._used_by: Optional[int] = None
        self._is_closed = False

    def load(self, id: str) -> Optional[Stored]:
        found = self._read("load", "WHERE id = ?", id)
        return found[0] if found else None

    def save(self, row: Row) -> bool:
        values = [getattr(row, name) for name in COLUMNS]
        with self._write("save") as run:
            if row.revision == 1:
                won = run(f"INSERT INTO {self._rows} {_INSERT}", *values).changed == 1
            else:
                query = f"UPDATE {self._rows} {_UPDATE}"
                won = run(query, *values, row.id, row.revision - 1).changed == 1
            wakes = won and row.due_at_ms is not None and row.lease_holder is None
            if wakes:
                self._notify(run)
        if wakes:
            self._ring()
        return won

    def due(self, now_ms: int, limit: int) -> list[Stored]:
        where = "WHERE due_at_ms <= ? AND quarantined IS NULL ORDER BY due_at_ms, id LIMIT ?"
        return self._read("due", where, now_ms, limit)

    def next_due(self) -> Optional[int]:
        query = f"SELECT min(due_at_ms) FROM {self._rows} WHERE due_at_ms IS NOT NULL AND quarantined IS NULL"
        with self._asked("next_due") as run:
            earliest: object = run(query).rows[0][0]
        # Text sorts behind all numbers in SQLite, whose columns hold anything.
        return earliest if isinstance(earliest, int) else None

    def find(self, owner: str) -> list[Stored]:
        return self._read("find", "WHERE owner = ? ORDER BY id", owner)

    def find_account(self, hashes: Sequence[str], except_id: str) -> bool:
        if not hashes:
            return False
        marks = ", ".join("?" for _ in hashes)
        where = f"account_hash IN ({marks}) AND id <> ? AND {_WORKS}"
        with self._asked("find_account") as run:
            return run(f"SELECT 1 FROM {self._rows} WHERE {where} LIMIT 1", *hashes, except_id).rows != []

    def delete(self, id: str, revision: int) -> bool:
        with self._write("delete") as run:
            if run(f"DELETE FROM {self._rows} WHERE id = ? AND revision = ?", id, revision).changed == 1:
                return True
            return run(f"SELECT 1 FROM {self._rows} WHERE id = ?", id).rows == []

    def bump(self, name: str, floor: int, by: int) -> int:
        counters = f"{self._prefix}counters"
        query = (
            f"INSERT INTO {counters} (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE"
            f" SET value = CASE WHEN {counters}.value > ? THEN {counters}.value ELSE ? END + ?"
        )
        with self._write("bump") as run:
            run(query, name, max(0, floor) + by, floor, floor, by)
            # Its own: the statement before holds the counter until the transaction ends.
            value: int = run(f"SELECT value FROM {counters} WHERE name = ?", name).rows[0][0]
        return value

    def touch(self, id: str, last_used_at_ms: int) -> None:
        where = "WHERE id = ? AND (last_used_at_ms IS NULL OR last_used_at_ms <= ?)"
        query = f"UPDATE {self._rows} SET last_used_at_ms = ? {where}"
        with suppress(StoreError), self._write("touch") as run:
            run(query, last_used_at_ms, id, last_used_at_ms - _HOUR_MS)

    def quarantine(self, id: str, revision: int, code: str) -> bool:
        query = f"UPDATE {self._rows} SET status = 'quarantined', quarantined = ? WHERE id = ? AND revision = ?"
        with self._write("quarantine") as run:
            return run(query, code, id, revision).changed == 1

    def rows_sealed_by_others(self, key_id: str, limit: int, after_id: str = "") -> list[str]:
        query = f"SELECT id FROM {self._rows} WHERE sealing_key_id <> ? AND id > ? ORDER BY id LIMIT ?"
        with self._asked("rows_sealed_by_others") as run:
            return [id for (id,) in run(query, key_id, after_id, limit).rows]

    def seen(self, holder: str, now_ms: int) -> None:
        workers = f"{self._prefix}workers"
        query = (
            f"INSERT INTO {workers} (holder, seen_at_ms) VALUES (?, ?)"
            " ON CONFLICT (holder) DO UPDATE SET seen_at_ms = excluded.seen_at_ms"
        )
        with self._write("seen") as run:
            run(query, holder, now_ms)
            # Each start of a worker is another holder.
            run(f"DELETE FROM {workers} WHERE seen_at_ms < ?", now_ms - 24 * _HOUR_MS)

    def now_ms(self) -> Optional[int]:
        if not self._dialect.now_ms:
            return None
        with self._look("now_ms") as run:
            now_ms: int = run(self._dialect.now_ms).rows[0][0]
        return now_ms

    def wake(self) -> None:
        self._ring()
        if self._dialect.notify:
            with suppress(StoreError), self._write("wake") as run:
                self._notify(run)

    def wait(self, timeout: float) -> bool:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def last_seen(self) -> Optional[int]:
        with self._asked("last_seen") as run:
            newest: Optional[int] = run(f"SELECT max(seen_at_ms) FROM {self._prefix}workers").rows[0][0]
        return newest

    def seen_since(self, since_ms: int) -> list[str]:
        """The workers that have looked since then."""
        query = f"SELECT holder FROM {self._prefix}workers WHERE seen_at_ms >= ? ORDER BY holder"
        with self._asked("seen_since") as run:
            return [holder for (holder,) in run(query, since_ms).rows]

    def _read(self, operation: str, where: str, *values: object) -> list[Stored]:
        query = f"SELECT {_COLUMNS}, last_used_at_ms, quarantined FROM {self._rows} {where}"
        with self._asked(operation) as run:
            return [Stored(Row(**dict(zip(COLUMNS, found))), *found[-2:]) for found in run(query, *values).rows]

    @contextmanager
    def _look(self, operation: str) -> Iterator[Run]:
        process = os.getpid()
        self._must_be_open(operation)
        if self._used_by not in (None, process):
            raise StoreError(operation, "it was used before a fork")
        self._used_by = process
        with self._connected(operation) as run:
            yield run

    def _must_be_open(self, operation: str) -> None:
        """Asked again by whoever has waited for a turn: nothing may open the database after the store's end."""
        if self._is_closed:
            raise StoreError(operation, "it is closed")

    def _connected(self, operation: str) -> AbstractContextManager[Run]:
        """A connection, which does not outlive an exception."""
        raise NotImplementedError

    def _drop(self) -> None:
        """Closes the connections that nobody is using."""
        raise NotImplementedError

    def _write(self, operation: str) -> AbstractContextManager[Run]:
        return self._transaction(operation, self._dialect.begin)

    def _asked(self, operation: str) -> AbstractContextManager[Run]:
        """For statements that read, which may have to wait for a table."""
        return self._transaction(operation, self._dialect.begin_look)

    @contextmanager
    def _transaction(self, operation: str, begin: tuple[str, ...]) -> Iterator[Run]:
        with self._look(operation) as run:
            for statement in begin:
                run(statement)
            yield run
            if begin:
                run("COMMIT")

    def _notify(self, run: Run) -> None:
        """Wakes other processes, once the transaction is over."""
        if self._dialect.notify:
            run(self._dialect.notify, f"{self._prefix}due")

    def _ring(self) -> None:
        """Wakes this process."""
        raise NotImplementedError

    def _migrate(self) -> None:
        with self._asked("open") as run:
            current = is_current(version_of(run, self._dialect, self._prefix))
        if not current:
            with self._write("open") as run:
                migrate_to_newest(run, self._dialect, self._prefix)
        # As good as new: a server may open it and then fork its workers.
        self._drop()
        self._used_by = None

    def _own_error(self, error: Exception) -> BaseException:
        """The driver's."""
        return error

    def _told(self, operation: str, call: Callable[[], T]) -> T:
        """What the call returns. Its error is told by name alone, and not kept: what it says may quote values."""
        try:
            return call()
        except self._ERRORS as error:
            own = self._own_error(error)
            kind, code = type(own), getattr(own, "sqlstate", None) or getattr(own, "sqlite_errorname", None)
            code = code or _reason(str(own))
            del own
        name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
        raise StoreError(operation, f"{name} ({code})" if code else name)


def _reason(said: str) -> Optional[str]:
    """Why there is no connection: libpq gives no code then, and what it says names users and hosts."""
    return next((reason for reason in REASONS if reason in said.lower()), None)


def migrate_to_newest(run: Run, dialect: Dialect, prefix: str) -> None:
    """In the transaction of `run`; one process at a time."""
    if dialect.lock_schema:
        run(dialect.lock_schema, f"{prefix}schema")
    version = version_of(run, dialect, prefix)
    if not is_current(version):
        migrate(run, prefix, version)


def version_of(run: Run, dialect: Dialect, prefix: str) -> Optional[int]:
    """Of the schema; `None` if there is none."""
    if not run(dialect.is_there, f"{prefix}schema").rows:
        return None
    rows = run(f"SELECT version FROM {prefix}schema").rows
    if not rows:
        raise StoreError("open", f"{prefix}schema has no row: let the library make its tables")
    version: int = rows[0][0]
    return version
