"""What goes wrong between the backend and the exchanges, one fault at a time.

Most faults end in a connection, only later. The rest end in an error that says what to do, and doing
it leads to a connection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from conftest import PATIENCE_SECONDS, Rig
from person import Person


@dataclass(frozen=True)
class Case:
    """One fault and how the connection ends. `button` is the recovery the page must offer, if any."""

    endpoint: str
    fault: str
    end: str = "connected"
    button: str = ""
    count: int = 1
    more: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        return "-".join([self.endpoint, self.fault, *(str(value) for _, value in self.more)])


AFTER = (("after_effect", True),)
TOKEN = [
    # Lost, or perhaps lost: a code is never sent twice.
    Case("token", "drop_reply", "outcome_unknown"),
    Case("token", "close_before", "outcome_unknown"),
    Case("token", "truncated_json", "outcome_unknown"),
    Case("token", "oversized", "reply_too_large"),
    Case("token", "empty_body", "malformed_reply"),
    Case("token", "html_403", "venue_unavailable"),
]
WHITEBIT = [
    *TOKEN,
    Case("token", "server_error", "outcome_unknown"),
    Case("token", "server_error", "outcome_unknown", more=AFTER),
    Case("token", "ok_with_error", "malformed_reply"),
    # Refused before anything was done.
    Case("token", "rate_limit", count=2),
    *(Case("info", fault) for fault in ("drop_reply", "close_before", "truncated_json", "server_error", "html_403")),
    *(Case("info", fault) for fault in ("rate_limit", "ok_with_error", "oversized", "empty_body")),
    Case("secret", "lock", count=4),
    Case("secret", "rate_limit"),
    Case("secret", "close_before"),
    Case("secret", "server_error"),
    Case("secret", "html_403"),
    Case("secret", "ok_with_error"),
    # The secret was in the reply that got lost.
    *(
        Case("secret", fault, "delete_key_in_dashboard", "Delete the key")
        for fault in ("drop_reply", "truncated_json", "oversized", "empty_body")
    ),
    # A gateway's failure is no proof that the secret was read by this flow: nothing is deleted.
    Case("secret", "server_error", "secret_taken_elsewhere", more=AFTER),
    # More than the schedule has turns.
    Case("secret", "lock", "secret_locked", "Try again", count=7, more=(("venue", "whitebit"),)),
    Case("info", "server_error", "venue_unavailable", "Try again", count=7, more=(("status", 503),)),
]
BYBIT = [
    *TOKEN,
    # An error envelope with a code that the OAuth host does not document: the HTTP status tells what it may mean.
    Case("token", "ok_with_error", "venue_refused"),
    Case("token", "server_error", "outcome_unknown"),
    Case("token", "server_error", "outcome_unknown", more=AFTER),
    Case("token", "rate_limit", count=2),
    Case("uid", "ok_with_error", "venue_refused", "Try again"),
    *(Case("uid", fault) for fault in ("server_error", "rate_limit")),
    Case("uid", "server_error", "venue_unavailable", "Try again", count=7, more=(("status", 503),)),
    Case("openapi", "ok_with_error", "venue_refused", "Ask for the key again"),
    Case("openapi", "server_error", "key_unconfirmed", "Ask for the key again"),
    Case("openapi", "server_error", "key_unconfirmed", "Ask for the key again", more=AFTER),
    Case("openapi", "rate_limit", count=2),
    *(Case("uid", fault) for fault in ("drop_reply", "close_before", "truncated_json", "html_403")),
    *(Case("uid", fault) for fault in ("oversized", "empty_body")),
    *(
        Case("openapi", fault, "key_unconfirmed", "Ask for the key again")
        for fault in ("drop_reply", "close_before", "truncated_json")
    ),
    Case("openapi", "oversized", "reply_too_large", "Ask for the key again"),
    Case("openapi", "empty_body", "malformed_reply", "Ask for the key again"),
    Case("openapi", "html_403", "venue_unavailable", "Ask for the key again"),
]


@pytest.fixture
def quick(rig: Rig) -> Rig:
    rig.start(VENUEKEY_EXAMPLE_TIME_SCALE="0.02")
    rig.sandbox.turn(whitebit={"key_timing": "before"})
    return rig


def groups(cases: list[Case]) -> list[Any]:
    """One test an endpoint: starting programs takes longer than connecting."""
    endpoints = dict.fromkeys(case.endpoint for case in cases)
    return [pytest.param([case for case in cases if case.endpoint == name], id=name) for name in endpoints]


@pytest.mark.parametrize("cases", groups(WHITEBIT))
def test_whitebit(quick: Rig, cases: list[Case]) -> None:
    _run(quick, "whitebit", cases)


@pytest.mark.parametrize("cases", groups(BYBIT))
def test_bybit(quick: Rig, cases: list[Case]) -> None:
    _run(quick, "bybit", cases)


def _run(rig: Rig, venue: str, cases: list[Case]) -> None:
    for case in cases:
        person = rig.new_person()
        rig.sandbox.fault(case.endpoint, case.fault, count=case.count, **dict(case.more))
        section = rig.connect(person, venue)
        rig.sandbox.ask("/faults")
        assert (section.code or section.state) == case.end, f"{case}: {section}"
        if case.button:
            page = person.open("/")
            assert case.button in page.html, f"{case}: {section}"
            person.press(page, case.button)
            section = rig.settled(person, venue)
            expected = "secret_lost" if case.button == "Delete the key" else "connected"
            assert (section.code or section.state) == expected, f"{case}, {case.button}: {section}"
        assert rig.sandbox.ask("/faults") == [], f"{case}: not every fault was met"
        codes = rig.exchanged_codes()
        # Only where the exchange has said that it did nothing with it (429).
        refused = case.count if (case.endpoint, case.fault, case.end) == ("token", "rate_limit", "connected") else 0
        assert len(codes) == len(set(codes)) + refused, f"{case}: a code was exchanged twice"
        if section.state == "connected":
            rights = [c["api_secret"] for c in rig.stored(venue)]
            assert rig.keys_at(venue)[-1]["secret" if venue == "whitebit" else "api_secret"] in rights, str(case)
        _clean_up(rig, venue)


def _clean_up(rig: Rig, venue: str) -> None:
    """The next case starts with a user who has no key; WhiteBIT allows one."""
    rig.start_over()
    rig.sandbox.turn(whitebit={"key_timing": "before"})
    rig.forget_accounts()


def test_a_wait_is_told_while_it_lasts(rig: Rig, person: Person) -> None:
    rig.start(VENUEKEY_EXAMPLE_TIME_SCALE="1")
    rig.sandbox.turn(whitebit={"key_timing": "before"})
    rig.sandbox.fault("secret", "lock", count=1)
    rig.approve(person, rig.ask(person, "whitebit"))
    told: list[str] = []
    assert person.watch("whitebit", PATIENCE_SECONDS, told.append).state == "connected"
    assert any("keeps the key locked" in text for text in told)


def test_a_key_that_takes_long_can_be_looked_for_again(live: Rig, person: Person) -> None:
    live.sandbox.turn(whitebit={"variant": "old", "key_delay_ms": 600_000})
    live.approve(person, live.ask(person, "whitebit"))
    assert live.settled(person, "whitebit").code == "key_not_ready"
    person.press(person.open("/"), "Keep looking")
    assert live.settled(person, "whitebit").code == "key_not_ready"
    live.sandbox.tell("/clock/advance", {"ms": 600_000})
    person.press(person.open("/"), "Keep looking")
    assert live.settled(person, "whitebit").state == "connected"
    assert live.is_right("whitebit")
    assert len(live.exchanged_codes()) == 1


def test_access_that_ends_while_the_key_is_awaited_is_renewed(rig: Rig, person: Person) -> None:
    rig.start(VENUEKEY_EXAMPLE_TIME_SCALE="1")
    rig.sandbox.turn(whitebit={"access_ttl_s": 2, "key_timing": "after", "key_delay_ms": 4000})
    assert rig.connect(person, "whitebit").state == "connected"
    assert len(rig.sandbox.calls("refresh")) >= 1
    assert rig.is_right("whitebit")


@pytest.mark.parametrize("fault", ["drop_reply", "server_error", "rate_limit", "html_403"])
def test_disconnecting_through_a_fault(live: Rig, person: Person, fault: str) -> None:
    live.connect(person, "whitebit")
    live.sandbox.fault("delete", fault)
    person.press(person.open("/"), "Disconnect: WhiteBIT")
    assert live.settled(person, "whitebit").state == "none"
    assert live.keys_at("whitebit") == [] and live.stored("whitebit") == []
