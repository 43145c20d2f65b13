"""Connections over a SQLAlchemy engine for PostgreSQL, by the suite that ships, with each driver."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, create_engine, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import Session

from postgres import Postgres
from venuekey.stores import StoreError
from venuekey.stores._suite import kept, made, replace
from venuekey.stores.conformance import StoreConformance
from venuekey.stores.postgres import PostgresStore
from venuekey.stores.sqlalchemy import SQLAlchemyStore, tables, upgrade

# Of a role or a database, which a store does not have to itself.
CARELESS = {"synchronous_commit": "off", "default_transaction_isolation": "serializable"}
KINDS = ("psycopg", "psycopg_async", "asyncpg")


def engine_of(kind: str, url: str) -> Any:
    """By the schema that is the URL's search_path."""
    plain = make_url(url).set(drivername=f"postgresql+{kind}", query={})
    settings = {"search_path": url.rpartition("%3D")[2], **CARELESS}
    if kind == "asyncpg":
        return create_async_engine(plain, connect_args={"server_settings": settings})
    options = " ".join(f"-c{name}={value}" for name, value in settings.items())
    make: Any = create_engine if kind == "psycopg" else create_async_engine
    return make(plain, connect_args={"options": options})


class TestSQLAlchemyStore(StoreConformance):
    wakes_other_processes = True
    kind = "psycopg"

    @pytest.fixture(autouse=True)
    def database(self, postgres: Postgres) -> Iterator[None]:
        self.url = postgres.create_database()
        self.failing = postgres.down
        yield

    def __getstate__(self) -> dict[str, Any]:
        # The server stays with this process.
        return {"url": self.url}

    def make_store(self) -> SQLAlchemyStore:
        return SQLAlchemyStore(engine_of(self.kind, self.url))


class TestSQLAlchemyStoreOfAsyncpg(TestSQLAlchemyStore):
    wakes_other_processes = False
    kind = "asyncpg"


class TestSQLAlchemyStoreOfAsyncPsycopg(TestSQLAlchemyStore):
    wakes_other_processes = False
    kind = "psycopg_async"


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.create_database()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_saved_outlives_the_server(url: str, postgres: Postgres, kind: str) -> None:
    row = made()
    with closing(SQLAlchemyStore(engine_of(kind, url))) as store:
        for revision in range(1, 4):
            assert store.save(replace(row, revision=revision))
            assert store.bump("counter", 0, 1) == revision
            with store._look("test"), store._look("test"):
                pass  # Of the two connections that are idle now, the first that fails takes the other along.
            with postgres.down():
                pass
            with pytest.raises(StoreError, match=r"load failed: (psycopg|asyncpg)\."):
                store.load(row.id)
            assert kept(store, row.id).revision == revision


@pytest.mark.parametrize("kind", KINDS)
def test_each_write_is_durable_and_of_its_own_whatever_the_role_says(url: str, kind: str) -> None:
    with closing(SQLAlchemyStore(engine_of(kind, url))) as store, store._write("test") as run:
        assert run("SHOW synchronous_commit").rows == [("on",)]
        assert run("SHOW transaction_isolation").rows == [("read committed",)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_statement_has_a_limit(url: str, kind: str) -> None:
    with closing(SQLAlchemyStore(engine_of(kind, url))) as store:
        for begun in (store._write, store._asked):
            with begun("test") as run:
                assert run("SHOW statement_timeout").rows == run("SHOW lock_timeout").rows == [("30s",)]
        with store._look("test") as run:
            assert run("SHOW statement_timeout").rows == run("SHOW lock_timeout").rows == [("0",)]


@pytest.mark.parametrize("kind", KINDS)
def test_it_wakes_workers_of_the_other_store(url: str, kind: str) -> None:
    with closing(PostgresStore(url)) as worker, closing(SQLAlchemyStore(engine_of(kind, url))) as web:
        while worker.wait(0):
            pass
        assert web.save(made(due_at_ms=1))
        assert worker.wait(300)
        now_ms, theirs = web.now_ms(), worker.now_ms()
        assert now_ms is not None and theirs is not None and 0 <= theirs - now_ms < 300_000


def test_a_sessions_rollback_takes_nothing_along(url: str) -> None:
    engine = engine_of("psycopg", url)
    with closing(SQLAlchemyStore(engine)) as store, Session(engine) as session:
        session.execute(text("SELECT count(*) FROM venuekey_connections"))
        row = made()
        assert store.save(row)
        session.execute(text("DELETE FROM venuekey_counters"))
        session.rollback()
        assert kept(store, row.id) == row
    engine.dispose()


def test_a_migration_of_alembic_and_a_role_that_may_not_create(url: str) -> None:
    engine = engine_of("psycopg", url)
    metadata = MetaData()
    tables(metadata)
    with engine.begin() as connection:
        upgrade(connection)
        compared = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(compared, metadata) == []
    engine.dispose()
    made_by_create_all = url.replace("journey_", "made_")
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(f"CREATE SCHEMA {made_by_create_all.rpartition('%3D')[2]}".encode())
    other = engine_of("psycopg", made_by_create_all)
    metadata.create_all(other)
    indexes = text("SELECT regexp_replace(indexdef, 'ON [a-z]+_\\d+', '') FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1")
    with engine.connect() as one, other.connect() as another:
        assert one.execute(indexes).fetchall() == another.execute(indexes).fetchall()
    for each in (engine, other):
        each.dispose()
        with closing(SQLAlchemyStore(each)) as store:
            assert store.save(made())
