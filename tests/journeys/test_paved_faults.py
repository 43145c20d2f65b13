"""What goes wrong around connections: used codes that come again, a database that is away, rows that can't be opened, replies
that come when their row is another, or gone. The example backends lose some of these stories; the library's store may not.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from conftest import Rig, wait_for
from paved_rig import KEY, LANGUAGES, LEASE_MS, Paved, Refused
from person import Person
from test_hand_off import hand_off_of

ON_POSTGRESQL = pytest.mark.parametrize("database", ["postgresql"])
# What may become of a sealed value, as SQLite writes it.
DAMAGES = {
    "empty": "''",
    "cut in its head": "substr(sealed, 1, 3)",
    "cut in its middle": "substr(sealed, 1, 90)",
    "cut by a character": "substr(sealed, 1, length(sealed) - 1)",
    "random": "hex(randomblob(400))",
    "another row's": "(SELECT other.sealed FROM venuekey_connections AS other WHERE other.id <> venuekey_connections.id)",
    "no text at all": "17",
    "bytes": "x'00ff'",
}


@pytest.fixture(params=LANGUAGES)
def paved(rig: Rig, request: pytest.FixtureRequest) -> Iterator[Paved]:
    rig.sandbox.turn(whitebit={"key_timing": "before"})
    with closing(Paved(rig, request.param)) as paved:
        yield paved


# Codes that come again


def test_a_used_hand_off_after_its_row_has_ended(paved: Paved, person: Person) -> None:
    text = json.dumps(hand_off_of(paved.rig, person))
    paved.rig.sandbox.fault("token", "drop_reply")
    view = paved.ask("begin_by_hand_off", client="whitebit", hand_off=text, owner="user")
    assert paved.settled(view)["code"] == "outcome_unknown"
    # The user dismisses that, and the app tries again.
    paved.ask("forget", owner="user")
    assert paved.settled(view)["status"] == "ended"
    again = paved.ask("begin_by_hand_off", client="whitebit", hand_off=text, owner="user")
    assert (again["id"], again["status"]) == (view["id"], "ended"), "the tombstone knows it"
    with pytest.raises(Refused) as refused:
        paved.ask("begin_by_hand_off", client="whitebit", hand_off=text, owner="somebody")
    assert refused.value.type == "ConnectionNotFound"
    # As long as the row stands; then the hand-off itself is too old.
    paved.advance(86_400_001)
    paved.ask("run_once")
    assert paved.ask("find", owner="user") == []
    with pytest.raises(Refused) as refused:
        paved.ask("begin_by_hand_off", client="whitebit", hand_off=text, owner="user")
    assert refused.value.code == "hand_off_expired" and len(paved.rig.exchanged_codes()) == 1


def test_a_callback_that_comes_again(paved: Paved, person: Person) -> None:
    view = paved.begin("bybit")
    url = paved.consent(person, view)
    for _ in range(2):
        assert paved.ask("receive_callback", id=view["id"], url=url)["status"] == "working"
    assert paved.settled(view)["status"] == "connected"
    assert paved.ask("receive_callback", id=view["id"], url=url)["status"] == "connected"
    other = paved.begin("bybit", "other")
    with pytest.raises(Refused) as refused:
        paved.ask("receive_callback", id=other["id"], url=url)
    assert refused.value.type == "RejectedError" and paved.status(other)["status"] == "awaiting_user"
    assert len(paved.rig.exchanged_codes()) == 1


# The database is away


@ON_POSTGRESQL
@pytest.mark.parametrize(("client", "endpoint"), [("whitebit", "secret"), ("bybit", "openapi")])
def test_an_outage_in_the_middle_of_a_reply_loses_nothing(
    paved: Paved, person: Person, client: str, endpoint: str, postgres: Any
) -> None:
    view = paved.begin(client)
    paved.called_back(person, view)
    paved.rig.sandbox.fault(endpoint, "delay", ms=5_000)
    worker = paved.start(PAVED_WORK="run")
    wait_for(lambda: len(paved.rig.sandbox.calls(endpoint)) == 1, worker.output)
    fails = f"connection {view['id']}: the store fails"
    with postgres.down():
        wait_for(lambda: worker.output().count(fails) >= 2, worker.output)
        # Told to end, it still does not let go of what it has.
        worker.send_signal(signal.SIGTERM)
        wait_for(lambda: worker.output().count(fails) >= 3, worker.output)
        assert worker.is_running
    wait_for(lambda: not worker.is_running, worker.output)
    assert worker.exit_code == 0 and paved.leases() == []
    _until_it_answers(paved)
    assert paved.settled(view)["status"] == "connected" and paved.is_right(view)
    assert len(paved.rig.sandbox.calls(endpoint)) == 1


@ON_POSTGRESQL
def test_a_worker_lives_through_an_outage(paved: Paved, person: Person, postgres: Any) -> None:
    worker = paved.start(PAVED_WORK="run")
    wait_for(lambda: "begins" in worker.output(), worker.output)
    with postgres.down():
        wait_for(lambda: "the store" in worker.output(), worker.output)
    _until_it_answers(paved)
    view = paved.begin("bybit")
    paved.called_back(person, view)
    wait_for(lambda: paved.status(view)["status"] == "connected", worker.output)
    assert worker.stop() == 0, worker.output()
    assert paved.is_right(view)


def _until_it_answers(paved: Paved) -> None:
    """Connections that were lost while nobody used them are found out by their next use."""

    def answers() -> bool:
        try:
            paved.ask("find", owner="nobody")
        except Refused:
            return False
        return True

    wait_for(answers)


# Rows that can't be opened


def test_damaged_rows_stop_nobody(paved: Paved, person: Person) -> None:
    unlucky = {name: paved.begin("bybit", f"user {name}") for name in DAMAGES}
    for name, view in unlucky.items():
        spoilt = f"UPDATE venuekey_connections SET sealed = {DAMAGES[name]}, due_at_ms = 1 WHERE id = ?"
        paved.sql(spoilt, view["id"])
    for name, view in unlucky.items():
        (shown,) = paved.ask("find", owner=view["owner"])
        assert shown["status"] == "quarantined" and shown["code"], name
    # A worker that has opened no row of a sealing key may have the wrong one.
    paved.called_back(person, paved.begin("bybit", "well"))
    worker = paved.worked()
    assert worker.output().count("quarantined") == len(DAMAGES), worker.output()
    assert paved.connected(person, "bybit", "other")["status"] == "connected"
    again = paved.worked()
    assert "quarantined" not in again.output(), "each is told of once"
    for name, view in unlucky.items():
        with pytest.raises(Refused) as refused:
            paved.ask("reconnect", id=view["id"])
        assert refused.value.code == "seal_invalid", name
        assert paved.ask("disconnect", id=view["id"])["status"] == "quarantined"
        assert paved.ask("find", owner=view["owner"]) == [], "its user gets rid of it"


def test_rows_of_another_sealing_key_or_client_wait_for_who_can_read_them(paved: Paved, person: Person) -> None:
    newer = f"2026-12:{bytes(range(1, 33)).hex()}"
    view, waits = paved.begin("bybit"), paved.begin("bybit", "waits")
    paved.called_back(person, view)
    wrong = paved.worked(PAVED_KEYS=newer)
    assert "there is no sealing key '2026-11'" in wrong.output() and "left alone" in wrong.output()
    paved.sql("UPDATE venuekey_connections SET client = 'gone'")
    unknown = paved.worked()
    assert "there is no client 'gone'" in unknown.output()
    paved.sql("UPDATE venuekey_connections SET client = 'bybit'")
    # The key is changed: both open, the newer seals, and the older is done with as soon as nothing needs it.
    paved.worked(PAVED_KEYS=f"{newer},{KEY}")
    assert paved.status(view)["status"] == "quarantined", "seen from where the newer one is not known"
    paved.web.stop()
    paved.web = paved.start_web(PAVED_KEYS=f"{newer},{KEY}")
    assert [paved.ask("reseal"), paved.ask("reseal")] == [1, 0]
    paved.web.stop()
    paved.web = paved.start_web(PAVED_KEYS=newer)
    assert paved.status(waits)["status"] == "awaiting_user"
    assert paved.status(view)["status"] == "connected" and paved.is_right(view)


def test_a_key_that_its_user_deleted_is_found_out_by_its_use(paved: Paved, person: Person) -> None:
    """WhiteBIT says the same of a wrong signature: what tells them apart is that the key has worked before."""
    view = paved.connected(person)
    assert paved.is_right(view)
    paved.rig.sandbox.tell("/user/whitebit/global/action", {"action": "delete_key"})
    with pytest.raises(Refused):
        paved.is_right(view)
    shown = paved.status(view)
    assert (shown["status"], shown["code"]) == ("needs_user", "key_gone")
    paved.ask("run_once")
    wait_for(lambda: "event needs_user key_gone user" in paved.web.lines, paved.web.output)
    paved.called_back(person, paved.ask("reconnect", id=view["id"]))
    assert paved.settled(view)["status"] == "connected" and paved.is_right(view)


def test_a_clock_that_was_ahead_holds_up_nobody(paved: Paved, person: Person) -> None:
    """All workers take turns at refreshes by a counter that never goes back; one with a wrong clock has been there."""
    view = paved.connected(person, goal="account_tokens")
    for hours in (1, 2):
        ahead_ms = paved.advance(0) + hours * 3_600_000
        paved.sql(
            "INSERT INTO venuekey_counters (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            "pace/whitebit/global/refresh_tokens", ahead_ms,
        )  # fmt: skip
        paved.advance(max(0, paved.ask("run_once") - paved.advance(0)))
        paved.ask("run_once")
        assert [call["status"] for call in paved.rig.sandbox.calls("refresh")] == [200] * hours
    assert paved.status(view)["status"] == "connected"


# Replies that meet something else


def lost_row(paved: Paved, view: Any) -> None:
    paved.sql("DELETE FROM venuekey_connections WHERE id = ?", view["id"])


def ended_row(paved: Paved, view: Any) -> None:
    paved.ask("disconnect", id=view["id"], delete_key=True)


@pytest.mark.parametrize("meanwhile", [lost_row, ended_row])
def test_a_key_that_comes_for_nobody_is_deleted(
    paved: Paved, person: Person, meanwhile: Callable[[Paved, Any], None]
) -> None:
    view = paved.begin()
    paved.called_back(person, view)
    paved.rig.sandbox.fault("secret", "delay", ms=5_000)
    worker = paved.start(PAVED_WORK="run")
    wait_for(lambda: len(paved.rig.sandbox.calls("secret")) == 1, worker.output)
    meanwhile(paved, view)
    wait_for(lambda: len(paved.rig.sandbox.calls("delete")) == 1, worker.output)
    wait_for(lambda: [each["status"] for each in paved.ask("find", owner="user")] == ["ended"], worker.output)
    assert worker.stop() == 0 and paved.rig.keys_at("whitebit") == []


def test_a_reply_that_comes_after_its_lease_counts(paved: Paved, person: Person) -> None:
    """Its worker was suspended; another one has taken the row over, and does not know what became of the code."""
    view = paved.begin("bybit")
    paved.called_back(person, view)
    paved.rig.sandbox.fault("token", "delay", ms=5_000)
    worker = paved.start(PAVED_WORK="run")
    wait_for(lambda: len(paved.rig.sandbox.calls("token")) == 1, worker.output)
    with worker.held():
        paved.advance(LEASE_MS)
        assert paved.settled(view)["code"] == "outcome_unknown"
    wait_for(lambda: paved.status(view)["status"] == "connected", worker.output)
    assert "late_reply exchange_code" in paved.status(view)["trail"]
    assert worker.stop() == 0 and paved.is_right(view) and len(paved.rig.exchanged_codes()) == 1
