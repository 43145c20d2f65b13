"""Checked by mypy and pyright, never run: what a flow brings, and which venue has which environment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Optional, Union

from typing_extensions import assert_type

import venuekey

client = venuekey.Client(
    venue="whitebit",
    environment="global",
    client_id="demo",
    client_secret="s3cr3t",
    redirect_uri="https://partner.example/callback",
)


def places(text: Optional[str], store: venuekey.parts.MemoryStore) -> venuekey.parts.Flow:
    secret = venuekey.Secret("s3cr3t")
    venuekey.Client(
        venue="whitebit",
        environment="mainnet",  # type: ignore[call-overload] # pyright: ignore[reportArgumentType]
        client_id="demo",
        client_secret=secret,
        redirect_uri="https://partner.example/callback",
    )
    venuekey.parts.Signer(venue="bybit", environment="eu", api_key=secret, api_secret=secret)  # type: ignore[call-overload] # pyright: ignore[reportCallIssue, reportArgumentType]
    assert_type(client.restore(text), venuekey.parts.Flow)
    assert_type(client.restore_tokens(text), venuekey.parts.SharedTokens)
    return client.restore(store.load("id"))


def what_it_brings(
    tokens: venuekey.parts.Tokens,
    send: Callable[[venuekey.parts.HttpRequest], venuekey.parts.HttpResponse],
    store: venuekey.parts.MemoryStore,
    any_client: venuekey.Client,
    any_step: venuekey.parts.Step,
    goal: venuekey.parts.Goal,
) -> venuekey.parts.ApiKey:
    """An outcome is known by how the flow began; after the store, by what the host says it is."""
    assert_type(client, venuekey.Client[venuekey.parts.ApiKeyGranted])
    assert_type(client.begin("api_key"), venuekey.parts.Started[venuekey.parts.ApiKeyGranted])
    assert_type(client.begin("account_tokens").pending, venuekey.parts.Flow[venuekey.parts.AccountTokens])
    assert_type(
        client.begin(goal), venuekey.parts.Started[Union[venuekey.parts.ApiKeyGranted, venuekey.parts.AccountTokens]]
    )
    assert_type(
        any_client.begin("api_key"), venuekey.parts.Started[Union[venuekey.parts.ApiKeyGranted, venuekey.parts.HandOff]]
    )
    assert_type(client.restore("{}"), venuekey.parts.Flow[venuekey.parts.Outcome])
    assert_type(client.restore("{}", operation="delete_key"), venuekey.parts.Flow[venuekey.parts.KeyDeleted])
    assert_type(client.restore("{}", operation="switch_subaccount"), venuekey.parts.Flow[venuekey.parts.ApiKeyGranted])
    assert_type(client.restore("{}", operation=None), venuekey.parts.Flow)
    client.restore("{}", operation="api_keys")  # type: ignore[call-overload] # pyright: ignore[reportArgumentType, reportCallIssue]
    keys = venuekey.SealingKeys([("2026-11", bytes(32))])
    assert_type(
        client.open("s", keys=keys, context="c", operation="api_key"), venuekey.parts.Flow[venuekey.parts.ApiKeyGranted]
    )
    app = venuekey.Client.public(
        venue="whitebit", environment="global", client_id="demo", redirect_uri="https://partner.example/callback"
    )
    assert_type(app, venuekey.Client[venuekey.parts.HandOff])
    refreshed = venuekey.parts.drive(client.refresh_tokens(tokens), send=send, save=store.save)
    assert_type(refreshed.outcome, venuekey.parts.TokensRefreshed)
    checked = venuekey.parts.drive(client.check_key(tokens), send=send, save=store.save)
    assert_type(checked.outcome.status, venuekey.parts.KeyStatus)
    step = client.restore(store.load("id"), operation="api_key").receive_callback("/callback")
    assert_type(step, venuekey.parts.Step[venuekey.parts.ApiKeyGranted])
    assert_type(venuekey.parts.drive(any_step, send=send, save=store.save).outcome, venuekey.parts.Outcome)
    return venuekey.parts.drive(step, send=send, save=store.save).outcome.key
