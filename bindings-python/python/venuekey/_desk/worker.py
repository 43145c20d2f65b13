"""`venuekey worker`: the worker as a process of its own."""

from __future__ import annotations

import argparse
import contextlib
import sys

from .._kinds import MisuseError
from ..connections._process import log_to_stderr, work
from ..stores import StoreError
from .apps import Local, app_of, sandboxed


def worker(given: argparse.Namespace) -> int:
    log_to_stderr()
    try:
        with contextlib.ExitStack() as stack:
            if given.app is None:
                sandbox, _ = stack.enter_context(sandboxed(given))
                work(Local(given, sandbox).connections(makes=True), once=given.once, holder=given.holder)
            else:
                work(app_of(given.app), once=given.once, holder=given.holder)
    except (StoreError, MisuseError) as error:
        # One line, as in the log.
        sys.exit(f"venuekey: {error}")
    return 0
