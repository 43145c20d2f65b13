"""Injected faults, each named right by one command: the doctor, or the command that meets it. Python and Node."""

from __future__ import annotations

import http.server
import json
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

import venuekey
from conftest import Rig
from desk_rig import LANGUAGES, DeskRig
from person import Person
from postgres import Postgres
from processes import free_port
from venuekey.stores.postgres import PostgresStore
from venuekey.stores.sqlite import SQLiteStore

PAST_MS = 1_700_000_000_000
KEYS = "UPDATE venuekey_connections SET"


@pytest.fixture(params=LANGUAGES)
def desk(rig: Rig, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[DeskRig]:
    with closing(DeskRig(rig, tmp_path, request.param)) as desk:
        yield desk
        desk.assert_no_leak()


def tokens(expires_at_ms: int = PAST_MS) -> venuekey.parts.Tokens:
    return venuekey.parts.Tokens(access_token="imported-access-token", refresh_token="imported-refresh-token", expires_at_ms=expires_at_ms)


@contextmanager
def library(desk: DeskRig) -> Iterator[venuekey.Connections]:
    """What the command has made, by the library: same store, same key, same clients."""
    if not desk.key.exists():
        desk.key.write_text(f"local:{secrets.token_hex(32)}\n")
        desk.key.chmod(0o600)
    id, _, key = desk.key.read_text().strip().partition(":")
    clients = {
        venue: venuekey.Client(  # type: ignore[call-overload]
            venue=venue, environment=environment, client_id=f"demo-{venue}", client_secret=f"demo-{venue}-secret",
            redirect_uri=f"{desk.rig.home}/callback/{venue}",
            authorize_base=f"{desk.rig.sandbox.url}/{venue}/{environment}",
            api_base=f"{desk.rig.sandbox.url}/{venue}/{environment}",
        )
        for venue, environment in (("whitebit", "global"), ("bybit", "mainnet"))
    }  # fmt: skip
    with closing(SQLiteStore(desk.store)) as store:
        yield venuekey.Connections(clients, store, venuekey.SealingKeys([(id, bytes.fromhex(key))]))


def rows(desk: DeskRig, count: int = 1) -> None:
    with library(desk) as connections:
        for _ in range(count):
            connections.import_tokens("whitebit", tokens(2**52), owner="local")


# What is well is well


def test_nothing_is_wrong(desk: DeskRig, person: Person) -> None:
    desk.connected(person, "bybit")
    found = desk.doctor()
    assert {each["level"] for each in found.values()} == {"ok"}, found
    well = {"client_ok", "venue_ok", "clock_ok", "consent_ok", "store_ok", "sealing_ok", "connections_ok", "key_ok"}
    assert well <= found.keys()
    said = desk.run("doctor")
    assert said.code == 0 and all(line.startswith("ok  ") for line in said.out.splitlines()), said


# Configuration


def no_client(desk: DeskRig) -> None:
    for name in [*desk.environ]:
        if name.startswith(("VENUEKEY_BYBIT", "VENUEKEY_WHITEBIT")):
            del desk.environ[name]


def secret_missing(desk: DeskRig) -> None:
    del desk.environ["VENUEKEY_BYBIT_CLIENT_SECRET"]


def redirect_missing(desk: DeskRig) -> None:
    del desk.environ["VENUEKEY_BYBIT_REDIRECT_URI"]


def plain_redirect(desk: DeskRig) -> None:
    desk.environ["VENUEKEY_BYBIT_REDIRECT_URI"] = "http://app.example/callback"


def redirect_of_the_front_page(desk: DeskRig) -> None:
    desk.environ["VENUEKEY_BYBIT_REDIRECT_URI"] = "https://app.example/"


def testnet_at_mainnet(desk: DeskRig) -> None:
    desk.environ["VENUEKEY_BYBIT_ENVIRONMENT"] = "testnet"


def half_a_sandbox(desk: DeskRig) -> None:
    desk.configure("bybit", f"{desk.rig.sandbox.url}/bybit/mainnet", AUTHORIZE_BASE="https://www.bybit.com")


def unregistered_redirect(desk: DeskRig) -> None:
    desk.environ["VENUEKEY_WHITEBIT_REDIRECT_URI"] = f"{desk.rig.home}/elsewhere"


def unknown_client_id(desk: DeskRig) -> None:
    desk.environ["VENUEKEY_WHITEBIT_CLIENT_ID"] = "nobody"


def broken_config(desk: DeskRig) -> None:
    (desk.folder / "config.toml").write_text('[bybit]\nclient_secret = "open-ended\n')
    desk.environ["VENUEKEY_CONFIG"] = str(desk.folder / "config.toml")


# The venue


def fault_of_the_time(fault: str, **more: object) -> Callable[[DeskRig], None]:
    def arrange(desk: DeskRig) -> None:
        for venue in ("whitebit", "bybit"):
            desk.rig.sandbox.fault("time", fault, count=1, venue=venue, **more)

    return arrange


def nobody_there(desk: DeskRig) -> None:
    desk.configure("bybit", f"http://127.0.0.1:{free_port()}/bybit/mainnet")


def no_such_name(desk: DeskRig) -> None:
    desk.configure("bybit", "https://venue.invalid")


def no_tls(desk: DeskRig) -> None:
    desk.configure("bybit", desk.rig.sandbox.url.replace("http:", "https:") + "/bybit/mainnet")


# The store and its keys


def no_rows(desk: DeskRig) -> None:
    rows(desk, 0)


def newer_schema(desk: DeskRig) -> None:
    rows(desk)
    desk.sql("UPDATE venuekey_schema SET version = 9")


def no_database(desk: DeskRig) -> None:
    desk.store.write_bytes(b"This is no database. " * 100)


def no_server(desk: DeskRig) -> None:
    desk.environ["VENUEKEY_STORE"] = f"postgresql://user:canary@127.0.0.1:{free_port()}/none"


def locked(desk: DeskRig) -> None:
    desk.store.mkdir()


def key_lost(desk: DeskRig) -> None:
    rows(desk)
    desk.key.unlink()


def key_with_other_bytes(desk: DeskRig) -> None:
    rows(desk)
    desk.key.write_text(f"local:{secrets.token_hex(32)}\n")


def key_of_another_name(desk: DeskRig) -> None:
    rows(desk)
    desk.key.write_text(f"other:{secrets.token_hex(32)}\n")


def key_cut_short(desk: DeskRig) -> None:
    rows(desk)
    desk.key.write_text("local:abcd\n")


def key_for_everybody(desk: DeskRig) -> None:
    rows(desk)
    desk.key.chmod(0o644)


def key_renewed(desk: DeskRig) -> None:
    rows(desk)
    desk.key.write_text(f"new:{secrets.token_hex(32)}\n{desk.key.read_text()}")


def row_damaged(desk: DeskRig) -> None:
    rows(desk, 2)
    desk.sql(f"{KEYS} sealed = substr(sealed, 1, 60) || 'AAAA' || substr(sealed, 65) WHERE id = (SELECT min(id) FROM venuekey_connections)")


def row_quarantined(desk: DeskRig) -> None:
    rows(desk, 2)
    desk.sql(f"{KEYS} quarantined = 'seal_invalid', status = 'quarantined' WHERE id = (SELECT min(id) FROM venuekey_connections)")


def client_unknown(desk: DeskRig) -> None:
    rows(desk)
    for name in [*desk.environ]:
        if name.startswith("VENUEKEY_WHITEBIT"):
            del desk.environ[name]


def environment_changed(desk: DeskRig) -> None:
    rows(desk)
    desk.configure("whitebit", f"{desk.rig.sandbox.url}/whitebit/eu", ENVIRONMENT="eu")


# Workers


def no_worker(desk: DeskRig) -> None:
    rows(desk)
    desk.sql(f"{KEYS} due_at_ms = {PAST_MS}")


def too_many_pairs(desk: DeskRig) -> None:
    rows(desk, 81)


def tokens_refused(desk: DeskRig) -> None:
    """By the venue, when a worker refreshes them."""
    with library(desk) as connections:
        connections.import_tokens("whitebit", tokens(), owner="local")
    assert desk.run("worker", "--once").code == 0


FAULTS: dict[str, tuple[Callable[[DeskRig], None], str]] = {
    each.__name__: (each, code)
    for each, code in [
        (no_client, "no_client"),
        (secret_missing, "client_secret_missing"),
        (redirect_missing, "redirect_uri_missing"),
        (plain_redirect, "client_invalid"),
        (redirect_of_the_front_page, "redirect_without_path"),
        (testnet_at_mainnet, "environment_mismatch"),
        (half_a_sandbox, "bases_differ"),
        (unregistered_redirect, "consent_refused"),
        (unknown_client_id, "consent_refused"),
        (broken_config, "config_invalid"),
        (nobody_there, "venue_unreachable"),
        (no_such_name, "name_not_found"),
        (no_tls, "tls_failed"),
        (newer_schema, "store_schema_newer"),
        (no_database, "store_damaged"),
        (no_server, "store_unreachable"),
        (locked, "store_unreachable"),
        (key_lost, "sealing_key_missing"),
        (key_with_other_bytes, "sealing_key_wrong"),
        (key_of_another_name, "sealing_key_unknown"),
        (key_cut_short, "sealing_key_invalid"),
        (key_for_everybody, "sealing_key_exposed"),
        (key_renewed, "reseal_needed"),
        (row_damaged, "row_damaged"),
        (row_quarantined, "row_quarantined"),
        (client_unknown, "client_unknown"),
        (environment_changed, "client_mismatch"),
        (no_worker, "no_worker"),
        (too_many_pairs, "over_capacity"),
        (tokens_refused, "token_rejected"),
    ]
}
TIMES = {
    "clock_two_minutes_ahead": (fault_of_the_time("clock_ahead", ms=121_000), "clock_off"),
    "clock_two_minutes_behind": (fault_of_the_time("clock_behind", ms=121_000), "clock_off"),
    "clock_a_few_seconds_off": (fault_of_the_time("clock_ahead", ms=7_000), "clock_drifts"),
    "maintenance": (fault_of_the_time("server_error", status=502), "venue_maintenance"),
    "maintenance_as_a_page": (
        fault_of_the_time("reply", status=503, headers={"content-type": "text/html"}, body="<html>Be right back</html>"),
        "venue_maintenance",
    ),
    "too_many_requests": (fault_of_the_time("rate_limit"), "venue_rate_limited"),
    "firewall": (fault_of_the_time("html_403"), "venue_blocks_address"),
    "lost_reply": (fault_of_the_time("drop_reply"), "venue_unreachable"),
    "no_time": (fault_of_the_time("reply", status=200, body={"hello": "you"}), "venue_answer_odd"),
}
UNDOCUMENTED = {"unregistered_redirect", "unknown_client_id", "tokens_refused"}
"""What the venue refuses here is what no documentation covers, on purpose."""
ONLINE = {"no_such_name", "no_tls", "nobody_there", "unregistered_redirect", "unknown_client_id", *TIMES}


@pytest.mark.parametrize("fault", [*FAULTS, *TIMES])
def test_the_doctor_names_it(desk: DeskRig, fault: str) -> None:
    arrange, code = {**FAULTS, **TIMES}[fault]
    arrange(desk)
    found = desk.doctor(*([] if fault in ONLINE else ["--offline"]))
    assert code in found, found
    assert found[code]["level"] != "ok"
    if fault in UNDOCUMENTED:
        desk.rig.start_over()


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
