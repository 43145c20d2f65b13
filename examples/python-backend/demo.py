"""Connects an account at both exchanges on this machine, and tells what happens.

It starts the exchanges (venuekey-sandbox) and the backend in this folder, plays the user's browser, kills the backend in the
middle, and checks that no code is sent twice and no secret is left anywhere.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

try:
    import httpx
    import venuekey
    import venuekey_sandbox

    from settings import TITLES
except ModuleNotFoundError as error:
    sys.exit(
        f"demo: the Python module {error.name} is missing. In a virtual environment, run\n"
        "  pip install -r examples/python-backend/requirements.txt ./bindings-python ./sandbox/wheel"
    )

HERE = Path(__file__).resolve().parent
WRITTEN: list[str] = []


class Surprise(Exception):
    """Something is not as it must be, in one sentence."""


def say(text: str) -> None:
    """One write a line: the backend is read in a thread of its own."""
    WRITTEN.append(text)
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def check(holds: object, text: str) -> None:
    if not holds:
        raise Surprise(f"This should hold, and does not: {text}")
    say(f"  ✓ {text}")


def until(holds: Callable[[], Any], seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        if time.monotonic() > deadline:
            raise Surprise("The programs did not get as far as they should.")
        time.sleep(0.02)
    return found


class Backend:
    """The program. What it writes is kept, and told where it is of a connection."""

    def __init__(self, *options: str) -> None:
        self._lines: list[str] = []
        command = [sys.executable, "-u", str(HERE), *options]
        self.child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        threading.Thread(target=self._read, daemon=True).start()
        until(lambda: any("Uvicorn running on " in line for line in [*self._lines]) or self.child.poll() is not None)
        if self.child.poll() is not None:
            raise Surprise(f"The backend ended as it started: {' '.join(self._lines[-1:])}")

    def _read(self) -> None:
        for line in self.child.stdout or ():
            self._lines.append(line.rstrip("\n"))
            WRITTEN.append(self._lines[-1])
            _, _, told = self._lines[-1].partition(" venuekey connection ")
            if told:
                say(f"    {told}")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        self.child.send_signal(number)
        self.child.wait()


class Stage:
    """The programs, and the user's browser."""

    def __init__(self, program: str | None, data: Path, stack: contextlib.ExitStack) -> None:
        self._stack, self.data = stack, data
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self._port = probe.getsockname()[1]
        self.home = f"http://127.0.0.1:{self._port}"
        redirects = [f"--redirect-uri={venue}={self.home}/callback/{venue}" for venue in TITLES]
        self.sandbox = stack.enter_context(venuekey_sandbox.start(*redirects, program=program))
        self.start_backend()
        # Everything is http on this machine: no certificates to load, no proxy to ask.
        bare: Any = {"timeout": 60, "verify": False, "trust_env": False, "follow_redirects": True}
        self.user = stack.enter_context(httpx.Client(base_url=self.home, **bare))

    def start_backend(self) -> None:
        self.backend = Backend(f"--port={self._port}", f"--data={self.data}", f"--sandbox={self.sandbox.url}")
        self._stack.callback(self.backend.stop)

    def page(self) -> str:
        WRITTEN.append(self.user.get("/").text)
        return WRITTEN[-1]

    def consent(self, venue: str) -> None:
        """From our app to the exchange and back."""
        begun = self.user.post("/api/connections", json={"venue": venue, "goal": "api_key"}).raise_for_status().json()
        back = self.user.get(self.sandbox.approve(begun["authorize_url"]))
        check(str(back.url) == f"{self.home}/", "the browser is back; code and state are gone from its address bar")

    def settle(self, venue: str) -> None:
        def card() -> Any:
            card = self.user.get("/api/connections").json()[venue]
            return card if card["state"] != "working" else None

        # Killed at a request, nobody goes on before its lease is over: up to three minutes.
        told = until(card, 240)
        check(told["state"] == "connected", f"{TITLES[venue]} is connected")


def play(stage: Stage) -> None:
    stage.sandbox.knobs(whitebit={"key_delay_ms": 5000})
    say("\n1. WhiteBIT, and the power fails in the middle")
    stage.consent("whitebit")
    until(lambda: "to create the key" in stage.page())
    stage.backend.stop(signal.SIGKILL)
    say("    the backend is killed (SIGKILL), then started again")
    stage.start_backend()
    stage.settle("whitebit")
    check(len(stage.sandbox.requests("token")) == 1, "the one-time code was sent exactly once")

    say("\n2. Bybit")
    stage.consent("bybit")
    stage.settle("bybit")

    say("\n3. What is left behind")
    stage.page()
    sent = stage.sandbox.requests(values=True)
    secrets = {"demo-whitebit-secret", "demo-bybit-secret", *secrets_in(stage.sandbox.state(values=True))}
    pairs = [pair for call in sent for pair in [*call["form"], *call["query"]]]
    secrets |= {pair["value"] for pair in pairs if pair["name"] in ("code", "code_verifier", "state", "token")}
    stored = b"".join(path.read_bytes() for path in stage.data.glob("backend.db*"))
    told = "\n".join(WRITTEN).encode()
    check(not any(each.encode() in stored for each in secrets), f"none of {len(secrets)} secrets is in backend.db")
    check(not any(each.encode() in told for each in secrets), "none was logged or on a page, none is in these lines")
    check(not stage.sandbox.violations(), "the exchanges saw nothing that they do not document")


def secrets_in(state: Any) -> set[str]:
    """Whatever the exchanges handed out that nobody else may see."""
    return {*re.findall(r'"(?:secret|api_secret|access_token|refresh_token)": "([^"]+)"', json.dumps(state))}


def main() -> int:
    parser = argparse.ArgumentParser(prog="demo.py", description=__doc__)
    parser.add_argument("--sandbox", metavar="PATH", help="another program venuekey-sandbox than pip's, such as cargo's")
    parser.add_argument("--serve", action="store_true", help="only start everything, for a person with a browser")
    options = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with tempfile.TemporaryDirectory(prefix="venuekey-demo-") as folder, contextlib.ExitStack() as stack:
            stage = Stage(options.sandbox, Path(folder) / "data", stack)
            say(f"venuekey {venuekey.__version__}: the exchanges are at {stage.sandbox.url}, the backend is at {stage.home}")
            if options.serve:
                say(f"\nOpen {stage.home}/ in a browser. The two-factor code is 123456. Ctrl-C ends it.")
                stage.backend.child.wait()
                raise Surprise("The backend has ended.")
            play(stage)
    except KeyboardInterrupt:
        return 0 if options.serve else 130
    except FileNotFoundError as error:
        say(f"There is no program at {error.filename or options.sandbox}.")
        return 1
    except (Surprise, httpx.HTTPError, venuekey_sandbox.SandboxError) as error:
        say(f"\n  ✗ {error}")
        return 1
    say("\n✓ All of it held. Everything is stopped and deleted.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
