"""`fresh_tokens`: one refresh for many workers, and no new pair that gets lost on the way to the store."""

from __future__ import annotations

import asyncio
import math
import pickle
import threading
import time
from typing import Any, Callable

import pytest

import venuekey
from conftest import CANARIES, NOW_MS, Clock, Venue, reply

Fresh = Callable[..., venuekey.parts.UseTokens]
DUE_MS = NOW_MS + 250_000


@pytest.fixture
def shared(
    client: venuekey.Client, tokens: venuekey.parts.Tokens, store: venuekey.parts.MemoryStore, clock: Clock
) -> venuekey.parts.SharedTokens:
    shared = client.share_tokens(tokens, now_ms=NOW_MS)
    assert store.save(shared.snapshot())
    clock.now_ms = DUE_MS
    return shared


@pytest.fixture(params=["threads", "asyncio"])
def fresh(
    request: pytest.FixtureRequest,
    client: venuekey.Client,
    shared: venuekey.parts.SharedTokens,
    store: venuekey.parts.MemoryStore,
    venue: Venue,
    clock: Clock,
) -> Fresh:
    """`fresh_tokens` or its twin, over the store and the venue of this test."""

    def load() -> str | None:
        return store.load(shared.tokens_id)

    def fresh(**given: Any) -> venuekey.parts.UseTokens:
        given = {"load": load, "save": store.save, "send": venue.send, "clock": clock, **given}
        if request.param == "threads":
            return venuekey.parts.fresh_tokens(client, **{"sleep": clock.sleep, **given})
        given = {"sleep": clock.asleep, **{name: asynchronous(each) for name, each in given.items()}}
        return asyncio.run(venuekey.parts.afresh_tokens(client, **given))

    return fresh


def asynchronous(given: Any) -> Any:
    """A coroutine function in place of a function; the clock and what is no function stay."""
    if not callable(given) or isinstance(given, Clock):
        return given

    async def call(*arguments: Any) -> Any:
        await asyncio.sleep(0)
        return given(*arguments)

    return call


def stored(client: venuekey.Client, store: venuekey.parts.MemoryStore, shared: venuekey.parts.SharedTokens) -> Any:
    return client.restore_tokens(store.load(shared.tokens_id) or "")


def test_tokens_that_count_are_used_as_they_are(fresh: Fresh, venue: Venue, clock: Clock) -> None:
    clock.now_ms = NOW_MS + 1000
    plan = fresh()
    assert (plan.tokens.access_token.expose(), plan.generation, venue.sent) == (CANARIES["access"], 1, [])
    assert plan.refresh_at_ms is not None
    assert NOW_MS + 145_000 <= plan.refresh_at_ms <= NOW_MS + 175_000


def test_tokens_that_are_due_are_refreshed_and_stored_first(
    fresh: Fresh,
    venue: Venue,
    client: venuekey.Client,
    store: venuekey.parts.MemoryStore,
    shared: venuekey.parts.SharedTokens,
) -> None:
    plan = fresh()
    assert (plan.tokens.access_token.expose(), plan.generation) == ("next-access", 2)
    assert venue.purposes == ["refresh_tokens"]
    assert stored(client, store, shared).revision == 3
    assert fresh().generation == 2
    assert venue.purposes == ["refresh_tokens"]


def test_a_refused_access_token_is_refreshed_once(fresh: Fresh, venue: Venue, clock: Clock) -> None:
    clock.now_ms = NOW_MS + 1000
    assert fresh(refused_generation=1).generation == 2
    assert fresh(refused_generation=1).generation == 2
    with pytest.raises(venuekey.ReauthorizeError) as caught:
        fresh(refused_generation=2)
    assert (caught.value.code, venue.purposes) == ("token_rejected", ["refresh_tokens"])


def test_another_workers_refresh_is_waited_for(
    fresh: Fresh, venue: Venue, store: venuekey.parts.MemoryStore, shared: venuekey.parts.SharedTokens, clock: Clock
) -> None:
    plan = shared.plan(now_ms=clock())
    assert isinstance(plan, venuekey.parts.RefreshTokens)
    assert store.save(plan.next.snapshot())

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        if len(clock.slept) == 3:
            store.save(plan.next.receive_response(venue.send(plan.request), now_ms=clock()).snapshot())

    assert fresh(sleep=sleep).generation == 2
    assert clock.slept == [0.25, 0.25, 0.25]


def test_a_worker_that_does_not_come_back_is_replaced(
    fresh: Fresh, store: venuekey.parts.MemoryStore, shared: venuekey.parts.SharedTokens, clock: Clock
) -> None:
    plan = shared.plan(now_ms=clock())
    assert isinstance(plan, venuekey.parts.RefreshTokens)
    assert store.save(plan.next.snapshot())
    assert fresh(refused_generation=1).generation == 2
    assert 165 <= sum(clock.slept) <= 166, "its lease, and 2 min for clocks that differ"


def test_a_lost_reply_is_asked_for_again_and_what_that_brings_is_told(
    fresh: Fresh, venue: Venue, clock: Clock, store: venuekey.parts.MemoryStore
) -> None:
    venue.first["refresh_tokens"] = [venuekey.NoResponse(), reply({"data": {"token": ["Invalid token."]}}, 400)]
    plan = fresh()
    assert (plan.tokens.access_token.expose(), plan.refresh_at_ms) == (CANARIES["access"], clock() + 2000)
    clock.now_ms += 2000
    plan = fresh()
    assert (plan.tokens.access_token.expose(), plan.refresh_at_ms) == (CANARIES["access"], None), "as long as it counts"
    assert (venue.purposes, clock.slept) == (["refresh_tokens"] * 2, [])
    with pytest.raises(venuekey.ReauthorizeError) as caught:
        fresh(refused_generation=1)
    assert caught.value.code == "outcome_unknown"


def test_a_refresh_that_was_never_sent_is_sent_later(fresh: Fresh, venue: Venue) -> None:
    """After it the venue's refusal is a refusal: nothing can have spent the refresh token before."""
    refused = reply({"data": {"token": ["Invalid token."]}}, 400)
    venue.first["refresh_tokens"] = [venuekey.NoResponse("EAI_AGAIN", not_sent=True), refused]
    with pytest.raises(venuekey.ReauthorizeError) as caught:
        fresh(refused_generation=1)
    assert caught.value.code == "token_rejected"
    assert venue.purposes == ["refresh_tokens"] * 2


def test_a_limit_is_waited_for_while_patience_lasts(fresh: Fresh, venue: Venue, clock: Clock) -> None:
    clock.now_ms = NOW_MS + 299_000
    venue.first["refresh_tokens"] = [reply({}, 429), reply({}, 429)]
    assert fresh().generation == 2
    assert 3 <= sum(clock.slept) <= 4
    clock.now_ms += 299_000
    venue.first["refresh_tokens"] = [reply({}, 429)]
    with pytest.raises(venuekey.UnavailableError) as caught:
        fresh(patience_s=0.5)
    assert caught.value.code == "rate_limited"


def test_what_the_store_does_not_take_is_told_with_the_new_pair(
    fresh: Fresh, client: venuekey.Client, store: venuekey.parts.MemoryStore, shared: venuekey.parts.SharedTokens
) -> None:
    def save(snapshot: venuekey.parts.Snapshot) -> bool:
        if snapshot.revision == 3:
            raise ConnectionError("the database is away")
        return store.save(snapshot)

    with pytest.raises(venuekey.parts.TokensUnsaved) as caught:
        fresh(save=save)
    assert isinstance(caught.value.__cause__, ConnectionError)
    assert caught.value.shared.generation == 2
    assert not set(CANARIES.values()) & set(str(caught.value).split()), str(caught.value)
    with pytest.raises(TypeError):
        pickle.dumps(caught.value)
    venuekey.parts.keep_tokens(client, caught.value.shared, load=lambda: store.load(shared.tokens_id), save=store.save)
    assert stored(client, store, shared).tokens.access_token.expose() == "next-access"


def test_a_late_pair_is_kept_where_the_store_has_moved_on(
    fresh: Fresh,
    venue: Venue,
    client: venuekey.Client,
    store: venuekey.parts.MemoryStore,
    shared: venuekey.parts.SharedTokens,
    clock: Clock,
) -> None:
    """The first worker's reply takes 3 minutes; meanwhile a second one is refused, since the first one's was taken."""

    def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        if venue.sent:
            return venue.send(request)
        clock.now_ms += 180_000
        other = stored(client, store, shared).plan(now_ms=clock())
        assert isinstance(other, venuekey.parts.RefreshTokens)
        assert store.save(other.next.snapshot())
        refused = reply({"data": {"token": ["Invalid token."]}}, 400)
        assert store.save(other.next.receive_response(refused, now_ms=clock()).snapshot())
        return venue.send(request)

    assert fresh(send=send).tokens.access_token.expose() == "next-access"


def test_a_save_that_took_too_long_sends_nothing(
    fresh: Fresh, venue: Venue, store: venuekey.parts.MemoryStore, clock: Clock
) -> None:
    def save(snapshot: venuekey.parts.Snapshot) -> bool:
        if not venue.sent and snapshot.revision == 2:
            clock.now_ms += 20_000
        return store.save(snapshot)

    assert fresh(save=save).generation == 2
    assert sum(clock.slept) > 25, "the rest of the lease is waited for, as for a dead worker"
    assert venue.purposes == ["refresh_tokens"]


@pytest.mark.parametrize("answer", [None, 1, "yes"])
def test_a_save_that_does_not_say_who_won_is_refused(fresh: Fresh, venue: Venue, answer: Any) -> None:
    with pytest.raises(TypeError, match="True"):
        fresh(save=lambda _: answer)
    assert venue.sent == []


def test_tokens_that_are_not_in_the_store(fresh: Fresh) -> None:
    with pytest.raises(LookupError):
        fresh(load=lambda: None)


def test_many_threads_make_one_refresh(
    client: venuekey.Client, shared: venuekey.parts.SharedTokens, store: venuekey.parts.MemoryStore, venue: Venue
) -> None:
    due, generations = threading.Barrier(16), []

    def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        time.sleep(0.05)
        return venue.send(request)

    def work() -> None:
        due.wait()
        plan = venuekey.parts.fresh_tokens(
            client, load=lambda: store.load(shared.tokens_id), save=store.save, send=send, clock=lambda: DUE_MS
        )
        generations.append(plan.generation)

    workers = [threading.Thread(target=work) for _ in range(16)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert (generations, venue.purposes) == ([2] * 16, ["refresh_tokens"])


def test_a_cancelled_task_finishes_its_refresh(
    client: venuekey.Client, shared: venuekey.parts.SharedTokens, store: venuekey.parts.MemoryStore, venue: Venue
) -> None:
    async def scenario() -> None:
        sent = asyncio.Event()

        async def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
            sent.set()
            await asyncio.sleep(0.05)
            return venue.send(request)

        task = asyncio.ensure_future(
            venuekey.parts.afresh_tokens(
                client, load=lambda: store.load(shared.tokens_id), save=store.save, send=send, clock=lambda: DUE_MS
            )
        )
        await sent.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())
    assert stored(client, store, shared).tokens.access_token.expose() == "next-access"


def test_nothing_shows_a_secret(client: venuekey.Client, shared: venuekey.parts.SharedTokens) -> None:
    refused = shared.plan(now_ms=DUE_MS)
    assert isinstance(refused, venuekey.parts.RefreshTokens)
    ended = refused.next.receive_response(reply({"data": {"token": ["canary-refresh-token"]}}, 400), now_ms=DUE_MS)
    plans = [shared.plan(now_ms=NOW_MS), refused, refused.next.plan(now_ms=DUE_MS)]
    plans.append(ended.plan(now_ms=NOW_MS + 300_000))
    assert [type(plan).__name__ for plan in plans] == ["UseTokens", "RefreshTokens", "WaitUntil", "Reauthorize"]
    for each in [shared, shared.tokens, *plans]:
        for shown in (repr(each), str(each), f"{each}"):
            assert not [canary for canary in CANARIES.values() if canary in shown], shown
        with pytest.raises(TypeError):
            pickle.dumps(each)


@pytest.mark.parametrize("stored", ["", "{", "null", None])
def test_a_damaged_row_costs_itself_alone(
    stored: str | None, client: venuekey.Client, tokens: venuekey.parts.Tokens, shared: venuekey.parts.SharedTokens
) -> None:
    """The new pair of that row stays in the exception; the next row is kept as if nothing had been."""
    other, kept = client.share_tokens(tokens, now_ms=NOW_MS), venuekey.parts.MemoryStore()
    with pytest.raises(venuekey.parts.TokensUnsaved) as caught:
        venuekey.parts.keep_tokens(client, shared, load=lambda: stored, save=lambda snapshot: False)
    assert caught.value.shared is shared
    assert isinstance(caught.value.__cause__, (venuekey.MisuseError, LookupError))
    venuekey.parts.keep_tokens(client, other, load=lambda: None, save=kept.save)
    assert kept.load(other.tokens_id) is not None


@pytest.mark.parametrize("patience_s", [math.inf, 1e17, 0, -1, 0.5])
def test_patience_has_any_length(
    client: venuekey.Client, shared: venuekey.parts.SharedTokens, patience_s: float
) -> None:
    store = venuekey.parts.MemoryStore()
    assert store.save(shared.snapshot())
    use = venuekey.parts.fresh_tokens(
        client, load=lambda: store.load(shared.tokens_id), save=store.save, send=unreachable, patience_s=patience_s,
        clock=lambda: NOW_MS,
    )  # fmt: skip
    assert use.generation == 1


@pytest.mark.parametrize("patience_s", [math.nan, "3", None])
def test_patience_that_is_no_number_is_told_by_name(client: venuekey.Client, patience_s: Any) -> None:
    with pytest.raises(TypeError, match="patience_s"):
        venuekey.parts.fresh_tokens(
            client, load=lambda: None, save=lambda _: True, send=unreachable, patience_s=patience_s
        )


def unreachable(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
    raise AssertionError("nothing is sent")
