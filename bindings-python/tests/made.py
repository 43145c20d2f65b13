"""What tests/test_values.py looks at, of each kind one."""

from __future__ import annotations

from typing import Any

import venuekey
from conftest import CANARIES, EXTERNAL_ID, NOW_MS, Venue, came_back, reply


def connections(client: venuekey.Client, tokens: venuekey.parts.Tokens) -> list[Any]:
    """Of each kind one, and what a request may go out with."""
    begun = client.begin_connection("api_key", "user", "whitebit", now_ms=NOW_MS)
    of: dict[str, Any] = {"owner": "user", "client_name": "whitebit", "now_ms": NOW_MS}
    pair = client.import_tokens(tokens, **of)
    key = client.import_key(CANARIES["public_key"], CANARIES["api_secret"], external_id=EXTERNAL_ID, **of)
    accesses = [each.access(now_ms=NOW_MS) for each in (begun, pair, key)]
    return [begun, pair, key, *accesses, pair.access(now_ms=NOW_MS + 299_000)]


def reissued(client: venuekey.Client, venue: Venue, tokens: venuekey.parts.Tokens) -> list[Any]:
    """Of a reissue the steps, and of its key the probes."""
    steps: list[venuekey.parts.Step] = []
    step = client.reissue_key(tokens, EXTERNAL_ID, now_ms=NOW_MS)
    done = venuekey.parts.drive(
        step,
        send=venue.send,
        save=lambda _: True,
        authorize=lambda step: came_back(step.authorize_url, f"publicKey={CANARIES['public_key']}"),
        clock=lambda: NOW_MS,
        on_step=steps.append,
    )
    assert isinstance(done.outcome, venuekey.parts.ApiKeyGranted)
    probe = venuekey.parts.PublicKeyProbe(done.outcome.key, venue="whitebit", environment="global")
    following = probe.receive(reply({"code": 0, "message": "canary-words"}, 401))
    assert isinstance(following, venuekey.parts.PublicKeyProbe)
    return [*steps, probe, probe.request(), following, following.request(), following.receive(reply({}))]


def first_account(step: venuekey.parts.Choose) -> str:
    return step.subaccounts[0].id


def outcomes(client: venuekey.Client, venue: Venue, tokens: venuekey.parts.Tokens) -> list[venuekey.parts.Outcome]:
    calls = [
        client.refresh_tokens(tokens, now_ms=NOW_MS),
        client.check_key(tokens, now_ms=NOW_MS),
        client.delete_key(tokens, EXTERNAL_ID, now_ms=NOW_MS),
    ]
    store = venuekey.parts.MemoryStore()
    return [
        venuekey.parts.drive(call, send=venue.send, save=store.save, clock=lambda: NOW_MS).outcome for call in calls
    ]


def step_after(step: venuekey.parts.Step, response: venuekey.parts.HttpResponse) -> venuekey.parts.Step:
    assert isinstance(step, venuekey.parts.Send)
    saved = step.next.receive_response(response, now_ms=NOW_MS)
    assert isinstance(saved, venuekey.parts.Save)
    return saved.next.resume(now_ms=NOW_MS)
