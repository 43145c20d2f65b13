"""A code is exchanged once, though the row that says so is gone, and whoever brings it again."""

from __future__ import annotations

import json

import pytest
import venuekey

import settings
from api_user import ApiUser, problem
from conftest import BOTH_BACKENDS, BOTH_DATABASES, Rig, wait_for
from person import Person
from test_hand_off import hand_off_of, logged_in

USED = (409, "rejected", "superseded")


@BOTH_BACKENDS
def test_a_hand_off_of_which_nobody_knows_what_became(unhurried: Rig) -> None:
    """The exchange's answer was lost, and the user has dismissed that: its code may be spent or not."""
    user, other = logged_in(unhurried), logged_in(unhurried)
    hand_off = json.dumps(hand_off_of(unhurried, user.person))
    unhurried.sandbox.fault("token", "drop_reply")
    assert user.hand_off(hand_off).status_code == 202
    assert user.settled("whitebit")["code"] == "outcome_unknown"
    assert user.forget("whitebit") == 204
    for somebody in (user, other):
        assert problem(somebody.hand_off(hand_off)) == USED
        assert somebody.states()["whitebit"]["state"] == "none"
    assert len(unhurried.exchanged_codes()) == 1


@BOTH_BACKENDS
def test_a_hand_off_that_has_brought_an_account(unhurried: Rig) -> None:
    user, other = logged_in(unhurried), logged_in(unhurried)
    hand_off = json.dumps(hand_off_of(unhurried, user.person))
    assert user.hand_off(hand_off).status_code == 202
    assert user.settled("whitebit")["state"] == "connected"
    assert problem(other.hand_off(hand_off)) == USED
    # The account is what remembers it no more.
    assert user.forget("whitebit") == 204
    unhurried.backend.stop()
    unhurried.start(VENUEKEY_EXAMPLE_TIME_SCALE="1")
    assert problem(user.hand_off(hand_off)) == USED
    assert len(unhurried.exchanged_codes()) == 1


@BOTH_BACKENDS
def test_a_hand_off_that_is_used_takes_nothing_from_who_brings_it(unhurried: Rig) -> None:
    """Whoever has one that is spent can't have another user's failed connection swept away by it."""
    user, other = logged_in(unhurried), logged_in(unhurried)
    hand_off = json.dumps(hand_off_of(unhurried, user.person))
    assert user.hand_off(hand_off).status_code == 202
    assert user.settled("whitebit")["state"] == "connected"
    _, url = other.begin("whitebit")
    assert problem(other.hand_off(hand_off)) == USED
    assert other.states()["whitebit"]["state"] == "pending"
    unhurried.sandbox.tell("/user/whitebit/global/action", {"action": "delete_key"})
    other.bring("whitebit", other.consent(url))
    assert other.settled("whitebit")["state"] == "connected"


@BOTH_BACKENDS
def test_a_hand_off_that_comes_while_another_connection_is_in_full_swing_is_not_spent(unhurried: Rig) -> None:
    user = logged_in(unhurried)
    first = hand_off_of(unhurried, user.person)
    second = json.dumps(first | {"code": "another" * 6})
    with unhurried.sandbox.held():
        assert user.hand_off(json.dumps(first)).status_code == 202
        wait_for(lambda: unhurried.sent("exchange_code"))
        assert problem(user.hand_off(second)) == (409, "unavailable", "busy")
    assert user.settled("whitebit")["state"] == "connected"
    assert user.hand_off(second).status_code == 202
    assert user.settled("whitebit")["code"] == "code_rejected", "the exchange has never heard of it"


@BOTH_DATABASES
def test_a_flow_sealed_into_a_cookie(live: Rig, person: Person) -> None:
    """The same store with the pending flow in the browser: its cookie outlives the row."""
    client = settings.read(["--sandbox", live.sandbox.url], {}).venues["whitebit"].client(live.home)
    keys = venuekey.SealingKeys([("key", bytes(range(32)))])
    started = client.begin("api_key")
    cookie = started.pending.seal(keys, context="session")
    page = person.open(started.authorize_url)
    boxes = {"permissions": ["info", "trading"]}
    callback = person.press(page, "Approve", boxes, lambda url: "/callback/" in url, otp="123456").url
    live.sandbox.fault("token", "drop_reply")
    store = live.open_store()

    def brings_it(user_id: str) -> bool:
        step = client.open(cookie, keys=keys, context="session").receive_callback(callback)
        return store.save(step.flow.snapshot(), user_id, "whitebit")

    assert brings_it("user")
    wait_for(lambda: live.flows() == [("api_key", "failed")])
    assert not brings_it("user")
    store.drop_flow("user", "whitebit")
    assert live.flows() == [], "nothing is left of it but its id"
    assert not brings_it("user") and not brings_it("another")
    assert live.flows() == [] and len(live.exchanged_codes()) == 1
    store.close()


@pytest.mark.parametrize("days", [1, 3])
def test_an_id_is_remembered_as_long_as_something_could_bring_it(live: Rig, days: int) -> None:
    """A callback is waited for up to a day; later an id is forgotten, or the table would grow for ever."""
    user = ApiUser(live)
    flow_id, _ = user.begin("bybit")
    with live.database() as database:
        database.execute("UPDATE used_flows SET until_ms = until_ms - ?", days * 86_400_000)
        user.begin("bybit")
        remembered = {row["flow_id"] for row in database.execute("SELECT flow_id FROM used_flows").fetchall()}
    assert (flow_id in remembered) == (days == 1)
