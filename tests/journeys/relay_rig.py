"""The runners of the relay, and whose turn it is; relay/README.md has their protocol."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from conftest import PATIENCE_SECONDS
from forks import Child, Forks
from library import Connection
from node import NODE, need_package

RUNNERS = Path(__file__).with_name("relay")
LANGUAGES = {
    "python": [sys.executable, str(RUNNERS / "runner.py")],
    "node": [*NODE, str(RUNNERS / "runner.mjs")],
}
# Those that have a runner and aren't built on every machine; the variable has the runner's path.
BY_ENVIRONMENT = ("kotlin", "swift", "rust")
for name in BY_ENVIRONMENT:
    if runner := os.environ.get(f"VENUEKEY_RELAY_{name.upper()}"):
        LANGUAGES[name] = [runner]

JSON = dict[str, Any]


@pytest.fixture(scope="session", autouse=True)
def runners(forks: Forks) -> Iterator[None]:
    need_package()
    Turns.forks = forks
    missing = [name for name in BY_ENVIRONMENT if name not in LANGUAGES]
    assert not missing or os.environ.get("CI") != "true", f"VENUEKEY_RELAY_... is not set for {', '.join(missing)}"
    yield
    while Asked.running:
        Asked.running.popitem()[1].end()


class Asked:
    """A runner that says what its language would save, order by order, and sends nothing."""

    running: ClassVar[dict[str, Asked]] = {}

    def __init__(self, language: str) -> None:
        self._language = language
        self._child = subprocess.Popen(
            LANGUAGES[language], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    @classmethod
    def about(cls, language: str, order: JSON) -> JSON:
        if language not in cls.running:
            cls.running[language] = cls(language)
        return cls.running[language]._answer(order)

    def _answer(self, order: JSON) -> JSON:
        assert self._child.stdin is not None and self._child.stdout is not None
        self._child.stdin.write(json.dumps(order) + "\n")
        self._child.stdin.flush()
        told = self._child.stdout.readline()
        assert told.startswith("{"), f"{self._language}: {told}"
        return read(told)

    def end(self) -> None:
        left, _ = self._child.communicate(timeout=PATIENCE_SECONDS)
        assert (self._child.returncode, left) == (0, ""), f"{self._language}: {left}"


class Turns:
    """One client's orders, and whose turn it is to take one."""

    forks: ClassVar[Forks]

    def __init__(
        self, connection: Connection, turn: int = 0, languages: Sequence[str] = (*LANGUAGES,), has_secret: bool = True
    ) -> None:
        venue, environment = connection.client.venue, connection.client.environment
        self._connection = connection
        self._client: JSON = {
            "venue": venue,
            "environment": environment,
            "base": f"{connection.rig.sandbox.url}/{venue}/{environment}",
            "client_id": connection.client_id,
            "redirect_uri": connection.redirect_uri,
        }
        if has_secret:
            self._client["client_secret"] = f"demo-{venue}-secret"
        self._turn = turn
        self._languages = languages
        self.took: list[tuple[str, str]] = []  # what was done, and in which language

    def ask(self, language: str, order: JSON) -> JSON:
        """What one language says, whoever's turn it is."""
        return Asked.about(language, self._client | {"now_ms": self._connection.now_ms()} | order)

    def take(self, order: JSON) -> tuple[dict[str, JSON], list[JSON]]:
        """By the language whose turn it is, in a process of its own; the others only say what they would do.

        Returns what each language says, and the runner's own lines.
        """
        order = self._client | {"now_ms": self._connection.now_ms()} | order
        runner = self._languages[self._turn % len(self._languages)]
        self._turn += 1
        said = {name: Asked.about(name, order) for name in self._languages if name != runner}
        lines = self._run(runner, order | {"send": True})
        said[runner] = lines[0]
        done = lines[0].get("purpose") or lines[0].get("request", {}).get("purpose")
        self.took.append((done or lines[0].get("step") or lines[0].get("action", "read"), runner))
        return said, lines

    def _run(self, language: str, order: JSON) -> list[JSON]:
        child: Child
        if language == "python":
            child = self.forks.start(LANGUAGES[language], os.environ, apart=True)
        else:
            pipe = subprocess.PIPE
            child = subprocess.Popen(LANGUAGES[language], stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        told, trouble = child.communicate(json.dumps(order) + "\n", PATIENCE_SECONDS)
        assert (child.returncode, trouble) == (0, ""), f"{language}: {trouble}"
        return [read(line) for line in told.splitlines()]

    def languages_of(self, what: str) -> list[str]:
        return [language for done, language in self.took if done == what]

    def assert_all_had_a_part(self) -> None:
        assert {language for _, language in self.took} == {*self._languages}
        assert all(one[1] != other[1] for one, other in zip(self.took, self.took[1:], strict=False))


def read(line: str) -> JSON:
    """What is null may as well be left out."""
    return json.loads(line, object_hook=lambda given: {name: it for name, it in given.items() if it is not None})
