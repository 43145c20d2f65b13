"""What the calls of the web and the command say, without an exchange. tests/journeys has the rest."""

from __future__ import annotations

import asyncio
import logging
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import pytest

import venuekey
from conftest import CANARIES, Clock, Venue, came_back, reply
from connected import NEW, OLD, Failing, called_back, connected, spoil, with_tokens
from venuekey.connections import AmbiguousAccount, AsyncConnections, ConnectionNotFound, Connections, Event, StoreBusy
from venuekey.stores.sqlite import SQLiteStore

# From the web


def test_another_owner_s_is_not_found(make: Callable[..., Connections]) -> None:
    connections = make()
    id = connected(connections)
    calls: list[Callable[[], object]] = [
        lambda: connections.status(id, owner="other"),
        lambda: connections.disconnect(id, owner="other"),
        lambda: connections.receive_callback(id, "/callback", owner="other"),
        lambda: connections.account(id, owner="other"),
        lambda: connections.status("0" * 32),
    ]
    for call in calls:
        with pytest.raises(ConnectionNotFound):
            call()
    assert connections.status(id, owner="user").status == "connected"


def test_which_account(make: Callable[..., Connections]) -> None:
    connections = make()
    with pytest.raises(ConnectionNotFound):
        connections.account(owner="user")
    with pytest.raises(venuekey.MisuseError, match="invalid_argument: account needs"):
        connections.account()
    first = connected(connections)
    assert connections.account(owner="user", venue="whitebit").id == first
    second = connected(connections)
    with pytest.raises(AmbiguousAccount, match="2 connections"):
        connections.account(owner="user")
    connections.disconnect(second)
    connections.run_once()
    assert connections.account(owner="user").id == first


def test_of_two_that_end_together_with_one_key_none_leaves_it(make: Callable[..., Connections], venue: Venue) -> None:
    connections = make()
    first, second = connected(connections), connected(connections)
    connections.disconnect(first, delete_key=True)
    connections.disconnect(second, delete_key=True)
    # Whoever comes later finds it gone.
    venue.first["delete_key"] = [reply(venue.replies["delete_key"]), reply({"message": "Not found"}, 404)]
    venue.replies = {**venue.replies, "check_key": {"data": {"exists": False, "isEnabled": False}}}
    connections.run_once()
    assert venue.purposes.count("delete_key") == 2
    for id in (first, second):
        view = connections.status(id)
        assert (view.status, view.key_left) == ("ended", None)


def test_a_key_that_another_row_works_with_is_not_deleted(make: Callable[..., Connections], venue: Venue) -> None:
    connections = make()
    first, second = connected(connections), connected(connections)
    connections.disconnect(first, delete_key=True)
    connections.run_once()
    assert "delete_key" not in venue.purposes
    assert connections.status(second).status == "connected"
    connections.disconnect(second, delete_key=True)
    connections.run_once()
    assert venue.purposes.count("delete_key") == 1


def test_a_row_that_others_keep_saving(make: Callable[..., Connections], rows: SQLiteStore) -> None:
    busy = Failing(rows)
    connections = make(store=busy)
    id = connected(connections)
    busy.__dict__["save"] = lambda row: False
    with pytest.raises(StoreBusy):
        connections.disconnect(id)
    del busy.__dict__["save"]
    assert connections.status(id).intent is None


def test_mistakes_are_named(make: Callable[..., Connections], client: venuekey.Client[Any]) -> None:
    with pytest.raises(venuekey.MisuseError, match="there is no client 'bybit'; there are: whitebit"):
        make().begin("bybit", owner="user", goal="api_key")
    for clients in (client, {"whitebit": "client"}, [client]):
        with pytest.raises(venuekey.MisuseError, match="clients must map names to clients"):
            make(clients=clients)
    with pytest.raises(venuekey.MisuseError, match="concurrency"):
        make(concurrency=0)
    with pytest.raises(ValueError, match="a store is a file"):
        SQLiteStore(":memory:")
    connections = make()
    id = connected(connections)
    with pytest.raises(venuekey.MisuseError, match="not_supported: this connection has a key"):
        connections.account(id).tokens()


def test_no_worker(make: Callable[..., Connections], clock: Clock) -> None:
    connections = make()
    id = called_back(connections)
    assert not connections.status(id).no_worker
    clock.sleep(61)
    assert connections.status(id).no_worker
    make(send=lambda request: pytest.fail("nothing is sent")).run_once(deadline_s=0)
    connections.run_once()
    assert not connections.status(id).no_worker


def test_sealed_anew(make: Callable[..., Connections]) -> None:
    before = make(keys=[OLD])
    ids = [connected(before, f"user-{n}") for n in range(3)]
    both = make(keys=[NEW, OLD])
    assert [both.reseal(2), both.reseal(2), both.reseal(2)] == [2, 1, 0]
    assert {make().status(id).status for id in ids} == {"connected"}
    called_back(before, "late")
    with pytest.raises(venuekey.MisuseError, match="the first is"):
        make().reseal()


def test_a_damaged_row_is_seen_and_can_be_removed(make: Callable[..., Connections], rows: SQLiteStore) -> None:
    connections = make()
    id, other = called_back(connections), connected(connections, "other")
    spoil(rows, id)
    (view,) = connections.find("user")
    assert (view.status, view.goal) == ("quarantined", None)
    assert isinstance(view.error, venuekey.RejectedError)
    with pytest.raises(venuekey.RejectedError):
        make().forget("user")
    connections.run_once()
    assert [each.status for each in connections.forget("user")] == ["quarantined"]
    assert connections.find("user") == []
    assert connections.status(other).status == "connected"


class Undone:
    """A client whose rows' seals open, and what is in them is none of its connections."""

    venue, environment = "whitebit", "global"

    def __init__(self, code: str) -> None:
        self.error = venuekey.RejectedError(code, code)

    def open_connection(self, *_: Any, **__: Any) -> Any:
        raise self.error


def test_a_row_whose_seal_opens_proves_its_key(make: Callable[..., Connections], rows: SQLiteStore) -> None:
    """A new process, whose first look is at a bad row: it can be removed, and so can the next one."""
    whole, spoilt = called_back(make()), called_back(make(), "other")
    spoil(rows, spoilt)
    connections = make()
    clients: dict[str, Any] = connections._rows.clients
    with pytest.raises(venuekey.RejectedError):
        connections.forget("other")
    client, clients["whitebit"] = clients["whitebit"], Undone("snapshot_version")
    with pytest.raises(venuekey.RejectedError):
        connections.forget("user")
    clients["whitebit"] = Undone("snapshot_invalid")
    assert [view.id for view in connections.forget("user")] == [whole]
    clients["whitebit"] = client
    assert [view.id for view in connections.forget("other")] == [spoilt]


def test_out_of_quarantine(make: Callable[..., Connections], rows: SQLiteStore) -> None:
    connections = make()
    id = called_back(connections)
    sealed = spoil(rows, id)
    connections.run_once()
    with pytest.raises(venuekey.RejectedError):
        connections.release(id)
    with rows._write("test") as run:
        run("UPDATE venuekey_connections SET sealed = ? WHERE id = ?", sealed, id)
    assert connections.release(id).status == "working"
    connections.run_once()
    assert connections.status(id).status == "connected"


# asyncio


def test_a_cancellation_before_the_worker_has_begun(
    client: venuekey.Client[Any], rows: SQLiteStore, venue: Venue
) -> None:
    async def main() -> None:
        connections = AsyncConnections({"whitebit": client}, rows, venuekey.SealingKeys([NEW]), send=venue.asend)
        for steps in range(4):
            task = asyncio.ensure_future(connections.run())
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait({task})
        async with connections.working():
            assert await connections.find("user") == []

    asyncio.run(main())


def test_coroutine_functions_send_and_hear(client: venuekey.Client[Any], rows: SQLiteStore, venue: Venue) -> None:
    heard: list[str] = []

    async def hear(event: Event) -> None:
        await asyncio.sleep(0)
        heard.append(event.kind)

    async def main() -> None:
        keys = venuekey.SealingKeys([NEW])
        connections = AsyncConnections({"whitebit": client}, rows, keys, send=venue.asend, on_event=hear)
        view = await connections.begin("whitebit", owner="user", goal="api_key")
        assert view.authorize_url is not None
        url = came_back(view.authorize_url, f"publicKey={CANARIES['public_key']}")
        await connections.receive_callback(view.id, url)
        await connections.run_once()
        assert (await connections.status(view.id)).status == "connected"

    asyncio.run(main())
    assert heard == ["connected"]


# Sessions


def leases(rows: SQLiteStore) -> list[Any]:
    with rows._look("test") as run:
        return run("SELECT lease_holder FROM venuekey_connections WHERE lease_holder IS NOT NULL").rows


def test_ctrl_c_while_a_session_refreshes(
    make: Callable[..., Connections], tokens: venuekey.parts.Tokens, clock: Clock, venue: Venue
) -> None:
    def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        answer = venue.send(request)
        signal.raise_signal(signal.SIGINT)
        return answer

    id = with_tokens(make(), tokens, clock)
    with pytest.raises(KeyboardInterrupt):
        make(send=send).account(id).tokens()
    assert make().account(id).tokens().generation == 2
    assert venue.purposes == ["refresh_tokens"]


def test_ctrl_c_while_a_session_asks_what_may_be_asked_again(
    make: Callable[..., Connections], rows: SQLiteStore, venue: Venue
) -> None:
    def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        if request.purpose == "check_key":
            signal.raise_signal(signal.SIGINT)
        return venue.send(request)

    id = called_back(make())
    with pytest.raises(KeyboardInterrupt):
        make(send=send).account(id).call("POST", "/api/v4/trade-account/balance")
    assert leases(rows) == [], "nobody waits for it"
    make().run_once()
    assert make().status(id).status == "connected"


def test_a_cancelled_session_keeps_the_pair_that_it_fetched(
    make: Callable[..., Connections],
    client: venuekey.Client[Any],
    rows: SQLiteStore,
    tokens: venuekey.parts.Tokens,
    clock: Clock,
    venue: Venue,
) -> None:
    id = with_tokens(make(), tokens, clock)

    async def main() -> None:
        task: asyncio.Future[Any]

        async def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
            task.cancel()
            await asyncio.sleep(0)
            return venue.send(request)

        keys = venuekey.SealingKeys([NEW])
        connections = AsyncConnections({"whitebit": client}, rows, keys, send=send, clock=clock, sleep=clock.sleep)
        task = asyncio.ensure_future((await connections.account(id)).tokens())
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert make().account(id).tokens().generation == 2
    assert venue.purposes == ["refresh_tokens"]


def test_what_the_venue_said_is_not_hidden_by_the_store_s_trouble(
    make: Callable[..., Connections], rows: SQLiteStore, venue: Venue
) -> None:
    failing = Failing(rows)
    connections = make(store=failing)
    account = connections.account(connected(connections))

    def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        failing.fails["load"] = 1
        return reply({"code": 0, "message": "Unauthorized request."}, 401)

    connections._hands._send = send
    with pytest.raises(venuekey.VenuekeyError):
        account.call("POST", "/api/v4/trade-account/balance")
    assert failing.fails["load"] == 0


# The command


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("connections = 'none'\n")
    (tmp_path / "unmade.py").write_text("import venuekey\nconnections = venuekey.Connections({}, None, None)\n")
    (tmp_path / "broken.py").write_text("import no_such_library\n")

    def said(*arguments: str) -> str:
        command = [sys.executable, "-m", "venuekey", *arguments]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert ran.returncode != 0
        return ran.stderr

    assert said("worker", "nothing:connections") == (
        "venuekey: there is no module 'nothing' here: run this in the folder of your app\n"
    )
    assert said("worker", "app").startswith("venuekey: 'app' is not a Connections: name one as module:attribute")
    assert said("worker", "app:conections") == "venuekey: app has no attribute conections\n"
    assert said("worker", "broken:connections") == (
        "venuekey: broken can't be imported: No module named 'no_such_library'\n"
    )
    assert said("worker", ":connections").startswith("venuekey: ':connections' is not module:attribute")
    assert said("worker", "unmade").count("\n") == 1
    assert "usage: python -m venuekey" in said("work")


@pytest.mark.parametrize("kind", ["Connections", "AsyncConnections"])
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_the_command_ends_politely(tmp_path: Path, kind: str, end: signal.Signals) -> None:
    (tmp_path / "app.py").write_text(
        "import venuekey\n"
        f"from venuekey.connections import {kind}\n"
        "from venuekey.stores.sqlite import SQLiteStore\n"
        "client = venuekey.Client(venue='whitebit', environment='global', client_id='demo', client_secret='s3cr3t',"
        " redirect_uri='https://partner.example/callback')\n"
        "keys = venuekey.SealingKeys([('k', bytes(32))])\n"
        f"own = {kind}({{'whitebit': client}}, SQLiteStore('c.db'), keys, send=print)\n"
    )
    command = [sys.executable, "-m", "venuekey", "worker", "app:own"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as worker:
        assert worker.stderr is not None
        assert ": begins" in worker.stderr.readline()
        worker.send_signal(end)
        rest = worker.stderr.read()
    assert worker.returncode == 0, rest
    assert ": has ended" in rest
    assert "Traceback" not in rest
    once = subprocess.run([*command, "--once"], cwd=tmp_path, capture_output=True, text=True)
    assert once.returncode == 0, once.stderr


def test_nothing_shows_a_secret(make: Callable[..., Connections], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    connections = make()
    id = connected(connections)
    account = connections.account(id)
    shown = [
        caplog.text,
        repr(connections),
        repr(account),
        repr(connections.status(id)),
        repr(connections.find("user")),
    ]
    for secret in CANARIES.values():
        assert secret not in "".join(shown)
