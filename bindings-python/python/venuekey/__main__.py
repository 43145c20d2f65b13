"""`python -m venuekey worker app:connections`: the worker as a process of its own."""

from __future__ import annotations

import argparse
import importlib
import logging
import sys
from collections.abc import Sequence
from typing import Optional

from .connections import Connections


def main(arguments: Optional[Sequence[str]] = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m venuekey")
    commands = parser.add_subparsers(dest="command", required=True)
    worker = commands.add_parser("worker", help="does what is due, until SIGTERM or SIGINT")
    worker.add_argument("app", help="module:attribute, a Connections, such as app:connections")
    worker.add_argument("--holder", help="the worker's name; no two workers share one")
    worker.add_argument("--once", action="store_true", help="does what is due now, and ends")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    connections = found(given.app)
    if given.once:
        connections.run_once(holder=given.holder)
    else:
        connections.run(holder=given.holder)
    return 0


def found(app: str) -> Connections:
    module, _, attribute = app.partition(":")
    sys.path.insert(0, "")
    value = getattr(importlib.import_module(module), attribute or "connections", None)
    if not isinstance(value, Connections):
        sys.exit(f"{app} is no Connections: name it as module:attribute")
    return value


if __name__ == "__main__":
    sys.exit(main())
