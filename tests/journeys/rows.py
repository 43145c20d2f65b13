"""What a backend has stored, as its operator would look at it."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import settings as example
import venuekey
from app import open_store
from psycopg.rows import dict_row
from venuekey.stores import Store
from web import Sessions

from patience import wait_for
from postgres import connected

TABLE = "venuekey_connections"
AT_REST = {"awaiting_user", "needs_user"}
"""Nobody works at these, and a request of a worker is not on its way."""
_NOT_ENDING = "(intent IS NULL OR intent <> 'disconnect')"


class Database:
    """The same statements for both. Outside of a transaction each statement is one by itself."""

    def __init__(self, url: str | None, data: Path) -> None:
        self._url = url
        if url is None:
            self._file = sqlite3.connect(data / "backend.db", isolation_level=None, timeout=10)
            self._file.row_factory = sqlite3.Row

    def execute(self, query: str, *values: object) -> Any:
        if self._url is None:
            return self._file.execute(query, values)
        return connected(self._url).cursor(row_factory=dict_row).execute(query.replace("?", "%s").encode(), values)

    def close(self) -> None:
        if self._url is None:
            self._file.close()


def is_there(database: Database, table: str) -> bool:
    try:
        database.execute(f"SELECT 1 FROM {table} LIMIT 1")
    except psycopg.errors.UndefinedTable:
        return False
    except sqlite3.OperationalError as error:
        # SQLite has one class for this and for a file that is locked.
        if "no such table" not in str(error):
            raise
        return False
    return True


def can_be_written(database: Any) -> bool:
    """Whether nobody is inside of a write to this file of SQLite's."""
    database.execute("PRAGMA busy_timeout = 0")
    try:
        database.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return False
    database.execute("ROLLBACK")
    return True


class Rows:
    """The library's own table."""

    def __init__(self, options: Sequence[str], database: Callable[[], Any]) -> None:
        """`options` are the backend's."""
        self._options = options
        self._database = database

    def _settings(self) -> example.Settings:
        return example.read(self._options, {})

    @property
    def keys(self) -> venuekey.SealingKeys:
        return self._settings().sealing_keys()

    @contextmanager
    def store(self) -> Iterator[Store]:
        """As another process of the backend has it."""
        with closing(open_store(self._settings())) as store:
            yield store

    def user_of(self, session: str) -> str:
        user_id = Sessions(self._settings()).user_of(session)
        assert user_id is not None, "this browser has no user"
        return user_id

    def opened(self, venue: str = "") -> list[venuekey.Connection]:
        """Those that have not ended, as the backend would open them."""
        clients = self._settings().clients
        columns = "id, owner, client, revision, sealed"
        with self._database() as database:
            query = f"SELECT {columns} FROM venuekey_connections WHERE status <> 'ended' AND {_NOT_ENDING} ORDER BY id"
            found = [row for row in database.execute(query).fetchall() if venue in ("", row["client"])]
        opened = []
        for row in found:
            with suppress(venuekey.VenuekeyError):  # some tests damage rows
                opened.append(clients[row["client"]].open_connection(*(row[n] for n in columns.split(", ")), self.keys))
        return opened

    def stored(self, venue: str) -> list[dict[str, Any]]:
        return [_credentials(each.access()) for each in self.opened(venue) if each.status == "connected"]

    def flows(self) -> list[tuple[str, str]]:
        with self._database() as database:
            # A store makes its tables by its first call: some time after a worker begins.
            wait_for(lambda: is_there(database, TABLE))
            rows = database.execute(
                f"SELECT status FROM venuekey_connections WHERE status NOT IN ('connected', 'ended') AND {_NOT_ENDING}"
            ).fetchall()
        return [("", row["status"]) for row in rows]

    def has_work(self) -> bool:
        """Whether a worker has something to do soon: an event to tell, too."""
        soon_ms = (time.time() + 43_200) * 1000
        with self._database() as database:
            query = "SELECT 1 FROM venuekey_connections WHERE due_at_ms < ? AND status <> 'awaiting_user'"
            return is_there(database, TABLE) and database.execute(query, soon_ms).fetchall() != []

    def is_leased(self) -> bool:
        """Whether a request is on its way, as far as is known."""
        with self._database() as database:
            query = "SELECT 1 FROM venuekey_connections WHERE lease_holder IS NOT NULL"
            return is_there(database, TABLE) and database.execute(query).fetchall() != []

    def sent(self, purpose: str, output: str) -> int:
        """How often that was sent, by what a backend has written."""
        return len(re.findall(rf" connection \w+: {purpose}$", output, re.MULTILINE))

    def forget(self) -> None:
        with self._database() as database:
            database.execute("DELETE FROM venuekey_connections")

    def has_tokens(self) -> bool:
        """That are looked after in the background."""
        return any(each.goal == "account_tokens" and each.status == "connected" for each in self.opened())


def _credentials(access: object) -> dict[str, Any]:
    if not isinstance(access, venuekey.parts.KeyAccess):
        return {}
    key = access.key
    return {"api_key": key.api_key.expose(), "api_secret": key.api_secret.expose(), "external_id": key.external_id}
