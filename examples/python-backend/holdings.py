"""What an account holds, read from the exchange whenever its page is opened: with the shared tokens, or signed by the key.

Amounts are decimals from the exchange's text to the page's, never floating-point numbers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
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

Row = tuple[str, ...]


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
        if self._store.tokens(user_id, venue) is None:
            reads = self._by_key(user_id, venue)
        else:
            reads = self._by_tokens(user_id, venue)
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

    # With tokens.

    def _by_tokens(self, user_id: str, venue: str) -> Iterator[tuple[Any, ...]]:
        client, tokens = self._clients[venue], partial(self._keeper.fresh, user_id, venue)

        async def records(read: Any) -> AsyncIterator[Any]:
            # Whether the scope allows it, and when the limits do, is known before anything is sent.
            use, now_ms = await tokens(), self._clock.now_ms()
            plan = read.preflight(use.tokens, budget=self._budget, now_ms=now_ms)
            self._budget = plan.budget
            await self._clock.sleep((plan.start_at_ms - now_ms) / 1000)
            async for one in venuekey.parts.arecords(read, tokens=tokens, send=self._send, sleep=self._clock.sleep):
                yield one

        async def main() -> list[Row]:
            balances = records(client.read_main_balances())
            return [(one.ticker, plain(one.main_balance)) async for one in balances if one.main_balance]

        async def spot() -> list[Row]:
            balances = records(client.read_spot_balances())
            return [(one.ticker, plain(one.available), plain(one.freeze)) async for one in balances]

        async def transactions() -> list[Row]:
            rows: list[Row] = []
            async for one in records(client.read_transactions(limit=NEWEST)):
                what = words.METHOD.get(one.method, one.method)
                state = words.TRANSACTION.get(one.state or "", f"status {one.status}")
                rows.append((moment(one.created_at_s), f"{what}, {state}", f"{plain(one.amount)} {one.ticker}"))
                if len(rows) == NEWEST:
                    break
            return rows

        yield *words.MAIN_BALANCES, main
        yield *words.SPOT_BALANCES, spot
        yield *words.TRANSACTIONS, transactions

    # With the key: any path of the private API can be signed.

    def _by_key(self, user_id: str, venue: str) -> Iterator[tuple[Any, ...]]:
        credentials = self._store.credentials(user_id, venue)
        if credentials is None or venue != "whitebit":
            return
        signer = self._settings.venues[venue].signer(credentials["api_key"], credentials["api_secret"])

        async def ask(path: str) -> dict[str, dict[str, str]]:
            nonce_ms = self._nonce(user_id, venue)
            reply = await venuekey.parts.acall(signer, "POST", path, {}, send=self._send, nonce_ms=nonce_ms)
            return reply.json() or {}  # an empty object may come as [] (facts/whitebit.md, 6)

        async def main() -> list[Row]:
            answer = await ask("/api/v4/main-account/balance")
            amounts = {ticker: Decimal(row["main_balance"]) for ticker, row in answer.items()}
            return [(ticker, plain(amount)) for ticker, amount in amounts.items() if amount]

        async def spot() -> list[Row]:
            answer = await ask("/api/v4/trade-account/balance")
            amounts = {ticker: (Decimal(row["available"]), Decimal(row["freeze"])) for ticker, row in answer.items()}
            return [(ticker, plain(free), plain(held)) for ticker, (free, held) in amounts.items() if free or held]

        yield *words.MAIN_BALANCES, main
        yield *words.SPOT_BALANCES, spot

    def _nonce(self, user_id: str, venue: str) -> int:
        """The next number for this key; no other worker gets the same one."""
        for _ in range(RESERVATIONS):
            blocks: list[venuekey.parts.Nonces] = []

            def reserve(reserved: int) -> int:
                blocks.append(venuekey.parts.Nonces.reserve(reserved, 1, venue_now_ms=self._clock.now_ms()))
                return blocks[-1].reserved

            if self._store.move_nonces(user_id, venue, reserve):
                return blocks[-1].take(venue_now_ms=self._clock.now_ms()) or blocks[-1].reserved
        raise RuntimeError("other workers move this key's nonces all the time")


def plain(amount: Decimal) -> str:
    """All of its digits, and no exponent."""
    return f"{amount:f}"


def moment(unix_s: int) -> str:
    return datetime.fromtimestamp(unix_s, timezone.utc).strftime("%Y-%m-%d %H:%M")
