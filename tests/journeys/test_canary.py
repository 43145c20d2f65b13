"""No secret in any output, page, log or file: every test of this folder ends with that check.

Here is the proof that the check can fail, and the objects that it cannot see from outside.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import venuekey

import canary
from conftest import EXAMPLE, PATIENCE_SECONDS, TIME_SCALE, Rig, fetch
from person import Person
from processes import Sandbox
from settings import read
from testhooks import Clock

LIBRARY = Path(venuekey.__file__).parent


@pytest.fixture
def connected(live: Rig, person: Person) -> Rig:
    assert live.connect(person, "whitebit").state == "connected"
    assert live.connect(person, "bybit").state == "connected"
    live.remember_secrets()
    return live


def test_the_check_knows_every_kind_of_secret(connected: Rig) -> None:
    state = connected.sandbox.ask("/state?values=true")
    whitebit, bybit = state["whitebit"]["global"], state["bybit"]["mainnet"]
    known = {
        "demo-whitebit-secret",
        "demo-bybit-secret",
        whitebit["keys"][0]["secret"],
        whitebit["tokens"][0]["access_token"],
        whitebit["tokens"][0]["refresh_token"],
        bybit["keys"][0]["api_secret"],
        bybit["tokens"][0]["access_token"],
        bybit["tokens"][0]["refresh_token"],
        *connected.exchanged_codes(),
    }
    verifiers = [p["value"] for p in connected.sandbox.calls("token")[0]["form"] if p["name"] == "code_verifier"]
    states = [p["value"] for c in connected.sandbox.calls("authorize") for p in c["query"] if p["name"] == "state"]
    assert len(verifiers) == 1 and len(states) == 2
    assert known | {*verifiers, *states} <= connected.secrets


@pytest.mark.parametrize("place", ["output", "page", "database", "base64"])
def test_the_check_finds_a_planted_secret(connected: Rig, person: Person, place: str) -> None:
    connected.assert_no_leak()
    secret = connected.stored("whitebit")[0]["api_secret"]
    undo: Callable[[], object]
    if place == "output":
        connected.backend.lines.append(f"debug: {secret}")
        undo = connected.backend.lines.pop
    elif place == "page":
        page = next(reply for reply in person.visited if str(reply.url) == f"{connected.home}/")
        before = page.content
        page._content = before + secret.encode()
        undo = lambda: setattr(page, "_content", before)  # noqa: E731
    else:
        import base64

        text = base64.b64encode(f"key={secret};".encode()).decode() if place == "base64" else secret
        other = connected.data / "other.db"
        with closing(sqlite3.connect(other)) as database:
            database.execute("CREATE TABLE t AS SELECT ? AS text", (text,))
            database.commit()
        undo = other.unlink
    with pytest.raises(AssertionError, match="holds a secret"):
        connected.assert_no_leak()
    undo()


@pytest.mark.parametrize("venue", ["whitebit", "bybit"])
def test_no_object_shows_a_secret(rig: Rig, venue: str) -> None:
    """`repr` and `str` of everything the library hands out, and of tracebacks with their local variables."""
    settings = read([f"--sandbox={rig.sandbox.url}", f"--data={rig.data}", f"--public-url={rig.home}"], {})
    seen: dict[str, bytes] = {}

    def look(value: object, path: str, depth: int = 0) -> None:
        seen[f"{path} ({len(seen)})"] = f"{value!r} {value!s} {value} {[value]}".encode()
        if depth < 4 and type(value).__module__.partition(".")[0] == "venuekey":
            for name in dir(value):
                attribute = getattr(value, name)
                # What hands a secret out by name is told apart by its type: text only.
                if (
                    not name.startswith("_")
                    and not callable(attribute)
                    and not isinstance(attribute, (str, bytes, list))
                ):
                    look(attribute, f"{path}.{name}", depth + 1)

    client = settings.clients[venue]
    clock = Clock(float(TIME_SCALE))
    send = venuekey.senders.httpx_sender()
    store = venuekey.parts.MemoryStore()
    rig.sandbox.turn(whitebit={"user_decision": "approve"}, bybit={"user_decision": "approve"})
    endings: list[object] = []
    for goal_fault in (None, "drop_reply"):
        if goal_fault:
            rig.sandbox.tell(f"/user/{venue}/{client.environment}/action", {"action": "delete_key"})
            rig.sandbox.fault("secret" if venue == "whitebit" else "openapi", goal_fault)
        started = client.begin("api_key")
        store.save(started.pending.snapshot())
        callback = _callback_of(rig.sandbox, started.authorize_url)
        for value in (settings, client, send, store, started, started.pending, started.pending.snapshot()):
            look(value, type(value).__name__)
        step = started.pending.receive_callback(callback)

        def on_step(step: venuekey.parts.Step) -> None:
            look(step, step.name)
            look(step.flow.snapshot(), "snapshot")
            look(client.restore(step.flow.snapshot().expose()), "restored")

        try:
            done = venuekey.parts.drive(
                step,
                send=send,
                save=store.save,
                sleep=lambda seconds: time.sleep(seconds * float(TIME_SCALE)),
                clock=clock.now_ms,
                on_step=on_step,
            )
            look(done, "done")
            endings.append(done)
        except venuekey.VenuekeyError as error:
            look(error, "error")
            _look_at_traceback(error, seen)
            endings.append(error)
        for raising in (
            lambda: started.pending.receive_callback(callback.replace("state=", "state=x")),
            lambda: started.pending.resume(),
            lambda: client.restore(started.pending.snapshot().expose()[:-2]),
            lambda: client.restore(started.pending.snapshot().expose().replace("demo-", "demo+")),
            lambda: venuekey.parts.drive(step, send=send, save=lambda _: None),  # type: ignore[arg-type,return-value]
            lambda: venuekey.parts.drive(step, send=send, save=lambda snapshot: 1 / 0 > 1),
            lambda: venuekey.parts.drive(step, send=send, save=lambda snapshot: False),
        ):
            with pytest.raises((venuekey.VenuekeyError, venuekey.parts.SaveFailed)) as caught:
                raising()
            look(caught.value, "raised")
            _look_at_traceback(caught.value, seen)
    assert isinstance(endings[0], venuekey.parts.Done) and isinstance(endings[1], venuekey.VenuekeyError)
    assert len(seen) > 100
    secrets, keys = canary.secrets_of(rig.sandbox)
    assert canary.leaks(secrets | (keys if venue == "bybit" else set()), seen) == []


def _look_at_traceback(error: BaseException, seen: dict[str, bytes]) -> None:
    """As error trackers do, with local variables; only the library's own frames count."""
    chain: BaseException | None = error
    while chain is not None:
        for frame, line in traceback.walk_tb(chain.__traceback__):
            # By where the package is installed: the checkout's folder may have any name, `venuekey` too.
            if Path(frame.f_code.co_filename).is_relative_to(LIBRARY):
                for name, value in frame.f_locals.items():
                    seen[f"{frame.f_code.co_name}:{line} {name} ({len(seen)})"] = f"{value!r}".encode()
        chain = chain.__cause__ or chain.__context__


def _callback_of(sandbox: Sandbox, url: str) -> str:
    reply = fetch("GET", url)
    assert reply.is_redirect, reply.text
    return reply.headers["location"]


def test_the_demo_ends_well(binary: Path) -> None:
    """It checks its own output for secrets, among other things."""
    demo = subprocess.run(
        [sys.executable, str(EXAMPLE / "demo.py"), f"--sandbox={binary}"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert demo.returncode == 0, demo.stdout[-2000:] + demo.stderr[-2000:]
    assert demo.stderr == ""


def test_the_demo_says_what_is_missing(tmp_path: Path) -> None:
    demo = subprocess.run(
        [sys.executable, str(EXAMPLE / "demo.py"), f"--sandbox={tmp_path}/nothing"], capture_output=True, text=True
    )
    assert demo.returncode == 1
    assert "There is no program at" in demo.stdout and "Traceback" not in demo.stderr
