"""Each edge of docs/connection.md is taken by a vector, at one venue at least."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import venuekey
from corpus import load
from test_connection_vectors import CASES, Host, begun
from test_vectors import client
from venuekey._native import _ConnectionDriver

PAGE = Path(__file__).resolve().parents[2] / "docs/connection.md"
Edge = tuple[str, str, str]
OPERATIONS = {"delete_key": "deletion", "reissue_key": "reissue"}
OUT = {"refresh": "refresh out", "probe": "look out"}


def table() -> set[Edge]:
    rows = re.findall(
        r"^\| `([^`]+)` \| ([^|`]+) \| (`[^|]+`) \|$", PAGE.read_text().partition("\n## whitebit")[2], re.M
    )
    return {(before, event, after) for before, event, all in rows for after in re.findall(r"`([^`]+)`", all)}


def place(row: venuekey.parts.Connection | None) -> str:
    """How the page names where a row stands."""
    if row is None:
        return "gone"
    parts = json.loads(row.text.expose())["connection"]
    state, purpose = parts.get("flow", {}).get("state", {}), parts.get("attempt", {}).get("purpose")
    is_ending = row.status != "ended" and row.intent is not None
    operation = OPERATIONS.get(parts.get("flow", {}).get("operation"), "flow")
    flow = None
    if state and (not is_ending or operation == "deletion"):
        flow = {
            "in_flight": f"{operation}'s request out" if purpose == "flow" else f"{operation} in doubt",
            "awaiting_callback": "consent open",
            "awaiting_choice": "choice open",
            "waiting": f"{operation} waits",
            "done": "hand-off",
            "failed": f"{operation} failed{', recoverable' if 'recovery' in state else ''}",
        }.get(state["state"], f"{operation} {state['state']}")
    earlier = "hand-off of before" if "handing_off" in parts and not is_ending else None
    out = "request out" if is_ending and flow is None and purpose else OUT.get(purpose or "")
    held = parts.get("credential", {})
    is_spent = "spent" in held or ("key" not in held and "ended" in held.get("tokens", {}))
    spent = "spent" if is_spent and not is_ending and flow is None else None
    ending = "ending" if row.intent == "disconnect" else "ending, with its key"
    left = "key left" if row.key_left else None
    return "; ".join(filter(None, [ending if is_ending else row.status, flow, earlier, out, spent, left]))


class Watched(Host):
    """Notes each edge that its row takes."""

    def __init__(self, app: venuekey.Client[Any]) -> None:
        super().__init__(app)
        self.edges: set[Edge] = set()
        self._event = ""

    def note(self, before: venuekey.parts.Connection | None, after: venuekey.parts.Connection | None) -> None:
        if place(before) != place(after):
            self.edges.add((place(before), self._event, place(after)))

    def save(self, following: venuekey.parts.Connection) -> bool:
        before, wins = self.stored, super().save(following)
        if wins:
            self.note(before, following)
        return wins

    def take(self, event: dict[str, Any]) -> Any:
        outer, what = self._event, event["event"]
        denied = what == "callback" and "error=" in event["url"]
        deletes = what == "disconnect" and event["intent"] != "disconnect"
        named = {
            "callback": f"callback: {'denied' if denied else 'code'}",
            "disconnect": "disconnect" + ", delete the key" * deletes,
        }
        self._event = named.get(what, what.replace("_", " "))
        taken = super().take(event)
        self._event = outer
        return taken

    def drive(self, stored: venuekey.parts.Connection, event: dict[str, Any]) -> tuple[list[str], Any]:
        self._event = ""
        return super().drive(stored, event)

    def done(self, driver: _ConnectionDriver, event: dict[str, Any], lies: bool, sent: list[str]) -> _ConnectionDriver:
        action, heard = driver.action, self._event
        # Another worker may have been here meanwhile, with events of its own.
        if action == "save" and heard in ("", "worker sends", "told"):
            self._event = self._of_worker(driver.connection)
        elif action == "load" and heard in ("reply", "no reply", "not sent"):
            self._event = "late reply"
        elif action == "delete":
            self._event = "tombstone over"
            self.note(self.stored, None)
        following = super().done(driver, event, lies, sent)
        if action == "send":
            purpose = sent[-1]
            replies = event["replies"][purpose]
            reply = replies[min(sent.count(purpose) - 1, len(replies) - 1)]
            self._event = "reply" if "status" in reply else "not sent" if reply.get("not_sent") else "no reply"
        elif action == "find" and event.get("others"):
            self._event = "the key is another row's too"
        elif action == "deliver":
            self._event = "told"
        elif action == "save" and following.action != "load":
            self._event = ""
        return following

    def _of_worker(self, following: venuekey.parts.Connection) -> str:
        before = self.stored and json.loads(self.stored.text.expose())["connection"].get("attempt")
        attempt = json.loads(following.text.expose())["connection"].get("attempt")
        if attempt and attempt != before:
            return "worker sends"
        return "lease over" if before else "worker goes on"


def edges(case: dict[str, Any]) -> Iterator[Edge]:
    host = Watched(client(case))
    try:
        host.stored = begun(host.app, case["start"])
    except venuekey.VenuekeyError:
        return
    yield "start", "begin", place(host.stored)
    for event in case.get("events", []):
        host.take(event)
    yield from host.edges


def test_vectors_take_the_edges_of_the_page() -> None:
    whole = table()
    assert len(whole) > 400, "the page has its tables"
    taken = {edge for name in CASES for edge in edges(load(name))}
    missing = sorted(whole - taken)
    assert not missing, missing
