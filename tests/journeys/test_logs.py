"""Whatever level somebody sets for a look at a problem, the senders' own loggers tell no address, and so no key's id."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import venuekey
from venuekey.senders import httpx_sender, requests_sender

import canary
from conftest import Rig
from library import Connection, key_of
from person import Person
from web import QUIET, keep_addresses_out


@pytest.fixture
def loggers() -> Iterator[None]:
    """As a program has them that has set nothing."""
    levels = {name: logging.getLogger(name).level for name in QUIET}
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.NOTSET)
    yield
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.usefixtures("loggers")
@pytest.mark.parametrize("quiet", [False, True])
@pytest.mark.parametrize("sender", [httpx_sender, requests_sender])
def test_at_debug(rig: Rig, person: Person, caplog: pytest.LogCaptureFixture, sender: type, quiet: bool) -> None:
    connection = Connection(rig, "whitebit", "global")
    granted = connection.connect(person, "api_key")
    key, tokens = key_of(granted), granted.flow.tokens
    assert tokens is not None
    step = connection.client.delete_key(tokens, key.external_id or "", now_ms=connection.now_ms())
    caplog.set_level(logging.DEBUG)
    caplog.clear()
    if quiet:
        keep_addresses_out()
    venuekey.parts.drive(step, send=sender(), save=connection.store.save, clock=connection.now_ms)
    rig.remember_secrets()
    leaks = canary.leaks(rig.secrets | rig.keys, {"log": caplog.text.encode()})
    assert bool(leaks) != quiet, "it is there to be kept out, and it is"
    caplog.clear()
