"""The command line as somebody at a desk has it, in Python and in Node: a home of its own, and both sandboxed venues."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import canary
from conftest import OTP, PATIENCE_SECONDS, Rig
from forks import Child, Forks
from node import NODE, need_package
from person import Page, Person

PAVED = Path(__file__).with_name("paved")
COMMANDS = {
    "python": [sys.executable, "-m", "venuekey"],
    "node": [str(PAVED / "node_modules/.bin/venuekey")],
}
LANGUAGES = [*COMMANDS]
URL = re.compile(r"^http://127\.0\.0\.1:\d+/\S+$", re.M)
OPEN = "Open this page and agree:\n"


class Said:
    """What one command has said, and its end."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    def json(self) -> Any:
        return json.loads(self.out)

    def __repr__(self) -> str:
        return f"exit {self.code}\n{self.out}\n{self.err}"


class DeskRig:
    def __init__(self, rig: Rig, folder: Path, language: str, forks: Forks) -> None:
        if language == "node":
            need_package(PAVED)
        self.rig, self.language, self.folder, self._forks = rig, language, folder, forks
        self.typed = False
        """Its commands are started as a shell starts them: not forked, and with nothing that shortens a start."""
        rig.data.mkdir(exist_ok=True)
        self.store = rig.data / "connections.db"
        self.key = rig.data / "connections.key"
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "VENUEKEY_STORE": str(self.store),
            "SSL_CERT_FILE": "",
            "SSL_CERT_DIR": str(folder),
        }
        for venue, environment in (("whitebit", "global"), ("bybit", "mainnet")):
            self.configure(venue, f"{rig.sandbox.url}/{venue}/{environment}", CLIENT_SECRET=f"demo-{venue}-secret")
        self._said: list[Said] = []
        self._children: list[Child] = []

    def configure(self, venue: str, base: str, **more: str) -> None:
        settings = {
            "CLIENT_ID": f"demo-{venue}",
            "REDIRECT_URI": f"{self.rig.home}/callback/{venue}",
            "AUTHORIZE_BASE": base,
            "API_BASE": base,
            **more,
        }
        self.environ |= {f"VENUEKEY_{venue.upper()}_{name}": value for name, value in settings.items()}

    # Commands

    def start(self, *arguments: str, **environ: str) -> Child:
        command, environ = [*COMMANDS[self.language], *arguments], {**self.environ, **environ}
        if self.language == "node" and not self.typed:
            command[:0] = NODE
        child: Child
        if self.language == "python" and not self.typed:
            child = self._forks.start(command, environ, self.folder, apart=True)
        else:
            child = subprocess.Popen(
                command, env=environ, cwd=self.folder,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
        self._children.append(child)
        return child

    def end(self, child: Child, typed: str = "", before: str = "") -> Said:
        out, err = child.communicate(typed, timeout=PATIENCE_SECONDS)
        assert child.returncode is not None
        said = Said(child.returncode, out, before + err)
        self._said.append(said)
        return said

    def run(self, *arguments: str, typed: str = "", **environ: str) -> Said:
        return self.end(self.start(*arguments, **environ), typed)

    def doctor(self, *arguments: str, **environ: str) -> dict[str, Any]:
        """Its findings by code, those of one code the last."""
        said = self.run("doctor", "--json", *arguments, **environ)
        findings: list[dict[str, Any]] = said.json()["findings"]
        assert said.code == int(any(each["level"] == "fail" for each in findings)), said
        for each in findings:
            assert each["doc_url"].startswith("https://") and (each["todo"] or each["level"] == "ok"), each
        return {each["code"]: each for each in findings}

    def error(self, *arguments: str, **environ: str) -> dict[str, Any]:
        """What a command that fails says: JSON for a program, two plain lines for a person."""
        return self.failure(self.run(*arguments, "--json", **environ))

    def failure(self, said: Said) -> dict[str, Any]:
        assert said.code == 1, said
        error: dict[str, Any] = said.json()["error"]
        first, second = said.err.splitlines()[-2:]
        assert first.startswith(f"venuekey: {error['code']}: ") and error["doc_url"] in second, said
        return error

    # A person at the browser

    def page(self, child: Child) -> tuple[str, str]:
        """The consent page's address, and what was said before it."""
        assert child.stderr is not None
        before = ""
        while not before.endswith(OPEN):
            line = child.stderr.readline()
            assert line, before
            before += line
        return child.stderr.readline().strip(), before

    def agreed(self, person: Person, url: str, button: str = "Approve", **boxes: list[str]) -> Page:
        page = person.open(url)
        asks = "permissions" in page.form(button)[0].boxes
        return person.press(page, button, boxes if asks and boxes else None, otp=OTP)

    def connect(self, person: Person, client: str, *arguments: str, typed: str = "", **boxes: list[str]) -> Said:
        child = self.start("connect", client, "--no-browser", "--json", *arguments)
        url, before = self.page(child)
        self.agreed(person, url, **boxes)
        return self.end(child, typed, before)

    def connected(self, person: Person, client: str, *arguments: str, typed: str = "") -> dict[str, Any]:
        said = self.connect(person, client, *arguments, typed=typed)
        assert said.code == 0, said
        view: dict[str, Any] = said.json()
        assert view["status"] == "connected"
        return view

    # What a test looks at

    def sql(self, query: str, *values: object) -> list[Any]:
        with closing(sqlite3.connect(self.store, isolation_level=None)) as file:
            return file.execute(query, values).fetchall()

    def assert_no_leak(self, also: Mapping[str, bytes] = {}) -> None:
        """The address of the consent page is for the person alone, and holds a state that is used once."""
        self.rig.remember_secrets()
        secrets = {*self.rig.secrets, "demo-whitebit-secret", "demo-bybit-secret"}
        if self.key.exists():
            secrets |= {each.rpartition(":")[2] for each in self.key.read_text().split()}
        places = {
            f"command {n}": (each.out + URL.sub("", each.err)).encode() for n, each in enumerate(self._said)
        } | dict(also)
        assert canary.leaks(secrets, places) == []
        for each in self._said:
            assert "Traceback" not in each.err and "\n    at " not in each.err, each

    def close(self) -> None:
        for child in self._children:
            if child.poll() is None:
                child.kill()
                child.communicate()
