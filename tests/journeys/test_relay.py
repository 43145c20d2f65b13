"""Flows that change their language with every step; relay/README.md has the runners' protocol.

Each step is taken by a new process from the last snapshot alone. All languages are asked for it, and what they would save
is the same text; then one sends, the next one reads the reply. Those that are only asked last for all of the tests.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
import venuekey

from conftest import PATIENCE_SECONDS, Rig
from library import Connection
from node import need_package
from person import Person

RUNNERS = Path(__file__).with_name("relay")
LANGUAGES = {
    "python": [sys.executable, str(RUNNERS / "runner.py")],
    "node": ["node", str(RUNNERS / "runner.mjs")],
}
# Those that have a runner and aren't built on every machine; the variable has the runner's path.
BY_ENVIRONMENT = ("kotlin", "swift")
for name in BY_ENVIRONMENT:
    if runner := os.environ.get(f"VENUEKEY_RELAY_{name.upper()}"):
        LANGUAGES[name] = [runner]

JSON = dict[str, Any]
TURNS = pytest.mark.parametrize("turn", range(len(LANGUAGES)))


@pytest.fixture(autouse=True)
def installed() -> None:
    need_package()
    missing = [name for name in BY_ENVIRONMENT if name not in LANGUAGES]
    assert not missing or os.environ.get("CI") != "true", f"VENUEKEY_RELAY_... is not set for {', '.join(missing)}"


class Asked:
    """A runner that says what its language would save, order by order, and sends nothing."""

    running: ClassVar[dict[str, Asked]] = {}

    def __init__(self, language: str) -> None:
        self._language = language
        self._child = subprocess.Popen(
            LANGUAGES[language], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    @classmethod
    def about(cls, language: str, order: JSON) -> JSON:
        if language not in cls.running:
            cls.running[language] = cls(language)
        return cls.running[language]._answer(order)

    def _answer(self, order: JSON) -> JSON:
        assert self._child.stdin is not None and self._child.stdout is not None
        self._child.stdin.write(json.dumps(order) + "\n")
        self._child.stdin.flush()
        told = self._child.stdout.readline()
        assert told.startswith("{"), f"{self._language}: {told}"
        answer: JSON = json.loads(told)
        return answer

    def end(self) -> None:
        left, _ = self._child.communicate(timeout=PATIENCE_SECONDS)
        assert (self._child.returncode, left) == (0, ""), f"{self._language}: {left}"


@pytest.fixture(scope="session", autouse=True)
def asked() -> Iterator[None]:
    yield
    while Asked.running:
        Asked.running.popitem()[1].end()


class Relay:
    """One flow on its way round."""

    def __init__(
        self, connection: Connection, turn: int = 0, languages: Sequence[str] = (*LANGUAGES,), has_secret: bool = True
    ) -> None:
        venue = connection.client.venue
        self._connection = connection
        self._order: JSON = {
            "venue": venue,
            "environment": connection.client.environment,
            "base": f"{connection.rig.sandbox.url}/{venue}/{connection.client.environment}",
            "client_id": f"demo-{venue}",
            "redirect_uri": connection.redirect_uri,
        }
        if has_secret:
            self._order["client_secret"] = f"demo-{venue}-secret"
        self._turn = turn
        self._languages = languages
        self.snapshot: str | None = None
        self.took: list[tuple[str, str]] = []  # what was done, and in which language

    def take(self, **event: Any) -> list[JSON]:
        """One step, by the language whose turn it is; the others only say what they would save."""
        order = self._order | {"event": event, "now_ms": self._connection.now_ms()}
        if self.snapshot is not None:
            order["snapshot"] = self.snapshot
        runner = self._languages[self._turn % len(self._languages)]
        self._turn += 1
        others = [Asked.about(name, order) for name in self._languages if name != runner]
        lines = run(runner, order | {"send": True})
        for other in others:
            assert other == lines[0], "each language takes the same step and saves the same text"
        self.snapshot = str(lines[0]["snapshot"])
        self.took.append((str(lines[0].get("purpose", lines[0]["step"])), runner))
        return lines

    def begin(self, goal: str) -> str:
        entropy = hashlib.sha512(goal.encode()).hexdigest()
        (begun,) = self.take(begin={"goal": goal, "entropy": entropy})
        url: str = begun["authorize_url"]
        return url

    def go_on(self, lines: list[JSON]) -> JSON:
        """From what a step brought to the end."""
        for _ in range(40):
            step = lines[0]["step"]
            if step in ("done", "failed"):
                return lines[0]
            if step == "send":
                reply = lines[1]["reply"]
                lines = self.take(receive_response=reply) if reply else self.take(receive_no_response=True)
                continue
            if step == "wait":
                self._connection.advance(max(0, lines[0]["until_ms"] - self._connection.now_ms()) / 1000)
            lines = self.take(resume=True)
        pytest.fail(f"it has no end: {self.took}")

    def outcome(self) -> venuekey.parts.Done:
        """What the last snapshot holds, restored here."""
        assert self.snapshot is not None
        done = self._connection.client.restore(self.snapshot).resume(now_ms=self._connection.now_ms())
        assert isinstance(done, venuekey.parts.Done)
        return done

    def languages_of(self, what: str) -> list[str]:
        return [language for done, language in self.took if done == what]


def run(language: str, order: JSON) -> list[JSON]:
    ran = subprocess.run(
        LANGUAGES[language], input=json.dumps(order) + "\n", capture_output=True, text=True, timeout=PATIENCE_SECONDS
    )
    assert (ran.returncode, ran.stderr) == (0, ""), f"{language}: {ran.stderr}"
    return [json.loads(line) for line in ran.stdout.splitlines()]


@TURNS
@pytest.mark.parametrize("venue", ["whitebit", "bybit"])
def test_a_key(rig: Rig, person: Person, venue: venuekey.parts.Venue, turn: int) -> None:
    environment: venuekey.parts.VenueEnvironment = "global" if venue == "whitebit" else "mainnet"
    relay = Relay(connection := Connection(rig, venue, environment), turn)
    rig.sandbox.fault("secret" if venue == "whitebit" else "openapi", "rate_limit")
    callback = connection.consent_at(person, relay.begin("api_key"))
    last = relay.go_on(relay.take(receive_callback=callback))
    assert last["step"] == "done", last
    assert len(relay.took) >= 8 and {language for _, language in relay.took} == {*LANGUAGES}
    assert all(one[1] != other[1] for one, other in zip(relay.took, relay.took[1:], strict=False))
    outcome = relay.outcome().outcome
    assert isinstance(outcome, venuekey.parts.ApiKeyGranted)
    (key,) = rig.keys_at(venue)
    # Exposed to be compared.
    assert outcome.key.api_secret.expose() == key["secret" if venue == "whitebit" else "api_secret"]
    assert len(rig.exchanged_codes()) == 1


@TURNS
def test_tokens(rig: Rig, person: Person, turn: int) -> None:
    relay = Relay(connection := Connection(rig, "bybit", "mainnet"), turn)
    callback = connection.consent_at(person, relay.begin("account_tokens"))
    assert relay.go_on(relay.take(receive_callback=callback))["step"] == "done"
    outcome = relay.outcome().outcome
    assert isinstance(outcome, venuekey.parts.AccountTokens)
    assert outcome.uid is not None and len(rig.exchanged_codes()) == 1


@TURNS
def test_a_hand_off_changes_hands_too(rig: Rig, person: Person, turn: int) -> None:
    connection = Connection(rig, "whitebit", "global")
    app = Relay(connection, turn, has_secret=False)
    callback = connection.consent_at(person, app.begin("api_key"))
    handed = app.go_on(app.take(receive_callback=callback))
    assert handed["step"] == "done" and "demo-whitebit-secret" not in handed["hand_off"]
    backend = Relay(connection, turn + 1)
    assert backend.go_on(backend.take(accept_hand_off=handed["hand_off"]))["step"] == "done"
    assert isinstance(backend.outcome().outcome, venuekey.parts.ApiKeyGranted)
    assert len(rig.exchanged_codes()) == 1


@TURNS
def test_a_lost_secret_is_told_alike(rig: Rig, person: Person, turn: int) -> None:
    relay = Relay(connection := Connection(rig, "whitebit", "global"), turn)
    rig.sandbox.fault("secret", "drop_reply")
    callback = connection.consent_at(person, relay.begin("api_key"))
    failed = relay.go_on(relay.take(receive_callback=callback))
    assert (failed["code"], failed["recovery"]) == ("delete_key_in_dashboard", "delete_key")
    assert len(relay.languages_of("fetch_secret")) == 2, "asked once more, by another language"
    ended = relay.go_on(relay.take(recover=True))
    assert (ended["step"], ended["code"]) == ("failed", "secret_lost") and rig.keys_at("whitebit") == []
