"""Starts the backend: python examples/python-backend --sandbox http://127.0.0.1:8700"""

from __future__ import annotations

import contextlib
import logging
import sys
from types import FrameType

import psycopg
import uvicorn
import venuekey
from venuekey.stores import StoreError

import settings as settings_module
from app import Backend
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
        if settings.database_url:
            # It says what is wrong; the store, which guards what rows hold, does not.
            psycopg.connect(settings.database_url, connect_timeout=10).close()
        backend = Backend(settings)
    except (settings_module.SettingsError, venuekey.MisuseError, StoreError, psycopg.Error) as error:
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
