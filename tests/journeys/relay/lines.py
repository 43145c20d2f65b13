"""The lines that docs/account.md shows, and what they print of a connection's row."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from typing import Any

import venuekey
from venuekey.stores.sqlite import SQLiteStore


def shown(connections: venuekey.Connections, id: str, print: Callable[..., None]) -> None:
    # From here
    account = connections.account(id)
    for balance in account.balances():
        print(balance.account, balance.currency, "-" if balance.total is None else balance.total)
    year = account.transactions()
    for entry in year:
        print(entry.at_ms or "-", entry.kind or "-", entry.amount, entry.currency, entry.state or "-")
    if year.reaches_from_ms:
        print("The venue reports nothing from before", year.reaches_from_ms)
    # to here


def printed(row: dict[str, Any], clients: Any, keys: venuekey.SealingKeys, now_ms: int) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        store = SQLiteStore(f"{folder}/connections.db")
        store.save(venuekey.stores.Row(**row))
        told: list[str] = []
        connections = venuekey.Connections(clients, store, keys, clock=lambda: now_ms)
        shown(connections, row["id"], lambda *words: told.append(" ".join(map(str, words))))
        store.close()
    return told
