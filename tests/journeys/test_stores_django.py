"""Django's store in PostgreSQL, by the suite that ships, its migration, and Django's own test runner."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

import django_postgres  # isort: split

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connections, transaction

from postgres import Postgres
from venuekey.django import DjangoStore
from venuekey.stores._suite import kept, made
from venuekey.stores.conformance import StoreConformance
from venuekey.stores.postgres import PostgresStore

HERE = Path(__file__).parent


@contextmanager
def database(url: str) -> Iterator[None]:
    """Django's, meanwhile."""
    connections.databases["default"].update(django_postgres.database_of(url))
    connections["default"].close()
    del connections["default"]
    try:
        yield
    finally:
        connections["default"].close()


class TestDjangoStore(StoreConformance):
    wakes_other_processes = True

    @pytest.fixture(autouse=True)
    def there(self, postgres: Postgres) -> Iterator[None]:
        self.url = postgres.create_database()
        self.failing = postgres.down
        with database(self.url):
            yield

    def __getstate__(self) -> dict[str, Any]:
        # The server stays with this process.
        return {"url": self.url}

    def make_store(self) -> DjangoStore:
        connections.databases["default"].update(django_postgres.database_of(self.url))
        return DjangoStore()


def test_the_migration_makes_what_the_library_does_and_a_rollback_takes_nothing_along(postgres: Postgres) -> None:
    url, other = postgres.create_database(), postgres.create_database()
    with closing(PostgresStore(other)), database(url):
        call_command("migrate", verbosity=0)
        assert _tables(url) == _tables(other)
        call_command("migrate", "venuekey", "zero", verbosity=0)
        assert _tables(url) == _tables(other), "users' keys are in there"
        call_command("migrate", verbosity=0)
        row = made()
        with closing(DjangoStore()) as store:
            with transaction.atomic():
                User.objects.create(username="ann")
                assert store.save(row)
                transaction.set_rollback(True)
            assert kept(store, row.id) == row and not User.objects.exists()


def _tables(url: str) -> list[tuple[Any, ...]]:
    columns = (
        "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND table_name LIKE 'venuekey%' ORDER BY 1, 2"
    )
    with psycopg.connect(url) as db:
        return db.execute(columns).fetchall()


def test_it_has_the_role_that_django_assumes(postgres: Postgres) -> None:
    url = postgres.create_database()
    with database(url), psycopg.connect(url, autocommit=True) as db:
        name = f"assumed_{url.rpartition('_')[2]}"
        db.execute(f"CREATE ROLE {name}".encode())
        db.execute(f"GRANT ALL ON SCHEMA {url.rpartition('%3D')[2]} TO {name}".encode())
        connections.databases["default"]["OPTIONS"]["assume_role"] = name
        with closing(DjangoStore()) as store:
            assert store.save(made())
        owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = current_schema()"
        assert db.execute(owners).fetchall() == [(name,)]


@pytest.mark.parametrize("more", [[], ["--parallel=2"]])
def test_django_s_test_runner_drops_its_database(postgres: Postgres, more: list[str]) -> None:
    url = postgres.create_database()
    # The database of the tests has another name, and no such schema.
    environ = {**os.environ, "POSTGRES": url.replace("journey_", "public,journey_")}
    command = [sys.executable, str(HERE / "django_postgres.py"), *more]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0 and "OK" in done.stderr, done.stderr
    assert _tables(url) == [], "nothing is in the developer's own"
