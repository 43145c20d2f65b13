"""examples/node-backend dies before and after every save, and is started again; several of it share one store.

A worker that is gone is known by its lease's end: 45 s, and 2 min for clocks that differ. Here the next one starts later than that.
"""

from __future__ import annotations

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from api_user import ApiUser
from conftest import Rig, send, wait_for
from node import NodeBackend
from processes import Backend, free_port
from test_hand_off import hand_off_of, logged_in
from test_kills import COSTS, LEASE_S, PACE

VENUES = pytest.mark.parametrize("venue", ["whitebit", "bybit"])


@pytest.fixture
def language() -> str:
    return "node"


@pytest.mark.parametrize("when", ["before", "after"])
@VENUES
def test_killed_at_every_save(rig: Rig, venue: str, when: str) -> None:
    knobs = {"key_timing": "before", "key_delay_ms": 150} if venue == "whitebit" else {}
    ends: list[str] = []  # what is told after each kill
    for number in range(1, 40):
        rig.start_over()
        rig.sandbox.turn(**{venue: knobs})
        rig.data = rig.data.with_name(f"data-{number}")
        user, killed = _connect_through_a_kill(rig, venue, f"{when}:{number}")
        card = user.settled(venue)
        name = f"{when}:{number} {card}"
        codes = rig.exchanged_codes()
        assert len(codes) == len(set(codes)), f"{name}: a code was exchanged twice"
        if card["state"] == "connected":
            assert rig.is_right(venue), name
        else:
            assert card["state"] == "attention" and card["code"], name
            assert rig.stored(venue) == [], name
            _recover(rig, user, venue)
        # Nothing runs for ever; what may be left is the connection of an app that was never told of it.
        assert {status for _, status in rig.flows()} <= {"awaiting_user"}, name
        rig.backend.kill()
        if not killed:
            assert card["state"] == "connected"
            break
        ends.append(card.get("code", ""))
    else:
        pytest.fail("there is always one more save")
    assert ends == [end[1] if when == "before" else end[2] for end in COSTS[venue]]


def _connect_through_a_kill(rig: Rig, venue: str, order: str) -> tuple[ApiUser, bool]:
    """One connection by a new user with a backend that dies at that save; whether it died."""
    backend = rig.start(VENUEKEY_EXAMPLE_KILL=order, VENUEKEY_EXAMPLE_TIME_SCALE=PACE)
    user, callback = ApiUser(rig), ""
    try:
        callback = user.consent(user.begin(venue)[1])
        user.bring(venue, callback)
        # The worker tells of what it has done, too, and stores that it has.
        wait_for(lambda: not backend.is_running or not rig.rows.has_work())
        user.states()  # it lives, where it answers
    except httpx.TransportError:
        wait_for(lambda: not backend.is_running)
    killed = not backend.is_running
    if killed:
        rig.start(VENUEKEY_EXAMPLE_TIME_AHEAD=LEASE_S, VENUEKEY_EXAMPLE_TIME_SCALE=PACE)
        # An app that got no answer sends the callback again.
        user.bring(venue, callback or user.consent(user.begin(venue)[1]))
    return user, killed


def _recover(rig: Rig, user: ApiUser, venue: str) -> None:
    """Does what is offered until the account is connected."""
    for _ in range(6):
        card = user.settled(venue)
        if card["state"] == "connected":
            break
        if "recovery" in card:
            assert user.ask("POST", "/api/recoveries", {"venue": venue}).status_code == 202
        else:
            if venue == "whitebit" and not rig.sandbox.calls("info"):
                # No token was ever had: the user deletes the key at the exchange.
                rig.sandbox.tell("/user/whitebit/global/action", {"action": "delete_key"})
            user.bring(venue, user.consent(user.begin(venue)[1]))
    assert rig.is_right(venue)


def test_another_process_goes_on_where_one_has_died(rig: Rig) -> None:
    backends = [rig.start(port, VENUEKEY_EXAMPLE_TIME_SCALE="1") for port in (rig.port, free_port())]
    rig.sandbox.turn(whitebit={"key_delay_ms": 60_000})
    user = ApiUser(rig)
    user.bring("whitebit", user.consent(user.begin("whitebit")[1]))
    wait_for(lambda: rig.sent("check_key"))
    runner, other = sorted(backends, key=lambda backend: rig.sent("exchange_code", backend) == 0)
    assert rig.sent("exchange_code") == 1
    with rig.held_at_rest(runner):
        runner.kill()
    rig.sandbox.tell("/clock/advance", {"ms": 60_000})
    wait_for(lambda: rig.stored("whitebit"))
    wait_for(lambda: rig.sent("fetch_secret", other), other.output)
    assert rig.is_right("whitebit") and len(rig.exchanged_codes("whitebit")) == 1


@VENUES
def test_a_callback_that_one_process_has_stored_is_driven_by_another(rig: Rig, venue: str) -> None:
    worker, web = rig.start(port=free_port()), rig.start(VENUEKEY_EXAMPLE_KILL="after:2")
    user = ApiUser(rig)
    callback = user.consent(user.begin(venue)[1])
    with pytest.raises(httpx.TransportError):
        user.bring(venue, callback)
    wait_for(lambda: rig.stored(venue))
    assert rig.is_right(venue) and rig.flows() == []
    wait_for(lambda: rig.sent("exchange_code", worker), worker.output)
    assert web.stop() == -signal.SIGKILL and rig.sent(backend=web) == 0
    assert len(rig.exchanged_codes()) == 1


@VENUES
def test_fired_at_two_processes_at_once_a_code_is_exchanged_once(rig: Rig, venue: str) -> None:
    rig.sandbox.turn(whitebit={"key_timing": "before"})
    backends = [rig.start(port, VENUEKEY_EXAMPLE_TIME_SCALE="1") for port in (rig.port, free_port())]
    user = ApiUser(rig)
    flow_id, url = user.begin(venue)
    callback = user.consent(url)
    body = json.dumps({"venue": venue, "callback_url": callback}).encode()
    headers = {"cookie": user.person.cookie_header(), "content-type": "application/json"}
    # Held until all have arrived, both processes then go at them side by side.
    with backends[0].held(), backends[1].held():
        sent = [send("POST", f"{backend.url}/api/callbacks", headers, body) for backend in backends * 4]
    told = [connection.getresponse().read() for connection in sent]
    rig.answers["/api/callbacks"] = b"".join(told)
    assert [json.loads(one) for one in told] == [{"flow_id": flow_id}] * 8
    assert user.settled(venue)["state"] == "connected"
    assert len(rig.exchanged_codes()) == 1 and rig.is_right(venue)


def test_handed_in_at_two_processes_at_once_it_is_taken_once(rig: Rig) -> None:
    rig.sandbox.turn(whitebit={"key_timing": "before"})
    backends = [rig.start(port, VENUEKEY_EXAMPLE_TIME_SCALE="1") for port in (rig.port, free_port())]
    user = logged_in(rig)
    body = json.dumps({"venue": "whitebit", "hand_off": json.dumps(hand_off_of(rig, user.person))}).encode()
    headers = {"cookie": user.person.cookie_header(), "content-type": "application/json"}
    with backends[0].held(), backends[1].held():
        sent = [send("POST", f"{backend.url}/api/hand-offs", headers, body) for backend in backends * 4]
    assert sorted(connection.getresponse().status for connection in sent) == [202] + [409] * 7
    assert user.settled("whitebit")["state"] == "connected"
    assert len(rig.exchanged_codes()) == 1 and rig.is_right("whitebit")


def test_many_processes_start_at_once(rig: Rig) -> None:
    with ThreadPoolExecutor(4) as pool:
        backends = list(pool.map(rig.start, [rig.port, free_port(), free_port(), free_port()]))
    assert ApiUser(rig).connect("bybit")["state"] == "connected" and rig.is_right("bybit")
    assert all(backend.is_running for backend in backends)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_graceful_end_leaves_a_flow_that_goes_on(rig: Rig, ending: signal.Signals) -> None:
    backend = rig.start(VENUEKEY_EXAMPLE_TIME_SCALE="1")
    rig.sandbox.turn(whitebit={"key_delay_ms": 60_000})
    user = ApiUser(rig)
    user.bring("whitebit", user.consent(user.begin("whitebit")[1]))
    wait_for(lambda: rig.sent("check_key"))
    backend.send_signal(ending)
    wait_for(lambda: not backend.is_running)
    assert backend.stop() == 0 and backend.output().endswith("main ended")
    rig.sandbox.tell("/clock/advance", {"ms": 60_000})
    rig.start()
    assert user.settled("whitebit")["state"] == "connected" and rig.is_right("whitebit")


def test_a_request_on_its_way_ends_before_the_process_does(live: Rig) -> None:
    rig, backend = live, live.backend
    rig.sandbox.fault("token", "delay", ms=1500)
    user = ApiUser(rig)
    user.bring("bybit", user.consent(user.begin("bybit")[1]))
    wait_for(lambda: len(rig.sandbox.calls("token")) == 1)
    assert backend.stop() == 0
    rig.start()
    assert user.settled("bybit")["state"] == "connected" and len(rig.exchanged_codes()) == 1


@VENUES
def test_a_connection_of_the_python_backend_is_finished_by_this_one(rig: Rig, venue: str) -> None:
    """The same table, keys and sessions."""
    environ = {**os.environ, "VENUEKEY_EXAMPLE_KILL": "after:2", "PUBLIC_URL": rig.home, "DATABASE_URL": ""}
    python = Backend(rig.port, rig.data, rig.sandbox.url, environ)
    rig.backends.append(python)
    user = ApiUser(rig)
    flow_id, url = user.begin(venue)
    callback = user.consent(url)
    with pytest.raises(httpx.TransportError):
        user.bring(venue, callback)
    assert isinstance(rig.start(VENUEKEY_EXAMPLE_TIME_SCALE="1"), NodeBackend)
    assert user.settled(venue)["state"] == "connected" and rig.is_right(venue)
    assert user.bring(venue, callback).json() == {"flow_id": flow_id}
    assert len(rig.exchanged_codes()) == 1


@VENUES
def test_a_connection_of_this_one_is_finished_by_the_python_backend(rig: Rig, venue: str) -> None:
    rig.start(VENUEKEY_EXAMPLE_KILL="after:2", VENUEKEY_EXAMPLE_TIME_SCALE="1")
    user = ApiUser(rig)
    flow_id, url = user.begin(venue)
    callback = user.consent(url)
    with pytest.raises(httpx.TransportError):
        user.bring(venue, callback)
    python = Backend(rig.port, rig.data, rig.sandbox.url, {**os.environ, "PUBLIC_URL": rig.home, "DATABASE_URL": ""})
    rig.backends.append(python)
    assert user.settled(venue)["state"] == "connected" and rig.is_right(venue)
    assert user.bring(venue, callback).json() == {"flow_id": flow_id}
    assert len(rig.exchanged_codes()) == 1
