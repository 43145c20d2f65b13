"""How many connections one worker keeps alive, measured here and now: `just capacity`.

What it measures is the whole loop: rows that are due are opened, leased, sent for, stored and told of, against the sandbox,
on SQLite and on PostgreSQL. What the exchange permits is arithmetic: its documented pace at half, and how long core uses
a pair before it is refreshed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import venuekey
from venuekey.connections import Connections
from venuekey.senders import httpx_sender
from venuekey.stores import Store
from venuekey.stores.sqlite import SQLiteStore

from conftest import OTP, Rig
from library import CALLBACKS
from postgres import NoPostgres, Postgres
from processes import find_sandbox, free_port

KEYS = venuekey.SealingKeys([("capacity", bytes(range(32)))])
SAMPLE = 500


def client_of(rig: Rig) -> venuekey.Client[Any]:
    base = f"{rig.sandbox.url}/whitebit/global"
    return venuekey.Client(
        venue="whitebit", environment="global", client_id="demo-whitebit", client_secret="demo-whitebit-secret",
        redirect_uri=rig.home + CALLBACKS["whitebit"], authorize_base=base, api_base=base,
    )  # fmt: skip


def worked_off(rig: Rig, store: Store, rows: int, concurrency: int) -> float:
    """Connections a second: a code exchanged, tokens stored and their event told."""
    send = httpx_sender(verify=False, trust_env=False)
    connections = Connections({"whitebit": client_of(rig)}, store, KEYS, send=send, concurrency=concurrency)
    person = rig.new_person()
    for number in range(rows):
        view = connections.begin("whitebit", owner=f"user-{number}", goal="account_tokens", keep_alive="on_use")
        back = person.press(person.open(view.authorize_url or ""), "Approve", None, lambda url: "code=" in url, otp=OTP)
        connections.receive_callback(view.id, back.url)
    begun = time.perf_counter()
    connections.run_once()
    took_s = time.perf_counter() - begun
    assert all(connections.find(f"user-{number}")[0].status == "connected" for number in range(rows))
    return rows / took_s


def permitted(rig: Rig) -> tuple[float, float, float]:
    """Seconds between refreshes, seconds for which a pair of 300 s is used, and so how many pairs live."""
    client, now_ms = client_of(rig), 1_790_000_000_000
    tokens = venuekey.parts.Tokens(
        access_token="a", refresh_token="r", expires_at_ms=now_ms + 300_000, refresh_expires_at_ms=now_ms + 600_000
    )
    used_ms = []
    for _ in range(SAMPLE):
        connection = client.import_tokens(tokens, owner="user", client_name="whitebit", now_ms=now_ms)
        # The first thing that is due is telling of the connection.
        due_ms = connection.delivered(connection.events[-1].number, now_ms=now_ms).due_at_ms
        assert due_ms is not None
        used_ms.append(due_ms - now_ms)
    plan = client.share_tokens(tokens, now_ms=now_ms).plan(now_ms=now_ms + 290_000)
    assert isinstance(plan, venuekey.parts.RefreshTokens) and plan.request.rate_limit is not None
    limit = plan.request.rate_limit
    every_s, used_s = 2 * limit.window_ms / limit.requests / 1000, statistics.fmean(used_ms) / 1000
    return every_s, used_s, used_s / every_s


@contextmanager
def rigged(server: Postgres | None) -> Iterator[Rig]:
    with tempfile.TemporaryDirectory(prefix="venuekey-capacity-") as folder:
        rig = Rig(find_sandbox(os.environ.get("VENUEKEY_SANDBOX")), Path(folder), 1, server)
        rig.data.mkdir()
        try:
            yield rig
        finally:
            rig.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="just capacity", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=200, help="connections to be worked off on each store")
    parser.add_argument("--concurrency", type=int, default=8, help="as of Connections")
    given = parser.parse_args()
    with rigged(None) as rig:
        with closing(SQLiteStore(rig.data / "connections.db")) as store:
            rate = worked_off(rig, store, given.rows, given.concurrency)
        print(f"SQLite      {rate:6.0f} connections a second through one worker")
        every_s, used_s, pairs = permitted(rig)
    try:
        unpacked = os.environ.get("VENUEKEY_POSTGRES")
        server = Postgres(Path(unpacked) if unpacked else None, free_port())
    except NoPostgres as error:
        print(f"PostgreSQL  not measured: {error}")
    else:
        from venuekey.stores.postgres import PostgresStore

        with closing_server(server), rigged(server) as rig, closing(PostgresStore(rig.database_url() or "")) as store:
            rate = worked_off(rig, store, given.rows, given.concurrency)
        print(f"PostgreSQL  {rate:6.0f} connections a second through one worker")
    print(f"WhiteBIT    one refresh in {every_s:.0f} s for each calling address (half its documented pace)")
    print(f"            a pair of 300 s is used for {used_s:.0f} s on average, so {pairs:.0f} pairs stay alive")
    return 0


@contextmanager
def closing_server(server: Postgres) -> Iterator[None]:
    try:
        yield
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main())
