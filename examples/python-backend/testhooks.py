"""For tests only: lets the process die at a chosen save, as by a power cut."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping


def on_save(environ: Mapping[str, str] = os.environ) -> Callable[[str], None]:
    """VENUEKEY_EXAMPLE_KILL=before:3 or after:3 kills the process at its third save."""
    order = environ.get("VENUEKEY_EXAMPLE_KILL")
    if not order:
        return lambda _: None
    when, number = order.split(":")
    saves = 0

    def count(moment: str) -> None:
        nonlocal saves
        saves += moment == "before"
        if moment == when and saves == int(number):
            os.kill(os.getpid(), signal.SIGKILL)

    return count
