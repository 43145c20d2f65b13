"""A key's life: a reissue with its browser, which public key a key has, when to look at it next."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Awaitable
from typing import Any, Callable

import pytest

import venuekey
from conftest import CANARIES, EXTERNAL_ID, NOW_MS, REPLIES, Clock, Run, Venue, came_back, reply, restored, run_by

DAY_MS = 86_400_000


@pytest.fixture
def begin_reissue(client: venuekey.Client, tokens: venuekey.parts.Tokens) -> Callable[[], venuekey.parts.Step]:
    return lambda: client.reissue_key(tokens, EXTERNAL_ID, now_ms=NOW_MS)


@pytest.fixture(params=["drive", "adrive"])
def run(request: pytest.FixtureRequest, store: venuekey.parts.MemoryStore, venue: Venue, clock: Clock) -> Run:
    return run_by(request.param, venue, store, clock)


def browser(step: venuekey.parts.Authorize) -> str:
    return came_back(step.authorize_url)


def test_a_reissue_with_the_user_at_hand(
    begin_reissue: Callable[[], venuekey.parts.Step], run: Run, venue: Venue, store: venuekey.parts.MemoryStore
) -> None:
    order: list[str] = []

    def save(snapshot: venuekey.parts.Snapshot) -> bool:
        order.append(f"save {snapshot.revision} {snapshot.status}")
        return store.save(snapshot)

    def authorize(step: venuekey.parts.Authorize) -> str:
        order.append("authorize")
        assert step.authorize_url.startswith("https://whitebit.com/auth/login?")
        assert (step.flow.status, step.flow.expires_at_ms) == ("awaiting_callback", NOW_MS + 900_000)
        assert step.flow.tokens is None, "the tokens of before have no use after the deletion"
        return browser(step)

    steps: list[str] = []
    done = run(begin_reissue(), save=save, authorize=authorize, on_step=lambda step: steps.append(step.name))
    assert order[:5] == [
        "save 1 ready", "save 2 in_flight", "save 3 awaiting_callback", "authorize", "save 4 ready"
    ]  # fmt: skip
    assert steps[:5] == ["save", "send", "save", "authorize", "save"]
    assert venue.purposes == ["delete_key", "exchange_code", "check_key", "fetch_secret"]
    assert isinstance(done.outcome, venuekey.parts.ApiKeyGranted)
    assert done.outcome.key.api_secret.expose() == CANARIES["api_secret"]


def test_a_reissue_whose_callback_is_another_web_request(
    begin_reissue: Callable[[], venuekey.parts.Step],
    run: Run,
    venue: Venue,
    store: venuekey.parts.MemoryStore,
    client: venuekey.Client,
) -> None:
    with pytest.raises(venuekey.UserActionError) as caught:
        run(begin_reissue())
    error = caught.value
    assert (error.code, error.recovery) == ("authorization_required", None)
    flow = restored(client, store)
    assert error.flow is not None
    assert error.flow.snapshot().expose() == flow.snapshot().expose()
    asked = [flow.resume(now_ms=NOW_MS + later) for later in (0, 899_999)]
    urls = {step.authorize_url for step in asked if isinstance(step, venuekey.parts.Authorize)}
    assert (len(asked), len(urls)) == (2, 1)
    assert {step.flow.revision for step in asked} == {3}, "it is saved already"

    callback = came_back(urls.pop())
    done = run(flow.receive_callback(callback, now_ms=NOW_MS))
    assert isinstance(done.outcome, venuekey.parts.ApiKeyGranted)
    with pytest.raises(venuekey.RejectedError) as second:
        run(flow.receive_callback(callback, now_ms=NOW_MS))
    assert second.value.code == "superseded"
    assert venue.purposes.count("exchange_code") == 1


def test_a_callback_that_is_not_the_flows(
    begin_reissue: Callable[[], venuekey.parts.Step],
    run: Run,
    store: venuekey.parts.MemoryStore,
    client: venuekey.Client,
) -> None:
    with pytest.raises(venuekey.RejectedError) as caught:
        run(begin_reissue(), authorize=lambda step: "/callback?code=x&state=forged")
    assert caught.value.code == "state_mismatch"
    flow = restored(client, store)
    assert (flow.status, flow.revision) == ("awaiting_callback", 3)
    assert isinstance(run(flow.resume(now_ms=NOW_MS), authorize=browser), venuekey.parts.Done)


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, ZeroDivisionError])
def test_what_authorize_raises_leaves_a_flow_that_waits(
    interruption: type[BaseException],
    begin_reissue: Callable[[], venuekey.parts.Step],
    run: Run,
    store: venuekey.parts.MemoryStore,
    client: venuekey.Client,
) -> None:
    def authorize(step: venuekey.parts.Authorize) -> str:
        raise interruption

    with pytest.raises(interruption):
        run(begin_reissue(), authorize=authorize)
    assert restored(client, store).status == "awaiting_callback"


def test_nobody_comes_back(
    begin_reissue: Callable[[], venuekey.parts.Step],
    run: Run,
    store: venuekey.parts.MemoryStore,
    client: venuekey.Client,
) -> None:
    with pytest.raises(venuekey.UserActionError):
        run(begin_reissue())
    with pytest.raises(venuekey.ReauthorizeError) as caught:
        run(restored(client, store).resume(now_ms=NOW_MS + 900_000))
    assert caught.value.code == "callback_timeout"


def test_the_callback_by_a_cookie(
    begin_reissue: Callable[[], venuekey.parts.Step],
    run: Run,
    store: venuekey.parts.MemoryStore,
    client: venuekey.Client,
    sealing_keys: venuekey.SealingKeys,
) -> None:
    with pytest.raises(venuekey.UserActionError):
        run(begin_reissue())
    step = restored(client, store).resume(now_ms=NOW_MS)
    assert isinstance(step, venuekey.parts.Authorize)
    cookie = step.flow.seal(sealing_keys, context="session 7")
    opened = [client.open(cookie, keys=sealing_keys, context="session 7") for _ in range(2)]
    callback = came_back(step.authorize_url)
    first, second = (flow.receive_callback(callback, now_ms=NOW_MS) for flow in opened)
    assert isinstance(run(first), venuekey.parts.Done)
    with pytest.raises(venuekey.RejectedError, match="superseded"):
        run(second)


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        (
            {"delete_key": [reply({}, 401)], "refresh_tokens": [reply({"error": "invalid_grant"}, 400)]},
            "delete_key_in_dashboard",
        ),
        (
            {
                "delete_key": [reply({}, 403)],
                "check_key": [reply({"data": {"exists": True, "isEnabled": False, "externalId": EXTERNAL_ID}})],
            },
            "key_disabled",
        ),
    ],
)
def test_a_key_that_only_the_user_can_delete(
    answers: dict[str, Any], code: str, begin_reissue: Callable[[], venuekey.parts.Step], run: Run, venue: Venue
) -> None:
    venue.first = {purpose: list(given) for purpose, given in answers.items()}
    with pytest.raises(venuekey.UserActionError) as caught:
        run(begin_reissue(), authorize=lambda step: pytest.fail("nobody is sent anywhere"))
    assert caught.value.code == code


def cancel_while_away(arun: Callable[..., Awaitable[venuekey.parts.Done]], answer: bool) -> asyncio.CancelledError:
    """Cancels while the user is at the venue; a callback has then just arrived, and the loop has not run since."""

    async def scenario() -> asyncio.CancelledError:
        arrived: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        asked: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        seen: list[asyncio.CancelledError] = []

        async def authorize(step: venuekey.parts.Authorize) -> str:
            asked.set_result(step.authorize_url)
            return await arrived

        async def host() -> None:
            try:
                await arun(authorize=authorize)
            except asyncio.CancelledError as cancelled:
                seen.append(cancelled)
                raise

        task = asyncio.ensure_future(host())
        url = await asyncio.wait_for(asked, 10)
        if answer:
            arrived.set_result(came_back(url))
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return seen[0]

    return asyncio.run(scenario())


@pytest.mark.parametrize(("answer", "status"), [(False, "awaiting_callback"), (True, "ready")])
def test_a_callback_that_has_arrived_outlives_a_cancellation(
    answer: bool,
    status: str,
    begin_reissue: Callable[[], venuekey.parts.Step],
    venue: Venue,
    store: venuekey.parts.MemoryStore,
    clock: Clock,
    client: venuekey.Client,
) -> None:
    def arun(**given: Any) -> Awaitable[venuekey.parts.Done]:
        return venuekey.parts.adrive(begin_reissue(), send=venue.asend, save=store.save, clock=clock, **given)

    cancel_while_away(arun, answer)
    assert restored(client, store).status == status
    assert venue.purposes == ["delete_key"]


@pytest.fixture
def key(
    begin: Callable[[], venuekey.parts.Step], venue: Venue, store: venuekey.parts.MemoryStore
) -> venuekey.parts.ApiKey:
    """With the public key that its callback brought."""
    outcome = venuekey.parts.drive(begin(), send=venue.send, save=store.save, clock=lambda: NOW_MS).outcome
    assert isinstance(outcome, venuekey.parts.ApiKeyGranted)
    return outcome.key


def test_which_public_key_it_is(key: venuekey.parts.ApiKey) -> None:
    probe = venuekey.parts.PublicKeyProbe(key, venue="whitebit", environment="global", nonce_window=True)
    assert dict(probe.request().headers)["x-txc-apikey"] == EXTERNAL_ID
    assert b'"nonceWindow":true' in (probe.request().body or b"")
    with pytest.raises(venuekey.UnavailableError):
        probe.receive(reply({}, 429))
    answer = probe.receive(reply({"code": 0, "message": "?"}, 401))
    assert isinstance(answer, venuekey.parts.PublicKeyProbe)
    assert dict(answer.request(nonce_ms=1).headers)["x-txc-apikey"] == CANARIES["public_key"]
    proven = answer.receive(reply({"BTC": {}}))
    assert isinstance(proven, venuekey.parts.PublicKeyProven)
    assert (proven.key.api_key.expose(), proven.key.external_id) == (CANARIES["public_key"], EXTERNAL_ID)
    assert (proven.key.candidate_public_key, proven.proof.is_permitted) == (None, True)
    assert proven.key.api_secret.expose() == CANARIES["api_secret"]
    with pytest.raises(venuekey.ReauthorizeError) as caught:
        answer.receive(reply({"code": 0, "message": "?"}, 401))
    assert caught.value.code == "key_rejected"
    assert caught.value.hint is not None
    assert "check_key" in caught.value.hint
    with pytest.raises(venuekey.MisuseError, match="invalid_configuration"):
        venuekey.parts.PublicKeyProbe(key, venue="whitebit", environment="testnet")  # type: ignore[call-overload] # pyright: ignore[reportCallIssue, reportArgumentType]
    with pytest.raises(TypeError):
        venuekey.parts.PublicKeyProbe("key", venue="whitebit", environment="global")  # type: ignore[call-overload]


def test_a_watch_is_a_value() -> None:
    watch = venuekey.parts.KeyWatch("bybit", NOW_MS, is_ip_bound=False, seed=7)
    assert watch == venuekey.parts.KeyWatch.from_text(watch.to_text())
    assert watch != watch.used(now_ms=NOW_MS + 1)
    assert watch.used(now_ms=NOW_MS + 1).last_used_at_ms == NOW_MS + 1
    assert (watch.ends_at_ms, watch.expires_at_ms) == (NOW_MS + 90 * DAY_MS, None)
    assert repr(watch) == f'KeyWatch("bybit", {NOW_MS}, seed=7)'
    look = watch.next_check(now_ms=NOW_MS)
    assert look == watch.next_check(now_ms=NOW_MS + 1)
    assert {look, look} == {look}
    assert repr(look) == f'KeyCheck(at_ms={look.at_ms}, reason="revocation")'
    seeds = {venuekey.parts.KeyWatch("bybit", NOW_MS).seed for _ in range(8)}
    assert len(seeds) > 1, "left out, it is drawn"
    with pytest.raises(venuekey.MisuseError) as caught:
        venuekey.parts.KeyWatch("bybit", 2**53)
    assert caught.value.code == "snapshot_invalid"
    with pytest.raises(OverflowError):
        venuekey.parts.KeyWatch("bybit", NOW_MS, seed=-1)


def test_what_a_look_has_brought() -> None:
    watch = venuekey.parts.KeyWatch("whitebit", NOW_MS, seed=7)
    signer = venuekey.parts.Signer(venue="whitebit", environment="global", api_key="key", api_secret="s3cr3t")
    works = watch.receive_proof(signer.receive_probe(reply({})), now_ms=NOW_MS + DAY_MS)
    assert (works.name, works.check_again_at_ms) == ("works", None)
    assert works.watch == watch.used(now_ms=NOW_MS + DAY_MS)
    assert works == watch.receive_proof(signer.receive_probe(reply({})), now_ms=NOW_MS + DAY_MS)

    def error_of(response: venuekey.parts.HttpResponse) -> venuekey.VenuekeyError:
        with pytest.raises(venuekey.VenuekeyError) as caught:
            signer.receive_response(response)
        # As a task queue brings it back.
        return pickle.loads(pickle.dumps(caught.value))  # type: ignore[no-any-return]

    disabled = error_of(reply({"code": 10, "message": "This action is unauthorized. Enable your key"}, 403))
    assert repr(watch.receive_error(disabled)) == "KeyVerdict(disabled)"
    unclear = watch.receive_error(error_of(reply({}, 429)), now_ms=NOW_MS)
    assert (unclear.name, unclear.watch) == ("unclear", None)
    assert NOW_MS + 900_000 <= (unclear.check_again_at_ms or 0) < NOW_MS + 1_800_000
    with pytest.raises(venuekey.MisuseError, match="invalid_argument"):
        watch.receive_error(venuekey.VenuekeyError("text", "no_such_code"))


def test_anything_granted(client: venuekey.Client, tokens: venuekey.parts.Tokens, venue: Venue) -> None:
    nothing = [{"name": "trade", "title": "Trading", "urls": [{"url": "/v2/order", "enable": False}]}]
    info = REPLIES["check_key"]["data"]
    venue.first["check_key"] = [reply({"data": {**info, "permissions": nothing}}), reply(REPLIES["check_key"])]
    granted = []
    for _ in range(2):
        step = client.check_key(tokens, now_ms=NOW_MS)
        outcome = venuekey.parts.drive(step, send=venue.send, save=lambda _: True, clock=lambda: NOW_MS).outcome
        assert isinstance(outcome, venuekey.parts.KeyChecked)
        granted.append(outcome.status.any_granted)
        watch = venuekey.parts.KeyWatch("whitebit", NOW_MS)
        assert watch.receive_status(outcome.status, EXTERNAL_ID).watch == watch
        assert watch.receive_status(outcome.status, EXTERNAL_ID.replace("0", "1")).name == "gone"
        with pytest.raises(venuekey.MisuseError, match="UUID"):
            watch.receive_status(outcome.status, "key")
    assert granted == [False, True]
