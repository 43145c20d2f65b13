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
from typing import TYPE_CHECKING, Callable, TypeVar

from ._checks import check_functions, check_step
from ._errors import NoResponse, RejectedError, SaveFailed, WeakSave
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
from ._shelter import finished, sheltered, signals_wait

if TYPE_CHECKING:
    from ._native import Flow, HttpRequest, HttpResponse, Snapshot
    from ._types import OutcomeT, Step

T = TypeVar("T")


def drive(
    step: Step[OutcomeT],
    *,
    send: Callable[[HttpRequest], HttpResponse],
    save: Callable[[Snapshot], bool],
    choose: Callable[[Choose], str] | None = None,
    authorize: Callable[[Authorize], str] | None = None,
    sleep: Callable[[float], object] = time.sleep,
    clock: Callable[[], int] | None = None,
    on_step: Callable[[Step], None] | None = None,
) -> Done[OutcomeT]:
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

    A `save` that has begun is not interrupted, and neither is a request that must not be sent twice, nor the save of
    its reply. In the main thread, signals (Ctrl-C, SIGTERM) are handled after that, at the latest when `send` and
    `save` give up: give both a deadline. The exception of a handler has a `SaveFailed` as its `__context__` then.
    """
    check_step(step)
    check_functions("adrive", send=send, save=save, sleep=sleep)
    clock = clock or _system_clock
    while True:
        if isinstance(step, (Send, Save, Wait)):
            with signals_wait():
                step = _settled(step, send, save, clock, on_step)
        elif on_step is not None:
            on_step(step)
        if isinstance(step, Done):
            return step
        if isinstance(step, Failed):
            raise step.error
        if isinstance(step, (Choose, Authorize)):
            # Nothing to store: the Save before it has, or it was restored. The answer is not asked for twice.
            step = _after_answer(step, _asked(step, choose, authorize), clock)
        elif isinstance(step, Send):
            step = _after_reply(step.next, _reply(send, step.request), clock)
        else:
            if isinstance(step, Wait):
                sleep(_seconds_until(step, clock))
            step = step.next.resume(now_ms=clock())


async def adrive(
    step: Step[OutcomeT],
    *,
    send: Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]],
    save: Callable[[Snapshot], bool | Awaitable[bool]],
    choose: Callable[[Choose], str | Awaitable[str]] | None = None,
    authorize: Callable[[Authorize], str | Awaitable[str]] | None = None,
    sleep: Callable[[float], Awaitable[object] | None] = asyncio.sleep,
    clock: Callable[[], int] | None = None,
    on_step: Callable[[Step], None] | None = None,
) -> Done[OutcomeT]:
    """`drive` for asyncio: `send`, `save`, `choose`, `authorize` and `sleep` may be coroutine functions.

    Cancelled, it first finishes a `save` that has begun, or a request that must not be sent twice together with the
    save of its reply, and stores a choice or a callback that has arrived; then it raises `CancelledError`. The end of
    `asyncio.run`, which cancels every task, waits for it too. Where the store fails meanwhile, the error's `__cause__`
    is the `SaveFailed`.
    """
    check_step(step)
    check_functions(send=send, save=save, sleep=sleep)
    clock = clock or _system_clock
    while True:
        if isinstance(step, (Send, Save, Wait)):
            step = await finished(_asettled(step, send, save, clock, on_step))
        elif on_step is not None:
            on_step(step)
        if isinstance(step, Done):
            return step
        if isinstance(step, Failed):
            raise step.error
        if isinstance(step, (Choose, Authorize)):
            step = await _aafter_answer(step, _asked(step, choose, authorize), save, clock)
        elif isinstance(step, Send):
            # Safe to ask again, so it may be cancelled.
            step = _after_reply(step.next, await _areply(send, step.request), clock)
        else:
            if isinstance(step, Wait):
                slept = sleep(_seconds_until(step, clock))
                if inspect.isawaitable(slept):
                    await slept
            step = step.next.resume(now_ms=clock())


def _settled(
    step: Step[OutcomeT],
    send: Callable[[HttpRequest], HttpResponse],
    save: Callable[[Snapshot], bool],
    clock: Callable[[], int],
    on_step: Callable[[Step], None] | None,
) -> Step[OutcomeT]:
    """Stores the step. Where it sends what may be sent once only, it sends that too and stores what came of it: from
    the first of these saves to the last, nothing may come between.
    """
    precious = isinstance(step, Save)
    while isinstance(step, (Send, Save, Wait)):
        try:
            if on_step is not None:
                on_step(step)
        except BaseException:
            if precious:
                _store(step, save)
            raise
        try:
            _store(step, save)
        except Exception:
            raise
        except BaseException as interrupt:
            if precious:
                _store_despite(interrupt, step, save)
            raise
        if not isinstance(step, Send) or step.request.replay == "safe":
            break
        step, precious = _after_reply(step.next, _reply(send, step.request), clock), True
    return step


async def _asettled(
    step: Step[OutcomeT],
    send: Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]],
    save: Callable[[Snapshot], bool | Awaitable[bool]],
    clock: Callable[[], int],
    on_step: Callable[[Step], None] | None,
) -> Step[OutcomeT]:
    """`_settled` for asyncio."""
    precious = isinstance(step, Save)
    while isinstance(step, (Send, Save, Wait)):
        try:
            if on_step is not None:
                on_step(step)
        except BaseException:
            if precious:
                await _astore(step, save)
            raise
        await _astore(step, save)
        if not isinstance(step, Send) or step.request.replay == "safe":
            break
        reply = await _areply(lambda request: _sheltered(send(request)), step.request)
        step, precious = _after_reply(step.next, reply, clock), True
    return step


def _store(step: Step, save: Callable[[Snapshot], bool]) -> None:
    try:
        stored = save(step.flow.snapshot())
    except Exception as error:
        raise SaveFailed(step) from error
    _check(step, stored)


def _store_despite(interrupt: BaseException, step: Step, save: Callable[[Snapshot], bool]) -> None:
    """`save` itself was interrupted, and there is no other copy: once more, before that goes on."""
    try:
        with contextlib.suppress(RejectedError):  # It had been stored.
            _store(step, save)
    except SaveFailed as failure:
        raise interrupt from failure


async def _astore(step: Step, save: Callable[[Snapshot], bool | Awaitable[bool]]) -> None:
    try:
        stored = await _sheltered(save(step.flow.snapshot()))
    except (Exception, asyncio.CancelledError) as error:
        # It was not cancelled from here, so something that it needs was.
        raise SaveFailed(step) from error
    _check(step, stored)


def _check(step: Step, stored: object) -> None:
    if stored is False:
        raise _superseded(step.flow)
    if stored is not True:
        raise WeakSave(step, stored)


def _reply(send: Callable[[HttpRequest], HttpResponse], request: HttpRequest) -> HttpResponse | NoResponse:
    try:
        return send(request)
    except NoResponse as error:
        # Without the traceback: its locals may show the request.
        return error.with_traceback(None)


async def _areply(
    send: Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]], request: HttpRequest
) -> HttpResponse | NoResponse:
    try:
        reply = send(request)
        return await reply if inspect.isawaitable(reply) else reply
    except NoResponse as error:
        return error.with_traceback(None)


async def _sheltered(answer: T | Awaitable[T]) -> T:
    return await sheltered(answer) if inspect.isawaitable(answer) else answer


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


def _after_answer(
    step: Choose[OutcomeT] | Authorize[OutcomeT], ask: Callable[[], str], clock: Callable[[], int]
) -> Step[OutcomeT]:
    """The answer has no name here: a callback's URL carries the code, and tracebacks may show a frame's locals."""
    if isinstance(step, Choose):
        return step.flow.choose(ask(), now_ms=clock())
    return step.flow.receive_callback(ask(), now_ms=clock())


async def _aafter_answer(
    step: Choose[OutcomeT] | Authorize[OutcomeT],
    ask: Callable[[], str | Awaitable[str]],
    save: Callable[[Snapshot], bool | Awaitable[bool]],
    clock: Callable[[], int],
) -> Step[OutcomeT]:
    """What the user's answer leads to. Where a cancellation comes after the answer, that is stored first."""

    async def answer() -> str:
        given = ask()
        return await given if inspect.isawaitable(given) else given

    task = asyncio.ensure_future(answer())
    try:
        # Not the task itself: a cancellation must not throw away an answer that is already here.
        await asyncio.wait({task})
    except asyncio.CancelledError as cancelled:
        task.cancel()
        await asyncio.wait({task})
        if task.cancelled() or task.exception() is not None:
            raise
        try:
            await finished(_astore(_after_answer(step, task.result, clock), save))
        except Exception as failure:
            raise cancelled from failure
        raise
    return _after_answer(step, task.result, clock)


def _after_reply(flow: Flow[OutcomeT], reply: HttpResponse | NoResponse, clock: Callable[[], int]) -> Step[OutcomeT]:
    if isinstance(reply, NoResponse):
        return flow.receive_no_response(not_sent=reply.not_sent, now_ms=clock())
    return flow.receive_response(reply, now_ms=clock())


def _seconds_until(wait: Wait, clock: Callable[[], int]) -> float:
    return max(0, wait.until_ms - clock()) / 1000


def _system_clock() -> int:
    return time.time_ns() // 1_000_000
