"""What the backend is told from outside: the command line, then the environment."""

from __future__ import annotations

import argparse
import base64
import contextlib
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import venuekey
from psycopg.conninfo import conninfo_to_dict

TITLES = {"whitebit": "WhiteBIT", "bybit": "Bybit"}
_ENVIRONMENTS = {"whitebit": "global", "bybit": "mainnet"}


class SettingsError(Exception):
    """A sentence for the person who starts the program."""


@dataclass(frozen=True)
class Settings:
    """Everything the backend needs to start."""

    bind: str
    port: int
    public_url: str
    data: Path
    database_url: str | None = field(repr=False)  # may hold a password
    keys: Sequence[bytes] = field(repr=False)
    """They seal the connections and sign sessions: the first does, any is accepted."""
    clients: Mapping[str, venuekey.Client]
    page_patience_seconds: float
    """For the whole page of an account. Tests have more: how fast their machine is must not decide what it says."""

    @property
    def secure_cookies(self) -> bool:
        return self.public_url.startswith("https://")

    def sealing_keys(self) -> venuekey.SealingKeys:
        return venuekey.SealingKeys([(hashlib.sha256(b"key id" + key).hexdigest()[:8], key) for key in self.keys])


def read(arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> Settings:
    """Reads both; the command line wins. On the first start, it makes the folder and the key."""
    given = _parser(environ).parse_args(arguments)
    _check_database_url(given.database_url)
    public_url = (given.public_url or f"http://127.0.0.1:{given.port}").rstrip("/")
    found = {venue: client_of(venue, public_url, given.sandbox, environ) for venue in _ENVIRONMENTS}
    clients = {venue: client for venue, client in found.items() if client is not None}
    if not clients:
        raise SettingsError(
            "No exchange is set up. Give --sandbox URL to try it out, or set WHITEBIT_CLIENT_ID and "
            "WHITEBIT_CLIENT_SECRET, or BYBIT_CLIENT_ID and BYBIT_CLIENT_SECRET."
        )
    if not given.sandbox and any(name.startswith("VENUEKEY_EXAMPLE_") for name in environ):
        raise SettingsError("VENUEKEY_EXAMPLE_... are for tests against the sandbox only.")
    return Settings(
        bind=given.bind,
        port=given.port,
        public_url=public_url,
        data=given.data,
        database_url=given.database_url or None,
        keys=read_keys(given.data, environ),
        clients=clients,
        page_patience_seconds=float(environ.get("VENUEKEY_EXAMPLE_PAGE_PATIENCE", "12")),
    )


def _parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    description = "A small partner backend that connects WhiteBIT and Bybit accounts by venuekey."
    parser = argparse.ArgumentParser(prog="python-backend", description=description)
    add = parser.add_argument
    add("--bind", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=int, default=8000, help="port to listen on (default: %(default)s)")
    add("--public-url", default=environ.get("PUBLIC_URL"),
        help="what users see in front of the paths; needs https unless on this machine (env: PUBLIC_URL)")  # fmt: skip
    add("--data", type=Path, default=environ.get("DATA_DIR", str(Path(__file__).parent / "data")),
        help="folder of the key and of SQLite's file (env: DATA_DIR, default: data, beside this program)")  # fmt: skip
    add("--database-url", metavar="URL", default=environ.get("DATABASE_URL"),
        help="postgresql://user:password@host/name (env: DATABASE_URL, and better there: every user of the machine can "
        "see a command line; default: SQLite)")  # fmt: skip
    add("--sandbox", metavar="URL", help="use venuekey-sandbox at this address for both exchanges")
    return parser


def _check_database_url(url: str | None) -> None:
    with contextlib.suppress(psycopg.ProgrammingError):  # its text may repeat the password
        if not url or (url.startswith(("postgresql://", "postgres://")) and conninfo_to_dict(url)):
            return
    raise SettingsError("--database-url must be like postgresql://user@host/name; without it, SQLite is used.")


def client_of(venue: str, public_url: str, sandbox: str | None, environ: Mapping[str, str]) -> venuekey.Client | None:
    """This app as one exchange knows it, if it is set up there."""
    name, demo = venue.upper(), f"demo-{venue}" if sandbox else ""
    client_id = environ.get(f"{name}_CLIENT_ID") or demo
    secret = environ.get(f"{name}_CLIENT_SECRET") or (demo and f"{demo}-secret")
    if not client_id or not secret:
        return None
    environment = environ.get(f"{name}_ENVIRONMENT", _ENVIRONMENTS[venue])
    base = f"{sandbox.rstrip('/')}/{venue}/{environment}" if sandbox else None
    # A type checker knows the pairs that are written out; the library refuses any other, and a public URL without TLS.
    place: dict[str, Any] = {"venue": venue, "environment": environment}
    return venuekey.Client(
        **place, client_id=client_id, client_secret=secret,
        redirect_uri=f"{public_url}/callback/{venue}", authorize_base=base, api_base=base,
    )  # fmt: skip


def read_keys(data: Path, environ: Mapping[str, str]) -> list[bytes]:
    """From ENCRYPTION_KEYS (base64, newest first, commas between), else from a file made once."""
    text = environ.get("ENCRYPTION_KEYS") or _key_file(data)
    try:
        keys = [base64.b64decode(part.strip(), validate=True) for part in text.split(",")]
    except ValueError:
        keys = []
    if not keys or any(len(key) != 32 for key in keys):
        raise SettingsError("Each encryption key must be 32 bytes, written in base64.")
    return keys


def _key_file(data: Path) -> str:
    """Both processes of a double start read the same key."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = data / "encryption.key"
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(base64.b64encode(os.urandom(32)))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise SettingsError(f"{path} can be read by others; chmod 600 it.")
    return path.read_text()
