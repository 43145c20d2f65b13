"""Balances, transactions, orders and trades: the same calls and records for every venue."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Callable, Optional, Union

from ._history import AsyncHistory, History, Progress

if TYPE_CHECKING:
    from .._names import TransactionKind
    from .._records import CommonBalance, CommonOrder, CommonTrade, CommonTransaction

LONG_S = 120
"""A whole history meets the venue's limits, some of which last a minute."""
Told = Optional[Callable[[Progress], object]]
AsyncTold = Optional[Callable[[Progress], Union[object, Awaitable[object]]]]


class CommonReads:
    """`Account`'s."""

    def balances(
        self, *, cursor: Optional[str] = None, progress: Told = None, patience_s: float = LONG_S
    ) -> History[CommonBalance]:
        """What the account holds, in all the accounts that the venue tells of. Currencies with nothing are left out.

        Args:
            cursor: goes on where an earlier call's `History.cursor` stands.
            progress: called after each page, when its records have been taken.
            patience_s: how long to wait in seconds, for each page, for the venue's limits and through its failures.

        Raises:
            MisuseError: `invalid_argument`, with a hint at the rule; `snapshot_invalid`, `snapshot_version` or
                `snapshot_mismatch` for the cursor.
            ConnectionNotFound: its row is gone.
            StoreError: the store failed.

        The history raises what `Account.records` raises.
        """
        return self._history("common_balances", cursor, progress, patience_s)

    def transactions(
        self,
        *,
        kind: Optional[TransactionKind] = None,
        from_ms: Optional[int] = None,
        to_ms: Optional[int] = None,
        cursor: Optional[str] = None,
        progress: Told = None,
        patience_s: float = LONG_S,
    ) -> History[CommonTransaction]:
        """Deposits, withdrawals, and transfers between the user's own accounts if the venue tells them: list by
        list, the newest first in each page.

        Args:
            kind: `"deposit"`, `"withdrawal"` or `"transfer"`; all that the venue tells if left out. A key of a
                sub-account at Bybit reads no withdrawals: ask for the other kinds, one by one.
            from_ms: Unix milliseconds, inclusive; a year ago, or a year before `to_ms`, if left out. Where the
                venue reaches less far back, the history begins later, and `History.reaches_from_ms` says so.
            to_ms: Unix milliseconds, the first behind the span; now if left out or later than now.
            cursor: goes on where an earlier call's `History.cursor` stands, without the arguments above; of the same
                connection.
            progress: as of `balances`, and so is `patience_s`.

        Raises:
            Exception: as `balances`; `not_supported` for a kind that the venue does not report.
        """
        query = {"kind": kind, "from_ms": from_ms, "to_ms": to_ms}
        return self._history("common_transactions", cursor, progress, patience_s, **query)

    def orders(
        self,
        *,
        from_ms: Optional[int] = None,
        to_ms: Optional[int] = None,
        cursor: Optional[str] = None,
        progress: Told = None,
        patience_s: float = LONG_S,
    ) -> History[CommonOrder]:
        """Orders that have ended. The venue forgets those without a fill first; see `Client.read_order_history`. The
        arguments and exceptions are those of `transactions`."""
        return self._history("common_orders", cursor, progress, patience_s, from_ms=from_ms, to_ms=to_ms)

    def trades(
        self,
        *,
        from_ms: Optional[int] = None,
        to_ms: Optional[int] = None,
        cursor: Optional[str] = None,
        progress: Told = None,
        patience_s: float = LONG_S,
    ) -> History[CommonTrade]:
        """Trades of the user's orders. The arguments and exceptions are those of `transactions`."""
        return self._history("common_trades", cursor, progress, patience_s, from_ms=from_ms, to_ms=to_ms)

    @abstractmethod
    def _history(
        self, read: str, cursor: Optional[str], progress: Told, patience_s: float, **query: Any
    ) -> History[Any]: ...


class AsyncCommonReads:
    """`AsyncAccount`'s. What is wrong with an argument is raised with the first record."""

    def balances(
        self, *, cursor: Optional[str] = None, progress: AsyncTold = None, patience_s: float = LONG_S
    ) -> AsyncHistory[CommonBalance]:
        """As `Account.balances`; `progress` may be a coroutine function."""
        return self._history("balances", progress, cursor=cursor, patience_s=patience_s)

    def transactions(
        self,
        *,
        kind: Optional[TransactionKind] = None,
        from_ms: Optional[int] = None,
        to_ms: Optional[int] = None,
        cursor: Optional[str] = None,
        progress: AsyncTold = None,
        patience_s: float = LONG_S,
    ) -> AsyncHistory[CommonTransaction]:
        """As `Account.transactions`; `progress` may be a coroutine function."""
        span = {"from_ms": from_ms, "to_ms": to_ms}
        return self._history("transactions", progress, kind=kind, **span, cursor=cursor, patience_s=patience_s)

    def orders(
        self,
        *,
        from_ms: Optional[int] = None,
        to_ms: Optional[int] = None,
        cursor: Optional[str] = None,
        progress: AsyncTold = None,
        patience_s: float = LONG_S,
    ) -> AsyncHistory[CommonOrder]:
        """As `Account.orders`; `progress` may be a coroutine function."""
        span = {"from_ms": from_ms, "to_ms": to_ms}
        return self._history("orders", progress, **span, cursor=cursor, patience_s=patience_s)

    def trades(
        self,
        *,
        from_ms: Optional[int] = None,
        to_ms: Optional[int] = None,
        cursor: Optional[str] = None,
        progress: AsyncTold = None,
        patience_s: float = LONG_S,
    ) -> AsyncHistory[CommonTrade]:
        """As `Account.trades`; `progress` may be a coroutine function."""
        span = {"from_ms": from_ms, "to_ms": to_ms}
        return self._history("trades", progress, **span, cursor=cursor, patience_s=patience_s)

    @abstractmethod
    def _history(
        self, call: str, progress: AsyncTold, *, cursor: Optional[str], patience_s: float, **query: Any
    ) -> AsyncHistory[Any]: ...
