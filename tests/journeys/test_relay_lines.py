"""The lines that docs/account.md shows print the same, byte for byte, in every language: of an account connected by key, of one
connected by tokens, and of a Bybit account. relay/README.md has the runners' protocol."""

from __future__ import annotations

import dataclasses
from contextlib import closing
from pathlib import Path

import pytest
import venuekey
from venuekey.stores.sqlite import SQLiteStore

from conftest import Rig
from library import Connection, key_of, tokens_of
from person import Person
from relay_rig import LANGUAGES, Turns, runners  # noqa: F401

pytestmark = pytest.mark.usefixtures("still")

KEY = bytes(range(32))
# Rust has no sessions: who uses it sends the requests of a read themselves.
WITH_SESSIONS = [language for language in LANGUAGES if language != "rust"]


def printed(connection: Connection, row: venuekey.stores.Row, pause_s: float) -> dict[str, list[str]]:
    turns = Turns(connection)
    told: dict[str, list[str]] = {}
    for language in WITH_SESSIONS:
        order = {"event": {"print": True}, "row": dataclasses.asdict(row), "keys": KEY.hex()}
        told[language] = turns.ask(language, order)["printed"]
        # So that no limit counts them together, and no number comes twice.
        connection.advance(pause_s)
    return told


def imported(connection: Connection, person: Person, goal: str, folder: Path) -> venuekey.stores.Row:
    venue, store = connection.client.venue, SQLiteStore(folder / f"{goal}.db")
    keys = venuekey.SealingKeys([("relay", KEY)])
    connections = venuekey.Connections({venue: connection.client}, store, keys, clock=connection.now_ms)
    outcome = connection.connect(person, goal)
    if goal == "api_key":
        key = key_of(outcome)
        view = connections.import_key(venue, key.api_key, key.api_secret, owner="user")
    else:
        view = connections.import_tokens(venue, tokens_of(outcome), owner="user")
    with closing(store):
        stored = store.load(view.id)
    assert stored is not None
    return stored.row


def test_the_same_lines_print_the_same_rows(rig: Rig, person: Person, tmp_path: Path) -> None:
    rig.sandbox.turn(whitebit={"history_rows": 150}, bybit={"history_rows": 40, "deposit_times": False})
    whitebit, bybit = Connection(rig, "whitebit", "global"), Connection(rig, "bybit", "mainnet")
    by_key = printed(whitebit, imported(whitebit, person, "api_key", tmp_path), 6)
    by_tokens = printed(whitebit, imported(whitebit, person, "account_tokens", tmp_path), 1)
    of_bybit = printed(bybit, imported(bybit, person, "api_key", tmp_path), 61)
    for rows in (by_key, by_tokens, of_bybit):
        for language in WITH_SESSIONS:
            assert rows[language] == rows["python"], f"{language} prints what Python does"
    assert by_key["python"] == by_tokens["python"], "a key reads what tokens read"
    assert by_key["python"][:4] == ["main BTC 0.5", "main USDT 10", "spot BTC 0.12", "spot USDT 1000"]
    assert of_bybit["python"][:2] == ["unified BTC 0.6", "unified USDT 1000.50"]
    assert len(by_key["python"]) == 4 + 150 and len(of_bybit["python"]) == 2 + 3 * 40
    kinds = {line.split(" ")[1] for line in of_bybit["python"][2:]}
    assert kinds == {"deposit", "withdrawal", "transfer"}
    # What a naive print makes different: an amount below 1e-6, and what is not told yet.
    assert any(line.split(" ")[2] == "0.00000001" for line in by_key["python"][4:])
    assert any(line.startswith("- deposit ") for line in of_bybit["python"])
