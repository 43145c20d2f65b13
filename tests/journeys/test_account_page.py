"""After the connection: balances and transactions on a page, by tokens that stay alive or signed by the key."""

from __future__ import annotations

import random
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from decimal import Decimal
from html import unescape
from pathlib import Path

import pytest

from clockwork import Clockwork
from conftest import BOTH_DATABASES, OTP, Rig, wait_for
from holdings import plain
from person import Page, Person, Section
from processes import free_port

READ_ONLY = "Give read-only access: WhiteBIT"
PARTS = ("main_balances", "spot_balances", "transactions")


def connect_to_read(rig: Rig, person: Person, button: str = READ_ONLY) -> Section:
    consent = rig.ask(person, "whitebit", button)
    assert consent.url.startswith(rig.sandbox.url), consent.sections
    person.press(consent, "Approve", otp=OTP)
    return rig.settled(person, "whitebit")


def account(person: Person) -> Page:
    return person.open("/account/whitebit")


def codes(page: Page) -> list[str]:
    return [part.split('"', 1)[0] for part in page.html.split('data-code="')[1:]]


def text(page: Page) -> str:
    return unescape(page.html)


@BOTH_DATABASES
def test_by_tokens(live: Rig, person: Person) -> None:
    live.sandbox.turn(whitebit={"history_days": 20})
    section = connect_to_read(live, person)
    assert section.state == "connected" and "balances" in " ".join(section.facts)
    assert live.keys_at("whitebit") == [] and live.flows() == []
    page = account(person)
    assert codes(page) == [] and page.title == "Your WhiteBIT account"
    for row in ("BTC</td><td>0.5<", "USDT</td><td>10<", "BTC</td><td>0.1</td><td>0.02<", "USDT</td><td>1000</td><td>0<"):
        assert row in page.html, row
    assert "<td>ETH</td>" not in page.html, "the main account lists what is not there"
    amounts = [call for call in live.sandbox.calls() if call["endpoint"] in PARTS]
    assert [call["endpoint"] for call in amounts] == [*PARTS]
    assert len(re.findall(r"<td>\d{4}-\d\d-\d\d \d\d:\d\d</td>", page.html)) == 6
    # Reloading reads again.
    live.sandbox.turn(whitebit={"user_has_funds": False})
    assert account(person).html.count("Nothing in there.") == 2


def test_amounts_keep_every_digit() -> None:
    """As the exchange writes them: no rounding and no exponent, whatever the size."""
    for amount in ("0.000000000000000001", "123456789012345678901234567890.10", "0.00000001000", "1000"):
        assert plain(Decimal(amount)) == amount


@BOTH_DATABASES
def test_by_the_key(unhurried: Rig, person: Person) -> None:
    live = unhurried  # the exchange's clock counts
    assert live.connect(person, "whitebit").state == "connected"
    page = account(person)
    assert codes(page) == []
    for row in ("BTC</td><td>0.5<", "BTC</td><td>0.1</td><td>0.02<", "USDT</td><td>1000</td><td>0<"):
        assert row in page.html, row
    assert [call["path"] for call in live.sandbox.calls("signed")] == [
        "/api/v4/main-account/balance",
        "/api/v4/trade-account/balance",
        "/api/v4/main-account/history",
    ]
    # A second look uses new nonces.
    assert codes(account(person)) == []


def test_bybit_by_the_key(unhurried: Rig, person: Person) -> None:
    unhurried.sandbox.turn(bybit={"history_days": 20})
    assert unhurried.connect(person, "bybit").state == "connected"
    page = person.open("/account/bybit")
    assert codes(page) == [] and page.title == "Your Bybit account"
    for row in ("BTC</td><td>0.6<", "USDT</td><td>1000.50<"):
        assert row in page.html, row
    times = re.findall(r"<td>(\d{4}-\d\d-\d\d \d\d:\d\d)</td>", page.html)
    assert len(times) == 10 and times == sorted(times, reverse=True), "the newest of all three lists"
    assert "Transfer, done" in page.html


@BOTH_DATABASES
def test_two_processes_that_read_at_once_have_nonces_of_their_own(rig: Rig, person: Person) -> None:
    rig.sandbox.turn(whitebit={"key_timing": "before"})
    ports = [rig.port, free_port()]
    for port in ports:
        rig.start(port, VENUEKEY_EXAMPLE_TIME_SCALE="1")
    assert rig.connect(person, "whitebit").state == "connected"
    with ThreadPoolExecutor(4) as pool:
        pages = list(pool.map(lambda n: person.open(f"http://127.0.0.1:{ports[n % 2]}/account/whitebit"), range(4)))
    assert [codes(page) for page in pages] == [[]] * 4
    calls = rig.sandbox.calls("signed")
    nonces = [int(pair["value"]) for call in calls for pair in call["json"] if pair["name"] == "nonce"]
    assert len(nonces) == len({*nonces}) == 12 and max(call["status"] for call in calls) < 300


def test_a_key_without_permission_says_so(unhurried: Rig, person: Person) -> None:
    live = unhurried
    person.press(live.ask(person, "whitebit"), "Approve", {}, otp=OTP)
    assert live.settled(person, "whitebit").state == "connected"
    page = account(person)
    assert codes(page) == ["permission_denied"] * 3 and "You have not allowed us to see this" in page.html


@pytest.mark.parametrize(
    ("fault", "code", "says"),
    [
        ("rate_limit", "rate_limited", "asks us to slow down"),
        ("server_error", "venue_unavailable", "is not available right now"),
        ("html_403", "venue_unavailable", "is not available right now"),
        ("drop_reply", "no_response", "did not answer"),
        ("oversized", "reply_too_large", "in a way that we do not understand"),
    ],
)
def test_what_can_not_be_read_is_said_and_the_rest_is_shown(
    live: Rig, person: Person, fault: str, code: str, says: str
) -> None:
    connect_to_read(live, person)
    live.sandbox.fault("spot_balances", fault, count=5)
    page = account(person)
    assert codes(page) == [code] and says in text(page)
    assert "BTC</td><td>0.5<" in page.html and "Time (UTC)" in page.html
    # Where asking once more helps, the library has done so.
    if code != "reply_too_large":
        live.sandbox.fault("main_balances", fault, count=1)
        assert codes(account(person)) == []


def test_a_scope_that_is_missing_is_not_the_end(unhurried: Rig, person: Person) -> None:
    unhurried.sandbox.turn(whitebit={"plain_scopes": "users.transactions.read"})
    connect_to_read(unhurried, person)
    page = account(person)
    assert codes(page) == ["scope_missing"] * 2 and "has not given this app leave" in page.html
    assert "Time (UTC)" in page.html, "the third part is allowed"
    assert len(unhurried.sandbox.calls("refresh")) == 1, "new tokens are refused as well, so it is not about the tokens"


def test_access_that_has_ended(live: Rig, person: Person) -> None:
    connect_to_read(live, person)
    live.sandbox.tell("/user/whitebit/global/action", {"action": "revoke"})
    page = account(person)
    assert page.url == f"{live.home}/" and page.sections["whitebit"].code == "access_ended"
    assert connect_to_read(live, person, "Connect again: WhiteBIT").state == "connected"
    assert codes(account(person)) == []


@BOTH_DATABASES
def test_forgotten(live: Rig, person: Person) -> None:
    connect_to_read(live, person)
    page = person.press(person.open("/"), "Disconnect: WhiteBIT")
    assert "There is no key to delete" in page.html
    page = person.press(page, "Forget the access here")
    assert page.sections["whitebit"].state == "none"
    assert account(person).url == f"{live.home}/"
    assert live.rows.opened() == []


def test_a_stranger_sees_nothing_of_it(live: Rig, person: Person) -> None:
    connect_to_read(live, person)
    stranger = live.new_person()
    assert account(stranger).url == f"{live.home}/"
    live.ask(stranger, "bybit")
    assert account(stranger).url == f"{live.home}/"


def test_tokens_do_not_open_for_another_user(live: Rig, person: Person) -> None:
    """Whoever can write the database still can't read a stranger's account."""
    connect_to_read(live, person)
    thief = live.new_person()
    connect_to_read(live, thief)
    with live.database() as database:
        database.execute("DELETE FROM venuekey_connections WHERE owner = ?", live.user_of(thief))
        moved = database.execute("UPDATE venuekey_connections SET owner = ?", live.user_of(thief))
        assert moved.rowcount == 1
    calls = len(live.sandbox.calls())
    assert account(thief).url == f"{live.home}/"
    assert len(live.sandbox.calls()) == calls, "nothing was asked with them"


@BOTH_DATABASES
def test_an_hour_of_the_backend(rig: Rig, person: Person, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Several workers keep the tokens alive while nobody looks, and give them to whoever does."""
    chance = random.Random(request.node.nodeid)
    with closing(Clockwork(rig.sandbox, tmp_path, 3)) as clock:
        ports = [rig.port, free_port(), free_port()]
        backends = [rig.start(port, VENUEKEY_EXAMPLE_CLOCK=clock.place(n)) for n, port in enumerate(ports, 1)]
        connect_to_read(rig, person)
        clock.race()
        # Minutes between two looks at the page; the longest is longer than any token lives.
        for minutes in chance.sample([1, 2, 3, 4, 5, 7, 8, 30], 8):
            until_ms = clock.now_ms + minutes * 60_000
            wait_for(lambda: clock.now_ms >= until_ms)  # noqa: B023
            page = person.open(f"http://127.0.0.1:{chance.choice(ports)}/account/whitebit")
            assert codes(page) == [] and "BTC</td><td>0.5<" in page.html
        assert person.open("/").sections["whitebit"].state == "connected"
        for backend in backends:
            assert backend.is_running
    refreshes = rig.sandbox.calls("refresh")
    assert 20 <= len(refreshes) <= 26
    assert {call["status"] for call in refreshes} == {200}, "nobody asked in vain"
    tokens = [pair["value"] for call in refreshes for pair in call["form"] if pair["name"] == "token"]
    assert len(tokens) == len(set(tokens)) == len(refreshes), "one refresh a pair"
    assert 429 not in {call["status"] for call in rig.sandbox.calls()}
