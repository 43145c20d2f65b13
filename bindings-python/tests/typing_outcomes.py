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


def places(text: Optional[str], store: venuekey.MemoryStore) -> venuekey.Flow:
    secret = venuekey.Secret("s3cr3t")
    venuekey.Client(
        venue="whitebit",
        environment="mainnet",  # type: ignore[call-overload] # pyright: ignore[reportArgumentType]
        client_id="demo",
        client_secret=secret,
        redirect_uri="https://partner.example/callback",
    )
    venuekey.Signer(venue="bybit", environment="eu", api_key=secret, api_secret=secret)  # type: ignore[call-overload] # pyright: ignore[reportCallIssue, reportArgumentType]
    assert_type(client.restore(text), venuekey.Flow)
    assert_type(client.restore_tokens(text), venuekey.SharedTokens)
    return client.restore(store.load("id"))


def what_it_brings(
    tokens: venuekey.Tokens,
    send: Callable[[venuekey.HttpRequest], venuekey.HttpResponse],
    store: venuekey.MemoryStore,
    any_client: venuekey.Client,
    any_step: venuekey.Step,
    goal: venuekey.Goal,
) -> venuekey.ApiKey:
    """An outcome is known by how the flow began; after the store, by what the host says it is."""
    assert_type(client, venuekey.Client[venuekey.ApiKeyGranted])
    assert_type(client.begin("api_key"), venuekey.Started[venuekey.ApiKeyGranted])
    assert_type(client.begin("account_tokens").pending, venuekey.Flow[venuekey.AccountTokens])
    assert_type(client.begin(goal), venuekey.Started[Union[venuekey.ApiKeyGranted, venuekey.AccountTokens]])
    assert_type(any_client.begin("api_key"), venuekey.Started[Union[venuekey.ApiKeyGranted, venuekey.HandOff]])
    assert_type(client.restore("{}"), venuekey.Flow[venuekey.Outcome])
    assert_type(client.restore("{}", operation="delete_key"), venuekey.Flow[venuekey.KeyDeleted])
    assert_type(client.restore("{}", operation="switch_subaccount"), venuekey.Flow[venuekey.ApiKeyGranted])
    assert_type(client.restore("{}", operation=None), venuekey.Flow)
    client.restore("{}", operation="api_keys")  # type: ignore[call-overload] # pyright: ignore[reportArgumentType, reportCallIssue]
    keys = venuekey.SealingKeys([("2026-11", bytes(32))])
    assert_type(client.open("s", keys=keys, context="c", operation="api_key"), venuekey.Flow[venuekey.ApiKeyGranted])
    app = venuekey.Client.public(
        venue="whitebit", environment="global", client_id="demo", redirect_uri="https://partner.example/callback"
    )
    assert_type(app, venuekey.Client[venuekey.HandOff])
    refreshed = venuekey.drive(client.refresh_tokens(tokens), send=send, save=store.save)
    assert_type(refreshed.outcome, venuekey.TokensRefreshed)
    checked = venuekey.drive(client.check_key(tokens), send=send, save=store.save)
    assert_type(checked.outcome.status, venuekey.KeyStatus)
    step = client.restore(store.load("id"), operation="api_key").receive_callback("/callback")
    assert_type(step, venuekey.Step[venuekey.ApiKeyGranted])
    assert_type(venuekey.drive(any_step, send=send, save=store.save).outcome, venuekey.Outcome)
    return venuekey.drive(step, send=send, save=store.save).outcome.key
