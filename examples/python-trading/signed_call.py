"""Uses a key: proves that it works, then makes any signed call of the venue's private API.

    export API_KEY=... API_SECRET=...            what a connection has brought
    python signed_call.py whitebit global probe
    python signed_call.py whitebit global POST /api/v4/trade-account/balance '{"ticker": "BTC"}'
    python signed_call.py bybit mainnet GET /v5/user/query-api
    ... --base http://127.0.0.1:8700/whitebit/global    against the sandbox

The path and its parameters are the venue's own, from its documentation: your trading client stays yours, and only the
signing, the nonces and the reading of errors are done here.
"""

from __future__ import annotations

import argparse
import logging
import os
import sqlite3
import sys
import time
from pathlib import Path

import venuekey
from venuekey.senders import httpx_sender

BLOCK = 50
"""Nonces reserved at a time: what is left of a block when the program ends is lost, and nothing else."""


class NonceStore:
    """One number for each key, shared by every process that signs with it."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, timeout=10)
        self._db.execute("CREATE TABLE IF NOT EXISTS nonces (api_key TEXT PRIMARY KEY, reserved INTEGER NOT NULL)")

    def reserve(self, api_key: str, venue_now_ms: int) -> venuekey.parts.Nonces:
        self._db.execute("INSERT OR IGNORE INTO nonces VALUES (?, 0)", (api_key,))
        while True:
            (reserved,) = self._db.execute("SELECT reserved FROM nonces WHERE api_key = ?", (api_key,)).fetchone()
            nonces = venuekey.parts.Nonces.reserve(reserved, BLOCK, venue_now_ms=venue_now_ms, nonce_window=True)
            moved = self._db.execute(
                "UPDATE nonces SET reserved = ? WHERE api_key = ? AND reserved = ?",
                (nonces.reserved, api_key, reserved),
            )
            if moved.rowcount == 1:  # otherwise another process was first
                return nonces


def main() -> None:
    parser = argparse.ArgumentParser(description="Make a signed call with a key.")
    parser.add_argument("venue", choices=["whitebit", "bybit"])
    parser.add_argument("environment", choices=["global", "eu", "mainnet", "testnet"])
    parser.add_argument("method", choices=["probe", "GET", "POST"])
    parser.add_argument("path", nargs="?", default="")
    parser.add_argument("parameters", nargs="?", default="{}", help="a JSON object; decimals as texts")
    parser.add_argument("--base", help="another address of the private API")
    parser.add_argument("--nonces", type=Path, default=Path("nonces.db"))
    given = parser.parse_args()

    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)  # at any lower level they tell addresses and headers
    send = httpx_sender()
    signer = venuekey.parts.Signer(
        venue=given.venue, environment=given.environment, api_base=given.base,
        api_key=os.environ["API_KEY"], api_secret=os.environ["API_SECRET"], nonce_window=True,
    )  # fmt: skip
    # The venue's clock, once: WhiteBIT refuses beyond 5 s, Bybit more than 1 s of the future.
    sent_at_ms = now_ms()
    reply = send(signer.ask_time())
    offset = signer.receive_time(reply, sent_at_ms=sent_at_ms, received_at_ms=now_ms())
    venue_now_ms = now_ms() + offset.ahead_ms
    if given.venue == "whitebit":
        nonce_ms = NonceStore(given.nonces).reserve(os.environ["API_KEY"], venue_now_ms).take(venue_now_ms=venue_now_ms)
        assert nonce_ms is not None, "a block that was just reserved is fresh"
    else:
        nonce_ms = venue_now_ms
    if given.method == "probe":
        proof = signer.receive_probe(send(signer.probe(nonce_ms=nonce_ms)))
        print("the key works:", proof)
    else:
        request = signer.sign(given.method, given.path, given.parameters, nonce_ms=nonce_ms)
        print(signer.receive_response(send(request)).payload)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


if __name__ == "__main__":
    try:
        main()
    except venuekey.VenuekeyError as error:
        sys.exit(f"{error}")
    except venuekey.NoResponse:
        sys.exit("no reply came; a request that changes something may have done so: look before you repeat it")
