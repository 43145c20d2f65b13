"""An app that begins by itself and its backend: two programs, one of which has the client's secret."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import venuekey

from api_user import ApiUser, problem
from conftest import BOTH_BACKENDS, EXAMPLE, PATIENCE_SECONDS, Rig
from forks import Forks
from library import Connection
from node import need_package
from person import Person
from relay_rig import Turns
from test_relay import Relay

CONNECTED = {"state": "connected", "text": ""}
DEVICE = EXAMPLE.parent / "python-device" / "device.py"


@pytest.fixture(scope="module", autouse=True)
def steps(forks: Forks) -> None:
    """The app's steps in Python are forked."""
    Turns.forks = forks


def device(rig: Rig, user: ApiUser, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    options = [
        f"--backend={rig.home}",
        f"--sandbox={rig.sandbox.url}/whitebit/global",
        f"--state={folder / 'flow.json'}",
    ]
    environ = {"DEVICE_COOKIE": user.person.cookie_header(), "PATH": ""}
    started = [sys.executable, str(DEVICE), *options, *command]
    child = rig.forks.start(started, environ, apart=True)
    stdout, stderr = child.communicate(timeout=PATIENCE_SECONDS)
    return subprocess.CompletedProcess(started, child.wait(), stdout, stderr)


def hand_off_of(rig: Rig, person: Person) -> dict[str, Any]:
    """What an app would send, made by the library in this process."""
    app = Connection(rig, "whitebit", "global", client_secret=None)
    started = app.begin("api_key")
    done = app.drive(started.pending.receive_callback(app.consent(person, started)))
    assert isinstance(done.outcome, venuekey.parts.HandOff) and app.steps == ["save", "done"]
    assert "demo-whitebit-secret" not in done.outcome.expose()
    sent: dict[str, Any] = json.loads(done.outcome.expose())
    return sent


def logged_in(rig: Rig) -> ApiUser:
    """A user whom the backend knows: here, whoever has begun something before."""
    user = ApiUser(rig)
    user.begin("bybit")
    return user


@BOTH_BACKENDS
@pytest.mark.parametrize("app", ["python", "node"])
def test_begun_in_either_language_it_is_taken_by_either_backend(unhurried: Rig, app: str) -> None:
    """The app has the package without secrets, and each of its steps is a process of its own."""
    need_package()
    user, alone = logged_in(unhurried), Relay(Connection(unhurried, "whitebit", "global"), languages=[app], has_secret=False)
    callback = user.consent(alone.begin("api_key"))
    handed = alone.go_on(alone.take(receive_callback=callback))
    assert handed["step"] == "done" and "demo-whitebit-secret" not in handed["hand_off"]
    assert unhurried.exchanged_codes() == []
    assert user.hand_off(handed["hand_off"]).status_code == 202
    assert user.settled("whitebit") == CONNECTED and unhurried.is_right("whitebit")
    assert {language for _, language in alone.turns.took} == {app} and len(unhurried.exchanged_codes()) == 1


@BOTH_BACKENDS
def test_the_device_begins_and_the_backend_has_the_key(unhurried: Rig, tmp_path: Path) -> None:
    user = logged_in(unhurried)
    begun = device(unhurried, user, tmp_path, "begin")
    assert begun.returncode == 0, begun.stderr
    callback = user.consent(begun.stdout.strip())
    finished = device(unhurried, user, tmp_path, "finish", callback)
    assert (finished.returncode, finished.stdout) == (0, "handed off, the backend answered 202\n"), finished.stderr
    assert user.settled("whitebit") == CONNECTED
    assert unhurried.is_right("whitebit") and len(unhurried.exchanged_codes()) == 1
    assert not (tmp_path / "flow.json").exists()


@BOTH_BACKENDS
def test_what_the_device_keeps_survives_it(unhurried: Rig, tmp_path: Path) -> None:
    user = logged_in(unhurried)
    callback = user.consent(device(unhurried, user, tmp_path, "begin").stdout.strip())
    wrong = callback.replace("state=", "state=x")
    refused = device(unhurried, user, tmp_path, "finish", wrong)
    assert refused.returncode == 1 and refused.stderr.startswith("state_mismatch: ")
    # The backend is away: the app keeps what it has, and the next run sends it.
    unhurried.backend.stop()
    assert device(unhurried, user, tmp_path, "finish", callback).returncode == 1
    unhurried.start(VENUEKEY_EXAMPLE_TIME_SCALE="1")
    assert device(unhurried, user, tmp_path, "finish", callback).returncode == 0
    assert user.settled("whitebit") == CONNECTED


@BOTH_BACKENDS
def test_handed_in_many_times_at_once_it_is_taken_once(unhurried: Rig) -> None:
    users = [logged_in(unhurried) for _ in range(2)]
    hand_off = hand_off_of(unhurried, users[0].person)
    other = hand_off | {"code_verifier": "x" * 43, "expires_at_ms": hand_off["expires_at_ms"] - 1}
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda n: users[n % 2].hand_off(json.dumps(hand_off)), range(6)))
    assert sorted(reply.status_code for reply in replies) == [202] + [409] * 5
    again = users[1].hand_off(json.dumps(other))
    assert problem(again) == (409, "rejected", "superseded"), "another verifier does not make it another one"
    winner = users[next(n for n, reply in enumerate(replies) if reply.status_code == 202) % 2]
    assert winner.settled("whitebit") == CONNECTED
    # Its flow is gone by now; its code is spent all the same.
    assert problem(winner.hand_off(json.dumps(hand_off))) == (409, "rejected", "superseded")
    assert unhurried.is_right("whitebit") and len(unhurried.exchanged_codes()) == 1


@BOTH_BACKENDS
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"venue": "bybit", "environment": "mainnet"}, "hand_off_mismatch"),
        ({"environment": "eu"}, "hand_off_mismatch"),
        ({"client_id": "somebody"}, "hand_off_mismatch"),
        ({"redirect_uri": "https://evil.example/cb"}, "hand_off_mismatch"),
        ({"api_base": "http://127.0.0.1:1"}, "hand_off_invalid"),
        ({"state": "in_flight"}, "hand_off_invalid"),
        ({"venuekey_hand_off": 2}, "hand_off_invalid"),
        ({"code": ""}, "hand_off_invalid"),
        ({"code": "c" * 17_000}, "hand_off_invalid"),
        ({"expires_at_ms": 1}, "hand_off_expired"),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_hostile_ones_are_refused(unhurried: Rig, change: dict[str, Any], code: str) -> None:
    user = logged_in(unhurried)
    hand_off = hand_off_of(unhurried, user.person)
    kind = "reauthorize" if code == "hand_off_expired" else "rejected"
    assert problem(user.hand_off(json.dumps(hand_off | change))) == (400, kind, code)
    assert unhurried.exchanged_codes() == []
    # Nothing was spent by it.
    assert user.hand_off(json.dumps(hand_off)).status_code == 202
    assert user.settled("whitebit") == CONNECTED


def test_sealed_in_a_cookie_a_callback_counts_once(rig: Rig, person: Person) -> None:
    connection = Connection(rig, "whitebit", "global")
    keys = venuekey.SealingKeys([("new", bytes(range(32))), ("old", bytes(32))])
    started = connection.client.begin("api_key")  # not stored: the cookie is the store
    cookie = started.pending.seal(venuekey.SealingKeys([("old", bytes(32))]), context="session-1")
    callback = connection.consent(person, started)
    with pytest.raises(venuekey.RejectedError, match="seal_invalid"):
        connection.client.open(cookie, keys=keys, context="session-2")
    steps = [
        connection.client.open(cookie, keys=keys, context="session-1").receive_callback(callback) for _ in range(2)
    ]
    done = connection.drive(steps[0])
    assert isinstance(done.outcome, venuekey.parts.ApiKeyGranted)
    with pytest.raises(venuekey.RejectedError, match="superseded"):
        connection.drive(steps[1])
    assert len(rig.exchanged_codes()) == 1
