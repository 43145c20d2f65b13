"""The user's choice of an account: who asks, and what each ending leaves behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, Callable

import pytest

import venuekey
from conftest import AGENT_REPLIES, CANARIES, NOW_MS, Clock, Run, Venue, reply, restored, run_by

Begin = Callable[[], venuekey.parts.Step]


@pytest.fixture(params=["drive", "adrive"])
def run(request: pytest.FixtureRequest, store: venuekey.parts.MemoryStore, bybit: Venue, clock: Clock) -> Run:
    return run_by(request.param, bybit, store, clock)


def test_a_choice_at_once(begin_agent: Begin, run: Run, bybit: Venue, store: venuekey.parts.MemoryStore) -> None:
    order: list[str] = []

    def save(snapshot: venuekey.parts.Snapshot) -> bool:
        order.append(f"save {snapshot.revision} {snapshot.status}")
        return store.save(snapshot)

    def choose(step: venuekey.parts.Choose) -> str:
        order.append("choose")
        first, second = step.subaccounts
        assert (first.id, first.nickname, second.id, second.nickname) == ("200001", "bot-1", "200002", None)
        assert (step.may_create, step.creation_in_doubt, step.flow.status) == (True, False, "awaiting_choice")
        return first.id

    steps: list[str] = []
    done = run(begin_agent(), save=save, choose=choose, on_step=lambda step: steps.append(step.name))
    assert order[3:] == ["save 5 awaiting_choice", "choose", "save 6 ready", "save 7 in_flight", "save 8 done"]
    assert steps == ["save", "send", "send", "save", "choose", "save", "send", "save", "done"]
    assert bybit.purposes == ["exchange_code", "list_subaccounts", "fetch_subaccount_key"]
    assert isinstance(done.outcome, venuekey.parts.ApiKeyGranted)
    assert done.outcome.key.api_secret.expose() == CANARIES["api_secret"]
    assert done.outcome.key.sub_member_id == "200001"


def test_a_choice_in_another_process(
    begin_agent: Begin, run: Run, bybit: Venue, store: venuekey.parts.MemoryStore, agent: venuekey.Client
) -> None:
    with pytest.raises(venuekey.UserActionError) as caught:
        run(begin_agent())
    error = caught.value
    assert (error.code, error.recovery) == ("choice_required", None)
    flow = restored(agent, store)
    assert error.flow is not None
    assert error.flow.snapshot().expose() == flow.snapshot().expose()
    shown = flow.resume()
    assert isinstance(shown, venuekey.parts.Choose)
    assert shown.flow.revision == flow.revision == 5

    saved = flow.choose(shown.subaccounts[0].id, now_ms=NOW_MS)
    assert saved.name == "save"
    done = run(saved)
    assert isinstance(done.outcome, venuekey.parts.ApiKeyGranted)
    # A second click finds the flow moved on.
    with pytest.raises(venuekey.RejectedError) as second:
        run(flow.choose(venuekey.parts.CREATE_SUBACCOUNT, now_ms=NOW_MS))
    assert second.value.code == "superseded"
    assert "create_subaccount" not in bybit.purposes


def test_a_step_that_is_a_choice_is_not_saved_again(
    begin_agent: Begin, run: Run, store: venuekey.parts.MemoryStore
) -> None:
    with pytest.raises(venuekey.UserActionError) as caught:
        run(begin_agent())
    assert caught.value.flow is not None
    step = caught.value.flow.resume()
    with pytest.raises(venuekey.UserActionError):
        run(step, save=lambda snapshot: pytest.fail("saved twice"))
    assert isinstance(run(step, choose=lambda step: "200001"), venuekey.parts.Done)


def test_a_new_account(begin_agent: Begin, run: Run, bybit: Venue) -> None:
    done = run(begin_agent(), choose=lambda step: venuekey.parts.CREATE_SUBACCOUNT)
    assert bybit.purposes == ["exchange_code", "list_subaccounts", "create_subaccount"]
    assert isinstance(done.outcome, venuekey.parts.ApiKeyGranted)
    assert done.outcome.key.sub_member_id == "200003"


def test_a_lost_creation_asks_again_and_says_so(begin_agent: Begin, run: Run, bybit: Venue) -> None:
    bybit.first["create_subaccount"] = [venuekey.NoResponse()]
    doubts: list[bool] = []

    def choose(step: venuekey.parts.Choose) -> str:
        doubts.append(step.creation_in_doubt)
        return step.subaccounts[0].id if step.creation_in_doubt else venuekey.parts.CREATE_SUBACCOUNT

    assert isinstance(run(begin_agent(), choose=choose), venuekey.parts.Done)
    assert doubts == [False, True]
    assert bybit.purposes[2:] == ["create_subaccount", "list_subaccounts", "fetch_subaccount_key"]


def test_choose_again_after_a_refused_key(begin_agent: Begin, run: Run, bybit: Venue) -> None:
    bybit.first["fetch_subaccount_key"] = [reply({"retCode": 0, "result": {"sub_member_id": 200001}})]
    with pytest.raises(venuekey.ProtocolError) as caught:
        run(begin_agent(), choose=lambda step: "200001")
    assert (caught.value.code, caught.value.recovery) == ("malformed_reply", "choose_again")
    assert caught.value.flow is not None
    assert isinstance(run(caught.value.flow.recover(now_ms=NOW_MS), choose=lambda step: "200001"), venuekey.parts.Done)


@pytest.mark.parametrize(
    ("answer", "refusal", "text"),
    [("200009", venuekey.MisuseError, "invalid_argument"), (None, TypeError, "None"), (200001, TypeError, "int")],
)
def test_an_answer_that_is_no_option(
    answer: object,
    refusal: type[Exception],
    text: str,
    begin_agent: Begin,
    run: Run,
    store: venuekey.parts.MemoryStore,
    agent: venuekey.Client,
) -> None:
    with pytest.raises(refusal, match=text):
        run(begin_agent(), choose=lambda step: answer)
    flow = restored(agent, store)
    assert (flow.status, flow.revision) == ("awaiting_choice", 5)
    assert isinstance(run(flow.resume(), choose=lambda step: "200001"), venuekey.parts.Done)


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, ZeroDivisionError])
def test_what_choose_raises_leaves_a_flow_that_waits(
    interruption: type[BaseException],
    begin_agent: Begin,
    run: Run,
    store: venuekey.parts.MemoryStore,
    agent: venuekey.Client,
) -> None:
    def choose(step: venuekey.parts.Choose) -> str:
        raise interruption

    with pytest.raises(interruption):
        run(begin_agent(), choose=choose)
    assert restored(agent, store).status == "awaiting_choice"


def test_a_choice_survives_an_outage_and_on_step(
    begin_agent: Begin, run: Run, store: venuekey.parts.MemoryStore, agent: venuekey.Client
) -> None:
    def save(snapshot: venuekey.parts.Snapshot) -> bool:
        if snapshot.revision == 6:
            raise OSError("away")
        return store.save(snapshot)

    with pytest.raises(venuekey.parts.SaveFailed) as failed:
        run(begin_agent(), save=save, choose=lambda step: "200001")
    assert failed.value.step.flow.status == "ready"

    def on_step(step: venuekey.parts.Step) -> None:
        if step.flow.status == "ready":
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(restored(agent, store).resume(), choose=lambda step: "200001", on_step=on_step)
    flow = restored(agent, store)
    assert (flow.status, flow.revision) == ("ready", 6)
    assert isinstance(run(flow.resume(now_ms=NOW_MS)), venuekey.parts.Done)


def test_an_interrupt_while_saving_loses_no_choice(
    begin_agent: Begin, bybit: Venue, clock: Clock, store: venuekey.parts.MemoryStore, agent: venuekey.Client
) -> None:
    interrupts = [KeyboardInterrupt()]

    def save(snapshot: venuekey.parts.Snapshot) -> bool:
        if snapshot.revision == 6 and interrupts:
            raise interrupts.pop()
        return store.save(snapshot)

    with pytest.raises(KeyboardInterrupt):
        venuekey.parts.drive(begin_agent(), send=bybit.send, save=save, clock=clock, choose=lambda step: "200001")
    assert restored(agent, store).status == "ready"


# Cancellation.


Arun = Callable[..., Awaitable[venuekey.parts.Done]]


@pytest.fixture
def arun(begin_agent: Begin, store: venuekey.parts.MemoryStore, bybit: Venue, clock: Clock) -> Arun:
    def arun(**given: Any) -> Awaitable[venuekey.parts.Done]:
        return venuekey.parts.adrive(
            begin_agent(), **{"send": bybit.asend, "save": store.save, "clock": clock, **given}
        )

    return arun


def test_choose_may_be_a_coroutine_function(arun: Arun) -> None:
    async def choose(step: venuekey.parts.Choose) -> str:
        await asyncio.sleep(0)
        return step.subaccounts[0].id

    async def scenario() -> venuekey.parts.Done:
        return await arun(choose=choose)

    assert isinstance(asyncio.run(scenario()).outcome, venuekey.parts.ApiKeyGranted)


def cancel_while_asked(arun: Arun, answer: str | None, **given: Any) -> asyncio.CancelledError:
    """Cancels while the user is asked; an answer has then just arrived, and the loop has not run since."""

    async def scenario() -> asyncio.CancelledError:
        arrived: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        asked = asyncio.Event()
        seen: list[asyncio.CancelledError] = []

        async def choose(step: venuekey.parts.Choose) -> str:
            asked.set()
            return await arrived

        async def host() -> None:
            try:
                await arun(choose=choose, **given)
            except asyncio.CancelledError as cancelled:
                seen.append(cancelled)
                raise

        task = asyncio.ensure_future(host())
        await asyncio.wait_for(asked.wait(), 300)
        if answer is not None:
            arrived.set_result(answer)
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return seen[0]

    return asyncio.run(scenario())


def test_a_cancelled_question_leaves_a_flow_that_waits(
    arun: Arun, store: venuekey.parts.MemoryStore, agent: venuekey.Client
) -> None:
    cancel_while_asked(arun, None)
    assert restored(agent, store).status == "awaiting_choice"


def test_an_answer_that_has_arrived_is_stored_first(
    arun: Arun, store: venuekey.parts.MemoryStore, agent: venuekey.Client, bybit: Venue
) -> None:
    cancel_while_asked(arun, "200001")
    assert restored(agent, store).status == "ready"
    assert bybit.purposes == list(AGENT_REPLIES)[:2]


def test_a_wrong_answer_does_not_swallow_the_cancellation(
    arun: Arun, store: venuekey.parts.MemoryStore, agent: venuekey.Client
) -> None:
    cancelled = cancel_while_asked(arun, "200009")
    assert isinstance(cancelled.__cause__, venuekey.MisuseError)
    assert restored(agent, store).status == "awaiting_choice"


def test_an_answer_that_can_not_be_stored_while_cancelled_is_in_the_cause(
    arun: Arun, bybit: Venue, clock: Clock
) -> None:
    def save(snapshot: venuekey.parts.Snapshot) -> bool:
        if snapshot.revision == 6:
            raise OSError("away")
        return True

    failure = cancel_while_asked(arun, "200001", save=save).__cause__
    assert isinstance(failure, venuekey.parts.SaveFailed)
    done = venuekey.parts.drive(failure.step, send=bybit.send, save=lambda snapshot: True, clock=clock)
    assert isinstance(done.outcome, venuekey.parts.ApiKeyGranted)
