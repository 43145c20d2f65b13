"""What a button begins is saved by the web request and sent by a worker, once, whoever dies in between."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from api_user import ApiUser
from conftest import BOTH_BACKENDS, Rig, wait_for
from person import Person
from processes import free_port

ORDERS = ["before:1", "after:1"]


def press_recover(user: ApiUser) -> int:
    return user.ask("POST", "/api/recoveries", {"venue": "bybit"}).status_code


def failed(rig: Rig) -> ApiUser:
    """A user whose key was asked for, and the exchange's answer lost."""
    rig.sandbox.fault("openapi", "drop_reply")
    user = ApiUser(rig)
    assert user.connect("bybit")["recovery"] == "ask_again"
    return user


@BOTH_BACKENDS
def test_recover_pressed_three_times_asks_once(live: Rig) -> None:
    user = failed(live)
    with live.sandbox.held():
        assert press_recover(user) == 202
        assert [press_recover(user) for _ in range(2)] == [400, 400], "it has not failed any more"
    assert user.settled("bybit")["state"] == "connected" and live.is_right("bybit")
    assert len(live.sandbox.calls("openapi")) == 2, "the lost one, and this one"


@BOTH_BACKENDS
def test_recover_fired_at_two_processes_at_once_asks_once(live: Rig) -> None:
    user = failed(live)
    other = live.start(port=free_port())
    with ThreadPoolExecutor(6) as pool:
        urls = [f"{home}/api/recoveries" for home in (live.home, other.url)] * 3
        told = list(pool.map(lambda url: user.ask("POST", url, {"venue": "bybit"}).status_code, urls))
    # A click after the work is done finds no flow.
    assert 202 in told and {*told} <= {202, 400, 404}
    assert user.settled("bybit")["state"] == "connected" and live.is_right("bybit")
    assert len(live.sandbox.calls("openapi")) == 2


@BOTH_BACKENDS
@pytest.mark.parametrize("order", ORDERS)
def test_recover_survives_the_process_that_got_the_click(live: Rig, order: str) -> None:
    user = failed(live)
    live.backend.stop()
    web = live.start(VENUEKEY_EXAMPLE_KILL=order)
    with pytest.raises(httpx.TransportError):
        press_recover(user)
    wait_for(lambda: not web.is_running)
    assert len(live.sandbox.calls("openapi")) == 1, "nothing has been sent yet"
    live.start()
    if order == "before:1":  # the click is lost with the process, and the user clicks again
        assert user.states()["bybit"]["recovery"] == "ask_again"
        assert press_recover(user) == 202
    assert user.settled("bybit")["state"] == "connected" and live.is_right("bybit")
    assert len(live.sandbox.calls("openapi")) == 2
    assert live.sent(backend=web) == 0


@pytest.mark.parametrize("order", ORDERS)
def test_a_deletion_survives_the_process_that_got_the_click(live: Rig, person: Person, order: str) -> None:
    assert live.connect(person, "whitebit").state == "connected"
    live.backend.stop()
    web = live.start(VENUEKEY_EXAMPLE_KILL=order)
    page = person.open("/")
    with pytest.raises(httpx.TransportError):
        person.press(page, "Disconnect: WhiteBIT")
    wait_for(lambda: not web.is_running)
    live.start()
    if order == "before:1":
        person.press(person.open("/"), "Disconnect: WhiteBIT")
    assert live.settled(person, "whitebit").state == "none"
    assert live.keys_at("whitebit") == [] and live.stored("whitebit") == []
    assert len(live.sandbox.calls("delete")) == 1
    assert live.sent(backend=web) == 0


@pytest.mark.parametrize("order", ORDERS)
def test_a_replacement_survives_the_process_that_got_the_click(live: Rig, person: Person, order: str) -> None:
    assert live.connect(person, "whitebit").state == "connected"
    page = person.press(person.open("/"), "Connect again: WhiteBIT")
    assert page.sections["whitebit"].code == "already_active"
    live.backend.stop()
    web = live.start(VENUEKEY_EXAMPLE_KILL=order)
    with pytest.raises(httpx.TransportError):
        person.press(page, "Start again: WhiteBIT")
    wait_for(lambda: not web.is_running)
    assert len(live.keys_at("whitebit")) == 1 and live.sent(backend=web) == 0
    live.start()
    if order == "before:1":
        assert person.open("/").sections["whitebit"].code == "already_active"
        person.press(person.open("/"), "Start again: WhiteBIT")
    assert live.settled(person, "whitebit").state == "pending" and live.keys_at("whitebit") == []
    assert live.connect(person, "whitebit").state == "connected" and live.is_right("whitebit")
