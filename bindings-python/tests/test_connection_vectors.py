"""What comes from the web, what workers do, and what a reply meets: each case of `connections/`."""

from __future__ import annotations

from typing import Any

import pytest

import venuekey
from corpus import MANIFEST, load
from test_vectors import client, raised, response, text, tokens
from venuekey._native import _ConnectionDriver
from venuekey.connections._view import view_of

CASES = [name for name in MANIFEST["cases"] if name.startswith("connections/")]
CONSENT = ("callback_timeout_s", "on_secret_lost", "response_type", "expected_uid")


@pytest.mark.parametrize("name", CASES)
def test_connection(name: str) -> None:
    case = load(name)
    start, events = case["start"], case.get("events", [])
    host = Host(client(case))
    try:
        host.stored = begun(host.app, start)
        got = shown(host.stored)
    except venuekey.VenuekeyError as error:
        got = {"raises": raised(error)}
    assert without_text(got, bool(events)) == start["expect"]
    for index, event in enumerate(events):
        goes_on = index + 1 < len(events)
        assert without_text(host.take(event), goes_on) == event["expect"], f"event {index}"


def without_text(got: Any, goes_on: bool) -> Any:
    """The text stands once, at the end."""
    if goes_on and isinstance(got, dict):
        got.pop("connection", None)
    return got


def begun(app: venuekey.Client, start: dict[str, Any]) -> venuekey.parts.Connection:
    now_ms, call = start["now_ms"], start["call"]
    names = {name: start[name] for name in ("owner", "client_name", "label", "keep_alive") if name in start}
    entropy = bytes.fromhex(start["entropy"]) if "entropy" in start else None
    if call == "begin_connection":
        return app.begin_connection(start["goal"], **names, **consent(start), entropy=entropy, now_ms=now_ms)
    if call == "begin_connection_by_hand_off":
        policy = start.get("on_secret_lost", "report")
        return app.begin_connection_by_hand_off(text(start["hand_off"]), policy, **names, now_ms=now_ms)
    if call == "import_tokens":
        uid = start.get("uid")
        return app.import_tokens(tokens(start["tokens"]), uid=uid, **names, entropy=entropy, now_ms=now_ms)
    if call == "restore_connection":
        return app.restore_connection(start["connection"], now_ms=now_ms)
    assert call == "import_key"
    ids = {name: start[name] for name in ("external_id", "uid") if name in start}
    return app.import_key(start["api_key"], start["api_secret"], **ids, **names, entropy=entropy, now_ms=now_ms)


def consent(given: dict[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in CONSENT if name in given}


def shown(connection: venuekey.parts.Connection) -> dict[str, Any]:
    """What a host sees of a connection."""
    error, choices, wait = connection.error, connection.choices, connection.wait
    got = {
        "authorize_url": connection.authorize_url,
        "expires_at_ms": connection.expires_at_ms,
        "error": error and error.code,
        "recovery": connection.recovery,
        "replaces_key": connection.replaces_key or None,
        "uid": connection.uid,
        "key_id": connection.key_id,
        "key_left": connection.key_left,
        "choices": choices
        and {
            "subaccounts": [each.id for each in choices.subaccounts],
            "may_create": choices.may_create,
            "creation_in_doubt": choices.creation_in_doubt,
        },
        "wait": wait
        and {
            "reason": wait.reason,
            "attempts": wait.attempts,
            "until_ms": wait.until_ms,
            "gives_up_at_ms": wait.gives_up_at_ms,
        },
    }
    got = {name: value for name, value in got.items() if value is not None}
    standing = {"status": connection.status, "due_at_ms": connection.due_at_ms}
    return {"connection": connection.text.expose(), **standing, **got}


def shown_access(access: Any) -> dict[str, Any]:
    if isinstance(access, venuekey.parts.KeyAccess):
        return {"access": "key", "api_key": access.key.api_key.expose()}
    if isinstance(access, venuekey.parts.TokenAccess):
        token = access.tokens.access_token.expose()
        return {"access": "tokens", "access_token": token, "generation": access.generation}
    error = access.error and access.error.code
    if isinstance(access, venuekey.parts.LaterAccess):
        return {"access": "later", "until_ms": access.until_ms, "error": error}
    return {"access": "needs_user", "error": error, "recovery": access.recovery}


class Host:
    """A store with one row, and the clock."""

    def __init__(self, app: venuekey.Client) -> None:
        self.app = app
        self.stored: venuekey.parts.Connection | None = None
        self.now_ms = 0
        self.hand_off: venuekey.parts.HandOff | None = None

    def load(self) -> venuekey.parts.Connection | None:
        if self.stored is None:
            return None
        written = self.stored.text.expose()
        restored = self.app.restore_connection(written, now_ms=self.now_ms)
        assert restored.text.expose() == written
        return restored

    def save(self, following: venuekey.parts.Connection) -> bool:
        wins = following.expected_revision == (0 if self.stored is None else self.stored.revision)
        if wins:
            self.stored = following
        return wins

    def take(self, event: dict[str, Any]) -> Any:
        self.now_ms = event["now_ms"]
        stored = self.load()
        if stored is None:
            return "gone"
        if event["event"] == "gone":
            self.stored = None
            return "gone"
        if event["event"] == "drive":
            trace, end = self.drive(stored, event)
            return {"trace": trace, "end": end, **({} if self.stored is None else shown(self.stored))}
        try:
            if event["event"] == "access":
                return shown_access(stored.access(now_ms=self.now_ms))
            if event["event"] == "view":
                plain = view_of(stored, no_worker=False).as_dict()
                return {name: plain[name] for name in ("begun_at_ms", "scope", "key", "attempt")}
            if event["event"] == "take_hand_off":
                self.hand_off = stored.hand_off
                return {"hand_off": self.hand_off and self.hand_off.expose()}
            following = self.applied(stored, event)
        except venuekey.VenuekeyError as error:
            return {"raises": raised(error)}
        if following.revision == stored.revision:
            return "unchanged"
        assert self.save(following)
        return shown(following)

    def applied(self, stored: venuekey.parts.Connection, event: dict[str, Any]) -> venuekey.parts.Connection:
        if event["event"] != "handed_off":
            return applied(stored, event)
        assert self.hand_off is not None
        return stored.handed_off(self.hand_off, now_ms=self.now_ms)

    def drive(self, stored: venuekey.parts.Connection, event: dict[str, Any]) -> tuple[list[str], Any]:
        """One worker, from what the store has to its end."""
        trace: list[str] = []
        sent: list[str] = []
        driver, ended = self.driver(stored, event), ("return", "fail", "stop")
        while driver.action not in ended:
            place = len(trace)
            trace.append(self.line(driver))
            self.meanwhile(event, place, trace)
            if event.get("stop") == place:
                driver = driver.stop(now_ms=self.now_ms)
                gave_up = driver.action == "save" and trace[-1].startswith("send")
                if driver.action not in ("save", "send") or gave_up:
                    continue
            driver = self.done(driver, event, place in event.get("lies", ()), sent)
        if driver.action == "stop":
            return trace, "stopped"
        if driver.error is not None:
            return trace, {"raises": driver.error.code}
        if driver.is_gone:
            return trace, "gone"
        return trace, "rest" if driver.access is None else shown_access(driver.access)

    def driver(self, stored: venuekey.parts.Connection, event: dict[str, Any]) -> _ConnectionDriver:
        wants = event.get("wants")
        if wants is None:
            return _ConnectionDriver(stored, holder=event["holder"], now_ms=self.now_ms)
        return _ConnectionDriver.for_access(
            stored,
            event["holder"],
            refused_generation=wants.get("refused_generation"),
            patience_ms=wants.get("patience_ms", 30_000),
            now_ms=self.now_ms,
        )

    def line(self, driver: _ConnectionDriver) -> str:
        if driver.action == "save":
            return f"save {driver.connection.revision} {driver.connection.status}"
        if driver.action == "send":
            assert driver.request is not None
            return f"send {driver.request.purpose}"
        if driver.action == "sleep":
            assert driver.until_ms is not None
            return f"sleep {max(0, driver.until_ms - self.now_ms)}"
        if driver.action == "deliver":
            return " ".join(["deliver", *(each.kind for each in driver.events)])
        return driver.action

    def meanwhile(self, event: dict[str, Any], place: int, trace: list[str]) -> None:
        for other in event.get("meanwhile", ()):
            if other["at"] == place:
                clock_ms = self.now_ms
                got = self.take(other)
                trace += [f"  {line}" for line in got.get("trace", ())] if isinstance(got, dict) else []
                self.now_ms = max(self.now_ms, clock_ms)

    def done(self, driver: _ConnectionDriver, event: dict[str, Any], lies: bool, sent: list[str]) -> _ConnectionDriver:
        now_ms, action = self.now_ms, driver.action
        if action == "load":
            return driver.loaded(stored=self.load(), now_ms=now_ms)
        if action == "save":
            return driver.saved(now_ms=now_ms) if self.save(driver.connection) and not lies else driver.superseded()
        if action == "send":
            assert driver.request is not None
            purpose = driver.request.purpose
            replies = event["replies"][purpose]
            reply = replies[min(sent.count(purpose), len(replies) - 1)]
            sent.append(purpose)
            if "status" in reply:
                return driver.response(response(reply), now_ms=now_ms)
            return driver.no_response(not_sent=reply.get("not_sent", False), now_ms=now_ms)
        if action == "nonce":
            return driver.nonce(nonce_ms=now_ms, now_ms=now_ms)
        if action == "find":
            return driver.found(others=event.get("others", False), now_ms=now_ms)
        if action == "deliver":
            return driver.delivered(all=not event.get("deaf", False), now_ms=now_ms)
        if action == "delete":
            self.stored = None
            return driver.deleted()
        assert action == "sleep"
        assert driver.until_ms is not None
        self.now_ms = driver.until_ms
        return driver.awake()


def applied(stored: venuekey.parts.Connection, event: dict[str, Any]) -> venuekey.parts.Connection:
    now_ms, what = event["now_ms"], event["event"]
    if what == "callback":
        return stored.receive_callback(event["url"], now_ms=now_ms)
    if what == "choose":
        return stored.choose(event["id"], now_ms=now_ms)
    if what == "recover":
        return stored.recover(now_ms=now_ms)
    if what == "reconnect":
        return stored.reconnect(**consent(event), entropy=bytes.fromhex(event["entropy"]), now_ms=now_ms)
    if what == "cancel_attempt":
        return stored.cancel_attempt(now_ms=now_ms)
    if what == "disconnect":
        return stored.disconnect(event["intent"], now_ms=now_ms)
    if what == "token_refused":
        return stored.token_refused(event["generation"], now_ms=now_ms)
    if what == "delivered":
        return stored.delivered(event["number"], now_ms=now_ms)
    assert what == "key_refused"
    signer = stored.signer()
    assert signer is not None
    with pytest.raises(venuekey.VenuekeyError) as refusal:
        signer.receive_response(response(event))
    return stored.key_refused(refusal.value, now_ms=now_ms)
