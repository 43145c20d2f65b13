"""The Django app, under ATOMIC_REQUESTS and with an exception after each view: what a view has stored stays stored.

Its worker is killed before and after each thing that it does, and its web server after each view; nothing is lost.
"""

from __future__ import annotations

import os
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

import canary
from conftest import BOTH_DATABASES, OTP, PERMISSIONS, TITLES, Rig, wait_for
from paved_rig import LEASE_MS
from person import Page, Person
from processes import Program
from test_paved_kills import TOLD

HERE = Path(__file__).parent
APP = HERE.parents[1] / "examples/django-app"


class Shop:
    """The app's web server, its workers, and a customer who is logged in."""

    def __init__(self, rig: Rig, person: Person) -> None:
        self.rig, self.person = rig, person
        rig.data.mkdir()
        self._clock = rig.data.parent / "clock"
        self._clock.write_bytes(bytes(8))
        rig.sandbox.turn(whitebit={"key_timing": "before"})
        rig.sandbox.tell("/clock", {"held": True})
        self.advance(0)
        url = rig.database_url()
        self.environ = {
            **os.environ, "PYTHONPATH": str(HERE), "DJANGO_SETTINGS_MODULE": "django_hooks", "SECRET_KEY": "a secret of the app's",
            "HOME_URL": rig.home, "SANDBOX": rig.sandbox.url, "DATABASE": str(rig.data / "db.sqlite3"),
            "SEALING_KEY": bytes(range(32)).hex(), "CLOCK": str(self._clock),
            "WHITEBIT_SECRET": "demo-whitebit-secret", "BYBIT_SECRET": "demo-bybit-secret",
            **({"POSTGRES": url} if url else {}),
        }  # fmt: skip
        self.manage("migrate", "--verbosity=0")
        self.web = self.started_web()
        assert person.open("/connections/").url.endswith("/connections/"), "by way of /login"

    def start(self, *command: str, **environ: str) -> Program:
        program = Program([sys.executable, "-u", str(APP / "manage.py"), *command], {**self.environ, **environ})
        self.rig.programs.append(program)
        return program

    def manage(self, *command: str, **environ: str) -> Program:
        program = self.start(*command, **environ)
        wait_for(lambda: not program.is_running, program.output)
        assert program.stop() == 0 or "DIE_AT" in environ, program.output()
        return program

    def started_web(self) -> Program:
        web = self.start("runserver", "--noreload", "--skip-checks", f"127.0.0.1:{self.rig.port}")

        def answers() -> bool:
            assert web.is_running, web.output()
            try:
                return self.person.ask_api("GET", "/connections/").status_code < 500
            except Exception as error:
                assert type(error).__name__ == "ConnectError", error
                return False

        wait_for(answers)
        return web

    def restart_web(self) -> None:
        self.web.kill()
        self.web = self.started_web()

    def worked(self, **environ: str) -> Program:
        return self.manage("venuekey_worker", "--once", **environ)

    def advance(self, ms: int) -> int:
        now_ms: int = self.rig.sandbox.tell("/clock/advance", {"ms": ms})["now_ms"]
        self._clock.write_bytes(now_ms.to_bytes(8, "little"))
        return now_ms

    # What the customer does and sees.

    def seen(self, venue: str) -> dict[str, Any]:
        told = self.person.ask_api("GET", "/connections/", accept="application/json").json()
        (view,) = (view for view in told["connections"] if view["client"] == venue)
        found: dict[str, Any] = view
        return found

    def connect(self, venue: str) -> Page:
        """Up to the exchange's page."""
        return self.person.press(self.person.open("/connections/"), f"Connect {TITLES[venue]}")

    def approve(self, consent: Page, venue: str) -> str:
        """Returns where the exchange leads."""
        asks = "permissions" in consent.form("Approve")[0].boxes
        boxes = {"permissions": PERMISSIONS[venue]} if asks else None
        return self.person.press(consent, "Approve", boxes, lambda url: "/callback" in url, otp=OTP).url

    def settled(self, venue: str) -> dict[str, Any]:
        for _ in range(30):
            assert self.person.ask_api("GET", "/run_once").status_code == 200
            view = self.seen(venue)
            if view["status"] != "working":
                return view
            self.advance(5_000)
        raise AssertionError(view)

    # What a test looks at.

    def sql(self, query: str) -> list[Any]:
        """In the store's tables."""
        url = self.rig.database_url()
        if url:
            with psycopg.connect(url, autocommit=True) as server:
                done = server.execute(query.encode())
                return done.fetchall() if done.description else []
        with closing(sqlite3.connect(self.rig.data / "db-venuekey.sqlite3", isolation_level=None)) as file:
            return file.execute(query).fetchall()

    def start_over(self) -> None:
        self.sql("DELETE FROM venuekey_connections")
        now_ms = self.advance(0)
        self.rig.start_over()
        self.rig.sandbox.turn(whitebit={"key_timing": "before"})
        self.rig.sandbox.tell("/clock", {"held": True, "now_ms": now_ms})


@pytest.fixture
def shop(rig: Rig, person: Person) -> Iterator[Shop]:
    shop = Shop(rig, person)
    yield shop
    for program in rig.programs:
        assert "Traceback" not in program.output(), program.output()
    # The customer's own pages name the key, and nothing that is secret.
    rig.remember_secrets()
    assert canary.leaks(rig.secrets, rig.places()) == []
    person.visited.clear()


@BOTH_DATABASES
def test_both_exchanges_while_every_view_is_rolled_back_and_the_web_is_killed_after_each(shop: Shop) -> None:
    for venue in ("whitebit", "bybit"):
        consent = shop.connect(venue)
        shop.restart_web()
        callback = shop.approve(consent, venue)
        page = shop.person.open(callback)
        assert page.status == 200 and "/status/" in page.url and "code=" not in page.url
        shop.restart_web()
        assert shop.person.open(callback).status == 200, "loaded again, it shows where the connection stands"
        assert shop.settled(venue)["status"] == "connected"
    codes = shop.rig.exchanged_codes()
    assert len(codes) == len({*codes}) == 2
    assert all(shop.person.ask_api("GET", f"/account/{venue}").status_code == 200 for venue in ("whitebit", "bybit"))
    rolled_back = {f"rolled back {what}" for what in ("POST /connections/connect/bybit", "GET /account/bybit")}
    wait_for(lambda: rolled_back < {line for program in shop.rig.programs for line in program.lines})
    if shop.rig.database_url() is None:
        with closing(sqlite3.connect(shop.rig.data / "db.sqlite3")) as file:
            assert file.execute("SELECT count(*) FROM auth_group").fetchall() == [(0,)]


CONNECTING = [("whitebit", "sqlite"), ("bybit", "postgresql")]


@pytest.mark.parametrize(("venue", "database"), CONNECTING)
def test_a_worker_is_killed_at_each_step(shop: Shop, venue: str) -> None:
    ends: dict[str, str] = {}
    number = 1
    while True:
        shop.start_over()
        shop.person.open(shop.approve(shop.connect(venue), venue))
        worker = shop.worked(DIE_AT=str(number))
        steps = [line.split(" ", 2)[2] for line in worker.lines if line.startswith("step ")]
        if len(steps) < number:
            break
        assert "has ended" not in worker.output()
        shop.advance(LEASE_MS)
        view = shop.settled(venue)
        codes = shop.rig.exchanged_codes()
        assert len(codes) == len({*codes}) <= 1, f"{steps[-1]}: a code was exchanged twice"
        ends[f"{number} {steps[-1]}"] = view["error"]["code"] if view["error"] else view["status"]
        assert shop.sql("SELECT id FROM venuekey_connections WHERE lease_holder IS NOT NULL") == []
        number += 1
    assert number > 20 and "has ended" in worker.output(), worker.output()
    assert {*ends.values()} <= {"connected", *(code for code, _ in TOLD.values())}, ends
    # A request whose fate nobody can know costs its connection; no other death does.
    lost = [name for name, end in ends.items() if end != "connected"]
    assert all(re.search(r"(before|after) (save|send)", name) for name in lost) and len(lost) <= len(ends) // 2, ends
