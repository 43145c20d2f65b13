"""The host's clock, which may fail."""

from __future__ import annotations

import time
from typing import Callable, Optional

PLAUSIBLE_MS = range(1_577_836_800_000, 4_102_444_800_000)
"""From 2020 to 2100, as core has it: seconds, microseconds and a clock that was never set lie outside."""


def system_clock() -> int:
    return time.time_ns() // 1_000_000


class LastReading:
    """What a clock said last that can be a time, counted on by this process's own count, which no setting moves."""

    def __init__(self) -> None:
        self._known: Optional[tuple[int, float]] = None

    @property
    def is_known(self) -> bool:
        return self._known is not None

    def keeps(self, now_ms: object) -> bool:
        """Whether that can be a time."""
        if type(now_ms) is not int or now_ms not in PLAUSIBLE_MS:
            return False
        self._known = (now_ms, time.monotonic())
        return True

    def counted_on(self) -> int:
        assert self._known is not None
        said_ms, at_s = self._known
        return said_ms + int((time.monotonic() - at_s) * 1000)


def steady(clock: Optional[Callable[[], int]]) -> Callable[[], int]:
    """The clock, which is asked once here and then fails no more: a reply that has come must be read and stored. Where
    it raises or says no time, it is counted on from what it said last.
    """
    if clock is None:
        return system_clock
    asked, last = clock, LastReading()
    if not last.keeps(clock()):
        # Core refuses it, before anything is sent.
        return clock

    def now_ms() -> int:
        try:
            now_ms = asked()
        except Exception:
            return last.counted_on()
        return now_ms if last.keeps(now_ms) else last.counted_on()

    return now_ms
