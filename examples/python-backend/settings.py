"""What the backend is told from outside: the command line, then the environment."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import venuekey
from psycopg.conninfo import conninfo_to_dict

TITLES = {"whitebit": "WhiteBIT", "bybit": "Bybit"}
# The first is the default. WhiteBIT's EU host issues no keys by consent.
_ENVIRONMENTS: dict[venuekey.parts.Venue, tuple[venuekey.parts.VenueEnvironment, ...]] = {
    "whitebit": ("global",),
    "bybit": ("mainnet", "testnet"),
}
_SANDBOX_PATHS = {"global": "/whitebit/global", "mainnet": "/bybit/mainnet", "testnet": "/bybit/testnet"}
# Where a form on our page may lead in the end: a browser holds redirects to the form's policy too.
_CONSENT_ORIGINS = {
    "whitebit": "https://whitebit.com https://*.whitebit.com",
    "bybit": "https://*.bybit.com",
}


class SettingsError(Exception):
    """A sentence for the person who starts the program."""


@dataclass(frozen=True)
class VenueSettings:
    """This app as one exchange knows it."""

    venue: venuekey.parts.Venue
    environment: venuekey.parts.VenueEnvironment
    client_id: str
    client_secret: str = field(repr=False)
    base: str | None = None

    @property
    def title(self) -> str:
        return TITLES[self.venue]

    @property
    def consent_origins(self) -> str:
        return origin(self.base) if self.base else _CONSENT_ORIGINS[self.venue]

    @property
    def place(self) -> dict[str, Any]:
        """A pair that `_venues` has checked; a type checker knows those that are written out."""
        return {"venue": self.venue, "environment": self.environment}

    def client(self, public_url: str) -> venuekey.Client:
        return venuekey.Client(
            **self.place,
            client_id=self.client_id,
            client_secret=self.client_secret,
            redirect_uri=f"{public_url}/callback/{self.venue}",
            authorize_base=self.base,
            api_base=self.base,
        )

    def signer(self, api_key: str, api_secret: str) -> venuekey.parts.Signer:
        return venuekey.parts.Signer(**self.place, api_key=api_key, api_secret=api_secret, api_base=self.base)


@dataclass(frozen=True)
class Settings:
    """Everything the backend needs to start."""

    bind: str
    port: int
    public_url: str
    data: Path
    database_url: str | None = field(repr=False)  # may hold a password
    venues: Mapping[str, VenueSettings]
    time_scale: float
    driven_clock: str | None
    page_patience_seconds: float
    """For the whole page. The library asks again where the exchange limits or fails, with pauses. Tests have more of
    it: how fast their machine is must not decide what a page says."""

    @property
    def host(self) -> str:
        return urlsplit(self.public_url).hostname or ""

    @property
    def secure_cookies(self) -> bool:
        return self.public_url.startswith("https://")


def read(arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> Settings:
    """Reads both; the command line wins."""
    given = _parser(environ).parse_args(arguments)
    _check_database_url(given.database_url)
    public_url = (given.public_url or f"http://127.0.0.1:{given.port}").rstrip("/")
    _check_public_url(public_url)
    venues = _venues(given.sandbox, environ)
    if not venues:
        raise SettingsError(
            "No exchange is set up. Give --sandbox URL to try it out, or set WHITEBIT_CLIENT_ID and "
            "WHITEBIT_CLIENT_SECRET, or BYBIT_CLIENT_ID and BYBIT_CLIENT_SECRET."
        )
    time_scale = float(environ.get("VENUEKEY_EXAMPLE_TIME_SCALE", "1"))
    driven_clock = environ.get("VENUEKEY_EXAMPLE_CLOCK")
    if (time_scale != 1 or driven_clock) and not given.sandbox:
        raise SettingsError("VENUEKEY_EXAMPLE_TIME_SCALE and _CLOCK are for tests against the sandbox only.")
    return Settings(
        bind=given.bind,
        port=given.port,
        public_url=public_url,
        data=Path(given.data),
        database_url=given.database_url,
        venues=venues,
        time_scale=time_scale,
        driven_clock=driven_clock,
        page_patience_seconds=float(environ.get("VENUEKEY_EXAMPLE_PAGE_PATIENCE", "12")),
    )


def _parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python-backend",
        description="A small partner backend that connects WhiteBIT and Bybit accounts by venuekey.",
    )
    parser.add_argument("--bind", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default: %(default)s)")
    parser.add_argument(
        "--public-url",
        default=environ.get("PUBLIC_URL"),
        help="what users see in front of the paths; needs https unless on this machine (env: PUBLIC_URL)",
    )
    parser.add_argument(
        "--data",
        default=environ.get("DATA_DIR", str(Path(__file__).parent / "data")),
        help="folder of the encryption key and of SQLite's file (env: DATA_DIR, default: data, beside this program)",
    )
    parser.add_argument(
        "--database-url",
        metavar="URL",
        default=environ.get("DATABASE_URL"),
        help="postgresql://user:password@host/name (env: DATABASE_URL, and better there: a command line can be seen by "
        "every user of the machine; default: SQLite, a file in the folder of --data)",
    )
    parser.add_argument("--sandbox", metavar="URL", help="use venuekey-sandbox at this address for both exchanges")
    return parser


def _check_public_url(url: str) -> None:
    parts = urlsplit(url)
    local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if not parts.hostname or parts.path or parts.query or parts.scheme not in ("http", "https"):
        raise SettingsError("--public-url must be like https://partner.example, without a path.")
    if parts.scheme == "http" and not local:
        raise SettingsError("--public-url must be https: session cookies and codes pass through it.")


def _check_database_url(url: str | None) -> None:
    try:
        if not url or (url.startswith(("postgresql://", "postgres://")) and conninfo_to_dict(url)):
            return
    except psycopg.ProgrammingError:
        pass  # its text may repeat the password
    raise SettingsError("--database-url must be like postgresql://user@host/name; without it, SQLite is used.")


def _venues(sandbox: str | None, environ: Mapping[str, str]) -> dict[str, VenueSettings]:
    venues: dict[str, VenueSettings] = {}
    for venue, environments in _ENVIRONMENTS.items():
        name = venue.upper()
        client_id, secret = environ.get(f"{name}_CLIENT_ID"), environ.get(f"{name}_CLIENT_SECRET")
        if sandbox:
            client_id, secret = client_id or f"demo-{venue}", secret or f"demo-{venue}-secret"
        if client_id and secret:
            wanted = environ.get(f"{name}_ENVIRONMENT", environments[0])
            if wanted not in environments:
                raise SettingsError(f"{name}_ENVIRONMENT must be one of: {', '.join(environments)}.")
            environment = environments[environments.index(wanted)]
            base = sandbox.rstrip("/") + _SANDBOX_PATHS[environment] if sandbox else None
            venues[venue] = VenueSettings(venue, environment, client_id, secret, base)
    return venues


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
