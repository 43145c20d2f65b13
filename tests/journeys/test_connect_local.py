"""`connect_local` in a program of one's own (paved/local.py and local.mjs): Bybit's public client, its loopback ports, the choice."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import venuekey
from conftest import OTP, PATIENCE_SECONDS, Rig
from desk_rig import OPEN
from library import code_on_the_page
from node import need_package
from person import Person

FOLDER = Path(__file__).with_name("paved")
PROGRAMS = {
    "python": [sys.executable, str(FOLDER / "local.py")],
    "node": ["node", str(FOLDER / "local.mjs")],
}
PAGE = "https://www.bybit.com/oauth/callback"


class Program:
    """One run of it."""

    def __init__(self, rig: Rig, language: str, redirect_uri: str) -> None:
        rig.data.mkdir(exist_ok=True)
        environ = {
            "PATH": os.environ["PATH"], "SANDBOX": rig.sandbox.url, "REDIRECT_URI": redirect_uri,
            "STORE": str(rig.data / "desk.db"), "SSL_CERT_FILE": "", "SSL_CERT_DIR": str(rig.data),
        }  # fmt: skip
        self.child = subprocess.Popen(
            PROGRAMS[language], env=environ,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def page(self) -> str:
        assert self.child.stderr is not None
        while (line := self.child.stderr.readline()) != OPEN:
            assert line, "it shows the page"
        return self.child.stderr.readline().strip()

    def end(self, typed: str = "") -> tuple[int, str, str]:
        out, err = self.child.communicate(typed, timeout=PATIENCE_SECONDS)
        return self.child.returncode, out, err

    def close(self) -> None:
        if self.child.poll() is None:
            self.child.kill()
        self.child.communicate()


@pytest.fixture(params=PROGRAMS)
def runs_in(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if name == "node":
        need_package(FOLDER)
    return name


@pytest.fixture
def loopback() -> Iterator[str]:
    """One of the ports that Bybit knows and nobody has."""
    # Each of two runs at once begins with another one.
    first = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) * 5
    for port in (9876 + (first + n) % 11 for n in range(11)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        yield f"http://127.0.0.1:{port}/callback"
        return
    pytest.skip("the ports 9876 to 9886 are all in use")


def test_it_connects_once(rig: Rig, person: Person, runs_in: str, loopback: str) -> None:
    with closing(Program(rig, runs_in, loopback)) as program:
        page = person.press(person.open(program.page()), "Approve", otp=OTP)
        assert page.status == 200 and "close this window" in page.html
        code, first, err = program.end("n\n")
        assert code == 0, err
    with closing(Program(rig, runs_in, loopback)) as program:
        assert program.end() == (0, first, "")
    assert len(rig.exchanged_codes()) == 1


def test_nobody_answers_and_then_somebody_does(rig: Rig, person: Person, runs_in: str) -> None:
    """The redirect URI is Bybit's page, so there is nothing to listen for; the question stays open between two runs."""
    with closing(Program(rig, runs_in, PAGE)) as program:
        page = person.press(person.open(program.page()), "Approve", otp=OTP)
        pasted = code_on_the_page(page.html)
        code, _, err = program.end(f"{pasted}\n")
        assert code == 1 and "authorization_required" in err and "an account has to be chosen" in err, err
    with closing(Program(rig, runs_in, PAGE)) as program:
        code, out, err = program.end("n\n")
        assert code == 0 and err.startswith("Continuing where the program stopped.\n"), err
    assert len(rig.exchanged_codes()) == 1
    assert pasted not in out + err


def test_a_busy_port_is_told_before_anything_is_begun(rig: Rig, runs_in: str, loopback: str) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", int(loopback.rpartition(":")[2].partition("/")[0])))
        taken.listen()
        with closing(Program(rig, runs_in, loopback)) as program:
            code, _, err = program.end()
    assert code == 1 and "is in use by another program" in err and err.count("\n") == 1, err


def test_python_says_what_it_can_not_do(rig: Rig, tmp_path: Path) -> None:
    from venuekey.stores.sqlite import SQLiteStore

    client = venuekey.Client.public(
        venue="bybit", environment="mainnet", client_id="ai-agent", redirect_uri="http://127.0.0.1:9876/callback"
    )
    with closing(SQLiteStore(tmp_path / "own.db")) as store, pytest.raises(venuekey.MisuseError, match="needs keys"):
        venuekey.connect_local(client, store=store)
