"""Connects both exchanges from beginning to end on this machine, and tells what happens.

It starts the exchanges (venuekey-sandbox) and the backend in this folder, plays the user's browser,
breaks things in the middle, and checks that the backend ends honestly every time.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

try:
    import httpx
    import venuekey

    from app import open_store
    from person import Person, Section
    from processes import Backend, Sandbox, Trouble, find_sandbox, free_port
    from settings import TITLES
    from settings import read as read_settings
    from web import Sessions
except ModuleNotFoundError as error:
    sys.exit(
        f"demo: the Python module {error.name} is missing. In a virtual environment, run\n"
        "  pip install -r examples/python-backend/requirements.txt ./bindings-python"
    )

SENDS = {
    "exchange_code": "the one-time code, for access (sent once, never again)",
    "check_key": "is the key there?",
    "fetch_secret": "the key's secret, please (WhiteBIT answers this once)",
    "delete_key": "delete the key",
    "read_uid": "whose account is this?",
    "fetch_api_key": "the API key, please (asked once)",
    "refresh_tokens": "new access for old",
}


class Surprise(Exception):
    """Something is not as it must be."""


SAID: list[str] = []


def say(text: str) -> None:
    """One write a line: the backend's log is told from a thread of its own."""
    SAID.append(text)
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
    _, found, rest = line.partition(" venuekey connection ")
    said = rest.partition(": ")[2].partition("; see ")[0]
    purpose, _, reply = said.partition(": ")
    if not found:
        return
    if purpose in SENDS and not reply:
        step(f"backend → exchange: {SENDS[purpose]}")
    elif "again in" in reply or "no reply" in reply:
        step(f"backend ← exchange: {reply}")
    elif said.startswith("needs_user, "):
        step(f"backend ends this honestly: {said.removeprefix('needs_user, ')}")


class Stage:
    """The programs, the person, and the moves they repeat."""

    def __init__(self, binary: Path, folder: Path, stack: contextlib.ExitStack) -> None:
        self._stack = stack
        self.data = folder / "data"
        self.port = free_port()
        self.home = f"http://127.0.0.1:{self.port}"
        self.backends: list[Backend] = []
        self.sandbox = Sandbox(binary, self.home)
        stack.callback(self.sandbox.stop)
        self.start_backend()
        self.person = Person(self.home)
        stack.callback(self.person.close)

    def start_backend(self) -> None:
        backend = Backend(self.port, self.data, self.sandbox.url, told=tell_backend)
        self._stack.callback(backend.stop)
        self.backends.append(backend)

    def consent(self, venue: str, permissions: Sequence[str], typo: bool = False) -> None:
        """From the button on our page to the exchange and back."""
        title = TITLES[venue]
        home = self.person.open("/")
        label = f"Connect {title}" if home.sections[venue].state == "none" else f"Start again: {title}"
        page = self.person.press(home, label)
        if not page.url.startswith(self.sandbox.url):
            raise Surprise(f"The browser should be at {title}, and is at our page: {page.sections[venue].text}")
        step(f"user presses “{label}”; the backend stores where it stands and sends the browser to {title}")
        step(f"{title} asks the user: “{page.title}”")
        ticks = {"permissions": list(permissions)}
        if typo:
            page = self.person.press(page, "Approve", ticks, otp="000000")
            check(page.status == 422, f"{title} refuses a wrong two-factor code and asks again")
        step(f"user ticks {', '.join(permissions)}, types the two-factor code, approves")
        page = self.person.press(page, "Approve", ticks, otp="123456")
        check(
            page.url == f"{self.home}/" and page.status == 200,
            "the browser is back; code and state are gone from its address bar",
        )

    def settle(self, venue: str, state: str, seconds: float = 20) -> Section:
        section = self.person.watch(venue, seconds, lambda text: step(f"page says: {text}"))
        if section.state != state:
            raise Surprise(f"The page should show {venue} as {state}, and shows {section.state}: {section.text}")
        return section

    def granted(self, venue: str) -> str:
        """What the page shows of the account, as one line."""
        facts = self.person.open("/").sections[venue].facts
        return "; ".join(f"{name}: {value}" for name, value in zip(facts[::2], facts[1::2], strict=True))


def act_one(stage: Stage) -> None:
    say("\n1. WhiteBIT, and the power fails in the middle")
    stage.sandbox.turn(whitebit={"key_delay_ms": 2500})
    stage.consent("whitebit", ["info", "trading"], typo=True)
    _wait_for(lambda: "to create the key" in stage.person.open("/").sections["whitebit"].text)
    stage.backends[-1].kill()
    step("the backend is killed (SIGKILL), then started again")
    stage.start_backend()
    # Had it been at a request just then, nobody would go on before its lease is over: up to three minutes.
    stage.settle("whitebit", "connected", 240)
    check(True, f"connected, and the user did nothing twice. {stage.granted('whitebit')}")
    check(len(stage.sandbox.calls("token")) == 1, "the one-time code was sent exactly once")


def act_two(stage: Stage) -> None:
    say("\n2. Bybit")
    stage.consent("bybit", ["openapi"])
    stage.settle("bybit", "connected")
    uid = stage.sandbox.ask("/state")["users"]["bybit"]["uid"]
    check(str(uid) in stage.person.open("/").html, f"connected as user {uid}. {stage.granted('bybit')}")


def act_three(stage: Stage) -> None:
    say("\n3. The user disconnects WhiteBIT")
    page = stage.person.press(stage.person.open("/"), "Disconnect: WhiteBIT")
    stage.person.watch("whitebit", 10)
    keys = stage.sandbox.ask("/state")["whitebit"]["global"]["keys"]
    check(page.status == 200 and not any(key["exists"] for key in keys), "the key is deleted at WhiteBIT and here")


def act_four(stage: Stage) -> None:
    say("\n4. WhiteBIT again, and the answer with the secret is lost on the way")
    stage.sandbox.turn(whitebit={"key_timing": "before"})
    stage.sandbox.fault("secret", "drop_reply")
    stage.consent("whitebit", ["info"])
    section = stage.settle("whitebit", "attention")
    step(f"page says: {section.text}")
    check(section.code == "delete_key_in_dashboard", "nobody pretends to have a key; the page offers “Delete the key”")
    stage.person.press(stage.person.open("/"), "Delete the key")
    section = stage.settle("whitebit", "attention")
    check(section.code == "secret_lost", f"page says: {section.text}")
    stage.consent("whitebit", ["info"])
    stage.settle("whitebit", "connected")
    check(True, f"connected at the second try. {stage.granted('whitebit')}")


def act_five(stage: Stage) -> None:
    say("\n5. What is in the account")
    page = stage.person.open("/account/whitebit")
    check("<td>BTC</td><td>0.5</td>" in page.html, "WhiteBIT's balances, asked for with calls that the key signs")
    with contextlib.closing(Person(stage.home)) as other:
        consent = other.press(other.open("/"), "Give read-only access: WhiteBIT")
        other.press(consent, "Approve", otp="123456")
        state = other.watch("whitebit", 10).state
        check(state == "connected", "another user gives read-only access; there is no key, only tokens for ten minutes")
        page = other.open("/account/whitebit")
        check("Last deposits and withdrawals" in page.html, "balances and transactions, read with the tokens")
        stage.sandbox.tell("/clock/advance", {"ms": 310_000})
        check("Last deposits and withdrawals" in other.open("/account/whitebit").html, "five minutes later, still")
        check(len(stage.sandbox.calls("refresh")) == 1, "the tokens had ended by then, and were replaced just once")
        stage.person.visited += other.visited


def act_six(stage: Stage) -> None:
    say("\n6. What is left behind")
    secrets = secrets_of(stage.sandbox)
    stored = b"".join(path.read_bytes() for path in sorted(stage.data.glob("backend.db*")))
    check(
        not [secret for secret in secrets if secret.encode() in stored],
        f"keys and tokens are kept encrypted: none of {len(secrets)} secrets is in clear in backend.db",
    )
    written = "\n".join(program.output() for program in [*stage.backends, stage.sandbox])
    shown = "\n".join(reply.text for reply in stage.person.visited if str(reply.url).startswith(stage.home))
    told = "\n".join(SAID)
    check(
        not [secret for secret in secrets if secret in written or secret in shown or secret in told],
        "none was logged, none was on a page of ours, none is in these lines",
    )
    whitebit = stage.sandbox.ask("/state?values=true")["whitebit"]["global"]["keys"][-1]
    check(whitebit["secret"] == stored_secret(stage, "whitebit"), "decrypted, WhiteBIT's secret is the right one")
    check(not stage.sandbox.ask("/violations")["violations"], "the exchanges saw nothing that they do not document")
    say("\n7. The user disconnects Bybit")
    page = stage.person.press(stage.person.press(stage.person.open("/"), "Connect again: Bybit"), "Decline")
    check(page.url.startswith(stage.sandbox.url), "a change of mind at Bybit: declining leaves the account as it was")
    home = stage.person.press(stage.person.open("/"), "Stop waiting")
    page = stage.person.press(home, "Disconnect: Bybit")
    check("no way to delete" in page.html, "the page says that Bybit offers apps no way to delete the key")
    page = stage.person.press(page, "Forget the key here")
    check(page.sections["bybit"].state == "none", "forgotten here; the user is told to delete it at Bybit")


def secrets_of(sandbox: Sandbox) -> list[str]:
    """Whatever the exchanges handed out or were given that nobody else may see."""
    state = sandbox.ask("/state?values=true")
    found: list[str] = ["demo-whitebit-secret", "demo-bybit-secret"]

    def collect(value: Any, name: str = "") -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                collect(inner, key)
        elif isinstance(value, list):
            for inner in value:
                collect(inner, name)
        elif isinstance(value, str) and name in ("secret", "api_secret", "access_token", "refresh_token"):
            found.append(value)

    collect(state)
    names = {"code", "code_verifier", "state", "token", "refresh_token"}
    for call in [*sandbox.calls(), *sandbox.calls("authorize")]:
        found += [pair["value"] for pair in [*call["form"], *call["query"]] if pair["name"] in names]
    return sorted(set(found))


def stored_secret(stage: Stage, venue: str) -> str:
    """What the backend would sign with."""
    settings = read_settings(
        [f"--sandbox={stage.sandbox.url}", f"--data={stage.data}", f"--public-url={stage.home}"], {}
    )
    client = settings.venues[venue].client(stage.home)
    user_id = Sessions(settings).user_of(stage.person.session) or ""
    with contextlib.closing(open_store(settings)) as store:
        rows = [each.row for each in store.find(user_id) if (each.row.client, each.row.status) == (venue, "connected")]
    (row,) = rows
    access = client.open_connection(
        row.id, row.owner, row.client, row.revision, row.sealed, settings.sealing_keys()
    ).access()
    assert isinstance(access, venuekey.parts.KeyAccess)
    return access.key.api_secret.expose()


def _wait_for(holds: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise Surprise("The backend did not get as far as it should.")
        time.sleep(0.02)


@contextlib.contextmanager
def stage_at(binary: Path) -> Iterator[Stage]:
    with tempfile.TemporaryDirectory(prefix="venuekey-demo-") as folder, contextlib.ExitStack() as stack:
        yield Stage(binary, Path(folder), stack)


def main() -> int:
    parser = argparse.ArgumentParser(prog="demo.py", description=__doc__)
    parser.add_argument("--sandbox", metavar="PATH", help="the program venuekey-sandbox (default: cargo's, or on PATH)")
    parser.add_argument("--serve", action="store_true", help="only start everything, for a person with a browser")
    options = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if sys.platform != "win32":
        signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    begun = time.monotonic()
    try:
        with stage_at(find_sandbox(options.sandbox)) as stage:
            say(f"venuekey {venuekey.__version__}: both exchanges play at {stage.sandbox.url},")
            say(f"the partner's backend runs at {stage.home}")
            if options.serve:
                say(f"\nOpen {stage.home}/ in a browser. The two-factor code is 123456. Ctrl-C ends it.")
                while stage.backends[-1].is_running:
                    time.sleep(0.5)
                raise Trouble("The backend has ended.")
            for act in (act_one, act_two, act_three, act_four, act_five, act_six):
                act(stage)
    except KeyboardInterrupt:
        return 0 if options.serve else 130
    except (Trouble, Surprise, TimeoutError, LookupError, httpx.HTTPError, venuekey.VenuekeyError) as error:
        say(f"\n  ✗ {error}")
        return 1
    say(f"\n✓ All of it held, in {time.monotonic() - begun:.0f} s. Everything is stopped and deleted.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
