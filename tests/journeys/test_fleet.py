"""Eight processes share one pair of WhiteBIT's tokens, for an hour of the exchange's time.

The access token lives 300 s, the refresh token 600 s; a refresh replaces both at once, and the exchange takes one a
second. Whatever happens, the exchange's own record says what was asked for and what it did.
"""

from __future__ import annotations

import json
import os
import random
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import venuekey

from clockwork import Clockwork
from conftest import BOTH_DATABASES, Rig, wait_for
from fleet_worker import Tokens
from library import Connection, tokens_of
from person import Person
from processes import Program

WORKERS = 8
HOUR_MS = 3_600_000
PROGRAM = Path(__file__).with_name("fleet_worker.py")
# When a worker can die without harm: the new pair is not yet asked for, or safe.
HARMLESS = ("before the lease", "with the lease", "with the new pair")
FATAL = "before the new pair"


class Fleet:
    """The workers, the clock they share with the exchange, and what they have said."""

    def __init__(self, rig: Rig, person: Person, tmp_path: Path) -> None:
        self._rig = rig
        connection = Connection(rig, "whitebit", "global")
        tokens = tokens_of(connection.connect(person, "account_tokens"))
        self.clock = Clockwork(rig.sandbox, tmp_path, WORKERS)
        rig.data.mkdir()
        rig.database_url()
        self._tokens = Tokens(rig.database_url(), rig.data)
        shared = connection.client.share_tokens(tokens, now_ms=self.clock.now_ms)
        self._tokens.insert(shared.snapshot())
        self.connection = connection
        self._orders = tmp_path / "orders"
        self._orders.mkdir()
        self.gone: list[Program] = []
        self.pace = 5.0
        self.workers = {place: self._start(place) for place in range(1, WORKERS + 1)}
        for worker in self.workers.values():
            wait_for(lambda worker=worker: "ready" in worker.output() or not worker.is_running)  # type: ignore[misc]
            assert "ready" in worker.output(), worker.output()
        self.begun_ms = self.clock.now_ms

    def _start(self, place: int) -> Program:
        order = {
            "base": f"{self._rig.sandbox.url}/whitebit/global",
            "redirect_uri": self.connection.redirect_uri,
            "data": str(self._rig.data),
            "clock": self.clock.place(place),
            "orders": str(self._orders),
        }
        environ = {**os.environ, "DATABASE_URL": self._rig.database_url() or ""}
        worker = Program([sys.executable, "-u", str(PROGRAM), json.dumps(order)], environ)
        self._rig.programs.append(worker)
        return worker

    def die(self, moment: str) -> None:
        """The next worker that comes to this moment of a refresh is gone; a supervisor starts another one."""
        (self._orders / moment).touch()
        self.run_until(lambda: not all(worker.is_running for worker in self.workers.values()))
        (place,) = [place for place, worker in self.workers.items() if not worker.is_running]
        self.replace(place)
        assert self.gone[-1].lines[-1].endswith(f" dies {moment}")

    def replace(self, place: int) -> None:
        self.workers[place].kill()
        self.clock.has_ended(place)
        self.gone.append(self.workers[place])
        self.workers[place] = self._start(place)

    def run_until(self, holds: Callable[[], object]) -> None:
        self.clock.race(self.pace)
        wait_for(holds, lambda: "\n".join(worker.output()[-300:] for worker in self.workers.values()))

    # What came of it.

    def is_under_way(self) -> bool:
        return self._shared().lease_until_ms is not None

    def newest(self) -> int:
        return self._shared().generation

    def _shared(self) -> venuekey.parts.SharedTokens:
        return self.connection.client.restore_tokens(self._tokens.load())

    def refreshes(self) -> list[dict[str, Any]]:
        return self._rig.sandbox.calls("refresh")

    def pairs_brought(self) -> int:
        """By the exchange's record; each refresh token is good for one."""
        spent = [token_of(call) for call in self.refreshes() if call["status"] == 200]
        assert len(spent) == len(set(spent))
        return len(spent)

    def pairs_not_stored(self) -> int | None:
        """Of those that the exchange has brought; none where that can't be said, because a refresh went on meanwhile."""
        newest = self.newest()
        missing = self.pairs_brought() - (newest - 1)
        return None if self.is_under_way() or self.newest() != newest else missing

    def has_lost_a_pair(self) -> bool:
        missing: list[int | None] = []
        wait_for(lambda: missing.append(self.pairs_not_stored()) or missing[-1] is not None)
        return missing[-1] == 1

    def assert_alive(self) -> None:
        """Every worker reads with the newest pair, each pair was brought by one refresh, and no limit was met."""
        self.run_until(lambda: all(self._reads_with(worker, self.newest()) for worker in self.workers.values()))
        self.run_until(lambda: self.pairs_not_stored() == 0)
        assert self.said("ended") == self.said("failed") == self.said("Traceback") == []
        assert 429 not in {call["status"] for call in self._rig.sandbox.calls()}

    def assert_told(self) -> None:
        """The newest pair is lost with the process that asked for it: every other one says so and ends."""
        self.run_until(lambda: not any(worker.is_running for worker in self.workers.values()))
        for worker in self.workers.values():
            worker.stop()  # all of its output is read then
        told = {worker.output().rpartition("\n")[2].partition(" ")[2] for worker in self.workers.values()}
        assert told == {"ended outcome_unknown"}
        assert self.has_lost_a_pair()
        assert [call["status"] for call in self.refreshes()][-2:] == [200, 400], "asked once more, and no more"
        assert self.said("failed") == self.said("Traceback") == []

    @staticmethod
    def _reads_with(worker: Program, generation: int) -> bool:
        return worker.lines[-1:] != [] and re.search(rf" read \d+ with {generation}$", worker.lines[-1]) is not None

    def said(self, what: str) -> list[str]:
        lines = [line for worker in [*self.gone, *self.workers.values()] for line in worker.lines]
        return [line for line in lines if what in line]

    def close(self) -> None:
        for worker in self.workers.values():
            worker.kill()
        self.clock.close()
        self._tokens.close()


def token_of(call: dict[str, Any]) -> str:
    (token,) = [pair["value"] for pair in call["form"] if pair["name"] == "token"]
    return str(token)


@pytest.fixture
def fleet(rig: Rig, person: Person, tmp_path: Path) -> Iterator[Fleet]:
    with closing(Fleet(rig, person, tmp_path)) as fleet:
        yield fleet


@BOTH_DATABASES
def test_an_hour(fleet: Fleet) -> None:
    fleet.run_until(lambda: fleet.clock.now_ms >= fleet.begun_ms + HOUR_MS)
    fleet.assert_alive()
    calls = fleet.refreshes()
    assert {call["status"] for call in calls} == {200}, "nobody asked in vain"
    apart = [later["at_ms"] - call["at_ms"] for call, later in zip(calls, calls[1:], strict=False)]
    assert 140_000 < min(apart) <= max(apart) < 300_000, "before the access token's end, and not much before"
    assert len(fleet.said(" read ")) > WORKERS * 50


@BOTH_DATABASES
def test_workers_that_die_during_a_refresh(fleet: Fleet, request: pytest.FixtureRequest) -> None:
    fleet.pace = 20.0  # for leases of workers that are gone, which nobody sleeps through
    for moment in HARMLESS:
        fleet.die(moment)
    fleet.assert_alive()

    # Half of them at once and at no chosen moment: whether a pair was lost by that, the exchange's record says.
    chance = random.Random(request.node.nodeid)
    for _ in range(2):
        fleet.run_until(lambda: fleet.is_under_way() or not any(w.is_running for w in fleet.workers.values()))
        for place in chance.sample(range(1, WORKERS + 1), WORKERS // 2):
            fleet.replace(place)
    if not fleet.has_lost_a_pair():
        fleet.assert_alive()
        fleet.die(FATAL)
    fleet.assert_told()
