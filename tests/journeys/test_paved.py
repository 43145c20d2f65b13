"""The paved path: both exchanges, by the library's own store, worker and sessions, from the first click to the last."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import canary
from conftest import BOTH_DATABASES, OTP, PERMISSIONS, Rig, wait_for
from node import need_package
from paved_rig import COMMANDS, FOLDER, LANGUAGES, Paved, Refused
from person import Person
from processes import Program
from test_hand_off import hand_off_of

DAY_MS = 86_400_000
GUIDES = {
    "python": (FOLDER / "app.py", [sys.executable, "-u"], "docs/connections.md"),
    "node": (FOLDER / "app.mjs", ["node"], "docs/connections-node.md"),
}
WORKERS = {
    "python": [sys.executable, "-m", "venuekey", "worker", "program:connections"],
    "node": [str(FOLDER / "node_modules/.bin/venuekey"), "worker", str(FOLDER / "program.mjs")],
    # It has no command: a program of one's own.
    "kotlin": ["PAVED_WORK=run", *COMMANDS.get("kotlin", [])],
}


@pytest.fixture(params=LANGUAGES)
def paved(rig: Rig, request: pytest.FixtureRequest) -> Iterator[Paved]:
    with closing(Paved(rig, request.param)) as paved:
        yield paved


@pytest.mark.parametrize("language", GUIDES)
def test_the_program_of_the_guide(rig: Rig, person: Person, tmp_path: Path, language: str) -> None:
    """As an adopter runs it: both exchanges, and a polite end."""
    program, command, guide = GUIDES[language]
    if language == "node":
        need_package(FOLDER)
    rig.data.mkdir()
    lines = [line for line in program.read_text().splitlines() if line.strip()]
    assert len(lines) <= 40
    assert f"\n{program.read_text()}```\n" in (FOLDER.parents[2] / guide).read_text()
    environ = {
        **os.environ,
        "HOME_URL": rig.home, "SANDBOX": rig.sandbox.url, "DATABASE": str(rig.data / "connections.db"),
        "SEALING_KEY": bytes(range(32)).hex(), "SSL_CERT_FILE": "", "SSL_CERT_DIR": str(tmp_path),
        "whitebit_SECRET": "demo-whitebit-secret", "bybit_SECRET": "demo-bybit-secret",
    }  # fmt: skip
    rig.sandbox.turn(whitebit={"key_timing": "before"})

    def pages() -> str:
        return person.open("/").html

    app = Program([*command, str(program)], environ)
    rig.programs.append(app)
    _wait_for_port(person, app)
    for venue in ("whitebit", "bybit"):
        consent = person.open(f"/connect/{venue}")
        person.press(consent, "Approve", {"permissions": PERMISSIONS[venue]}, otp=OTP)
        wait_for(lambda venue=venue: f"{venue}: connected" in pages(), pages)  # type: ignore[misc]
    assert app.stop() == 0, app.output()
    assert "Traceback" not in app.output() and "\n    at " not in app.output()
    assert len(rig.exchanged_codes()) == 2


def _wait_for_port(person: Person, app: Program) -> None:
    def answers() -> bool:
        assert app.is_running, app.output()
        try:
            person.open("/")
        except OSError:
            return False
        except Exception as error:
            return type(error).__name__ != "ConnectError"
        return True

    wait_for(answers)


def test_the_worker_as_a_process_of_its_own(paved: Paved, person: Person) -> None:
    worker = paved.start_command(WORKERS[paved.language])
    wait_for(lambda: "begins" in worker.output() or not worker.is_running, worker.output)
    view = paved.begin("bybit")
    paved.called_back(person, view)
    wait_for(lambda: paved.status(view)["status"] == "connected" or not worker.is_running, worker.output)
    assert worker.stop() == 0 and "has ended" in worker.output(), worker.output()
    assert paved.is_right(view)


def test_a_callback_without_an_id_and_a_look_on_demand(paved: Paved, person: Person) -> None:
    paved.begin("bybit")
    view = paved.begin("whitebit")
    url = paved.consent(person, view)
    for owner, wrong, error in (("somebody", url, "ConnectionNotFound"), ("user", url.replace("state=", "state=x"), "RejectedError")):
        with pytest.raises(Refused) as refused:
            paved.ask("receive_client_callback", client="whitebit", url=wrong, owner=owner)
        assert refused.value.type == error
    for _ in range(2):
        assert paved.ask("receive_client_callback", client="whitebit", url=url, owner="user")["id"] == view["id"]
    assert paved.settled(view)["status"] == "connected" and len(paved.rig.exchanged_codes()) == 1
    assert paved.ask("check", id=view["id"], owner="user")["status"] == "connected"
    paved.rig.sandbox.tell("/user/whitebit/global/action", {"action": "delete_key"})
    checked = paved.ask("check", id=view["id"])
    assert (checked["status"], checked["kind"]) == ("needs_user", "reauthorize")


@BOTH_DATABASES
def test_from_connect_to_forget(paved: Paved, person: Person) -> None:
    views = {client: paved.connected(person, client) for client in ("whitebit", "bybit")}
    assert all(paved.is_right(view) for view in views.values())
    for view in views.values():
        with pytest.raises(Refused) as refused:
            paved.ask("call", id=view["id"], owner="somebody", method="GET", path="/", parameters={})
        assert refused.value.type == "ConnectionNotFound"

    # Once more, to the same account: WhiteBIT has room for one key, so the old one goes first.
    view = views["whitebit"]
    assert paved.status(view)["replaces_key"]
    assert paved.ask("reconnect", id=view["id"])["authorize_url"] is None
    view = paved.settled(view)
    assert (view["status"], paved.rig.keys_at("whitebit")) == ("awaiting_user", [])
    paved.called_back(person, view)
    assert paved.settled(view)["status"] == "connected" and paved.is_right(view)
    other = views["bybit"]
    asked = paved.ask("reconnect", id=other["id"])
    assert asked["status"] == "connected" and paved.is_right(other), "what works goes on working"
    paved.called_back(person, asked)
    paved.ask("run_once")
    assert paved.status(other)["status"] == "connected" and paved.is_right(other)

    paved.ask("disconnect", id=other["id"])
    ended = paved.settled(other)
    assert ended["status"] == "ended" and ended["key_left"], "Bybit lets nobody but the user delete it"
    assert {each["status"] for each in paved.ask("forget", owner="user")} == {"working", "ended"}
    assert paved.settled(view)["status"] == "ended" and paved.rig.keys_at("whitebit") == []
    paved.advance(DAY_MS + 1)
    paved.ask("run_once")
    assert paved.ask("find", owner="user") == [] and paved.sql("SELECT * FROM venuekey_connections") == []


def test_tokens_are_refreshed_when_they_are_wanted(paved: Paved, person: Person) -> None:
    view = paved.connected(person, goal="account_tokens", keep_alive="on_use")
    first = paved.ask("tokens", id=view["id"])
    assert first["generation"] == 1 and paved.ask("tokens", id=view["id"]) == first
    paved.advance(299_000)
    second = paved.ask("tokens", id=view["id"])
    assert second["generation"] == 2 and second["sha256"] != first["sha256"]
    third = paved.ask("tokens", id=view["id"], refused=2)
    assert third["generation"] == 3
    assert paved.ask("tokens", id=view["id"], refused=2) == third, "an older one's refusal says nothing of it"
    with pytest.raises(Refused) as refused:
        paved.ask("call", id=view["id"], method="POST", path="/api/v4/trade-account/balance", parameters={})
    assert (refused.value.type, refused.value.code) == ("MisuseError", "not_supported")


def test_the_user_chooses_an_account(paved: Paved, person: Person) -> None:
    paved.rig.sandbox.turn(bybit={"user_sub_accounts": 2})
    view = paved.begin("agent")
    paved.called_back(person, view)
    view = paved.settled(view)
    assert view["status"] == "awaiting_user" and len(view["choices"]) == 2
    with pytest.raises(Refused) as refused:
        paved.ask("choose", id=view["id"], account_id="7")
    assert refused.value.code == "invalid_argument"
    for _ in range(2):
        paved.ask("choose", id=view["id"], account_id=view["choices"][1])
    assert paved.settled(view)["status"] == "connected" and paved.is_right(view)


def test_a_click_on_recover_is_done_by_a_worker_once(paved: Paved, person: Person) -> None:
    paved.rig.sandbox.fault("openapi", "drop_reply")
    view = paved.begin("bybit")
    paved.called_back(person, view)
    view = paved.settled(view)
    assert (view["status"], view["code"], view["recovery"]) == ("needs_user", "key_unconfirmed", "ask_again")
    for _ in range(3):
        assert paved.ask("recover", id=view["id"])["status"] == "working"
    worker = paved.worked()
    assert paved.status(view)["status"] == "connected" and paved.is_right(view), worker.output()
    assert len(paved.rig.sandbox.calls("openapi")) == 2, "the lost one, and this one"


def test_an_app_hands_off_what_it_has_begun(paved: Paved, person: Person) -> None:
    text = json.dumps(hand_off_of(paved.rig, person))
    view = paved.ask("begin_by_hand_off", client="whitebit", hand_off=text, owner="user")
    again = paved.ask("begin_by_hand_off", client="whitebit", hand_off=text, owner="user")
    assert (view["is_new"], again["is_new"], again["id"]) == (True, False, view["id"])
    assert paved.settled(view)["status"] == "connected" and paved.is_right(view)
    with pytest.raises(Refused) as refused:
        paved.ask("begin_by_hand_off", client="whitebit", hand_off=text, owner="somebody")
    assert refused.value.type == "ConnectionNotFound"
    assert len(paved.rig.exchanged_codes()) == 1


def test_what_waits_without_a_worker_is_said(paved: Paved, person: Person) -> None:
    view = paved.begin()
    assert not paved.called_back(person, view)["no_worker"]
    paved.advance(61_000)
    assert paved.status(view)["no_worker"]
    assert not paved.settled(view)["no_worker"]


def test_everything_at_debug(rig: Rig, person: Person) -> None:
    """Every logger there is tells all it can: senders' name keys by their ids, in addresses, and no secret."""
    with closing(Paved(rig, PAVED_ALL_LOGS="1")) as paved:
        view = paved.begin()
        paved.called_back(person, view)
        worker = paved.worked(PAVED_ALL_LOGS="1")
        paved.settled(view)
        assert paved.is_right(view)
        rig.remember_secrets()
        told = {"worker": worker.output().encode(), "web": paved.web.output().encode()}
        assert "DEBUG:httpcore" in worker.output() and canary.leaks(rig.secrets, told) == []
        assert canary.leaks(rig.secrets | {"DEBUG:httpcore"}, told) != [], "it can fail"
        # The ids in addresses are what quiet loggers are for; `python -m venuekey worker` has them so.
        rig.programs.clear()
        worker.stop(), paved.web.stop()


