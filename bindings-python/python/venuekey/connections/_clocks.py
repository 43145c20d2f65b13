"""What workers and sessions share: the venues' clocks, and when each connection was last used."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Callable, Optional

from ._errors import page_for, place_of
from ._forks import begins_anew
from ._rows import Rows

if TYPE_CHECKING:
    from .._native import HttpRequest, HttpResponse, Signer

log = logging.getLogger("venuekey")

OFFSET_LIVES_S = 3_600
ASK_AGAIN_S = 60
"""When a venue that did not tell its time is asked again: until then the host's clock counts."""
TOUCH_S = 3_600
MOST_TOUCHED = 10_000


class Clocks:
    """How far each venue's clock is ahead of the host's: measured when it is needed, and when the venue complains."""

    def __init__(self, rows: Rows, send: Callable[[HttpRequest], HttpResponse]) -> None:
        self._rows = rows
        self._send = send
        self._known: dict[tuple[str, str], tuple[float, int]] = {}
        begins_anew(self)

    def begin_anew(self) -> None:
        """What is known holds in every process of this host."""
        self._lock = threading.Lock()
        self._asking: dict[tuple[str, str], threading.Lock] = {}

    def ahead_ms(self, signer: Signer, anew: bool) -> int:
        place = (signer.venue, signer.environment)
        with self._lock:
            asking = self._asking.setdefault(place, threading.Lock())
            before = self._known.get(place)
        if not anew and (known := self._fresh(place)) is not None:
            return known
        # One asks, the others wait for what it hears; other venues' callers do not.
        with asking:
            with self._lock:
                meanwhile = self._known.get(place)
            if meanwhile is not None and meanwhile != before and time.monotonic() < meanwhile[0]:
                return meanwhile[1]
            return self._ask(signer, place)

    def _fresh(self, place: tuple[str, str]) -> Optional[int]:
        with self._lock:
            known = self._known.get(place)
        return known[1] if known is not None and time.monotonic() < known[0] else None

    def _ask(self, signer: Signer, place: tuple[str, str]) -> int:
        sent_ms = self._rows.now_ms()
        try:
            reply = self._send(signer.ask_time())
            offset = signer.receive_time(reply, sent_at_ms=sent_ms, received_at_ms=self._rows.now_ms())
            ahead_ms, lives_s = offset.ahead_ms, OFFSET_LIVES_S
        except Exception:
            # Without it the host's own clock counts, and the venue says where that is not good enough.
            with self._lock:
                ahead_ms, lives_s = self._known.get(place, (0, 0))[1], ASK_AGAIN_S
        with self._lock:
            self._known[place] = (time.monotonic() + lives_s, ahead_ms)
        return ahead_ms


class Uses:
    """When this process last wrote down that a connection was used."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._written: dict[str, float] = {}
        begins_anew(self)

    def begin_anew(self) -> None:
        self._lock = threading.Lock()

    def note(self, id: str) -> None:
        """Best effort, and at most hourly. It never raises: the reply that has come is its caller's."""
        now = time.monotonic()
        with self._lock:
            if now - self._written.get(id, -TOUCH_S) < TOUCH_S:
                return
            if len(self._written) >= MOST_TOUCHED:
                self._written.clear()
            self._written[id] = now
        try:
            self._rows.store.touch(id, self._rows.now_ms())
        except Exception as error:
            log.warning("connection %s: could not store that it was used (%s)%s", id, place_of(error), page_for(error))
            # Soon again, and not each time: a store that fails may take long to say so.
            with self._lock:
                self._written[id] = now - TOUCH_S + ASK_AGAIN_S
