"""`venuekey worker`: the worker as a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
from typing import Optional

from .._kinds import MisuseError
from ..connections import AsyncConnections
from ..stores import StoreError
from .apps import Local, app_of, sandboxed

# At INFO these write addresses, and so the ids of keys.
QUIET = ("httpx", "httpcore", "urllib3", "requests", "aiohttp")


def worker(given: argparse.Namespace) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        return _worked(given)
    except (StoreError, MisuseError) as error:
        # One line, as in the log.
        sys.exit(f"venuekey: {error}")


def _worked(given: argparse.Namespace) -> int:
    with contextlib.ExitStack() as stack:
        if given.app is None:
            sandbox, _ = stack.enter_context(sandboxed(given))
            connections = Local(given, sandbox).connections(makes=True)
        else:
            app = app_of(given.app)
            if isinstance(app, AsyncConnections):
                asyncio.run(_ended_politely(app, given.once, given.holder))
                return 0
            connections = app
        if given.once:
            connections.run_once(holder=given.holder)
        else:
            connections.run(holder=given.holder)
    return 0


async def _ended_politely(connections: AsyncConnections, once: bool, holder: Optional[str]) -> None:
    """As the synchronous one, which has handlers of its own in the main thread."""
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        # Windows has none; there Ctrl-C cancels the task.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(each, connections.stop)
    if once:
        await connections.run_once(holder=holder)
    else:
        await connections.run(holder)
