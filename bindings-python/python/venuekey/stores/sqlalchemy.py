"""Connections in the database of a SQLAlchemy 2 engine, SQLite's or PostgreSQL's. Needs `venuekey[sqlalchemy]`."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Optional, Union

from sqlalchemy import URL, Connection, Engine, MetaData, StaticPool, Table, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import SingletonThreadPool

from ._alarm import Alarm
from ._durable import make_ready
from ._loop import Loop
from ._schema import MIGRATIONS, Result, Run, checked
from ._sql import POSTGRES, SQLITE, Dialect, SQLStore, migrate_to_newest

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

__all__ = ["SQLAlchemyStore", "tables", "upgrade"]


def __dir__() -> list[str]:
    return [*__all__]


class SQLAlchemyStore(SQLStore):
    """A store in the database of an engine; its tables are made where they are not there yet.

    It has connections of its own, made as the engine makes its own, and never takes part in a session's transaction.
    An `AsyncEngine`'s run in an event loop of the store's own, in a thread: its calls block as those of any store.

    With SQLite, give it an engine for a file of its own: a session that has written to the same file and then calls the
    store would wait for itself.

    Args:
        engine: an `Engine` or an `AsyncEngine`, for SQLite or PostgreSQL.
        prefix: of the tables' names.

    Raises:
        TypeError: what is given is no engine.
        ValueError: the engine is for another database, or has one connection for everybody; or the prefix is no name.
        StoreError: the database can't be opened or belongs to a newer release.
    """

    # Whatever an engine's own hooks raise is told by its name too.
    _ERRORS = (Exception,)

    def __init__(self, engine: Union[Engine, AsyncEngine], prefix: str = "venuekey_") -> None:
        given = engine if isinstance(engine, Engine) else getattr(engine, "sync_engine", None)
        if not isinstance(given, Engine):
            raise TypeError(f"engine must be an Engine or an AsyncEngine, not {type(engine).__name__}")
        super().__init__(prefix, _dialect_of(given))
        if isinstance(given.pool, (StaticPool, SingletonThreadPool)):
            raise ValueError(f"a store needs connections of its own, and {type(given.pool).__name__} has one for all")
        self._url = given.url
        # Parameters are not for logs, whatever the engine's own say.
        options: dict[str, Any] = {"pool": given.pool.recreate(), "hide_parameters": True}
        self._loop: Optional[Loop] = None
        self._engine: Any
        if isinstance(engine, Engine):
            self._engine = own = create_engine(given.url, **options)
        else:
            from sqlalchemy.ext.asyncio import create_async_engine

            self._engine = create_async_engine(given.url, **options)
            own, self._loop = self._engine.sync_engine, Loop()
        if self._dialect is SQLITE:
            event.listen(own, "connect", lambda db, _: make_ready(db))
        # Transactions are begun and ended by statements, the same for every store.
        self._engine = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._calls = 0
        self._changed = threading.Condition()
        self._bell = self._ears() if own.dialect.driver == "psycopg" and self._loop is None else Alarm()
        self._migrate()

    def __repr__(self) -> str:
        # No query: that may hold secrets too.
        of = self._url
        shown = URL.create(of.drivername, host=of.host, port=of.port, database=of.database)
        return f"SQLAlchemyStore({shown})"

    def wait(self, timeout: float) -> bool:
        return self._bell.wait(timeout)

    def close(self) -> None:
        """Waits for the calls that have begun."""
        with self._changed:
            self._is_closed = True
            self._changed.wait_for(lambda: not self._calls)
        self._drop()
        if not isinstance(self._bell, Alarm):
            self._bell.close()

    def _ring(self) -> None:
        self._bell.ring()

    def _drop(self) -> None:
        is_ours = self._used_by in (None, os.getpid())
        if is_ours or self._loop is None:
            with contextlib.suppress(Exception):
                self._finished(self._engine.dispose(close=is_ours))
        if is_ours and self._loop is not None:
            self._loop.end()

    def _finished(self, what: Any) -> Any:
        """What an engine returns, or what an asynchronous one will."""
        return what if self._loop is None else self._loop.finished(what)

    @contextlib.contextmanager
    def _connected(self, operation: str) -> Iterator[Run]:
        def run(query: str, *values: object) -> Result:
            return self._told(operation, lambda: _result(self._finished(connection.execute(*_bound(query, values)))))

        with self._called(operation):
            connection = self._told(operation, lambda: self._finished(self._engine.connect()))
            try:
                yield run
            except BaseException:
                self._give_up(connection)
                raise
            finally:
                # Whether the call has succeeded is decided already.
                with contextlib.suppress(Exception):
                    self._finished(connection.close())

    def _give_up(self, connection: Any) -> None:
        with contextlib.suppress(Exception):
            # Not every driver closes at once what is given up, and with SQLite it would hold the one lock.
            self._finished(connection.execute(text("ROLLBACK")))
        with contextlib.suppress(Exception):
            self._finished(connection.invalidate())

    @contextlib.contextmanager
    def _called(self, operation: str) -> Iterator[None]:
        with self._changed:
            self._must_be_open(operation)
            self._calls += 1
        try:
            yield
        finally:
            with self._changed:
                self._calls -= 1
                self._changed.notify_all()

    def _own_error(self, error: Exception) -> BaseException:
        origin: BaseException = getattr(error, "orig", None) or error
        # SQLAlchemy wraps an asynchronous driver's once more.
        return origin if origin is error else origin.__cause__ or origin

    def _ears(self) -> Any:
        from ._ears import Ears

        return Ears(self._listener, f"{self._prefix}due")

    def _listener(self) -> Any:
        """A connection of psycopg's, out of the pool for good."""
        try:
            own = self._engine.raw_connection()
            connection = own.driver_connection
            own.detach()
        except SQLAlchemyError:
            raise ConnectionError from None
        connection.rollback()
        connection.autocommit = True
        return connection


def _dialect_of(engine: Engine) -> Dialect:
    name = engine.dialect.name
    if name not in ("sqlite", "postgresql"):
        raise ValueError(f"a store needs SQLite or PostgreSQL, and this engine is for {name}")
    if name == "sqlite" and engine.url.database in (None, "", ":memory:"):
        raise ValueError("a store is a file: what is in memory alone is lost with its process")
    return SQLITE if name == "sqlite" else POSTGRES


def _bound(query: str, values: tuple[object, ...]) -> tuple[Any, dict[str, object]]:
    parts = query.split("?")
    named = {f"v{number}": value for number, value in enumerate(values)}
    marked = "".join(f"{part}:{name}" for part, name in zip(parts, named))
    return text(marked + parts[-1]), named


def _result(done: Any) -> Result:
    return Result([tuple(row) for row in done] if done.returns_rows else [], done.rowcount)


def upgrade(connection: Connection, prefix: str = "venuekey_") -> None:
    """Makes the tables, or brings them up to date, in a transaction of yours: for a migration of Alembic.

    >>> def upgrade():  # doctest: +SKIP
    ...     venuekey.stores.sqlalchemy.upgrade(op.get_bind())
    """

    def run(query: str, *values: object) -> Result:
        return _result(connection.execute(*_bound(query, values)))

    migrate_to_newest(run, SQLITE if connection.dialect.name == "sqlite" else POSTGRES, checked(prefix))


def tables(metadata: MetaData, prefix: str = "venuekey_") -> list[Table]:
    """Adds the store's tables to your metadata, so that Alembic does not take them for tables to be dropped."""
    # Read from what the migrations make, in memory.
    scratch = create_engine("sqlite://")
    with scratch.begin() as db:
        upgrade(db, prefix)
        made = MetaData()
        made.reflect(db)
    scratch.dispose()
    for table in made.sorted_tables:
        for column in table.primary_key:
            column.nullable = False  # SQLite alone would let it be.
        for index in table.indexes:
            index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]
    own = [table.to_metadata(metadata) for table in made.sorted_tables]
    (schema,) = (table for table in own if table.name == f"{prefix}schema")
    # For `metadata.create_all`.
    row = schema.insert().values(version=len(MIGRATIONS))
    event.listen(schema, "after_create", lambda _, db, **__: db.execute(row))
    return own
