"""What the pages and the JSON API do alike: begin a connection, take what comes back, go on, forget."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import venuekey

from clock import Clock
from crypto import VaultError
from store import Store
from worker import Worker

log = logging.getLogger("connections")


class NoPendingFlow(Exception):
    """No connection of this browser waits for a callback, and none has had one."""


class Busy(Exception):
    """Another connection of this user is in full swing; what was brought is not taken, and not spent."""


class Unreadable(Exception):
    """What is stored of this connection can't be read any more."""


class Connections:
    """Of the user whom the session names, never of one whom an address or a body names."""

    def __init__(self, clients: Mapping[str, venuekey.Client], store: Store, clock: Clock, worker: Worker) -> None:
        self._clients = clients
        self._store = store
        self._clock = clock
        self._worker = worker

    def begin(self, user_id: str, venue: str, goal: venuekey.parts.Goal) -> venuekey.parts.Started | None:
        """None where one is in full swing, which goes on."""
        started = self._clients[venue].begin(goal, now_ms=self._clock.now_ms())
        return started if self._store.save(started.pending.snapshot(), user_id, venue) else None

    def receive_callback(self, user_id: str | None, venue: str, url: str) -> str:
        """The flow's id, also where it has had its callback before: browsers reload, pages send twice.

        Raises VenuekeyError where the callback is refused; the flow goes on waiting for the true one.
        """
        row = self._store.flow(user_id, venue) if user_id else None
        if user_id is None or row is None or row.status != "awaiting_callback":
            flow_id = row.flow_id if row else self._connected_by(user_id, venue)
            if flow_id is None:
                log.info("%s: a callback without a connection of this browser was refused", venue)
                raise NoPendingFlow
            return flow_id
        try:
            flow = self._clients[venue].restore(self._store.snapshot_of(row))
        except (venuekey.VenuekeyError, VaultError) as error:
            log.error("flow %s %s can't be continued: %s", row.flow_id[:8], venue, error)
            self._store.mark_broken(row)
            raise Unreadable from None
        try:
            step = flow.receive_callback(url, now_ms=self._clock.now_ms())
        except venuekey.VenuekeyError as error:
            log.info("%s: a callback was refused, %s", venue, error.code)
            raise
        self.save(step, user_id, venue)
        return row.flow_id

    def save(self, step: venuekey.parts.Step, user_id: str, venue: str) -> bool:
        """What a callback or a button has made `ready`. Of two at once one wins, and a worker goes on from what is stored:
        in this process or another."""
        is_first = self._store.save(step.flow.snapshot(), user_id, venue)
        if is_first:
            self._worker.sweep()
        return is_first

    def _connected_by(self, user_id: str | None, venue: str) -> str | None:
        try:
            account = self._store.summary(user_id, venue) if user_id else None
        except VaultError:
            raise Unreadable from None
        return str(account["flow_id"]) if account else None

    def accept_hand_off(self, user_id: str, hand_off: str) -> str | None:
        """From an app that has begun by itself. The flow's id; None where it has been here: its code is spent.

        The user is whoever is logged in, never what the hand-off says.
        """
        try:
            step = self._clients["whitebit"].accept_hand_off(hand_off, now_ms=self._clock.now_ms())
        except venuekey.VenuekeyError as error:
            log.info("whitebit: a hand-off was refused, %s", error.code)
            raise
        if not self.save(step, user_id, "whitebit"):
            if self._store.is_used(step.flow.flow_id):
                return None
            raise Busy
        return step.flow.flow_id

    def recover(self, user_id: str, venue: str) -> str:
        """Raises MisuseError where there is nothing to recover from: pressed twice, or on an old page."""
        row = self._store.flow(user_id, venue)
        if row is None:
            raise NoPendingFlow
        try:
            flow = self._clients[venue].restore(self._store.snapshot_of(row))
        except VaultError:
            raise Unreadable from None
        self.save(flow.recover(now_ms=self._clock.now_ms()), user_id, venue)
        return row.flow_id
