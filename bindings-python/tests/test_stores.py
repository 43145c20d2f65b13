"""Connections in SQLite, by the suite that ships, and what only a file does. tests/journeys has PostgreSQL's."""

from __future__ import annotations

import contextlib
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Callable

import pytest

from venuekey.stores import StoreError, _schema
from venuekey.stores._sql import SQLStore
from venuekey.stores._suite import made
from venuekey.stores.conformance import StoreConformance
from venuekey.stores.sqlite import SQLiteStore


@contextmanager
def full_disk() -> Iterator[None]:
    """No file grows past its first byte."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class TestSQLiteStore(StoreConformance):
    @pytest.fixture(autouse=True)
    def file(self, tmp_path: Path) -> None:
        self.path = tmp_path / "connections.db"

    def make_store(self) -> SQLiteStore:
        return SQLiteStore(self.path)

    def failing(self) -> AbstractContextManager[object]:
        return full_disk()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "connections.db"


def test_the_package_imports_no_store() -> None:
    look = "import sys, venuekey; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", look], check=True, capture_output=True, text=True).stdout.split()
    assert "venuekey._native" in loaded
    assert [name for name in loaded if name.startswith(("venuekey.stores", "sqlite3", "psycopg"))] == []


def test_a_save_waits_for_the_disk(path: Path) -> None:
    """SQLite gives no way to see it wait: these settings make it (sqlite.org/pragma.html)."""
    with closing(SQLiteStore(path)) as store, store._look("test") as run:
        assert run("PRAGMA journal_mode").rows == [("wal",)]
        assert run("PRAGMA synchronous").rows == [(2,)]


def test_the_file_is_its_owners_alone(path: Path) -> None:
    with closing(SQLiteStore(path)) as store:
        assert store.save(made())
        assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}


def test_a_link_to_a_file_that_is_not_there_yet(path: Path) -> None:
    behind = path.with_name("behind.db")
    path.symlink_to(behind)
    with closing(SQLiteStore(path)) as store:
        assert store.save(made())
        assert behind.stat().st_mode & 0o777 == 0o600


def test_many_open_a_new_file_at_once(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(SQLiteStore, [path] * 8))
    for number, store in enumerate(stores, 1):
        assert store.bump("counter", 0, 1) == number
        store.close()


def test_a_call_under_way_while_the_store_is_closed_leaves_nothing_open(path: Path) -> None:
    """A worker that has ended may have a last one."""
    before = sys.getswitchinterval()

    def ask(store: SQLiteStore) -> None:
        with contextlib.suppress(StoreError):
            while True:
                store.next_due()

    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(3) as pool:
            for _ in range(300):
                store = SQLiteStore(path)
                callers = [pool.submit(ask, store) for _ in range(3)]
                store.close()
                for caller in callers:
                    caller.result()
                assert store._db is None
    finally:
        sys.setswitchinterval(before)


def test_a_process_that_comes_and_goes_takes_nothing_away(path: Path) -> None:
    """Two stores here: no lock of the first may be lost as the second one opens."""

    def elsewhere(id: str) -> str:
        open_it = f"from venuekey.stores.sqlite import SQLiteStore; store = SQLiteStore({str(path)!r})"
        look = f"{open_it}; print(store.load({id!r}) is None); store.close()"
        return subprocess.run([sys.executable, "-c", look], check=True, capture_output=True, text=True).stdout

    with closing(SQLiteStore(path)) as store:
        assert store.save(made())
        with closing(SQLiteStore(path)):
            row = made()
            assert elsewhere(row.id) == "True\n"
            assert store.save(row)
            assert elsewhere(row.id) == "False\n"


def test_prefixes_keep_stores_apart(path: Path) -> None:
    row = made()
    with closing(SQLiteStore(path)) as one, closing(SQLiteStore(path, prefix="other_")) as other:
        assert one.save(row)
        assert other.load(row.id) is None
        assert other.save(row)
    for prefix in ("", "a b", "A", "1a", "a;", "a" * 32):
        with pytest.raises(ValueError, match="a prefix is"):
            SQLiteStore(path, prefix=prefix)


def test_an_older_schema_is_brought_up_to_date(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = made()
    with closing(SQLiteStore(path)) as store:
        assert store.save(row)
        newer = [*_schema.MIGRATIONS, ["ALTER TABLE {0}connections ADD COLUMN colour TEXT"]]
        monkeypatch.setattr(_schema, "MIGRATIONS", newer)
        with closing(SQLiteStore(path)) as migrated, migrated._look("test") as run:
            assert run("SELECT id, colour FROM venuekey_connections").rows == [(row.id, None)]
            assert run("SELECT version FROM venuekey_schema").rows == [(2,)]
        SQLiteStore(path).close()


def test_a_migration_that_fails_leaves_all_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    SQLiteStore(path).close()
    before = dump(path)
    newer = [*_schema.MIGRATIONS, ["ALTER TABLE {0}connections ADD COLUMN colour TEXT", "ALTER TABLE nonsense"]]
    monkeypatch.setattr(_schema, "MIGRATIONS", newer)
    with pytest.raises(StoreError, match=r"the store's open failed: sqlite3\.OperationalError"):
        SQLiteStore(path)
    assert dump(path) == before


def test_a_newer_schema_is_refused_and_left_alone(path: Path) -> None:
    SQLiteStore(path).close()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE venuekey_schema SET version = 9")
    before = dump(path)
    with pytest.raises(StoreError, match="its schema is version 9, and this release knows 1 at most"):
        SQLiteStore(path)
    assert dump(path) == before


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as db:
        return list(db.iterdump())


def test_what_cannot_be_written_says_so(path: Path) -> None:
    SQLiteStore(path).close()
    path.chmod(0o400)
    path.parent.chmod(0o500)
    try:
        with not_as_root(), pytest.raises(StoreError, match=r"^the store's open failed: PermissionError$") as refused:
            SQLiteStore(path)
    finally:
        path.parent.chmod(0o700)
    assert refused.value.__context__ is None
    with pytest.raises(StoreError, match=r"open failed: FileNotFoundError: there is no folder '.*/nowhere'"):
        SQLiteStore(path.parent / "nowhere" / "connections.db")


def test_a_file_of_another_kind_is_left_alone(path: Path) -> None:
    path.write_bytes(b"notes" * 1000)
    with pytest.raises(StoreError, match=r"open failed: sqlite3\.DatabaseError"):
        SQLiteStore(path)
    assert path.read_bytes() == b"notes" * 1000


@contextmanager
def not_as_root() -> Iterator[None]:
    """Root may write whatever the mode says."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_text_that_is_none_fails_without_being_shown(path: Path) -> None:
    with closing(SQLiteStore(path)) as store:
        with pytest.raises(StoreError, match=r"^the store's save failed: UnicodeEncodeError$"):
            store.save(made(owner="\ud800"))
        assert store.save(made())


def check_a_fork(make: Callable[[], SQLStore]) -> None:
    """After a fork an unused store works, and a used one says so."""
    used, unused = make(), make()
    assert used.bump("counter", 0, 1) == 1
    child = os.fork()
    if child == 0:
        try:
            assert unused.bump("counter", 0, 1) == 2
            with pytest.raises(StoreError, match="bump failed: it was used before a fork"):
                used.bump("counter", 0, 1)
            used.close()
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    assert used.bump("counter", 0, 1) == 3
    used.close()
    with pytest.raises(StoreError, match="load failed: it is closed"):
        used.load("id")
    unused.close()


def test_after_a_fork_an_unused_store_works_and_a_used_one_says_so(path: Path) -> None:
    check_a_fork(lambda: SQLiteStore(path))
