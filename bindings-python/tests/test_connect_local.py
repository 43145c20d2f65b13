"""`connect_local` while it asks at the terminal and serves the redirect too: whichever brings the callback is enough.

tests/journeys has the rest, at the sandbox.
"""

from __future__ import annotations

import os
import pty
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest

import venuekey
from conftest import CANARIES, Venue, came_back
from connected import NEW
from venuekey._desk import connecting
from venuekey.connections import Connections
from venuekey.stores.sqlite import SQLiteStore

QUESTION = "The address that the browser was sent to: "


@pytest.fixture
def port() -> Iterator[int]:
    # Bound and not listening: it keeps the port from everybody but a server that asks for this very number.
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def client_at(port: int) -> venuekey.Client[Any]:
    return venuekey.Client(
        venue="whitebit", environment="global", client_id="demo", client_secret="secret",
        redirect_uri=f"http://127.0.0.1:{port}/callback",
    )  # fmt: skip


def callback_of(authorize_url: str) -> str:
    return came_back(authorize_url, f"publicKey={CANARIES['public_key']}")


def connect(
    port: int, rows: SQLiteStore, venue: Venue, say: Callable[[str], object], ask: Callable[[str], str], **more: Any
) -> venuekey.Account:
    return venuekey.connect_local(
        client_at(port), store=rows, keys=venuekey.SealingKeys([NEW]), send=venue.send, open_browser=False,
        say=say, ask=ask, **more,
    )  # fmt: skip


def test_a_callback_that_the_loopback_took_is_enough(
    port: int, rows: SQLiteStore, venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "is_asked", lambda: True)
    is_done = threading.Event()

    def say(text: str) -> None:
        if "state=" in text:
            url = f"http://127.0.0.1:{port}{callback_of(text.split()[-1])}"
            threading.Thread(target=lambda: urllib.request.urlopen(url).read()).start()

    def ask(_: str) -> str:
        is_done.wait()
        raise EOFError

    try:
        assert connect(port, rows, venue, say=say, ask=ask).view().status == "connected"
    finally:
        is_done.set()


def test_an_answer_is_enough(port: int, rows: SQLiteStore, venue: Venue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "is_asked", lambda: True)
    said: list[str] = []
    typed: list[Callable[[], str]] = [
        lambda: "",
        lambda: "/callback?code=1&state=2",
        lambda: callback_of(next(text for text in said if "state=" in text).split()[-1]),
    ]
    account = connect(port, rows, venue, say=said.append, ask=lambda _: typed.pop(0)())
    assert account.view().status == "connected"
    assert any("state_mismatch" in text for text in said)


def test_nobody_answers(port: int, rows: SQLiteStore, venue: Venue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "is_asked", lambda: True)

    def ask(_: str) -> str:
        raise EOFError

    with pytest.raises(venuekey.UserActionError, match="nobody answers"):
        connect(port, rows, venue, say=lambda _: None, ask=ask)


def test_what_is_typed_late_answers_the_next_question() -> None:
    """A question can't be taken back: whoever answers it answers what is asked by then."""
    from venuekey._desk.person import Asks

    types = threading.Event()
    said: list[str] = []

    def ask(question: str) -> str:
        types.wait()
        return f"typed at {question}"

    asks = Asks(ask, said.append)
    assert asks.until("first", lambda: True) is None
    types.set()
    assert asks("second") == "typed at first"
    assert said == ["second"]
    assert asks("third") == "typed at third"


class Person:
    """Agrees to everything; each page that is shown is answered by this callback, which comes to the loopback."""

    def __init__(self, port: int, callback: Callable[[str], str] = callback_of) -> None:
        self.port, self.callback = port, callback
        self.pages: list[str] = []
        self.asked: list[str] = []

    def hears(self, text: str) -> None:
        if "state=" in text:
            self.pages.append(text.split()[-1])
            url = f"http://127.0.0.1:{self.port}{self.callback(self.pages[-1])}"
            threading.Thread(target=lambda: urllib.request.urlopen(url).read()).start()

    def answers(self, question: str) -> str:
        self.asked.append(question)
        return "y"


def test_again_asks_for_a_new_consent_where_it_replaces_the_key(port: int, rows: SQLiteStore, venue: Venue) -> None:
    person = Person(port)
    first = connect(port, rows, venue, person.hears, person.answers)
    assert first.view().replaces_key
    venue.sent.clear()
    account = connect(port, rows, venue, person.hears, person.answers, again=True)
    assert len(person.pages) == 2
    assert "Connecting again ends the key in use." in person.asked[-1]
    assert [each for each in venue.purposes if each in ("delete_key", "fetch_secret")] == ["delete_key", "fetch_secret"]
    assert (account.id, account.view().status, account.view().attempt) == (first.id, "connected", None)


def test_again_asks_for_a_new_consent_while_the_old_one_works(port: int, rows: SQLiteStore, venue: Venue) -> None:
    person = Person(port)
    for again in (False, True):
        account = connect(port, rows, venue, person.hears, person.answers, goal="account_tokens", again=again)
        assert (account.view().status, account.view().attempt) == ("connected", None)
    assert len(person.pages) == venue.purposes.count("exchange_code") == 2


def test_again_says_why_it_did_not_work_while_the_old_consent_works(port: int, rows: SQLiteStore, venue: Venue) -> None:
    def denied(authorize_url: str) -> str:
        return came_back(authorize_url).replace(f"code={CANARIES['code']}", "error=access_denied")

    person, says_no = Person(port), Person(port, denied)
    connect(port, rows, venue, person.hears, person.answers, goal="account_tokens")
    with pytest.raises(venuekey.DeniedError, match="access_denied"):
        connect(port, rows, venue, says_no.hears, says_no.answers, goal="account_tokens", again=True)
    # And what it was works on.
    account = connect(port, rows, venue, person.hears, person.answers, goal="account_tokens")
    assert account.view().status == "connected"
    assert len(person.pages) == 1


def test_again_ends_where_its_attempt_is_called_off(port: int, rows: SQLiteStore, venue: Venue) -> None:
    person = Person(port)
    first = connect(port, rows, venue, person.hears, person.answers, goal="account_tokens")
    elsewhere = Connections({"whitebit": client_at(port)}, rows, venuekey.SealingKeys([NEW]), send=venue.send)

    def hears(text: str) -> None:
        if "state=" in text:
            elsewhere.cancel_attempt(first.id)

    account = connect(port, rows, venue, hears, person.answers, goal="account_tokens", again=True)
    assert (account.view().status, account.view().attempt) == ("connected", None)


def test_again_asks_which_account_while_the_key_works(rows: SQLiteStore, bybit: Venue) -> None:
    client: venuekey.Client[Any] = venuekey.Client.public(
        venue="bybit", environment="mainnet", client_id="ai-agent", redirect_uri="https://www.bybit.com/oauth/callback"
    )
    pages: list[str] = []
    chosen: list[str] = []

    def say(text: str) -> None:
        if "state=" in text:
            pages.append(text.split()[-1])

    def ask(question: str) -> str:
        if not question.startswith("Which account"):
            return f"/oauth{came_back(pages[-1])}"
        chosen.append("1")
        return "1"

    for again in (False, True):
        account = venuekey.connect_local(
            client, store=rows, keys=venuekey.SealingKeys([NEW]), send=bybit.send, open_browser=False,
            say=say, ask=ask, again=again,
        )  # fmt: skip
        assert (account.view().status, account.view().attempt) == ("connected", None)
    assert (len(pages), len(chosen)) == (2, 2)


PROGRAM = """
import sys
import venuekey
from connected import NEW
from conftest import Venue
from test_connect_local import client_at

keys = venuekey.SealingKeys([NEW])
account = venuekey.connect_local(
    client_at(int(sys.argv[1])), store=sys.argv[2], keys=keys, send=Venue().send, open_browser=False
)
print(account.view().status)
"""


class Program:
    """At a terminal of its own."""

    def __init__(self, port: int, store: Path) -> None:
        self.hand, at = pty.openpty()
        self.child = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(port), str(store)],
            stdin=at, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parent,
        )  # fmt: skip
        os.close(at)

    def asks(self) -> str:
        """The page that it shows, once it has asked."""
        assert self.child.stderr is not None
        shown = ""
        while not shown.endswith(QUESTION):
            one = self.child.stderr.read(1)
            assert one, shown
            shown += one
        return next(line for line in shown.splitlines() if "state=" in line)

    def types(self, text: str) -> None:
        os.write(self.hand, f"{text}\n".encode())

    def ends(self) -> tuple[int, str, str]:
        out, err = self.child.communicate(timeout=60)
        return self.child.returncode, out, err

    def close(self) -> None:
        if self.child.poll() is None:
            self.child.kill()
            self.child.communicate()
        os.close(self.hand)


@pytest.fixture
def program(port: int, tmp_path: Path) -> Iterator[Program]:
    program = Program(port, tmp_path / "desk.db")
    yield program
    program.close()


def test_at_a_terminal_the_loopback_s_callback_ends_the_question(program: Program, port: int) -> None:
    url = f"http://127.0.0.1:{port}{callback_of(program.asks())}"
    with urllib.request.urlopen(url) as page:
        assert "Done here" in page.read().decode()
    assert program.ends() == (0, "connected\n", "\n")


def test_at_a_terminal_an_address_is_taken(program: Program) -> None:
    callback = callback_of(program.asks())
    program.types("/callback?code=1&state=2")
    program.types(callback)
    code, out, err = program.ends()
    assert (code, out) == (0, "connected\n")
    assert "state_mismatch" in err


def test_at_a_terminal_nobody_answers(program: Program) -> None:
    program.asks()
    os.write(program.hand, b"\x04")
    code, out, err = program.ends()
    assert (code, out) == (1, "")
    assert err.rstrip().endswith("authorization_required: nobody answers; the next run continues from here")
