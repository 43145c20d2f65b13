"""What has begun is finished, and stored: a signal waits for it, and so does a cancellation.

A request that spends what can be spent once must not be cut, and its reply must not be dropped on the way to the
store. A process ends politely in three ways that would do so: a signal handler raises (Ctrl-C, `sys.exit` on
SIGTERM), a task is cancelled, or `asyncio.run` cancels every task there is.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import signal
import threading
import weakref
from collections.abc import Awaitable, Coroutine, Iterator
from typing import Any, Callable, TypeVar

T = TypeVar("T")

_SIGNALS = [each for each in signal.valid_signals() if isinstance(each, signal.Signals)]
# They end a process that has no handler for them, so they wait even then.
_ENDING = [each for each in _SIGNALS if each.name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")]


@contextlib.contextmanager
def signals_wait() -> Iterator[None]:
    """Signals that come meanwhile are handled after the block.

    Python runs signal handlers in the main thread, between any two bytecodes; elsewhere there is nothing to do. (A mask
    would not help: the kernel gives the signal to another thread, and Python still runs the handler in this one.)
    """
    came: dict[int, None] = {}
    handlers = _handlers()
    try:
        for each in handlers:
            signal.signal(each, lambda signum, frame: came.setdefault(signum))
        yield
    finally:
        _give_back(list(handlers.items()), came)


def _handlers() -> dict[signal.Signals, Any]:
    if threading.current_thread() is not threading.main_thread():
        return {}
    known = {each: signal.getsignal(each) for each in _SIGNALS}
    return {
        each: handler
        for each, handler in known.items()
        if callable(handler) or (handler is signal.SIG_DFL and each in _ENDING)
    }


def _give_back(handlers: list[tuple[signal.Signals, Any]], came: dict[int, None]) -> None:
    """All handlers, then all signals, although each of them may raise."""
    if handlers:
        each, handler = handlers.pop()
        try:
            signal.signal(each, handler)
        finally:
            _give_back(handlers, came)
    elif came:
        try:
            signal.raise_signal(came.popitem()[0])
        finally:
            _give_back(handlers, came)


async def finished(work: Coroutine[Any, Any, T], on_cancel: Callable[[], object] | None = None) -> T:
    """What the work returns, once it is over. A cancellation that comes meanwhile is raised after it, with what the
    work may have raised as its `__cause__`.

    The work awaits what is not its own by `sheltered`. `on_cancel` lets it know that nobody waits any more.
    """
    loop = asyncio.get_running_loop()

    async def at_work() -> T:
        with _handlers_in_loop(loop):
            return await work

    task = steadfast(at_work(), loop)
    cancelled = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
            if on_cancel is not None:
                on_cancel()
    if cancelled is not None:
        raise cancelled from None if task.cancelled() else task.exception()
    return task.result()


def steadfast(work: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop) -> asyncio.Task[T]:
    """A task that nobody cancels, not even before its first step."""
    task = _Steadfast(work, loop=loop)
    _AT_WORK.add(task)
    task.add_done_callback(_AT_WORK.discard)
    return task


async def sheltered(answer: Awaitable[T]) -> T:
    """What it brings, in a task that the end of the loop does not find, like all tasks that it starts.

    It can still cancel itself, as timeouts do; so it can't be a `_Steadfast`.
    """
    loop, shelter = asyncio.get_running_loop(), _Shelter()

    async def inside() -> T:
        _SHELTER.set(shelter)
        return await answer

    with _hiding_tasks(loop):
        try:
            task = asyncio.Task(inside(), loop=loop)
            shelter.hide(task)
            return await task
        finally:
            shelter.open()


# asyncio itself keeps weak references only.
_AT_WORK: set[asyncio.Task[Any]] = set()


class _Steadfast(asyncio.Task[T]):
    """A task that nobody cancels. `asyncio.run` waits for every task that it has cancelled, so for this one too."""

    def cancel(self, msg: Any = None) -> bool:
        return False


@contextlib.contextmanager
def _handlers_in_loop(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Signal handlers run as callbacks of the loop. What they raise ends the loop's run and no task: `asyncio.run` then
    waits for those that are at work.
    """
    _IN_LOOP.users += 1
    if _IN_LOOP.users == 1:
        _IN_LOOP.handlers = {
            each: _Callback(loop, handler) for each, handler in _handlers().items() if callable(handler)
        }
        for each, callback in _IN_LOOP.handlers.items():
            signal.signal(each, callback)
    try:
        yield
    finally:
        _IN_LOOP.users -= 1
        if not _IN_LOOP.users:
            ours: list[tuple[signal.Signals, Any]] = []
            for each, callback in _IN_LOOP.handlers.items():
                now: Any = signal.getsignal(each)
                if now is callback:
                    ours.append((each, callback.handler))
            _give_back(ours, {})


class _Callback:
    def __init__(self, loop: asyncio.AbstractEventLoop, handler: Any) -> None:
        self.loop, self.handler = loop, handler

    def __call__(self, signum: int, frame: Any) -> None:
        if self.loop.is_closed():
            self.handler(signum, frame)
        else:
            self.loop.call_soon_threadsafe(self.handler, signum, frame)


class _InLoop(threading.local):
    """Of each thread's own loop. Only the main thread has handlers."""

    users = 0
    handlers: dict[signal.Signals, _Callback]


_IN_LOOP = _InLoop()


class _Shelter:
    """The tasks that one awaitable has started. `asyncio.all_tasks` does not have them, until it is over."""

    def __init__(self) -> None:
        self._hidden: weakref.WeakSet[asyncio.Task[Any]] = weakref.WeakSet()
        self._is_open = False

    def hide(self, task: asyncio.Task[Any]) -> None:
        if not self._is_open:
            # Documented for those who write tasks of their own: docs.python.org/3/library/asyncio-extending.html
            asyncio._unregister_task(task)  # type: ignore[attr-defined,unused-ignore]
            self._hidden.add(task)

    def open(self) -> None:
        self._is_open = True
        for task in self._hidden:
            if not task.done():
                asyncio._register_task(task)  # type: ignore[attr-defined,unused-ignore]


_SHELTER: contextvars.ContextVar[_Shelter | None] = contextvars.ContextVar("venuekey_shelter", default=None)


class _HidingFactory:
    """The loop's task factory while anything is sheltered in it: a task belongs to the shelter it is started in."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.previous = loop.get_task_factory()
        self.users = 0

    def __call__(self, loop: Any, coroutine: Any, **options: Any) -> Any:
        create: Any = self.previous
        task = asyncio.Task(coroutine, loop=loop, **options) if create is None else create(loop, coroutine, **options)
        shelter = _SHELTER.get()
        if shelter is not None:
            shelter.hide(task)
        return task


_FACTORIES: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _HidingFactory] = weakref.WeakKeyDictionary()


@contextlib.contextmanager
def _hiding_tasks(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    factory = _FACTORIES.get(loop)
    if factory is None:
        factory = _FACTORIES[loop] = _HidingFactory(loop)
        loop.set_task_factory(factory)
    factory.users += 1
    try:
        yield
    finally:
        factory.users -= 1
        if not factory.users:
            del _FACTORIES[loop]
            now: Any = loop.get_task_factory()
            if now is factory:
                loop.set_task_factory(factory.previous)
