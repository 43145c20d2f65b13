"""Whose turn it is: refreshes by the store's counter, for all processes; signed requests by this process's share."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Callable, Optional

from .._kinds import UnavailableError
from .._native import RateBudget
from ._counters import in_reach

if TYPE_CHECKING:
    from .._native import HttpRequest, _ConnectionDriver
    from ._rows import Rows


class Turns:
    """All workers that share the store take turns at refreshes, from a counter of it."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._lock = threading.Lock()

    def start_ms(self, driver: _ConnectionDriver) -> Optional[int]:
        """When the driver's request may be sent, in Unix milliseconds; `None` if that is too late for its lease."""
        now_ms = self._rows.now_ms()
        pace = driver.pace(now_ms=now_ms)
        if pace is None:
            return now_ms
        store, floor = self._rows.store, now_ms - pace.interval_ms
        with self._lock:
            # A turn that is taken and not used is lost for everybody: look first, and leave room for others who look.
            counter, last_ms = in_reach(store, pace.counter, floor, now_ms, pace.furthest_ms)
            if last_ms + pace.interval_ms - now_ms > pace.longest_wait_ms // 2:
                return None
            start_ms = store.bump(counter, floor, pace.interval_ms)
        return start_ms if start_ms - now_ms <= pace.longest_wait_ms else None


class Budget:
    """What this process may send, by the venue's limits; other processes behind the address count for as much."""

    def __init__(self, rows: Rows, sleep: Callable[[float], object], share_of: int) -> None:
        self._rows = rows
        self._sleep = sleep
        self._lock = threading.Lock()
        self._left = RateBudget(share_of=share_of)

    def wait(self, request: HttpRequest, patience_s: float) -> float:
        """Waits for the request's turn; how many seconds that took.

        Raises:
            UnavailableError: `rate_limited` if it would take longer than `patience_s`.
        """
        now_ms = self._rows.now_ms()
        with self._lock:
            reservation = self._left.reserve(request, now_ms=now_ms)
            wait_ms = reservation.start_at_ms - now_ms
            if wait_ms > patience_s * 1000:
                raise _too_long(wait_ms)
            self._left = reservation.budget
        if wait_ms <= 0:
            return 0
        self._sleep(wait_ms / 1000)
        return wait_ms / 1000


def _too_long(wait_ms: int) -> UnavailableError:
    hint = "the venue's limits allow no request within patience_s"
    message = f"rate_limited: {hint} (try again in {wait_ms // 1000 + 1} s)"
    return UnavailableError(message, "rate_limited", retry_after_ms=wait_ms, hint=hint)
