"""The loop for asyncio: the same order, and what a cancellation may not cost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, Callable

import pytest

import venuekey
from conftest import Clock, Venue, reply

Begin = Callable[[], venuekey.parts.Step]


@pytest.fixture
def arun(
    store: venuekey.parts.MemoryStore, venue: Venue, clock: Clock
) -> Callable[..., Awaitable[venuekey.parts.Done]]:
    def arun(step: venuekey.parts.Step, **given: Any) -> Awaitable[venuekey.parts.Done]:
        arguments = {"send": venue.asend, "save": store.save, "sleep": clock.asleep, "clock": clock, **given}
        return venuekey.parts.adrive(step, **arguments)

    return arun


def status(client: venuekey.Client, store: venuekey.parts.MemoryStore) -> tuple[str, int]:
    (flow_id,) = store.flow_ids()
    flow = client.restore(store.load(flow_id) or "")
    return flow.status, flow.revision


@pytest.mark.parametrize("asynchronous", [True, False])
def test_functions_may_be_async_or_not(
    asynchronous: bool, begin: Begin, arun: Any, venue: Venue, store: venuekey.parts.MemoryStore, clock: Clock
) -> None:
    async def asave(snapshot: venuekey.parts.Snapshot) -> bool:
        await asyncio.sleep(0)
        return store.save(snapshot)

    venue.first["check_key"] = [reply({}, 429), venuekey.NoResponse()]
    given = {"save": asave} if asynchronous else {"send": venue.send, "sleep": clock.sleep}
    steps: list[str] = []
    done = asyncio.run(arun(begin(), on_step=lambda step: steps.append(step.name), **given))
    assert isinstance(done.outcome, venuekey.parts.ApiKeyGranted)
    assert steps == ["save", "send", "send", "wait", "send", "wait", "send", "send", "save", "done"]
    assert len(clock.slept) == 2


def test_failures(begin: Begin, arun: Any, venue: Venue, store: venuekey.parts.MemoryStore) -> None:
    step = begin()
    venue.first["exchange_code"] = [reply({}, 401)]
    with pytest.raises(venuekey.ReauthorizeError):
        asyncio.run(arun(step))
    with pytest.raises(venuekey.RejectedError) as caught:
        asyncio.run(arun(step))
    assert caught.value.code == "superseded"

    async def none(snapshot: venuekey.parts.Snapshot) -> None:
        return None

    with pytest.raises(TypeError, match="not NoneType"):
        asyncio.run(arun(begin(), save=none))

    async def away(snapshot: venuekey.parts.Snapshot) -> bool:
        raise OSError("away")

    with pytest.raises(venuekey.parts.SaveFailed) as failed:
        asyncio.run(arun(begin(), save=away))
    assert isinstance(failed.value.__cause__, OSError)
    assert isinstance(asyncio.run(arun(failed.value.step, save=lambda snapshot: True)), venuekey.parts.Done)
    venue.first["exchange_code"] = [ZeroDivisionError()]
    with pytest.raises(ZeroDivisionError):
        asyncio.run(arun(begin()))


class Gate:
    """A coroutine function that stops half-way until it is let on."""

    def __init__(self, act: Callable[[Any], Any], when: Callable[[Any], bool]) -> None:
        self.act, self.when = act, when
        self.reached, self.open = asyncio.Event(), asyncio.Event()

    async def __call__(self, argument: Any) -> Any:
        if self.when(argument):
            self.reached.set()
            await self.open.wait()
        return self.act(argument)


def test_a_save_that_has_begun_is_finished(
    begin: Begin, arun: Any, store: venuekey.parts.MemoryStore, client: venuekey.Client
) -> None:
    async def scenario() -> None:
        save = Gate(store.save, lambda snapshot: snapshot.revision == 6)
        task = asyncio.ensure_future(arun(begin(), save=save))
        await save.reached.wait()
        for _ in range(3):
            task.cancel()
            await asyncio.sleep(0)
        assert not task.done()
        save.open.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert status(client, store) == ("done", 6)

    asyncio.run(scenario())


def test_a_request_that_is_safe_to_ask_again_is_given_up(
    begin: Begin, arun: Any, venue: Venue, store: venuekey.parts.MemoryStore, client: venuekey.Client
) -> None:
    async def scenario() -> None:
        send = Gate(venue.send, lambda request: request.purpose == "check_key")
        task = asyncio.ensure_future(arun(begin(), send=send))
        await send.reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert status(client, store) == ("in_flight", 4)
        assert venue.purposes == ["exchange_code"]

    asyncio.run(scenario())


@pytest.mark.parametrize(("purpose", "stored"), [("exchange_code", ("in_flight", 4)), ("fetch_secret", ("done", 6))])
def test_a_request_that_may_be_sent_once_is_finished_and_its_reply_stored(
    purpose: str,
    stored: tuple[str, int],
    begin: Begin,
    arun: Any,
    venue: Venue,
    store: venuekey.parts.MemoryStore,
    client: venuekey.Client,
) -> None:
    async def scenario() -> None:
        send = Gate(venue.send, lambda request: request.purpose == purpose)
        task = asyncio.ensure_future(arun(begin(), send=send))
        await send.reached.wait()
        for _ in range(3):
            task.cancel()
            await asyncio.sleep(0)
        assert not task.done()
        send.open.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert status(client, store) == stored
        assert venue.purposes[-1] == purpose, "what is safe to ask again waits for the next worker"

    asyncio.run(scenario())


def test_a_reply_that_can_not_be_stored_while_cancelled_is_in_the_cause(begin: Begin, arun: Any, venue: Venue) -> None:
    async def scenario() -> None:
        async def save(snapshot: venuekey.parts.Snapshot) -> bool:
            if snapshot.revision == 6:
                raise OSError("away")
            return True

        async def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
            if request.purpose == "fetch_secret":
                task.cancel()
            return venue.send(request)

        seen: list[BaseException] = []

        async def host() -> None:
            try:
                await arun(begin(), send=send, save=save)
            except asyncio.CancelledError as cancelled:
                seen.append(cancelled)
                raise

        task = asyncio.ensure_future(host())
        with pytest.raises(asyncio.CancelledError):
            await task
        (failure,) = [error.__cause__ for error in seen]
        assert isinstance(failure, venuekey.parts.SaveFailed)
        done = await arun(failure.step, save=lambda snapshot: True)
        assert isinstance(done.outcome, venuekey.parts.ApiKeyGranted)

    asyncio.run(scenario())


def test_a_cancelled_wait_resumes(
    begin: Begin, arun: Any, venue: Venue, store: venuekey.parts.MemoryStore, client: venuekey.Client
) -> None:
    async def scenario() -> None:
        venue.first["check_key"] = [reply({}, 429)]
        task = asyncio.ensure_future(arun(begin(), sleep=lambda seconds: asyncio.sleep(3600)))
        while status(client, store)[0] != "waiting":
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scenario())
    (flow_id,) = store.flow_ids()
    step = client.restore(store.load(flow_id) or "").resume()
    assert isinstance(asyncio.run(arun(step)), venuekey.parts.Done)


def test_on_step_can_not_cost_a_reply(
    begin: Begin, arun: Any, store: venuekey.parts.MemoryStore, client: venuekey.Client
) -> None:
    def on_step(step: venuekey.parts.Step) -> None:
        if step.flow.status == "done":
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(arun(begin(), on_step=on_step))
    assert status(client, store) == ("done", 6)
