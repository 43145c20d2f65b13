"""What is kept: sessions, flows on their way, and connected accounts.

Four rules live here. A snapshot, of a flow or of tokens, is replaced only where the stored revision is the one it
follows, and, where a worker holds the flow's lease, only by that worker. An account is stored with its tokens and its
flow deleted in one transaction. A flow is new once: its id is remembered when its row is gone. Whatever is secret or
personal is sealed, and bound to its user, before it gets here.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import venuekey

from crypto import Vault
from database import Database
from leases import lease_until_ms

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sessions (
    id_hash BYTEA PRIMARY KEY,
    user_id TEXT NOT NULL,
    expires_ms BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS flows (
    flow_id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    venue TEXT NOT NULL,
    operation TEXT NOT NULL,
    status TEXT NOT NULL,
    revision BIGINT NOT NULL,
    snapshot BYTEA NOT NULL,
    expires_ms BIGINT,
    progress TEXT NOT NULL,
    lease_owner TEXT,
    lease_until_ms BIGINT NOT NULL,
    UNIQUE (user_id, venue)
);
CREATE TABLE IF NOT EXISTS used_flows (
    flow_id TEXT PRIMARY KEY,
    until_ms BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS accounts (
    user_id TEXT NOT NULL,
    venue TEXT NOT NULL,
    summary BYTEA NOT NULL,
    credentials BYTEA NOT NULL,
    nonces BIGINT NOT NULL,
    PRIMARY KEY (user_id, venue)
);
CREATE TABLE IF NOT EXISTS tokens (
    tokens_id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    venue TEXT NOT NULL,
    status TEXT NOT NULL,
    revision BIGINT NOT NULL,
    snapshot BYTEA NOT NULL,
    look_at_ms BIGINT NOT NULL,
    UNIQUE (user_id, venue)
);
"""

# Nothing runs and nothing is to be taken over: a new flow may stand in its place.
_AT_REST = "(status IN ('awaiting_callback', 'failed', 'broken') OR (status = 'done' AND operation = 'check_key'))"

SESSION_DAYS = 30
USED_MS = 2 * 86_400_000
"""How long an id is remembered after its flow's row is gone: longer than a hand-off or a flow sealed into a cookie counts,
which could bring the same code again."""
_NEVER_MS = 2**62


class _NotNew(Exception):
    """Undoes a first save: the flow has been here, or another is in full swing."""


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

    def __init__(self, database: Database, vault: Vault, on_save: Callable[[str], None] = lambda _: None) -> None:
        self._vault = vault
        self._on_save = on_save
        self._db = database
        self._db.create(_SCHEMA)
        self._db.execute("DELETE FROM sessions WHERE expires_ms < ?", _now_ms())

    def close(self) -> None:
        self._db.close()

    # Sessions. The table holds hashes: who reads it can't take a session over.

    def user_of(self, session_id: str) -> str | None:
        query = "SELECT user_id FROM sessions WHERE id_hash = ? AND expires_ms > ?"
        row = self._one(query, _hash(session_id), _now_ms())
        return str(row["user_id"]) if row else None

    def open_session(self, session_id: str, user_id: str) -> None:
        expires_ms = _now_ms() + SESSION_DAYS * 86_400_000
        self._db.execute("INSERT INTO sessions VALUES (?, ?, ?)", _hash(session_id), user_id, expires_ms)

    # Flows.

    def flow(self, user_id: str, venue: str) -> FlowRow | None:
        row = self._one("SELECT * FROM flows WHERE user_id = ? AND venue = ?", user_id, venue)
        return _flow_row(row) if row else None

    def unfinished(self, now_ms: int) -> list[FlowRow]:
        """What a worker has to go on with, or another one does: callbacks that have come in, flows on their way,
        outcomes not yet stored as accounts, and pending flows past their deadline."""
        rows = self._db.execute(
            f"SELECT * FROM flows WHERE NOT {_AT_REST} OR (status = 'awaiting_callback' AND expires_ms <= ?)", now_ms
        )
        return [_flow_row(row) for row in rows.fetchall()]

    def snapshot_of(self, row: FlowRow) -> str:
        return self._vault.open(row.snapshot, _flow_place(row.user_id, row.venue, row.flow_id, row.revision))

    def save(
        self, snapshot: venuekey.parts.Snapshot, user_id: str, venue: str, owner: str | None = None, progress: str = ""
    ) -> bool:
        """The compare-and-set that `drive` asks for. A worker's comes with its name, and takes or keeps the lease.

        Not idempotent, on purpose: two callbacks of one flow lead to the same snapshot, and only one may win.
        """
        status, operation = snapshot.status, snapshot.operation
        at_rest = status in ("awaiting_callback", "failed") or (status, operation) == ("done", "check_key")
        lease = (None, 0) if at_rest or owner is None else (owner, lease_until_ms())
        # Exposed to be sealed.
        place = _flow_place(user_id, venue, snapshot.flow_id, snapshot.revision)
        sealed = self._vault.seal(snapshot.expose(), place)
        news = (status, snapshot.revision, sealed, snapshot.expires_at_ms, progress, *lease)
        if snapshot.expected_revision == 0:
            with contextlib.suppress(_NotNew), self._saving():
                self._db.execute(f"DELETE FROM flows WHERE user_id = ? AND venue = ? AND {_AT_REST}", user_id, venue)
                self._insert_new(
                    "flows (status, revision, snapshot, expires_ms, progress, lease_owner, lease_until_ms,"
                    " flow_id, user_id, venue, operation) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    *news, snapshot.flow_id, user_id, venue, operation,
                )  # fmt: skip
                self._db.execute("DELETE FROM used_flows WHERE until_ms < ?", _now_ms())
                self._insert_new("used_flows VALUES (?, ?)", snapshot.flow_id, _now_ms() + USED_MS)
                return True
            return False
        with self._saving():
            written = self._db.execute(
                "UPDATE flows SET status = ?, revision = ?, snapshot = ?, expires_ms = ?, progress = ?,"
                " lease_owner = ?, lease_until_ms = ?"
                " WHERE flow_id = ? AND revision = ? AND (lease_owner IS NULL OR lease_owner = ?)",
                *news, snapshot.flow_id, snapshot.expected_revision, owner,
            )  # fmt: skip
            return written.rowcount == 1

    def _insert_new(self, into: str, *values: object) -> None:
        if self._db.execute(f"INSERT INTO {into} ON CONFLICT DO NOTHING", *values).rowcount != 1:
            raise _NotNew

    def is_used(self, flow_id: str) -> bool:
        """Whether a flow of this id has been here, though its row may be gone."""
        return self._one("SELECT 1 FROM used_flows WHERE flow_id = ?", flow_id) is not None

    def mark_broken(self, row: FlowRow) -> None:
        self._db.execute(
            "UPDATE flows SET status = 'broken', lease_owner = NULL WHERE flow_id = ? AND revision = ?",
            row.flow_id,
            row.revision,
        )

    def drop_flow(self, user_id: str, venue: str) -> None:
        with self._saving():
            self._db.execute(f"DELETE FROM flows WHERE user_id = ? AND venue = ? AND {_AT_REST}", user_id, venue)

    # Leases.

    def take_lease(self, row: FlowRow, owner: str) -> bool:
        """From the holder that `row` names, or from nobody."""
        written = self._db.execute(
            "UPDATE flows SET lease_owner = ?, lease_until_ms = ?"
            " WHERE flow_id = ? AND revision = ? AND COALESCE(lease_owner, '') = ? AND lease_until_ms = ?",
            owner, lease_until_ms(), row.flow_id, row.revision, row.lease_owner or "", row.lease_until_ms,
        )  # fmt: skip
        return written.rowcount == 1

    def renew_leases(self, owner: str) -> None:
        self._db.execute("UPDATE flows SET lease_until_ms = ? WHERE lease_owner = ?", lease_until_ms(), owner)

    # Accounts.

    def connect(
        self,
        flow: venuekey.parts.Flow,
        user_id: str,
        summary: dict[str, Any],
        credentials: dict[str, Any],
        tokens: venuekey.parts.Snapshot | None = None,
    ) -> bool:
        """Stores the account, with the tokens it may live by, and deletes the flow that brought it: all or nothing."""
        with self._saving():
            if self._db.execute("DELETE FROM flows WHERE flow_id = ? AND status = 'done'", flow.flow_id).rowcount != 1:
                return False
            sealed = [
                self._vault.seal(json.dumps(value), f"{name}:{user_id}:{flow.venue}")
                for name, value in (("summary", summary), ("credentials", credentials))
            ]
            self._db.execute("DELETE FROM accounts WHERE user_id = ? AND venue = ?", user_id, flow.venue)
            self._db.execute("INSERT INTO accounts VALUES (?, ?, ?, ?, 0)", user_id, flow.venue, *sealed)
            self._db.execute("DELETE FROM tokens WHERE user_id = ? AND venue = ?", user_id, flow.venue)
            if tokens is not None:
                self.insert_tokens(tokens, user_id, flow.venue)
            return True

    def disconnect(self, user_id: str, venue: str, flow_id: str = "") -> None:
        """Forgets the account, the flow that ended it, and what may lie beside it."""
        with self._saving():
            self._db.execute("DELETE FROM accounts WHERE user_id = ? AND venue = ?", user_id, venue)
            self._db.execute("DELETE FROM tokens WHERE user_id = ? AND venue = ?", user_id, venue)
            self._db.execute(
                f"DELETE FROM flows WHERE user_id = ? AND venue = ? AND (flow_id = ? OR {_AT_REST})",
                user_id, venue, flow_id,
            )  # fmt: skip

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
                "UPDATE accounts SET credentials = ? WHERE user_id = ? AND venue = ?", sealed, user_id, venue
            )

    def move_nonces(self, user_id: str, venue: str, reserve: Callable[[int], int]) -> bool:
        """The last nonce that is reserved for the account's key: `reserve` gives the new one for the old one."""
        row = self._one("SELECT nonces FROM accounts WHERE user_id = ? AND venue = ?", user_id, venue)
        if row is None:
            return False
        query = "UPDATE accounts SET nonces = ? WHERE user_id = ? AND venue = ? AND nonces = ?"
        return self._db.execute(query, reserve(row["nonces"]), user_id, venue, row["nonces"]).rowcount == 1

    # Tokens that all workers share.

    def insert_tokens(self, snapshot: venuekey.parts.Snapshot, user_id: str, venue: str) -> None:
        place = _tokens_place(user_id, venue, snapshot.flow_id, snapshot.revision)
        # Exposed to be sealed.
        sealed = self._vault.seal(snapshot.expose(), place)
        self._db.execute(
            "INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, 0)",
            snapshot.flow_id, user_id, venue, snapshot.status, snapshot.revision, sealed,
        )  # fmt: skip

    def tokens(self, user_id: str, venue: str) -> str | None:
        row = self._one("SELECT * FROM tokens WHERE user_id = ? AND venue = ?", user_id, venue)
        if row is None:
            return None
        return self._vault.open(row["snapshot"], _tokens_place(user_id, venue, row["tokens_id"], row["revision"]))

    def save_tokens(self, snapshot: venuekey.parts.Snapshot, user_id: str, venue: str) -> bool:
        """The compare-and-set that `fresh_tokens` asks for."""
        place = _tokens_place(user_id, venue, snapshot.flow_id, snapshot.revision)
        # Exposed to be sealed.
        sealed = self._vault.seal(snapshot.expose(), place)
        with self._saving():
            written = self._db.execute(
                "UPDATE tokens SET status = ?, revision = ?, snapshot = ?"
                " WHERE tokens_id = ? AND user_id = ? AND venue = ? AND revision = ?",
                snapshot.status, snapshot.revision, sealed,
                snapshot.flow_id, user_id, venue, snapshot.expected_revision,
            )  # fmt: skip
            return written.rowcount == 1

    def tokens_have_ended(self, user_id: str, venue: str) -> bool:
        row = self._one("SELECT status FROM tokens WHERE user_id = ? AND venue = ?", user_id, venue)
        return row is not None and row["status"] == "failed"

    def due_tokens(self, now_ms: int) -> list[tuple[str, str]]:
        """User and venue of each pair that a worker should look at now."""
        rows = self._db.execute("SELECT user_id, venue FROM tokens WHERE look_at_ms <= ?", now_ms)
        return [(row["user_id"], row["venue"]) for row in rows.fetchall()]

    def look_at_tokens(self, user_id: str, venue: str, at_ms: int) -> None:
        self._db.execute("UPDATE tokens SET look_at_ms = ? WHERE user_id = ? AND venue = ?", at_ms, user_id, venue)

    def end_tokens(self, user_id: str, venue: str) -> None:
        """Nobody looks at them any more; the user has to connect again."""
        query = "UPDATE tokens SET status = 'failed', look_at_ms = ? WHERE user_id = ? AND venue = ?"
        self._db.execute(query, _NEVER_MS, user_id, venue)

    def _open_account(self, user_id: str, venue: str, column: str) -> dict[str, Any] | None:
        row = self._one(f"SELECT {column} FROM accounts WHERE user_id = ? AND venue = ?", user_id, venue)
        if row is None:
            return None
        opened: dict[str, Any] = json.loads(self._vault.open(row[column], f"{column}:{user_id}:{venue}"))
        return opened

    def _one(self, query: str, *values: object) -> Mapping[str, Any] | None:
        return self._db.execute(query, *values).fetchone()

    @contextlib.contextmanager
    def _saving(self) -> Iterator[None]:
        self._on_save("before")
        with self._db.transaction():
            yield
        self._on_save("after")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _hash(session_id: str) -> bytes:
    return hashlib.sha256(session_id.encode()).digest()


def _flow_place(user_id: str, venue: str, flow_id: str, revision: int) -> str:
    return f"flow:{user_id}:{venue}:{flow_id}:{revision}"


def _tokens_place(user_id: str, venue: str, tokens_id: str, revision: int) -> str:
    return f"tokens:{user_id}:{venue}:{tokens_id}:{revision}"


def _flow_row(row: Mapping[str, Any]) -> FlowRow:
    return FlowRow(**{name: row[name] for name in FlowRow.__dataclass_fields__})
