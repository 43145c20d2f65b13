"""Runs every operation, once for threads and once for asyncio. What comes when, core's driver says; here is how a
function is called, and what holds a signal or a cancellation back meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import time
from collections.abc import Awaitable, Coroutine, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, TypeVar

from ._checks import check_functions, check_step
from ._clock import steady
from ._errors import NoResponse, SaveFailed, WeakSave
from ._native import _FlowDriver, _TokenDriver
from ._shelter import finished, sheltered, signals_wait

if TYPE_CHECKING:
    from ._native import Authorize, Choose, Done, HttpRequest, HttpResponse, Snapshot
    from ._types import OutcomeT, Step

T = TypeVar("T")
DriverT = TypeVar("DriverT", _FlowDriver, _TokenDriver)


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
        send: sends the request exactly as it is and returns the reply; raises `NoResponse` if no
            whole reply came. `venuekey.senders` has some.
        save: stores the snapshot durably if the stored revision is its `expected_revision`: `True`
            if it did, `False` if another worker won.
        choose: asks the user at a `Choose`, which Bybit's AI agent comes to, and returns the id of one of its
            accounts or `CREATE_SUBACCOUNT`. Leave it out if the answer comes in another web request; to stop
            without an answer, raise: the flow is saved and waits.
        authorize: sends the user's browser to the `authorize_url` of an `Authorize`, which `Client.reissue_key` comes
            to, and returns the URL it came back with. Leave it out if the callback is another web request; to
            stop without one, raise.
        sleep: sleeps for a number of seconds.
        clock: Unix milliseconds; the operating system's clock if left out.
        on_step: called with each step before it is acted on, to show progress.

    Returns:
        The last step, with the outcome. The flow stays in the store until the host deletes it.

    Raises:
        VenuekeyError: the subclass of the error's kind where the operation failed, with `recovery` and
            `flow` set; `RejectedError` with code `superseded` if another worker won; `UserActionError`
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
    clock = steady(clock)
    driver, stopped = _FlowDriver(step), None

    def saved(driver: _FlowDriver, stopped: BaseException | None) -> tuple[_FlowDriver, BaseException | None]:
        """Saves, and goes on until nothing is left that must not be cut."""
        while True:
            if driver.action == "save":
                with _told_too(stopped):
                    driver = _stored(driver, save, clock)
            else:
                driver = _after_reply(driver, _reply(send, driver.step.request), clock)
            if not driver.must_go_on:
                return driver, stopped
            driver, stopped = _told(driver, stopped, on_step)

    while True:
        if driver.must_go_on:
            with signals_wait():
                driver, stopped = saved(*_told(driver, stopped, on_step))
            continue
        driver, stopped = _told(driver, stopped, on_step)
        if driver.action == "save":
            with signals_wait():
                driver, stopped = saved(driver, stopped)
        elif driver.action == "send":
            driver = _after_reply(driver, _reply(send, driver.step.request), clock)
        elif driver.action == "sleep":
            sleep(_seconds_until(driver.step.until_ms, clock))
            driver = driver.awake(now_ms=clock())
        elif ask := _asking(driver, choose, authorize):
            driver = _answered(driver, ask, clock)
        else:
            return _end(driver, stopped)


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
    `asyncio.run`, which cancels every task, waits for it too. If the store fails meanwhile, the error's `__cause__`
    is the `SaveFailed`.
    """
    check_step(step)
    check_functions(send=send, save=save, sleep=sleep)
    clock = steady(clock)
    driver, stopped = _FlowDriver(step), None

    async def saved(driver: _FlowDriver, stopped: BaseException | None) -> tuple[_FlowDriver, BaseException | None]:
        """Saves, and goes on until nothing is left that must not be cut."""
        while True:
            if driver.action == "save":
                with _told_too(stopped):
                    driver = await _astored(driver, save, clock)
            else:
                reply = await _areply(lambda request: _sheltered(send(request)), driver.step.request)
                driver = _after_reply(driver, reply, clock)
            if not driver.must_go_on:
                return driver, stopped
            driver, stopped = _told(driver, stopped, on_step)

    while True:
        driver, stopped = _told(driver, stopped, on_step)
        if driver.action in ("save", "choose", "authorize") and not driver.must_go_on:
            # A cancellation that has come by now is in time: nothing has begun.
            await asyncio.sleep(0)
        if driver.action == "save":
            driver, stopped = await finished(saved(driver, stopped))
        elif driver.action == "send":
            # Safe to ask again, so it may be cancelled.
            driver = _after_reply(driver, await _areply(send, driver.step.request), clock)
        elif driver.action == "sleep":
            slept = sleep(_seconds_until(driver.step.until_ms, clock))
            if inspect.isawaitable(slept):
                await slept
            driver = driver.awake(now_ms=clock())
        elif ask := _asking(driver, choose, authorize):
            driver = await _aanswered(driver, ask, clock, saved)
        else:
            return _end(driver, stopped)


def _told(
    driver: _FlowDriver, stopped: BaseException | None, on_step: Callable[[Step], None] | None
) -> tuple[_FlowDriver, BaseException | None]:
    """The host hears of a new step. What it raises is raised at the end, once all is stored that must be."""
    if on_step is not None and driver.is_new_step:
        try:
            on_step(driver.step)
        except BaseException as reason:
            return driver.stop(), stopped or reason
    return driver, stopped


@contextlib.contextmanager
def _told_too(stopped: BaseException | None) -> Iterator[None]:
    """Where a save fails after `on_step` did: what ends the program goes first, anything else is its context."""
    try:
        yield
    except Exception as failure:
        if stopped is None:
            raise
        if not isinstance(stopped, Exception):
            raise stopped from failure
        failure.__context__ = stopped
        raise


def _end(driver: _FlowDriver, stopped: BaseException | None) -> Done[Any]:
    if driver.action == "return":
        done: Done[Any] = driver.step
        return done
    if driver.action == "stop":
        assert stopped is not None
        raise stopped
    error = driver.error
    assert error is not None
    with _told_too(stopped):
        raise error
    raise error  # Type checkers think that `with` could have held it back.


def _stored(driver: _FlowDriver, save: Callable[[Snapshot], bool], clock: Callable[[], int]) -> _FlowDriver:
    try:
        return _after_save(driver, _save(driver, save), clock)
    except Exception:
        raise
    except BaseException as interrupt:
        if driver.must_go_on:
            # `save` itself was interrupted, and there is no other copy: once more, before that goes on.
            try:
                _save(driver, save)
            except SaveFailed as failure:
                raise interrupt from failure
        raise


def _save(driver: _FlowDriver, save: Callable[[Snapshot], bool]) -> object:
    try:
        return save(driver.snapshot)
    except Exception as error:
        raise SaveFailed(driver.step) from error


async def _astored(
    driver: _FlowDriver, save: Callable[[Snapshot], bool | Awaitable[bool]], clock: Callable[[], int]
) -> _FlowDriver:
    try:
        stored = await _sheltered(save(driver.snapshot))
    except (Exception, asyncio.CancelledError) as error:
        # It was not cancelled from here, so something that it needs was.
        raise SaveFailed(driver.step) from error
    return _after_save(driver, stored, clock)


def _after_save(driver: _FlowDriver, stored: object, clock: Callable[[], int]) -> _FlowDriver:
    if stored is True:
        return driver.saved(now_ms=clock())
    if stored is False:
        return driver.superseded()
    raise WeakSave(driver.step, stored)


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


def _after_reply(driver: DriverT, reply: HttpResponse | NoResponse, clock: Callable[[], int]) -> DriverT:
    if isinstance(reply, NoResponse):
        return driver.no_response(not_sent=reply.not_sent, now_ms=clock())
    return driver.response(reply, now_ms=clock())


async def _sheltered(answer: T | Awaitable[T]) -> T:
    return await sheltered(answer) if inspect.isawaitable(answer) else answer


def _asking(
    driver: _FlowDriver, choose: Callable[[Choose], T] | None, authorize: Callable[[Authorize], T] | None
) -> Callable[[], T] | None:
    """How the user is asked, where it is that."""
    if driver.action == "choose":
        return partial(choose, driver.step) if choose else _nobody
    if driver.action == "authorize":
        return partial(authorize, driver.step) if authorize else _nobody
    return None


def _nobody() -> Any:
    """Nobody is there to ask."""


def _answered(driver: _FlowDriver, ask: Callable[[], str], clock: Callable[[], int]) -> _FlowDriver:
    """The answer has no name here: a callback's URL carries the code, and tracebacks may show a frame's locals."""
    if ask is _nobody:
        return driver.unanswered()
    if driver.action == "choose":
        return driver.chosen(ask(), now_ms=clock())
    return driver.called_back(ask(), now_ms=clock())


async def _aanswered(
    driver: _FlowDriver,
    ask: Callable[[], str | Awaitable[str]],
    clock: Callable[[], int],
    saved: Callable[[_FlowDriver, BaseException | None], Coroutine[Any, Any, object]],
) -> _FlowDriver:
    """What the user's answer leads to. Where a cancellation comes after the answer, that is stored first."""
    if ask is _nobody:
        return driver.unanswered()

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
            await finished(saved(_answered(driver, task.result, clock).stop(), None))
        except Exception as failure:
            raise cancelled from failure
        raise
    return _answered(driver, task.result, clock)


def _seconds_until(until_ms: int, clock: Callable[[], int]) -> float:
    return max(0, until_ms - clock()) / 1000
