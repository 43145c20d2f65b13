"""Time that a test moves, for programs in Python; clockwork.py has the other side."""

from __future__ import annotations

import math
import mmap
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_AT_WORK = re.compile(r"venuekey-([0-9a-f]{8}|call)$")
"""What the library calls the threads of its jobs and of its calls."""
_LOOK_S = 0.003
_MOST_S = 20.0
"""How long a worker sleeps at most."""


class DrivenClock:
    """`order` is FILE:PLACE, or FILE where a program sleeps in its own way.

    The file holds numbers of eight bytes. The first is the time; at its place, each process writes when it wants to be
    woken, or 0 while it is at work, so that the test can skip the time in which nobody is. While it does, the first is negative.
    """

    def __init__(self, order: str) -> None:
        path, _, place = order.partition(":")
        with Path(path).open("r+b") as file:
            self.numbers = memoryview(mmap.mmap(file.fileno(), 0)).cast("q")
        self.place = int(place or 0)
        self._lock = threading.Lock()
        self._naps: dict[threading.Thread, int] = {}

    def now_ms(self) -> int:
        # Who reads the time is at work from before that, whether a thread that sleeps has noticed or not.
        if self.place:
            self._tell()
        while (now_ms := self.numbers[0]) < 0:
            time.sleep(0.001)
        return now_ms

    def sleep(self, seconds: float) -> None:
        never = threading.Event()
        self._nap(seconds, lambda: never.wait(_LOOK_S))

    def wait(self, own: Any, timeout: float) -> bool:
        """As the store `own` does, until it is woken."""
        due_ms = own.next_due()
        far_s = _MOST_S if due_ms is None else (due_ms - self.now_ms()) / 1000
        return self._nap(min(_MOST_S, max(timeout, far_s)), lambda: bool(own.wait(_LOOK_S)))

    def _nap(self, seconds: float, is_woken: Callable[[], bool]) -> bool:
        until_ms, me = self.now_ms() + math.ceil(seconds * 1000), threading.current_thread()
        self._naps[me] = until_ms
        woken = False
        while self.now_ms() < until_ms and not woken:
            woken = is_woken()
        del self._naps[me]
        self._tell()
        return woken

    def _tell(self) -> None:
        """While a job is at work, nobody skips what the other threads sleep through: from before its first step."""
        with self._lock:
            naps = dict(self._naps)
            awake = [each for each in threading.enumerate() if _AT_WORK.match(each.name) and each not in naps]
            # One call is the worker itself, which waits for its threads.
            calls = sum(each.name.endswith("call") for each in awake)
            is_at_work = len(awake) - calls > 0 or calls > 1
            self.numbers[self.place] = 0 if is_at_work else min(naps.values(), default=0)
