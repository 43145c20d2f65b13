"""What an account holds, read from the exchange whenever its page is opened: with the shared tokens, or signed by the key.

Amounts are decimals from the exchange's text to the page's, never floating-point numbers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

import venuekey

import words
from clock import Clock
from settings import Settings
from store import Store
from tokens import Send, TokenKeeper

log = logging.getLogger("holdings")

NEWEST = 10
"""Transactions on the page."""
WORKERS = 8
"""So many may run behind one address, whose limits they share."""
RESERVATIONS = 5

SPAN_MS = 28 * 86_400_000
"""So far back. Bybit lists four weeks of deposits in one request, and transfers in four."""

Row = tuple[str, ...]
Records = Callable[[Any], AsyncIterator[Any]]
"""Every record of a read, by tokens or by key."""


@dataclass(frozen=True)
class Table:
    """One part of the page: rows, or what stands in their place."""

    title: str
    columns: Row
    rows: tuple[Row, ...] = ()
    empty: str = ""
    problem: str = ""
    code: str = ""


class Holdings:
    """Reads what an account's page shows."""

    def __init__(
        self,
        settings: Settings,
        clients: Mapping[str, venuekey.Client],
        store: Store,
        clock: Clock,
        keeper: TokenKeeper,
        send: Send,
    ) -> None:
        self._settings = settings
        self._clients = clients
        self._store = store
        self._clock = clock
        self._keeper = keeper
        self._send = send
        self._budget = venuekey.parts.RateBudget(share_of=WORKERS)

    async def tables(self, user_id: str, venue: str) -> list[Table]:
        """One after the other; what one of them lacks does not keep the others away."""
        has_tokens = self._store.tokens(user_id, venue) is not None
        records = self._by_tokens(user_id, venue) if has_tokens else self._by_key(user_id, venue)
        reads = () if records is None else self._parts(venue, records)
        until = asyncio.get_running_loop().time() + self._settings.page_patience_seconds
        tables = []
        for read in reads:
            tables.append(await self._table(venue, until, *read))
            if self._store.tokens_have_ended(user_id, venue):
                break  # the rest would be refused too, and the user is told to connect again
        return tables

    async def _table(
        self, venue: str, until: float, title: str, columns: Row, empty: str, read: Callable[[], Awaitable[list[Row]]]
    ) -> Table:
        try:
            # A refresh that has begun is finished all the same.
            async with asyncio.timeout_at(until):
                return Table(title, columns, tuple(await read()), empty)
        except venuekey.VenuekeyError as error:
            log.info("%s: %s could not be read, %s", venue, title, error)
            problem, code = words.reading(error), error.code
        except (venuekey.NoResponse, TimeoutError):
            log.info("%s: %s could not be read, no answer in time", venue, title)
            problem, code = words.NO_ANSWER, "no_response"
        return Table(title, columns, problem=problem.format(venue=self._settings.venues[venue].title), code=code)

    # What there is, however it is read. WhiteBIT's accounts are asked for one by one, so that one can fail alone.

    def _parts(self, venue: str, records: Records) -> Iterator[tuple[Any, ...]]:
        client, now_ms = self._clients[venue], self._clock.now_ms()

        async def main() -> list[Row]:
            balances = records(client.read_main_balances())
            return [(one.ticker, plain(one.main_balance)) async for one in balances if one.main_balance]

        async def spot() -> list[Row]:
            balances = records(client.read_spot_balances())
            return [(one.ticker, plain(one.available), plain(one.freeze)) async for one in balances]

        async def unified() -> list[Row]:
            balances = records(client.read_common_balances())
            return [(one.currency, plain(one.total), plain(one.used)) async for one in balances]

        async def transactions() -> list[Row]:
            # The same for every venue; its lists come one after the other, each the newest first.
            read = client.read_common_transactions(from_ms=now_ms - SPAN_MS, now_ms=now_ms)
            found = [one async for one in records(read)]
            found.sort(key=lambda one: one.at_ms or now_ms, reverse=True)
            return [transaction(one) for one in found[:NEWEST]]

        if venue == "whitebit":
            yield *words.MAIN_BALANCES, main
            yield *words.SPOT_BALANCES, spot
        else:
            yield *words.UNIFIED_BALANCES, unified
        yield *words.TRANSACTIONS, transactions

    def _by_tokens(self, user_id: str, venue: str) -> Records:
        tokens = partial(self._keeper.fresh, user_id, venue)

        async def records(read: Any) -> AsyncIterator[Any]:
            # Whether the scope allows it, and when the limits do, is known before anything is sent.
            use, now_ms = await tokens(), self._clock.now_ms()
            plan = read.preflight(use.tokens, budget=self._budget, now_ms=now_ms)
            self._budget = plan.budget
            await self._clock.sleep((plan.start_at_ms - now_ms) / 1000)
            async for one in venuekey.parts.arecords(read, tokens=tokens, send=self._send, sleep=self._clock.sleep):
                yield one

        return records

    def _by_key(self, user_id: str, venue: str) -> Records | None:
        credentials = self._store.credentials(user_id, venue)
        if credentials is None:
            return None
        signer = self._settings.venues[venue].signer(credentials["api_key"], credentials["api_secret"])
        ahead_ms: int | None = None

        async def records(read: Any) -> AsyncIterator[Any]:
            nonlocal ahead_ms
            if ahead_ms is None:  # Bybit refuses a number that is not the time; its own clock counts
                sent_ms = self._clock.now_ms()
                reply = await self._send(signer.ask_time())
                offset = signer.receive_time(reply, sent_at_ms=sent_ms, received_at_ms=self._clock.now_ms())
                ahead_ms = offset.ahead_ms
            nonce = partial(self._nonce, user_id, venue, ahead_ms)
            with_key: Any = {"signer": signer, "nonce_ms": nonce, "send": self._send, "sleep": self._clock.sleep}
            async for one in venuekey.parts.arecords(read, **with_key):
                yield one

        return records

    def _nonce(self, user_id: str, venue: str, ahead_ms: int) -> int:
        """The next number for this key; no other worker gets the same one."""
        for _ in range(RESERVATIONS):
            blocks: list[venuekey.parts.Nonces] = []
            venue_now_ms = self._clock.now_ms() + ahead_ms

            def reserve(reserved: int) -> int:
                blocks.append(venuekey.parts.Nonces.reserve(reserved, 1, venue_now_ms=venue_now_ms))  # noqa: B023
                return blocks[-1].reserved

            if self._store.move_nonces(user_id, venue, reserve):
                return blocks[-1].take(venue_now_ms=venue_now_ms) or blocks[-1].reserved
        raise RuntimeError("other workers move this key's nonces all the time")


def plain(amount: Decimal | None) -> str:
    """All of its digits, and no exponent; nothing where the venue doesn't tell."""
    return "" if amount is None else f"{amount:f}"


def transaction(one: venuekey.parts.CommonTransaction) -> Row:
    what = words.KIND.get(one.kind or "", "Other")
    state = words.TRANSACTION.get(one.state or "", "state unknown")
    at = one.at.strftime("%Y-%m-%d %H:%M") if one.at else ""
    return (at, f"{what}, {state}", f"{plain(one.amount)} {one.currency}")
