"""`venuekey call`: what is sent is what was written, and what is printed is what came."""

from __future__ import annotations

import io
import sys
import types
from typing import Any, Callable, Optional

import pytest

import venuekey
from conftest import Venue
from venuekey._desk import command
from venuekey.connections import Connections

CALL = ["call", "agent", "POST", "/v5/order/create"]


@pytest.fixture
def call(
    make: Callable[..., Connections], agent: venuekey.Client[Any], venue: Venue, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., int]:
    connections = make(clients={"agent": agent})
    connections.import_key("agent", "k" * 18, "s" * 36, owner="user")
    venue.replies = {"signed_request": {"retCode": 0}, "ask_time": {"retCode": 0, "time": 1}}
    app: Any = types.ModuleType("desk_app")
    app.connections = connections
    monkeypatch.setitem(sys.modules, "desk_app", app)
    return lambda *more: command.main([*CALL, *more, "--app", "desk_app:connections"])


def sent(venue: Venue) -> list[Any]:
    return [each.body for each in venue.sent if each.purpose == "signed_request"]


@pytest.mark.parametrize(
    ("written", "body"),
    [
        ('{"qty":0.1234567890123456789}', None),
        ('{"qty":0.00000001}', None),
        ('{"qty":1.10}', None),
        ('{"qty":12345678901234567890123}', None),
        ('{"text":"\\u0416 x"}', None),
        ('\n{"symbol": "A B",\n "qty": 1.50}\n', '{"symbol":"A B","qty":1.50}'),
    ],
)
def test_parameters_are_sent_as_they_are_written(
    call: Callable[..., int], venue: Venue, monkeypatch: pytest.MonkeyPatch, written: str, body: Optional[str]
) -> None:
    expected = (body or written).encode()
    assert call(written) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO(written))
    assert call("-") == 0
    assert sent(venue) == [expected] * 2


@pytest.mark.parametrize("written", ['{"qty":"1","qty":"2"}', "[1]", "qty=1", '{"qty":NaN}', '{"qty":1'])
def test_parameters_that_say_nothing_clear_are_refused(
    call: Callable[..., int], venue: Venue, capsys: pytest.CaptureFixture[str], written: str
) -> None:
    assert call(written) == 1
    assert "parameters must be a JSON object" in capsys.readouterr().err
    assert sent(venue) == []


RESULT = (
    '{"qty":0.1234567890123456789,"price":1.10,"id":12345678901234567890123,"list":[1e-8,[]],"none":{},'
    '"text":"\\u0416\\u001b","yes":true}'
)
SHOWN = """{
  "qty": 0.1234567890123456789,
  "price": 1.10,
  "id": 12345678901234567890123,
  "list": [
    1e-8,
    []
  ],
  "none": {},
  "text": "Ж\\u001b",
  "yes": true
}
"""


@pytest.mark.parametrize(("is_terminal", "shown"), [(True, SHOWN), (False, f"{RESULT}\n")])
def test_a_reply_s_numbers_are_shown_as_they_came(
    call: Callable[..., int], venue: Venue, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    is_terminal: bool, shown: str,
) -> None:  # fmt: skip
    body = f'{{"retCode":0,"result":{RESULT}}}'.encode()
    venue.first["signed_request"] = [venuekey.parts.HttpResponse(200, body)]
    monkeypatch.setattr("sys.stdout.isatty", lambda: is_terminal)
    assert call() == 0
    assert capsys.readouterr().out == shown
