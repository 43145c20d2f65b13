"""The small apps of examples/, as their READMEs start them: the routes of `venuekey.web` or `venuekey/web`, mounted in a framework."""

from __future__ import annotations

import os
import re
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx

from conftest import OTP, PERMISSIONS, Rig, fetch, wait_for
from node import need_package
from person import Page, Person
from processes import Program
from rows import can_be_written

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parents[1] / "examples"
MOUNT = "/connections"
JSON = {"accept": "application/json"}
TITLES = {"whitebit": "WhiteBIT", "bybit": "Bybit"}
PYTHON = [sys.executable, "-u", "-m"]
MANAGE = [sys.executable, "-u", "manage.py"]
NEXT = "node_modules/next/dist/bin/next"
# How each serves the web at a port, and its worker where that is another process.
APPS: dict[str, tuple[list[str], list[str] | None]] = {
    "flask": ([*PYTHON, "flask", "run", "--port"], [*PYTHON, "venuekey", "worker", "app:connections"]),
    "fastapi": ([*PYTHON, "uvicorn", "app:app", "--port"], None),
    "django": ([*MANAGE, "runserver", "--noreload", "--skip-checks"], [*MANAGE, "venuekey_worker"]),
    "express": (["node", "app.js"], None),
    "next": (["node", NEXT, "start", "-H", "127.0.0.1", "-p"], ["node_modules/.bin/venuekey", "worker", "./connections.js"]),
}
IN_NODE = ("express", "next")
# Not built on every machine: what bindings-swift-kotlin/kotlin/test.sh leaves, the routes in Tomcat, in Ktor and in Spring, which
# brings the servlet of the first under its own security.
if kotlin := os.environ.get("VENUEKEY_PAVED_KOTLIN"):
    APPS |= {name: ([str(Path(kotlin).with_name(f"web-{name}"))], None) for name in ("servlet", "ktor", "spring")}
# Django's databases as its migrations leave them.
MIGRATED: dict[str, bytes] = {}
# No transaction of Django's is ever committed there: django_hooks.py.
ENVIRON = {"django": {"DJANGO_SETTINGS_MODULE": "django_hooks"}}


class Mounted:
    """One app on a rig, and whoever uses it."""

    def __init__(self, rig: Rig, app: str, tmp_path: Path, *, typed: bool = False) -> None:
        """`typed` starts it as its README's command line does, and not forked."""
        self.rig, self.app, self._typed = rig, app, typed
        rig.data.mkdir(exist_ok=True)
        rig.sandbox.turn(whitebit={"key_timing": "before"})
        self._folder = HERE if app in ("servlet", "ktor", "spring") else EXAMPLES / f"{app}-app"
        if app in IN_NODE:
            need_package(self._folder)
        self._serve, self._work = APPS[app]
        self._database = rig.data / "connections.db"
        self._environ = {
            **os.environ,
            "HOME_URL": rig.home, "SANDBOX": rig.sandbox.url, "DATABASE": str(rig.data / "connections.db"),
            "SEALING_KEY": bytes(range(32)).hex(), "SECRET_KEY": "of the session's cookie",
            "PYTHONPATH": f"{self._folder}{os.pathsep}{HERE}",
            "WHITEBIT_SECRET": "demo-whitebit-secret", "BYBIT_SECRET": "demo-bybit-secret",
            "SSL_CERT_FILE": "", "SSL_CERT_DIR": str(tmp_path), "NEXT_TELEMETRY_DISABLED": "1",
            **ENVIRON.get(app, {}),
        }  # fmt: skip
        self._database = rig.data / "connections.db"
        if app == "django":
            self._database = rig.data / "connections-venuekey.db"
            self._migrate()
        self.web = self.start_web()
        self.worker = self.start_worker()
        # Once is enough: it may go on for other tests, which kill it many times.
        self._typed = False

    def _migrate(self) -> None:
        """Once in this process: the next one's databases are copies."""
        for name, data in MIGRATED.items():
            (self.rig.data / name).write_bytes(data)
        if not MIGRATED:
            migrated = self._start(*MANAGE, "migrate", "--verbosity=0")
            wait_for(lambda: not migrated.is_running, migrated.output)
            assert migrated.exit_code == 0, migrated.output()
            MIGRATED.update({path.name: path.read_bytes() for path in self.rig.data.iterdir()})

    @property
    def has_worker(self) -> bool:
        return self._work is not None

    def _start(self, *command: str) -> Program:
        program = Program(["env", *command] if self._typed else command, self._environ, folder=self._folder)
        self.rig.programs.append(program)
        return program

    def start_worker(self) -> Program:
        return self.web if self._work is None else self._start(*self._work)

    def start_web(self) -> Program:
        web = self._start(*self._serve, str(self.rig.port))
        wait_for(lambda: self._answers() or not web.is_running, web.output)
        assert web.is_running, web.output()
        return web

    def _answers(self) -> bool:
        try:
            return fetch("GET", f"{self.rig.home}/login").status_code < 500
        except httpx.TransportError:
            return False

    @contextmanager
    def without_worker(self) -> Iterator[None]:
        """A worker that is a process of its own does nothing meanwhile. One that is held inside of a write is let go on: nobody
        else could write."""
        if not self.has_worker:
            yield
            return
        while True:
            with self.worker.held(), closing(sqlite3.connect(self._database, isolation_level=None)) as database:
                if can_be_written(database):
                    yield
                    return

    def killed(self, *, meanwhile: Any = lambda: None) -> None:
        """All of it, as by a power cut, and then started again."""
        for program in {id(each): each for each in (self.web, self.worker)}.values():
            program.kill()
        meanwhile()
        self.web = self.start_web()
        self.worker = self.start_worker()

    def is_at_rest(self) -> bool:
        """Nobody works at a connection, nor is about to, and all of it runs."""
        soon_ms = (time.time() + 43_200) * 1000
        work = "SELECT 1 FROM venuekey_connections WHERE lease_holder IS NOT NULL OR due_at_ms < ? AND status <> 'awaiting_user'"
        with closing(sqlite3.connect(self._database)) as file:
            return self.web.is_running and self.worker.is_running and file.execute(work, [soon_ms]).fetchall() == []

    def start_over(self) -> None:
        """For other people, but for the time that has passed. What was said stays, to be looked at again."""
        for person in self.rig.people:
            person.close()
        self.rig.people.clear()
        with closing(sqlite3.connect(self._database, isolation_level=None, timeout=60)) as file:
            file.execute("DELETE FROM venuekey_connections")
        self.rig.start_over()
        self.rig.sandbox.turn(whitebit={"key_timing": "before"})

    def no_more_faults(self) -> None:
        fetch("DELETE", f"{self.rig.sandbox.url}/_sandbox/faults").raise_for_status()

    # A person

    def enter(self, person: Person) -> Page:
        """Signs in, which leads to the connections."""
        return person.open("/login")

    def told(self, person: Person, path: str = "/") -> Any:
        return person.ask_api("GET", MOUNT + path, **JSON).json()

    def consent(self, person: Person, venue: str) -> Page:
        page = person.press(person.open(f"{MOUNT}/"), f"Connect {TITLES[venue]}")
        assert page.url.startswith(self.rig.sandbox.url), page.url
        return page

    def approve(self, person: Person, consent: Page, *, follow: bool = True) -> Page:
        venue = "whitebit" if "/whitebit/" in consent.url else "bybit"
        boxes = {"permissions": PERMISSIONS[venue]}
        return person.press(consent, "Approve", boxes, lambda url: not follow and "/callback/" in url, otp=OTP)

    def view(self, person: Person, venue: str) -> Any:
        """Of the connection that has not ended, or else of the last one."""
        views = [view for view in self.told(person)["connections"] if view["venue"] == venue]
        return next((view for view in views if view["status"] != "ended"), views[-1] if views else None)

    def settled(self, person: Person, venue: str) -> Any:
        wait_for(lambda: self.view(person, venue)["status"] != "working", self.outputs)
        return self.view(person, venue)

    def connected(self, person: Person, venue: str) -> Any:
        self.approve(person, self.consent(person, venue))
        view = self.settled(person, venue)
        assert view["status"] == "connected", view
        return view

    def is_right(self, person: Person, venue: str) -> bool:
        """Whether the exchange takes what the app signs with the stored key."""
        return person.ask_api("GET", f"/account/{venue}").status_code == 200

    def outputs(self) -> str:
        return "\n".join(program.output() for program in self.rig.programs)

    def rows(self) -> list[tuple[str, str]]:
        with closing(sqlite3.connect(self._database)) as file:
            return file.execute("SELECT client, status FROM venuekey_connections").fetchall()


def csrf_of(page: Page) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.html)
    assert found, page.html
    return found[1]
