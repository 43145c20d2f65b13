"""`python -m venuekey worker app:connections`: the worker as a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib
import logging
import signal
import sys
from collections.abc import Sequence
from typing import Optional, Union

from ._kinds import MisuseError
from .connections import AsyncConnections, Connections
from .stores import StoreError

# At INFO these write addresses, and so the ids of keys.
QUIET = ("httpx", "httpcore", "urllib3", "requests", "aiohttp")


def main(arguments: Optional[Sequence[str]] = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m venuekey")
    commands = parser.add_subparsers(dest="command", required=True)
    worker = commands.add_parser("worker", help="does what is due, until SIGTERM or SIGINT")
    worker.add_argument("app", help="module:attribute of a Connections or AsyncConnections, such as app:connections")
    worker.add_argument("--holder", help="the worker's name, 1 to 64 bytes; no two workers may share one")
    worker.add_argument("--once", action="store_true", help="does what is due now, and ends")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        connections = found(given.app)
        if isinstance(connections, AsyncConnections):
            asyncio.run(ended_politely(connections, given.once, given.holder))
        elif given.once:
            connections.run_once(holder=given.holder)
        else:
            connections.run(holder=given.holder)
    except (StoreError, MisuseError) as error:
        sys.exit(f"venuekey: {error}")
    return 0


async def ended_politely(connections: AsyncConnections, once: bool, holder: Optional[str]) -> None:
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


def found(app: str) -> Union[Connections, AsyncConnections]:
    module, _, attribute = app.partition(":")
    attribute = attribute or "connections"
    if not module or module.startswith("."):
        sys.exit(f"venuekey: {app!r} is no module:attribute, such as app:connections")
    try:
        loaded = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not (module == error.name or module.startswith(f"{error.name}.")):
            sys.exit(f"venuekey: {module} can't be imported: {error}")
        sys.exit(f"venuekey: there is no module {error.name!r} here: run this in the folder of your app")
    except ImportError as error:
        sys.exit(f"venuekey: {module} can't be imported: {error}")
    if not hasattr(loaded, attribute):
        sys.exit(f"venuekey: {module} has no attribute {attribute}")
    value = getattr(loaded, attribute)
    if not isinstance(value, (Connections, AsyncConnections)):
        sys.exit(f"venuekey: {app!r} is no Connections: name one as module:attribute, such as app:connections")
    return value


if __name__ == "__main__":
    sys.exit(main())
