"""What the rows say: which can be opened here, who needs their user, and whether anybody works at them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Optional

from .._errors import VenuekeyError
from ..connections._rows import wrong_column
from ._texts import MOST_PAIRS
from .findings import Finding, found, from_error

if TYPE_CHECKING:
    from .._native import Connection
    from ..connections._rows import Rows
    from ..stores import Store, Stored

MOST_ROWS = 2_000
PAGE = 200
NO_KEY = ""
"""Seals nothing, so what others than it have sealed is everything."""
SHOWN = 3
LATE_MS = 60_000


def all_rows(store: Store, most: int = MOST_ROWS) -> Iterator[Stored]:
    """All rows of a store, whoever owns them, as many as that."""
    after, seen = "", 0
    while ids := store.rows_sealed_by_others(NO_KEY, PAGE, after):
        after = ids[-1]
        for stored in map(store.load, ids):
            if seen == most:
                return
            if stored is not None:
                seen += 1
                yield stored


class Census:
    """All rows, sorted by what can be said of them."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.opened: list[Connection] = []
        self.is_whole = True
        self._unopened: dict[str, list[Stored]] = defaultdict(list)
        self._opens: Counter[str] = Counter()
        self._older = 0
        self._unknown_key: Counter[str] = Counter()
        self._unknown_client: Counter[str] = Counter()
        self._other_environment: Counter[tuple[str, str]] = Counter()
        self._quarantined: dict[str, list[str]] = defaultdict(list)
        self.reopens: list[str] = []
        """Quarantined, and open now: a process with a wrong key may have put them there."""
        self._newer: list[str] = []
        self._damaged: list[str] = []
        self._changed: list[str] = []
        self._late: list[str] = []
        self.seen = 0
        for stored in all_rows(rows.store, MOST_ROWS + 1):
            if self.seen == MOST_ROWS:
                self.is_whole = False
                break
            self.seen += 1
            self._sort(stored)
        for key in [key for key in self._unopened if self._opens[key] > 0]:
            for stored in self._unopened.pop(key):
                self._broken(stored)

    def wrong_key(self) -> Optional[Finding]:
        """Where the sealing key opens none of the rows: what is sealed by it now, nobody else could read."""
        codes = ["sealing_key_wrong"] if self._opens else ["sealing_key_wrong", "sealing_key_unknown"]
        return next((each for each in self.sealing() if each.code in codes), None)

    def _sort(self, stored: Stored) -> None:
        row, rows = stored.row, self._rows
        client = rows.clients.get(row.client)
        if wrong_column(stored) is not None:
            self._broken(stored)
        elif client is None:
            self._unknown_client[row.client] += 1
        elif (client.venue, client.environment) != (row.venue, row.environment):
            self._other_environment[row.client, f"{row.venue} {row.environment}"] += 1
        elif row.sealing_key_id not in rows.keys.ids:
            self._unknown_key[row.sealing_key_id] += 1
        else:
            self._open(stored)

    def _open(self, stored: Stored) -> None:
        row = stored.row
        try:
            connection = self._rows.opened(stored)
        except VenuekeyError as error:
            if error.code == "seal_invalid":
                self._unopened[row.sealing_key_id].append(stored)
            elif stored.quarantined is not None:
                self._broken(stored)
            elif error.code == "snapshot_version":
                self._newer.append(row.id)
            elif error.code == "snapshot_mismatch":
                self._changed.append(row.id)
            else:
                self._broken(stored)
            return
        self._opens[row.sealing_key_id] += 1
        self._older += row.sealing_key_id != self._rows.keys.newest_id
        if stored.quarantined is not None:
            self.reopens.append(row.id)
            return
        self.opened.append(connection)
        if connection.goal == "account_tokens" and connection.status == "connected":
            due_ms = row.due_at_ms
            if due_ms is not None and self._rows.now_ms() - due_ms > LATE_MS:
                self._late.append(row.id)

    def _broken(self, stored: Stored) -> None:
        of = self._damaged if stored.quarantined is None else self._quarantined[stored.quarantined]
        of.append(stored.row.id)

    def sealing(self) -> Iterator[Finding]:
        for key, count in self._unknown_key.items():
            yield found("sealing_key_unknown", "sealing", count=count, key=key)
        for key, unopened in self._unopened.items():
            yield found("sealing_key_wrong", "sealing", count=len(unopened), key=key)
        if self._damaged:
            yield found("row_damaged", "store", count=len(self._damaged), ids=_shown(self._damaged))
        if self._older:
            yield found("reseal_needed", "sealing", count=self._older)
        if self._opens:
            yield found("sealing_ok", "sealing", count=sum(self._opens.values()))

    def rows(self) -> Iterator[Finding]:
        for code, ids in self._quarantined.items():
            yield found("row_quarantined", "store", count=len(ids), ids=_shown(ids), error=code)
        if self.reopens:
            yield found("row_reopens", "store", count=len(self.reopens), ids=_shown(self.reopens))
        if self._newer:
            yield found("row_newer", "store", count=len(self._newer), ids=_shown(self._newer))
        for client, count in self._unknown_client.items():
            yield found("client_unknown", "store", count=count, client=client)
        for (client, environment), count in self._other_environment.items():
            yield found("client_mismatch", "store", count=count, client=client, environment=environment)
        if self._changed:
            yield found("client_changed", "store", count=len(self._changed), ids=_shown(self._changed))
        if not self.is_whole:
            yield found("rows_many", "store", count=MOST_ROWS)

    def connections(self) -> Iterator[Finding]:
        for connection in self.opened:
            if connection.status == "needs_user" and connection.error is not None:
                yield from_error(connection.error, about(connection), "warn", connection.id)
        if self._late:
            yield found("tokens_dying", "connections", count=len(self._late), ids=_shown(self._late))
        counts = Counter(connection.status for connection in self.opened)
        if counts:
            told = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
            yield found("connections_ok", "connections", counts=told)

    def workers(self) -> Iterator[Finding]:
        store, now_ms = self._rows.store, self._rows.now_ms()
        due_ms, seen_ms = store.next_due(), store.last_seen()
        waits_ms = 0 if due_ms is None else now_ms - due_ms
        unseen_ms = None if seen_ms is None else now_ms - seen_ms
        if waits_ms > LATE_MS and (unseen_ms is None or unseen_ms > LATE_MS):
            yield found("no_worker", "workers", seconds=round(waits_ms / 1000))
        elif unseen_ms is not None and unseen_ms <= LATE_MS:
            yield found("workers_ok", "workers", seconds=max(0, round(unseen_ms / 1000)))
        else:
            yield found("worker_not_needed", "workers")
        # Not every store can tell.
        seen_since = getattr(store, "seen_since", None)
        names: list[str] = [] if seen_since is None else seen_since(now_ms - LATE_MS)
        if len(names) > 1:
            yield found("workers_several", "workers", count=len(names), names=_shown(names))
        for venue, most in MOST_PAIRS.items():
            count = sum(_is_kept_alive(each, venue) for each in self.opened)
            if count > most:
                yield found("over_capacity", "workers", count=count, most=most)


def _is_kept_alive(connection: Connection, venue: str) -> bool:
    is_of_it = connection.client.venue == venue and connection.goal == "account_tokens"
    return is_of_it and connection.status == "connected" and connection.due_at_ms is not None


def about(connection: Connection) -> str:
    label = f", {connection.label}" if connection.label else ""
    return f"connection {connection.id[:8]} ({connection.client_name}{label})"


def _shown(ids: list[str]) -> str:
    more: Optional[str] = ", …" if len(ids) > SHOWN else None
    # A damaged row's id may be no text.
    return ", ".join(str(id) for id in ids[:SHOWN]) + (more or "")
