"""What a connection to SQLite needs, whichever driver has it: a save waits for the disk, and one bad text spoils no
answer.
"""

from __future__ import annotations

import sqlite3
import time
from typing import Any, Union

_PATIENCE_SECONDS = 30.0
"""How long a call waits for other processes' transactions."""


def make_ready(db: Any) -> None:
    """A new connection, of any driver; the file is kept in write-ahead mode from then on."""
    # Of an asynchronous driver, SQLAlchemy has another in front.
    getattr(db, "driver_connection", db).text_factory = _text
    cursor = db.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {int(_PATIENCE_SECONDS * 1000)}")
    _write_ahead(cursor)
    for setting in ("synchronous = FULL", "fullfsync = ON", "secure_delete = ON"):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _text(raw: bytes) -> Union[str, bytes]:
    """What is no UTF-8 stays bytes, and is its own row's trouble: left alone, the driver refuses the whole answer."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


def _write_ahead(cursor: Any) -> None:
    """Of processes that start at once, one changes the new file; SQLite doesn't let the others wait here."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            (mode,) = cursor.fetchone()
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            if mode != "wal":
                raise sqlite3.NotSupportedError
            return
