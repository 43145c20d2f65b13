"""Drives flows: one task each, under a lease, so that no two processes run the same one.

A sweep finds flows that nobody runs: those that a callback or a button has just made ready, in this process or
another, those a dead process left behind, and those whose user never came back from the exchange.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

import venuekey

import accounts
from clock import Clock
from crypto import VaultError
from database import ERRORS, log_trouble
from leases import REQUEST_SECONDS, SECONDS, Owner
from store import FlowRow, Store
from tokens import Send, TokenKeeper

log = logging.getLogger("worker")

SWEEP_SECONDS = 1.0
DRAIN_SECONDS = float(REQUEST_SECONDS)
"""How long an ending process waits for a reply. Who stops it by force must wait longer."""


class Stopping(Exception):
    """The process ends; the flow is stored and waits, so another process can go on with it."""


class Worker:
    """Runs flows until they are done or have failed."""

    def __init__(
        self,
        clients: Mapping[str, venuekey.Client],
        store: Store,
        clock: Clock,
        owner: Owner,
        keeper: TokenKeeper,
        send: Send,
    ) -> None:
        self._clients = clients
        self._store = store
        self._clock = clock
        self._owner = owner
        self._keeper = keeper
        self._send = send
        self._runs: set[asyncio.Task[None]] = set()  # named by flow_id
        self._housekeeping: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()

    def sweep(self) -> None:
        """Goes on with every flow that nobody runs. It happens by itself each second; calling it saves the wait."""
        try:
            for row in self._store.unfinished(self._clock.now_ms()):
                try:
                    self._take_over(row)
                except ERRORS:
                    raise  # the database's trouble, and not this row's
                except Exception as error:
                    self._set_aside(row, error)
        except Exception as error:  # whatever it is, the next sweep comes
            log_trouble(log, "the sweep failed", error)

    # The process's life.

    def start(self) -> None:
        chores = (self._sweep_on(), self._renew_on(), self._keeper.keep_on())
        self._housekeeping = [asyncio.create_task(chore) for chore in chores]

    async def stop(self) -> None:
        """Lets requests end, so that their outcome is known; flows that only wait stop at once."""
        self._stopping.set()
        if self._runs:
            await asyncio.wait(set(self._runs), timeout=DRAIN_SECONDS)
        left = [*self._runs, *self._housekeeping]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    # One flow.

    async def _run(self, step: venuekey.parts.Step, user_id: str) -> None:
        flow = step.flow
        name = f"flow {flow.flow_id[:8]} {flow.venue} {flow.operation}"
        progress = ""

        def on_step(step: venuekey.parts.Step) -> None:
            nonlocal progress
            progress = _progress(step)
            if progress:
                log.info("%s: %s", name, progress)

        def save(snapshot: venuekey.parts.Snapshot) -> bool:
            return self._store.save(snapshot, user_id, flow.venue, self._owner.name, progress)

        try:
            try:
                self._finish(await self._drive(step, save, on_step), user_id)
                log.info("%s: done", name)
            except venuekey.VenuekeyError as error:
                # Its text holds no secret and none of the venue's words.
                log.info("%s: failed, %s; recovery: %s", name, error, error.recovery or "none")
                if error.code != "superseded":  # the tokens of the worker that was first are newer
                    self._keep_tokens(error.flow, user_id)
        except Stopping:
            log.info("%s: stopped while it waits; it goes on at the next start", name)
        except VaultError as error:
            log.error("%s: its account's row can't be opened: %s", name, error)
        except Exception:
            log.exception("%s: a defect; the sweep tries again", name)

    async def _drive(
        self,
        step: venuekey.parts.Step,
        save: Callable[[venuekey.parts.Snapshot], bool],
        on_step: Callable[[venuekey.parts.Step], None],
    ) -> venuekey.parts.Done:
        while True:
            try:
                return await venuekey.parts.adrive(
                    step, send=self._send, save=save, sleep=self._sleep, clock=self._clock.now_ms, on_step=on_step
                )
            except venuekey.parts.SaveFailed as failure:
                # A secret that the venue shows once may be inside: hold on to it until the disk is back.
                log.error("the store failed (%s); trying again", type(failure.__cause__).__name__)
                step = failure.step
                await asyncio.sleep(1)

    async def _sleep(self, seconds: float) -> None:
        nap = asyncio.ensure_future(self._clock.sleep(seconds))
        stop = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait({nap, stop}, return_when=asyncio.FIRST_COMPLETED)
        nap.cancel()
        stop.cancel()
        if self._stopping.is_set():
            raise Stopping

    def _finish(self, done: venuekey.parts.Done, user_id: str) -> None:
        match done.outcome:
            case venuekey.parts.ApiKeyGranted(key, tokens):
                summary = accounts.summary_of(key, done.flow.flow_id)
                self._store.connect(done.flow, user_id, summary, accounts.credentials_of(key, tokens))
            case venuekey.parts.AccountTokens(tokens, _):
                shared = self._clients[done.flow.venue].share_tokens(tokens, now_ms=self._clock.now_ms())
                summary = accounts.summary_of_tokens(tokens, done.flow.flow_id)
                self._store.connect(done.flow, user_id, summary, {}, shared.snapshot())
            case venuekey.parts.KeyDeleted():
                self._store.disconnect(user_id, done.flow.venue, done.flow.flow_id)
            case _:
                # A checked key: its row stays, because the page is made from it.
                self._keep_tokens(done.flow, user_id)

    def _keep_tokens(self, flow: venuekey.parts.Flow | None, user_id: str) -> None:
        """A check or a deletion may have refreshed the account's tokens, and the old ones are void then."""
        if flow is not None and flow.tokens is not None and flow.operation in ("check_key", "delete_key"):
            self._store.replace_tokens(user_id, flow.venue, accounts.tokens_to_json(flow.tokens))

    # Flows that nobody runs.

    async def _sweep_on(self) -> None:
        while True:
            self.sweep()
            await asyncio.sleep(SWEEP_SECONDS)

    def _take_over(self, row: FlowRow) -> None:
        client = self._clients.get(row.venue)
        if client is None or self._stopping.is_set() or not self._is_free(row):
            return
        if not self._store.take_lease(row, self._owner.name):
            return
        # Ready, this sends. In flight, it tells the library that no reply is known: never just "send again".
        step = client.restore(self._store.snapshot_of(row)).resume(now_ms=self._clock.now_ms())
        log.info("flow %s %s %s: taken up, it was %s", row.flow_id[:8], row.venue, row.operation, row.status)
        run = asyncio.create_task(self._run(step, row.user_id), name=row.flow_id)
        self._runs.add(run)
        run.add_done_callback(self._runs.discard)

    def _set_aside(self, row: FlowRow, error: Exception) -> None:
        """One bad row is one bad row: it stays as it is, for whoever looks at it, and the sweep goes on with the others."""
        why = str(error) if isinstance(error, (venuekey.VenuekeyError, VaultError)) else type(error).__name__
        log.error("flow %s %s can't be continued: %s", row.flow_id[:8], row.venue, why)
        self._store.mark_broken(row)

    def _is_free(self, row: FlowRow) -> bool:
        if any(run.get_name() == row.flow_id for run in self._runs):
            return False
        return row.lease_owner is None or self._owner.may_succeed(row.lease_owner, row.lease_until_ms)

    async def _renew_on(self) -> None:
        while True:
            await asyncio.sleep(SECONDS / 3)
            try:
                self._store.renew_leases(self._owner.name)
            except Exception as error:
                log_trouble(log, "renewing leases failed", error)


def _progress(step: venuekey.parts.Step) -> str:
    match step:
        case venuekey.parts.Send(request, _):
            return f"send {request.purpose}"
        case venuekey.parts.Wait(_, reason, _):
            return f"wait {reason}"
        case _:
            return ""
