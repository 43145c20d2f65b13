"""What tests put around the store and the clock of examples/python-backend: testhooks.py OPTIONS starts it so.

The process dies at a chosen save, as by a power cut, and a test moves its time or makes it run faster.
"""

from __future__ import annotations

import functools
import os
import runpy
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from driven import DrivenClock


class Clock:
    """Unix time. `scale` 0.05 lets each second take 0.05 s, since `begun`: processes that share it agree."""

    def __init__(self, scale: float = 1.0, begun: float | None = None, ahead: float = 0.0) -> None:
        self._scale = scale
        self._begun = time.time() if begun is None else begun
        self._ahead = ahead

    def now_ms(self) -> int:
        return int((self._begun + self._ahead + (time.time() - self._begun) / self._scale) * 1000)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds * self._scale)

    def wait(self, own: Any, timeout: float) -> bool:
        return bool(own.wait(timeout * self._scale))


class HookedStore:
    """A store that waits by the clock. VENUEKEY_EXAMPLE_KILL=before:3 or after:3 kills the process at that save."""

    def __init__(self, own: Any, clock: Clock | DrivenClock, order: str) -> None:
        self._own = own
        self._clock = clock
        self._when, _, number = order.partition(":")
        self._number = int(number or 0)
        self._saves = 0
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own, name)

    def save(self, row: Any) -> bool:
        if not self._number:
            return bool(self._own.save(row))
        # One at a time: a worker beside it that is woken by the chosen save must not do its next before the kill.
        with self._lock:
            stored = self._own.load(row.id)
            # One that comes too late, which the store will refuse, is none.
            self._saves += row.revision == (1 if stored is None else stored.row.revision + 1)
            is_chosen = self._saves == self._number
            if is_chosen and self._when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            won = bool(self._own.save(row))
            if is_chosen:
                os.kill(os.getpid(), signal.SIGKILL)
            return won

    def wait(self, timeout: float) -> bool:
        return self._clock.wait(self._own, timeout)


def main() -> None:
    """The example, on a store and a clock of a test's."""
    example = Path(__file__).resolve().parents[2] / "examples" / "python-backend"
    sys.path.insert(0, str(example))
    import app

    scale, begun, ahead = (os.environ.get(f"VENUEKEY_EXAMPLE_TIME_{name}") for name in ("SCALE", "FROM", "AHEAD"))
    clock: Clock | DrivenClock
    if order := os.environ.get("VENUEKEY_EXAMPLE_CLOCK"):
        clock = DrivenClock(order)
    else:
        clock = Clock(float(scale or 1), float(begun) if begun else None, float(ahead or 0))
    kill = os.environ.get("VENUEKEY_EXAMPLE_KILL", "")
    open_store = app.open_store
    app.open_store = lambda settings: HookedStore(open_store(settings), clock, kill)
    app.AsyncConnections = functools.partial(app.AsyncConnections, clock=clock.now_ms, sleep=clock.sleep)
    runpy.run_path(str(example / "__main__.py"), run_name="__main__")


if __name__ == "__main__":
    main()
