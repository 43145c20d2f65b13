"""Flows that change their language with every step; relay/README.md has the runners' protocol.

Each step is taken by a new process from the last snapshot alone. All languages are asked for it, and what they would save
is the same text; then one sends, the next one reads the reply. Those that are only asked last for all of the tests.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import pytest
import venuekey

from conftest import Rig
from library import Connection
from person import Person
from relay_rig import JSON, LANGUAGES, Turns, runners  # noqa: F401

TURNS = pytest.mark.parametrize("turn", range(len(LANGUAGES)))


class Relay:
    """One flow on its way round."""

    def __init__(
        self, connection: Connection, turn: int = 0, languages: Sequence[str] = (*LANGUAGES,), has_secret: bool = True
    ) -> None:
        self._connection = connection
        self.turns = Turns(connection, turn, languages, has_secret)
        self.snapshot: str | None = None

    def take(self, **event: Any) -> list[JSON]:
        """One step, by the language whose turn it is; the others only say what they would save."""
        order = {"event": event} if self.snapshot is None else {"event": event, "snapshot": self.snapshot}
        said, lines = self.turns.take(order)
        for language, line in said.items():
            assert line == lines[0], f"{language} saves the same text as {self.turns.took[-1][1]}"
        self.snapshot = str(lines[0]["snapshot"])
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
        pytest.fail(f"it has no end: {self.turns.took}")

    def outcome(self) -> venuekey.parts.Done:
        """What the last snapshot holds, restored here."""
        assert self.snapshot is not None
        done = self._connection.client.restore(self.snapshot).resume(now_ms=self._connection.now_ms())
        assert isinstance(done, venuekey.parts.Done)
        return done


@TURNS
@pytest.mark.parametrize("venue", ["whitebit", "bybit"])
def test_a_key(rig: Rig, person: Person, venue: venuekey.parts.Venue, turn: int) -> None:
    environment: venuekey.parts.VenueEnvironment = "global" if venue == "whitebit" else "mainnet"
    relay = Relay(connection := Connection(rig, venue, environment), turn)
    rig.sandbox.fault("secret" if venue == "whitebit" else "openapi", "rate_limit")
    callback = connection.consent_at(person, relay.begin("api_key"))
    last = relay.go_on(relay.take(receive_callback=callback))
    assert last["step"] == "done", last
    assert len(relay.turns.took) >= 8
    relay.turns.assert_all_had_a_part()
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
    assert len(relay.turns.languages_of("fetch_secret")) == 2, "asked once more, by another language"
    ended = relay.go_on(relay.take(recover=True))
    assert (ended["step"], ended["code"]) == ("failed", "secret_lost") and rig.keys_at("whitebit") == []
