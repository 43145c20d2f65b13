"""What may come back from the exchange, and what only looks as if it did."""

from __future__ import annotations

import httpx
import pytest

from conftest import BOTH_DATABASES, Rig, fetch, send, wait_for
from person import Person
from processes import free_port

VENUES = pytest.mark.parametrize("venue", ["whitebit", "bybit"])


@BOTH_DATABASES
@VENUES
def test_fired_many_times_at_once_a_code_is_exchanged_once(rig: Rig, person: Person, venue: str) -> None:
    ports = [rig.port, free_port()]
    first, second = (rig.start(port) for port in ports)
    callback = httpx.URL(rig.callback_of(person, venue))
    headers = {"cookie": person.cookie_header()}
    # Held until all have arrived, both processes then go at them side by side.
    with first.held(), second.held():
        sent = [send("GET", str(callback.copy_with(port=port)), headers) for port in ports * 4]
    replies = [connection.getresponse() for connection in sent]
    assert {(reply.status, reply.headers["location"]) for reply in replies} == {(303, "/")}
    assert rig.settled(person, venue).state == "connected"
    assert len(rig.exchanged_codes()) == 1
    wait_for(lambda: rig.sent("exchange_code") == 1)
    assert rig.is_right(venue)


@BOTH_DATABASES
@VENUES
def test_of_two_processes_that_read_the_same_flow_one_saves_its_callback(live: Rig, person: Person, venue: str) -> None:
    callback = live.callback_of(person, venue)
    with live.held_at_rest(live.backend), live.rows.store() as store:
        steps = [connection.receive_callback(callback) for _ in range(2) for connection in live.rows.opened(venue)]
        assert [step.status for step in steps] == ["working", "working"]
        assert [store.save(step.seal(live.rows.keys)) for step in steps] == [True, False]
        (saved,) = live.rows.opened(venue)
        assert (saved.status, saved.lease_holder) == ("working", None)
        assert saved.receive_callback(callback).revision == saved.revision, "it has had it"
    # The backend has had no callback itself: its worker finds this one.
    assert live.settled(person, venue).state == "connected"
    assert len(live.exchanged_codes()) == 1
    assert live.is_right(venue)


@VENUES
def test_the_address_leaves_the_browser_at_once(live: Rig, person: Person, venue: str) -> None:
    page = person.open(live.callback_of(person, venue))
    assert page.url == f"{live.home}/"
    callback = next(reply for reply in person.visited if reply.url.path.startswith("/callback"))
    assert callback.status_code == 303
    assert callback.headers["location"] == "/"
    assert callback.headers["cache-control"] == "no-store"
    assert callback.headers["referrer-policy"] == "no-referrer"
    assert callback.content == b"" and "set-cookie" not in callback.headers
    # Reloaded from the history, during and after, it does no harm.
    assert person.open(str(callback.url)).url == f"{live.home}/"
    assert live.settled(person, venue).state == "connected"
    assert person.open(str(callback.url)).url == f"{live.home}/"
    assert person.open("/").sections[venue].state == "connected"
    assert len(live.exchanged_codes()) == 1


@VENUES
def test_another_browser_gets_nowhere_with_it(live: Rig, person: Person, venue: str) -> None:
    callback = live.callback_of(person, venue)
    for stranger in (live.new_person(), live.new_person()):
        page = stranger.open(callback)
        assert page.url == f"{live.home}/refused" and "was not accepted" in page.html
    # A stranger with a connection of their own, too.
    live.ask(stranger, venue)
    assert stranger.open(callback).url == f"{live.home}/refused"
    assert live.exchanged_codes() == []
    person.open(callback)
    assert live.settled(person, venue).state == "connected"


@VENUES
@pytest.mark.parametrize(
    "change",
    [
        lambda url: url.copy_set_param("state", "0" * 43),
        lambda url: url.copy_remove_param("state"),
        lambda url: url.copy_add_param("state", "0" * 43),
        lambda url: url.copy_add_param("code", "0" * 43),
        lambda url: url.copy_set_param("client_id", "another"),
    ],
    ids=["state", "no-state", "two-states", "two-codes", "client"],
)
def test_tampered_with_it_is_refused_and_the_true_one_still_works(
    live: Rig, person: Person, venue: str, change: object
) -> None:
    callback = live.callback_of(person, venue)
    assert callable(change)
    assert person.open(str(change(httpx.URL(callback)))).url == f"{live.home}/refused"
    assert person.open("/").sections[venue].state == "pending"
    assert live.exchanged_codes() == []
    person.open(callback)
    assert live.settled(person, venue).state == "connected"


def test_looked_at_by_a_link_checker_nothing_happens(live: Rig, person: Person) -> None:
    callback = live.callback_of(person, "whitebit")
    for method in ("HEAD", "POST", "OPTIONS"):
        assert fetch(method, callback, headers={"cookie": person.cookie_header()}).status_code == 405
    ahead = {"cookie": person.cookie_header(), "sec-purpose": "prefetch;prerender"}
    assert fetch("GET", callback, headers=ahead).status_code == 403
    assert live.exchanged_codes() == []
    assert person.open("/").sections["whitebit"].state == "pending"


@VENUES
def test_too_late(rig: Rig, person: Person, venue: str) -> None:
    rig.start()
    callback = rig.callback_of(person, venue)
    assert person.open("/").sections[venue].state == "pending"
    # 15 minutes pass in 2 s, from here on.
    rig.backend.stop()
    rig.start(VENUEKEY_EXAMPLE_TIME_SCALE="0.0022")
    wait_for(lambda: person.open("/").sections[venue].code == "callback_timeout")
    assert person.open(callback).sections[venue].code == "callback_timeout"
    assert rig.exchanged_codes() == []


@pytest.mark.parametrize(
    ("venue", "knobs"),
    [
        ("whitebit", {"decline_mode": "error"}),
        ("whitebit", {"decline_mode": "empty"}),
        ("bybit", {"cancel_mode": "error"}),
        ("bybit", {"cancel_mode": "empty"}),
    ],
)
def test_declined(live: Rig, person: Person, venue: str, knobs: dict[str, object]) -> None:
    live.sandbox.turn(**{venue: knobs})
    page = person.press(live.ask(person, venue), "Decline")
    assert page.url == f"{live.home}/"
    section = live.settled(person, venue)
    assert section.code == "access_denied" and "You said no" in section.text
    person.press(person.open("/"), "Dismiss")
    live.sandbox.turn(**{venue: dict.fromkeys(knobs, "none")})
    assert live.connect(person, venue).state == "connected"


@VENUES
@pytest.mark.parametrize("button", ["Decline", "Close window"])
def test_without_an_answer_the_user_can_stop_waiting(live: Rig, person: Person, venue: str, button: str) -> None:
    page = person.press(live.ask(person, venue), button)
    assert page.url.startswith(live.sandbox.url)
    assert person.open("/").sections[venue].state == "pending"
    assert person.press(person.open("/"), "Stop waiting").sections[venue].state == "none"
    assert live.connect(person, venue).state == "connected"


def test_the_exchange_s_words_are_shown_as_foreign_and_harmless(live: Rig, person: Person) -> None:
    callback = httpx.URL(live.callback_of(person, "whitebit"))
    evil = callback.copy_remove_param("code").copy_set_param("error", "odd_error")
    evil = evil.copy_set_param("error_description", "<script>alert(1)</script> call +1 555 0100")
    person.open(str(evil))
    assert live.settled(person, "whitebit").code == "authorization_failed"
    html = person.open("/").html
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; call" in html and "Words that are not ours" in html
    assert "555 0100" not in live.backend.output()
