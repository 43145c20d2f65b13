"""Runs one connection's driver: what it says is done, and nothing that it holds is lost."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Callable, Optional

from .._errors import NoResponse
from .._kinds import UnavailableError
from .._native import Nonces, _ConnectionDriver
from .._shelter import signals_wait
from ._rows import Rows
from ._view import Told

if TYPE_CHECKING:
    from .._native import Connection, HttpRequest, HttpResponse

log = logging.getLogger("venuekey")

NONCES = 50
"""So many are reserved at a time: one write to the store for as many requests of a key."""
AGAIN_S = (0.1, 0.5, 1, 2, 5)
"""Pauses before a store that fails is asked again, while it must be; the last one again and again."""
PATIENT_MS = 10_000
"""How long a refresh waits for its turn: the lease leaves 15 s beside the request's own time."""


class Interrupted(BaseException):
    """Somebody else has taken over what this thread was doing."""


class Hands:
    """What a driver's host does, on behalf of workers and sessions."""

    def __init__(
        self,
        rows: Rows,
        send: Callable[[HttpRequest], HttpResponse],
        on_event: Optional[Callable[[Told], object]],
        sleep: Callable[[float], object],
    ) -> None:
        self.rows = rows
        self.send = send
        self.sleep = sleep
        self._on_event = on_event
        self._blocks: dict[str, Nonces] = {}
        self._lock = threading.Lock()

    def finished(self, job: Job) -> _ConnectionDriver:
        """The same for a caller: in the main thread, signals wait until what must be stored is."""
        while not _has_ended(job):
            if _must_be_whole(job):
                with signals_wait():
                    while _must_be_whole(job):
                        self._step(job)
            else:
                self._step(job)
        return job.driver

    def run(self, job: Job) -> _ConnectionDriver:
        """To the driver's end. Where the store fails while nothing must be kept, that is raised."""
        while not _has_ended(job):
            self._step(job)
        return job.driver

    def _step(self, job: Job) -> None:
        driver = job.driver
        try:
            following = self._done(driver, job)
            job.failures = 0
        except Exception as error:
            if not driver.must_go_on or driver.action == "send":
                raise
            # What a reply brought is in no store yet: the store is asked until it has it.
            pause = AGAIN_S[min(job.failures, len(AGAIN_S) - 1)]
            job.failures += 1
            log.warning(
                "connection %s: the store fails (%s), again in %s s, attempt %s",
                driver.connection.id, type(error).__name__, pause, job.failures,
            )  # fmt: skip
            time.sleep(pause)
            return
        job.goes_on(following)

    def _done(self, driver: _ConnectionDriver, job: Job) -> _ConnectionDriver:
        action, connection, rows = driver.action, driver.connection, self.rows
        if action == "save":
            return driver.saved(now_ms=rows.now_ms()) if rows.save(connection) else driver.superseded()
        if action == "load":
            return driver.loaded(stored=rows.load(connection.id), now_ms=rows.now_ms())
        if action == "send":
            return self._sent(driver, job)
        if action == "nonce":
            return driver.nonce(nonce_ms=self.nonce(connection, 0), now_ms=rows.now_ms())
        if action == "find":
            hashes = list(connection.account_hashes(rows.keys))
            others = rows.store.find_account(hashes, except_id=connection.id)
            return driver.found(others=others, now_ms=rows.now_ms())
        if action == "deliver":
            return driver.delivered(all=self._told(driver), now_ms=rows.now_ms())
        if action == "delete":
            rows.store.delete(connection.id, connection.revision)
            return driver.deleted()
        assert action == "sleep"
        assert driver.until_ms is not None
        self.sleep(max(0, driver.until_ms - rows.now_ms()) / 1000)
        return driver.awake()

    def _sent(self, driver: _ConnectionDriver, job: Job) -> _ConnectionDriver:
        request = driver.request
        assert request is not None
        log.info("connection %s: %s", driver.connection.id, request.purpose)
        wait_ms = self._turn(driver.connection, request)
        if wait_ms > PATIENT_MS:
            return driver.no_response(not_sent=True, now_ms=self.rows.now_ms())
        if wait_ms > 0:
            self.sleep(wait_ms / 1000)
        try:
            reply = self.send(request)
        except NoResponse as error:
            log.info("connection %s: %s: no reply, %s", driver.connection.id, request.purpose, error)
            return driver.no_response(not_sent=error.not_sent, now_ms=self.rows.now_ms())
        except BaseException:
            # A sender that breaks its promise: nobody knows whether the request arrived.
            job.goes_on(driver.no_response(not_sent=False, now_ms=self.rows.now_ms()))
            raise
        return driver.response(reply, now_ms=self.rows.now_ms())

    def _turn(self, connection: Connection, request: HttpRequest) -> int:
        """How long a refresh waits, so that all workers behind one address keep half the venue's pace."""
        limit = request.rate_limit
        if limit is None or request.purpose != "refresh_tokens":
            return 0
        interval_ms = 2 * limit.window_ms // limit.requests
        client, now_ms = connection.client, self.rows.now_ms()
        name = f"pace/{client.venue}/{client.environment}/{request.purpose}"
        return self.rows.store.bump(name, now_ms - interval_ms, interval_ms) - now_ms

    def nonce(self, connection: Connection, ahead_ms: int) -> int:
        """A number that no other request of this key has had, near the venue's clock."""
        while True:
            venue_ms = self.rows.now_ms() + ahead_ms
            with self._lock:
                block = self._blocks.get(connection.id)
                taken = None if block is None else block.take(venue_now_ms=venue_ms)
                if taken is not None:
                    return taken
                reserved = self.rows.store.bump(f"nonce/{connection.id}", venue_ms - 1, NONCES)
                self._blocks[connection.id] = block = Nonces.reserve(
                    reserved - NONCES, NONCES, venue_now_ms=venue_ms, nonce_window=True
                )
                taken = block.take(venue_now_ms=venue_ms)
            if taken is not None:
                return taken
            # Many blocks were reserved in a short time: this one lies ahead of the venue's clock.
            self.sleep(0.25)

    def too_long(self, wait_ms: int) -> UnavailableError:
        hint = "the venue's limits let nothing through for longer than patience_s"
        message = f"rate_limited: {hint} (try again in {wait_ms // 1000 + 1} s)"
        return UnavailableError(message, "rate_limited", retry_after_ms=wait_ms, hint=hint)

    def _told(self, driver: _ConnectionDriver) -> bool:
        connection = driver.connection
        for event in driver.events:
            code = "" if event.code is None else f", {event.code}"
            log.info("connection %s: %s%s", connection.id, event.kind, code)
            if self._on_event is None:
                continue
            told = Told(connection.id, connection.owner, connection.client_name, connection.label, event)
            try:
                self._on_event(told)
            except Exception:
                log.exception("connection %s: on_event failed at %s; it is told again", connection.id, event.kind)
                return False
        return True


def _has_ended(job: Job) -> bool:
    return job.driver.action in ("return", "fail", "stop")


def _must_be_whole(job: Job) -> bool:
    return job.driver.must_go_on or job.driver.action == "save"


class Job:
    """One driver in one thread's hands, which another may take away: at a polite end, from a thread that waits for a
    reply that may be asked for again.
    """

    def __init__(self, driver: _ConnectionDriver) -> None:
        self.failures = 0
        self._lock = threading.Lock()
        self._driver = driver
        self._is_taken = False
        self._is_stopping = False

    @property
    def driver(self) -> _ConnectionDriver:
        return self._driver

    def goes_on(self, driver: _ConnectionDriver) -> None:
        with self._lock:
            if self._is_taken:
                raise Interrupted
            self._driver = driver
            if self._is_stopping:
                self._driver = driver.stop()

    @property
    def is_taken(self) -> bool:
        return self._is_taken

    def stop(self) -> None:
        """The end is asked for. What has begun is finished where it must be."""
        with self._lock:
            self._is_stopping = True

    def take(self) -> Optional[Job]:
        """What is left to do for this job in other hands; `None` where it must be left where it is."""
        with self._lock:
            if self._driver.must_go_on or self._driver.action != "send" or self._is_taken:
                return None
            self._is_taken = True
        return Job(self._driver.stop())
