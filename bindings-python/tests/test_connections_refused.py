"""A venue's refusal of a key, and the key that the connection has by then."""

from __future__ import annotations

from typing import Any, Callable

import pytest

import venuekey
from conftest import EXTERNAL_ID, REPLIES, Clock, Venue, came_back, reply
from connected import connected
from venuekey.connections import Connections

BALANCE: Any = ("POST", "/api/v4/trade-account/balance")


def test_a_late_refusal_of_a_key_that_was_replaced_meanwhile_says_nothing_of_the_new_one(
    make: Callable[..., Connections], venue: Venue, clock: Clock
) -> None:
    connections = make()
    id = connected(connections)
    gone = reply({"message": "This action is unauthorized. Enable your key in API settings"}, 401)
    in_flight: list[Callable[[], None]] = []

    def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        if request.purpose != "signed_request":
            return venue.send(request)
        in_flight.pop()()
        return gone

    def connect_again() -> None:
        connections.reconnect(id)
        while (view := connections.status(id)).authorize_url is None:
            connections.run_once()
            clock.sleep(1)
        key = {**REPLIES["check_key"]["data"], "externalId": EXTERNAL_ID.replace("0f8f", "1f8f")}
        venue.replies = {**REPLIES, "check_key": {"data": key}}
        connections.receive_callback(id, came_back(view.authorize_url))
        connections.run_once()

    account = make(send=send).account(id)
    in_flight.append(connect_again)
    with pytest.raises(venuekey.ReauthorizeError):
        account.call(*BALANCE)
    view = connections.status(id)
    assert (view.status, view.error) == ("connected", None)
    # A refusal of the key that is there counts.
    in_flight.append(lambda: None)
    with pytest.raises(venuekey.ReauthorizeError):
        account.call(*BALANCE)
    assert connections.status(id).status == "needs_user"
