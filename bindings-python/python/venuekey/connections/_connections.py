"""The whole of it: what the web asks for, sessions, and the worker."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Callable, Optional

from .. import senders
from .._errors import VenuekeyError
from .._shelter import signals_wait
from ._account import Account
from ._arguments import (
    ANY_OWNER,
    Owner,
    check_deadline,
    check_parts,
    check_venue,
    check_whole,
    owner_or_any,
    wrong,
)
from ._clocks import Uses
from ._errors import AmbiguousAccount, ConnectionNotFound, misuse, page_for
from ._pace import Budget
from ._rows import Rows
from ._view import ConnectionView, Event
from ._web import Web
from ._work import Hands
from ._worker import Worker

if TYPE_CHECKING:
    from .._names import Venue
    from .._native import Client, HttpRequest, HttpResponse, SealingKeys
    from ..stores import Store, Stored

log = logging.getLogger("venuekey")


class Connections(Web):
    """Users' accounts at venues, one row each in a store that any number of processes share.

    The methods for web requests record what is wanted and return; a worker does the rest. Threads may share it. Every
    call may raise `venuekey.stores.StoreError`, and those that take an `id` raise `ConnectionNotFound` if there is
    no such connection or it belongs to another `owner`; pass `owner` whenever the id comes from a browser.

    Args:
        clients: each client by a name of your own, 1 to 64 bytes. Rows hold the name: keep it.
        store: one of `venuekey.stores`, `venuekey.django.DjangoStore`, or one of your own.
        keys: seal the rows at rest.
        send: sends a request exactly as it is, as for `drive`; by default with httpx, or else with requests.
        on_event: called with each event at least once, in a worker's thread. If it raises, it is called again after
            a minute.
        clock: returns Unix milliseconds; by default the store's clock if it has one, else the operating system's.
        sleep: sleeps for a number of seconds.
        concurrency: how many connections one worker handles at a time.
        share_of: how many processes share one IP address, and so the venue's limits, for `Account.call`.

    Raises:
        MisuseError: `invalid_argument` for an argument that is not what it must be; the hint names it.
        ImportError: neither httpx nor requests is installed, and there is no `send`.
    """

    def __init__(
        self,
        clients: Mapping[str, Client],
        store: Store,
        keys: SealingKeys,
        *,
        send: Optional[Callable[[HttpRequest], HttpResponse]] = None,
        on_event: Optional[Callable[[Event], object]] = None,
        clock: Optional[Callable[[], int]] = None,
        sleep: Callable[[float], object] = time.sleep,
        concurrency: int = 8,
        share_of: int = 1,
    ) -> None:
        check_parts(clients, store, keys, send=send, on_event=on_event, clock=clock, sleep=sleep)
        check_whole(concurrency=concurrency, share_of=share_of)
        self._rows = Rows(clients, store, keys, clock)
        self._hands = Hands(self._rows, send or default_sender(), on_event, sleep)
        self._uses = Uses(self._rows)
        self._budget = Budget(self._rows, sleep, share_of)
        self._concurrency = concurrency
        self._workers: list[Worker] = []

    def __repr__(self) -> str:
        return f"Connections({', '.join(sorted(self._rows.clients))})"

    # Sessions

    def account(self, id: Optional[str] = None, *, owner: Owner = ANY_OWNER, venue: Optional[Venue] = None) -> Account:
        """A session with one connection: by its id, or by its owner and venue if there is only one.

        Raises:
            ConnectionNotFound: there is none, or it is at another venue.
            AmbiguousAccount: there is more than one that has not ended, including those that the user never finished.
            MisuseError: `invalid_argument` without an id and an owner, or for an unknown venue.
        """
        of = owner_or_any(owner)
        check_venue(venue)
        if id is None:
            id = self._only_one(of, venue)
        else:
            stored = self._rows.stored(id, of)
            if venue is not None and self._told(stored)[1] != venue:
                raise ConnectionNotFound(f"this connection is not at {venue}")
        return Account(id, of, self._hands, self._budget, self._uses)

    def _only_one(self, owner: Optional[str], venue: Optional[Venue]) -> str:
        if owner is None:
            raise wrong("account needs an id, or an owner")
        opens: list[str] = []
        others: list[str] = []
        for stored in self._rows.find(owner):
            status, at, can_be_opened = self._told(stored)
            if status != "ended" and venue in (None, at):
                (opens if can_be_opened else others).append(stored.row.id)
        # One that can't be opened must not hide one that can. Alone, its calls say what is wrong with it.
        found = opens or others
        if len(found) > 1:
            raise AmbiguousAccount(f"this owner has {len(found)} connections there: name one by its id")
        if not found:
            raise ConnectionNotFound("this owner has no connection there")
        return found[0]

    def _told(self, stored: Stored) -> tuple[str, str, bool]:
        """Its status and venue, by what is sealed; by the columns only where that can't be opened."""
        try:
            connection = self._rows.open(stored)
        except VenuekeyError:
            return stored.row.status, stored.row.venue, False
        return connection.status, connection.client.venue, True

    # The worker

    def run(self, holder: Optional[str] = None) -> None:
        """Works until `stop`, until SIGTERM or SIGINT if this is the main thread, or until the program ends.

        Then it takes no new work and returns within a second or, if a request is in flight that may have taken
        effect, as soon as its reply is stored (at most 45 s while the store works). It waits as long for a store that
        fails just before a request is sent.

        Args:
            holder: the worker's name, 1 to 64 printable bytes. No two workers may share one; the default is
                unique.

        Raises:
            MisuseError: `invalid_argument` for any other holder, and for a clock that returns no Unix milliseconds.
        """
        self._with_worker(holder, Worker.run)

    def run_once(self, deadline_s: Optional[float] = None, holder: Optional[str] = None) -> Optional[int]:
        """Does what is due and returns, for cron and for serverless. A connection that fails is left for the next run.

        Args:
            deadline_s: takes no new work after this many seconds; it still waits for a reply that is on its way,
                at most 45 s.
            holder: as of `run`.

        Returns:
            When something is due next, in Unix milliseconds; `None` if nothing is. Of what has failed and what this
            process can't open, which stay due, it says when to look again: in a second, and in a minute.

        Raises:
            MisuseError: `invalid_argument` for a `deadline_s` that isn't a number, and as `run` does.
        """
        check_deadline(deadline_s)
        return self._with_worker(holder, lambda worker: worker.run_once(deadline_s))

    @contextlib.contextmanager
    def working(self, holder: Optional[str] = None) -> Iterator[None]:
        """A worker in a thread of this process, for as long as the block runs: for a web server's lifespan. The end of
        the block waits as the end of `run` does.

        >>> with connections.working():  # doctest: +SKIP
        ...     server.serve_forever()
        """
        # A clock that is none is told before the block.
        self._rows.now_ms()
        worker = self._worker(holder)
        thread = threading.Thread(target=worker.run, name="venuekey-working", daemon=True)
        try:
            with signals_wait():
                thread.start()
            yield
        finally:
            worker.stop()
            with signals_wait():
                thread.join()
            self._workers.remove(worker)

    def stop(self) -> None:
        """Ends every `run` and `run_once` of this object that has begun. From any thread."""
        for worker in [*self._workers]:
            worker.stop()

    # At rest

    def reseal(self, limit: int = 100) -> int:
        """Reseals rows that an older key sealed. Call it until it returns 0; then no row needs an older key.

        Args:
            limit: the maximum number of rows, 1 or more.

        Returns:
            How many it has resealed.

        Raises:
            MisuseError: `invalid_configuration` if rows remain that this process can't open: the hint names one;
                `invalid_argument` for any other limit.
        """
        check_whole(limit=limit)
        done, after, left = 0, "", ""
        while done < limit:
            ids = self._rows.store.rows_sealed_by_others(self._rows.keys.newest_id, limit - done, after)
            if not ids:
                break
            after = ids[-1]
            for id in ids:
                # A revision of its own, since the seal is bound to it.
                with contextlib.suppress(ConnectionNotFound):
                    try:
                        self._rows.apply(id, None, lambda connection, now_ms: connection.touched(now_ms=now_ms))
                        done += 1
                    except VenuekeyError as error:
                        left = left or id
                        log.warning("connection %s: can't be sealed anew (%s)%s", id, error.code, page_for(error))
        if left and not done:
            hint = f"rows are left that can't be opened here, the first is {left}: give the key that sealed it"
            raise misuse("invalid_configuration", hint)
        return done

    def release(self, id: str) -> ConnectionView:
        """Takes a row out of quarantine, once whatever kept it from being opened has been fixed.

        Raises:
            VenuekeyError: it still can't be opened.
        """
        return self._apply(id, ANY_OWNER, lambda connection, now_ms: connection.touched(now_ms=now_ms))

    def _worker(self, holder: Optional[str]) -> Worker:
        worker = Worker(self._hands, holder, self._concurrency)
        self._workers.append(worker)
        return worker

    def _with_worker(self, holder: Optional[str], work: Callable[[Worker], Optional[int]]) -> Optional[int]:
        worker = self._worker(holder)
        try:
            with self._hands.stops(worker):
                return work(worker)
        finally:
            self._workers.remove(worker)


def default_sender() -> Callable[[HttpRequest], HttpResponse]:
    for make in (senders.httpx_sender, senders.requests_sender):
        with contextlib.suppress(ImportError):
            return make()
    raise ImportError('requests are sent by httpx or requests: pip install "venuekey[httpx]", or give `send`')
