"""What a store takes, gives and raises."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar, NamedTuple, Optional

from .._pages import page_of


@dataclass(frozen=True, repr=False)
class Row:
    """A connection as a row: sealed, beside the columns that a store looks for rows by."""

    id: str
    """The primary key."""
    owner: str
    """Your own name for the user."""
    client: str
    """Your own name for the client's configuration."""
    venue: str
    """The exchange."""
    environment: str
    """The exchange's environment."""
    status: str
    """The state of the connection."""
    revision: int
    """The revision in the store must be one less for this row to replace it."""
    sealing_key_id: str
    """The sealing key that opens it."""
    sealed: str
    """Everything else."""
    label: Optional[str] = None
    """The user's own name for the connection."""
    intent: Optional[str] = None
    """What has been asked for and not done yet."""
    due_at_ms: Optional[int] = None
    """When a worker next has something to do, in Unix milliseconds."""
    lease_holder: Optional[str] = None
    """The worker that has a request in flight."""
    lease_until_ms: Optional[int] = None
    """When that lease ends, by its holder's clock."""
    account_hash: Optional[str] = None
    """A keyed hash of the account at the venue, if it is known: to find rows that may hold the same account."""

    def __repr__(self) -> str:
        return f"Row({self.venue}, {self.id}, revision {self.revision}, {self.status})"


COLUMNS = tuple(field.name for field in fields(Row))
"""What a row has, in order; all else goes by these names."""


class Stored(NamedTuple):
    """A row, and what the store keeps beside it."""

    row: Row
    """As it was saved, but for the status of a quarantined one."""
    last_used_at_ms: Optional[int]
    """When its credentials were last used, at most an hour behind; see `Store.touch`."""
    quarantined: Optional[str]
    """Why it is quarantined, where it is."""


class StoreError(RuntimeError):
    """The store failed. A save that failed may be stored all the same: load the row to know.

    Its message names the call and the driver's error, never what a row holds.
    """

    doc_url: ClassVar[str] = page_of("store_error")
    """Its page: what to do now, and what may be lost."""
    operation: str
    """The call that failed: `save`."""
    error: str
    """The driver's own name of the error, with its code if there is one: `psycopg.errors.DiskFull (53100)`."""

    def __init__(self, operation: str, error: str) -> None:
        super().__init__(operation, error)
        self.operation = operation
        self.error = error

    def __str__(self) -> str:
        return f"the store's {self.operation} failed: {self.error}"
