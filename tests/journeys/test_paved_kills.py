"""A worker is killed before and after each thing that it does: saves, sends, replies, nonces, deliveries, deletions.

Another worker goes on. No code is exchanged twice, and whatever was asked for ends with what was asked for or with a
failure that says what helps, and helps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from conftest import Rig, wait_for
from paved_rig import LANGUAGES, LEASE_MS, Paved, steps_of
from person import Person

# What the user is told where a request is lost in doubt, and from which of four moments on: its lease is stored, it is to be
# sent, its reply has come, that is to be stored. Each other death costs nothing.
TOLD = {
    "exchange_code": ("outcome_unknown", 0),  # sent or not? a code is never sent twice
    "fetch_secret": ("delete_key_in_dashboard", 2),  # asked for once more, the venue says whether it was read
    "fetch_api_key": ("key_unconfirmed", 0),  # asking may replace a key: the user's say
}


@pytest.fixture(params=LANGUAGES)
def paved(rig: Rig, request: pytest.FixtureRequest) -> Iterator[Paved]:
    rig.sandbox.turn(whitebit={"key_timing": "before"})
    with closing(Paved(rig, *request.param.split("+"))) as paved:
        yield paved


def deaths(paved: Paved, ready: Callable[[int], Any], end: str = "kill") -> Iterator[tuple[int, Any, str]]:
    """Of a worker that finds what `ready` leaves: at each of its steps, the view and the step."""
    number = 1
    while True:
        view = ready(number)
        worker = paved.worked(PAVED_END=end, PAVED_AT=str(number))
        steps = steps_of(worker)
        if len(steps) < number:
            assert "ended" in worker.lines, worker.output()
            return
        assert "ended" not in worker.lines
        paved.advance(LEASE_MS)
        yield number, view, steps[-1]
        number += 1


CONNECTING = [
    ("python", "whitebit", "sqlite"),
    ("python", "whitebit", "postgresql"),
    ("python", "bybit", "sqlite"),
    ("node", "whitebit", "postgresql"),
    # The other language takes over.
    ("python+node", "bybit", "sqlite"),
    ("kotlin", "whitebit", "sqlite"),
    ("kotlin+python", "bybit", "postgresql"),
]


def built(cases: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Of those languages that are here."""
    return [case for case in cases if {*case[0].split("+")} <= {*LANGUAGES}]


@pytest.mark.parametrize(("paved", "client", "database"), built(CONNECTING), indirect=["paved"])
def test_while_connecting(paved: Paved, person: Person, client: str) -> None:
    def ready(number: int) -> Any:
        paved.start_over()
        paved.rig.sandbox.turn(whitebit={"key_timing": "before"})
        view = paved.begin(client, f"user-{number}")
        paved.called_back(person, view)
        return view

    steps, ends = [], []
    for number, view, step in deaths(paved, ready):
        name = f"{number} {step}"
        view = paved.settled(view)
        steps.append(step)
        ends.append(view["code"] or view["status"])
        codes = paved.rig.exchanged_codes()
        assert len(codes) == len(set(codes)) <= 1, f"{name}: a code was exchanged twice"
        assert paved.leases() == [], name
        if view["status"] == "connected":
            assert paved.is_right(view), name
        else:
            assert view["status"] == "needs_user", name
            _mended(paved, person, view)
    assert len(steps) > 20 and ends == _expected(steps), [*zip(steps, ends, strict=True)]


def _expected(steps: list[str]) -> list[str]:
    ends = ["connected"] * len(steps)
    for request, (code, first) in TOLD.items():
        if f"before send {request}" in steps:
            sent = steps.index(f"before send {request}")
            moments = slice(sent - 1 + first, sent + 3)
            ends[moments] = [code] * (4 - first)
    return ends


def _mended(paved: Paved, person: Person, view: Any) -> None:
    """Does what the view says until it is connected."""
    for _ in range(4):
        if view["recovery"]:
            paved.ask("recover", id=view["id"])
        else:
            if view["client"] == "whitebit":
                # Bybit's app may ask for another key; here the user deletes the one that nobody has.
                paved.rig.sandbox.tell("/user/whitebit/global/action", {"action": "delete_key"})
            again = paved.ask("reconnect", id=view["id"])
            paved.called_back(person, again)
        view = paved.settled(view)
        if view["status"] == "connected":
            break
    assert view["status"] == "connected" and paved.is_right(view), view


REFRESHING = [
    ("python", "sqlite"),
    ("python", "postgresql"),
    ("node", "sqlite"),
    ("node+python", "postgresql"),
    ("kotlin", "postgresql"),
]


@pytest.mark.parametrize(("paved", "database"), built(REFRESHING), indirect=["paved"])
def test_while_refreshing(paved: Paved, person: Person) -> None:
    def ready(number: int) -> Any:
        paved.start_over()
        view = paved.connected(person, owner=f"user-{number}", goal="account_tokens")
        paved.advance(view["due_at_ms"] - paved.advance(0))
        return view

    ends: dict[str, str] = {}
    for number, view, step in deaths(paved, ready):
        refreshes = [call["status"] for call in paved.rig.sandbox.calls("refresh")]
        paved.settled(view)
        while (shown := paved.status(view))["status"] == "connected" and paved.ask("tokens", id=view["id"])["generation"] < 2:
            paved.advance(5_000)
        calls = [call["status"] for call in paved.rig.sandbox.calls("refresh")]
        if refreshes == [200] and shown["status"] == "needs_user":
            # The new pair is lost with its worker: asked once more, the venue says so, and the user is told.
            assert (calls, shown["code"]) == ([200, 400], "outcome_unknown"), step
            paved.called_back(person, paved.ask("reconnect", id=view["id"]))
            assert paved.settled(view)["status"] == "connected"
        else:
            # A pair that was stored is old enough for its own refresh by now.
            assert {*calls} == {200} and shown["status"] == "connected", (step, calls)
        ends[f"{number} {step}"] = shown["code"] or shown["status"]
    lost = [name for name, end in ends.items() if end == "outcome_unknown"]
    assert [name.split(" ", 1)[1] for name in lost] == ["after send refresh_tokens", "before save"], ends


def test_while_disconnecting(paved: Paved, person: Person) -> None:
    def ready(number: int) -> Any:
        paved.start_over()
        paved.rig.sandbox.turn(whitebit={"key_timing": "before"})
        view = paved.connected(person, owner=f"user-{number}")
        paved.ask("disconnect", id=view["id"], delete_key=True)
        return view

    steps = []
    for _, view, step in deaths(paved, ready):
        steps.append(step)
        view = paved.settled(view)
        assert (view["status"], view["key_left"], paved.rig.keys_at("whitebit")) == ("ended", None, []), step
        assert [call["status"] for call in paved.rig.sandbox.calls("delete")][0] == 200
    assert "after find_account" in steps and "before send delete_key" in steps


def test_while_looking_at_a_key_and_forgetting_the_row(paved: Paved, person: Person) -> None:
    def looks(number: int) -> Any:
        paved.start_over()
        view = paved.connected(person, "bybit", owner=f"user-{number}")
        paved.advance(view["due_at_ms"] - paved.advance(0))
        return view

    # Node's own exit waits for nothing either.
    end = "exit" if paved.workers == "node" else "kill"
    steps = []
    for _, view, step in deaths(paved, looks, end):
        steps.append(step)
        assert paved.settled(view)["status"] == "connected" and paved.is_right(view), step
    assert "after bump" in steps and len(steps) >= 8

    def gone(number: int) -> Any:
        view = paved.begin(owner=f"gone-{number}")
        paved.ask("forget", owner=f"gone-{number}")
        paved.ask("run_once")
        paved.advance(86_400_001)
        return view

    steps = []
    for number, _, step in deaths(paved, gone):
        steps.append(step)
        paved.ask("run_once")
        assert paved.ask("find", owner=f"gone-{number}") == [], step
    assert "before delete" in steps and "after delete" in steps


def test_while_telling(paved: Paved, person: Person) -> None:
    """An event whose listener died is told again."""

    def ready(number: int) -> Any:
        paved.start_over()
        view = paved.begin("bybit", f"user-{number}")
        paved.called_back(person, view)
        return view

    ready(0)
    moments = [number for number, step in enumerate(steps_of(paved.worked()), 1) if "deliver" in step]
    assert len(moments) == 2
    for number in moments:
        view = ready(number)
        paved.worked(PAVED_END="kill", PAVED_AT=str(number))
        paved.advance(LEASE_MS)
        paved.settled(view)
        paved.ask("run_once")
        told = f"event connected - user-{number}"
        wait_for(lambda told=told: told in paved.web.lines, paved.web.output)  # type: ignore[misc]
        assert paved.web.lines.count(told) == 1, number
