"""The backend dies before and after every save, and is started again.

Whatever the moment: each one-time code is exchanged once at most, and each connection ends with the
right secret stored, or with an error that says what to do, which then leads to a connection.
"""

from __future__ import annotations

import signal

import httpx
import pytest

from conftest import BOTH_DATABASES, Rig, wait_for
from person import Page, Person, Section
from processes import free_port

# The saves of a connection, and how it ends where the backend dies around one. Empty: connected, nothing was lost.
#                            killed before it           killed after it
COSTS = {
    "whitebit": [
        ("begun",            "",                        ""),  # no browser was told: the user presses again
        ("callback",         "",                        ""),  # not stored: the browser reloads; stored: it goes on
        ("code to be sent",  "",                        "outcome_unknown"),  # sent or not? a code is never sent twice
        ("tokens",           "outcome_unknown",         ""),
        ("look at the key",  "",                        ""),  # a look is repeated
        ("what it saw",      "",                        ""),
        ("ask for secret",   "",                        ""),  # asked once more, the venue tells it was not read yet
        ("secret",           "delete_key_in_dashboard", ""),  # read, and lost
        ("event told",       "",                        ""),
    ],
    "bybit": [
        ("begun",            "",                        ""),
        ("callback",         "",                        ""),
        ("code to be sent",  "",                        "outcome_unknown"),
        ("tokens",           "outcome_unknown",         ""),
        ("ask for the user", "",                        ""),
        ("user",             "",                        ""),
        ("ask for the key",  "",                        "key_unconfirmed"),  # asking may replace a key: the user's say
        ("key",              "key_unconfirmed",         ""),
        ("event told",       "",                        ""),
    ],
}  # fmt: skip
LEASE_S = "300"
# A request is not begun if its lease took too long to store, and then there are more saves than the tables above have: the
# backends' own pace leaves a disk less than a second for it, and a consent that waits for the next one half a minute.
PACE = "0.2"
RECOVERY_BUTTONS = ("Delete the key", "Ask for the key again", "Try again", "Keep looking")


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    ("venue", "key_timing", "database"),
    [
        ("whitebit", "before", "sqlite"),
        ("whitebit", "before", "postgresql"),
        ("whitebit", "after", "sqlite"),
        ("bybit", "", "sqlite"),
        ("bybit", "", "postgresql"),
    ],
)
def test_killed_at_every_save(rig: Rig, venue: str, key_timing: str, when: str) -> None:
    knobs = {"key_timing": key_timing, "key_delay_ms": 150} if key_timing else {}
    ends: list[str] = []  # what the page shows after each kill
    for number in range(1, 40):
        section, killed = _connect_through_a_kill(rig, venue, f"{when}:{number}", knobs, "" if key_timing == "after" else PACE)
        name = f"{when}:{number} {section.state} {section.code}"
        codes = rig.exchanged_codes()
        assert len(codes) == len(set(codes)), f"{name}: a code was exchanged twice"
        if section.state == "connected":
            assert rig.is_right(venue), name
        else:
            assert section.state == "attention" and section.code, name
            assert rig.stored(venue) == [], name
            _recover(rig, venue)
        assert not rig.sandbox.ask("/violations")["violations"]
        # Nothing runs for ever; what may be left is the flow of a browser that was never told of it.
        assert {status for _, status in rig.flows()} <= {"awaiting_user"}, name
        rig.backend.kill()
        if not killed:
            assert section.state == "connected"
            break
        ends.append(section.code)
    else:
        pytest.fail("there is always one more save")
    expected = [end[1] if when == "before" else end[2] for end in COSTS[venue]]
    if key_timing == "after":
        # The same saves, with more looks at the key and waits in the middle; how many, varies.
        assert ends[:4] == expected[:4] and len(ends) >= len(expected), ends
        assert set(ends[4:]) <= set(expected[4:]), ends
    else:
        assert ends == expected


def _connect_through_a_kill(
    rig: Rig, venue: str, order: str, knobs: dict[str, object], pace: str
) -> tuple[Section, bool]:
    """One connection by a new user with a backend that dies at that save; whether it died."""
    rig.start_over()
    rig.sandbox.turn(**{venue: knobs})
    rig.data = rig.data.with_name(f"data-{order.replace(':', '-')}")
    at_pace = {"VENUEKEY_EXAMPLE_TIME_SCALE": pace} if pace else {}
    backend = rig.start(VENUEKEY_EXAMPLE_KILL=order, **at_pace)
    person = rig.new_person()
    callback = ""
    try:
        callback = rig.callback_of(person, venue)
        person.open(callback)
        wait_for(lambda: not backend.is_running or not rig.rows.has_work())
        rig.settled(person, venue)
    except httpx.TransportError:
        wait_for(lambda: not backend.is_running)
    killed = not backend.is_running
    if killed:
        # The lease of the dead one is over.
        rig.start(VENUEKEY_EXAMPLE_TIME_AHEAD=LEASE_S, **at_pace)
        if callback:
            # A browser that got no answer: the user reloads.
            person.open(callback)
        else:
            callback = rig.callback_of(person, venue)
            person.open(callback)
    return rig.settled(person, venue), killed


def _recover(rig: Rig, venue: str) -> None:
    """Does what the page says until the account is connected."""
    person = rig.people[-1]
    for _ in range(6):
        page = person.open("/")
        if page.sections[venue].state == "connected":
            break
        button = _recovery_button(page)
        if button:
            person.press(page, button)
        else:
            if venue == "whitebit" and not rig.sandbox.calls("info"):
                # No token was ever had, so the page can only say: delete the key at the exchange first.
                rig.sandbox.tell("/user/whitebit/global/action", {"action": "delete_key"})
            person.open(rig.callback_of(person, venue))
        rig.settled(person, venue)
    assert rig.is_right(venue)


def _recovery_button(page: Page) -> str | None:
    labels = [label for form in page.forms for label, _, _ in form.buttons]
    return next((label for label in labels if label.startswith(RECOVERY_BUTTONS)), None)


def _state(person: Person, venue: str) -> str:
    return person.open("/").sections[venue].state


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_while_disconnecting(rig: Rig, when: str) -> None:
    person = rig.new_person()
    for number in range(1, 10):
        rig.start()
        if _state(person, "whitebit") == "none":
            assert rig.connect(person, "whitebit").state == "connected"
            wait_for(lambda: not rig.rows.has_work())
        rig.backend.stop()
        backend = rig.start(VENUEKEY_EXAMPLE_KILL=f"{when}:{number}")
        try:
            person.press(person.open("/"), "Disconnect: WhiteBIT")
            wait_for(lambda: not backend.is_running or not rig.rows.has_work())  # noqa: B023
            _state(person, "whitebit")
        except httpx.TransportError:
            wait_for(lambda: not backend.is_running)  # noqa: B023
        if backend.is_running:
            break
        rig.start(VENUEKEY_EXAMPLE_TIME_AHEAD=LEASE_S)
        section = rig.settled(person, "whitebit")
        # Either nothing had begun, or it was finished.
        assert section.state in ("connected", "none")
        assert (rig.keys_at("whitebit") == []) == (section.state == "none")
        rig.backend.stop()
    assert number > 2
    assert rig.keys_at("whitebit") == [] and rig.stored("whitebit") == [] and rig.flows() == []


@BOTH_DATABASES
def test_another_process_takes_over_from_the_dead(rig: Rig) -> None:
    backends = [
        rig.start(VENUEKEY_EXAMPLE_TIME_SCALE="1"),
        rig.start(port=free_port(), VENUEKEY_EXAMPLE_TIME_SCALE="1"),
    ]
    rig.sandbox.turn(whitebit={"key_delay_ms": 60_000})
    person = rig.new_person()
    person.open(rig.callback_of(person, "whitebit"))
    wait_for(lambda: rig.sent("check_key"))
    # Whichever was first to look after the callback.
    runner, other = sorted(backends, key=lambda backend: rig.sent("exchange_code", backend) == 0)
    with rig.held_at_rest(runner):
        runner.kill()
    rig.sandbox.tell("/clock/advance", {"ms": 60_000})
    # The browser finds the other process at the same address; here, at its own.
    wait_for(lambda: rig.stored("whitebit"))
    wait_for(lambda: rig.sent("fetch_secret", other), other.output)
    assert rig.is_right("whitebit")
    assert len(rig.exchanged_codes("whitebit")) == 1


@BOTH_DATABASES
def test_nobody_takes_over_a_request_that_is_on_its_way(rig: Rig) -> None:
    rig.sandbox.turn(whitebit={"key_timing": "before"})
    runner = rig.start(VENUEKEY_EXAMPLE_TIME_SCALE="1")
    person = rig.new_person()
    callback = rig.callback_of(person, "whitebit")
    with rig.sandbox.held():
        person.open(callback)
        wait_for(lambda: rig.sent("exchange_code", runner))
        other = rig.start(port=free_port(), VENUEKEY_EXAMPLE_TIME_SCALE="1")
        wait_for(lambda: "begins" in other.output())
        runner.kill()
        # Its lease lasts, and so does what other machines' clocks may be apart.
        assert rig.rows.is_leased() and rig.sent(backend=other) == 0
    rig.start(port=free_port(), VENUEKEY_EXAMPLE_TIME_SCALE="1", VENUEKEY_EXAMPLE_TIME_AHEAD=LEASE_S)
    wait_for(lambda: person.open(f"{other.url}/").sections["whitebit"].code == "outcome_unknown")
    assert rig.exchanged_codes() in ([], [*{*rig.exchanged_codes()}]), "a code is never sent twice"


@BOTH_DATABASES
@pytest.mark.parametrize("venue", ["whitebit", "bybit"])
def test_a_callback_that_one_process_has_stored_is_driven_by_another(rig: Rig, venue: str) -> None:
    worker = rig.start(port=free_port())
    web = rig.start(VENUEKEY_EXAMPLE_KILL="after:2")
    person = rig.new_person()
    callback = rig.callback_of(person, venue)
    with pytest.raises(httpx.TransportError):
        person.open(callback)
    wait_for(lambda: rig.stored(venue))
    assert rig.is_right(venue) and rig.flows() == []
    wait_for(lambda: rig.sent("exchange_code", worker), worker.output)
    assert web.stop() == -signal.SIGKILL and rig.sent(backend=web) == 0
    assert len(rig.exchanged_codes()) == 1


@BOTH_DATABASES
def test_a_graceful_end_leaves_a_flow_that_goes_on(rig: Rig) -> None:
    backend = rig.start(VENUEKEY_EXAMPLE_TIME_SCALE="1")
    rig.sandbox.turn(whitebit={"key_delay_ms": 60_000})
    person = rig.new_person()
    person.open(rig.callback_of(person, "whitebit"))
    wait_for(lambda: rig.sent("check_key"))
    # uvicorn shuts down, then lets the signal end the process.
    assert backend.stop() in (0, -signal.SIGTERM)
    assert "has ended" in backend.output() and not rig.rows.is_leased()
    rig.sandbox.tell("/clock/advance", {"ms": 60_000})
    rig.start()
    assert rig.settled(person, "whitebit").state == "connected"
    assert rig.is_right("whitebit")
