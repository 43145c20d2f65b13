"""A rig whose backend is examples/node-backend: the library's rows in an SQLite file, opened as that backend opens them."""

from __future__ import annotations

import base64
import hashlib
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import venuekey

from conftest import Rig
from library import Connection
from processes import Backend

PLACES: dict[str, tuple[venuekey.parts.Venue, venuekey.parts.VenueEnvironment]] = {
    "whitebit": ("whitebit", "global"),
    "bybit": ("bybit", "mainnet"),
}
ANYTHING = r"(?!connected$|needs_user$|ended$)\w+"
"""What a worker may send; its log tells of events as well."""
_LIVE = "status <> 'ended' AND intent IS NULL"


class Database:
    """As its operator would open it."""

    def __init__(self, data: Path) -> None:
        self._file = sqlite3.connect(data / "backend.db", timeout=10, isolation_level=None)
        self._file.row_factory = sqlite3.Row

    def execute(self, query: str, *values: object) -> sqlite3.Cursor:
        return self._file.execute(query, values)

    def close(self) -> None:
        self._file.close()


class Rows:
    """The library's own table. What has ended, or is about to, is left out."""

    is_paved, table = True, "venuekey_connections"

    def __init__(self, rig: NodeRig) -> None:
        self._rig = rig

    @property
    def keys(self) -> venuekey.SealingKeys:
        key = base64.b64decode((self._rig.data / "encryption.key").read_text())
        return venuekey.SealingKeys([(hashlib.sha256(b"key id" + key).hexdigest()[:8], key)])

    def all(self, where: str = _LIVE) -> list[sqlite3.Row]:
        with self._rig.database() as database:
            found: list[sqlite3.Row] = database.execute(f"SELECT * FROM venuekey_connections WHERE {where}").fetchall()
        return found

    def opened(self, venue: str = "") -> list[venuekey.Connection]:
        clients = {name: Connection(self._rig, *place).client for name, place in PLACES.items()}
        columns = ("id", "owner", "client", "revision", "sealed")
        rows = [row for row in self.all() if venue in ("", row["client"])]
        return [clients[row["client"]].open_connection(*(row[name] for name in columns), self.keys) for row in rows]

    def is_leased(self) -> bool:
        """Whether a request is on its way, as far as is known."""
        return self.all("lease_holder IS NOT NULL") != []

    def has_work(self) -> bool:
        """Whether a worker has something to do now: an event to tell, too."""
        return any(one.status == "working" or one.lease_holder or one.events for one in self.opened())


class FlowRows:
    """Tables of a backend's own."""

    is_paved, table = False, "flows"

    def __init__(self, rig: Rig) -> None:
        self._rig = rig

    def is_leased(self) -> bool:
        """Whether a refresh is on its way."""
        with self._rig.database() as database:
            return database.execute("SELECT 1 FROM tokens WHERE status = 'in_flight'").fetchall() != []


class NodeRig(Rig):
    """What tests look at in there."""

    @contextmanager
    def database(self) -> Iterator[Any]:
        with closing(Database(self.data)) as database:
            yield database

    @property
    def rows(self) -> Rows:
        return Rows(self)

    def stored(self, venue: str) -> list[dict[str, Any]]:
        return [_credentials(one) for one in self.rows.opened(venue) if one.status == "connected"]

    def flows(self) -> list[tuple[str, str]]:
        return [("", row["status"]) for row in self.rows.all() if row["status"] != "connected"]

    def sent(self, purpose: str = ANYTHING, backend: Backend | None = None) -> int:
        output = "\n".join(each.output() for each in ([backend] if backend else self.backends))
        return len(re.findall(rf" connection \w+: {purpose}$", output, re.MULTILINE))

    def forget_accounts(self) -> None:
        with self.database() as database:
            database.execute("DELETE FROM venuekey_connections")

    def is_at_rest(self) -> bool:
        try:
            opened = self.rows.opened()
        except venuekey.VenuekeyError:  # a row that a test has spoilt
            return False
        # Tokens are looked after in the background.
        return not self.rows.has_work() and not any(one.goal == "account_tokens" for one in opened)

    def empty(self) -> None:
        self.forget_accounts()

    def _can_be_written(self) -> bool:
        with self.database() as database:
            database.execute("PRAGMA busy_timeout = 0")
            try:
                database.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
            return True


def _credentials(connection: venuekey.Connection) -> dict[str, Any]:
    access = connection.access()
    if not isinstance(access, venuekey.parts.KeyAccess):
        return {}
    key = access.key
    secrets = {"api_key": key.api_key.expose(), "api_secret": key.api_secret.expose()}
    return {"external_id": key.external_id, **secrets}
