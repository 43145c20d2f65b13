"""Numbers for signed requests: no two alike, whatever process draws them."""

from __future__ import annotations

import threading
from typing import Callable, Optional

from .._kinds import UnavailableError
from .._native import Nonces
from ._counters import in_reach
from ._forks import begins_anew
from ._rows import Rows

BLOCK = 50
"""So many are reserved at a time: one write to the store for as many requests of a key."""
MOST_KEYS = 10_000
FURTHEST_MS = 60_000
"""How far ahead of the venue's clock numbers may lie: so many processes do not draw them at once."""
LOOK_S = 0.25
"""How often somebody who waits for a number looks."""


class _Block:
    """What this process has left for one key."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._nonces: Optional[Nonces] = None
        self._left = 0

    def take(self, venue_ms: int) -> Optional[int]:
        taken = None if self._nonces is None else self._nonces.take(venue_now_ms=venue_ms)
        self._left -= taken is not None
        return taken

    def lies_ahead_ms(self, venue_ms: int) -> int:
        """How far what is left lies ahead of the venue's clock. Another block would lie further ahead still."""
        return 0 if self._nonces is None or self._left == 0 else self._nonces.reserved - BLOCK - venue_ms

    def reserved(self, last: int, venue_ms: int) -> None:
        self._nonces = Nonces.reserve(last - BLOCK, BLOCK, venue_now_ms=venue_ms, nonce_window=True)
        self._left = BLOCK


class Numbers:
    """Near the venue's clock, from blocks that are reserved in the store."""

    def __init__(self, rows: Rows, sleep: Callable[[float], object]) -> None:
        self._rows = rows
        self._sleep = sleep
        begins_anew(self)

    def begin_anew(self) -> None:
        """A block that two processes had would give each number twice."""
        self._lock = threading.Lock()
        self._blocks: dict[str, _Block] = {}

    def next(
        self, counter: str, ahead_ms: int, patience_s: float, is_over: Callable[[], bool]
    ) -> Optional[tuple[int, float]]:
        """A number that no other request of this key has had, near the venue's clock, which is so far ahead; and how
        many seconds that took. `None` if nobody wants it any more.

        Raises:
            UnavailableError: `rate_limited` if it takes longer than `patience_s`.
        """
        waited_s = 0.0
        while not is_over():
            venue_ms = self._rows.now_ms() + ahead_ms
            block = self._block(counter)
            # Those that want numbers of the same key at once share a block.
            with block.lock:
                taken = block.take(venue_ms)
                if taken is None and not 0 < block.lies_ahead_ms(venue_ms) <= FURTHEST_MS:
                    block.reserved(self._reserved(counter, venue_ms), venue_ms)
                    taken = block.take(venue_ms)
                lies_ms = block.lies_ahead_ms(venue_ms)
            if taken is not None:
                return taken, waited_s
            # Many were reserved in a short time, or by a clock that was a little ahead.
            if waited_s >= patience_s:
                raise _too_far(lies_ms)
            self._sleep(LOOK_S)
            waited_s += LOOK_S
        return None

    def _reserved(self, counter: str, venue_ms: int) -> int:
        store, floor_ms = self._rows.store, venue_ms - 1
        name, _ = in_reach(store, counter, floor_ms, venue_ms, FURTHEST_MS)
        return store.bump(name, floor_ms, BLOCK)

    def _block(self, counter: str) -> _Block:
        with self._lock:
            if counter not in self._blocks and len(self._blocks) >= MOST_KEYS:
                self._blocks.clear()
            return self._blocks.setdefault(counter, _Block())


def _too_far(lies_ms: int) -> UnavailableError:
    hint = "the nonces reserved for this key are ahead of the clock by more than patience_s"
    message = f"rate_limited: {hint} (try again in {lies_ms // 1000 + 1} s)"
    return UnavailableError(message, "rate_limited", retry_after_ms=lies_ms, hint=hint)
