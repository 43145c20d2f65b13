"""Runs one connection's driver: what it says is done, and nothing that it holds is lost."""

from __future__ import annotations

import contextlib
import inspect
import logging
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Callable, Optional, Protocol

from .._errors import NoResponse
from .._kinds import UnavailableError
from .._native import HttpResponse, _ConnectionDriver
from .._pages import page_of
from .._shelter import signals_wait
from ._clocks import Clocks
from ._errors import Stopped, WrongAnswer, page_for, place_of
from ._job import AGAIN_S, Job
from ._numbers import Numbers
from ._pace import Turns
from ._rows import Rows
from ._threads import own_loop, thread_for
from ._view import Event, event_of

if TYPE_CHECKING:
    from .._native import Connection, HttpRequest, Signer

log = logging.getLogger("venuekey")

NUMBER_S = 10
"""How long a worker waits for a number, before it looks at the row again later."""
GIVE_WAY_AFTER = 3
LISTEN_S = 0.2
"""How soon a wait for the venue's pace notices that the process is to end."""


class CanStop(Protocol):
    def stop(self) -> None: ...


class Call:
    """One call of a coroutine's, in a thread of its own: once cancelled, what it is at is told to stop."""

    def __init__(self) -> None:
        self.at: Optional[CanStop] = None
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True
        if self.at is not None:
            self.at.stop()


WARNS = ("needs_user", "orphaned_credential")
"""Events that somebody has to do something about."""


class Hands:
    """What a driver's host does, on behalf of workers and sessions."""

    def __init__(
        self,
        rows: Rows,
        send: Callable[[HttpRequest], HttpResponse],
        on_event: Optional[Callable[[Event], object]],
        sleep: Callable[[float], object],
    ) -> None:
        self.rows = rows
        self.sleep = sleep
        self.clocks = Clocks(rows, self.send)
        self._send = send
        self._on_event = on_event
        self._turns = Turns(rows)
        self._numbers = Numbers(rows, sleep)
        self._local = threading.local()

    def send(self, request: HttpRequest) -> HttpResponse:
        """Raises:
        WrongAnswer: the sender returned something else, and nobody knows what came of the request.
        """
        reply: object = self._send(request)
        if isinstance(reply, HttpResponse):
            return reply
        if inspect.iscoroutine(reply):
            # Nobody would run it.
            reply.close()
        hint = "; AsyncConnections takes coroutine functions" if inspect.isawaitable(reply) else ""
        raise WrongAnswer(f"send must return an HttpResponse, not {type(reply).__name__}{hint}")

    @contextlib.contextmanager
    def on_behalf_of(self, call: Call) -> Iterator[None]:
        """What this thread does meanwhile is that call's."""
        self._local.call = call
        try:
            yield
        finally:
            self._local.call = None

    @contextlib.contextmanager
    def stops(self, what: CanStop) -> Iterator[None]:
        """It is told to stop where this thread's call is cancelled."""
        call: Optional[Call] = getattr(self._local, "call", None)
        if call is None:
            yield
            return
        call.at = what
        if call.is_cancelled:
            what.stop()
        try:
            yield
        finally:
            call.at = None

    def check_stopped(self) -> None:
        """Raises:
        Stopped: this thread's call is cancelled.
        """
        if self._is_cancelled():
            raise Stopped("the call was cancelled")

    def _is_cancelled(self) -> bool:
        call: Optional[Call] = getattr(self._local, "call", None)
        return call is not None and call.is_cancelled

    def finished(self, driver: _ConnectionDriver, holder: str) -> _ConnectionDriver:
        """The driver at its end, for a caller who is not to be trusted to stay: what must be stored is stored first,
        whether a signal ends its thread or the interpreter's end would.
        """
        self.check_stopped()
        job = Job(driver, self.rows.now_ms, holder, again=1)
        with self.stops(job):
            while not job.has_ended:
                if not job.must_be_whole:
                    self._step(job)
                elif threading.current_thread().daemon:
                    # The end of the program cuts a daemon thread; it waits for this one.
                    _in_own_thread(lambda: self._steps(job))
                else:
                    with signals_wait():
                        self._steps(job)
        self.check_stopped()
        return job.driver

    def _steps(self, job: Job) -> None:
        while job.must_be_whole and not job.has_ended:
            self._step(job)

    def run(self, job: Job) -> _ConnectionDriver:
        """To the driver's end. If the store keeps failing while nothing must be kept, that is raised."""
        while not job.has_ended:
            self._step(job)
        return job.driver

    def _step(self, job: Job) -> None:
        driver = job.driver
        try:
            following = self._done(driver, job)
        except Exception as error:
            if driver.action == "save":
                job.may_be_stored(driver.connection)
            must = job.must_go_on
            is_store = driver.action != "send" and not isinstance(error, UnavailableError)
            if not is_store or not (must or job.failures < job.again):
                raise
            # What a reply has brought is in no store yet, or a lease is that nobody else can take over for minutes.
            pause = AGAIN_S[min(job.failures, len(AGAIN_S) - 1)]
            job.failures += 1
            log.warning(
                "connection %s: the store fails (%s), again in %s s, attempt %s%s",
                driver.connection.id, place_of(error), pause, job.failures, page_for(error),
            )  # fmt: skip
            if must:
                time.sleep(pause)
            elif job.is_stopped_within(pause):
                raise
            return
        job.failures = 0
        job.goes_on(following)

    def _done(self, driver: _ConnectionDriver, job: Job) -> _ConnectionDriver:
        action, connection, rows = driver.action, driver.connection, self.rows
        if action == "save":
            if rows.save(connection):
                job.lost = 0
                job.is_stored(connection)
                return driver.saved(now_ms=rows.now_ms())
            job.lost += 1
            self._give_way(driver, job.lost)
            return driver.superseded()
        if action == "load":
            stored = rows.load(connection.id)
            job.is_stored(stored)
            return driver.loaded(stored=stored, now_ms=rows.now_ms())
        if action == "send":
            return self._sent(driver, job)
        if action == "nonce":
            signer = connection.signer()
            assert signer is not None
            found = self._next(connection, signer, False, NUMBER_S, lambda: job.is_stopping)
            return driver if found is None else driver.nonce(nonce_ms=found[0], now_ms=rows.now_ms())
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

    def _give_way(self, driver: _ConnectionDriver, lost: int) -> None:
        """Others save the same row: after a few times, with pauses, for as long as it takes."""
        if lost > GIVE_WAY_AFTER:
            time.sleep(min(1.0, 0.01 * 2 ** (lost - GIVE_WAY_AFTER)))
            if lost % 10 == 0:
                log.warning("connection %s: others have saved it first, %s times in a row", driver.connection.id, lost)

    def _sent(self, driver: _ConnectionDriver, job: Job) -> _ConnectionDriver:
        request, id = driver.request, driver.connection.id
        assert request is not None
        log.info("connection %s: %s", id, request.purpose)
        try:
            if not self._has_turn(driver, job):
                return driver.no_response(not_sent=True, now_ms=self.rows.now_ms())
            reply = self.send(request)
        except NoResponse as error:
            now_ms = self.rows.now_ms()
            after = driver.no_response(not_sent=error.not_sent, now_ms=now_ms)
            log.info("connection %s: %s: no reply, %s%s", id, request.purpose, error, _and_then(after, now_ms))
            return after
        except Exception as error:
            # A sender that breaks its promise: nobody knows whether the request has arrived.
            where = place_of(error) + page_for(error)
            log.error("connection %s: %s: the sender failed: %s", id, request.purpose, where)
            return driver.no_response(not_sent=False, now_ms=self.rows.now_ms())
        except BaseException:
            self._cut(driver)
            raise
        now_ms = self.rows.now_ms()
        after = driver.response(reply, now_ms=now_ms)
        log.info("connection %s: %s: HTTP %s%s", id, request.purpose, reply.status, _and_then(after, now_ms))
        return after

    def _cut(self, driver: _ConnectionDriver) -> None:
        """Whoever sent is being ended: a request that is safe is given back, and one that is not is written down."""
        now_ms = self.rows.now_ms
        after = driver.no_response(not_sent=False, now_ms=now_ms()) if driver.must_go_on else driver
        with signals_wait(), contextlib.suppress(Exception):
            self.run(Job(after.stop(now_ms=now_ms()), now_ms, again=1))

    def _has_turn(self, driver: _ConnectionDriver, job: Job) -> bool:
        """Waits for the venue's pace. A process that is to end does not wait: nothing has been sent."""
        try:
            start_ms = self._turns.start_ms(driver)
        except Exception as error:
            id, where = driver.connection.id, place_of(error)
            log.warning("connection %s: the store fails (%s), put off%s", id, where, page_for(error))
            return False
        if start_ms is None:
            return False
        while (wait_ms := start_ms - self.rows.now_ms()) > 0:
            if job.is_stopping:
                return False
            self.sleep(min(wait_ms / 1000, LISTEN_S))
        return True

    def nonce(self, connection: Connection, signer: Signer, patience_s: float, anew: bool = False) -> tuple[int, float]:
        """A number for a request of this connection's key, and how many seconds that took; `anew` measures how far the
        venue's clock is ahead, whatever is known of it.

        Raises:
            UnavailableError: `rate_limited` if it takes longer than `patience_s`.
            Stopped: this thread's call is cancelled.
        """
        found = self._next(connection, signer, anew, patience_s, self._is_cancelled)
        if found is None:
            raise Stopped("the call was cancelled")
        return found

    def _next(
        self, connection: Connection, signer: Signer, anew: bool, patience_s: float, is_over: Callable[[], bool]
    ) -> Optional[tuple[int, float]]:
        assert connection.nonce_counter is not None
        ahead_ms = self.clocks.ahead_ms(signer, anew)
        return self._numbers.next(connection.nonce_counter, ahead_ms, patience_s, is_over)

    def _told(self, driver: _ConnectionDriver) -> bool:
        connection = driver.connection
        for event in driver.events:
            code = "" if event.code is None else f", {event.code}; see {page_of(event.code)}"
            level = logging.WARNING if event.kind in WARNS else logging.INFO
            log.log(level, "connection %s: %s%s", connection.id, event.kind, code)
            if self._on_event is None:
                continue
            try:
                _no_coroutine(self._on_event(event_of(connection, event)))
            except BaseException as error:
                # A signal's handler raises in the main thread alone, and whoever called there is to hear of it.
                if not isinstance(error, Exception) and threading.current_thread() is threading.main_thread():
                    raise
                where = place_of(error) + page_for(error)
                log.error(
                    "connection %s: on_event failed at %s, told again later: %s", connection.id, event.kind, where
                )
                return False
        return True


def _and_then(driver: _ConnectionDriver, now_ms: int) -> str:
    """For the log: how long the connection waits now."""
    wait = driver.connection.wait
    return "" if wait is None else f", again in {max(0, wait.until_ms - now_ms) / 1000:.0f} s"


def _no_coroutine(answer: Any) -> None:
    """Nobody would run it, and the event would count as told."""
    if inspect.iscoroutine(answer):
        answer.close()
    if inspect.isawaitable(answer):
        raise WrongAnswer("on_event must be a plain function here; AsyncConnections takes coroutine functions")


def _in_own_thread(call: Callable[[], object]) -> None:
    failed: list[BaseException] = []

    def work() -> None:
        try:
            call()
        except BaseException as error:
            failed.append(error)

    thread = thread_for(own_loop(), work, name="venuekey-whole", daemon=False)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
