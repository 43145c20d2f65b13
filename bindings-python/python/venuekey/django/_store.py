"""A store where Django's database is, by connections that Django knows nothing of."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Optional
from urllib.parse import urlsplit

from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, connections

from ..stores import Row, Stored
from ..stores._alarm import Alarm
from ..stores._sql import SQLStore
from ..stores.sqlite import SQLiteStore

NOT_LIBPQS = ("context", "cursor_factory", "prepare_threshold")
"""What Django gives psycopg beside libpq's own parameters."""


class DjangoStore:
    """A store in a database of `DATABASES`, PostgreSQL or SQLite, opened by the first call.

    It has connections of its own, so no `ATOMIC_REQUESTS` and no `transaction.atomic` takes a saved row back. With
    SQLite, where one writer keeps out all others, it has a file of its own too, beside Django's: `db-venuekey.sqlite3`
    beside `db.sqlite3`. Else a view that has written would wait for itself.

    Under a test runner it is in the test's database; with SQLite in a file that ends with the process.

    Args:
        using: the database's alias.
    """

    def __init__(self, using: str = DEFAULT_DB_ALIAS) -> None:
        self._using = using
        self._lock = threading.Lock()
        self._alarm = Alarm()
        self._store: Optional[SQLStore] = None
        self._at: tuple[int, str] = (0, "")
        self._path: Optional[Path] = None
        # Those of the process before a fork: not ours to close.
        self._left: list[SQLStore] = []

    def __repr__(self) -> str:
        return f"DjangoStore({self._using!r})"

    def load(self, id: str) -> Optional[Stored]:
        with self._lent() as store:
            return store.load(id)

    def save(self, row: Row) -> bool:
        with self._lent() as store:
            return store.save(row)

    def due(self, now_ms: int, limit: int) -> list[Stored]:
        with self._lent() as store:
            return store.due(now_ms, limit)

    def next_due(self) -> Optional[int]:
        with self._lent() as store:
            return store.next_due()

    def find(self, owner: str) -> list[Stored]:
        with self._lent() as store:
            return store.find(owner)

    def find_account(self, hashes: Sequence[str], except_id: str) -> bool:
        with self._lent() as store:
            return store.find_account(hashes, except_id)

    def delete(self, id: str, revision: int) -> bool:
        with self._lent() as store:
            return store.delete(id, revision)

    def bump(self, name: str, floor: int, by: int) -> int:
        with self._lent() as store:
            return store.bump(name, floor, by)

    def touch(self, id: str, last_used_at_ms: int) -> None:
        with contextlib.suppress(Exception), self._lent() as store:
            store.touch(id, last_used_at_ms)

    def quarantine(self, id: str, revision: int, code: str) -> bool:
        with self._lent() as store:
            return store.quarantine(id, revision, code)

    def rows_sealed_by_others(self, key_id: str, limit: int, after_id: str = "") -> list[str]:
        with self._lent() as store:
            return store.rows_sealed_by_others(key_id, limit, after_id)

    def now_ms(self) -> Optional[int]:
        with self._lent() as store:
            return store.now_ms()

    def wake(self) -> None:
        self._alarm.ring()
        with contextlib.suppress(Exception), self._lent() as store:
            store.wake()

    def wait(self, timeout: float) -> bool:
        if is_testing():
            # Without a connection that would keep the test's database from being dropped.
            return self._alarm.wait(timeout)
        with self._lent() as store:
            return store.wait(timeout)

    def seen(self, holder: str, now_ms: int) -> None:
        with self._lent() as store:
            store.seen(holder, now_ms)

    def last_seen(self) -> Optional[int]:
        with self._lent() as store:
            return store.last_seen()

    def close(self) -> None:
        """Gives back what it holds. A later call opens it again."""
        with self._lock:
            self._leave()
            self._store = None

    def _check(self) -> None:
        """Raises ImproperlyConfigured if there is no such database, or it is none that a store can be in."""
        if self._using not in connections:
            raise ImproperlyConfigured(f"DATABASES has no {self._using!r}, which DjangoStore is to use")
        vendor = connections[self._using].vendor
        if vendor not in ("postgresql", "sqlite"):
            raise ImproperlyConfigured(
                f"DATABASES[{self._using!r}] is for {vendor}: DjangoStore needs PostgreSQL or SQLite."
                ' Give it a database of its own, DjangoStore(using="venuekey"), or use another store'
            )
        if vendor == "postgresql":
            try:
                import psycopg  # noqa: F401
            except ImportError:
                raise ImproperlyConfigured(
                    'DjangoStore needs psycopg 3 for PostgreSQL: pip install "venuekey[postgres]"'
                ) from None

    def _reading_alias(self) -> str:
        """By which Django itself reads the store's tables, for the admin."""
        with self._lent():
            pass
        if connections[self._using].vendor != "sqlite":
            return self._using
        alias, name = f"{self._using}-venuekey", str(self._path)
        if alias in connections:
            connections.databases[alias]["NAME"] = name
        else:
            own = {**connections.databases[self._using], "NAME": name, "ATOMIC_REQUESTS": False}
            # Another dict: a thread may be going through this one.
            connections.settings = {**connections.settings, alias: own}
        return alias

    @contextlib.contextmanager
    def _lent(self) -> Iterator[SQLStore]:
        store = self._opened()
        yield store
        if is_testing():
            # The test's database can be dropped at any time, and cloned.
            store._drop()

    def _opened(self) -> SQLStore:
        with self._lock:
            # A test runner changes the name, and a fork the process.
            named = connections.databases[self._using]["NAME"] if self._using in connections else None
            now = (os.getpid(), str(named))
            if self._store is None or self._at != now:
                self._check()
                self._leave()
                self._store, self._at = self._made(), now
            return self._store

    def _leave(self) -> None:
        if self._store is not None and self._at[0] == os.getpid():
            self._store.close()
        elif self._store is not None:
            self._left.append(self._store)

    def _made(self) -> SQLStore:
        wrapper: Any = connections[self._using]
        if wrapper.vendor == "postgresql":
            from psycopg.conninfo import make_conninfo

            from ..stores.postgres import PostgresStore

            given = {name: of for name, of in wrapper.get_connection_params().items() if name not in NOT_LIBPQS}
            role = wrapper.settings_dict["OPTIONS"].get("assume_role")
            if role:
                given["options"] = f"{given.get('options', '')} -crole={role}"
            return PostgresStore(make_conninfo(**given))
        if is_testing() or wrapper.is_in_memory_db():
            folder = Path(tempfile.mkdtemp(prefix="venuekey-"))
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
            self._path = folder / "connections.sqlite3"
        else:
            self._path = beside(str(wrapper.settings_dict["NAME"]))
        return SQLiteStore(self._path)


def beside(name: str) -> Path:
    """The store's file, for that of Django's."""
    file = Path(urlsplit(name).path if name.startswith("file:") else name)
    return file.with_name(f"{file.stem}-venuekey{file.suffix}")


def is_testing() -> bool:
    """Whether a test runner has set up its environment: Django's own way to say so."""
    return hasattr(mail, "outbox")
