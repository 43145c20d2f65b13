"""One page of a read, made from what core gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Callable, Generic, TypeVar

from ._records import (
    RECORDS,
    CoinBalance,
    Confirmations,
    ConvertStep,
    FeeAmount,
    PartialTransaction,
    TransactionDetails,
)

if TYPE_CHECKING:
    from ._native import AccountRead

RecordT = TypeVar("RecordT")
RecordT_co = TypeVar("RecordT_co", covariant=True)


@dataclass(frozen=True, repr=False)
class Page(Generic[RecordT_co]):
    """One page of records, and the read of the next one."""

    records: tuple[RecordT_co, ...]
    """Those that no page before has had, in the venue's order. None at all does not mean that no page follows."""
    total: int | None
    """Rows in the list this page is from, where the venue says so: of transactions or of the part of them that is being
    read, of converts in the window that is being read."""
    next: AccountRead[RecordT_co] | None
    """`None` after the last page. Its `cursor()` goes on in another process."""

    def __repr__(self) -> str:
        count = len(self.records)
        return f"Page({count} record{'' if count == 1 else 's'}{', more to read' if self.next else ''})"


def page(kind: str, text: str, total: int | None, following: AccountRead[Any] | None) -> Page[Any]:
    """A page from core's JSON, which has the same names and texts for every language."""
    return Page(tuple(_made(RECORDS[kind], each) for each in json.loads(text)), total, following)


_INSIDE: dict[str, Callable[[Any], object]] = {
    "details": lambda inside: _made(TransactionDetails, inside),
    "partial": lambda inside: _made(PartialTransaction, inside),
    "confirmations": lambda inside: _made(Confirmations, inside),
    "path": lambda steps: tuple(_made(ConvertStep, step) for step in steps),
    "coins": lambda coins: tuple(_made(CoinBalance, coin) for coin in coins),
    "fees": lambda fees: tuple(_made(FeeAmount, fee) for fee in fees),
}


def _made(record: Any, data: Mapping[str, Any]) -> Any:
    values: dict[str, object] = {}
    for field in fields(record):
        value = data[field.name.rstrip("_")]
        if value is not None and str(field.type).startswith("Decimal"):
            value = Decimal(value)
        elif isinstance(value, (dict, list)) and field.name in _INSIDE:
            value = _INSIDE[field.name](value)
        values[field.name] = value
    return record(**values)
