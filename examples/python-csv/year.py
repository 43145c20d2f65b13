"""Writes a year of one connection as CSV: its orders, trades, deposits, withdrawals and transfers. README.md has the command."""

from __future__ import annotations

import csv
import dataclasses
import datetime
import importlib
import sys
from pathlib import Path

import venuekey

SPAN = datetime.timedelta(days=365)
COLUMNS = {
    "orders": (
        "created_at", "updated_at", "id", "symbol", "category", "side", "order_type", "status", "price", "amount", "quote_amount",
        "filled", "cost", "average", "fees",
    ),
    "trades": (
        "at", "id", "order_id", "symbol", "category", "side", "role", "price", "amount", "cost", "fee", "fee_currency",
    ),
    "transactions": (
        "at", "kind", "state", "currency", "amount", "fee", "network", "address", "tag", "tx_id", "from_account", "to_account", "id",
    ),
}  # fmt: skip


def written(value: object) -> str:
    """Nothing where the venue doesn't tell; amounts with all of their digits."""
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, tuple):
        return " ".join(" ".join(map(written, dataclasses.astuple(each))) for each in value)
    return str(value) if isinstance(value, str) else f"{value:f}"


def write(account: venuekey.Account, name: str, folder: Path, from_ms: int) -> None:
    def progress(page: venuekey.Progress) -> None:
        print(f"\r{name}: {page.records} ({page.list})", end="", file=sys.stderr, flush=True)

    history = getattr(account, name)(from_ms=from_ms, progress=progress)
    with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS[name])
        for record in history:
            rows.writerow([written(getattr(record, column)) for column in COLUMNS[name]])
    print(file=sys.stderr)
    if history.reaches_from_ms:
        since = datetime.datetime.fromtimestamp(history.reaches_from_ms / 1000, datetime.timezone.utc)
        print(f"{name}: the venue tells nothing from before {since:%Y-%m-%d}", file=sys.stderr)


def main(place: str, id: str, folder: str = ".") -> None:
    sys.path.insert(0, str(Path.cwd()))
    module, _, name = place.partition(":")
    connections: venuekey.Connections = getattr(importlib.import_module(module), name)
    begins = datetime.datetime.now(datetime.timezone.utc) - SPAN
    for name in COLUMNS:
        write(connections.account(id), name, Path(folder), int(begins.timestamp() * 1000))


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit("usage: python year.py MODULE:CONNECTIONS ID [FOLDER]")
    main(*sys.argv[1:])
