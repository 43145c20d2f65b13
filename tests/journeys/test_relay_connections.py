"""Connections that change their language with every action, from the click to the row's end.

Each event from the web, and each action of each worker, is taken by a new process, from the sealed row and what came of that
worker's actions before. All languages are asked for it, and make the same of it; the row that goes on is the runner's.
relay/README.md has the runners' protocol.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
import venuekey

from conftest import Rig
from library import Connection, agent
from person import Person
from relay_rig import JSON, Turns, runners  # noqa: F401

pytestmark = pytest.mark.usefixtures("still")

KEY = bytes(range(32))
ENDS = ("return", "fail", "stop")


class Relay:
    """One connection on its way round, and the store that has it."""

    def __init__(self, connection: Connection, turn: int = 0, has_secret: bool = True) -> None:
        self._connection = connection
        self._keys = venuekey.SealingKeys([("relay", KEY)])
        self._workers = 0
        self.turns = Turns(connection, turn, has_secret=has_secret)
        self.row: JSON | None = None
        self.seen: JSON = {}  # what the last save said besides
        self.heard: list[str] = []

    @property
    def stored(self) -> JSON:
        assert self.row is not None
        return self.row

    def take(self, event: str, given: Any, row: JSON | None = None) -> list[JSON]:
        order = {"event": {event: given}, "row": row or self.row, "keys": KEY.hex()}
        said, lines = self.turns.take(order)
        sealed = {language: line["row"].pop("sealed") for language, line in said.items() if "row" in line}
        for language, line in said.items():
            assert line == lines[0], f"{language} makes the same of it as {self.turns.took[-1][1]}"
        for language, text in sealed.items():
            # A seal has random bytes: what is in it is compared.
            assert self._opened(lines[0]["row"] | {"sealed": text}) == lines[0]["connection"], f"sealed by {language}"
        if sealed:
            lines[0]["row"]["sealed"] = sealed[self.turns.took[-1][1]]
        return lines

    def _opened(self, row: JSON) -> str:
        columns = [row[name] for name in ("id", "owner", "client", "revision", "sealed")]
        opened = self._connection.client.open_connection(*columns, self._keys, now_ms=self._connection.now_ms())
        return opened.text.expose()  # exposed to be compared

    def _save(self, line: JSON) -> bool:
        """By compare-and-set."""
        wins = line["row"]["revision"] == (0 if self.row is None else self.row["revision"]) + 1
        if wins:
            self.row, self.seen = line["row"], line
        return wins

    # The web.

    def begin(self, goal: str) -> None:
        entropy = hashlib.sha512(goal.encode()).hexdigest()
        self.web("begin", {"goal": goal, "owner": "user", "client_name": "relay", "entropy": entropy})

    def web(self, event: str, given: Any) -> None:
        (line,) = self.take(event, given)
        assert self._save(line)

    def called_back(self, person: Person) -> None:
        self.web("receive_callback", self._connection.consent_at(person, self.seen["authorize_url"]))

    def call(self, method: str, path: str, parameters: str) -> Any:
        """With the key: one process signs and sends, the next one reads."""
        order = {"method": method, "path": path, "parameters": parameters, "nonce_ms": self._connection.now_ms()}
        _, sent = self.take("sign", order)
        (told,) = self.take("read", sent["reply"])
        return json.loads(told["payload"])

    # Workers.

    def drive(self, meanwhile: Callable[[], None] | None = None, dies: bool = False, **wants: int) -> JSON:
        """One worker, or with `wants` one request, to its end; `meanwhile` happens while its first request is out.

        One that dies does so with the reply to that request in its hands.
        """
        self._workers += 1
        row, done = self.row, list[JSON]()
        order = {"holder": f"worker-{self._workers}", "began_ms": self._connection.now_ms(), **wants, "done": done}
        while len(done) < 60:
            line, *reply = self.take("drive", order, row)
            if line["action"] in ENDS or (dies and line["action"] == "send"):
                return line
            if line["action"] == "send" and meanwhile is not None:
                meanwhile()
                meanwhile = None
            done.append(self._came_of(line, reply) | {"now_ms": self._connection.now_ms()})
        pytest.fail(f"it has no end: {self.turns.took}")

    def _came_of(self, line: JSON, reply: list[JSON]) -> JSON:
        match line["action"]:
            case "load":
                return {"loaded": self.stored}
            case "save":
                return {"saved" if self._save(line) else "superseded": True}
            case "send":
                return {"response": reply[0]["reply"]} if reply[0]["reply"] else {"no_response": True}
            case "nonce":
                return {"nonce": self._connection.now_ms()}
            case "find":
                return {"found": False}
            case "deliver":
                self.heard += [event["kind"] for event in line["events"]]
                return {"delivered": True}
            case "delete":
                self.row = None
                return {"deleted": True}
            case "sleep":
                self.advance_to(line["until_ms"])
                return {"awake": True}
        raise ValueError(f"no action of a connection: {line['action']}")

    def advance_to(self, ms: int) -> None:
        self._connection.advance(max(0, ms - self._connection.now_ms()) / 1000)

    def due(self) -> JSON:
        """What is due next, once it is."""
        self.advance_to(self.stored["due_at_ms"])
        return self.drive()

    def settled(self, status: str) -> None:
        for _ in range(20):
            self.due()
            if self.stored["status"] == status:
                return
        pytest.fail(f"it does not settle: {self.turns.took}")

    def gone(self) -> None:
        """The tombstone has had its day, and every language had a part."""
        assert self.stored["status"] == "ended"
        assert self.due()["is_gone"] and self.row is None
        self.turns.assert_all_had_a_part()


def connected(rig: Rig, person: Person, connection: Connection, goal: str, turn: int = 0) -> Relay:
    relay = Relay(connection, turn)
    relay.begin(goal)
    relay.called_back(person)
    relay.settled("connected")
    assert len(rig.exchanged_codes()) == 1
    return relay


def test_a_key_of_whitebit(rig: Rig, person: Person) -> None:
    rig.sandbox.fault("secret", "rate_limit")
    relay = connected(rig, person, Connection(rig, "whitebit", "global"), "api_key")
    (key,) = rig.keys_at("whitebit")
    assert relay.drive(patience_ms=0)["access"] == {"access": "key", "api_key": key["public_key"]}
    assert "BTC" in relay.call("POST", "/api/v4/trade-account/balance", "{}")
    relay.web("disconnect", "disconnect_and_delete_key")
    relay.settled("ended")
    assert rig.keys_at("whitebit") == [] and relay.heard == ["connected", "ended"]
    relay.gone()


def test_tokens_of_whitebit(rig: Rig, person: Person) -> None:
    relay = connected(rig, person, Connection(rig, "whitebit", "global"), "account_tokens", turn=1)
    first = relay.drive(patience_ms=0)["access"]
    relay.due()
    second = relay.drive(patience_ms=0)["access"]
    # WhiteBIT refuses a second refresh within a second: the request waits for it.
    third = relay.drive(patience_ms=30_000, refused_generation=second["generation"])["access"]
    assert len({each["access_token"] for each in (first, second, third)}) == 3
    # The user leaves while a refresh is out: its reply meets another revision.
    relay.advance_to(relay.stored["due_at_ms"])
    relay.drive(meanwhile=lambda: relay.web("disconnect", "disconnect"))
    assert len(relay.turns.languages_of("refresh_tokens")) == 4 and len(relay.turns.languages_of("sleep")) == 1
    assert len(relay.turns.languages_of("load")) == 2 and relay.heard == ["connected", "ended"]
    relay.gone()


def test_a_key_of_bybit(rig: Rig, person: Person) -> None:
    rig.sandbox.fault("uid", "drop_reply")
    relay = connected(rig, person, Connection(rig, "bybit", "mainnet"), "api_key", turn=2)
    assert len(relay.turns.languages_of("read_uid")) == 2, "asked once more, by another language"
    (key,) = rig.keys_at("bybit")
    assert relay.drive(patience_ms=0)["access"] == {"access": "key", "api_key": key["api_key"]}
    assert relay.call("GET", "/v5/user/query-api", "{}")["readOnly"] in (0, 1)
    relay.due()
    assert relay.turns.languages_of("nonce") and relay.turns.languages_of("probe_key"), "a look at the key"
    relay.web("disconnect", "forget")
    relay.settled("ended")
    # Bybit lets no app delete a key: the user is told.
    assert rig.keys_at("bybit") == [key] and relay.heard == ["connected", "ended"]
    relay.gone()


def test_a_user_who_chooses(rig: Rig, person: Person) -> None:
    rig.sandbox.turn(bybit={"user_sub_accounts": 2})
    relay = Relay(agent(rig), turn=3, has_secret=False)
    relay.begin("api_key")
    relay.called_back(person)
    relay.settled("awaiting_user")
    relay.web("choose", relay.seen["choices"][1])
    relay.settled("connected")
    assert relay.drive(patience_ms=0)["access"]["access"] == "key"
    relay.web("disconnect", "forget")
    relay.settled("ended")
    relay.gone()


def test_a_worker_that_dies(rig: Rig, person: Person) -> None:
    relay = Relay(Connection(rig, "bybit", "mainnet"), turn=4)
    relay.begin("api_key")
    relay.called_back(person)
    relay.drive(dies=True)
    assert relay.drive()["action"] == "return", "nobody else's, while the lease lasts"
    relay.settled("needs_user")
    assert relay.heard == ["needs_user"] and len(rig.exchanged_codes()) == 1, "a code is exchanged once"
    relay.web("disconnect", "forget")
    relay.settled("ended")
    relay.gone()
