"""What an account holds, read from the exchange whenever its page is opened, by the tokens or the key that there is.

Amounts are decimals from the exchange's text to the page's, never floating-point numbers.
"""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import venuekey
from venuekey.connections import AsyncAccount

import words

log = logging.getLogger("holdings")

NEWEST = 10
"""Transactions on the page."""
SPAN_MS = 28 * 86_400_000
"""So far back. Bybit lists four weeks of deposits in one request, and transfers in four."""

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
    """Reads what the page of one account shows."""

    def __init__(
        self, account: AsyncAccount, client: venuekey.Client, goal: str, title: str, patience_s: float
    ) -> None:
        self._account = account
        self._client = client
        self._goal = goal
        self._title = title
        self._until = time.monotonic() + patience_s

    async def tables(self) -> list[Table]:
        """One after the other; what one of them lacks does not keep the others away."""
        return [await self._table(*part) for part in self._parts()]

    async def _table(self, title: str, columns: Row, empty: str, read: Callable[[], Awaitable[list[Row]]]) -> Table:
        try:
            return Table(title, columns, tuple(await read()), empty)
        except venuekey.VenuekeyError as error:
            log.info("%s: %s could not be read, %s", self._title, title, error)
            problem, code = words.reading(error), error.code
        except venuekey.NoResponse:
            log.info("%s: %s could not be read, no answer", self._title, title)
            problem, code = words.NO_ANSWER, "no_response"
        return Table(title, columns, problem=problem.format(venue=self._title), code=code)

    async def _records(self, read: Any) -> AsyncIterator[Any]:
        patience_s = max(0.0, self._until - time.monotonic())
        if self._goal == "account_tokens":
            # A scope that is missing is known before anything is sent, and not taken for the end of the tokens.
            access = await self._account.tokens(patience_s=patience_s)
            read.preflight(access.tokens, budget=venuekey.parts.RateBudget())
        async for record in self._account.records(read, patience_s=patience_s):
            yield record

    def _parts(self) -> Iterator[tuple[Any, ...]]:
        """WhiteBIT's accounts are asked for one by one, so that one can fail alone."""
        client, records = self._client, self._records

        async def main() -> list[Row]:
            balances = records(client.read_main_balances())
            return [(one.ticker, plain(one.main_balance)) async for one in balances if one.main_balance]

        async def spot() -> list[Row]:
            balances = records(client.read_spot_balances())
            return [(one.ticker, plain(one.available), plain(one.freeze)) async for one in balances]

        async def unified() -> list[Row]:
            return [
                (one.currency, plain(one.total), plain(one.used))
                async for one in records(client.read_common_balances())
            ]

        async def transactions() -> list[Row]:
            # The same for every venue; its lists come one after the other, each the newest first.
            now_ms = int(time.time() * 1000)
            read = client.read_common_transactions(from_ms=now_ms - SPAN_MS, now_ms=now_ms)
            found = sorted([one async for one in records(read)], key=lambda one: one.at_ms or now_ms, reverse=True)
            return [transaction(one) for one in found[:NEWEST]]

        if client.venue == "whitebit":
            yield *words.MAIN_BALANCES, main
            yield *words.SPOT_BALANCES, spot
        else:
            yield *words.UNIFIED_BALANCES, unified
        yield *words.TRANSACTIONS, transactions


def plain(amount: Decimal | None) -> str:
    """All of its digits, and no exponent; nothing where the venue doesn't tell."""
    return "" if amount is None else f"{amount:f}"


def transaction(one: venuekey.parts.CommonTransaction) -> Row:
    what = words.KIND.get(one.kind or "", "Other")
    state = words.TRANSACTION.get(one.state or "", "state unknown")
    at = one.at.strftime("%Y-%m-%d %H:%M") if one.at else ""
    return (at, f"{what}, {state}", f"{plain(one.amount)} {one.currency}")
