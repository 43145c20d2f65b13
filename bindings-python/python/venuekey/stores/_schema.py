"""The tables, the same for SQLite and PostgreSQL, and for every language's stores."""

from __future__ import annotations

import re
from typing import Any, NamedTuple, Optional, Protocol

from ._types import StoreError


class Result(NamedTuple):
    """Of a statement."""

    rows: list[tuple[Any, ...]]
    """What it found."""
    changed: int
    """How many rows it changed."""


class Run(Protocol):
    """Runs a statement, which holds a ? for each value."""

    def __call__(self, query: str, *values: object) -> Result: ...


MIGRATIONS: list[list[str]] = [
    [
        "CREATE TABLE {0}connections (id TEXT PRIMARY KEY, owner TEXT NOT NULL, client TEXT NOT NULL, label TEXT,"
        " venue TEXT NOT NULL, environment TEXT NOT NULL, status TEXT NOT NULL, intent TEXT, due_at_ms BIGINT,"
        " lease_holder TEXT, lease_until_ms BIGINT, revision BIGINT NOT NULL, sealing_key_id TEXT NOT NULL,"
        " account_hash TEXT, sealed TEXT NOT NULL, last_used_at_ms BIGINT, quarantined TEXT)",
        "CREATE INDEX {0}connections_due ON {0}connections (due_at_ms, id)"
        " WHERE due_at_ms IS NOT NULL AND quarantined IS NULL",
        "CREATE INDEX {0}connections_owner ON {0}connections (owner)",
        "CREATE INDEX {0}connections_account ON {0}connections (account_hash) WHERE account_hash IS NOT NULL",
        "CREATE INDEX {0}connections_key ON {0}connections (sealing_key_id, id)",
        "CREATE TABLE {0}counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL)",
        "CREATE TABLE {0}workers (holder TEXT PRIMARY KEY, seen_at_ms BIGINT NOT NULL)",
        "CREATE TABLE {0}schema (version INTEGER NOT NULL)",
        "INSERT INTO {0}schema VALUES (0)",
    ],
]
"""What leads from each version to the next; the first begins with nothing."""


def checked(prefix: str) -> str:
    """Of table names, which are put into statements as they are."""
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,30}", prefix):
        raise ValueError("a prefix is up to 31 of a-z, 0-9 and _, and begins with no digit")
    return prefix


def is_current(version: Optional[int]) -> bool:
    """Whether there is nothing to migrate. A newer release's tables are left alone."""
    if version is not None and version > len(MIGRATIONS):
        raise StoreError("open", f"its schema is version {version}, and this release knows {len(MIGRATIONS)} at most")
    return version == len(MIGRATIONS)


def migrate(run: Run, prefix: str, version: Optional[int]) -> None:
    """From that version to the newest, in the transaction of `run`."""
    for statements in MIGRATIONS[version or 0 :]:
        for statement in statements:
            run(statement.format(prefix))
    run(f"UPDATE {prefix}schema SET version = ?", len(MIGRATIONS))
