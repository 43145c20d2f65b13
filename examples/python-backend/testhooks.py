"""For tests only: lets the process die at a chosen save, as by a power cut, and lets a test move its time."""

from __future__ import annotations

import asyncio
import math
import mmap
import os
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from clock import Clock


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


class DrivenClock(Clock):
    """Time that a test moves, for many processes at once: VENUEKEY_EXAMPLE_CLOCK=FILE:PLACE.

    The file holds numbers of eight bytes. The first is the time; at its place, each process writes when it wants to be
    woken, or 0 while it is at work, so that the test can skip the time in which nobody is.
    """

    def __init__(self, order: str) -> None:
        path, _, place = order.rpartition(":")
        with Path(path).open("r+b") as file:
            self._numbers = memoryview(mmap.mmap(file.fileno(), 0)).cast("q")
        self._place = int(place)
        self._naps: list[int] = []

    def now_ms(self) -> int:
        now_ms: int = self._numbers[0]
        return now_ms

    async def sleep(self, seconds: float) -> None:
        until_ms = self._lie_down(seconds)
        try:
            while self.now_ms() < until_ms:
                await asyncio.sleep(0.003)
        finally:
            self._get_up(until_ms)

    def sleep_here(self, seconds: float) -> None:
        """For a process with one thread."""
        until_ms = self._lie_down(seconds)
        while self.now_ms() < until_ms:
            time.sleep(0.003)
        self._get_up(until_ms)

    def _lie_down(self, seconds: float) -> int:
        until_ms = self.now_ms() + math.ceil(seconds * 1000)
        self._naps.append(until_ms)
        self._numbers[self._place] = min(self._naps)
        return until_ms

    def _get_up(self, until_ms: int) -> None:
        self._naps.remove(until_ms)
        self._numbers[self._place] = min(self._naps, default=0)
