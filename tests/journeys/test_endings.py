"""Deploys: a process that is told to end finishes what it has sent."""

from __future__ import annotations

import signal

import httpx
import pytest

from api_user import ApiUser
from conftest import BOTH_BACKENDS, Rig, fetch, wait_for
from processes import Backend

# Which request is answered late.
SLOW = [("whitebit", "token"), ("whitebit", "secret"), ("bybit", "token"), ("bybit", "openapi")]
POLITE = [[signal.SIGTERM], [signal.SIGINT], [signal.SIGTERM, signal.SIGTERM], [signal.SIGTERM, signal.SIGINT]]
"""A supervisor ends a process by one; terminals, npm and impatient people send more."""


def answers(backend: Backend) -> bool:
    try:
        fetch("GET", f"{backend.url}/health")
    except httpx.TransportError:
        return False
    return True


def ended(backend: Backend, signals: list[signal.Signals]) -> None:
    for number in signals:
        backend.send_signal(number)
        wait_for(lambda: not answers(backend))  # it has heard of it
    wait_for(lambda: not backend.is_running)
    # uvicorn shuts down, then lets the signal end the process.
    assert backend.exit_code in (0, *(-number for number in signals)), backend.exit_code


@BOTH_BACKENDS
@pytest.mark.parametrize("signals", POLITE, ids=lambda signals: "+".join(number.name for number in signals))
@pytest.mark.parametrize(("venue", "endpoint"), SLOW)
def test_a_request_on_its_way_is_finished_and_what_it_brings_is_stored(
    live: Rig, venue: str, endpoint: str, signals: list[signal.Signals]
) -> None:
    rig, backend = live, live.backend
    rig.sandbox.turn(whitebit={"key_timing": "before"})
    rig.sandbox.fault(endpoint, "delay", ms=2500)
    user = ApiUser(rig)
    user.bring(venue, user.consent(user.begin(venue)[1]))
    # A step is told before it is stored: by now it has been, and sent.
    wait_for(lambda: len(rig.sandbox.calls(endpoint)) == 1)
    ended(backend, signals)
    assert len(rig.sandbox.calls(endpoint)) == 1
    rig.start()
    assert user.settled(venue)["state"] == "connected"
    assert rig.is_right(venue) and len(rig.exchanged_codes()) == 1
    assert len(rig.sandbox.calls(endpoint)) == 1, "nothing was asked for twice"


@BOTH_BACKENDS
@pytest.mark.parametrize("signals", POLITE[:1])
def test_a_refresh_on_its_way_is_finished_and_the_new_pair_is_stored(live: Rig, signals: list[signal.Signals]) -> None:
    rig, backend = live, live.backend
    rig.sandbox.turn(whitebit={"access_ttl_s": 240})
    rig.sandbox.fault("refresh", "delay", ms=2500)
    user = ApiUser(rig)
    assert user.connect("whitebit", "account_tokens")["state"] == "connected"
    wait_for(lambda: len(rig.sandbox.calls("refresh")) == 1)
    ended(backend, signals)
    assert not rig.rows.is_leased(), "the pair that came is stored"
    rig.start()
    wait_for(lambda: len(rig.sandbox.calls("refresh")) >= 2)
    assert {call["status"] for call in rig.sandbox.calls("refresh")} == {200}, "nobody asked with the old pair"
