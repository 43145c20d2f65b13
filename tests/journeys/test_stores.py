"""Connections in PostgreSQL, by the suite that ships, and what only a server does. The binding's tests have SQLite's."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import psycopg
import pytest

from postgres import Postgres, everything_in
from venuekey.stores import StoreError, _schema
from venuekey.stores._suite import kept, made, replace
from venuekey.stores.conformance import StoreConformance
from venuekey.stores.postgres import _DIALECT, PostgresStore

# Of a role or a database, which a store does not have to itself.
CARELESS = "%20-csynchronous_commit%3Doff%20-cdefault_transaction_isolation%3Dserializable"


class TestPostgresStore(StoreConformance):
    wakes_other_processes = True

    @pytest.fixture(autouse=True)
    def database(self, postgres: Postgres) -> Iterator[None]:
        self.url = postgres.create_database() + CARELESS
        self.failing = postgres.down
        yield

    def __getstate__(self) -> dict[str, Any]:
        # The server stays with this process.
        return {"url": self.url}

    def make_store(self) -> PostgresStore:
        return PostgresStore(self.url)


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.create_database()


def test_what_is_saved_outlives_the_server(url: str, postgres: Postgres) -> None:
    row = made()
    with closing(PostgresStore(url + CARELESS)) as store:
        for revision in range(1, 4):
            assert store.save(replace(row, revision=revision))
            assert store.bump("counter", 0, 1) == revision
            with store._look("test"), store._look("test"):
                pass  # Of the two connections that are idle now, the first that fails takes the other along.
            with postgres.down():
                pass
            with pytest.raises(StoreError, match=r"load failed: psycopg\."):
                store.load(row.id)
            assert kept(store, row.id).revision == revision


def test_a_statement_has_a_limit_which_the_session_may_have_set_itself(url: str) -> None:
    """A table that is locked holds nobody up for ever; nothing is left of it where a pooler lends the session."""

    def limits(run: Any) -> list[str]:
        return [run(f"SHOW {name}").rows[0][0] for name in ("statement_timeout", "lock_timeout")]

    with closing(PostgresStore(url)) as store, closing(PostgresStore(f"{url}%20-cstatement_timeout%3D5s")) as careful:
        for own, of_session, expected in ((store, ["0", "0"], ["30s", "30s"]), (careful, ["5s", "0"], ["5s", "30s"])):
            for begun in (own._write, own._asked):
                with begun("test") as run:
                    assert limits(run) == expected
                with own._look("test") as run:
                    assert limits(run) == of_session


@pytest.mark.parametrize("call", ["load", "due", "next_due", "find", "save", "bump", "seen"])
def test_a_table_that_is_locked(url: str, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    begins = {name: (getattr(_DIALECT, name)[0].replace("'30s'", "'10ms'"),) for name in ("begin", "begin_look")}
    arguments: dict[str, Any] = {
        "load": ["0" * 32], "due": [1, 1], "find": ["user"], "save": [made()], "bump": ["c", 0, 1], "seen": ["w", 1],
    }  # fmt: skip
    with closing(PostgresStore(url)) as store, psycopg.connect(url) as db:
        db.execute("LOCK TABLE venuekey_connections, venuekey_counters, venuekey_workers")
        monkeypatch.setattr(store, "_dialect", _DIALECT._replace(**begins))
        with pytest.raises(StoreError, match=rf"{call} failed: psycopg\.errors\.(LockNotAvailable|QueryCanceled)"):
            getattr(store, call)(*arguments.get(call, []))
        db.rollback()
        monkeypatch.setattr(store, "_dialect", _DIALECT)
        getattr(store, call)(*arguments.get(call, []))


def test_who_listens_hears_of_a_server_that_came_back(url: str, postgres: Postgres) -> None:
    with closing(PostgresStore(url)) as worker, closing(PostgresStore(url)) as web:
        while worker.wait(0):
            pass
        with postgres.down():
            assert worker.wait(300), "something may have been said"
            assert not worker.wait(0)
        assert worker.wait(300), "it listens again"
        while worker.wait(0):
            pass
        assert web.save(made(due_at_ms=1))
        assert worker.wait(300)


def test_more_calls_than_connections(url: str) -> None:
    named = f"{url}&application_name=few"
    with closing(PostgresStore(named, max_connections=2)) as store, ThreadPoolExecutor(6) as pool:
        values = list(pool.map(lambda _: store.bump("counter", 0, 1), range(60)))
        assert sorted(values) == list(range(1, 61))
        with psycopg.connect(url) as db:
            query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'few'"
            assert db.execute(query).fetchone() in [(1,), (2,)]


def test_many_open_an_empty_database_at_once(url: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        stores = list(pool.map(PostgresStore, [url] * 6))
    for number, store in enumerate(stores, 1):
        assert store.bump("counter", 0, 1) == number
        store.close()


def test_an_older_schema_is_brought_up_to_date(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    row = made()
    with closing(PostgresStore(url)) as store:
        assert store.save(row)
        newer = [*_schema.MIGRATIONS, ["ALTER TABLE {0}connections ADD COLUMN colour TEXT"]]
        monkeypatch.setattr(_schema, "MIGRATIONS", [*newer, ["ALTER TABLE nonsense"]])
        before = everything_in(url)
        with pytest.raises(StoreError, match=r"open failed: psycopg\.errors\.SyntaxError \(42601\)"):
            PostgresStore(url)
        assert everything_in(url) == before
        monkeypatch.setattr(_schema, "MIGRATIONS", newer)
        with closing(PostgresStore(url)) as migrated, migrated._look("test") as run:
            assert run("SELECT id, colour FROM venuekey_connections").rows == [(row.id, None)]
            assert run("SELECT version FROM venuekey_schema").rows == [(2,)]
        assert kept(store, row.id) == row


def test_a_newer_schema_is_refused_and_left_alone(url: str) -> None:
    PostgresStore(url).close()
    with psycopg.connect(url) as db:
        db.execute("UPDATE venuekey_schema SET version = 9")
    before = everything_in(url)
    with pytest.raises(StoreError, match="its schema is version 9, and this release knows 1 at most"):
        PostgresStore(url)
    assert everything_in(url) == before


def test_a_standby_is_read_and_says_that_it_cannot_be_written(url: str) -> None:
    standby = f"{url}%20-cdefault_transaction_read_only%3Don"
    refused = r"failed: psycopg\.errors\.ReadOnlySqlTransaction \(25006\)$"
    with pytest.raises(StoreError, match="^the store's open " + refused):
        PostgresStore(standby)
    row = made()
    with closing(PostgresStore(url)) as store, closing(PostgresStore(standby)) as reader:
        assert store.save(row)
        assert kept(reader, row.id) == row
        with pytest.raises(StoreError, match="^the store's save " + refused):
            reader.save(replace(row, revision=2))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("postgresql://u:canary@127.0.0.1:1/x", r"psycopg\.OperationalError \(connection refused\)"),
        ("postgresql://u:canary%zz@127.0.0.1/x", "conninfo is no URL and no list of parameters"),
    ],
)
def test_a_server_that_is_not_there_is_one_sentence(wrong: str, says: str) -> None:
    with pytest.raises(StoreError, match=f"^the store's open failed: {says}$") as failed:
        PostgresStore(wrong)
    assert failed.value.__context__ is None


def test_prefixes_keep_stores_apart(url: str) -> None:
    row = made()
    with closing(PostgresStore(url)) as one, closing(PostgresStore(url, prefix="other_")) as other:
        assert one.save(row)
        assert other.load(row.id) is None
        assert other.save(row)
