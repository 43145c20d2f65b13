"""Whose turn it is: refreshes by the store's counter, for all processes; signed requests by this process's share."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Callable

from .._kinds import UnavailableError
from .._native import RateBudget

if TYPE_CHECKING:
    from .._native import Connection, HttpRequest
    from ._rows import Rows

PATIENT_MS = 10_000
"""How long a refresh waits for its turn: its lease leaves 15 s beside the request's own time."""
EARLY_MS = 6_000
"""A turn further ahead than this is not taken: one that is taken and not used would be lost for everybody."""


class Pace:
    """Keeps the refreshes of all workers that share the store at half the pace that the venue documents."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._lock = threading.Lock()

    def start_ms(self, connection: Connection, request: HttpRequest) -> int:
        """When the request may go out, in Unix milliseconds; later than `PATIENT_MS` from now: put it off."""
        limit, now_ms = request.rate_limit, self._rows.now_ms()
        if limit is None or request.purpose != "refresh_tokens":
            return now_ms
        interval_ms = 2 * limit.window_ms // limit.requests
        client, bump = connection.client, self._rows.store.bump
        name = f"pace/{client.venue}/{client.environment}/{request.purpose}"
        with self._lock:
            taken_ms = bump(name, now_ms - interval_ms, 0)
            if taken_ms + interval_ms - now_ms > EARLY_MS:
                return now_ms + PATIENT_MS + 1
            return bump(name, now_ms - interval_ms, interval_ms)


class Budget:
    """What this process may send, by the venue's limits; other processes behind the address count for as much."""

    def __init__(self, rows: Rows, sleep: Callable[[float], object], share_of: int) -> None:
        self._rows = rows
        self._sleep = sleep
        self._lock = threading.Lock()
        self._left = RateBudget(share_of=share_of)

    def wait(self, request: HttpRequest, patience_s: float) -> bool:
        """Waits for the request's turn; whether that took time.

        Raises:
            UnavailableError: `rate_limited` where it would take longer than `patience_s`.
        """
        now_ms = self._rows.now_ms()
        with self._lock:
            reservation = self._left.reserve(request, now_ms=now_ms)
            wait_ms = reservation.start_at_ms - now_ms
            if wait_ms > patience_s * 1000:
                raise _too_long(wait_ms)
            self._left = reservation.budget
        if wait_ms <= 0:
            return False
        self._sleep(wait_ms / 1000)
        return True


def _too_long(wait_ms: int) -> UnavailableError:
    hint = "the venue's limits let nothing through for longer than patience_s"
    message = f"rate_limited: {hint} (try again in {wait_ms // 1000 + 1} s)"
    return UnavailableError(message, "rate_limited", retry_after_ms=wait_ms, hint=hint)
