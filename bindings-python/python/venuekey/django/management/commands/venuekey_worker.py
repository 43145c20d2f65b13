"""`manage.py venuekey_worker`: the worker as a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
from typing import Any, Optional

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ...._kinds import MisuseError
from ....connections import AsyncConnections
from ....stores import StoreError
from ..._setting import found


class Command(BaseCommand):
    help = "Does what users' connections have due, until SIGTERM or SIGINT."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--holder", help="the worker's name, 1 to 64 bytes; no two workers may share one")
        parser.add_argument("--once", action="store_true", help="does what is due now, and ends")

    def handle(self, *_: Any, holder: Optional[str] = None, once: bool = False, **__: Any) -> None:
        _show_log()
        try:
            connections = found()
            if isinstance(connections, AsyncConnections):
                asyncio.run(_ended_politely(connections, once, holder))
            elif once:
                connections.run_once(holder=holder)
            else:
                connections.run(holder)
        except (StoreError, MisuseError, ImproperlyConfigured) as error:
            raise CommandError(str(error)) from None


def _show_log() -> None:
    """Unless LOGGING says where it goes."""
    if not logging.getLogger("venuekey").hasHandlers():
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
        # At INFO these write addresses, and so the ids of keys.
        for name in ("httpx", "httpcore", "urllib3", "requests", "aiohttp"):
            logging.getLogger(name).setLevel(logging.WARNING)


async def _ended_politely(connections: AsyncConnections, once: bool, holder: Optional[str]) -> None:
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        # Windows has none; there Ctrl-C cancels the task.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(each, connections.stop)
    await (connections.run_once(holder=holder) if once else connections.run(holder))
