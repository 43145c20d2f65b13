"""What is found by owner and client, an address that a worker brings, and a look on demand."""

from __future__ import annotations

import asyncio
from typing import Any, Callable

import pytest

import venuekey
from conftest import CANARIES, Clock, Venue, came_back, reply
from connected import NEW, connected, with_tokens
from venuekey.connections import AsyncConnections, ConnectionNotFound, Connections, ConnectionView
from venuekey.stores.sqlite import SQLiteStore

Make = Callable[..., Connections]


def begun(connections: Connections, owner: str = "user") -> ConnectionView:
    return connections.begin("whitebit", owner=owner, goal="api_key")


def callback_of(view: ConnectionView) -> str:
    assert view.authorize_url is not None
    return came_back(view.authorize_url, f"publicKey={CANARIES['public_key']}")


@pytest.fixture
def both(make: Make, client: venuekey.Client[Any]) -> Connections:
    """Two clients of one exchange."""
    return make(clients={"whitebit": client, "other": client})


def test_those_of_one_client(both: Connections) -> None:
    first, second = begun(both), both.begin("other", owner="user", goal="api_key")
    assert [view.id for view in both.find("user", client="whitebit")] == [first.id]
    assert [view.id for view in both.find("user", client="other")] == [second.id]
    assert both.find("nobody", client="other") == []
    with pytest.raises(venuekey.MisuseError, match="there is no client 'bybit'"):
        both.find("user", client="bybit")


def test_a_callback_finds_its_connection(both: Connections) -> None:
    views = [begun(both), begun(both), both.begin("other", owner="user", goal="api_key")]
    url = callback_of(views[1])
    came = both.receive_client_callback("whitebit", url, owner="user")
    assert (came.id, came.status) == (views[1].id, "working")
    assert [both.status(view.id).status for view in views] == ["awaiting_user", "working", "awaiting_user"]
    # Loaded again: the other one waits, and it is not for that.
    with pytest.raises(venuekey.RejectedError, match="state_mismatch"):
        both.receive_client_callback("whitebit", url, owner="user")
    both.disconnect(views[0].id)
    assert both.receive_client_callback("whitebit", url, owner="user").id == views[1].id


def test_a_callback_of_nobody_s(both: Connections) -> None:
    view = begun(both)
    url = callback_of(view)
    for owner, client in (("other", "whitebit"), ("user", "other")):
        with pytest.raises(ConnectionNotFound):
            both.receive_client_callback(client, url, owner=owner)
    begun(both, "other")
    with pytest.raises(venuekey.RejectedError, match="state_mismatch"):
        both.receive_client_callback("whitebit", url, owner="other")
    with pytest.raises(venuekey.MisuseError, match="owner must be a str"):
        both.receive_client_callback("whitebit", url, owner=None)  # type: ignore[arg-type]
    assert both.status(view.id).status == "awaiting_user"


def test_a_callback_that_is_too_late(both: Connections) -> None:
    view = begun(both)
    url = callback_of(view)
    both.disconnect(view.id)
    both.run_once()
    assert both.receive_client_callback("whitebit", url, owner="user").status == "ended"
    # What has not ended comes first, whichever was last.
    account = connected(both)
    later = begun(both)
    both.disconnect(later.id)
    both.run_once()
    assert both.receive_client_callback("whitebit", url, owner="user").id == account


def test_the_address_comes_once_a_worker_has_deleted_the_old_key(make: Make, venue: Venue) -> None:
    connections = make()
    id = connected(connections)
    assert connections.status(id).replaces_key
    # Nobody works.
    assert connections.reconnect(id, patience_s=0.1).authorize_url is None
    connections.run_once()
    connections.cancel_attempt(id)
    venue.sent.clear()
    id = connected(connections, "other")
    with connections.working():
        assert connections.reconnect(id, owner="other", patience_s=60).authorize_url is not None
    assert venue.purposes.count("delete_key") == 1
    with pytest.raises(venuekey.MisuseError, match="patience_s"):
        connections.reconnect(id, patience_s=-1)


def test_a_key_is_looked_at_on_demand(make: Make, venue: Venue, clock: Clock) -> None:
    connections = make()
    account = connections.account(connected(connections))
    venue.replies = {**venue.replies, "probe_key": {"BTC": "1"}}
    assert account.check().status == "connected"
    assert venue.purposes[-1] == "probe_key"
    venue.first["probe_key"] = [reply({}, 503)]
    with pytest.raises(venuekey.UnavailableError):
        account.check()
    assert account.view().status == "connected"
    venue.first["probe_key"] = [reply({"message": "This action is unauthorized. Enable your key in API settings"}, 401)]
    checked = account.check()
    assert checked.status == "needs_user"
    assert checked.error is not None
    # It is known by now, and nothing is sent.
    sent = len(venue.sent)
    assert account.check().error is not None
    assert len(venue.sent) == sent


def test_tokens_are_looked_at_on_demand(
    make: Make,
    venue: Venue,
    clock: Clock,
    tokens: venuekey.parts.Tokens,
    client: venuekey.Client[Any],
    rows: SQLiteStore,
) -> None:
    connections = make()
    id = with_tokens(connections, tokens, clock)
    keys = venuekey.SealingKeys([NEW])

    async def check() -> ConnectionView:
        aconnections = AsyncConnections(
            {"whitebit": client}, rows, keys, send=venue.send, clock=clock, sleep=clock.sleep
        )
        return await (await aconnections.account(id)).check(patience_s=5)

    assert asyncio.run(check()).status == "connected"
    assert venue.purposes == ["refresh_tokens"]


def test_nothing_to_look_at_yet(make: Make) -> None:
    connections = make()
    with pytest.raises(venuekey.VenuekeyError):
        connections.account(begun(connections).id).check()
