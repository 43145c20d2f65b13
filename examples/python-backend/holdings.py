"""What an account holds, read from the exchange whenever its page is opened, by the tokens or the key that there is.

Amounts are decimals from the exchange's text to the page's, never floating-point numbers.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import venuekey
from venuekey import AsyncAccount
from venuekey.web import Texts

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
    empty: str
    rows: tuple[Row, ...] = ()
    problem: str = ""
    code: str = ""


Part = tuple[str, Row, str, Any, Callable[[list[Any]], list[Row]]]
"""How one is made: title, columns, what stands there where there is nothing, a read, and the rows of its records."""


async def tables(account: AsyncAccount, client: venuekey.Client, texts: Texts, patience_s: float) -> list[Table]:
    """One after the other; what one of them lacks does not keep the others away."""
    until, found = time.monotonic() + patience_s, []
    for title, columns, empty, read, rows in _parts(client):
        try:
            records = account.records(read, patience_s=max(0.0, until - time.monotonic()))
            found.append(Table(title, columns, empty, tuple(rows([one async for one in records]))))
            continue
        except venuekey.VenuekeyError as error:
            code, problem = error.code, texts.of_error(error, client.venue).happened
        except venuekey.NoResponse:
            code, problem = "no_response", words.NO_REPLY.format(venue=texts.venue(client.venue))
        log.info("%s: %s could not be read, %s", client.venue, title, code)
        found.append(Table(title, columns, empty, problem=problem, code=code))
    return found


def _parts(client: venuekey.Client) -> Iterator[Part]:
    """WhiteBIT's accounts are asked for one by one, so that one can fail alone."""
    nothing, now_ms = "Nothing in there.", int(time.time() * 1000)
    if client.venue == "whitebit":
        yield (
            "Main account", ("Currency", "Amount"), nothing, client.read_main_balances(),
            lambda found: [(one.ticker, plain(one.main_balance)) for one in found if one.main_balance],
        )  # fmt: skip
        yield (
            "Spot account", ("Currency", "Free", "In orders"), nothing, client.read_spot_balances(),
            lambda found: [(one.ticker, plain(one.available), plain(one.freeze)) for one in found],
        )  # fmt: skip
    else:
        yield (
            "Unified account", ("Currency", "Amount", "In orders"), nothing, client.read_common_balances(),
            lambda found: [(one.currency, plain(one.total), plain(one.used)) for one in found],
        )  # fmt: skip

    def newest(found: list[Any]) -> list[Row]:
        # The lists come one after the other.
        return [_transaction(one) for one in sorted(found, key=lambda one: one.at_ms or now_ms, reverse=True)[:NEWEST]]

    read = client.read_common_transactions(from_ms=now_ms - SPAN_MS, now_ms=now_ms)
    columns, none = ("Time (UTC)", "What", "Amount"), "None in the last four weeks."
    yield "Last deposits and withdrawals", columns, none, read, newest


def plain(amount: Decimal | None) -> str:
    """All of its digits, and no exponent; nothing where the venue doesn't tell."""
    return "" if amount is None else f"{amount:f}"


def _transaction(one: venuekey.parts.CommonTransaction) -> Row:
    state = "done" if one.state == "successful" else (one.state or "state unknown").replace("_", " ")
    at = one.at.strftime("%Y-%m-%d %H:%M") if one.at else ""
    return (at, f"{(one.kind or 'other').capitalize()}, {state}", f"{plain(one.amount)} {one.currency}")
