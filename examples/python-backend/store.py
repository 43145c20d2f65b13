"""SQLite: sessions, flows on their way, and connected accounts.

Three rules live here. A flow's snapshot is replaced only where the stored revision is the one it
follows, and, where a worker holds the flow's lease, only by that worker. An account is
stored and its flow deleted in one transaction. Whatever is secret or personal is sealed before it gets here.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import venuekey

from crypto import Vault
from leases import lease_until_ms

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sessions (
    id_hash BLOB PRIMARY KEY,
    user_id TEXT NOT NULL,
    expires_ms INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS flows (
    flow_id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    venue TEXT NOT NULL,
    operation TEXT NOT NULL,
    status TEXT NOT NULL,
    revision INTEGER NOT NULL,
    snapshot BLOB NOT NULL,
    expires_ms INTEGER,
    progress TEXT NOT NULL,
    lease_owner TEXT,
    lease_until_ms INTEGER NOT NULL,
    UNIQUE (user_id, venue)
);
CREATE TABLE IF NOT EXISTS accounts (
    user_id TEXT NOT NULL,
    venue TEXT NOT NULL,
    summary BLOB NOT NULL,
    credentials BLOB NOT NULL,
    PRIMARY KEY (user_id, venue)
);
"""

# Nothing runs and nothing is to be taken over: a new flow may stand in its place.
_AT_REST = "(status IN ('awaiting_callback', 'failed', 'broken') OR (status = 'done' AND operation = 'check_key'))"

SESSION_DAYS = 30


@dataclass(frozen=True)
class FlowRow:
    """One flow as it is stored."""

    flow_id: str
    user_id: str
    venue: str
    operation: str
    status: str
    revision: int
    snapshot: bytes = field(repr=False)
    expires_ms: int | None
    progress: str
    lease_owner: str | None
    lease_until_ms: int


class Store:
    """One connection, used from one thread. `on_save` is told before and after each durable change of a flow."""

    def __init__(self, path: Path, vault: Vault, on_save: Callable[[str], None] = lambda _: None) -> None:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._vault = vault
        self._on_save = on_save
        self._db = sqlite3.connect(path, isolation_level=None, timeout=10)
        self._db.row_factory = sqlite3.Row
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(_SCHEMA)
        self._db.execute("DELETE FROM sessions WHERE expires_ms < ?", (_now_ms(),))

    def close(self) -> None:
        self._db.close()

    # Sessions. The table holds hashes: who reads it can't take a session over.

    def user_of(self, session_id: str) -> str | None:
        query = "SELECT user_id FROM sessions WHERE id_hash = ? AND expires_ms > ?"
        row = self._one(query, _hash(session_id), _now_ms())
        return str(row["user_id"]) if row else None

    def open_session(self, session_id: str, user_id: str) -> None:
        expires_ms = _now_ms() + SESSION_DAYS * 86_400_000
        self._db.execute("INSERT INTO sessions VALUES (?, ?, ?)", (_hash(session_id), user_id, expires_ms))

    # Flows.

    def flow(self, user_id: str, venue: str) -> FlowRow | None:
        row = self._one("SELECT * FROM flows WHERE user_id = ? AND venue = ?", user_id, venue)
        return _flow_row(row) if row else None

    def unfinished(self, now_ms: int) -> list[FlowRow]:
        """What a worker has to go on with, or another one does: callbacks that have come in, flows on their way,
        outcomes not yet stored as accounts, and pending flows past their deadline."""
        rows = self._db.execute(
            f"SELECT * FROM flows WHERE NOT {_AT_REST} OR (status = 'awaiting_callback' AND expires_ms <= ?)", (now_ms,)
        )
        return [_flow_row(row) for row in rows]

    def snapshot_of(self, row: FlowRow) -> str:
        return self._vault.open(row.snapshot, _place(row.flow_id, row.revision))

    def save(
        self, snapshot: venuekey.Snapshot, user_id: str, venue: str, owner: str | None = None, progress: str = ""
    ) -> bool:
        """The compare-and-set that `drive` asks for. A worker's comes with its name, and takes or keeps the lease.

        Not idempotent, on purpose: two callbacks of one flow lead to the same snapshot, and only one may win.
        """
        status, operation = snapshot.status, snapshot.operation
        at_rest = status in ("awaiting_callback", "failed") or (status, operation) == ("done", "check_key")
        lease = (None, 0) if at_rest or owner is None else (owner, lease_until_ms())
        # Exposed to be sealed.
        sealed = self._vault.seal(snapshot.expose(), _place(snapshot.flow_id, snapshot.revision))
        news = (status, snapshot.revision, sealed, snapshot.expires_at_ms, progress, *lease)
        with self._saving() as db:
            if snapshot.expected_revision == 0:
                db.execute(f"DELETE FROM flows WHERE user_id = ? AND venue = ? AND {_AT_REST}", (user_id, venue))
                written = db.execute(
                    "INSERT OR IGNORE INTO flows (status, revision, snapshot, expires_ms, progress, lease_owner,"
                    " lease_until_ms, flow_id, user_id, venue, operation) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (*news, snapshot.flow_id, user_id, venue, operation),
                )
            else:
                written = db.execute(
                    "UPDATE flows SET status = ?, revision = ?, snapshot = ?, expires_ms = ?, progress = ?,"
                    " lease_owner = ?, lease_until_ms = ?"
                    " WHERE flow_id = ? AND revision = ? AND (lease_owner IS NULL OR lease_owner = ?)",
                    (*news, snapshot.flow_id, snapshot.expected_revision, owner),
                )
            return written.rowcount == 1

    def mark_broken(self, row: FlowRow) -> None:
        self._db.execute(
            "UPDATE flows SET status = 'broken', lease_owner = NULL WHERE flow_id = ? AND revision = ?",
            (row.flow_id, row.revision),
        )

    def drop_flow(self, user_id: str, venue: str) -> None:
        with self._saving() as db:
            db.execute(f"DELETE FROM flows WHERE user_id = ? AND venue = ? AND {_AT_REST}", (user_id, venue))

    # Leases.

    def take_lease(self, row: FlowRow, owner: str) -> bool:
        """From the holder that `row` names, or from nobody."""
        written = self._db.execute(
            "UPDATE flows SET lease_owner = ?, lease_until_ms = ?"
            " WHERE flow_id = ? AND revision = ? AND lease_owner IS ? AND lease_until_ms = ?",
            (owner, lease_until_ms(), row.flow_id, row.revision, row.lease_owner, row.lease_until_ms),
        )
        return written.rowcount == 1

    def renew_leases(self, owner: str) -> None:
        self._db.execute("UPDATE flows SET lease_until_ms = ? WHERE lease_owner = ?", (lease_until_ms(), owner))

    # Accounts.

    def connect(self, flow: venuekey.Flow, user_id: str, summary: dict[str, Any], credentials: dict[str, Any]) -> bool:
        """Stores the account and deletes the flow that brought it: both or neither."""
        with self._saving() as db:
            if db.execute("DELETE FROM flows WHERE flow_id = ? AND status = 'done'", (flow.flow_id,)).rowcount != 1:
                return False
            sealed = [
                self._vault.seal(json.dumps(value), f"{name}:{user_id}:{flow.venue}")
                for name, value in (("summary", summary), ("credentials", credentials))
            ]
            db.execute("INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?)", (user_id, flow.venue, *sealed))
            return True

    def disconnect(self, user_id: str, venue: str, flow_id: str = "") -> None:
        """Forgets the account, the flow that ended it, and what may lie beside it."""
        with self._saving() as db:
            db.execute("DELETE FROM accounts WHERE user_id = ? AND venue = ?", (user_id, venue))
            db.execute(
                f"DELETE FROM flows WHERE user_id = ? AND venue = ? AND (flow_id = ? OR {_AT_REST})",
                (user_id, venue, flow_id),
            )

    def is_connected(self, user_id: str, venue: str) -> bool:
        return self._one("SELECT 1 FROM accounts WHERE user_id = ? AND venue = ?", user_id, venue) is not None

    def summary(self, user_id: str, venue: str) -> dict[str, Any] | None:
        """What may be shown of the account."""
        return self._open_account(user_id, venue, "summary")

    def credentials(self, user_id: str, venue: str) -> dict[str, Any] | None:
        """What works at the venue: key, secret, tokens. Never shown."""
        return self._open_account(user_id, venue, "credentials")

    def replace_tokens(self, user_id: str, venue: str, tokens: dict[str, Any]) -> None:
        credentials = self.credentials(user_id, venue)
        if credentials is not None and credentials["tokens"] != tokens:
            sealed = self._vault.seal(json.dumps(credentials | {"tokens": tokens}), f"credentials:{user_id}:{venue}")
            self._db.execute(
                "UPDATE accounts SET credentials = ? WHERE user_id = ? AND venue = ?", (sealed, user_id, venue)
            )

    def _open_account(self, user_id: str, venue: str, column: str) -> dict[str, Any] | None:
        row = self._one(f"SELECT {column} FROM accounts WHERE user_id = ? AND venue = ?", user_id, venue)
        if row is None:
            return None
        opened: dict[str, Any] = json.loads(self._vault.open(row[column], f"{column}:{user_id}:{venue}"))
        return opened

    def _one(self, query: str, *values: object) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._db.execute(query, values).fetchone()
        return row

    @contextlib.contextmanager
    def _saving(self) -> Iterator[sqlite3.Connection]:
        self._on_save("before")
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
        self._on_save("after")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _hash(session_id: str) -> bytes:
    return hashlib.sha256(session_id.encode()).digest()


def _place(flow_id: str, revision: int) -> str:
    return f"flow:{flow_id}:{revision}"


def _flow_row(row: sqlite3.Row) -> FlowRow:
    return FlowRow(**{name: row[name] for name in FlowRow.__dataclass_fields__})
