"""docs/cookbook.md: its Python runs as shown, one block after the other, against the sandbox."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
import venuekey
from venuekey.stores.sqlite import SQLiteStore

import canary
from conftest import PERMISSIONS, Rig, wait_for
from person import Person
from test_hand_off import hand_off_of

COOKBOOK = (Path(__file__).resolve().parents[2] / "docs/cookbook.md").read_text()
# test_consent.py is a file for the sandbox's own fixture: sandbox/wheel/tests runs it.
BLOCKS = [each for each in re.findall(r"^```python\n(.*?)^```$", COOKBOOK, re.M | re.S) if "# test_consent.py" not in each]


def test_the_recipes_run(rig: Rig, person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.sandbox.turn(whitebit={"key_timing": "before"})
    monkeypatch.setenv("SANDBOX", rig.sandbox.url)
    monkeypatch.setenv("WHITEBIT_SECRET", "demo-whitebit-secret")
    monkeypatch.setenv("SEALING_KEY", bytes(range(1, 33)).hex())
    monkeypatch.setenv("DATABASE", str(tmp_path / "connections.db"))
    names: dict[str, Any] = {}

    def cook(*wanted: str) -> None:
        """The next block, which is about this."""
        block = BLOCKS[names.setdefault("cooked", 0)].replace(":8000/", f":{rig.port}/")
        names["cooked"] += 1
        assert all(word in block for word in wanted), (wanted, block)
        exec(compile(ast.parse(block), "docs/cookbook.md", "exec"), names)

    def settle(id: str) -> None:
        def connected() -> bool:
            names["connections"].run_once(deadline_s=2)
            return bool(names["connections"].status(id).status == "connected")

        wait_for(connected, lambda: str(names["connections"].status(id)))

    cook("SANDBOX", "Connections(")
    cook("popup=True")
    assert callable(names["routes"])

    cook("def begin", "def receive")
    address = names["begin"]("ann")
    page = person.press(
        person.open(address), "Approve", {"permissions": PERMISSIONS["whitebit"]}, lambda url: "/callback/" in url, otp="123456"
    )
    (view,) = names["connections"].find("ann")
    assert names["receive"]("ann", view.id, page.url) == "working"
    with pytest.raises(venuekey.connections.ConnectionNotFound):
        names["receive"]("eve", view.id, page.url)
    settle(view.id)

    cook("begin_by_hand_off")
    # The sandbox's user has one key at a time.
    rig.sandbox.tell("/user/whitebit/global/action", {"action": "delete_key"})
    handed_over = json.dumps(hand_off_of(rig, person))
    taken = names["take"]("bob", handed_over)
    assert names["take"]("bob", handed_over) == taken
    settle(taken)

    cook("run_once")
    assert names["due_ms"] is None or names["due_ms"] > 0

    cook("reseal")
    rows = names["connections"].find("ann") + names["connections"].find("bob")
    assert [each.status for each in rows] == ["connected"] * 2
    store = SQLiteStore(str(tmp_path / "connections.db"))
    assert {store.load(each.id).row.sealing_key_id for each in rows} == {"2027-02"}  # type: ignore[union-attr]

    cook("import_key")
    (key, *_) = rig.keys_at("whitebit")
    row = {"api_key": key["external_id"], "api_secret": key["secret"], "user_id": "cy", "external_id": key["external_id"]}
    moved = names["move"](row)
    assert names["connections"].status(moved, owner="cy").status == "connected"
    balance = names["connections"].account(moved).call("POST", "/api/v4/trade-account/balance")
    assert balance.json()

    assert names["cooked"] == len(BLOCKS)
    rig.remember_secrets()
    stored = {path.name: path.read_bytes() for path in tmp_path.glob("connections.db*")}
    assert canary.leaks(rig.secrets | rig.keys, stored) == []
