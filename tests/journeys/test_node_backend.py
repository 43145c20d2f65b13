"""examples/node-backend by itself: faults, settings, files, values out of place, an hour of its tokens."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
import venuekey

from api_user import ApiUser, problem
from clockwork import Clockwork
from conftest import PATIENCE_SECONDS, Rig, fetch, wait_for
from node import EXAMPLES, NODE_BACKEND, NodeBackend, need_package
from pool import read_to_the_end
from processes import free_port
from test_faults import BYBIT, WHITEBIT, Case, groups

RECOVERIES = {
    "Keep looking": "poll_longer", "Try again": "try_again", "Ask for the key again": "ask_again", "Delete the key": "delete_key",
}  # fmt: skip


# What a request has brought can't be stored.
FULL = """CREATE TRIGGER full BEFORE UPDATE ON venuekey_connections WHEN OLD.lease_holder IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'disk full'); END"""


@pytest.fixture
def language() -> str:
    return "node"


# Faults between the backend and the exchanges.


@pytest.mark.parametrize("cases", groups(WHITEBIT))
def test_whitebit_s_faults(rig: Rig, cases: list[Case]) -> None:
    _run(rig, "whitebit", cases)


@pytest.mark.parametrize("cases", groups(BYBIT))
def test_bybit_s_faults(rig: Rig, cases: list[Case]) -> None:
    _run(rig, "bybit", cases)


def _run(rig: Rig, venue: str, cases: list[Case]) -> None:
    rig.start(VENUEKEY_EXAMPLE_TIME_SCALE="0.02")
    for case in cases:
        rig.sandbox.turn(whitebit={"key_timing": "before"})
        user = ApiUser(rig)
        _, url = user.begin(venue)
        rig.sandbox.fault(case.endpoint, case.fault, count=case.count, **dict(case.more))
        user.bring(venue, user.consent(url))
        card = user.settled(venue)
        assert (card.get("code") or card["state"]) == case.end, f"{case}: {card}"
        assert card.get("recovery", "") == RECOVERIES.get(case.button, ""), f"{case}: {card}"
        if case.button:
            assert user.ask("POST", "/api/recoveries", {"venue": venue}).status_code == 202
            card = user.settled(venue)
            expected = "secret_lost" if case.button == "Delete the key" else "connected"
            assert (card.get("code") or card["state"]) == expected, f"{case}, recovered: {card}"
        assert rig.sandbox.ask("/faults") == [], f"{case}: not every fault was met"
        codes = rig.exchanged_codes()
        # Only where the exchange has said that it did nothing with it (429).
        refused = case.count if (case.endpoint, case.fault, case.end) == ("token", "rate_limit", "connected") else 0
        assert len(codes) == len(set(codes)) + refused, f"{case}: a code was exchanged twice"
        if card["state"] == "connected":
            rights = [credentials["api_secret"] for credentials in rig.stored(venue)]
            assert rig.keys_at(venue)[-1]["secret" if venue == "whitebit" else "api_secret"] in rights, str(case)
        rig.start_over()
        # The exchange gives the next user's key the same id, and the row of this one would hold it.
        rig.forget_accounts()


def test_closed_without_a_byte_a_kept_connection_is_not_resent_on(live: Rig) -> None:
    """What `fetch` does by itself on a pooled connection that has died."""
    rig = live
    user = ApiUser(rig)
    # Leaves a connection to the exchange in the pool.
    assert user.connect("bybit")["state"] == "connected"
    rig.sandbox.fault("token", "drop_reply")
    _, url = user.begin("whitebit")
    user.bring("whitebit", user.consent(url))
    assert user.settled("whitebit")["code"] == "outcome_unknown"
    assert rig.sandbox.ask("/faults") == []
    codes = rig.exchanged_codes()
    assert len(codes) == len(set(codes)) == 2


@pytest.mark.parametrize("venue", ["whitebit", "bybit"])
def test_what_can_be_had_once_is_held_until_the_disk_is_back(live: Rig, venue: str) -> None:
    endpoint = "secret" if venue == "whitebit" else "openapi"
    live.sandbox.fault(endpoint, "delay", ms=1500)
    user = ApiUser(live)
    user.bring(venue, user.consent(user.begin(venue)[1]))
    wait_for(lambda: live.sent("fetch_(secret|api_key)"))
    with live.database() as database:
        database.execute(FULL)
        wait_for(lambda: live.backend.output().count("a reply is not stored yet") >= 2)
        database.execute("DROP TRIGGER full")
    assert user.settled(venue)["state"] == "connected" and live.is_right(venue)
    assert len(live.sandbox.calls(endpoint)) == 1


def test_new_tokens_are_held_until_the_disk_is_back(live: Rig) -> None:
    rig = live
    rig.sandbox.turn(whitebit={"access_ttl_s": 240})
    user = ApiUser(rig)
    assert user.connect("whitebit", "account_tokens")["state"] == "connected"
    with rig.database() as database:
        # The lease is stored, the new pair is not.
        database.execute(FULL)
        wait_for(lambda: rig.backend.output().count("a reply is not stored yet") >= 2)
        database.execute("DROP TRIGGER full")
    wait_for(lambda: _generation(rig) == 2)
    assert user.states()["whitebit"]["state"] == "connected"
    assert {call["status"] for call in rig.sandbox.calls("refresh")} == {200}, "nobody asked with the old pair"


def _generation(rig: Rig) -> int | None:
    (connection,) = rig.rows.opened("whitebit")
    access = connection.access()
    return access.generation if isinstance(access, venuekey.parts.TokenAccess) else None


# Time.


def test_an_hour_of_tokens(rig: Rig, tmp_path: Path) -> None:
    """Two processes keep a pair alive while nobody looks; one refresh a pair."""
    with closing(Clockwork(rig.sandbox, tmp_path, 2)) as clock:
        ports = [rig.port, free_port()]
        backends = [rig.start(port, VENUEKEY_EXAMPLE_CLOCK=clock.place(n)) for n, port in enumerate(ports, 1)]
        user = ApiUser(rig)
        assert user.connect("whitebit", "account_tokens")["state"] == "connected"
        clock.race()
        until_ms = clock.now_ms + 60 * 60_000
        wait_for(lambda: clock.now_ms >= until_ms)
        assert user.states()["whitebit"]["state"] == "connected"
        assert all(backend.is_running for backend in backends)
    refreshes = rig.sandbox.calls("refresh")
    assert 20 <= len(refreshes) <= 26
    assert {call["status"] for call in refreshes} == {200}, "nobody asked in vain"
    tokens = [pair["value"] for call in refreshes for pair in call["form"] if pair["name"] == "token"]
    assert len(tokens) == len(set(tokens)) == len(refreshes), "one refresh a pair"


def test_access_that_ends_is_told(rig: Rig, tmp_path: Path) -> None:
    with closing(Clockwork(rig.sandbox, tmp_path, 1)) as clock:
        rig.start(VENUEKEY_EXAMPLE_CLOCK=clock.place(1))
        user = ApiUser(rig)
        assert user.connect("whitebit", "account_tokens")["state"] == "connected"
        # A reply with a new pair is lost, and the old one is void.
        rig.sandbox.fault("refresh", "drop_reply")
        clock.race()
        wait_for(lambda: user.states()["whitebit"].get("code") == "access_ended")
    assert user.forget("whitebit") == 204
    assert user.states()["whitebit"] == {"state": "none", "text": ""}


def test_too_late(rig: Rig) -> None:
    rig.start()
    user = ApiUser(rig)
    callback = user.consent(user.begin("bybit")[1])
    # 15 minutes pass in 2 s, from here on.
    rig.backend.stop()
    rig.start(VENUEKEY_EXAMPLE_TIME_SCALE="0.0022")
    wait_for(lambda: user.states()["bybit"].get("code") == "callback_timeout")
    user.bring("bybit", callback)
    assert rig.exchanged_codes() == []


# Files, headers, values out of place.


def test_files_are_for_the_owner_only(live: Rig) -> None:
    ApiUser(live).begin("bybit")
    assert live.data.stat().st_mode & 0o077 == 0
    names = set()
    for path in live.data.iterdir():
        assert path.stat().st_mode & 0o077 == 0 or path.name.endswith("-shm"), path
        names.add(path.name)
    assert {"backend.db", "backend.db-wal", "encryption.key"} <= names


def test_behind_https_the_cookie_is_secure(rig: Rig) -> None:
    rig.start(PUBLIC_URL="https://partner.example")
    body = {"venue": "bybit", "goal": "api_key"}
    reply = fetch("POST", f"{rig.home}/api/connections", json=body, headers={"host": "partner.example"})
    assert reply.status_code == 201
    assert re.match(r"__Host-session=[\w-]{43};.*; Secure", reply.headers["set-cookie"])
    assert "strict-transport-security" in reply.headers


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_another_host_name_is_refused(live: Rig, host: str) -> None:
    reply = fetch("GET", f"{live.home}/api/connections", headers={"host": host})
    assert reply.status_code == 400


def test_an_address_that_is_none_is_not_repeated(live: Rig) -> None:
    with socket.create_connection(("127.0.0.1", live.port)) as plain:
        plain.sendall(b"GET /api/%zz?canary HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: plain.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 400 ") and b"cache-control: no-store" in answer
    assert answer.endswith(b'{"kind":"misuse","code":"invalid_request"}')
    assert "canary" not in live.backend.output()


def test_logs_hold_no_query_and_no_unknown_path(live: Rig) -> None:
    fetch("GET", f"{live.home}/api/connections?code=querycanary")
    fetch("GET", f"{live.home}/callback/whitebit?code=querycanary")
    fetch("GET", f"{live.home}/pathcanary/%0Ainjected")
    read_to_the_end(live)
    output = live.backend.output()
    assert "GET /api/connections 200" in output
    assert "canary" not in output and "injected" not in output


def test_values_do_not_open_in_another_place(live: Rig) -> None:
    """Whoever can write the database still can't give one user another's flow, nor wind one back."""
    victim, thief = ApiUser(live), ApiUser(live)
    callback = victim.consent(victim.begin("bybit")[1])
    thief.begin("whitebit")
    with live.database() as database:
        thiefs = "SELECT owner FROM venuekey_connections WHERE client = 'whitebit'"
        database.execute(f"UPDATE venuekey_connections SET owner = ({thiefs}) WHERE client = 'bybit'")
    assert problem(thief.bring("bybit", callback)) == (500, "misuse", "unreadable")
    assert thief.states()["bybit"]["code"] == "broken" and live.exchanged_codes() == []
    assert thief.forget("bybit") == 204
    assert thief.connect("bybit")["state"] == "connected"


# Starting.


def test_wrong_settings_are_told(tmp_path: Path) -> None:
    need_package()
    (tmp_path / "file").write_text("")
    open_key = tmp_path / "open"
    open_key.mkdir()
    (open_key / "encryption.key").write_text("x")
    (open_key / "encryption.key").chmod(0o644)
    taken = socket.create_server(("127.0.0.1", 0))
    sandbox = "--sandbox=http://127.0.0.1:8700"
    for options, environ, told in [
        ([], {}, "No exchange is set up."),
        (["--nope"], {}, "--nope"),
        (["--port=x", sandbox], {}, "--port must be 1 to 65535."),
        (["--public-url=http://partner.example", sandbox], {}, "--public-url must be https"),
        (["--public-url=https://partner.example/app", sandbox], {}, "without a path"),
        (["--sandbox=nonsense"], {}, "--sandbox must be like"),
        ([sandbox], {"BYBIT_ENVIRONMENT": "moon"}, "BYBIT_ENVIRONMENT must be one of: mainnet, testnet."),
        ([sandbox], {"ENCRYPTION_KEYS": "c2hvcnQ="}, "32 bytes"),
        ([sandbox], {"ENCRYPTION_KEYS": "no base64!"}, "not base64"),
        ([sandbox, f"--data={open_key}"], {}, "can be read by others"),
        ([sandbox, f"--data={tmp_path}/file"], {}, "file"),
        ([sandbox, f"--port={taken.getsockname()[1]}"], {}, "in use"),
    ]:
        data = [] if any("--data" in option for option in options) else [f"--data={tmp_path / 'data'}"]
        ran = subprocess.run(
            ["node", NODE_BACKEND / "main.js", *data, *options],
            env={"PATH": os.environ["PATH"], **environ}, capture_output=True, text=True, timeout=PATIENCE_SECONDS,
        )  # fmt: skip
        assert (ran.returncode, ran.stdout) == (2, ""), (options, ran.stdout, ran.stderr)
        assert ran.stderr.startswith("node-backend: ") and told in ran.stderr, (options, ran.stderr)
        assert ran.stderr.count("\n") == 1, ran.stderr
    taken.close()


def test_help_names_every_option() -> None:
    need_package()
    ran = subprocess.run(["node", NODE_BACKEND / "main.js", "--help"], capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert (ran.returncode, ran.stderr) == (0, "")
    source = (NODE_BACKEND / "settings.js").read_text()
    options = set(re.findall(r'^        "?([a-z-]+)"?: \{ type: ', source, re.M))
    assert len(options) >= 6 and options == set(re.findall(r"^  --([a-z-]+)", ran.stdout, re.M))


@pytest.mark.parametrize("folder", ["node-backend", "node-desktop", "hono-app"])
def test_its_types_are_right(folder: str) -> None:
    need_package()
    need_package(EXAMPLES / folder)
    shown = subprocess.run(
        [NODE_BACKEND / "node_modules/.bin/tsc", "--showConfig"], cwd=EXAMPLES / folder, capture_output=True, text=True
    )
    options = json.loads(shown.stdout)["compilerOptions"]
    assert options["strict"] is True
    assert options.get("checkJs", folder == "hono-app") is True, "JavaScript is checked too"
    compiled = subprocess.run(
        [NODE_BACKEND / "node_modules/.bin/tsc"], cwd=EXAMPLES / folder, capture_output=True, text=True
    )
    assert compiled.returncode == 0, compiled.stdout


def test_the_readme_s_requests_connect(live: Rig, tmp_path: Path) -> None:
    rig = live
    shown = (NODE_BACKEND / "README.md").read_text().split("```sh\n")[2].split("```")[0]
    shown = shown.replace("127.0.0.1:8000", f"127.0.0.1:{rig.port}")
    function, begin, bring, look = shown.splitlines()

    def run(line: str) -> str:
        script = f"{function}\n{line}\n"
        return subprocess.run(["bash", "-ec", script], cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    callback = ApiUser(rig).consent(json.loads(run(begin))["authorize_url"])
    assert json.loads(run(bring.replace("<the address>", callback))).keys() == {"flow_id"}
    wait_for(lambda: json.loads(run(look))["bybit"]["state"] == "connected")
    assert rig.is_right("bybit")
