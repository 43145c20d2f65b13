"""The loop that runs every operation, once for threads and once for asyncio.

The order is the point. What a step says is stored before it is done, and only the worker whose
`save` won does it; so two workers, or a callback that arrives twice, never send one code twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import time
from collections.abc import Awaitable
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, TypeVar

from ._errors import NoResponse, SaveFailed, WeakSave
from ._native import (
    Authorize,
    Choose,
    Done,
    Failed,
    Save,
    Send,
    Wait,
    _authorization_required,
    _choice_required,
    _superseded,
)

if TYPE_CHECKING:
    from ._native import Flow, HttpRequest, HttpResponse, Snapshot
    from ._types import Step

T = TypeVar("T")


def drive(
    step: Step,
    *,
    send: Callable[[HttpRequest], HttpResponse],
    save: Callable[[Snapshot], bool],
    choose: Callable[[Choose], str] | None = None,
    authorize: Callable[[Authorize], str] | None = None,
    sleep: Callable[[float], object] = time.sleep,
    clock: Callable[[], int] | None = None,
    on_step: Callable[[Step], None] | None = None,
) -> Done:
    """Runs a flow from `step` to its end.

    Args:
        step: the first step: what `receive_callback`, `resume`, `choose`, `recover` or a call of `Client` returned.
        send: sends the request exactly as it is and returns the reply; raises `NoResponse` where no
            whole reply came. `venuekey.senders` has some.
        save: stores the snapshot durably where the stored revision is its `expected_revision`: `True`
            if it did, `False` if another worker won.
        choose: asks the user at a `Choose`, which Bybit's AI agent comes to, and returns the id of one of its
            accounts or `CREATE_SUBACCOUNT`. Leave it out where the answer comes in another web request; to stop
            without an answer, raise: the flow is saved and waits.
        authorize: sends the user's browser to the `authorize_url` of an `Authorize`, which `Client.reissue_key` comes
            to, and returns the URL it came back with. Leave it out where the callback is another web request; to
            stop without one, raise.
        sleep: sleeps for a number of seconds.
        clock: Unix milliseconds; the operating system's clock where left out.
        on_step: called with each step before it is acted on, to show progress.

    Returns:
        The last step, with the outcome. The flow stays in the store until the host deletes it.

    Raises:
        VenuekeyError: the subclass of the error's kind where the operation failed, with `recovery` and
            `flow` set; `RejectedError` with code `superseded` where another worker won; `UserActionError`
            with code `choice_required` at a `Choose` without `choose`. The flow is saved then: show the
            options of its `resume`, now or after `Client.restore`, and drive what its `choose` returns. So it is
            with `authorization_required` at an `Authorize` without `authorize`: the URL is in its `resume`, and
            `receive_callback` takes the answer.
        MisuseError: `choose` returned an id that is not among the options; the flow waits as before.
        RejectedError: `authorize` returned a URL that is not this flow's callback; the flow waits as before.
        SaveFailed: `save` raised, and is the cause. Its `step` can be driven again.
        TypeError: `save` returned neither `True` nor `False`: drive accepts no weaker save.

    Whatever else `send`, `choose`, `authorize`, `sleep` or `on_step` raise goes through, and leaves a flow in the store
    that `Client.restore` and `resume` go on with.
    """
    clock = clock or _system_clock
    # Whether the step holds what can't be had again: then nothing may come between it and its save.
    precious = isinstance(step, Save)
    while True:
        try:
            if on_step is not None:
                on_step(step)
        except BaseException:
            if precious:
                _store(step, save)
            raise
        if isinstance(step, Done):
            return step
        if isinstance(step, Failed):
            raise step.error
        if isinstance(step, (Choose, Authorize)):
            # Nothing to store: the Save before it has, or it was restored. The answer is not asked for twice.
            answer = _asked(step, choose, authorize)()
            step, precious = _after_answer(step, answer, clock), True
            continue
        try:
            _store(step, save)
        except KeyboardInterrupt:
            if precious:
                with contextlib.suppress(Exception):
                    _store(step, save)
            raise
        if isinstance(step, Send):
            reply = _reply(send, step.request)
            step, precious = _after_reply(step.next, reply, clock), reply is not None
        else:
            if isinstance(step, Wait):
                sleep(_seconds_until(step, clock))
            step, precious = step.next.resume(now_ms=clock()), False


async def adrive(
    step: Step,
    *,
    send: Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]],
    save: Callable[[Snapshot], bool | Awaitable[bool]],
    choose: Callable[[Choose], str | Awaitable[str]] | None = None,
    authorize: Callable[[Authorize], str | Awaitable[str]] | None = None,
    sleep: Callable[[float], Awaitable[object] | None] = asyncio.sleep,
    clock: Callable[[], int] | None = None,
    on_step: Callable[[Step], None] | None = None,
) -> Done:
    """`drive` for asyncio: `send`, `save`, `choose`, `authorize` and `sleep` may be coroutine functions.

    Cancelled, it first finishes a `save` that has begun and stores a reply, a choice or a callback that has arrived,
    then raises `CancelledError`. Where that store fails, the error's `__cause__` is the `SaveFailed`.
    """
    clock = clock or _system_clock
    precious = isinstance(step, Save)
    while True:
        try:
            if on_step is not None:
                on_step(step)
        except BaseException:
            if precious:
                await _astore(step, save)
            raise
        if isinstance(step, Done):
            return step
        if isinstance(step, Failed):
            raise step.error
        if isinstance(step, (Choose, Authorize)):
            step, cancelled = await _aanswer(_asked(step, choose, authorize), step, clock)
            precious = True
            if cancelled is not None:
                await _astore(step, save, cancelled)
            continue
        await _astore(step, save)
        if isinstance(step, Send):
            reply, cancelled = await _areply(send, step.request)
            step, precious = _after_reply(step.next, reply, clock), reply is not None
            if cancelled is not None:
                await _astore(step, save, cancelled)
        else:
            if isinstance(step, Wait):
                slept = sleep(_seconds_until(step, clock))
                if inspect.isawaitable(slept):
                    await slept
            step, precious = step.next.resume(now_ms=clock()), False


def _store(step: Step, save: Callable[[Snapshot], bool]) -> None:
    try:
        stored = save(step.flow.snapshot())
    except Exception as error:
        raise SaveFailed(step) from error
    _check(step, stored)


def _check(step: Step, stored: object) -> None:
    if stored is False:
        raise _superseded(step.flow)
    if stored is not True:
        raise WeakSave(step, stored)


def _reply(send: Callable[[HttpRequest], HttpResponse], request: HttpRequest) -> HttpResponse | None:
    try:
        return send(request)
    except NoResponse:
        return None


def _asked(
    step: Choose | Authorize, choose: Callable[[Choose], T] | None, authorize: Callable[[Authorize], T] | None
) -> Callable[[], T]:
    """How the user is asked, or the error where nobody can."""
    if isinstance(step, Choose):
        if choose is None:
            raise _choice_required(step.flow)
        return partial(choose, step)
    if authorize is None:
        raise _authorization_required(step.flow)
    return partial(authorize, step)


def _after_answer(step: Choose | Authorize, answer: str, clock: Callable[[], int]) -> Step:
    if isinstance(step, Choose):
        return step.flow.choose(answer, now_ms=clock())
    return step.flow.receive_callback(answer, now_ms=clock())


def _after_reply(flow: Flow, reply: HttpResponse | None, clock: Callable[[], int]) -> Step:
    if reply is None:
        return flow.receive_no_response(now_ms=clock())
    return flow.receive_response(reply, now_ms=clock())


async def _astore(
    step: Step,
    save: Callable[[Snapshot], bool | Awaitable[bool]],
    cancelled: asyncio.CancelledError | None = None,
) -> None:
    """Stores the step's flow, then raises the cancellation, whether it came before or meanwhile."""
    try:
        try:
            stored = save(step.flow.snapshot())
            if inspect.isawaitable(stored):
                task, meanwhile = await _settle(stored, give_up=False)
                cancelled = cancelled or meanwhile
                stored = task.result()
        except Exception as error:
            raise SaveFailed(step) from error
        _check(step, stored)
    except Exception as failure:
        if cancelled is not None:
            raise cancelled from failure
        raise
    if cancelled is not None:
        raise cancelled


async def _areply(
    send: Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]], request: HttpRequest
) -> tuple[HttpResponse | None, asyncio.CancelledError | None]:
    """The reply or `None`, and the cancellation that a reply has outrun."""
    try:
        return await _awaited(send(request))
    except NoResponse:
        return None, None


async def _aanswer(
    ask: Callable[[], str | Awaitable[str]], step: Choose | Authorize, clock: Callable[[], int]
) -> tuple[Step, asyncio.CancelledError | None]:
    """What the user's answer leads to, and the cancellation that it has outrun."""
    answer, cancelled = await _awaited(ask())
    try:
        return _after_answer(step, answer, clock), cancelled
    except Exception as refused:
        if cancelled is not None:
            raise cancelled from refused
        raise


async def _awaited(answer: T | Awaitable[T]) -> tuple[T, asyncio.CancelledError | None]:
    """The answer, and the cancellation that it has outrun."""
    if not inspect.isawaitable(answer):
        return answer, None
    # In a task of its own: a cancellation must not throw away an answer that is already here.
    task, cancelled = await _settle(answer, give_up=True)
    if cancelled is not None and (task.cancelled() or task.exception() is not None):
        raise cancelled
    return task.result(), cancelled


async def _settle(
    awaitable: Awaitable[Any], *, give_up: bool
) -> tuple[asyncio.Future[Any], asyncio.CancelledError | None]:
    """Waits until it is over, cancelled or not; `give_up` hands a cancellation on to it."""
    task = asyncio.ensure_future(awaitable)
    cancelled = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
            if give_up:
                task.cancel()
    return task, cancelled


def _seconds_until(wait: Wait, clock: Callable[[], int]) -> float:
    return max(0, wait.until_ms - clock()) / 1000


def _system_clock() -> int:
    return time.time_ns() // 1_000_000
