"""An hour in seconds: one clock for the sandbox and any number of processes, which skips what everybody sleeps through.

The processes have `DrivenClock` (driven.py, testhooks.mjs). While any of them is at work time passes, some times faster
than here; once all of them sleep it jumps to the first who wants to wake up. So a machine under load makes a test
slower and nothing else.
"""

from __future__ import annotations

import mmap
import threading
import time
from pathlib import Path

from processes import Sandbox

_ASLEEP_FOR_EVER = 2**62
_LOOK_SECONDS = 0.002
# Each time that passes is told to the sandbox, by a request.
_TELL_SECONDS = 0.01


class Clockwork:
    """Holds the sandbox's clock from the start. Time passes as it does here until `race`."""

    def __init__(self, sandbox: Sandbox, folder: Path, places: int) -> None:
        self._path = folder / "clock"
        self._path.write_bytes(bytes(8 * (places + 1)))
        with self._path.open("r+b") as file:
            self._numbers = memoryview(mmap.mmap(file.fileno(), 0)).cast("q")
        for place in range(1, places + 1):
            self._numbers[place] = _ASLEEP_FOR_EVER
        self._sandbox = sandbox
        self._move_to(sandbox.ask("/clock")["now_ms"])
        self._pace = 1.0
        self._skips = False
        self._rest = 0.0
        self._is_over = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def place(self, number: int) -> str:
        """For VENUEKEY_EXAMPLE_CLOCK of one process, from 1."""
        return f"{self._path}:{number}"

    def has_ended(self, number: int) -> None:
        """That process will not wake up any more."""
        self._numbers[number] = _ASLEEP_FOR_EVER

    @property
    def now_ms(self) -> int:
        now_ms: int = self._numbers[0]
        # Negative while it is moved.
        return abs(now_ms)

    def race(self, pace: float = 5.0) -> None:
        """`pace` is for the time in which somebody is at work: how slow a machine may be before that counts."""
        self._pace, self._skips = pace, True

    def close(self) -> None:
        self._is_over = True
        self._thread.join()

    def _run(self) -> None:
        looked = time.monotonic()
        while not self._is_over:
            time.sleep(_LOOK_SECONDS)
            passed = time.monotonic() - looked
            looked += passed
            if not (self._skips and self._skip()):
                self._rest += passed * 1000 * self._pace
                if self._rest >= _TELL_SECONDS * 1000 * self._pace:
                    whole = int(self._rest)
                    self._rest -= whole
                    self._move_to(self.now_ms + whole)

    def _skip(self) -> bool:
        """To the first who wants to wake up; whether everybody sleeps."""
        now_ms, first_ms = self.now_ms, min(self._numbers[1:])
        if not now_ms < first_ms < _ASLEEP_FOR_EVER:
            return False
        # From here on nobody can read the time. Whoever has read it said before that it is at work, and is asked once more:
        # what it sends at a time must not arrive at a later one.
        self._numbers[0] = -now_ms
        if min(self._numbers[1:]) != first_ms:
            self._numbers[0] = now_ms
            return False
        self._move_to(first_ms)
        return True

    def _move_to(self, now_ms: int) -> None:
        # The exchange first: a process must not be ahead of it.
        self._sandbox.tell("/clock", {"held": True, "now_ms": now_ms})
        self._numbers[0] = now_ms
