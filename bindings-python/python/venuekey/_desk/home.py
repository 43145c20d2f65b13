"""Where a program at the desk keeps its connections: an SQLite file in the user's own folder, and its sealing key."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Optional

from .._errors import VenuekeyError
from .._native import SealingKeys
from .findings import Finding, found
from .trouble import trouble

if TYPE_CHECKING:
    from ..stores import Store

STORE, KEY = "VENUEKEY_STORE", "VENUEKEY_SEALING_KEY"
KEY_ID = "local"
KEY_BYTES = 32


def data_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """As the platform has it: `$XDG_DATA_HOME/venuekey`, `~/Library/Application Support/venuekey`, `%LOCALAPPDATA%`."""
    if sys.platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local") / "venuekey"
    if sys.platform == "darwin":
        return Path.home() / "Library/Application Support/venuekey"
    return Path(environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "venuekey"


def config_file(environ: Mapping[str, str] = os.environ) -> Path:
    if sys.platform in ("win32", "darwin"):
        return data_folder(environ) / "config.json"
    return Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "venuekey/config.json"


def is_database(store: str) -> bool:
    return store.startswith(("postgresql:", "postgres:"))


def open_store(store: str) -> Store:
    """The file, which is made where it is not there, or a PostgreSQL database."""
    if is_database(store):
        try:
            from ..stores.postgres import PostgresStore
        except ImportError:
            error = 'psycopg is not installed: pip install "venuekey[postgres]"'
            raise trouble("store_unreachable", "store", error=error) from None
        return PostgresStore(store)
    from ..stores.sqlite import SQLiteStore

    path = Path(store)
    if path.is_dir():
        raise trouble("store_unreachable", "store", error=f"{path} is a folder; name a file in it")
    with contextlib.suppress(OSError):
        # What is wrong with the folder, the store says.
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return SQLiteStore(path)


def key_file(store: str, environ: Mapping[str, str] = os.environ) -> Path:
    """Beside the store's file."""
    return data_folder(environ) / "connections.key" if is_database(store) else Path(store).with_suffix(".key")


def sealing_keys(
    store: str, opened: Store, environ: Mapping[str, str] = os.environ, *, makes: bool = True
) -> SealingKeys:  # fmt: skip
    """Those of the environment, else those of the file, which is made for the store's first row; who only looks
    (`makes=False`) goes without a file.

    Raises:
        Trouble: there are rows and no key, or what is there is no key.
    """
    given = environ.get(KEY)
    if given:
        return _parsed(given, KEY)
    path = key_file(store, environ)
    try:
        text = path.read_text()
    except FileNotFoundError:
        if opened.rows_sealed_by_others("", 1):
            raise trouble("sealing_key_missing", "sealing", path=path) from None
        text = _made(path) if makes else _fresh()
    except (OSError, UnicodeError):
        raise trouble("sealing_key_invalid", "sealing", path=path) from None
    return _parsed(text, path)


def exposed(store: str, environ: Mapping[str, str] = os.environ) -> Optional[Finding]:
    """Where others may read the key."""
    path = key_file(store, environ)
    if sys.platform == "win32" or environ.get(KEY):
        return None
    with contextlib.suppress(OSError):
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            return found("sealing_key_exposed", "sealing", path=path)
    return None


def _parsed(text: str, place: object) -> SealingKeys:
    """`id:hex`, the newest first; without an id it is the one key there ever was."""
    try:
        keys = [(id or KEY_ID, bytes.fromhex(key)) for id, _, key in (each.rpartition(":") for each in text.split())]
        if all(len(key) == KEY_BYTES for _, key in keys):
            return SealingKeys(keys)
    except (ValueError, VenuekeyError):
        pass
    raise trouble("sealing_key_invalid", "sealing", path=place)


def _fresh() -> str:
    return f"{KEY_ID}:{secrets.token_bytes(KEY_BYTES).hex()}\n"


def _made(path: Path) -> str:
    """A new key, whole or not there at all; if another process was first, its key."""
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    text = _fresh()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        _placed(beside, path)
        _sync(path.parent)
    except FileExistsError:
        return path.read_text()
    except OSError as error:
        said = errno.errorcode.get(error.errno or 0, type(error).__name__)
    else:
        return text
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()
    raise trouble("sealing_key_unwritable", "sealing", path=path, error=said)


def _placed(beside: Path, path: Path) -> None:
    """Unlike a rename, a link does not replace what is there; not every file system has them."""
    try:
        os.link(beside, path)
    except FileExistsError:
        raise
    except OSError:
        if path.exists():
            raise FileExistsError from None
        beside.replace(path)


def _sync(folder: Path) -> None:
    """Or the name is lost in a crash, and with it every row."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
