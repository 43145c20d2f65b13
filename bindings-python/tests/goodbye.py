"""Processes that end politely in the middle of a connection or a refresh: `test_goodbye.py` runs this.

    python goodbye.py FOLDER WORK END

WORK is `drive`, `adrive`, `fresh_tokens` or `afresh_tokens`; END says how the process ends. It does so in a process of
its own at each of the awaits and calls of `send` and `save`; what was sent and stored is in FOLDER/1, 2, ...
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import venuekey
from conftest import NOW_MS, Venue, came_back

DUE_MS = NOW_MS + 250_000


async def turns() -> None:
    """Long enough for an end that has been asked for to get here."""
    for _ in range(5):
        await asyncio.sleep(0)


class World:
    """A venue and a store whose every call comes to some places; at one of them the process is told to end."""

    def __init__(self, file: Path, end: str, place: int) -> None:
        self.file, self.end, self.place = file, end, place
        self.venue, self.stored = Venue(), dict[str, Any]()
        self.passed = 0
        self.task: asyncio.Future[Any] | None = None
        self.leave: asyncio.Event

    def note(self) -> None:
        told = {"purposes": self.venue.purposes, "stored": self.stored, "places": self.passed}
        self.file.write_text(json.dumps(told))

    def here(self) -> None:
        self.passed += 1
        if self.passed == self.place:
            if self.end in ("SIGTERM", "SIGINT", "default"):
                os.kill(os.getpid(), signal.SIGINT if self.end == "SIGINT" else signal.SIGTERM)
            elif self.task is not None and self.end == "cancel":
                self.task.cancel()
            elif self.end == "loop":
                asyncio.get_running_loop().call_soon(self.leave.set)

    def load(self) -> str | None:
        for kept in self.stored.values():
            return str(kept["text"])
        return None

    def save(self, snapshot: venuekey.parts.Snapshot) -> bool:
        self.here()
        kept = self.stored.get(snapshot.flow_id, {"revision": 0})
        if kept["revision"] != snapshot.expected_revision:
            return False
        self.here()
        self.stored[snapshot.flow_id] = {
            "revision": snapshot.revision,
            "status": snapshot.status,
            "text": snapshot.expose(),
        }
        self.note()
        self.here()
        return True

    def send(self, request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        unsafe = request.replay != "safe"
        if unsafe:
            self.here()
        reply = self.venue.send(request)
        self.note()
        if unsafe:
            self.here()
        return reply

    async def pause(self) -> None:
        """As an HTTP client or a database driver waits: in tasks of its own, with timeouts, for another thread."""
        self.here()
        await asyncio.wait_for(turns(), 60)
        self.here()
        await asyncio.gather(turns(), asyncio.get_running_loop().run_in_executor(None, int))

    async def asave(self, snapshot: venuekey.parts.Snapshot) -> bool:
        await self.pause()
        won = self.save(snapshot)
        await self.pause()
        return won

    async def asend(self, request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        if request.replay == "safe":
            return self.send(request)
        await self.pause()
        reply = self.send(request)
        await self.pause()
        return reply

    def run(self, work: str) -> None:
        client = venuekey.Client(
            venue="whitebit",
            environment="global",
            client_id="demo",
            client_secret="s3cr3t",
            redirect_uri="https://partner.example/callback",
        )
        step: Any = None
        if "drive" in work:
            started = client.begin("api_key", now_ms=NOW_MS)
            place, self.place = self.place, 0
            self.save(started.pending.snapshot())
            step = started.pending.receive_callback(came_back(started.authorize_url), now_ms=NOW_MS)
        else:
            tokens = venuekey.parts.Tokens(access_token="a", refresh_token="r", expires_at_ms=NOW_MS + 300_000)
            place, self.place = self.place, 0
            self.save(client.share_tokens(tokens, now_ms=NOW_MS).snapshot())
        self.passed, self.place = 0, place
        given: Any = {"load": self.load, "clock": lambda: DUE_MS}
        if work == "drive":
            venuekey.parts.drive(step, send=self.send, save=self.save, clock=lambda: NOW_MS)
        elif work == "fresh_tokens":
            venuekey.parts.fresh_tokens(client, send=self.send, save=self.save, **given)
        elif work == "adrive":
            self.arun(venuekey.parts.adrive(step, send=self.asend, save=self.asave, clock=lambda: NOW_MS))
        else:
            self.arun(venuekey.parts.afresh_tokens(client, send=self.asend, save=self.asave, **given))
        self.note()

    def arun(self, work: Any) -> None:
        async def main() -> None:
            self.leave = asyncio.Event()
            task = self.task = asyncio.ensure_future(work)
            leaving = asyncio.ensure_future(self.leave.wait())
            # Returning while the work is under way: `asyncio.run` cancels every task there is.
            await asyncio.wait({task, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if task.done() and not task.cancelled():
                task.result()

        asyncio.run(main())


def one(folder: Path, work: str, end: str, place: int) -> None:
    """In a process of its own: `place` is where it ends, or 0 for one that does not."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        file = folder / str(place)
        told = json.loads(file.read_text()) if file.exists() else {"purposes": [], "stored": {}, "places": 0}
        file.write_text(json.dumps({**told, "status": status}))
        return
    if end == "SIGTERM":
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with contextlib.suppress(KeyboardInterrupt, SystemExit):
        World(folder / str(place), end, place).run(work)
    os._exit(0)


if __name__ == "__main__":
    _, folder, work, end = sys.argv
    one(Path(folder), work, end, 0)
    for place in range(1, json.loads((Path(folder) / "0").read_text())["places"] + 1):
        one(Path(folder), work, end, place)
