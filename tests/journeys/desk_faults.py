"""What is broken for the doctor, and the code by which it must be named."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import venuekey
from desk_rig import DeskRig
from processes import free_port
from venuekey.stores.sqlite import SQLiteStore

PAST_MS = 1_700_000_000_000
KEYS = "UPDATE venuekey_connections SET"


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
    (desk.folder / "config.json").write_text('{"clients": {"bybit": {"client_secret": "open-ended')
    desk.environ["VENUEKEY_CONFIG"] = str(desk.folder / "config.json")


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
    row_damaged(desk)
    row_reopens(desk, 0)


def row_reopens(desk: DeskRig, count: int = 2) -> None:
    """A process that had other bytes under the same id has quarantined a row that is well."""
    rows(desk, count)
    desk.sql(f"{KEYS} quarantined = 'seal_invalid', status = 'quarantined' WHERE id = (SELECT min(id) FROM venuekey_connections)")


def client_unknown(desk: DeskRig) -> None:
    rows(desk)
    for name in [*desk.environ]:
        if name.startswith("VENUEKEY_WHITEBIT"):
            del desk.environ[name]


def environment_changed(desk: DeskRig) -> None:
    rows(desk)
    desk.configure("whitebit", f"{desk.rig.sandbox.url}/whitebit/eu", ENVIRONMENT="eu")


def client_id_changed(desk: DeskRig) -> None:
    rows(desk)
    desk.environ["VENUEKEY_WHITEBIT_CLIENT_ID"] = "another"


# Workers


def no_worker(desk: DeskRig) -> None:
    rows(desk)
    desk.sql(f"{KEYS} due_at_ms = {PAST_MS}")


def tokens_dying(desk: DeskRig) -> None:
    no_worker(desk)


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
        (row_reopens, "row_reopens"),
        (client_unknown, "client_unknown"),
        (environment_changed, "client_mismatch"),
        (client_id_changed, "client_changed"),
        (no_worker, "no_worker"),
        (tokens_dying, "tokens_dying"),
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
