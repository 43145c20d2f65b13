"""What an account's reads bring. It is the user's own data: keep it out of logs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Callable, Generic, TypeVar

if TYPE_CHECKING:
    from ._native import AccountRead

RecordT = TypeVar("RecordT")
RecordT_co = TypeVar("RecordT_co", covariant=True)


@dataclass(frozen=True)
class Confirmations:
    """Blocks on top of a transaction."""

    actual: int
    required: int


@dataclass(frozen=True)
class PartialTransaction:
    """How much of a withdrawal is done, in its `ticker`."""

    request_amount: Decimal
    processed_amount: Decimal
    processed_fee: Decimal
    normalize_transaction: str
    """The venue's own text, untrusted; may be empty."""


@dataclass(frozen=True)
class TransactionDetails:
    """More about a transaction."""

    partial: PartialTransaction | None
    """What is done of a partial withdrawal."""


@dataclass(frozen=True)
class AccountTransaction:
    """A deposit or a withdrawal."""

    transaction_id: str
    """Unlike the hash it is globally unique."""
    method: str
    """`"deposit"`, `"withdrawal"`, or a number of the venue's that its documentation does not have."""
    status: int
    """The venue's code; it means what `state` says."""
    state: str | None
    """The code's meaning for this method: `"successful"`, `"partially_successful"`, `"canceled"`, `"pending"`,
    `"unconfirmed"`, `"frozen"`, `"uncredited"`, `"travel_rule_awaited"`, `"travel_rule_checked"`; `None` where the
    documentation has none."""
    created_at_s: int
    """Unix seconds."""
    ticker: str
    """The currency's short name, such as `"BTC"`."""
    currency: str
    """The currency's long name, such as `"Bitcoin"`."""
    amount: Decimal
    """In `ticker`, and so is the fee."""
    fee: Decimal
    address: str
    """Where it came from or went to; empty where there is none, and so is the memo."""
    memo: str
    description: str
    """The venue's own words, untrusted; often empty."""
    transaction_hash: str
    """On the chain; several records may share one."""
    unique_id: str | None
    """The app's own id for a withdrawal."""
    network: str | None
    """The chain."""
    details: TransactionDetails | None
    confirmations: Confirmations | None


@dataclass(frozen=True)
class ConvertStep:
    """One exchange on a convert's path."""

    from_: str
    """Currency given; the name has an underscore because `from` is Python's."""
    to: str
    """Currency received."""
    rate: Decimal
    """Received for one given."""


@dataclass(frozen=True)
class Convert:
    """One currency exchanged for another at a quoted rate."""

    id: str
    date_s: int
    """Unix seconds."""
    give: Decimal
    """Given, in the first currency of the path."""
    receive: Decimal
    """Received, in its last currency."""
    rate: Decimal
    """Received for one given."""
    path: tuple[ConvertStep, ...]
    """The exchanges it was made of, in order."""


@dataclass(frozen=True)
class Order:
    """An order that has ended."""

    market: str
    """Such as `"BTC_USDT"`."""
    id: str
    client_order_id: str
    """The app's own id; empty where it gave none."""
    order_type: str
    """`"limit"`, `"market"`, `"stock_market"`, `"stop_limit"`, `"stop_market"`, or another word of the venue's."""
    side: str
    """`"buy"` or `"sell"`, or another word of the venue's."""
    status: str
    """`"filled"`, `"canceled"`, `"auto_canceled_liquidation"`, `"auto_canceled_reduce_only"`, `"canceled_stp"`, or
    another word of the venue's."""
    created_at_us: int
    """Unix microseconds."""
    finished_at_us: int
    """Unix microseconds."""
    amount: Decimal
    """In the base currency; in the quote currency where it buys at the market's price."""
    price: Decimal
    """0 for orders at the market's price."""
    deal_fee: Decimal
    """In `fee_asset`."""
    deal_stock: Decimal
    """Traded, in the base currency."""
    deal_money: Decimal
    """Traded, in the quote currency."""
    post_only: bool
    ioc: bool
    """Immediate or cancel."""
    rpi: bool
    """The venue's retail price improvement."""
    reduce_only: bool
    fee_asset: str
    """The fee's currency."""
    position_side: str | None
    """The venue's own word, such as `"BOTH"`; `None` for plain spot orders."""
    activated: int | None
    """Stop orders only, as the next two: whether the trigger has fired, the venue's number."""
    activation_price: Decimal | None
    activation_condition: str | None
    """`"<="` or `">="`."""


@dataclass(frozen=True)
class Deal:
    """A trade of one of the user's orders; spot, margin and futures."""

    market: str
    """Such as `"BTC_USDT"`."""
    id: str
    order_id: str
    client_order_id: str
    """The app's own id of the order; empty where it gave none."""
    time_us: int
    """Unix microseconds."""
    side: str
    """`"buy"` or `"sell"`, or another word of the venue's."""
    role: str
    """`"maker"` or `"taker"`, or a number of the venue's that its documentation does not have."""
    amount: Decimal
    """In the base currency."""
    price: Decimal
    """In the quote currency, for one of the base."""
    deal: Decimal
    """Amount times price, in the quote currency."""
    fee: Decimal
    """In `fee_asset`."""
    fee_asset: str


@dataclass(frozen=True)
class MainBalance:
    """What a currency's main account holds."""

    ticker: str
    main_balance: Decimal
    """Zero for currencies the user has never had."""


@dataclass(frozen=True)
class SpotBalance:
    """What a currency's spot (trade) account holds."""

    ticker: str
    available: Decimal
    """Free to trade."""
    freeze: Decimal
    """Held by open orders."""


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
    return Page(tuple(_made(_KINDS[kind], each) for each in json.loads(text)), total, following)


_KINDS: dict[str, Any] = {
    "transactions": AccountTransaction,
    "converts": Convert,
    "orders": Order,
    "deals": Deal,
    "main_balances": MainBalance,
    "spot_balances": SpotBalance,
}

_INSIDE: dict[str, Callable[[Any], object]] = {
    "details": lambda inside: _made(TransactionDetails, inside),
    "partial": lambda inside: _made(PartialTransaction, inside),
    "confirmations": lambda inside: _made(Confirmations, inside),
    "path": lambda steps: tuple(_made(ConvertStep, step) for step in steps),
}


def _made(record: Any, data: Mapping[str, Any]) -> Any:
    values: dict[str, object] = {}
    for field in fields(record):
        value = data[field.name.rstrip("_")]
        if value is not None and str(field.type).startswith("Decimal"):
            value = Decimal(value)
        elif value is not None and field.name in _INSIDE:
            value = _INSIDE[field.name](value)
        values[field.name] = value
    return record(**values)
