"""The key at work: probes, signed calls, nonces and clocks, against both exchanges' own verification."""

from __future__ import annotations

import itertools
import json
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import venuekey
from venuekey.senders import httpx_sender

from conftest import EXAMPLE, PATIENCE_SECONDS, Rig
from library import Connection, agent, first, key_of, tokens_of
from person import Person

PROGRAM = EXAMPLE.parent / "python-trading" / "signed_call.py"
BALANCE = {"whitebit": ("POST", "/api/v4/trade-account/balance"), "bybit": ("GET", "/v5/user/query-api")}
VENUES = pytest.mark.parametrize("venue", ["whitebit", "bybit"])


def connected(rig: Rig, person: Person, venue: venuekey.parts.Venue) -> tuple[Connection, venuekey.parts.ApiKey]:
    """The exchange's clock then moves where a test moves it: its window of a few seconds is short for a slow machine."""
    connection = Connection(rig, venue, "global" if venue == "whitebit" else "mainnet")
    key = key_of(connection.connect(person, "api_key"))
    rig.sandbox.tell("/clock", {"held": True})
    return connection, key


def signer_of(rig: Rig, venue: venuekey.parts.Venue, key: venuekey.parts.ApiKey, **more: Any) -> venuekey.parts.Signer:
    environment: venuekey.parts.VenueEnvironment = more.pop("environment", "global" if venue == "whitebit" else "mainnet")
    return venuekey.parts.Signer(
        venue=venue, environment=environment, api_base=f"{rig.sandbox.url}/{venue}/{environment}",
        **{"api_key": key.api_key, "api_secret": key.api_secret, **more},
    )  # fmt: skip


def call(signer: venuekey.parts.Signer, method: str, path: str, parameters: Any = None, **more: Any) -> venuekey.SignedReply:
    return signer.receive_response(httpx_sender()(signer.sign(method, path, parameters or {}, **more)))


@VENUES
def test_a_fresh_key_is_proved(rig: Rig, person: Person, venue: venuekey.parts.Venue) -> None:
    connection, key = connected(rig, person, venue)
    signer = signer_of(rig, venue, key)
    proof = signer.receive_probe(httpx_sender()(signer.probe(nonce_ms=connection.now_ms())))
    assert proof.is_permitted
    if venue == "bybit":
        assert (proof.uid, proof.is_third_party) == ("106000001", True)


def test_a_key_reads_what_tokens_read(rig: Rig, person: Person) -> None:
    rig.sandbox.turn(whitebit={"history_rows": 700})
    plain = Connection(rig, "whitebit", "global")
    tokens = tokens_of(plain.connect(person, "account_tokens"))
    connection, key = connected(rig, person, "whitebit")
    signer, numbers = signer_of(rig, "whitebit", key), itertools.count(connection.now_ms())
    client, now_ms = connection.client, connection.now_ms()
    since_s = now_ms // 1000 - 170 * 86_400
    for read in (
        client.read_transactions(limit=300),
        client.read_converts(from_s=since_s, now_ms=now_ms),
        client.read_orders(from_s=since_s, limit=500, now_ms=now_ms),
        client.read_deals(market="BTC_USDT", from_s=since_s, now_ms=now_ms),
        client.read_main_balances(),
        client.read_spot_balances(ticker="BTC"),
    ):
        by_key: Any = venuekey.parts.records(read, signer=signer, nonce_ms=numbers.__next__, send=httpx_sender())
        by_tokens: Any = venuekey.parts.records(read, tokens=tokens, send=httpx_sender())
        records = list(by_key)
        assert records == list(by_tokens)
        assert len(records) == (700 if read.kind in ("transactions", "converts", "orders") else len(records)) > 0, read


def test_a_key_reads_a_bybit_account_to_its_ends(rig: Rig, person: Person) -> None:
    rig.sandbox.turn(bybit={"history_rows": 300, "history_days": 100, "cursor_at_end": True})
    connection, key = connected(rig, person, "bybit")
    client, signer, now_ms = connection.client, signer_of(rig, "bybit", key), connection.now_ms()
    since_ms = now_ms - 110 * 86_400_000

    def ids(read: venuekey.parts.AccountRead[Any], arriving: int = 0) -> list[Any]:
        found: list[Any] = []
        # The clock is held: what the venue's limits cost goes by when the loop sleeps.
        def sleep(seconds: float) -> None:
            rig.sandbox.tell("/clock/advance", {"ms": round(seconds * 1000)})

        ask = {"signer": signer, "nonce_ms": connection.now_ms, "send": httpx_sender(), "sleep": sleep}
        for page in venuekey.parts.pages(read, **ask):
            found += page.records
            if arriving:
                # Between pages, and after the span's end.
                rig.sandbox.tell("/clock/advance", {"ms": 1_000})
                rig.sandbox.tell("/history", {"venue": "bybit", "transactions": arriving, "orders": arriving, "deals": arriving})
        return found

    (wallet,) = ids(client.read_wallet_balance())
    assert [(coin.coin, str(coin.wallet_balance)) for coin in wallet.coins] == [("BTC", "0.6"), ("USDT", "1000.50")]
    for read in (
        client.read_deposits(from_ms=since_ms, to_ms=now_ms, now_ms=now_ms),
        client.read_withdrawals(from_ms=since_ms, to_ms=now_ms, limit=20, now_ms=now_ms),
        client.read_internal_transfers(from_ms=since_ms, to_ms=now_ms, now_ms=now_ms),
        client.read_transaction_log(from_ms=since_ms, to_ms=now_ms, limit=7, now_ms=now_ms),
    ):
        rows = ids(read, arriving=3)
        assert len(rows) == 300, read
        assert len({repr(row) for row in rows}) == 300
    for category, share in (("spot", 2), ("linear", 1), ("inverse", 1), ("option", 1)):
        rows = ids(client.read_executions(category=category, from_ms=since_ms, to_ms=now_ms, now_ms=now_ms))
        assert len({row.id for row in rows}) == len(rows) == 60 * share
        filled = ids(client.read_order_history(category=category, from_ms=since_ms, to_ms=now_ms, now_ms=now_ms))
        assert 0 < len({row.id for row in filled}) == len(filled) <= 60 * share


def test_an_agent_s_key_is_proved(rig: Rig, person: Person) -> None:
    connection = agent(rig)
    started = connection.begin("api_key")
    step = started.pending.receive_callback(connection.consent(person, started))
    signer = signer_of(rig, "bybit", key_of(connection.drive(step, choose=first)))
    assert signer.receive_probe(httpx_sender()(signer.probe(nonce_ms=connection.now_ms()))).is_permitted


def test_no_permission_still_proves_a_key(rig: Rig, person: Person) -> None:
    connection = Connection(rig, "whitebit", "global")
    started = connection.begin("api_key")
    page = person.open(started.authorize_url)
    back = person.press(page, "Approve", {}, lambda url: url.startswith(connection.redirect_uri), otp="123456")
    key = key_of(connection.drive(started.pending.receive_callback(back.url)))
    signer = signer_of(rig, "whitebit", key)
    proof = signer.receive_probe(httpx_sender()(signer.probe(nonce_ms=connection.now_ms())))
    assert key.any_granted is False and not proof.is_permitted
    with pytest.raises(venuekey.UserActionError, match="permission_denied"):
        call(signer, *BALANCE["whitebit"], nonce_ms=connection.now_ms() + 1)


@VENUES
def test_what_is_wrong_is_told_apart(rig: Rig, person: Person, venue: venuekey.parts.Venue) -> None:
    connection, key = connected(rig, person, venue)
    now_ms = connection.now_ms()
    with pytest.raises(venuekey.MisuseError, match="signature_rejected"):
        call(signer_of(rig, venue, key, api_secret="another"), *BALANCE[venue], nonce_ms=now_ms + 1)
    other: venuekey.parts.VenueEnvironment = "eu" if venue == "whitebit" else "testnet"
    with pytest.raises((venuekey.MisuseError, venuekey.ReauthorizeError)) as unknown:
        call(signer_of(rig, venue, key, environment=other), *BALANCE[venue], nonce_ms=now_ms + 2)
    assert unknown.value.code == ("signature_rejected" if venue == "whitebit" else "key_rejected")
    rig.sandbox.fault("signed", "rate_limit")
    with pytest.raises(venuekey.UnavailableError, match="rate_limited"):
        call(signer_of(rig, venue, key), *BALANCE[venue], nonce_ms=now_ms + 3)
    rig.sandbox.fault("signed", "html_403")
    with pytest.raises(venuekey.UnavailableError):
        call(signer_of(rig, venue, key), *BALANCE[venue], nonce_ms=now_ms + 4)
    rig.sandbox.fault("signed", "truncated_json")
    with pytest.raises(venuekey.NoResponse):  # the connection ends half-way: whether it took effect is not known
        call(signer_of(rig, venue, key), *BALANCE[venue], nonce_ms=now_ms + 5)
    assert call(signer_of(rig, venue, key), *BALANCE[venue], nonce_ms=now_ms + 6).payload


def test_whitebit_nonces_must_rise(rig: Rig, person: Person) -> None:
    connection, key = connected(rig, person, "whitebit")
    signer, now_ms = signer_of(rig, "whitebit", key), connection.now_ms()
    call(signer, *BALANCE["whitebit"], nonce_ms=now_ms)
    for nonce_ms in (now_ms, now_ms - 1):
        with pytest.raises(venuekey.UnavailableError, match="nonce_rejected"):
            call(signer, *BALANCE["whitebit"], nonce_ms=nonce_ms)
    # Strictly rising is all: with the block's numbers, whatever the clock does.
    nonces = venuekey.parts.Nonces.reserve(now_ms, 3, venue_now_ms=now_ms - 3_600_000)
    for _ in range(3):
        call(signer, *BALANCE["whitebit"], nonce_ms=nonces.take(venue_now_ms=0))


def test_whitebit_s_window_takes_them_in_any_order(rig: Rig, person: Person) -> None:
    connection, key = connected(rig, person, "whitebit")
    signer, now_ms = signer_of(rig, "whitebit", key, nonce_window=True), connection.now_ms()
    for nonce_ms in (now_ms, now_ms - 2_000, now_ms + 1_000):
        call(signer, *BALANCE["whitebit"], nonce_ms=nonce_ms)
    with pytest.raises(venuekey.UnavailableError, match="nonce_rejected"):
        call(signer, *BALANCE["whitebit"], nonce_ms=now_ms)
    with pytest.raises(venuekey.UnavailableError, match="clock_rejected"):
        call(signer, *BALANCE["whitebit"], nonce_ms=now_ms - 20_000)


def test_many_workers_share_a_key(rig: Rig, person: Person, tmp_path: Path) -> None:
    connection, key = connected(rig, person, "whitebit")
    signer = signer_of(rig, "whitebit", key, nonce_window=True)
    now_ms = connection.now_ms()
    database = str(tmp_path / "nonces.db")
    with sqlite3.connect(database) as store:
        store.execute("CREATE TABLE nonces (reserved INTEGER)")
        store.execute("INSERT INTO nonces VALUES (0)")

    def reserve() -> venuekey.parts.Nonces:
        store = sqlite3.connect(database, isolation_level=None, timeout=10)
        try:
            while True:
                (reserved,) = store.execute("SELECT reserved FROM nonces").fetchone()
                block = venuekey.parts.Nonces.reserve(reserved, 3, venue_now_ms=now_ms, nonce_window=True)
                moved = store.execute("UPDATE nonces SET reserved = ? WHERE reserved = ?", (block.reserved, reserved))
                if moved.rowcount == 1:
                    return block
        finally:
            store.close()

    def work(_: int) -> int:
        done, block = 0, reserve()
        while done < 10:
            nonce_ms = block.take(venue_now_ms=now_ms)
            if nonce_ms is None:
                block = reserve()
            else:
                call(signer, *BALANCE["whitebit"], nonce_ms=nonce_ms)
                done += 1
        return done

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(work, range(8))) == 80
    assert len(rig.sandbox.calls("signed")) == 80


@VENUES
def test_a_clock_that_is_off_is_measured(rig: Rig, person: Person, venue: venuekey.parts.Venue) -> None:
    connection, key = connected(rig, person, venue)
    signer = signer_of(rig, venue, key, nonce_window=True)
    there_ms = connection.now_ms()
    here_ms = there_ms + 8_000  # this machine's clock, fast by 8 s
    with pytest.raises(venuekey.UnavailableError) as refused:
        call(signer, *BALANCE[venue], nonce_ms=here_ms)
    assert refused.value.code == ("clock_rejected" if venue == "bybit" else "nonce_rejected")
    offset = signer.receive_time(httpx_sender()(signer.ask_time()), sent_at_ms=here_ms, received_at_ms=here_ms)
    assert abs(offset.ahead_ms + 8_000) <= offset.uncertainty_ms <= 500
    call(signer, *BALANCE[venue], nonce_ms=here_ms + offset.ahead_ms)


@VENUES
def test_any_path_can_be_signed(rig: Rig, person: Person, venue: venuekey.parts.Venue) -> None:
    rig.sandbox.turn(**{venue: {"unlisted_signed_paths": "echo"}})
    connection, key = connected(rig, person, venue)
    path = "/api/v4/order/new" if venue == "whitebit" else "/v5/order/create"
    order = {"market": "BTC_USDT", "side": "buy", "amount": "0.010", "price": "37000"}
    reply = call(signer_of(rig, venue, key), "POST", path, order, nonce_ms=connection.now_ms())
    assert "0.010" in reply.payload and "BTC_USDT" in reply.payload


def test_a_key_that_works_stays_alive(rig: Rig, person: Person) -> None:
    connection, key = connected(rig, person, "whitebit")
    signer = signer_of(rig, "whitebit", key)
    for _ in range(3):
        connection.advance(10 * 86_400)
        call(signer, *BALANCE["whitebit"], nonce_ms=connection.now_ms())
    connection.advance(14 * 86_400 + 1)
    with pytest.raises(venuekey.ReauthorizeError, match="key_rejected"):
        call(signer, *BALANCE["whitebit"], nonce_ms=connection.now_ms())


@VENUES
def test_the_program(rig: Rig, person: Person, tmp_path: Path, venue: venuekey.parts.Venue) -> None:
    rig.sandbox.turn(**{venue: {"unlisted_signed_paths": "echo"}})
    environment: venuekey.parts.VenueEnvironment = "global" if venue == "whitebit" else "mainnet"
    key = key_of(Connection(rig, venue, environment).connect(person, "api_key"))
    base = f"--base={rig.sandbox.url}/{venue}/{environment}"

    def run(*arguments: str, secret: str = key.api_secret.expose()) -> subprocess.CompletedProcess[str]:
        # Exposed as a user would: into the environment of the program that signs.
        environ = {"API_KEY": key.api_key.expose(), "API_SECRET": secret, "PATH": ""}
        command = [sys.executable, str(PROGRAM), base, f"--nonces={tmp_path / 'nonces.db'}", venue, environment]
        return subprocess.run(
            [*command, *arguments], env=environ, capture_output=True, text=True, timeout=PATIENCE_SECONDS
        )

    probed = run("probe")
    assert probed.returncode == 0 and probed.stdout.startswith("the key works: KeyProof("), probed.stderr
    path = "/api/v4/order/new" if venue == "whitebit" else "/v5/order/create"
    made = run("POST", path, '{"amount": "0.010"}')
    assert made.returncode == 0 and "0.010" in json.dumps(json.loads(made.stdout)), made.stderr
    refused = run("probe", secret="another")
    assert refused.returncode == 1 and refused.stderr.startswith("signature_rejected: ")
    assert key.api_secret.expose() not in probed.stdout + made.stdout + refused.stdout + refused.stderr
