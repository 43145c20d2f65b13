"""The loop for threads: its order, and what each failure leaves behind."""

from __future__ import annotations

import pickle
import signal
import sys
import traceback
from typing import Any, Callable

import pytest

import venuekey
from conftest import CANARIES, EXTERNAL_ID, LAST_MS, NOW_MS, Clock, Venue, reply, run_by

Begin = Callable[[], venuekey.parts.Step]


@pytest.fixture
def run(store: venuekey.parts.MemoryStore, venue: Venue, clock: Clock) -> Callable[..., venuekey.parts.Done]:
    def run(step: venuekey.parts.Step, **given: Any) -> venuekey.parts.Done:
        arguments = {"send": venue.send, "save": store.save, "sleep": clock.sleep, "clock": clock, **given}
        return venuekey.parts.drive(step, **arguments)

    return run


def restored(client: venuekey.Client, store: venuekey.parts.MemoryStore) -> venuekey.parts.Flow:
    (flow_id,) = store.flow_ids()
    text = store.load(flow_id)
    assert text is not None
    return client.restore(text)


def test_a_whole_connection(
    begin: Begin, run: Any, venue: Venue, store: venuekey.parts.MemoryStore, client: venuekey.Client
) -> None:
    order: list[str] = []

    def save(snapshot: venuekey.parts.Snapshot) -> bool:
        order.append(f"save {snapshot.revision}")
        return store.save(snapshot)

    def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        order.append(request.purpose)
        return venue.send(request)

    steps: list[str] = []
    done = run(begin(), send=send, save=save, on_step=lambda step: steps.append(step.name))
    assert order == ["save 2", "save 3", "exchange_code", "save 4", "check_key", "save 5", "fetch_secret", "save 6"]
    assert steps == ["save", "send", "send", "send", "save", "done"]
    outcome = done.outcome
    assert isinstance(outcome, venuekey.parts.ApiKeyGranted)
    assert outcome.key.api_secret.expose() == CANARIES["api_secret"]
    assert outcome.key.api_key.expose() == outcome.key.external_id == EXTERNAL_ID
    assert outcome.key.candidate_public_key is not None
    assert outcome.key.candidate_public_key.expose() == CANARIES["public_key"]
    assert (outcome.key.any_granted, outcome.key.uid) == (True, None)
    # It stays restorable.
    again = restored(client, store).resume()
    assert isinstance(again, venuekey.parts.Done)
    assert isinstance(again.outcome, venuekey.parts.ApiKeyGranted)


def test_a_wait_is_slept_by_the_clock(begin: Begin, run: Any, venue: Venue, clock: Clock) -> None:
    venue.first["check_key"] = [reply({"data": {"exists": False, "isEnabled": False}})]
    waits: list[venuekey.parts.Step] = []
    run(begin(), on_step=lambda step: waits.append(step) if isinstance(step, venuekey.parts.Wait) else None)
    (wait,) = waits
    assert isinstance(wait, venuekey.parts.Wait)
    assert wait.reason == "key_not_ready"
    assert repr(wait) == f"Wait(key_not_ready, until_ms={wait.until_ms})"
    assert clock.slept == [(wait.until_ms - NOW_MS) / 1000]
    assert (wait.flow.status, wait.flow.until_ms) == ("waiting", wait.until_ms)


@pytest.mark.parametrize("says", [None, "soon", 0, NOW_MS // 1000])
@pytest.mark.parametrize("kind", ["drive", "adrive"])
def test_a_clock_that_fails_after_a_reply_loses_none(
    begin: Begin, venue: Venue, store: venuekey.parts.MemoryStore, clock: Clock, kind: str, says: object
) -> None:
    def fails() -> Any:
        if not venue.sent:
            return clock()
        if says is None:
            raise RuntimeError("canary")
        return says

    done = run_by(kind, venue, store, clock)(begin(), clock=fails)
    assert isinstance(done.outcome, venuekey.parts.ApiKeyGranted)
    with pytest.raises((RuntimeError, TypeError, venuekey.MisuseError)):
        run_by(kind, venue, store, clock)(begin(), clock=fails)


def test_a_failure_is_raised_by_kind(begin: Begin, run: Any, venue: Venue) -> None:
    venue.first["exchange_code"] = [reply({}, 401)]
    with pytest.raises(venuekey.ReauthorizeError) as caught:
        run(begin())
    assert caught.value.code == "code_rejected"
    assert caught.value.flow is not None
    assert caught.value.flow.status == "failed"


def test_no_response_is_passed_on(begin: Begin, run: Any, venue: Venue) -> None:
    venue.first["check_key"] = [venuekey.NoResponse()]
    run(begin())
    assert venue.purposes == ["exchange_code", "check_key", "check_key", "fetch_secret"]
    venue.first["exchange_code"] = [venuekey.NoResponse()]
    with pytest.raises(venuekey.ReauthorizeError) as caught:
        run(begin(), save=lambda snapshot: True)
    assert caught.value.code == "outcome_unknown"


def test_what_was_never_sent_is_sent_later(begin: Begin, run: Any, venue: Venue, clock: Clock) -> None:
    """Refused twice: the code is not spent, nor is the one reply with the secret."""
    for purpose in ("exchange_code", "fetch_secret"):
        venue.first[purpose] = [venuekey.NoResponse("ECONNREFUSED", not_sent=True) for _ in range(2)]
    done = run(begin())
    assert isinstance(done.outcome, venuekey.parts.ApiKeyGranted)
    assert [venue.purposes.count(purpose) for purpose in ("exchange_code", "fetch_secret")] == [3, 3]
    assert len(clock.slept) == 4


def test_the_loser_sends_nothing(begin: Begin, run: Any, venue: Venue, store: venuekey.parts.MemoryStore) -> None:
    step = begin()
    run(step)
    sent = len(venue.sent)
    with pytest.raises(venuekey.RejectedError) as caught:
        run(step)
    assert caught.value.code == "superseded"
    assert caught.value.flow is not None
    assert caught.value.flow.flow_id == step.flow.flow_id
    assert len(venue.sent) == sent


@pytest.mark.parametrize("failing", [2, 3, 4, 5, 6])
def test_a_failed_save_can_be_driven_again(
    failing: int, begin: Begin, run: Any, venue: Venue, store: venuekey.parts.MemoryStore
) -> None:
    outage = OSError("the store is away")

    def save(snapshot: venuekey.parts.Snapshot) -> bool:
        if snapshot.revision == failing:
            raise outage
        return store.save(snapshot)

    with pytest.raises(venuekey.parts.SaveFailed) as caught:
        run(begin(), save=save)
    failure = caught.value
    assert failure.__cause__ is outage
    shown = "".join(traceback.TracebackException.from_exception(failure, capture_locals=True).format())
    assert not [name for name, canary in CANARIES.items() if canary in shown]
    with pytest.raises(TypeError):
        pickle.dumps(failure)
    done = run(failure.step)
    assert isinstance(done.outcome, venuekey.parts.ApiKeyGranted)
    assert venue.purposes == ["exchange_code", "check_key", "fetch_secret"]


@pytest.mark.parametrize("returned", [None, 1, 0, "yes", object()])
def test_no_weaker_save(returned: object, begin: Begin, run: Any, venue: Venue) -> None:
    with pytest.raises(TypeError, match=f"not {type(returned).__name__}") as caught:
        run(begin(), save=lambda snapshot: returned)
    assert venue.sent == []
    assert isinstance(caught.value, venuekey.parts.SaveFailed)
    assert isinstance(run(caught.value.step), venuekey.parts.Done)


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, ZeroDivisionError])
@pytest.mark.parametrize("purpose", ["exchange_code", "check_key", "fetch_secret"])
def test_what_send_raises_leaves_a_flow_that_resumes(
    purpose: str,
    interruption: type[BaseException],
    begin: Begin,
    run: Any,
    venue: Venue,
    store: venuekey.parts.MemoryStore,
    client: venuekey.Client,
    clock: Clock,
) -> None:
    venue.first[purpose] = [interruption()]
    with pytest.raises(interruption):
        run(begin())
    flow = restored(client, store)
    assert flow.status == "in_flight"
    step = flow.resume(now_ms=clock())
    if purpose == "exchange_code":
        with pytest.raises(venuekey.ReauthorizeError):
            run(step)
    else:
        assert isinstance(run(step).outcome, venuekey.parts.ApiKeyGranted)
        assert venue.purposes.count(purpose) == 2


# Not 5: that is the reply of a request which is safe to ask again.
@pytest.mark.parametrize("revision", [2, 4, 6])
def test_an_interrupt_while_saving_loses_no_reply(
    revision: int, begin: Begin, run: Any, store: venuekey.parts.MemoryStore, client: venuekey.Client
) -> None:
    interrupts = [KeyboardInterrupt()]

    def save(snapshot: venuekey.parts.Snapshot) -> bool:
        if snapshot.revision == revision and interrupts:
            raise interrupts.pop()
        return store.save(snapshot)

    with pytest.raises(KeyboardInterrupt):
        run(begin(), save=save)
    assert restored(client, store).revision == revision


def test_on_step_can_not_cost_a_reply(
    begin: Begin, run: Any, store: venuekey.parts.MemoryStore, client: venuekey.Client
) -> None:
    def on_step(step: venuekey.parts.Step) -> None:
        if step.flow.status == "done":
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(begin(), on_step=on_step)
    assert restored(client, store).status == "done"


@pytest.mark.parametrize("saves", ["fails", "is lost", "wins"])
def test_a_signal_while_a_step_is_told_is_never_swallowed(begin: Begin, run: Any, saves: str) -> None:
    """A deploy has no other way to say that it is one."""

    def save(snapshot: venuekey.parts.Snapshot) -> bool:
        if saves == "fails":
            raise OSError("disk full")
        return saves == "wins"

    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
    try:
        with pytest.raises(SystemExit) as ended:
            run(begin(), save=save, on_step=lambda step: signal.raise_signal(signal.SIGTERM))
    finally:
        signal.signal(signal.SIGTERM, before)
    assert ended.value.code == 7
    assert isinstance(ended.value.__context__, venuekey.parts.SaveFailed) == (saves == "fails")


def test_what_on_step_raised_is_the_context_of_a_failed_save(begin: Begin, run: Any) -> None:
    def progress(step: venuekey.parts.Step) -> None:
        raise RuntimeError("progress")

    def save(snapshot: venuekey.parts.Snapshot) -> bool:
        raise OSError("disk full")

    with pytest.raises(venuekey.parts.SaveFailed) as caught:
        run(begin(), save=save, on_step=progress)
    assert isinstance(caught.value.__cause__, OSError)
    assert str(caught.value.__context__) == "progress"


def test_defaults_use_the_systems_clock(
    client: venuekey.Client, venue: Venue, store: venuekey.parts.MemoryStore
) -> None:
    fresh = venuekey.parts.Tokens(access_token="a", expires_at_ms=2**52)
    done = venuekey.parts.drive(client.check_key(fresh), send=venue.send, save=store.save)
    assert isinstance(done.outcome, venuekey.parts.KeyChecked)


def test_the_store_compares_and_sets(client: venuekey.Client, store: venuekey.parts.MemoryStore) -> None:
    one, other = client.begin("api_key").pending, client.begin("api_key").pending
    assert store.save(one.snapshot())
    assert not store.save(one.snapshot())
    assert store.save(other.snapshot())
    assert store.flow_ids() == [one.flow_id, other.flow_id]
    expired = one.resume(now_ms=LAST_MS)
    assert store.save(expired.flow.snapshot())
    assert repr(store) == "MemoryStore(2 flows)"
    store.delete(one.flow_id)
    store.delete(one.flow_id)
    assert store.load(one.flow_id) is None
    assert not store.save(expired.flow.snapshot())
