"""What is no argument at all, told before anything is saved or sent."""

from __future__ import annotations

from typing import Any, Callable

import pytest

import venuekey
from conftest import NOW_MS, Venue
from venuekey.senders import async_httpx_sender, httpx_sender, requests_sender

Begin = Callable[[], venuekey.Step]


async def asend(request: venuekey.HttpRequest) -> venuekey.HttpResponse:
    raise AssertionError("sent")


def unsaved(snapshot: venuekey.Snapshot) -> bool:
    raise AssertionError("saved")


@pytest.mark.parametrize(
    ("send", "says"),
    [
        (None, "send must be a function, not None"),
        ("https://", "send must be a function, not str"),
        (httpx_sender, "call it: send=httpx_sender()"),
        (requests_sender, "call it: send=requests_sender()"),
        (async_httpx_sender, "call it: send=async_httpx_sender()"),
        (asend, "send is a coroutine function: use a"),
    ],
)
@pytest.mark.parametrize("work", ["drive", "call", "records", "fresh_tokens"])
def test_a_send_that_is_none(
    work: str, send: Any, says: str, client: venuekey.Client, tokens: venuekey.Tokens, begin: Begin
) -> None:
    signer = venuekey.Signer(venue="bybit", environment="mainnet", api_key="key", api_secret="s3cr3t")
    shared = client.share_tokens(tokens, now_ms=NOW_MS)
    works: dict[str, Callable[[], object]] = {
        "drive": lambda: venuekey.drive(begin(), send=send, save=unsaved),
        "call": lambda: venuekey.call(signer, "GET", "/v5/user/query-api", send=send),
        "records": lambda: next(venuekey.records(client.read_main_balances(), tokens=tokens, send=send)),
        "fresh_tokens": lambda: venuekey.fresh_tokens(
            client, load=lambda: shared.snapshot().expose(), save=unsaved, send=send
        ),
    }
    with pytest.raises(TypeError) as caught:
        works[work]()
    assert says in str(caught.value)


def test_what_is_no_step(client: venuekey.Client, venue: Venue) -> None:
    started = client.begin("api_key")
    for given, says in (
        (started.pending, r"not Flow: give it flow.resume\(\)"),
        (started, "not Started: send the browser"),
        (None, "not None"),
    ):
        with pytest.raises(TypeError, match=says):
            venuekey.drive(given, send=venue.send, save=unsaved)  # type: ignore[arg-type]
