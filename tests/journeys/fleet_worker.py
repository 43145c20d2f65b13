"""One worker of a fleet, a process of its own: reads balances with tokens that all of them share.

`fleet_worker.py ORDER`, where ORDER is JSON; DATABASE_URL as for the example backend. Each line it writes is one event. A
file in `orders` is named after a moment of a refresh; the worker that takes it away kills itself there, as by a power cut.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples" / "python-backend"))

import httpx  # noqa: E402
import venuekey  # noqa: E402
from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: E402
from venuekey.senders import httpx_sender  # noqa: E402

from driven import DrivenClock  # noqa: E402
from rows import Database  # noqa: E402

READ_EVERY_S = 60.0


class Tokens:
    """One pair, sealed, and the compare-and-set that `fresh_tokens` asks for."""

    def __init__(self, url: str | None, data: Path) -> None:
        self._db = Database(url, data)
        self._cipher = AESGCM(bytes(range(32)))

    def insert(self, snapshot: venuekey.parts.Snapshot) -> None:
        self._db.execute("CREATE TABLE tokens (revision BIGINT NOT NULL, sealed TEXT NOT NULL)")
        self._db.execute("INSERT INTO tokens VALUES (?, ?)", snapshot.revision, self._sealed(snapshot))

    def load(self) -> str:
        sealed = bytes.fromhex(self._db.execute("SELECT sealed FROM tokens").fetchone()["sealed"])
        return self._cipher.decrypt(sealed[:12], sealed[12:], None).decode()

    def save(self, snapshot: venuekey.parts.Snapshot) -> bool:
        query = "UPDATE tokens SET revision = ?, sealed = ? WHERE revision = ?"
        done = self._db.execute(query, snapshot.revision, self._sealed(snapshot), snapshot.expected_revision)
        return bool(done.rowcount == 1)

    def close(self) -> None:
        self._db.close()

    def _sealed(self, snapshot: venuekey.parts.Snapshot) -> str:
        nonce = os.urandom(12)
        return (nonce + self._cipher.encrypt(nonce, snapshot.expose().encode(), None)).hex()


def client_of(base: str, redirect_uri: str) -> venuekey.Client:
    return venuekey.Client(
        venue="whitebit", environment="global", client_id="demo-whitebit", client_secret="demo-whitebit-secret",
        redirect_uri=redirect_uri, authorize_base=base, api_base=base,
    )  # fmt: skip


class Worker:
    """Its loop, and the moments at which it may die."""

    def __init__(self, order: dict[str, str]) -> None:
        self._orders = Path(order["orders"])
        data = Path(order["data"])
        self._tokens_of_all = Tokens(os.environ.get("DATABASE_URL") or None, data)
        self._client = client_of(order["base"], order["redirect_uri"])
        self._clock = DrivenClock(order["clock"])
        # Everything is http on this machine: no certificates to load, no proxy to ask.
        self._send = httpx_sender(httpx.Client(verify=False, trust_env=False), verify=False, trust_env=False)
        self._generation = 0

    def run(self) -> int:
        self._say("ready")
        while True:
            try:
                self._say(f"read {self._read()} with {self._generation}")
            except venuekey.ReauthorizeError as error:
                self._say(f"ended {error.code}")
                return 0
            except venuekey.VenuekeyError as error:
                self._say(f"failed {error.code}")
            self._clock.sleep(READ_EVERY_S)

    def _read(self) -> int:
        read = self._client.read_spot_balances()
        balances = venuekey.parts.records(read, tokens=self._tokens, send=self._send, sleep=self._clock.sleep)
        return len(list(balances))

    def _tokens(self, refused_generation: int | None) -> venuekey.parts.UseTokens:
        use = venuekey.parts.fresh_tokens(
            self._client, load=self._tokens_of_all.load, save=self._save, send=self._send,
            refused_generation=refused_generation, sleep=self._clock.sleep, clock=self._clock.now_ms,
        )  # fmt: skip
        self._generation = use.generation
        return use

    def _save(self, snapshot: venuekey.parts.Snapshot) -> bool:
        is_lease = snapshot.status == "in_flight"
        self._may_die("before the lease" if is_lease else "before the new pair")
        won = self._tokens_of_all.save(snapshot)
        if won:
            self._may_die("with the lease" if is_lease else "with the new pair")
        return won

    def _may_die(self, moment: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            (self._orders / moment).unlink()
            self._say(f"dies {moment}")
            os.kill(os.getpid(), signal.SIGKILL)

    def _say(self, what: str) -> None:
        print(self._clock.now_ms(), what, flush=True)


if __name__ == "__main__":
    sys.exit(Worker(json.loads(sys.argv[1])).run())
