"""What wakes the workers of one process."""

from __future__ import annotations

import threading


class Alarm:
    """Ends every wait at once, or the next one if nobody waits."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting = 0
        self._rung = 0
        self._is_pending = False

    def ring(self) -> None:
        with self._changed:
            self._rung += 1
            self._is_pending = not self._waiting
            self._changed.notify_all()

    def wait(self, timeout: float) -> bool:
        with self._changed:
            if self._is_pending:
                self._is_pending = False
                return True
            rung = self._rung
            self._waiting += 1
            try:
                return self._changed.wait_for(lambda: self._rung != rung, timeout)
            finally:
                self._waiting -= 1
