"""What every venue tells of an account, record by record: whole histories, that another process can go on with."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import AsyncIterator, Awaitable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Generic, Optional, Union

from .._page import Page, RecordT
from ._arguments import check_callables, wrong

if TYPE_CHECKING:
    from .._names import ReadKind
    from .._native import AccountRead, Client

_NONE = object()


@dataclass(frozen=True)
class Progress:
    """How far a history has been read: told after each page, when all of its records have been taken."""

    records: int
    """So many have been taken."""
    list: ReadKind
    """The venue's own list that the page is from."""
    window_from_ms: Optional[int]
    """Where the window begins that the page is from, in Unix milliseconds; `None` if the list has no windows."""
    window_to_ms: Optional[int]
    """Where that window ends."""
    reaches_from_ms: Optional[int]
    """As `History.reaches_from_ms`."""
    cursor: Optional[str]
    """What the same call goes on with, as its `cursor`; `None` after the last page."""


class _Walk(Generic[RecordT]):
    """Where a history stands: at a page, some of whose records have been taken."""

    def __init__(self, read: AccountRead[RecordT]) -> None:
        self.read: Optional[AccountRead[RecordT]] = read
        self.reaches_from_ms = read.reaches_from_ms
        self._page: Optional[Page[RecordT]] = None
        self._left: Iterator[RecordT] = iter(())
        self._taken = 0

    @property
    def cursor(self) -> Optional[str]:
        return None if self.read is None else self.read.cursor()

    def take(self) -> Any:
        """A record of the page, or `_NONE`."""
        for record in self._left:
            self._taken += 1
            return record
        return _NONE

    def put(self, page: Page[RecordT]) -> None:
        self._page, self._left = page, iter(page.records)

    def turn(self) -> Optional[Progress]:
        """Leaves the page that has been taken, if there is one."""
        page, read = self._page, self.read
        if page is None or read is None:
            return None
        self._page, self.read = None, page.next
        window = (read.window_from_ms, read.window_to_ms)
        return Progress(self._taken, read.list, *window, self.reaches_from_ms, self.cursor)


class History(Generic[RecordT]):
    """Records one by one, page after page as they are needed; an iterator. If a page fails, the next `next` asks for
    it again, and no record is lost. Threads may share it: each record goes to one of them."""

    def __init__(
        self,
        read: AccountRead[RecordT],
        page: Callable[[AccountRead[RecordT]], Page[RecordT]],
        progress: Optional[Callable[[Progress], object]],
    ) -> None:
        self._walk = _Walk(read)
        self._page = page
        self._progress = progress
        self._is_closed = False
        # One after the other, whoever asks. `progress` may ask too.
        self._turn = threading.RLock()

    def __iter__(self) -> Iterator[RecordT]:
        return self

    def __next__(self) -> RecordT:
        with self._turn:
            return self._step()

    def _step(self) -> RecordT:
        walk = self._walk
        while not self._is_closed:
            record = walk.take()
            if record is not _NONE:
                return record  # type: ignore[no-any-return]
            turned = walk.turn()
            if turned is not None and self._progress is not None:
                self._progress(turned)
            if walk.read is None or self._is_closed:
                break
            walk.put(self._page(walk.read))
        raise StopIteration

    def __repr__(self) -> str:
        return f"History({self._walk.read!r})"

    def close(self) -> None:
        """Ends it, from any thread: a page that is under way is waited for, and its records are not given out."""
        self._is_closed = True

    @property
    def cursor(self) -> Optional[str]:
        """Text that the same call goes on with, as its `cursor`, in any process: from the first page whose records have
        not all been taken. Take it from `progress`, and no record comes twice. `None` after the last page. It holds no
        token, but what was asked for."""
        return self._walk.cursor

    @property
    def reaches_from_ms(self) -> Optional[int]:
        """Since when the venue tells, in Unix milliseconds, where `from_ms` is earlier: nothing from before it comes.
        `None` if the whole span is read."""
        return self._walk.reaches_from_ms


class AsyncHistory(Generic[RecordT]):
    """`History` for asyncio. Cancelled, it ends when the request that is in flight has; `cursor` goes on. Tasks of one
    loop may share it."""

    def __init__(
        self,
        begin: Callable[[], Awaitable[AccountRead[RecordT]]],
        page: Callable[[AccountRead[RecordT]], Awaitable[Page[RecordT]]],
        progress: Optional[Callable[[Progress], Union[object, Awaitable[object]]]],
    ) -> None:
        self._begin = begin
        self._walk: Optional[_Walk[RecordT]] = None
        self._page = page
        self._progress = progress
        self._is_closed = False
        self._turn: Optional[asyncio.Lock] = None

    def __aiter__(self) -> AsyncIterator[RecordT]:
        return self

    async def __anext__(self) -> RecordT:
        # One after the other, whoever asks. Made in the loop, as Python 3.9 wants it.
        if self._turn is None:
            self._turn = asyncio.Lock()
        async with self._turn:
            return await self._step()

    async def _step(self) -> RecordT:
        if self._walk is None:
            self._walk = _Walk(await self._begin())
        walk = self._walk
        while not self._is_closed:
            record = walk.take()
            if record is not _NONE:
                return record  # type: ignore[no-any-return]
            turned = walk.turn()
            if turned is not None and self._progress is not None:
                told = self._progress(turned)
                if inspect.isawaitable(told):
                    await told
            if walk.read is None or self._is_closed:
                break
            walk.put(await self._page(walk.read))
        raise StopAsyncIteration

    def __repr__(self) -> str:
        return f"AsyncHistory({None if self._walk is None else self._walk.read!r})"

    async def aclose(self) -> None:
        """As `History.close`."""
        self._is_closed = True

    @property
    def cursor(self) -> Optional[str]:
        """As `History.cursor`; `None` too before the first record has been asked for."""
        return None if self._walk is None else self._walk.cursor

    @property
    def reaches_from_ms(self) -> Optional[int]:
        """As `History.reaches_from_ms`; known when the first record has been asked for."""
        return None if self._walk is None else self._walk.reaches_from_ms


def begun(
    client: Client[Any], kind: str, cursor: Optional[str], now_ms: int, query: dict[str, Any]
) -> AccountRead[Any]:
    """A common read of this kind, from its beginning or from its cursor."""
    if cursor is None:
        at_time = {} if kind == "common_balances" else {"now_ms": now_ms}
        read: AccountRead[Any] = getattr(client, f"read_{kind}")(**query, **at_time)
        return read
    if any(each is not None for each in query.values()):
        raise wrong(f"a cursor already has its query: leave out {', '.join(query)}")
    read = client.resume_read(cursor)
    if read.kind != kind:
        raise wrong(f"the cursor is not one of {kind.removeprefix('common_')}")
    return read


def check_progress(progress: object, *, may_await: bool) -> None:
    if progress is None:
        return
    check_callables(progress=progress)
    if not may_await and inspect.iscoroutinefunction(progress):
        raise wrong("progress is a coroutine function: use AsyncConnections")
