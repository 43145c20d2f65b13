"""One page of a read, made from what core gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Callable, Generic, TypeVar

from . import _records

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
    """Rows in the list this page is from, if the venue says so: of transactions or of the part of them that is being
    read, of converts in the window that is being read."""
    next: AccountRead[RecordT_co] | None
    """`None` after the last page. Its `cursor()` goes on in another process."""

    def __repr__(self) -> str:
        count = len(self.records)
        return f"Page({count} record{'' if count == 1 else 's'}{', more to read' if self.next else ''})"


class Amount(Decimal):
    """A `Decimal` that prints all of its digits, and never `1E-8`. What is computed from it is a plain `Decimal`."""

    __slots__ = ()

    def __str__(self) -> str:
        return format(self, "f")

    def __format__(self, spec: str, *context: Any) -> str:
        return super().__format__(spec or "f", *context)


def page(kind: str, text: str, total: int | None, following: AccountRead[Any] | None) -> Page[Any]:
    """A page from core's JSON, which has the same names and texts for every language."""
    return Page(tuple(_made(_records.RECORDS[kind], each) for each in json.loads(text)), total, following)


def _made(record: Any, data: Mapping[str, Any]) -> Any:
    return record(**{name: make(data[name.rstrip("_")]) for name, make in _makers(record)})


def _makers(record: Any) -> list[tuple[str, Callable[[Any], object]]]:
    """By each field's type, how it is made of what JSON has."""
    if record not in _known:
        _known[record] = [(field.name, _maker(str(field.type))) for field in fields(record)]
    return _known[record]


_known: dict[Any, list[tuple[str, Callable[[Any], object]]]] = {}


def _maker(type_: str) -> Callable[[Any], object]:
    if type_.endswith(" | None"):
        make = _maker(type_.removesuffix(" | None"))
        return lambda value: None if value is None else make(value)
    if type_.startswith("tuple["):
        each = _maker(type_[len("tuple[") : -len(", ...]")])
        return lambda values: tuple(each(value) for value in values)
    if type_ == "Decimal":
        return Amount
    if type_ == "VenueRecord":
        return lambda inside: _made(_records.VENUE_RECORDS[inside["name"]], inside)
    inner = getattr(_records, type_, None)
    return _as_it_is if inner is None else lambda inside: _made(inner, inside)


def _as_it_is(value: object) -> object:
    return value
