"""SQLite by default, PostgreSQL by a URL: the same code, several workers, and what only a database does."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from conftest import BOTH_DATABASES, EXAMPLE, PATIENCE_SECONDS, Rig, wait_for
from person import Person
from processes import free_port

WORKERS = 8


@BOTH_DATABASES
def test_many_processes_start_at_once_on_an_empty_database(rig: Rig, person: Person) -> None:
    rig.database_url()
    ports = [rig.port, *(free_port() for _ in range(WORKERS - 1))]
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(rig.start, ports))
    assert rig.connect(person, "whitebit").state == "connected"
    assert rig.is_right("whitebit") and rig.flows() == []
    wait_for(lambda: rig.sent("exchange_code") == 1)
    # Any of them knows the user and the account.
    for port in ports:
        page = person.open(f"http://127.0.0.1:{port}/")
        assert page.sections["whitebit"].state == "connected"


@BOTH_DATABASES
def test_a_worker_that_hangs_past_its_lease_is_replaced(rig: Rig, person: Person) -> None:
    """As on another machine, where nobody can see whether it still lives: the lease's end alone decides. What its request
    has brought is stored all the same."""
    rig.sandbox.turn(whitebit={"key_timing": "before"})
    hangs = rig.start(VENUEKEY_EXAMPLE_TIME_SCALE="1")
    callback = rig.callback_of(person, "whitebit")
    rig.sandbox.fault("info", "delay", ms=5_000)
    person.open(callback)
    wait_for(lambda: rig.sandbox.calls("info"))
    with hangs.held():
        other = rig.start(port=free_port(), VENUEKEY_EXAMPLE_TIME_SCALE="1", VENUEKEY_EXAMPLE_TIME_AHEAD="300")
        wait_for(lambda: rig.stored("whitebit"))
        wait_for(lambda: rig.sent("check_key", other) and rig.sent("fetch_secret", other) == 1)
    # A late reply changes nothing.
    wait_for(lambda: rig.rows.sent("check_key: HTTP 200", hangs.output()))
    wait_for(lambda: not rig.rows.has_work())
    assert rig.is_right("whitebit") and rig.flows() == []
    assert len(rig.exchanged_codes("whitebit")) == len(rig.sandbox.calls("secret")) == 1


@pytest.mark.parametrize("database", ["postgresql"])
def test_a_broken_connection_is_made_anew(rig: Rig, person: Person) -> None:
    rig.start(VENUEKEY_EXAMPLE_TIME_SCALE="1")
    rig.sandbox.turn(whitebit={"key_delay_ms": 60_000})
    person.open(rig.callback_of(person, "whitebit"))
    wait_for(lambda: rig.sent("check_key"))
    end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    with rig.database() as database:
        database.execute(f"{end} AND datname = current_database()")
    rig.sandbox.tell("/clock/advance", {"ms": 60_000})
    wait_for(lambda: rig.stored("whitebit"))
    assert rig.settled(person, "whitebit").state == "connected"
    assert rig.is_right("whitebit") and len(rig.exchanged_codes()) == 1


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://user:canary@127.0.0.1:{port}/name", "Connection refused"),
        ("postgresql://user:canary%zz@127.0.0.1/name", "--database-url must be like"),
        ("mysql://user:canary@127.0.0.1/name", "--database-url must be like"),
    ],
)
def test_a_database_that_is_not_there_is_one_sentence(tmp_path: Path, url: str, says: str) -> None:
    environ = {"DATABASE_URL": url.format(port=free_port()), "PATH": ""}
    command = [sys.executable, str(EXAMPLE), "--sandbox=http://127.0.0.1:1", f"--data={tmp_path}"]
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert ended.returncode == 2 and says in ended.stderr
    assert "canary" not in ended.stderr and "Traceback" not in ended.stderr
