"""One driver at work, and what its end has to wait for."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Callable, Optional

if TYPE_CHECKING:
    from .._native import Connection, _ConnectionDriver

AGAIN_S = (0.1, 0.5, 1, 2, 5)
"""Pauses before a store that fails is asked again: as often by a worker, and for ever while it must be."""


class Interrupted(BaseException):
    """Somebody else has taken over what this thread was doing."""


class Job:
    """One driver in one thread's hands, which another may take away: at a polite end, from a thread that waits for a
    reply that may be asked for again, or for a store that hangs.
    """

    def __init__(
        self,
        driver: _ConnectionDriver,
        now_ms: Callable[[], int],
        holder: Optional[str] = None,
        again: int = len(AGAIN_S),
        ends: Callable[[], bool] = lambda: False,
    ) -> None:
        self.failures = 0
        self.lost = 0
        """How many saves in a row others were before."""
        self.again = again
        """How often a store that fails is asked again while nothing would be lost."""
        self._now_ms = now_ms
        self._holder = holder
        self._ends = ends
        """Whether its worker has been told to stop: from then on it begins nothing, before it hears so itself."""
        self._lease_until_ms: Optional[int] = None
        """When the lease ends that this driver may have in the row for a request that was not sent: whoever takes it
        over must think that it was.
        """
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._driver = driver
        self._since = time.monotonic()
        self._is_taken = False

    @property
    def driver(self) -> _ConnectionDriver:
        return self._driver

    @property
    def has_ended(self) -> bool:
        return self._driver.action in ("return", "fail", "stop")

    @property
    def must_go_on(self) -> bool:
        """Whether something would be lost, whoever goes on after this job."""
        until_ms = self._lease_until_ms
        return self._driver.must_go_on or (until_ms is not None and self._now_ms() < until_ms)

    @property
    def must_be_whole(self) -> bool:
        return self._driver.action == "save" or self.must_go_on

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set() or self._ends()

    @property
    def is_taken(self) -> bool:
        return self._is_taken

    def may_be_stored(self, connection: Connection) -> None:
        """Its save has failed, and may have arrived all the same."""
        if connection.lease_holder == self._holder:
            self._lease_until_ms = connection.lease_until_ms

    def is_stored(self, connection: Optional[Connection]) -> None:
        """The row holds this now."""
        is_ours = connection is not None and connection.lease_holder == self._holder
        self._lease_until_ms = connection.lease_until_ms if connection is not None and is_ours else None

    def goes_on(self, driver: _ConnectionDriver) -> None:
        following = driver.stop(now_ms=self._now_ms()) if self.is_stopping else driver
        with self._lock:
            if self._is_taken:
                raise Interrupted
            self._driver, self._since = following, time.monotonic()
        if following.action == "send" and not following.must_go_on:
            # Whoever takes it over sends it again.
            self._lease_until_ms = None

    def stop(self) -> None:
        """The end is asked for. What has begun is finished where it must be."""
        self.again = 0
        self._stopping.set()

    def is_stopped_within(self, seconds: float) -> bool:
        return self._stopping.wait(seconds)

    def take(self, hangs_after_s: float) -> Optional[Job]:
        """Takes it away unless it must be left where it is, and returns what is left to do in other hands. A request
        that may be sent again is given up, and so are an event whose listener does not return, which is told again, a
        number that the store does not give, and other calls of a store that hangs. But a save that has begun is waited
        for: nobody knows what it stores.
        """
        with self._lock:
            if self._is_taken:
                return None
            if self._driver.action in ("send", "deliver", "nonce"):
                self._is_taken = not self._driver.must_go_on
                gives_back = self._is_taken
            else:
                hangs = self._driver.action in ("load", "find", "delete")
                self._is_taken = hangs and time.monotonic() >= self._since + hangs_after_s and not self.must_go_on
                # The store would hang again.
                gives_back = False
        return Job(self._driver.stop(now_ms=self._now_ms()), self._now_ms, again=0) if gives_back else None
