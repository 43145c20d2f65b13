"""However politely a worker ends, and wherever: nothing that may have taken effect is cut, and no lease is left behind.

So, in no time at all, the next worker goes on: it never has to wait for a lease, and the user is told nothing.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import httpx
import pytest

from conftest import Rig, wait_for
from paved_rig import LANGUAGES, Paved, steps_of
from person import Person

# The worker's shape, how it ends, and what it works at: WhiteBIT has a secret that comes once, Bybit takes fewer steps. Ends
# with a + between them take turns, step by step.
ENDS = {
    "python": [
        ("run", "SIGTERM", "whitebit"),
        ("run", "SIGINT", "bybit"),
        ("run", "stop", "bybit"),
        ("run", "exit", "whitebit"),  # a handler that raises SystemExit
        ("once", "SIGTERM", "bybit"),
        ("thread", "leave", "bybit"),  # the main thread has nothing more to do
        ("working", "exit", "bybit"),
        ("async", "cancel", "whitebit"),
        ("async", "leave", "bybit"),  # the end of `asyncio.run`
        ("async", "SIGINT", "bybit"),
    ],
    "node": [
        ("run", "SIGTERM", "whitebit"),
        ("run", "abort+stop+SIGINT", "bybit"),  # the signal that it takes is aborted
        ("once", "stop+abort+SIGTERM", "bybit"),  # where the program listens
    ],
    "kotlin": [
        ("run", "SIGTERM", "whitebit"),
        ("run", "SIGINT+stop", "bybit"),
        ("once", "stop", "bybit"),
        ("task", "cancel", "whitebit"),  # a coroutine that is cancelled
        ("working", "leave+exit", "bybit"),  # it is closed; the JVM ends, and its hooks wait
    ],
}
EACH_END = [(language, *end) for language in LANGUAGES for end in ENDS[language]]


@pytest.fixture(params=LANGUAGES)
def paved(rig: Rig, request: pytest.FixtureRequest) -> Iterator[Paved]:
    rig.sandbox.turn(whitebit={"key_timing": "before"})
    with closing(Paved(rig, request.param)) as paved:
        yield paved


@pytest.mark.parametrize(("paved", "shape", "end", "client"), EACH_END, indirect=["paved"])
def test_at_every_step(paved: Paved, person: Person, shape: str, end: str, client: str) -> None:
    def called_back(number: int) -> Any:
        if client == "whitebit":
            paved.rig.sandbox.tell("/user/whitebit/global/action", {"action": "delete_key"})
        view = paved.begin(client, f"user-{number}")
        paved.called_back(person, view)
        return view

    ends = end.split("+")
    view = called_back(0)
    steps = steps_of(paved.worked())
    assert paved.status(view)["status"] == "connected" and len(steps) > 20
    early = 0
    for number, step in enumerate(steps, 1):
        view = called_back(number)
        worker = paved.worked(shape, PAVED_END=ends[number % len(ends)], PAVED_AT=str(number))
        where = f"{number} {step}: {worker.output()}"
        assert steps_of(worker)[:number] == steps[:number], where
        # Python's own end by Ctrl-C, where the program leaves that to it.
        assert worker.exit_code == (0 if "KeyboardInterrupt" not in worker.output() else -signal.SIGINT), where
        assert paved.leases() == [], where
        early += len(steps_of(worker)) < len(steps)
        # The clock has not moved.
        paved.ask("run_once")
        view = paved.status(view)
        assert view["status"] == "connected", (where, view)
        assert len(paved.rig.exchanged_codes()) == number + 1, where
    assert paved.is_right(view)
    # Nobody tells a thread at once that the main thread has ended.
    assert early or shape == "thread", "none has ended before it had done everything"


def test_a_question_that_is_not_answered_holds_nobody_up(paved: Paved, person: Person) -> None:
    """It may be asked again: the worker gives its lease back and ends, with the reply still to come."""
    view = paved.begin()
    paved.called_back(person, view)
    paved.rig.sandbox.fault("info", "delay", ms=20_000)
    worker = paved.start(PAVED_WORK="run")
    wait_for(lambda: len(paved.rig.sandbox.calls("info")) == 1, worker.output)
    assert worker.stop() == 0
    assert paved.leases() == [] and "no reply" not in worker.output()
    assert paved.settled(view)["status"] == "connected" and paved.is_right(view)


@pytest.mark.parametrize("end", [["SIGTERM"], ["SIGTERM", "SIGTERM", "SIGINT"]], ids="+".join)
def test_a_reply_that_comes_once_is_waited_for_and_stored(paved: Paved, person: Person, end: list[str]) -> None:
    view = paved.begin()
    paved.called_back(person, view)
    paved.rig.sandbox.fault("secret", "delay", ms=1_500)
    worker = paved.start(PAVED_WORK="run")
    wait_for(lambda: len(paved.rig.sandbox.calls("secret")) == 1, worker.output)
    for each in end:
        worker.send_signal(signal.Signals[each])
    wait_for(lambda: not worker.is_running, worker.output)
    assert worker.stop() == 0 and paved.leases() == []
    paved.ask("run_once")
    assert paved.status(view)["status"] == "connected" and paved.is_right(view)
    assert len(paved.rig.sandbox.calls("secret")) == 1


def test_a_session_in_a_daemon_s_thread_keeps_the_pair_that_it_fetched(paved: Paved, person: Person) -> None:
    """The web program's requests are served by daemon threads, which the end of the program cuts."""
    view = paved.connected(person, goal="account_tokens", keep_alive="on_use")
    paved.advance(299_000)
    paved.rig.sandbox.fault("refresh", "delay", ms=1_500)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(paved.ask, "tokens", id=view["id"])
        wait_for(lambda: len(paved.rig.sandbox.calls("refresh")) == 1, paved.web.output)
        paved.web.send_signal(signal.SIGTERM)
        with contextlib.suppress(httpx.TransportError, ValueError):
            asked.result()
    wait_for(lambda: not paved.web.is_running, paved.web.output)
    paved.web = paved.start_web()
    assert paved.ask("tokens", id=view["id"])["generation"] == 2
    assert [call["status"] for call in paved.rig.sandbox.calls("refresh")] == [200]
