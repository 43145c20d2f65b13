"""The desktop examples: the browser comes back to the program itself, or the user copies a code; what is kept is sealed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import canary
from conftest import OTP, PATIENCE_SECONDS, Rig
from library import code_on_the_page
from node import EXAMPLES, need_package
from person import Person

PROGRAMS = {
    "python": [sys.executable, "-u", str(EXAMPLES / "python-desktop" / "connect.py")],
    "node": ["node", str(EXAMPLES / "node-desktop" / "connect.js")],
}
CONNECTED = "Connected: account "


class Desktop:
    """One run of the program; `browser` is what it would open."""

    def __init__(self, rig: Rig, folder: Path, language: str, *options: str) -> None:
        self.state = folder / "kept"
        self.secrets = lambda: canary.secrets_of(rig.sandbox)[0]
        command = [*PROGRAMS[language], f"--sandbox={rig.sandbox.url}/bybit/mainnet"]
        self.child = subprocess.Popen(
            [*command, f"--state={self.state}", *options],
            # No browser is opened: the test is the browser.
            env={"BROWSER": "true", "PATH": os.environ["PATH"]},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1,
        )  # fmt: skip
        assert self.child.stdout is not None and self.child.stdin is not None
        self.output, self.input = self.child.stdout, self.child.stdin

    def page(self) -> str:
        assert self.output.readline() == "Open this page and agree:\n"
        return self.output.readline().strip()

    def until(self, text: str) -> None:
        said = ""
        while text not in said:
            line = self.output.readline()
            assert line, said
            said += line

    def assert_nothing_left(self) -> None:
        """In clear."""
        kept = [path for path in self.state.parent.iterdir() if path.is_file()]
        assert {"kept", "kept.key"} <= {path.name for path in kept}
        assert all(path.stat().st_mode & 0o077 == 0 for path in kept if not path.name.endswith("-shm"))
        assert canary.leaks(self.secrets(), {path.name: path.read_bytes() for path in kept}) == []

    def finish(self, *answers: str) -> tuple[int, str]:
        said, _ = self.child.communicate("".join(f"{answer}\n" for answer in answers), timeout=PATIENCE_SECONDS)
        return self.child.returncode, said


@pytest.fixture(params=PROGRAMS)
def desktop_language(request: pytest.FixtureRequest) -> str:
    language: str = request.param
    if language == "node":
        need_package(EXAMPLES / "node-desktop")
    return language


@pytest.fixture
def desktops() -> Iterator[list[Desktop]]:
    running: list[Desktop] = []
    yield running
    for desktop in running:
        desktop.child.kill()
        desktop.child.communicate()


def test_loopback(rig: Rig, person: Person, tmp_path: Path, desktop_language: str, desktops: list[Desktop]) -> None:
    rig.sandbox.turn(bybit={"user_sub_accounts": 2})
    desktop = Desktop(rig, tmp_path, desktop_language)
    desktops.append(desktop)
    page = person.press(person.open(desktop.page()), "Approve", otp=OTP)
    assert "You can close this window and go back to the program." in page.html
    code, said = desktop.finish("7", "2")
    assert code == 0 and CONNECTED in said
    desktop.assert_nothing_left()


def test_stopped_half_way_it_goes_on(
    rig: Rig, person: Person, tmp_path: Path, desktop_language: str, desktops: list[Desktop]
) -> None:
    first = Desktop(rig, tmp_path, desktop_language, "--paste")
    desktops.append(first)
    page = person.press(person.open(first.page()), "Approve", otp=OTP)
    first.input.write(code_on_the_page(page.html) + "\n")
    first.until("  n  ")  # it asks which account, and has stored that it does
    first.child.kill()
    second = Desktop(rig, tmp_path, desktop_language, "--paste")
    desktops.append(second)
    code, said = second.finish("n")
    assert code == 0 and said.startswith("Continuing where the program stopped.\n")
    assert CONNECTED in said
    assert len(rig.exchanged_codes()) == 1
    assert len(rig.sandbox.ask("/state")["bybit"]["mainnet"]["sub_accounts"]) == 2


def test_declined(rig: Rig, person: Person, tmp_path: Path, desktop_language: str, desktops: list[Desktop]) -> None:
    rig.sandbox.turn(bybit={"cancel_mode": "error"})
    desktop = Desktop(rig, tmp_path, desktop_language)
    desktops.append(desktop)
    person.press(person.open(desktop.page()), "Decline")
    code, said = desktop.finish()
    assert code == 1 and "access_denied: the user declined" in said
    desktop.assert_nothing_left()
