"""Starts the backend: python examples/python-backend --sandbox http://127.0.0.1:8700"""

from __future__ import annotations

import logging
import sys

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


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log URLs
    try:
        settings = settings_module.read(sys.argv[1:])
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        vault = load_vault(settings.data)
        database = open_database(settings.database_url, settings.data)
        store = Store(database, vault, testhooks.on_save())
        order = settings.driven_clock
        clock = testhooks.DrivenClock(order) if order else Clock(settings.time_scale)
        backend = Backend(settings, store, vault, clock, Owner(database.locks))
    except (settings_module.SettingsError, VaultError, venuekey.MisuseError, *ERRORS) as error:
        print(f"python-backend: {error}", file=sys.stderr)
        return 2
    uvicorn.run(
        backend.asgi(),
        host=settings.bind,
        port=settings.port,
        access_log=False,  # its lines hold queries; ours do not
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
