"""What the command line refuses, and in which words: a wrong sealing key, no store, nobody who answers, arguments that can't be."""

from __future__ import annotations

import secrets
import shlex
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from conftest import PATIENCE_SECONDS, Rig
from desk_faults import row_reopens, rows
from desk_rig import COMMANDS, LANGUAGES, DeskRig
from forks import Forks
from person import Person
from processes import free_port


@pytest.fixture(params=LANGUAGES)
def desk(rig: Rig, tmp_path: Path, forks: Forks, request: pytest.FixtureRequest) -> Iterator[DeskRig]:
    with closing(DeskRig(rig, tmp_path, request.param, forks)) as desk:
        yield desk
        desk.assert_no_leak()


# The sealing key


@pytest.mark.parametrize("id", ["local", "other"])
def test_a_wrong_sealing_key_begins_nothing(desk: DeskRig, person: Person, id: str) -> None:
    view = desk.connected(person, "bybit")
    right = desk.key.read_text()
    desk.key.write_text(f"{id}:{secrets.token_hex(32)}\n")
    code = "sealing_key_wrong" if id == "local" else "sealing_key_unknown"
    assert desk.error("connect", "bybit", "--no-browser")["code"] == code
    assert desk.sql("SELECT id FROM venuekey_connections") == [(view["id"],)]
    desk.key.write_text(right)
    again = desk.run("connect", "bybit", "--no-browser", "--json")
    assert again.code == 0 and again.json()["id"] == view["id"], again


def test_a_quarantined_row_that_opens_is_released(desk: DeskRig, person: Person) -> None:
    """A process with a wrong key has put it there. No row is called damaged while no row of its key opens."""
    view = desk.connected(person, "bybit")
    row_reopens(desk, 0)
    assert view["id"] in desk.doctor("--offline")["row_reopens"]["text"]
    right = desk.key.read_text()
    desk.key.write_text(f"local:{secrets.token_hex(32)}\n")
    found = desk.doctor("--offline")
    assert "sealing_key_wrong" in found and not {"row_quarantined", "row_damaged"} & found.keys()
    desk.key.write_text(right)
    assert desk.run("connect", "bybit", "--no-browser").code == 0
    assert desk.sql("SELECT quarantined, status FROM venuekey_connections") == [(None, "connected")]


# The store


@pytest.mark.parametrize("arguments", [("status",), ("doctor", "--offline"), ("call", "bybit", "GET", "/v5/user/query-api")])
def test_who_only_looks_makes_nothing(desk: DeskRig, arguments: tuple[str, ...]) -> None:
    store = desk.folder / "not here" / "x.db"
    said = desk.run(*arguments, "--store", str(store))
    assert said.code == (1 if arguments[0] == "call" else 0), said
    assert str(store) in said.out + said.err
    assert not store.parent.exists()
    if arguments[0] == "status":
        assert desk.run("status", "--json", "--store", str(store)).json() == []
        assert desk.error("status", "0123", "--store", str(store))["code"] == "connection_not_found"


def test_a_store_without_rows_gets_no_key_by_looking(desk: DeskRig) -> None:
    rows(desk, 0)
    desk.key.unlink()
    assert desk.run("status", "--json").json() == []
    assert "store_ok" in desk.doctor("--offline")
    assert not desk.key.exists()


def test_a_store_that_can_be_none(desk: DeskRig) -> None:
    assert desk.run("status", "--store", "").code == 2
    for command in (["status"], ["connect", "bybit", "--no-browser"]):
        told = desk.error(*command, "--store", str(desk.folder))
        assert told["code"] == "store_unreachable" and "is a folder" in told["text"]


def test_rows_of_a_client_that_is_not_configured(desk: DeskRig) -> None:
    rows(desk)
    for name in [*desk.environ]:
        if name.startswith("VENUEKEY_WHITEBIT"):
            del desk.environ[name]
    said = desk.run("status")
    assert said.code == 0 and "no client 'whitebit' is configured" in said.out, said
    assert "quarantined" not in said.out and "invalid_argument" not in said.out
    one = desk.run("status", said.out.splitlines()[1][:8])
    assert "no client 'whitebit' is configured" in one.out and "invalid_argument" not in one.out, one


def test_one_row_is_no_rows(desk: DeskRig) -> None:
    rows(desk)
    assert desk.doctor("--offline")["sealing_ok"]["text"].startswith("1 row opens ")
    rows(desk)
    assert desk.doctor("--offline")["sealing_ok"]["text"].startswith("2 rows open ")


def test_the_next_command_is_told_as_it_works(desk: DeskRig, person: Person) -> None:
    store = desk.folder / "it's here.db"
    arguments = ["--sandbox", desk.rig.sandbox.url, "--store", str(store)]
    child = desk.start("connect", "bybit", "--no-browser", *arguments)
    url, before = desk.page(child)
    desk.agreed(person, url)
    said = desk.end(child, before=before)
    _, *shown = shlex.split(said.out.splitlines()[-1])
    assert shown[:1] == ["status"] and "connected" in desk.run(*shown).out, said


# Nobody answers


def test_standard_input_is_closed(desk: DeskRig) -> None:
    """As `<&-` does, systemd and cron."""
    for arguments, what in [
        (["connect", "bybit", "--paste", "--no-browser"], "authorization_required: nobody answers"),
        (["call", "bybit", "GET", "/v5/user/query-api", "-"], "authorization_required: "),
    ]:
        shell = f"exec {shlex.join([*COMMANDS[desk.language], *arguments])} <&-"
        said = subprocess.run(
            ["sh", "-c", shell], env=desk.environ, cwd=desk.folder, capture_output=True, text=True, timeout=PATIENCE_SECONDS
        )
        assert said.returncode == 1 and f"venuekey: {what}" in said.stderr and "Traceback" not in said.stderr, said


def test_only_an_address_is_asked_for(desk: DeskRig) -> None:
    """Where the client's redirect URI is its own, no page shows a code."""
    said = desk.run("connect", "bybit", "--paste", "--no-browser")
    assert "The address that the browser was sent to: " in said.err and "The code" not in said.err
    said = desk.run("connect", "bybit-agent", "--paste", "--no-browser", "--sandbox", desk.rig.sandbox.url)
    assert "The code from the page, or the address that " in said.err


# Arguments


def test_a_client_that_there_is_not(desk: DeskRig) -> None:
    told = desk.error("connect", "nope", "--sandbox", desk.rig.sandbox.url)
    assert told["code"] == "client_not_found" and "whitebit, bybit, bybit-agent" in told["text"]
    said = desk.run("connect", "no\x1b[31mpe\u202e")
    assert said.code == 1 and "\x1b" not in said.err and "\u202e" not in said.err and "no?[31mpe?" in said.err, said


def test_a_sandbox_that_there_is_not(desk: DeskRig) -> None:
    for address, what in [
        ("file:///etc/passwd", "is not an http address"),
        (f"http://127.0.0.1:{free_port()}", "no sandbox answers at"),
        ("http://[::1", "no sandbox answers at"),
    ]:
        for command in (["connect", "bybit", "--no-browser"], ["doctor"], ["call", "bybit", "GET", "/v5/user/query-api"]):
            said = desk.run(*command, f"--sandbox={address}")
            text = said.out + said.err
            assert said.code == 1 and "sandbox_unavailable" in text and what in text and "--config" not in text, said


def test_a_port_in_use_may_be_another_command(desk: DeskRig) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", desk.rig.port))
        taken.listen()
        assert "another `venuekey connect`" in desk.error("connect", "bybit", "--no-browser")["text"]


def test_the_version(desk: DeskRig) -> None:
    said = desk.run("--version")
    assert said.code == 0 and said.out.startswith("venuekey 0."), said


@pytest.mark.parametrize("command", [["worker"], ["doctor", "--app"]])
def test_an_app_that_there_is_not(desk: DeskRig, command: list[str]) -> None:
    said = desk.run(*command, "nope:connections")
    assert said.code != 0 and said.err.startswith("venuekey: there is no module") and said.err.count("\n") == 1, said
    (desk.folder / "app.py").write_text("import not_installed\n")
    (desk.folder / "app.mjs").write_text('import "not-installed";\n')
    said = desk.run(*command, "app:connections" if desk.language == "python" else "./app.mjs")
    assert said.code != 0 and "can't be imported: " in said.err and said.err.count("\n") == 1, said


def test_an_app_that_runs_while_it_is_loaded(desk: DeskRig) -> None:
    """It serves and never ends: what is waited for is said."""
    (desk.folder / "app.py").write_text("import threading\nthreading.Event().wait()\n")
    (desk.folder / "app.mjs").write_text('import { createServer } from "node:http";\ncreateServer().listen(0);\nawait new Promise(() => {});\n')
    child = desk.start("doctor", "--app", "app:connections" if desk.language == "python" else "./app.mjs")
    assert child.stderr is not None
    bound = threading.Timer(PATIENCE_SECONDS, child.kill)
    bound.start()
    line = child.stderr.readline()
    bound.cancel()
    assert "app" in line and "is still being loaded: it must " in line
    child.kill()
