"""The worker: takes rows that are due, and does what is due."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Optional

from .._errors import VenuekeyError
from .._native import _ConnectionDriver
from ._work import Hands, Interrupted, Job

if TYPE_CHECKING:
    from ..stores import Stored

log = logging.getLogger("venuekey")

LOOK_S = 1.0
"""The safety net: so often is the store asked, whatever wakes."""
SEEN_MS = 10_000
GRACE_S = 1.0
"""How long an end waits for requests that may be sent again."""
# What a row may be that this process can't open, and must not touch.
LEFT_ALONE = ("snapshot_version",)


def new_holder() -> str:
    """No two workers share a name: host, process, and what no process had before."""
    return f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(4)}"


class Worker:
    def __init__(self, hands: Hands, holder: Optional[str], concurrency: int) -> None:
        self._hands = hands
        self._rows = hands.rows
        self._holder = holder or new_holder()
        self._concurrency = concurrency
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._free = threading.Semaphore(concurrency)
        self._seen_ms = 0
        self._told: set[tuple[str, int]] = set()

    def stop(self) -> None:
        """Takes no new work. From any thread, and from a signal's handler."""
        self._stopping.set()
        with contextlib.suppress(Exception):
            self._rows.store.wake()

    def run(self) -> None:
        log.info("worker %s: begins", self._holder)
        with self._ends_on_signals():
            while not self._stopping.is_set():
                try:
                    busy = self._look()
                except Exception as error:
                    log.warning("worker %s: the store fails: %s", self._holder, error)
                    self._stopping.wait(LOOK_S)
                    continue
                if not busy and not self._stopping.is_set():
                    self._rows.store.wait(self._pause_s())
        self._end()
        log.info("worker %s: has ended", self._holder)

    def run_once(self, deadline_s: Optional[float]) -> Optional[int]:
        """Does what is due now, and returns when something is due next."""
        until = None if deadline_s is None else time.monotonic() + deadline_s
        while not self._stopping.is_set() and (until is None or time.monotonic() < until):
            if not self._look() and not self._wait_for_jobs(until):
                break
        self._end()
        return self._rows.store.next_due()

    def _look(self) -> bool:
        """Takes rows that are due; whether any was."""
        now_ms = self._rows.now_ms()
        if now_ms - self._seen_ms >= SEEN_MS:
            self._rows.store.seen(self._holder, now_ms)
            self._seen_ms = now_ms
        with self._lock:
            at_work = set(self._jobs)
        # Those that are left alone stay due, and must not stand before the others.
        limit = self._concurrency + len(at_work) + len(self._told)
        found = [each for each in self._rows.store.due(now_ms, limit) if each.row.id not in at_work]
        began = False
        for stored in found:
            self._free.acquire()
            if self._stopping.is_set():
                self._free.release()
                return began
            began = self._begin(stored) or began
        return began

    def _begin(self, stored: Stored) -> bool:
        try:
            connection = self._rows.open(stored)
            job = Job(_ConnectionDriver(connection, holder=self._holder, now_ms=self._rows.now_ms()))
        except Exception as error:
            self._free.release()
            self._set_apart(stored, error)
            return False
        if job.driver.action == "return":
            self._free.release()
            return False
        with self._lock:
            self._jobs[stored.row.id] = job
        threading.Thread(
            target=self._work, args=(stored.row.id, job), name=f"venuekey-{stored.row.id[:8]}", daemon=True
        ).start()
        return True

    def _work(self, id: str, job: Job) -> None:
        try:
            self._hands.run(job)
        except Interrupted:
            return
        except Exception as error:
            # One row's trouble is its own; its class is said, and never what is in it.
            log.error(
                "connection %s: %s, looked at again later", id, type(error).__name__, exc_info=not _may_show(error)
            )
            time.sleep(LOOK_S)
        finally:
            with self._lock:
                if self._jobs.get(id) is job:
                    del self._jobs[id]
            self._free.release()
            with contextlib.suppress(Exception):
                self._rows.store.wake()

    def _set_apart(self, stored: Stored, error: Exception) -> None:
        """One bad row stops nobody: it is quarantined, or left alone where another process can read it."""
        row = stored.row
        code = error.code if isinstance(error, VenuekeyError) else type(error).__name__
        is_ours = isinstance(error, VenuekeyError) and code not in LEFT_ALONE
        if is_ours and row.sealing_key_id in self._known_keys():
            log.error("connection %s: can't be opened (%s), quarantined", row.id, code)
            self._rows.store.quarantine(row.id, row.revision, code)
        elif (row.id, row.revision) not in self._told:
            self._told.add((row.id, row.revision))
            log.warning("connection %s: can't be read by this process (%s), left alone", row.id, code)

    def _known_keys(self) -> set[str]:
        return set(self._rows.keys.ids)

    def _pause_s(self) -> float:
        due_ms, now_ms = self._rows.store.next_due(), self._rows.now_ms()
        # What is due and was not begun is somebody else's, or nobody's.
        return LOOK_S if due_ms is None or due_ms <= now_ms else min(LOOK_S, (due_ms - now_ms) / 1000)

    def _wait_for_jobs(self, until: Optional[float]) -> bool:
        """Whether there were any."""
        with self._lock:
            were = bool(self._jobs)
        while were and (until is None or time.monotonic() < until):
            with self._lock:
                if not self._jobs:
                    break
            time.sleep(0.01)
        return were

    def _end(self) -> None:
        """What must be finished is; a request that may be sent again is given up, and its lease given back."""
        with self._lock:
            jobs = list(self._jobs.values())
        for job in jobs:
            job.stop()
        grace = time.monotonic() + GRACE_S
        while time.monotonic() < grace and self._any():
            time.sleep(0.01)
        for job in jobs:
            taken = job.take()
            if taken is not None:
                with contextlib.suppress(Exception):
                    self._hands.run(taken)
        taken_away = {id(job) for job in jobs if job.is_taken}
        while self._any(but=taken_away):
            time.sleep(0.02)

    def _any(self, but: Any = frozenset()) -> bool:
        with self._lock:
            return any(id(job) not in but for job in self._jobs.values())

    @contextlib.contextmanager
    def _ends_on_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
        for each in before:
            signal.signal(each, lambda signum, frame: self.stop())
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


def _may_show(error: Exception) -> bool:
    """Whether the class says enough, without a traceback."""
    return isinstance(error, VenuekeyError)
