"""Checked by mypy and pyright, never run: the whole public surface as a typed program uses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Optional

from typing_extensions import assert_never, assert_type

import venuekey

client = venuekey.Client(
    venue="whitebit",
    environment="global",
    client_id="demo",
    client_secret=venuekey.Secret("s3cr3t"),
    redirect_uri="https://partner.example/callback",
    authorize_base=None,
    api_base=None,
    locale="en",
    user_agent="partner/1.0",
)
assert_type(client.venue, venuekey.Venue)
assert_type(client.environment, venuekey.Environment)
assert_type(client.supports("check_key"), bool)
assert_type(venuekey.SNAPSHOT_VERSION, int)
assert_type(venuekey.ERROR_CODES[0][1], venuekey.ErrorKind)
assert_type(venuekey.code_challenge_s256("verifier"), str)

client.begin("balance")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
client.venue = "bybit"  # type: ignore[misc] # pyright: ignore[reportAttributeAccessIssue]


def begin(store: venuekey.MemoryStore) -> str:
    started = client.begin("api_key", callback_timeout_s=600, on_secret_lost="delete_and_report", entropy=bytes(64))
    pending = started.pending
    assert_type(pending.flow_id, str)
    assert_type(pending.status, venuekey.FlowStatus)
    assert_type(pending.operation, venuekey.FlowOperation)
    assert_type(pending.expires_at_ms, Optional[int])
    assert_type(pending.until_ms, Optional[int])
    assert_type(store.save(pending.snapshot()), bool)
    assert_type(store.load(pending.flow_id), Optional[str])
    assert_type(pending.snapshot().expected_revision, int)
    return started.authorize_url


def by_match(step: venuekey.Step) -> venuekey.Flow:
    match step:
        case venuekey.Send(request, following):
            assert_type(request.replay, venuekey.Replay)
            assert_type(request.headers, list[tuple[str, str]])
            assert_type(request.body, Optional[bytes])
            return following
        case venuekey.Save(following):
            return following
        case venuekey.Wait(until_ms, reason, following):
            assert_type(until_ms, int)
            assert_type(reason, venuekey.WaitReason)
            return following
        case venuekey.Failed(error, recovery, flow):
            assert_type(error, venuekey.VenuekeyError)
            assert_type(recovery, Optional[venuekey.Recovery])
            return flow
        case venuekey.Done(outcome, flow):
            assert_type(outcome, venuekey.Outcome)
            return flow
        case _:
            assert_never(step)


def by_name(step: venuekey.Step) -> int:
    if step.name == "send":
        return step.request.timeout_hint_ms
    if step.name == "save":
        return step.next.revision
    if step.name == "wait":
        return step.until_ms
    if step.name == "failed":
        return step.flow.revision
    if step.name == "done":
        return step.flow.revision
    assert_never(step)


def tokens_of(outcome: venuekey.Outcome) -> venuekey.Tokens:
    if isinstance(outcome, venuekey.ApiKeyGranted):
        key = outcome.key
        assert_type(key.api_secret, venuekey.Secret)
        assert_type(key.external_id, Optional[str])
        assert_type(key.candidate_public_key, Optional[venuekey.Secret])
        assert_type(key.any_granted, Optional[bool])
        for group in key.permissions or ():
            assert_type(group, venuekey.PermissionGroup)
            assert_type(group.urls[0].enable, bool)
        return outcome.tokens
    if isinstance(outcome, venuekey.AccountTokens):
        assert_type(outcome.uid, Optional[str])
        return outcome.tokens
    if isinstance(outcome, venuekey.TokensRefreshed):
        return outcome.tokens
    if isinstance(outcome, venuekey.KeyChecked):
        assert_type(outcome.status.decision, venuekey.KeyDecision)
        return outcome.tokens
    if isinstance(outcome, venuekey.KeyDeleted):
        return outcome.tokens
    assert_never(outcome)


def what_next(kind: venuekey.ErrorKind) -> str:
    if kind == "misuse" or kind == "protocol":
        return "fix it"
    if kind == "denied" or kind == "rejected" or kind == "reauthorize":
        return "start again"
    if kind == "user_action" or kind == "unavailable":
        return "later"
    assert_never(kind)


def run(step: venuekey.Step, store: venuekey.MemoryStore, on_step: Callable[[venuekey.Step], None]) -> venuekey.Outcome:
    try:
        done = venuekey.drive(step, send=venuekey.senders.requests_sender(), save=store.save, on_step=on_step)
    except venuekey.SaveFailed as failure:
        done = venuekey.drive(failure.step, send=venuekey.senders.httpx_sender(), save=store.save)
    except venuekey.UnavailableError as error:
        assert_type(error.retry_after_ms, Optional[int])
        assert_type(error.recovery, Optional[venuekey.Recovery])
        if error.flow is None or error.recovery is None:
            raise
        done = venuekey.drive(error.flow.recover(), send=venuekey.senders.httpx_sender(), save=store.save)
    return done.outcome


async def arun(tokens: venuekey.Tokens, save: Callable[[venuekey.Snapshot], bool]) -> venuekey.Done:
    async def asave(snapshot: venuekey.Snapshot) -> bool:
        return save(snapshot)

    send = venuekey.senders.async_httpx_sender()
    await venuekey.adrive(client.check_key(tokens), send=send, save=save)
    await venuekey.adrive(client.delete_key(tokens, "00000000-0000-0000-0000-000000000000"), send=send, save=asave)
    return await venuekey.adrive(client.refresh_tokens(tokens), send=send, save=asave, clock=lambda: 1)


def weak(step: venuekey.Step, send: Callable[[venuekey.HttpRequest], venuekey.HttpResponse]) -> None:
    async def asave(snapshot: venuekey.Snapshot) -> bool:
        return bool(snapshot.revision)

    venuekey.drive(step, send=send, save=asave)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
