"""The host's clock, which may fail."""

from __future__ import annotations

import time
from typing import Callable, Optional

PLAUSIBLE_MS = range(1_577_836_800_000, 4_102_444_800_000)
"""From 2020 to 2100, as core has it: seconds, microseconds and a clock that was never set lie outside."""


def system_clock() -> int:
    return time.time_ns() // 1_000_000


def steady(clock: Optional[Callable[[], int]]) -> Callable[[], int]:
    """The clock, which is asked once here and then fails no more: a reply that has come must be read and stored. Where
    it raises or says no time, it is counted on from what it said last.
    """
    if clock is None:
        return system_clock
    asked, first_ms = clock, clock()
    if type(first_ms) is not int or first_ms not in PLAUSIBLE_MS:
        # Core refuses it, before anything is sent.
        return clock
    known = [(first_ms, time.monotonic())]

    def now_ms() -> int:
        said_ms, at_s = known[0]
        try:
            now_ms = asked()
        except Exception:
            now_ms = -1
        if type(now_ms) is int and now_ms in PLAUSIBLE_MS:
            known[0] = (now_ms, time.monotonic())
            return now_ms
        return said_ms + int((time.monotonic() - at_s) * 1000)

    return now_ms
