"""Starts the backend: python examples/python-backend --sandbox http://127.0.0.1:8700"""

from __future__ import annotations

import contextlib
import logging
import sys
from types import FrameType

import uvicorn
import venuekey

import settings as settings_module
import testhooks
from app import Backend
from clock import Clock
from crypto import VaultError, load_vault
from database import ERRORS, open_database
from leases import Owner
from store import Store
from web import keep_addresses_out


class Server(uvicorn.Server):
    """Told to end twice, by a terminal or an impatient person, it still finishes what it has sent."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.should_exit:
            super().handle_exit(sig, frame)


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    keep_addresses_out()
    try:
        settings = settings_module.read(sys.argv[1:])
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        vault = load_vault(settings.data)
        database = open_database(settings.database_url, settings.data)
        store = Store(database, vault, testhooks.on_save())
        order = settings.driven_clock
        clock = testhooks.DrivenClock(order) if order else Clock(settings.time_scale)
        backend = Backend(settings, store, vault, clock, Owner(database.locks, settings.time_scale))
    except (settings_module.SettingsError, VaultError, venuekey.MisuseError, *ERRORS) as error:
        print(f"python-backend: {error}", file=sys.stderr)
        return 2
    config = uvicorn.Config(
        backend.asgi(),
        host=settings.bind,
        port=settings.port,
        access_log=False,  # its lines hold queries; ours do not
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    server = Server(config)
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it once it has shut down
        server.run()
    return 0 if server.started else 3


if __name__ == "__main__":
    sys.exit(main())
