"""Injected faults, each named right by one command: the doctor, or the command that meets it. Python and Node."""

from __future__ import annotations

import http.server
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from conftest import Rig
from desk_faults import FAULTS, ONLINE, TIMES, UNDOCUMENTED, rows
from desk_rig import LANGUAGES, PAVED, DeskRig
from forks import Forks
from paved_rig import KEY
from person import Person
from postgres import Postgres
from venuekey.stores.postgres import PostgresStore

@pytest.fixture(params=LANGUAGES)
def desk(rig: Rig, tmp_path: Path, forks: Forks, request: pytest.FixtureRequest) -> Iterator[DeskRig]:
    with closing(DeskRig(rig, tmp_path, request.param, forks)) as desk:
        yield desk
        desk.assert_no_leak()


# What is well is well


def test_nothing_is_wrong(desk: DeskRig, person: Person) -> None:
    desk.connected(person, "bybit")
    found = desk.doctor()
    assert {each["level"] for each in found.values()} == {"ok"}, found
    well = {"client_ok", "venue_ok", "clock_ok", "consent_ok", "store_ok", "sealing_ok", "connections_ok", "key_ok"}
    assert well <= found.keys()
    said = desk.run("doctor")
    assert said.code == 0 and all(line.startswith("ok  ") for line in said.out.splitlines()), said


# What is broken (desk_faults.py)


@pytest.mark.parametrize("fault", [*FAULTS, *TIMES])
def test_the_doctor_names_it(desk: DeskRig, fault: str) -> None:
    arrange, code = {**FAULTS, **TIMES}[fault]
    arrange(desk)
    found = desk.doctor(*([] if fault in ONLINE else ["--offline"]))
    assert code in found, found
    assert found[code]["level"] != "ok"
    if fault in UNDOCUMENTED:
        desk.rig.start_over()


def test_two_workers(desk: DeskRig) -> None:
    """One is what was meant, and two do no harm: how many there are is told, by their names."""
    for name in ("first", "second"):
        assert desk.run("worker", "--once", "--holder", name).code == 0
    told = desk.doctor("--offline")["workers_several"]
    assert told["level"] == "ok" and "2 workers" in told["text"] and "first, second" in told["text"]


@pytest.mark.parametrize("database", ["postgresql"])
@pytest.mark.parametrize("state", ["read_only", "full", "down"])
def test_a_database_in_trouble(desk: DeskRig, postgres: Postgres, state: str) -> None:
    url = desk.rig.database_url() or ""
    PostgresStore(url).close()
    desk.environ["VENUEKEY_STORE"] = url
    desk.environ["VENUEKEY_SEALING_KEY"] = bytes(range(32)).hex()
    if state == "down":
        with postgres.down():
            assert "store_unreachable" in desk.doctor("--offline")
        return
    if state == "read_only":
        desk.environ["VENUEKEY_STORE"] = f"{url}%20-cdefault_transaction_read_only%3Don"
    else:
        # The server's own error, without a disk to fill.
        with psycopg.connect(url, autocommit=True) as server:
            server.execute(
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = '53100'; END $$"
            )
            server.execute("CREATE TRIGGER full_disk BEFORE INSERT ON venuekey_counters EXECUTE FUNCTION full_disk()")
    assert f"store_{state}" in desk.doctor("--offline")


# What the venue says of a stored key


def address_not_listed(desk: DeskRig) -> None:
    desk.rig.sandbox.turn(bybit={"caller_ip_bound": False})


def deleted(desk: DeskRig) -> None:
    desk.rig.sandbox.tell("/user/bybit/mainnet/action", {"action": "delete_key"})


def expiring(desk: DeskRig) -> None:
    desk.rig.sandbox.tell("/user/bybit/mainnet/action", {"action": "change_password"})


@pytest.mark.parametrize(
    ("fault", "code"),
    [(address_not_listed, "ip_not_allowed"), (deleted, "key_rejected"), (expiring, "key_expires_soon")],
)
def test_a_key_in_trouble(desk: DeskRig, person: Person, fault: Callable[[DeskRig], None], code: str) -> None:
    view = desk.connected(person, "bybit")
    assert desk.doctor()["key_ok"]["connection_id"] == view["id"]
    fault(desk)
    assert desk.doctor()[code]["connection_id"] == view["id"]
    if code == "ip_not_allowed":
        assert desk.error("call", "bybit", "GET", "/v5/user/query-api")["code"] == code


# What a command meets


def test_a_wrong_secret(desk: DeskRig, person: Person) -> None:
    desk.environ["VENUEKEY_BYBIT_CLIENT_SECRET"] = "wrong-canary"
    said = desk.connect(person, "bybit")
    assert desk.failure(said)["code"] == "client_rejected"
    assert "wrong-canary" not in said.out + said.err
    assert desk.doctor("--offline")["client_rejected"]["level"] == "warn"


def test_a_missing_scope(desk: DeskRig, person: Person) -> None:
    desk.rig.sandbox.turn(whitebit={"granted_scopes": "apikeys.create"})
    assert desk.failure(desk.connect(person, "whitebit"))["code"] == "token_rejected"


def test_a_secret_that_is_lost(desk: DeskRig, person: Person) -> None:
    desk.rig.sandbox.fault("secret", "drop_reply", count=1)
    assert desk.failure(desk.connect(person, "whitebit"))["code"] == "delete_key_in_dashboard"
    assert "delete_key_in_dashboard" in desk.doctor("--offline")


def test_a_permission_that_was_not_granted(desk: DeskRig, person: Person) -> None:
    assert desk.connect(person, "whitebit", permissions=["trading"]).code == 0
    called = desk.error("call", "whitebit", "POST", "/api/v4/main-account/history", '{"limit": 1}')
    assert called["code"] == "permission_denied"


def test_a_user_who_declines(desk: DeskRig, person: Person) -> None:
    desk.rig.sandbox.turn(bybit={"cancel_mode": "error"})
    child = desk.start("connect", "bybit", "--no-browser", "--json")
    url, before = desk.page(child)
    person.press(person.open(url), "Decline")
    assert desk.failure(desk.end(child, before=before))["code"] == "access_denied"


def test_a_port_that_is_in_use(desk: DeskRig) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", desk.rig.port))
        taken.listen()
        assert desk.error("connect", "bybit", "--no-browser")["code"] == "port_busy"
    assert desk.run("status", "--json").json() == [], "nothing was begun"


def test_a_goal_that_is_not_offered(desk: DeskRig) -> None:
    arguments = ("connect", "bybit-agent", "--goal", "account_tokens", "--sandbox", desk.rig.sandbox.url)
    assert desk.error(*arguments)["code"] == "goal_not_offered"


@pytest.mark.parametrize("kind", ["Connections", "AsyncConnections"])
def test_an_app_of_ones_own(desk: DeskRig, kind: str) -> None:
    """Its clock is what counts there, and its clients."""
    clock = desk.folder / "clock"
    now_ms = desk.rig.sandbox.tell("/clock", {"held": True})["now_ms"]
    desk.environ |= {
        "PYTHONPATH": str(PAVED), "PAVED_SANDBOX": desk.rig.sandbox.url, "PAVED_HOME": desk.rig.home,
        "PAVED_STORE": str(desk.store), "PAVED_KEYS": KEY, "PAVED_CLOCK": str(clock),
    }  # fmt: skip
    if desk.language == "node" and kind == "AsyncConnections":
        pytest.skip("Node has one kind")
    (desk.folder / "own.py").write_text(
        "import venuekey, program\n"
        f"connections = venuekey.{kind}(program.connections._rows.clients, program.connections._rows.store,"
        " program.connections._rows.keys, clock=program.connections._rows.now_ms)\n"
    )
    app = "own:connections" if desk.language == "python" else str(PAVED / "program.mjs")
    for off_ms, level, code in [(0, "ok", "clock_ok"), (-121_000, "fail", "clock_off")]:
        clock.write_bytes((now_ms + off_ms).to_bytes(8, "little"))
        assert desk.doctor("--app", app)[code]["level"] == level
    assert desk.run("status", "--json", "--app", app).json() == []


def test_a_file_that_can_not_be_written(desk: DeskRig) -> None:
    """SQLite's own error: root may write to any file."""
    if desk.language == "node":
        pytest.skip("on PostgreSQL it is the same check")
    rows(desk)
    (desk.folder / "own.py").write_text(
        "import venuekey\nfrom venuekey.stores.sqlite import SQLiteStore\n"
        "class ReadOnly(SQLiteStore):\n"
        "    def _opened(self):\n"
        "        db = super()._opened()\n"
        "        db.execute('PRAGMA query_only = ON')\n"
        "        return db\n"
        "client = venuekey.Client(venue='whitebit', environment='global', client_id='demo-whitebit', client_secret='s',"
        " redirect_uri='https://app.example/callback')\n"
        f"id, _, key = open({str(desk.key)!r}).read().strip().partition(':')\n"
        f"connections = venuekey.Connections({{'whitebit': client}}, ReadOnly({str(desk.store)!r}),"
        " venuekey.SealingKeys([(id, bytes.fromhex(key))]))\n"
    )
    found = desk.doctor("--offline", "--app", "own:connections")
    assert "store_read_only" in found and "sealing_ok" in found, "what can be read is looked at all the same"


class Refuses(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(407)
        self.send_header("content-length", "0")
        self.end_headers()

    do_CONNECT = do_GET

    def log_message(self, *_: Any) -> None: ...


def test_a_proxy_that_refuses(desk: DeskRig) -> None:
    if desk.language == "node":
        pytest.skip("Node's fetch asks no proxy of the environment")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refuses) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        address = f"http://user:{quote('canary')}@127.0.0.1:{proxy.server_port}"
        for name in ("HTTP_PROXY", "HTTPS_PROXY"):
            desk.environ[name] = address
        found = desk.doctor()
        assert "proxy_refused" in found and "canary" not in json.dumps(found)
        proxy.shutdown()
