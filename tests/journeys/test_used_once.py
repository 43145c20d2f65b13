"""A code is exchanged once, though the row that says so is gone, and whoever brings it again."""

from __future__ import annotations

import json

import pytest

from api_user import ApiUser, problem
from conftest import BOTH_BACKENDS, Rig, wait_for
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


@pytest.mark.parametrize("hours", [23, 25])
def test_an_ended_connection_is_remembered_as_long_as_something_could_bring_it(rig: Rig, hours: int) -> None:
    """A consent is waited for up to a day; later its row goes, or the table would grow for ever."""
    backend, user = rig.start(VENUEKEY_EXAMPLE_TIME_SCALE="1"), ApiUser(rig)
    user.begin("bybit")
    assert user.forget("bybit") == 204
    wait_for(lambda: ended(rig) == 1)
    backend.stop()
    rig.start(VENUEKEY_EXAMPLE_TIME_SCALE="1", VENUEKEY_EXAMPLE_TIME_AHEAD=str(hours * 3_600))
    user.connect("bybit")
    wait_for(lambda: ended(rig) == (hours == 23))


def ended(rig: Rig) -> int:
    with rig.database() as database:
        return len(database.execute("SELECT 1 FROM venuekey_connections WHERE status = 'ended'").fetchall())
