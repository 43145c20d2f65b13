"""Balances, transactions, orders and trades of whatever is connected: growing histories, and a year as CSV."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import venuekey
from conftest import EXAMPLE, PATIENCE_SECONDS, Rig
from library import Connection, key_of, tokens_of
from person import Person
from venuekey.stores.sqlite import SQLiteStore

DAY_MS = 86_400_000
YEAR = EXAMPLE.parent / "python-csv" / "year.py"
APP = EXAMPLE.parent / "flask-app"
SEALING_KEY = "5e" * 32
ENVIRONMENT: dict[str, Any] = {"whitebit": "global", "bybit": "mainnet"}


class House:
    """Connections that other programs open too, with an account of each kind."""

    def __init__(self, rig: Rig, person: Person, database: Path, **options: Any) -> None:
        self.rig, self.person = rig, person
        parties = {venue: Connection(rig, venue, ENVIRONMENT[venue]) for venue in ENVIRONMENT}  # type: ignore[arg-type]
        self.parties = parties
        self.store = SQLiteStore(database)
        keys = venuekey.SealingKeys([("2026-11", bytes.fromhex(SEALING_KEY))])
        clients = {venue: party.client for venue, party in parties.items()}
        self.connections = venuekey.Connections(clients, self.store, keys, **options)

    def by_key(self, venue: str) -> str:
        key = key_of(self.parties[venue].connect(self.person, "api_key"))
        return self.connections.import_key(venue, key.api_key, key.api_secret, owner="user").id

    def by_tokens(self) -> str:
        tokens = tokens_of(self.parties["whitebit"].connect(self.person, "account_tokens"))
        return self.connections.import_tokens("whitebit", tokens, owner="user").id


@pytest.fixture
def opened(rig: Rig, person: Person, tmp_path: Path) -> Iterator[Callable[..., House]]:
    houses: list[House] = []

    def open_house(**options: Any) -> House:
        houses.append(House(rig, person, tmp_path / f"house-{len(houses)}.db", **options))
        return houses[-1]

    yield open_house
    for house in houses:
        with closing(house.store):
            pass


def asleep(rig: Rig, seconds: float) -> None:
    rig.sandbox.tell("/clock/advance", {"ms": round(seconds * 1000)})


@pytest.mark.parametrize("venue", ["whitebit", "bybit"])
def test_growing_histories_have_each_row_once(rig: Rig, opened: Callable[..., House], venue: str) -> None:
    """Rows arrive after each page, and half of each history is read by another call, from the cursor."""
    rig.sandbox.turn(**{venue: {"history_rows": 180, "history_days": 50}})

    house = opened(clock=lambda: house.parties[venue].now_ms(), sleep=lambda seconds: asleep(rig, seconds))
    id = house.by_key(venue)
    rig.sandbox.tell("/clock", {"held": True})
    since_ms = house.parties[venue].now_ms() - 60 * DAY_MS
    told: list[venuekey.Progress] = []

    def grow(progress: venuekey.Progress) -> None:
        told.append(progress)
        asleep(rig, 1)
        rig.sandbox.tell("/history", {"venue": venue, "transactions": 3, "orders": 3, "deals": 3})

    account = house.connections.account(id)
    for name in ("transactions", "orders", "trades"):
        read: Any = getattr(account, name)
        history = read(from_ms=since_ms, progress=grow)
        found, cursor = [], None
        for record in history:
            found.append(record)
            if cursor is None and told and told[-1].records > 60:
                cursor = told[-1].cursor
                found = found[: told[-1].records]
                history.close()
        assert cursor is not None, name
        found += read(cursor=cursor, progress=grow)
        own = [(record.venue_record, record.id) for record in found]
        assert len({repr(each) for each in own}) == len(found), f"{name}: a row came twice"
        if name == "transactions":
            # What arrives in a list that is not read yet comes too.
            assert len(found) == 180 if venue == "whitebit" else len(found) >= 3 * 180
        told.clear()
    # What has arrived meanwhile is there for whoever asks now, and the old with it.
    later = [*account.transactions(from_ms=since_ms)]
    assert len(later) > 180


@pytest.mark.parametrize("venue", ["whitebit", "bybit"])
@pytest.mark.parametrize("ahead_s", [-600, -30, 30, 600])
def test_the_newest_rows_come_whatever_the_host_s_clock_says(
    rig: Rig, opened: Callable[..., House], venue: str, ahead_s: int
) -> None:
    """They happened a moment ago, by the venue's clock."""
    rig.sandbox.turn(**{venue: {"history_rows": 20, "history_days": 3}})
    rig.sandbox.tell("/clock", {"held": True})
    house = opened(clock=lambda: house.parties[venue].now_ms() + ahead_s * 1000, sleep=lambda seconds: asleep(rig, seconds))
    account = house.connections.account(house.by_key(venue))
    # A week before the first row: a year would take hundreds of requests, and it is the end that matters.
    since_ms = house.parties[venue].now_ms() - 10 * DAY_MS
    calls: dict[str, Callable[[], Any]] = {
        name: partial(getattr(account, name), from_ms=since_ms) for name in ("transactions", "orders", "trades")
    }
    before = {name: {repr(each) for each in read()} for name, read in calls.items()}
    asleep(rig, 5)
    rig.sandbox.tell("/history", {"venue": venue, "transactions": 4, "orders": 4, "deals": 4})
    asleep(rig, 1)
    for name, read in calls.items():
        found = [repr(each) for each in read()]
        assert len({*found}) == len(found) and before[name] < {*found}, f"{name}: the newest rows"


@pytest.mark.parametrize("venue", ["whitebit", "bybit"])
def test_spans_that_meet_have_each_row_once(rig: Rig, opened: Callable[..., House], venue: str) -> None:
    rig.sandbox.turn(**{venue: {"history_rows": 120, "history_days": 20}})
    rig.sandbox.tell("/clock", {"held": True})
    house = opened(clock=lambda: house.parties[venue].now_ms(), sleep=lambda seconds: asleep(rig, seconds))
    account, now_ms = house.connections.account(house.by_key(venue)), house.parties[venue].now_ms()
    whole = [*account.trades()]
    assert len(whole) > 40
    # At the very moments of rows, and between them.
    at = sorted({each.at_ms for each in whole})
    ends = [now_ms - 300 * DAY_MS, at[3], at[10], at[10] + 1, at[20] - 1, at[30], now_ms + 1]
    spans = [(each.id, each.at_ms) for begins, end in pairwise(ends) for each in account.trades(from_ms=begins, to_ms=end)]
    assert sorted(spans) == sorted((each.id, each.at_ms) for each in whole)
    for begins, end in pairwise(ends):
        assert all(begins <= each.at_ms < end for each in account.trades(from_ms=begins, to_ms=end))


def test_a_year_as_csv(rig: Rig, opened: Callable[..., House], tmp_path: Path) -> None:
    rig.sandbox.turn(whitebit={"history_rows": 150}, bybit={"history_rows": 40})
    house = opened()
    database = str(tmp_path / "house-0.db")
    environ = {
        "PATH": os.environ["PATH"], "HOME_URL": rig.home, "SANDBOX": rig.sandbox.url, "DATABASE": database,
        "WHITEBIT_SECRET": "demo-whitebit-secret", "BYBIT_SECRET": "demo-bybit-secret", "SEALING_KEY": SEALING_KEY,
        "SECRET_KEY": "00" * 32, "SSL_CERT_FILE": "", "SSL_CERT_DIR": str(tmp_path),
    }  # fmt: skip
    files: list[dict[str, str]] = []
    for number, id in enumerate([house.by_key("whitebit"), house.by_tokens(), house.by_key("bybit")]):
        folder = tmp_path / str(number)
        folder.mkdir()
        ran = subprocess.run(
            [sys.executable, str(YEAR), "app:connections", id, str(folder)], cwd=APP, env=environ,
            capture_output=True, text=True, timeout=10 * PATIENCE_SECONDS, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        assert ran.stdout == ""
        is_cut = "orders: the venue tells nothing from before" in ran.stderr
        assert is_cut == (number < 2), ran.stderr
        files.append({path.name: path.read_text("utf-8") for path in sorted(folder.iterdir())})
    assert {*files[0]} == {"orders.csv", "trades.csv", "transactions.csv"}
    assert files[0] == files[1], "a key reads what tokens read"
    for name in files[0]:
        for each in (files[0], files[2]):
            head, *rows = csv.reader(each[name].splitlines())
            assert head == next(csv.reader(files[0][name].splitlines())), "the same columns"
            assert rows and all(len(row) == len(head) for row in rows)
    head, *rows = csv.reader(files[2]["transactions.csv"].splitlines())
    assert {row[head.index("kind")] for row in rows} == {"deposit", "withdrawal", "transfer"}
    head, *rows = csv.reader(files[0]["transactions.csv"].splitlines())
    assert len(rows) == 150
