"""Connects both exchanges from beginning to end on this machine, and tells what happens.

It starts the exchanges (venuekey-sandbox) and the backend in this folder, plays the user's browser,
breaks things in the middle, and checks that the backend ends honestly every time.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

try:
    import httpx
    import venuekey

    from settings import TITLES
except ModuleNotFoundError as error:
    sys.exit(
        f"demo: the Python module {error.name} is missing. In a virtual environment, run\n"
        "  pip install -r examples/python-backend/requirements.txt ./bindings-python"
    )

HERE = Path(__file__).resolve().parent
# Everything is http on this machine: no certificates to load, no proxy to ask.
BARE: dict[str, Any] = {"timeout": 60, "verify": False, "trust_env": False}
SENDS = {
    "exchange_code": "the one-time code, for access (sent once, never again)",
    "check_key": "is the key there?",
    "fetch_secret": "the key's secret, please (WhiteBIT answers this once)",
    "delete_key": "delete the key",
    "read_uid": "whose account is this?",
    "fetch_api_key": "the API key, please (asked once)",
    "refresh_tokens": "new access for old",
}
WRITTEN: list[str] = []


class Surprise(Exception):
    """Something is not as it must be, in one sentence."""


def say(text: str) -> None:
    """One write a line: the backend's log is told from a thread of its own."""
    WRITTEN.append(text)
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def step(text: str) -> None:
    say(f"    {text}")


def check(holds: object, text: str) -> None:
    if not holds:
        raise Surprise(f"This should hold, and does not: {text}")
    say(f"  ✓ {text}")


def tell_backend(line: str) -> None:
    """Plain words for the library's log."""
    said = line.partition(" venuekey connection ")[2].partition(": ")[2].partition("; see ")[0]
    purpose, _, reply = said.partition(": ")
    if purpose in SENDS and not reply:
        step(f"backend → exchange: {SENDS[purpose]}")
    elif "again in" in reply or "no reply" in reply:
        step(f"backend ← exchange: {reply}")
    elif said.startswith("needs_user, "):
        step(f"backend ends this honestly: {said.removeprefix('needs_user, ')}")


class Program:
    """A child process; every line it writes is kept and told."""

    def __init__(self, command: Sequence[str], ready: str, told: Callable[[str], None] = lambda _: None) -> None:
        self.lines: list[str] = []
        self.child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        threading.Thread(target=self._read, args=[told], daemon=True).start()
        until(lambda: self.line(ready) or self.child.poll() is not None)
        if not self.line(ready):
            raise Surprise(f"{Path(command[0]).name} ended as it started: {' '.join(self.lines[-1:])}")

    def _read(self, told: Callable[[str], None]) -> None:
        for line in self.child.stdout or ():
            self.lines.append(line.rstrip("\n"))
            WRITTEN.append(self.lines[-1])
            told(self.lines[-1])

    def line(self, part: str) -> str:
        return next((line for line in [*self.lines] if part in line), "")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        self.child.send_signal(number)
        self.child.wait()


class Stage:
    """The programs, and the moves that are repeated."""

    def __init__(self, binary: str, data: Path, stack: contextlib.ExitStack) -> None:
        self._stack = stack
        self.data = data
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self._port = probe.getsockname()[1]
        self.home = f"http://127.0.0.1:{self._port}"
        redirects = [f"--redirect-uri={venue}={self.home}/callback/{venue}" for venue in TITLES]
        sandbox = Program([binary, "--port=0", *redirects], " listening on ")
        stack.callback(sandbox.stop)
        self.url = sandbox.line(" listening on ").split()[-1]
        self._admin = stack.enter_context(httpx.Client(base_url=f"{self.url}/_sandbox", **BARE))
        self.start_backend()
        self.user = self.new_user()

    def start_backend(self) -> None:
        command = [
            sys.executable,
            "-u",
            str(HERE),
            f"--port={self._port}",
            f"--data={self.data}",
            f"--sandbox={self.url}",
        ]
        self.backend = Program(command, "Uvicorn running on ", tell_backend)
        self._stack.callback(self.backend.stop)

    def new_user(self) -> httpx.Client:
        return self._stack.enter_context(httpx.Client(base_url=self.home, follow_redirects=True, **BARE))

    def sandbox(self, method: str, path: str, **body: Any) -> Any:
        return self._admin.request(method, path, json=body or None).raise_for_status().json()

    def calls(self, endpoint: str) -> list[Any]:
        found = self.sandbox("GET", "/requests?values=true")["requests"]
        return [call for call in found if endpoint in ("", call["endpoint"])]

    def page(self, path: str = "/", user: httpx.Client | None = None) -> str:
        reply = (user or self.user).get(path)
        WRITTEN.append(reply.text)
        return reply.text

    def press(self, verb: str, venue: str) -> str:
        csrf = re.findall(r'name="csrf" value="(\w+)"', self.page())[0]
        return self.user.post(f"/{verb}/{venue}", data={"csrf": csrf}).text

    def consent(self, venue: str, user: httpx.Client | None = None, goal: str = "api_key") -> None:
        """From our app to the exchange and back."""
        user = user or self.user
        begun = user.post("/api/connections", json={"venue": venue, "goal": goal}).raise_for_status().json()
        step(f"user begins; the backend stores where it stands and sends the browser to {TITLES[venue]}, who approves")
        back = user.get(begun["authorize_url"])
        check(str(back.url) == f"{self.home}/", "the browser is back; code and state are gone from its address bar")

    def settle(
        self, venue: str, state: str, code: str = "", user: httpx.Client | None = None, seconds: float = 20
    ) -> None:
        told = [""]

        def card() -> Any:
            card = (user or self.user).get("/api/connections").json()[venue]
            if card["text"] not in told:
                step(f"page says: {card['text']}")
                told.append(card["text"])
            return card if card["state"] != "working" else None

        card_at_end = until(card, seconds)
        if (card_at_end["state"], card_at_end.get("code", "")) != (state, code):
            raise Surprise(f"{TITLES[venue]} should be {state} {code}, and is: {card_at_end}")


def until(holds: Callable[[], Any], seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        if time.monotonic() > deadline:
            raise Surprise("The programs did not get as far as they should.")
        time.sleep(0.02)
    return found


def play(stage: Stage) -> None:
    stage.sandbox(
        "PATCH",
        "/knobs",
        whitebit={"user_decision": "approve", "key_delay_ms": 2500},
        bybit={"user_decision": "approve"},
    )
    say("\n1. WhiteBIT, and the power fails in the middle")
    stage.consent("whitebit")
    until(lambda: "to create the key" in stage.page())
    stage.backend.stop(signal.SIGKILL)
    step("the backend is killed (SIGKILL), then started again")
    stage.start_backend()
    # Had it been at a request just then, nobody would go on before its lease is over: up to three minutes.
    stage.settle("whitebit", "connected", seconds=240)
    check(len(stage.calls("token")) == 1, "connected, and the one-time code was sent exactly once")

    say("\n2. Bybit")
    stage.consent("bybit")
    stage.settle("bybit", "connected")
    uid = str(stage.sandbox("GET", "/state")["users"]["bybit"]["uid"])
    check(uid in stage.page(), f"connected as user {uid}")

    say("\n3. The user disconnects WhiteBIT")
    stage.press("disconnect", "whitebit")
    stage.settle("whitebit", "none")
    check(not keys_of(stage), "the key is deleted at WhiteBIT and here")

    say("\n4. WhiteBIT again, and the answer with the secret is lost on the way")
    stage.sandbox("PATCH", "/knobs", whitebit={"key_timing": "before"})
    stage.sandbox("POST", "/faults", endpoint="secret", fault="drop_reply")
    stage.consent("whitebit")
    stage.settle("whitebit", "attention", "delete_key_in_dashboard")
    check("Delete the key" in stage.page(), "nobody pretends to have a key; the page offers “Delete the key”")
    stage.press("recover", "whitebit")
    stage.settle("whitebit", "attention", "secret_lost")
    stage.consent("whitebit")
    stage.settle("whitebit", "connected")
    check(len(keys_of(stage)) == 1, "connected at the second try")

    say("\n5. What is in the account")
    check("<td>BTC</td><td>0.5</td>" in stage.page("/account/whitebit"), "WhiteBIT's balances, read by signed calls")
    other = stage.new_user()
    stage.consent("whitebit", other, "account_tokens")
    stage.settle("whitebit", "connected", user=other)
    listed = "Last deposits and withdrawals"
    check(listed in stage.page("/account/whitebit", other), "another user gives read-only access: tokens, and no key")
    stage.sandbox("POST", "/clock/advance", ms=310_000)
    check(listed in stage.page("/account/whitebit", other), "five minutes later, the same")
    check(len(stage.calls("refresh")) == 1, "the tokens had ended by then, and were replaced just once")

    say("\n6. What is left behind")
    secrets = secrets_of(stage)
    stored = b"".join(path.read_bytes() for path in stage.data.glob("backend.db*"))
    check(
        not any(each.encode() in stored for each in secrets),
        f"none of {len(secrets)} secrets is in clear in backend.db",
    )
    told = "\n".join(WRITTEN)
    check(
        not any(each in told for each in secrets), "none was logged, none was on a page of ours, none is in these lines"
    )
    check(not stage.sandbox("GET", "/violations")["violations"], "the exchanges saw nothing that they do not document")
    page = stage.press("disconnect", "bybit")
    check("no way to delete" in page, "the page says that Bybit offers apps no way to delete the key")
    stage.press("forget", "bybit")
    stage.settle("bybit", "none")


def keys_of(stage: Stage) -> list[Any]:
    return [key for key in stage.sandbox("GET", "/state")["whitebit"]["global"]["keys"] if key["exists"]]


def secrets_of(stage: Stage) -> set[str]:
    """Whatever the exchanges handed out or were given that nobody else may see."""
    found = {"demo-whitebit-secret", "demo-bybit-secret"}

    def collect(value: Any, name: str = "") -> None:
        for key, inner in (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        ):
            collect(inner, key if isinstance(key, str) else name)
        if isinstance(value, str) and name in ("secret", "api_secret", "access_token", "refresh_token"):
            found.add(value)

    collect(stage.sandbox("GET", "/state?values=true"))
    names = {"code", "code_verifier", "state", "token", "refresh_token"}
    pairs = [pair for call in stage.calls("") for pair in [*call["form"], *call["query"]]]
    return found | {pair["value"] for pair in pairs if pair["name"] in names}


def find_sandbox(given: str | None) -> str:
    """The path given, else where cargo puts it, else on PATH."""
    targets = [Path(os.environ["CARGO_TARGET_DIR"])] if "CARGO_TARGET_DIR" in os.environ else []
    built = [
        str(t / kind / "venuekey-sandbox")
        for t in [*targets, HERE.parents[1] / "target"]
        for kind in ("release", "debug")
    ]
    found = next(filter(None, map(shutil.which, [given] if given else [*built, "venuekey-sandbox"])), None)
    if found is None:
        raise Surprise(
            f"There is no program at {given}."
            if given
            else "Run `cargo build -p venuekey-sandbox`, or give --sandbox PATH."
        )
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="demo.py", description=__doc__)
    parser.add_argument("--sandbox", metavar="PATH", help="the program venuekey-sandbox (default: cargo's, or on PATH)")
    parser.add_argument("--serve", action="store_true", help="only start everything, for a person with a browser")
    options = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    begun = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="venuekey-demo-") as folder, contextlib.ExitStack() as stack:
            stage = Stage(find_sandbox(options.sandbox), Path(folder) / "data", stack)
            say(f"venuekey {venuekey.__version__}: both exchanges play at {stage.url},")
            say(f"the partner's backend runs at {stage.home}")
            if options.serve:
                say(f"\nOpen {stage.home}/ in a browser. The two-factor code is 123456. Ctrl-C ends it.")
                stage.backend.child.wait()
                raise Surprise("The backend has ended.")
            play(stage)
    except KeyboardInterrupt:
        return 0 if options.serve else 130
    except (Surprise, httpx.HTTPError) as error:
        say(f"\n  ✗ {error}")
        return 1
    say(f"\n✓ All of it held, in {time.monotonic() - begun:.0f} s. Everything is stopped and deleted.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
