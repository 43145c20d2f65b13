"""The library's connections as a program in some language, at both exchanges, with a person at a browser.

`paved/program.py` has the protocol: one command line, its environment, commands as JSON over HTTP. A language is a line in
`COMMANDS`.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import wire
from conftest import OTP, PERMISSIONS, Rig, wait_for
from node import NODE, need_package
from patience import PATIENCE_SECONDS
from person import Person
from postgres import connected
from processes import Program, free_port

FOLDER = Path(__file__).with_name("paved")
COMMANDS: dict[str, Sequence[str]] = {
    "python": [sys.executable, "-u", str(FOLDER / "program.py")],
    "node": [*NODE, str(FOLDER / "program.mjs")],
}
# It isn't built on every machine: what bindings-swift-kotlin/kotlin/test.sh leaves.
if kotlin := os.environ.get("VENUEKEY_PAVED_KOTLIN"):
    COMMANDS["kotlin"] = [kotlin]
LANGUAGES = [*COMMANDS]
KEY = f"2026-11:{bytes(range(32)).hex()}"
GOALS = {"whitebit": "api_key", "bybit": "api_key", "agent": "api_key"}
BALANCE = {"whitebit": ("POST", "/api/v4/trade-account/balance"), "bybit": ("GET", "/v5/user/query-api")}
# The lease of a worker that has died, and how far apart two clocks may be.
LEASE_MS = 200_000


class Refused(Exception):
    """What the program under test said in place of an answer."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error)
        self.type, self.kind, self.code = error["type"], error["kind"], error["code"]


class Paved:
    """A web program that lives, workers that come and go, and a clock that stands still unless somebody moves it."""

    def __init__(self, rig: Rig, language: str = "python", workers: str | None = None, **environ: str) -> None:
        """`workers` is the language of its workers, where that is another one."""
        if "node" in (language, workers):
            need_package(FOLDER)
        self.rig = rig
        self.language, self.workers = language, workers or language
        rig.data.mkdir(exist_ok=True)
        self._clock = rig.data.parent / "clock"
        self._clock.write_bytes(bytes(8))
        rig.sandbox.tell("/clock", {"held": True})
        self.advance(0)
        self._environ = {
            **os.environ,
            "PAVED_SANDBOX": rig.sandbox.url,
            "PAVED_HOME": rig.home,
            "PAVED_STORE": rig.database_url() or str(rig.data / "connections.db"),
            "PAVED_KEYS": KEY,
            "PAVED_CLOCK": str(self._clock),
            **environ,
        }
        self._http = wire.client(PATIENCE_SECONDS)
        self.web = self.start_web()
        # A store makes its tables by its first call.
        self.ask("find", owner="nobody")

    def start(self, language: str | None = None, **environ: str) -> Program:
        language = language or (self.workers if "PAVED_WORK" in environ else self.language)
        program = Program(COMMANDS[language], {**self._environ, **environ})
        self.rig.programs.append(program)
        return program

    def start_command(self, command: Sequence[str]) -> Program:
        """Another program of the same app; not forked, since its command line is what it is about."""
        program = Program(["env", *command], {**self._environ, "PYTHONPATH": str(FOLDER)})
        self.rig.programs.append(program)
        return program

    def start_web(self, **environ: str) -> Program:
        self._port = free_port()
        web = self.start(PAVED_PORT=str(self._port), **environ)
        wait_for(lambda: "ready" in web.lines or not web.is_running, web.output)
        assert web.is_running, web.output()
        return web

    def worked(self, shape: str = "once", **environ: str) -> Program:
        """A worker that has come and gone."""
        worker = self.start(PAVED_WORK=shape, **environ)
        wait_for(lambda: not worker.is_running, worker.output)
        worker.stop()
        return worker

    # The clock.

    def advance(self, ms: int) -> int:
        now_ms: int = self.rig.sandbox.tell("/clock/advance", {"ms": ms})["now_ms"]
        with self._clock.open("r+b") as file:
            file.write(now_ms.to_bytes(8, "little"))
        return now_ms

    # Commands.

    def ask(self, do: str, **order: Any) -> Any:
        told = self._http.post(f"http://127.0.0.1:{self._port}/", json={"do": do, **order}).json()
        if "error" in told:
            raise Refused(told["error"])
        (answer,) = told.values()
        return answer

    def begin(self, client: str = "whitebit", owner: str = "user", **options: Any) -> Any:
        return self.ask("begin", client=client, owner=owner, **{"goal": GOALS[client], **options})

    def consent(self, person: Person, view: Any) -> str:
        """Answers on the exchange's page; returns the callback's address, which nobody opens."""
        page = person.open(view["authorize_url"])
        venue = "whitebit" if view["client"] == "whitebit" else "bybit"
        asks = "permissions" in page.form("Approve")[0].boxes
        boxes = {"permissions": PERMISSIONS[venue]} if asks else None
        return person.press(page, "Approve", boxes, lambda url: "/callback" in url and "code=" in url, otp=OTP).url

    def called_back(self, person: Person, view: Any) -> Any:
        url = self.consent(person, view)
        return self.ask("receive_callback", id=view["id"], url=url, owner=view["owner"])

    def status(self, view: Any) -> Any:
        return self.ask("status", id=view["id"])

    def settled(self, view: Any) -> Any:
        """Works in the web program, and moves the clock to what is due next, until a worker has nothing more to do here."""
        for _ in range(60):
            due_ms = self.ask("run_once")
            shown = self.status(view)
            if shown["status"] != "working":
                return shown
            self.advance(max(0, (due_ms or 0) - self.advance(0)))
        raise AssertionError(f"it never settles: {shown}")

    def connected(self, person: Person, client: str = "whitebit", owner: str = "user", **options: Any) -> Any:
        view = self.begin(client, owner, **options)
        self.called_back(person, view)
        view = self.settled(view)
        assert view["status"] == "connected", view
        return view

    # What a test looks at.

    def is_right(self, view: Any) -> bool:
        """Whether the exchange takes what is signed with the stored key."""
        venue = "whitebit" if view["client"] == "whitebit" else "bybit"
        method, path = BALANCE[venue]
        return isinstance(self.ask("call", id=view["id"], method=method, path=path, parameters={}), dict)

    def sql(self, query: str, *values: object) -> list[Any]:
        """In the store's database, as its operator would."""
        where = self._environ["PAVED_STORE"]
        if where.startswith("postgresql:"):
            done = connected(where).execute(query.replace("?", "%s").encode(), values)
            return done.fetchall() if done.description else []
        with closing(sqlite3.connect(where, isolation_level=None)) as file:
            return file.execute(query, values).fetchall()

    def leases(self) -> list[Any]:
        return self.sql("SELECT lease_holder FROM venuekey_connections WHERE lease_holder IS NOT NULL")

    def start_over(self) -> None:
        """The exchanges forget everything but the time, and the store its rows."""
        self.sql("DELETE FROM venuekey_connections")
        now_ms = self.advance(0)
        self.rig.start_over()
        self.rig.sandbox.tell("/clock", {"held": True, "now_ms": now_ms})

    def close(self) -> None:
        self._http.close()


def steps_of(worker: Program) -> list[str]:
    """What a worker's jobs did: WHEN WHAT, in order."""
    return [line.split(" ", 2)[2] for line in worker.lines if line.startswith("step ")]
