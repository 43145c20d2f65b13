"""Threads, and the event loop that each works for: coroutine functions of the app run there."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Callable, Optional

if TYPE_CHECKING:
    import asyncio


class _Own(threading.local):
    loop: Optional[asyncio.AbstractEventLoop] = None


_OWN = _Own()


def own_loop() -> Optional[asyncio.AbstractEventLoop]:
    """The one that this thread works for."""
    return _OWN.loop


def thread_for(
    loop: Optional[asyncio.AbstractEventLoop], work: Callable[[], object], *, name: str, daemon: bool
) -> threading.Thread:
    """A thread that works for this loop, not begun yet. Those that it starts itself get the loop by `own_loop`."""

    def begin() -> None:
        _OWN.loop = loop
        work()

    return threading.Thread(target=begin, name=name, daemon=daemon)
