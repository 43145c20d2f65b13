"""The worker: takes rows that are due, and does what is due."""

from __future__ import annotations

import contextlib
import logging
import math
import queue
import signal
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Callable, Optional

from .._errors import VenuekeyError
from .._native import _ConnectionDriver
from .._pages import page_of
from .._shelter import signals_wait
from ..stores import StoreError
from ._arguments import check_holder
from ._errors import page_for, place_of
from ._holder import holder_of_driver, new_holder
from ._job import Interrupted, Job
from ._rows import DAMAGE
from ._threads import own_loop, thread_for
from ._work import Hands

if TYPE_CHECKING:
    from .._native import Connection
    from ..stores import Stored

log = logging.getLogger("venuekey")

LOOK_S = 1.0
"""The safety net: so often is the store asked, whatever wakes."""
SEEN_MS = 10_000
GRACE_S = 0.5
"""How long an end waits for requests that may be sent again, and for a store that is being asked for work."""
ANSWER_S = 10.0
"""How long an end waits for a store that has answered before."""
WATCH_S = 0.2
REST_S = 60.0
"""When a row is looked at again whose work was somebody else's, or nobody's."""


class Worker:
    """One loop in a thread of its own, and one thread for each connection that it works at.

    The thread that began the loop's is no daemon: the end of the interpreter waits for it, and it waits for what must
    not be cut. For the loop it waits only until the end is asked for, since a store may hang. Whoever called waits
    beside it, so a handler that raises there cuts nothing.
    """

    def __init__(self, hands: Hands, holder: Optional[str], concurrency: int) -> None:
        self._hands = hands
        self._rows = hands.rows
        if holder is not None:
            check_holder(holder)
        self._holder = new_holder() if holder is None else holder
        self._concurrency = concurrency
        self._jobs: dict[str, Job] = {}
        # Rows that are not looked at before a time, and the revision that this is about, where it is about one.
        self._apart: dict[str, tuple[Optional[int], float]] = {}
        # Sealing keys of which it was said that they open nothing here, and the rows that were left alone for that.
        self._doubted: dict[str, set[str]] = {}
        self._lock = threading.Lock()
        # Its `put` may be called from a signal's handler, whatever the thread was at.
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._is_stopping = False
        # Rings too when the end is asked for; the thread that waits for that is not the one that waits for work.
        self._end_bell: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._over = threading.Event()
        self._seen_ms: Optional[int] = None
        # What was at work when it was last seen, by their drivers: a step makes another one.
        self._seen_at: list[_ConnectionDriver] = []
        self._pause_after_failure_s = LOOK_S

    def stop(self) -> None:
        """Takes no new work. From any thread, and from a signal's handler."""
        self._is_stopping = True
        self._bell.put(None)
        self._end_bell.put(None)

    def run(self) -> None:
        self._serve(self._loop)

    def run_once(self, deadline_s: Optional[float]) -> Optional[int]:
        """Does what is due now, and returns when something is due next."""
        # What fails is not tried again.
        self._pause_after_failure_s = math.inf
        swept: list[bool] = []
        due_ms: list[Optional[int]] = []
        self._serve(
            lambda: swept.append(self._sweep(deadline_s)), lambda: due_ms.append(self._due_ms(is_done=True in swept))
        )
        if not due_ms:
            raise StoreError("next_due", "it did not answer before the end")
        return due_ms[0]

    def _due_ms(self, is_done: bool) -> Optional[int]:
        """When to come back, once all has been done that can be: what is due by then was left alone or has failed, and
        stays due. Nobody should come back for that at once.
        """
        due_ms, now_ms = self._rows.store.next_due(), self._rows.now_ms()
        if due_ms is None or due_ms > now_ms or not is_done or not self._apart:
            return due_ms
        has_failed = any(revision is None for revision, _ in self._apart.values())
        return now_ms + int(1000 * (LOOK_S if has_failed else REST_S))

    # Beside the loop

    def _serve(self, work: Callable[[], object], then: Optional[Callable[[], object]] = None) -> None:
        """The work, the end, and what is to be asked after that."""
        failed: list[BaseException] = []

        def serve() -> None:
            try:
                try:
                    looks = self._looking(work, failed)
                finally:
                    self._end()
                if looks.wait(GRACE_S) and then is not None and not failed:
                    self._looking(then, failed).wait(ANSWER_S)
            except BaseException as error:
                failed.append(error)
            finally:
                self._over.set()

        with self._stops_on_signals():
            thread = thread_for(own_loop(), serve, name="venuekey-worker", daemon=False)
            try:
                with signals_wait():
                    thread.start()
                while not self._over.wait(WATCH_S):
                    if not threading.main_thread().is_alive():
                        self.stop()
            finally:
                self.stop()
                with signals_wait():
                    self._over.wait()
        if failed:
            raise failed[0]

    def _looking(self, work: Callable[[], object], failed: list[BaseException]) -> threading.Event:
        """Waits for the work in a thread of its own, until the end is asked for: a store that hangs holds up no end.
        What is returned is set once the work has ended.
        """
        has_ended = threading.Event()

        def look() -> None:
            try:
                work()
            except BaseException as error:
                failed.append(error)
            finally:
                has_ended.set()
                self._end_bell.put(None)

        thread = thread_for(own_loop(), look, name="venuekey-looks", daemon=True)
        thread.start()
        while not (has_ended.is_set() or self._is_stopping):
            self._end_bell.get()
        return has_ended

    @contextlib.contextmanager
    def _stops_on_signals(self) -> Iterator[None]:
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
                # None: it was not Python that had set it, and can't be Python that sets it again.
                if handler is not None:
                    signal.signal(each, handler)

    # The loop

    def _loop(self) -> None:
        # A clock that is none is told to whoever begins, not in a log each second.
        self._rows.now_ms()
        log.info("worker %s: begins", self._holder)
        threading.Thread(target=self._listen, name="venuekey-listens", daemon=True).start()
        while not self._is_stopping:
            try:
                if self._look():
                    continue
            except StoreError as error:
                log.warning("worker %s: %s%s", self._holder, error, page_for(error))
            except Exception as error:
                log.error("worker %s: can't look for work: %s%s", self._holder, place_of(error), page_for(error))
            self._rest(None)

    def _listen(self) -> None:
        """Rings when the store wakes, when something is due, and each second."""
        while not self._is_stopping and not self._over.is_set():
            try:
                self._rows.store.wait(self._pause_s())
            except Exception:
                # The loop says so.
                time.sleep(LOOK_S)
            self._bell.put(None)

    def _pause_s(self) -> float:
        due_ms, now_ms = self._rows.store.next_due(), self._rows.now_ms()
        # What is due already is being worked at, or somebody else's.
        return LOOK_S if due_ms is None or due_ms <= now_ms else min(LOOK_S, (due_ms - now_ms) / 1000)

    def _sweep(self, deadline_s: Optional[float]) -> bool:
        """Whether it came to its end, and not to its deadline's."""
        until = math.inf if deadline_s is None else time.monotonic() + deadline_s
        while not self._is_stopping and time.monotonic() < until:
            if self._look():
                continue
            with self._lock:
                # A job that has ended since that look may have left more to do, and has rung.
                is_done = not self._jobs and self._bell.empty()
            if is_done:
                return True
            self._rest(until)
        return False

    def _rest(self, until: Optional[float]) -> None:
        """Until the bell rings, and what has rung meanwhile is one ring."""
        bounded = until is not None and until != math.inf
        with contextlib.suppress(queue.Empty):
            self._bell.get(timeout=max(0, until - time.monotonic()) if bounded and until is not None else None)
            while True:
                self._bell.get_nowait()

    def _look(self) -> bool:
        """Takes rows that are due; whether there may be more of them for the places that are free."""
        now_ms = self._rows.now_ms()
        with self._lock:
            at_work = set(self._jobs)
            drivers = [job.driver for job in self._jobs.values()]
            self._apart = {id: kept for id, kept in self._apart.items() if time.monotonic() < kept[1]}
            apart = dict(self._apart)
        free = self._concurrency - len(at_work)
        # Where all places hang, nothing is begun any more: that is no worker. One that is busy makes steps.
        is_alive = free > 0 or not all(any(each is before for before in self._seen_at) for each in drivers)
        # By its distance: a clock that was set back must not silence it.
        if is_alive and (self._seen_ms is None or abs(now_ms - self._seen_ms) >= SEEN_MS):
            self._rows.store.seen(self._holder, now_ms)
            self._seen_ms, self._seen_at = now_ms, drivers
        if free <= 0:
            return False
        # Those that are left alone stay due, and must not stand before the others.
        limit = free + len(at_work) + len(apart)
        found = self._rows.due(now_ms, limit)
        # By their ids: a store may give a row twice, and two threads must not work at it.
        by_id: dict[str, Stored] = {}
        for each in found:
            by_id.setdefault(each.row.id, each)
        if len(found) < limit:
            self._forget(apart.keys() - by_id.keys())
        wanted = [each for each in by_id.values() if each.row.id not in at_work and not _is_apart(each, apart)][:free]
        for stored in wanted:
            if self._is_stopping:
                return False
            self._begin(stored)
        return len(wanted) == free

    def _forget(self, ids: set[str]) -> None:
        with self._lock:
            for id in ids:
                self._apart.pop(id, None)

    def _set_apart(self, id: str, revision: Optional[int], seconds: float) -> None:
        with self._lock:
            self._apart[id] = (revision, time.monotonic() + seconds)

    def _put_right(self, connection: Connection) -> None:
        """Due by its column, and by what is known now not: a key that was used meanwhile needs no look. Left as it is,
        it would stand before all rows that are due later, for ever.
        """
        now_ms = self._rows.now_ms()
        right = connection.touched(now_ms=now_ms)
        if self._rows.save(right) and right.due_at_ms is not None and right.due_at_ms <= now_ms:
            self._set_apart(right.id, right.revision, REST_S)

    def _begin(self, stored: Stored) -> None:
        row = stored.row
        with self._lock:
            if row.id in self._jobs:
                return None
        why = self._rows.lacks(stored)
        if why is not None:
            return self._leave_alone(stored, why)
        try:
            connection = self._rows.open(stored)
        except VenuekeyError as error:
            return self._take_out(stored, error)
        # The key is right after all, so those rows are damaged.
        doubted = self._doubted.pop(row.sealing_key_id, set())
        if doubted:
            self._forget(doubted)
            self._bell.put(None)
        holder = holder_of_driver(self._holder)
        driver = _ConnectionDriver(connection, holder=holder, now_ms=self._rows.now_ms())
        if driver.action == "return":
            return self._put_right(connection)
        job = Job(driver, self._rows.now_ms, holder, ends=lambda: self._is_stopping)
        name = f"venuekey-{row.id[:8]}"
        thread = thread_for(own_loop(), lambda: self._work(stored, job), name=name, daemon=True)
        with self._lock:
            if self._is_stopping:
                # The end may have listed already what it waits for.
                return None
            self._jobs[row.id] = job
        try:
            thread.start()
        except BaseException:
            with self._lock:
                del self._jobs[row.id]
            raise
        return None

    def _work(self, stored: Stored, job: Job) -> None:
        id = stored.row.id
        try:
            self._hands.run(job)
        except Interrupted:
            return
        except BaseException as error:
            # One row's trouble is its own; where it happened is said, and never what is in it.
            log.error("connection %s: %s, looked at again later%s", id, place_of(error), page_for(error))
            self._set_apart(id, None, self._pause_after_failure_s)
        finally:
            with self._lock:
                if self._jobs.get(id) is job:
                    del self._jobs[id]
                self._bell.put(None)

    # Rows that can't be opened

    def _take_out(self, stored: Stored, error: VenuekeyError) -> None:
        """One bad row stops nobody: it is quarantined. What another process may be able to read is left alone."""
        row = stored.row
        if error.code == "seal_invalid" and not self._rows.is_proven(stored):
            return self._doubt(stored)
        if error.code in DAMAGE and self._rows.store.quarantine(row.id, row.revision, error.code):
            log.error("connection %s: can't be opened (%s), quarantined%s", row.id, error.code, page_for(error))
        else:
            # Of a clock that is wrong, too, and that may be put right.
            seconds = math.inf if error.code.startswith("snapshot_") else REST_S
            self._leave_alone(stored, error.code, seconds, page_for(error))

    def _doubt(self, stored: Stored) -> None:
        """Other bytes under the same id than those of other processes open no row at all, and all rows are well."""
        key_id = stored.row.sealing_key_id
        self._set_apart(stored.row.id, stored.row.revision, REST_S)
        if key_id not in self._doubted:
            self._doubted[key_id] = set()
            log.warning(
                'connection %s: left alone: no row of sealing key "%s" could be opened here: is the key right? see %s',
                stored.row.id, key_id, page_of("seal_invalid"),
            )  # fmt: skip
        self._doubted[key_id].add(stored.row.id)

    def _leave_alone(self, stored: Stored, why: str, seconds: float = math.inf, page: str = "") -> None:
        self._set_apart(stored.row.id, stored.row.revision, seconds)
        log.warning("connection %s: can't be read by this process (%s), left alone%s", stored.row.id, why, page)

    # The end

    def _any(self, but: Any = frozenset()) -> bool:
        with self._lock:
            return any(id(job) not in but for job in self._jobs.values())

    def _end(self) -> None:
        """What must be finished is; a request that may be sent again is given up, and its lease given back."""
        with self._lock:
            jobs = list(self._jobs.values())
        for job in jobs:
            job.stop()
        grace = time.monotonic() + GRACE_S
        while time.monotonic() < grace and self._any():
            time.sleep(0.01)
        while self._any(but={id(job) for job in jobs if job.is_taken}):
            for job in jobs:
                left = job.take(GRACE_S)
                if left is not None:
                    with contextlib.suppress(Exception):
                        self._hands.run(left)
            time.sleep(0.02)
        log.info("worker %s: has ended", self._holder)


def _is_apart(stored: Stored, apart: dict[str, tuple[Optional[int], float]]) -> bool:
    """Whether it is left for later, in this revision."""
    kept = apart.get(stored.row.id)
    return kept is not None and kept[0] in (None, stored.row.revision)
