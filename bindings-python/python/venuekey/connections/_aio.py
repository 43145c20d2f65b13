"""The same for asyncio. What touches the store runs in threads, so that one implementation of each store is enough;
what has begun there is finished, whoever cancels its caller.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import inspect
import threading
from collections.abc import AsyncIterator, Awaitable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Callable, Optional, TypeVar, Union

from .._errors import NoResponse
from .._shelter import finished, sheltered, steadfast
from ._account import Account
from ._arguments import ANY_OWNER, Owner, check_holder, check_parts, check_patience
from ._common import AsyncCommonReads, AsyncTold
from ._connections import Connections
from ._history import AsyncHistory, check_progress
from ._threads import own_loop, thread_for
from ._view import ConnectionView, Event, TakenHandOff
from ._work import Call

if TYPE_CHECKING:
    from .._names import HttpMethod, Venue
    from .._native import AccountRead, Client, HandOff, HttpRequest, HttpResponse, SealingKeys, SignedReply, TokenAccess
    from .._page import Page, RecordT
    from ..stores import Store

T = TypeVar("T")


class AsyncConnections:
    """`Connections` for asyncio: the same calls as coroutines, with the same arguments and errors. `send` and
    `on_event` may be coroutine functions, which run in the loop of the call, or of the `run`, that needs them; a plain
    one is called in a thread.

    Each call runs in a thread of its own. Cancelled, it finishes the request that is in flight and stores what that
    brought, sends nothing more, and ends then; the end of `asyncio.run` waits for that too.

    Args:
        send: left out, by httpx or else by requests, in threads.
        options: as of `Connections`.
    """

    def __init__(
        self,
        clients: Mapping[str, Client],
        store: Store,
        keys: SealingKeys,
        *,
        send: Optional[Callable[[HttpRequest], Union[HttpResponse, Awaitable[HttpResponse]]]] = None,
        on_event: Optional[Callable[[Event], object]] = None,
        **options: Any,
    ) -> None:
        check_parts(clients, store, keys, send=send, on_event=on_event)
        by_thread: Any = None if send is None else _by_thread(send)
        # An event is told again, so the end of the loop need not wait for it.
        told = None if on_event is None else _by_thread(on_event, is_whole=False)
        self._own = Connections(clients, store, keys, send=by_thread, on_event=told, **options)

    def __repr__(self) -> str:
        return f"Async{self._own!r}"

    async def begin(self, client: str, **options: Any) -> ConnectionView:
        """As `Connections.begin`."""
        return await self._in_thread(self._own.begin, client, **options)

    async def begin_by_hand_off(self, client: str, hand_off: str, **options: Any) -> TakenHandOff:
        """As `Connections.begin_by_hand_off`."""
        return await self._in_thread(self._own.begin_by_hand_off, client, hand_off, **options)

    async def import_tokens(self, client: str, tokens: Any, **options: Any) -> ConnectionView:
        """As `Connections.import_tokens`."""
        return await self._in_thread(self._own.import_tokens, client, tokens, **options)

    async def import_key(self, client: str, api_key: Any, api_secret: Any, **options: Any) -> ConnectionView:
        """As `Connections.import_key`."""
        return await self._in_thread(self._own.import_key, client, api_key, api_secret, **options)

    async def status(self, id: str, *, owner: Owner = ANY_OWNER) -> ConnectionView:
        """As `Connections.status`."""
        return await self._in_thread(self._own.status, id, owner=owner)

    async def receive_callback(self, id: str, url: str, *, owner: Owner = ANY_OWNER) -> ConnectionView:
        """As `Connections.receive_callback`."""
        return await self._in_thread(self._own.receive_callback, id, url, owner=owner)

    async def receive_client_callback(self, client: str, url: str, *, owner: str) -> ConnectionView:
        """As `Connections.receive_client_callback`."""
        return await self._in_thread(self._own.receive_client_callback, client, url, owner=owner)

    async def receive_pasted_code(self, id: str, pasted: str, *, owner: Owner = ANY_OWNER) -> ConnectionView:
        """As `Connections.receive_pasted_code`."""
        return await self._in_thread(self._own.receive_pasted_code, id, pasted, owner=owner)

    async def choose(self, id: str, account_id: str, *, owner: Owner = ANY_OWNER) -> ConnectionView:
        """As `Connections.choose`."""
        return await self._in_thread(self._own.choose, id, account_id, owner=owner)

    async def recover(self, id: str, *, owner: Owner = ANY_OWNER) -> ConnectionView:
        """As `Connections.recover`."""
        return await self._in_thread(self._own.recover, id, owner=owner)

    async def reconnect(self, id: str, **options: Any) -> ConnectionView:
        """As `Connections.reconnect`."""
        return await self._in_thread(self._own.reconnect, id, **options)

    async def cancel_attempt(self, id: str, *, owner: Owner = ANY_OWNER) -> ConnectionView:
        """As `Connections.cancel_attempt`."""
        return await self._in_thread(self._own.cancel_attempt, id, owner=owner)

    async def hand_off(self, id: str, *, owner: Owner = ANY_OWNER) -> Optional[HandOff]:
        """As `Connections.hand_off`."""
        return await self._in_thread(self._own.hand_off, id, owner=owner)

    async def handed_off(self, id: str, hand_off: HandOff, *, owner: Owner = ANY_OWNER) -> ConnectionView:
        """As `Connections.handed_off`."""
        return await self._in_thread(self._own.handed_off, id, hand_off, owner=owner)

    async def disconnect(self, id: str, *, owner: Owner = ANY_OWNER, delete_key: bool = False) -> ConnectionView:
        """As `Connections.disconnect`."""
        return await self._in_thread(self._own.disconnect, id, owner=owner, delete_key=delete_key)

    async def forget(self, owner: str) -> list[ConnectionView]:
        """As `Connections.forget`."""
        return await self._in_thread(self._own.forget, owner)

    async def find(self, owner: str, *, client: Optional[str] = None) -> list[ConnectionView]:
        """As `Connections.find`."""
        return await self._in_thread(self._own.find, owner, client=client)

    async def account(
        self, id: Optional[str] = None, *, owner: Owner = ANY_OWNER, venue: Optional[Venue] = None
    ) -> AsyncAccount:
        """As `Connections.account`."""
        return AsyncAccount(await self._in_thread(self._own.account, id, owner=owner, venue=venue), self._in_thread)

    async def run(self, holder: Optional[str] = None) -> None:
        """The worker, as `Connections.run`, until `stop` or until its task is cancelled."""
        # Made here: a cancellation may come before its thread has begun.
        worker = self._own._worker(holder)
        task = asyncio.ensure_future(self._in_thread(worker.run))
        try:
            await asyncio.shield(task)
        finally:
            worker.stop()
            try:
                await task
            finally:
                self._own._workers.remove(worker)

    @contextlib.asynccontextmanager
    async def working(self, holder: Optional[str] = None) -> AsyncIterator[None]:
        """A worker beside the block, as `Connections.working`: for a web framework's lifespan."""
        if holder is not None:
            check_holder(holder)
        task = asyncio.ensure_future(self.run(holder))
        # Its first step, without which it could be cancelled before it has begun.
        await asyncio.sleep(0)
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})
            if not task.cancelled():
                task.result()

    async def run_once(self, deadline_s: Optional[float] = None, holder: Optional[str] = None) -> Optional[int]:
        """As `Connections.run_once`."""
        return await self._in_thread(self._own.run_once, deadline_s, holder)

    def stop(self) -> None:
        """Ends every `run` of this object."""
        self._own.stop()

    async def reseal(self, limit: int = 100) -> int:
        """As `Connections.reseal`."""
        return await self._in_thread(self._own.reseal, limit)

    async def release(self, id: str) -> ConnectionView:
        """As `Connections.release`."""
        return await self._in_thread(self._own.release, id)

    async def _in_thread(self, call: Callable[..., T], *arguments: Any, **options: Any) -> T:
        of = Call()
        return await finished(self._called(of, call, arguments, options), on_cancel=of.cancel)

    async def _called(self, of: Call, call: Callable[..., T], arguments: Any, options: Any) -> T:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def told(set_it: Callable[[Any], None], value: Any) -> None:
            if not done.done():
                set_it(value)

        def work() -> None:
            try:
                with self._own._hands.on_behalf_of(of):
                    value = call(*arguments, **options)
            except BaseException as error:
                loop.call_soon_threadsafe(told, done.set_exception, _takable(error))
            else:
                loop.call_soon_threadsafe(told, done.set_result, value)

        # A thread of its own: the loop's pool is small, and a worker would hold one for ever.
        thread_for(loop, work, name="venuekey-call", daemon=True).start()
        return await sheltered(done)


class AsyncAccount(AsyncCommonReads):
    """`Account` for asyncio."""

    def __init__(self, own: Account, in_thread: Callable[..., Awaitable[Any]]) -> None:
        self._own = own
        self._in_thread = in_thread

    def __repr__(self) -> str:
        return f"Async{self._own!r}"

    @property
    def id(self) -> str:
        """The connection's id."""
        return self._own.id

    async def view(self) -> ConnectionView:
        """Where the connection stands."""
        view: ConnectionView = await self._in_thread(self._own.view)
        return view

    async def check(self, *, patience_s: float = 30) -> ConnectionView:
        """As `Account.check`."""
        view: ConnectionView = await self._in_thread(self._own.check, patience_s=patience_s)
        return view

    async def tokens(self, *, patience_s: float = 30) -> TokenAccess:
        """As `Account.tokens`."""
        access: TokenAccess = await self._in_thread(self._own.tokens, patience_s=patience_s)
        return access

    async def token_refused(self, generation: int, *, patience_s: float = 30) -> TokenAccess:
        """As `Account.token_refused`."""
        access: TokenAccess = await self._in_thread(self._own.token_refused, generation, patience_s=patience_s)
        return access

    async def call(
        self,
        method: HttpMethod,
        path: str,
        parameters: Union[Mapping[str, object], str, None] = None,
        *,
        patience_s: float = 30,
    ) -> SignedReply:
        """As `Account.call`."""
        reply: SignedReply = await self._in_thread(self._own.call, method, path, parameters, patience_s=patience_s)
        return reply

    async def records(self, read: AccountRead[RecordT], *, patience_s: float = 30) -> AsyncIterator[RecordT]:
        """As `Account.records`."""
        async for page in self.pages(read, patience_s=patience_s):
            for record in page.records:
                yield record

    async def pages(self, read: AccountRead[RecordT], *, patience_s: float = 30) -> AsyncIterator[Page[RecordT]]:
        """As `Account.pages`."""
        following: Optional[AccountRead[RecordT]] = read
        while following is not None:
            page = await self.page(following, patience_s=patience_s)
            yield page
            following = page.next

    async def page(self, read: AccountRead[RecordT], *, patience_s: float = 30) -> Page[RecordT]:
        """As `Account.page`."""
        page: Page[RecordT] = await self._in_thread(self._own.page, read, patience_s=patience_s)
        return page

    def _history(
        self, call: str, progress: AsyncTold, *, cursor: Optional[str], patience_s: float, **query: Any
    ) -> Any:
        check_patience(patience_s)
        check_progress(progress, may_await=True)

        async def begin() -> AccountRead[Any]:
            read: AccountRead[Any] = await self._in_thread(self._own._begun, f"common_{call}", cursor, **query)
            return read

        return AsyncHistory(begin, lambda read: self.page(read, patience_s=patience_s), progress)


def _takable(error: BaseException) -> BaseException:
    """No future takes StopIteration, and the call would never end. Python does the same where a coroutine raises it."""
    if not isinstance(error, StopIteration):
        return error
    instead = RuntimeError("StopIteration was raised")
    instead.__cause__ = error
    return instead


def _by_thread(call: Callable[[Any], Any], is_whole: bool = True) -> Callable[[Any], Any]:
    """The same for a thread that waits for it. What it awaits runs in the loop that this thread works for, and whole if
    nobody may cut it.
    """

    def called(given: Any) -> Any:
        answer = call(given)
        return _answered(answer, own_loop(), is_whole) if inspect.iscoroutine(answer) else answer

    return called


def _answered(answer: Coroutine[Any, Any, T], loop: Optional[asyncio.AbstractEventLoop], is_whole: bool) -> T:
    """What it brings, in that loop and for another thread; if it is whole, whoever cancels the loop's tasks."""
    done: concurrent.futures.Future[T] = concurrent.futures.Future()
    is_over = threading.Event()
    done.add_done_callback(lambda _: is_over.set())

    async def work() -> None:
        done.set_running_or_notify_cancel()
        try:
            done.set_result(await (sheltered(answer) if is_whole else answer))
        except BaseException as error:
            done.set_exception(error)

    def begin(loop: asyncio.AbstractEventLoop) -> None:
        task = steadfast(work(), loop) if is_whole else loop.create_task(work())
        # Where it was cancelled before its first step, nobody else says so.
        task.add_done_callback(lambda _: done.cancel())

    try:
        if loop is None:
            raise RuntimeError
        loop.call_soon_threadsafe(begin, loop)
    except RuntimeError:  # it is closed
        done.cancel()
    # Not by `result` with a timeout: what that raises may be the answer's own error too.
    while not is_over.wait(timeout=1):
        if loop is not None and loop.is_closed():
            raise NoResponse("loop_closed", not_sent=not done.running())
    if done.cancelled():
        answer.close()
        raise NoResponse("loop_closed", not_sent=True)
    return done.result()
