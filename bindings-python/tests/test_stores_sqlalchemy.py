"""Connections over a SQLAlchemy engine, by the suite that ships, in SQLite. tests/journeys has PostgreSQL's."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any, Union

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, MetaData, NullPool, StaticPool, create_engine, event, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import Session

import venuekey
from test_stores import check_a_fork, full_disk
from venuekey.stores import StoreError
from venuekey.stores._suite import kept, made, replace
from venuekey.stores.conformance import StoreConformance
from venuekey.stores.sqlalchemy import SQLAlchemyStore, tables, upgrade
from venuekey.stores.sqlite import SQLiteStore

KINDS = ("sqlite", "sqlite+aiosqlite")


def engine_of(kind: str, path: Path, **options: Any) -> Union[Engine, AsyncEngine]:
    make: Any = create_async_engine if "aio" in kind else create_engine
    engine: Union[Engine, AsyncEngine] = make(f"{kind}:///{path}", **options)
    return engine


class TestSQLAlchemyStore(StoreConformance):
    kind = KINDS[0]

    @pytest.fixture(autouse=True)
    def file(self, tmp_path: Path) -> None:
        self.path = tmp_path / "connections.db"

    def make_store(self) -> SQLAlchemyStore:
        return SQLAlchemyStore(engine_of(self.kind, self.path))

    def failing(self) -> AbstractContextManager[object]:
        return full_disk()


class TestSQLAlchemyStoreOfAnAsyncEngine(TestSQLAlchemyStore):
    kind = KINDS[1]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "connections.db"


@pytest.mark.parametrize("kind", KINDS)
def test_a_save_waits_for_the_disk(path: Path, kind: str) -> None:
    with closing(SQLAlchemyStore(engine_of(kind, path))) as store, store._look("test") as run:
        assert run("PRAGMA journal_mode").rows == [("wal",)]
        assert run("PRAGMA synchronous").rows == [(2,)]
        assert run("PRAGMA secure_delete").rows == [(1,)]


@pytest.mark.parametrize("kind", KINDS)
def test_it_shares_its_file_with_the_other_store(path: Path, kind: str) -> None:
    row = made()
    with closing(SQLiteStore(path)) as one, closing(SQLAlchemyStore(engine_of(kind, path))) as other:
        assert one.save(row)
        assert other.save(replace(row, revision=2))
        assert kept(one, row.id).revision == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_that_is_no_unicode_is_its_own_row_s_trouble(path: Path, kind: str) -> None:
    with closing(SQLAlchemyStore(engine_of(kind, path))) as store:
        rows = [made(), made()]
        assert all(store.save(row) for row in rows)
        with store._write("test") as run:
            run("UPDATE venuekey_connections SET label = CAST(x'ff' AS TEXT) WHERE id = ?", rows[0].id)
        labels = {each.row.id: each.row.label for each in store.find("owner")}
        assert labels == {rows[0].id: b"\xff", rows[1].id: rows[1].label}


def test_it_has_connections_of_its_own_made_as_the_engine_makes_them(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}", pool_size=1, max_overflow=0, pool_timeout=0.01)
    seen: list[object] = []
    event.listen(engine, "connect", lambda db, _: seen.append(db))
    with engine.connect():
        pass
    with closing(SQLAlchemyStore(engine)) as store, Session(engine) as session:
        session.execute(text("SELECT 1"))
        assert store.save(made()), "the session has the only one of the engine's"
        assert len(seen) > 1, "the engine's hooks see the store's connections too"
        session.rollback()
        assert len(store.find("owner")) == 1
        with closing(engine.raw_connection()) as kept_one:
            assert seen[0] is kept_one.dbapi_connection, "which are left alone"
    engine.dispose()


@pytest.mark.parametrize("kind", KINDS)
def test_with_connections_for_asyncio(path: Path, kind: str) -> None:
    store = SQLAlchemyStore(engine_of(kind, path))
    keys = venuekey.SealingKeys([("2026-11", bytes(range(32)))])
    client = venuekey.Client(
        venue="bybit", environment="mainnet", client_id="demo", client_secret="s3cr3t",
        redirect_uri="http://localhost/callback/bybit",
    )  # fmt: skip
    connections = venuekey.AsyncConnections({"bybit": client}, store, keys)

    async def begun() -> list[str]:
        begins = (connections.begin("bybit", owner="user", goal="api_key") for _ in range(8))
        ids = [view.id for view in await asyncio.gather(*begins)]
        await connections.run_once()
        assert {view.id for view in await connections.find("user")} == {*ids}
        return ids

    ids = asyncio.run(begun())
    # It goes on without that loop, and with another one.
    assert {stored.row.id for stored in store.find("user")} == {*ids}
    assert len({*ids, *asyncio.run(begun_again(connections))}) == 8
    store.close()


async def begun_again(connections: venuekey.AsyncConnections) -> list[str]:
    return [view.id for view in await connections.find("user")]


def test_a_pool_that_keeps_nothing(path: Path) -> None:
    with closing(SQLAlchemyStore(create_engine(f"sqlite:///{path}", poolclass=NullPool))) as store:
        assert [store.bump("counter", 0, 1) for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("engine", "says"),
    [
        (create_engine("sqlite://", poolclass=NullPool), "what is in memory alone is lost"),
        (create_engine("sqlite:///here.db", poolclass=StaticPool), "StaticPool has one for all"),
        (create_engine("mssql+pyodbc://", module=sys.modules["sqlite3"]), "this engine is for mssql"),
    ],
)
def test_an_engine_that_cannot_keep_the_promises_is_refused(engine: Engine, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        SQLAlchemyStore(engine)


def test_what_is_no_engine() -> None:
    with pytest.raises(TypeError, match="engine must be an Engine or an AsyncEngine, not Session"):
        SQLAlchemyStore(Session())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("kind", KINDS)
def test_what_an_error_and_the_log_say(path: Path, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    # aiosqlite's own logger writes each statement's values at DEBUG; docs/stores.md says so.
    caplog.set_level(logging.DEBUG, "sqlalchemy")
    with closing(SQLAlchemyStore(engine_of(kind, path, echo="debug"))) as store:
        with pytest.raises(StoreError, match=r"^the store's save failed: UnicodeEncodeError$") as failed:
            store.save(made(owner="\ud800"))
        assert failed.value.__context__ is None
        says = r"^the store's test failed: sqlite3\.OperationalError"
        with pytest.raises(StoreError, match=says) as failed, store._look("test") as run:
            run("SELECT ? FROM nonsense", "canary")
        assert failed.value.__context__ is None
        assert store.save(made(sealed="canary"))
    assert "canary" not in caplog.text
    assert repr(store) == f"SQLAlchemyStore({kind}:///{path})"


def test_a_password_is_not_shown(path: Path) -> None:
    engine = create_engine("postgresql+psycopg://u:canary@127.0.0.1:1/x?sslpassword=canary")
    with pytest.raises(
        StoreError, match=r"^the store's open failed: psycopg\.OperationalError \(connection refused\)$"
    ) as failed:
        SQLAlchemyStore(engine)
    assert failed.value.__context__ is None
    store = SQLAlchemyStore(create_engine(f"sqlite:///{path}"))
    store._url = engine.url
    assert repr(store) == "SQLAlchemyStore(postgresql+psycopg://127.0.0.1:1/x)"
    store.close()


@pytest.mark.parametrize("kind", KINDS)
def test_after_a_fork_an_unused_store_works_and_a_used_one_says_so(path: Path, kind: str) -> None:
    check_a_fork(lambda: SQLAlchemyStore(engine_of(kind, path)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_program_ends_with_its_store_open(path: Path, kind: str) -> None:
    program = (
        "import sys; from test_stores_sqlalchemy import *; "
        "store = SQLAlchemyStore(engine_of(sys.argv[1], Path(sys.argv[2]))); print(store.save(made()))"
    )
    command = [sys.executable, "-c", program, kind, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=Path(__file__).parent)
    assert (done.stdout, done.stderr, done.returncode) == ("True\n", "", 0)


def test_tables_that_a_migration_of_alembic_makes(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    metadata = MetaData()
    assert {table.name for table in tables(metadata)} == {
        f"venuekey_{name}" for name in ("connections", "counters", "schema", "workers")
    }
    with engine.begin() as connection:
        context = MigrationContext.configure(connection)
        assert {"add_table", "add_index"} == {change[0] for change in compare_metadata(context, metadata)}
        upgrade(connection)
        upgrade(connection)
        left = compare_metadata(MigrationContext.configure(connection), metadata)
        # To SQLite a primary key of texts may be null.
        assert {change[0][0] for change in left} == {"modify_nullable"}
    with closing(SQLAlchemyStore(engine)) as store:
        assert store.save(made())


def test_tables_that_the_metadata_makes(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    metadata = MetaData()
    tables(metadata, prefix="other_")
    metadata.create_all(engine)
    with closing(SQLAlchemyStore(engine, prefix="other_")) as store:
        assert store.save(made())
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM other_schema"))
    with pytest.raises(StoreError, match="open failed: other_schema has no row"):
        SQLAlchemyStore(engine, prefix="other_")
