"""Tokens that all workers share: kept alive in the background, and fresh for whoever needs them.

A pair of WhiteBIT's lives for ten minutes and is replaced as a whole. Any worker may refresh it; the library's plan and
the store's compare-and-set see to it that one does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

import venuekey

from clock import Clock
from crypto import VaultError
from database import log_trouble
from store import Store

log = logging.getLogger("tokens")

LOOK_SECONDS = 15.0
APART_SECONDS = 1.0
"""WhiteBIT takes one refresh a second."""
PATIENCE_SECONDS = 5.0
"""How long a page waits while the exchange limits or fails."""

Send = Callable[[venuekey.parts.HttpRequest], Awaitable[venuekey.parts.HttpResponse]]


class TokenKeeper:
    """Looks after every pair in the store."""

    def __init__(self, clients: Mapping[str, venuekey.Client], store: Store, clock: Clock, send: Send) -> None:
        self._clients = clients
        self._store = store
        self._clock = clock
        self._send = send
        self._looks: dict[tuple[str, str], asyncio.Task[None]] = {}

    async def fresh(
        self,
        user_id: str,
        venue: str,
        refused_generation: int | None = None,
        patience_s: float = PATIENCE_SECONDS,
    ) -> venuekey.parts.UseTokens:
        """Tokens that work, refreshed by this worker or another where that is due. Called before each request."""
        client = self._clients[venue]

        def load() -> str | None:
            return self._store.tokens(user_id, venue)

        def save(snapshot: venuekey.parts.Snapshot) -> bool:
            return self._store.save_tokens(snapshot, user_id, venue)

        while True:
            try:
                use = await venuekey.parts.afresh_tokens(
                    client, load=load, save=save, send=self._send, refused_generation=refused_generation,
                    patience_s=patience_s, sleep=self._clock.sleep, clock=self._clock.now_ms,
                )  # fmt: skip
                self._store.look_at_tokens(user_id, venue, use.refresh_at_ms or use.tokens.expires_at_ms)
                return use
            except venuekey.parts.TokensUnsaved as failure:
                await self._hold(client, failure, load, save)

    async def _hold(
        self,
        client: venuekey.Client,
        failure: venuekey.parts.TokensUnsaved,
        load: Callable[[], str | None],
        save: Callable[[venuekey.parts.Snapshot], bool],
    ) -> None:
        """The exchange will not send this pair again: keep it until the disk is back."""
        while True:
            log.error("the store failed (%s); trying again", type(failure.__cause__).__name__)
            await asyncio.sleep(1)
            try:
                return await venuekey.parts.akeep_tokens(client, failure.shared, load=load, save=save)
            except venuekey.parts.TokensUnsaved as again:
                failure = again

    async def keep_on(self) -> None:
        """Until it is cancelled; a refresh on its way is finished then."""
        try:
            while True:
                try:
                    await self._look_around()
                except Exception as error:  # whatever it is, the next look comes
                    log_trouble(log, "looking after the tokens failed", error)
                await self._clock.sleep(LOOK_SECONDS)
        finally:
            looks = [*self._looks.values()]
            for look in looks:
                look.cancel()
            await asyncio.gather(*looks, return_exceptions=True)

    async def _look_around(self) -> None:
        for pair in self._store.due_tokens(self._clock.now_ms()):
            if pair not in self._looks:
                self._looks[pair] = look = asyncio.create_task(self._look(*pair))
                look.add_done_callback(lambda _, pair=pair: self._looks.pop(pair))  # type: ignore[misc]
                await self._clock.sleep(APART_SECONDS)

    async def _look(self, user_id: str, venue: str) -> None:
        name = f"tokens of user {user_id[:8]} {venue}"
        try:
            await self._look_once(name, user_id, venue)
        except Exception:
            log.exception("%s: a defect; trying again", name)

    async def _look_once(self, name: str, user_id: str, venue: str) -> None:
        try:
            use = await self.fresh(user_id, venue, patience_s=0)
            log.info("%s: generation %d", name, use.generation)
        except LookupError:
            pass  # disconnected meanwhile
        except (venuekey.ReauthorizeError, VaultError) as error:
            log.info("%s: ended, %s", name, error)
            self._store.end_tokens(user_id, venue)
        except venuekey.VenuekeyError as error:
            log.info("%s: %s", name, error)
            wait_ms = max(error.retry_after_ms or 0, int(LOOK_SECONDS * 1000))
            self._store.look_at_tokens(user_id, venue, self._clock.now_ms() + wait_ms)
