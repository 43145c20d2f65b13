"""What time it is: by the store's clock if it has one, so that hosts agree on leases."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Callable, Optional

from .._clock import LastReading, system_clock
from ._arguments import unix_ms
from ._errors import page_for, place_of

if TYPE_CHECKING:
    from ..stores import Store

log = logging.getLogger("venuekey")


class Time:
    """Once it has been told, it is known from then on: a reply that has just come must be read and stored, whether or
    not the clock works at that moment.
    """

    def __init__(self, store: Store, clock: Optional[Callable[[], int]]) -> None:
        self._store = store
        self._clock = clock
        self._last = LastReading()
        self._fails = False

    def now_ms(self) -> int:
        """By the clock; while that fails, by what it said last and the time since.

        Raises:
            MisuseError: `invalid_argument` for a clock that has never returned Unix milliseconds.
        """
        try:
            now_ms = self._asked()
        except Exception as error:
            if not self._last.is_known:
                raise
            return self._counted(place_of(error) + page_for(error))
        if self._last.keeps(now_ms):
            self._fails = False
        elif self._last.is_known:
            return self._counted("its time is before 2020 or after 2100")
        return now_ms

    def _asked(self) -> int:
        if self._clock is not None:
            return unix_ms("clock", self._clock())
        try:
            of_store = self._store.now_ms()
        except Exception:
            # Its other calls say what is wrong with it.
            if not self._last.is_known:
                return system_clock()
            raise
        return system_clock() if of_store is None else unix_ms(f"{type(self._store).__name__}.now_ms", of_store)

    def _counted(self, why: str) -> int:
        if not self._fails:
            log.warning("the clock fails (%s): time is counted from its last reading", why)
        self._fails = True
        return self._last.counted_on()
