"""Where connections are kept: `sqlite.SQLiteStore`, `postgres.PostgresStore`, or a store of your own.

A store is whatever keeps the promises of `Store`; `conformance.StoreConformance` tests one. `import venuekey` imports
nothing of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional, Protocol

from ._types import Row, Stored, StoreError

__all__ = ["Row", "Store", "StoreError", "Stored"]


for _class in (Row, StoreError, Stored):
    # Where users import them from.
    _class.__module__ = __name__


def __dir__() -> list[str]:
    return [*__all__]


class Store(Protocol):
    """A store of connections, shared by any number of threads and processes.

    Every call but `touch`, `wake` and `wait` raises `StoreError` if the database fails. Times are Unix milliseconds.
    """

    def load(self, id: str) -> Optional[Stored]:
        """The row as it was saved last; `None` if there is none."""
        raise NotImplementedError

    def save(self, row: Row) -> bool:
        """Stores the row if the stored revision is `row.revision - 1`, or, for revision 1, if there is no row.

        Returns whether it did. It is atomic and durable when it returns, and never part of a transaction of the caller.
        A won save ends a quarantine, and wakes workers where the row is due some time and nobody holds its lease.
        """
        raise NotImplementedError

    def due(self, now_ms: int, limit: int) -> list[Stored]:
        """Rows whose `due_at_ms` has come, those due longest first, none that is quarantined.

        It only reads, so several workers may be given the same row.
        """
        raise NotImplementedError

    def next_due(self) -> Optional[int]:
        """The earliest `due_at_ms` of all rows that are not quarantined."""
        raise NotImplementedError

    def find(self, owner: str) -> list[Stored]:
        """The owner's rows."""
        raise NotImplementedError

    def find_account(self, hashes: Sequence[str], except_id: str) -> bool:
        """Whether another row than `except_id` has one of these as its `account_hash`: one whose `status` is not
        `"ended"` and that is not about to end, so has no `intent`. A quarantined row counts whatever its `intent`."""
        raise NotImplementedError

    def delete(self, id: str, revision: int) -> bool:
        """Deletes the row if its revision is that one. Returns whether there is no such row now."""
        raise NotImplementedError

    def bump(self, name: str, floor: int, by: int) -> int:
        """Raises the counter to `max(counter, floor) + by` and returns that; atomic, and durable when it returns.

        A counter that is not there yet counts as 0.
        """
        raise NotImplementedError

    def touch(self, id: str, last_used_at_ms: int) -> None:
        """Keeps when the credentials were last used, where what is kept is an hour older or nothing. Best effort: it
        never raises, and leaves row and revision alone.
        """

    def quarantine(self, id: str, revision: int, code: str) -> bool:
        """Takes the row out of `due` until it is saved again; its status is `quarantined`, the rest stays as it is.

        Returns whether its revision was that one.
        """
        raise NotImplementedError

    def rows_sealed_by_others(self, key_id: str, limit: int, after_id: str = "") -> list[str]:
        """Ids of rows that another key than this one has sealed, in their order, from those after `after_id` on."""
        raise NotImplementedError

    def now_ms(self) -> Optional[int]:
        """The store's own clock; `None` if it has none, and the host's counts."""
        raise NotImplementedError

    def wake(self) -> None:
        """Ends `wait` in the workers that the store can reach. Best effort: it never raises."""

    def wait(self, timeout: float) -> bool:
        """Waits for up to so many seconds until a save makes a row due. Returns whether it was woken.

        Whoever waits looks again each second or so all the same: a lost wake loses nothing. One that comes while nobody
        waits ends the next wait.
        """
        raise NotImplementedError

    def seen(self, holder: str, now_ms: int) -> None:
        """A worker says that it has looked."""

    def last_seen(self) -> Optional[int]:
        """The newest time at which any worker has looked."""
        raise NotImplementedError

    def close(self) -> None:
        """Gives back what the store holds. It can't be used after that."""
