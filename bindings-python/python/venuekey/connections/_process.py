"""A process whose whole work is a worker: `venuekey worker`, and Django's `manage.py venuekey_worker`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
from typing import Optional, Union

from ._aio import AsyncConnections
from ._connections import Connections

# At INFO these write addresses, and so the ids of keys.
SENDERS = ("httpx", "httpcore", "urllib3", "requests", "aiohttp")


def log_to_stderr() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    quiet_senders()


def quiet_senders() -> None:
    for name in SENDERS:
        logging.getLogger(name).setLevel(logging.WARNING)


def work(connections: Union[Connections, AsyncConnections], *, once: bool, holder: Optional[str]) -> None:
    """Does what is due, now or until SIGTERM or SIGINT."""
    if isinstance(connections, AsyncConnections):
        asyncio.run(_ended_politely(connections, once, holder))
    elif once:
        connections.run_once(holder=holder)
    else:
        connections.run(holder)


async def _ended_politely(connections: AsyncConnections, once: bool, holder: Optional[str]) -> None:
    """As the synchronous one, which has handlers of its own in the main thread."""
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        # Windows has none; there Ctrl-C cancels the task.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(each, connections.stop)
    await (connections.run_once(holder=holder) if once else connections.run(holder))


def is_missing(module: str, error: ModuleNotFoundError) -> bool:
    """Whether it is that module which is not there, and not one that it imports."""
    return error.name is not None and (module == error.name or module.startswith(f"{error.name}."))
