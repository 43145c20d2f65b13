"""Connections as they should go, in every variant that the exchanges' documentation leaves open."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from api_user import ApiUser
from clockwork import Clockwork
from conftest import BOTH_DATABASES, Rig, wait_for
from person import Person

WHITEBIT_VARIANTS = [
    pytest.param({"variant": variant, "key_timing": timing}, id=f"{variant}-{timing}")
    for variant in ("old", "new")
    for timing in ("before", "after")
] + [
    pytest.param({"redirect_trailing_slash": True, "callback_api_key": "external_id"}, id="slash-apikey"),
    pytest.param({"permissions_absent": True}, id="permissions-absent"),
]
BYBIT_VARIANTS = [
    pytest.param({}, id="documented"),
    pytest.param({"redirect_status": 302, "redirect_trailing_slash": False, "token_envelope": "result"}, id="result"),
    pytest.param({"callback_params": "article", "openapi_naming": "camel", "uid_shape": "top_uid"}, id="article"),
    pytest.param({"issue_refresh_token": False, "uid_shape": "absent", "code_type": "string"}, id="bare"),
]


@pytest.mark.parametrize("knobs", WHITEBIT_VARIANTS)
def test_whitebit(live: Rig, person: Person, knobs: dict[str, object]) -> None:
    live.sandbox.turn(whitebit=knobs)
    section = live.connect(person, "whitebit")
    assert section.state == "connected"
    told = "Account information Trading" if not knobs.get("permissions_absent") else "WhiteBIT does not say"
    assert told in " ".join(section.facts)
    assert live.is_right("whitebit")
    assert live.flows() == []
    assert len(live.exchanged_codes()) == 1
    disconnected = person.press(person.open("/"), "Disconnect: WhiteBIT")
    assert disconnected.status == 200
    wait_for(lambda: person.open("/").sections["whitebit"].state == "none")
    assert live.keys_at("whitebit") == [] and live.stored("whitebit") == [] and live.flows() == []


@pytest.mark.parametrize("knobs", BYBIT_VARIANTS)
def test_bybit(live: Rig, person: Person, knobs: dict[str, object]) -> None:
    live.sandbox.turn(bybit=knobs)
    section = live.connect(person, "bybit")
    assert section.state == "connected"
    assert "user id <strong>106000001</strong>" in person.open("/").html
    assert live.is_right("bybit")
    assert live.flows() == []
    assert len(live.exchanged_codes()) == len(live.sandbox.calls("openapi")) == 1
    page = person.press(person.open("/"), "Disconnect: Bybit")
    assert "no way to delete the key" in page.html and live.stored("bybit") != []
    assert person.press(page, "Forget the key here").sections["bybit"].state == "none"
    assert live.stored("bybit") == []


def test_nothing_granted(live: Rig, person: Person) -> None:
    consent = live.ask(person, "whitebit")
    person.press(consent, "Approve", ticks={}, otp="123456")
    assert live.settled(person, "whitebit").state == "connected"
    assert "You granted no permission" in person.open("/").html


@BOTH_DATABASES
def test_two_people_have_two_accounts(live: Rig, person: Person) -> None:
    live.sandbox.turn(bybit={"openapi_repeat": "new"})
    other = live.new_person()
    assert live.connect(person, "bybit").state == live.connect(other, "bybit").state == "connected"
    first, second = live.stored("bybit")
    assert first["api_key"] != second["api_key"]
    person.press(person.press(person.open("/"), "Disconnect: Bybit"), "Forget the key here")
    assert other.open("/").sections["bybit"].state == "connected"


def test_a_returning_user_with_an_active_key_is_told(live: Rig, person: Person) -> None:
    live.connect(person, "whitebit")
    page = live.ask(person, "whitebit")
    assert page.url == f"{live.home}/"
    assert (page.sections["whitebit"].state, page.sections["whitebit"].code) == ("notice", "already_active")
    assert len(live.exchanged_codes()) == 1


@BOTH_DATABASES
def test_a_returning_user_with_a_disabled_key_is_asked_to_delete_it(live: Rig, person: Person) -> None:
    live.connect(person, "whitebit")
    live.sandbox.tell("/user/whitebit/global/action", {"action": "inactivity_disable"})
    page = live.ask(person, "whitebit")
    assert page.sections["whitebit"].code == "delete_in_dashboard"
    # The user does so, and this time goes straight to the exchange.
    live.sandbox.tell("/user/whitebit/global/action", {"action": "delete_key"})
    assert live.connect(person, "whitebit").state == "connected"
    assert live.is_right("whitebit")


@BOTH_DATABASES
def test_a_key_that_was_left_behind_can_be_deleted(live: Rig, person: Person) -> None:
    live.sandbox.fault("secret", "drop_reply")
    assert live.connect(person, "whitebit").code == "delete_key_in_dashboard"
    # Not the offered recovery but a fresh start: the check finds the key.
    page = live.ask(person, "whitebit")
    assert page.sections["whitebit"].code == "already_active"
    person.press(page, "Delete the key: WhiteBIT")
    wait_for(lambda: live.keys_at("whitebit") == [])
    wait_for(lambda: person.open("/").sections["whitebit"].state == "none")
    assert live.connect(person, "whitebit").state == "connected"


def test_a_new_account_takes_the_place_of_the_one_before(live: Rig) -> None:
    user = ApiUser(live)
    assert user.connect("whitebit")["state"] == "connected"
    user.begin("whitebit", "account_tokens")
    assert user.states()["whitebit"]["state"] == "pending" and user.forget("whitebit") == 204
    assert user.states()["whitebit"]["state"] == "connected" and live.is_right("whitebit"), "called off, nothing has changed"
    assert user.connect("whitebit", "account_tokens")["state"] == "connected"
    wait_for(lambda: live.stored("whitebit") == [{}])
    assert user.states()["whitebit"]["state"] == "connected" and len(live.keys_at("whitebit")) == 1


def test_disconnecting_without_live_tokens_is_honest(rig: Rig, person: Person, tmp_path: Path) -> None:
    rig.sandbox.turn(whitebit={"issue_refresh_token": False, "access_ttl_s": 3600, "key_timing": "before"})
    with closing(Clockwork(rig.sandbox, tmp_path, 1)) as clock:
        rig.start(VENUEKEY_EXAMPLE_CLOCK=clock.place(1))
        assert rig.connect(person, "whitebit").state == "connected"
        clock.race()
        until_ms = clock.now_ms + 3_600_000
        wait_for(lambda: clock.now_ms >= until_ms)
        person.press(person.open("/"), "Disconnect: WhiteBIT")
        section = rig.settled(person, "whitebit")
        assert "Our access to WhiteBIT has ended" in section.text and section.state == "none"
    assert len(rig.keys_at("whitebit")) == 1 and rig.stored("whitebit") == []
