"""WhiteBIT's plain code grant: tokens that read, on both hosts, and their short life."""

from __future__ import annotations

import pytest
import venuekey

from conftest import Rig
from library import Connection, tokens_of
from person import Person

ENVIRONMENTS = pytest.mark.parametrize("environment", ["global", "eu"])


@ENVIRONMENTS
@pytest.mark.parametrize("send_redirect_uri", [False, True])
def test_tokens_and_no_key(
    rig: Rig, person: Person, environment: venuekey.parts.VenueEnvironment, send_redirect_uri: bool
) -> None:
    connection = Connection(rig, "whitebit", environment, send_redirect_uri=send_redirect_uri)
    started = connection.begin("account_tokens")
    assert ("redirect_uri=" in started.authorize_url) == send_redirect_uri
    assert "code_challenge" not in started.authorize_url
    done = connection.drive(started.pending.receive_callback(connection.consent(person, started)))
    assert "users.balances.read" in tokens_of(done).scope
    assert connection.steps == ["save", "exchange_code", "save", "done"]
    assert rig.keys_at("whitebit") == []


@pytest.mark.usefixtures("still")
@ENVIRONMENTS
def test_refreshed_while_they_live_and_not_after(rig: Rig, person: Person, environment: venuekey.parts.VenueEnvironment) -> None:
    connection = Connection(rig, "whitebit", environment)
    tokens = tokens_of(connection.connect(person, "account_tokens"))
    for _ in range(3):
        connection.advance(590)
        fresh = tokens_of(connection.drive(connection.client.refresh_tokens(tokens, now_ms=connection.now_ms())))
        assert fresh.access_token.expose() != tokens.access_token.expose()
        assert fresh.refresh_expires_at_ms == fresh.expires_at_ms + 300_000
        tokens = fresh
    connection.advance(601)
    with pytest.raises(venuekey.ReauthorizeError, match="token_rejected"):
        connection.drive(connection.client.refresh_tokens(tokens, now_ms=connection.now_ms()))


@pytest.mark.usefixtures("still")
def test_two_refreshes_in_one_second_wait_for_each_other(rig: Rig, person: Person) -> None:
    connection = Connection(rig, "whitebit", "global")
    tokens = tokens_of(connection.connect(person, "account_tokens"))
    for _ in range(2):
        tokens = tokens_of(connection.drive(connection.client.refresh_tokens(tokens, now_ms=connection.now_ms())))
    assert "wait" in connection.steps, "one a second (facts/whitebit.md, 5)"


def test_a_spent_refresh_token_is_refused(rig: Rig, person: Person) -> None:
    connection = Connection(rig, "whitebit", "global")
    tokens = tokens_of(connection.connect(person, "account_tokens"))
    connection.drive(connection.client.refresh_tokens(tokens, now_ms=connection.now_ms()))
    connection.advance(2)
    with pytest.raises(venuekey.ReauthorizeError, match="token_rejected"):
        connection.drive(connection.client.refresh_tokens(tokens, now_ms=connection.now_ms()))


def test_the_token_of_the_plain_grant_opens_no_key_endpoint(rig: Rig, person: Person) -> None:
    connection = Connection(rig, "whitebit", "global")
    tokens = tokens_of(connection.connect(person, "account_tokens"))
    with pytest.raises(venuekey.ReauthorizeError, match="token_rejected"):
        connection.drive(connection.client.check_key(tokens, now_ms=connection.now_ms()))
