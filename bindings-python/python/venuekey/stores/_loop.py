"""An event loop in a thread of its own, for an asynchronous driver behind calls that block."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable
from typing import Optional, TypeVar

T = TypeVar("T")


class Loop:
    """Begun when it is needed first, which is after a fork, and anew after its end."""

    def __init__(self) -> None:
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        self._thread: Optional[threading.Thread] = None
        self._making = threading.Lock()

    def finished(self, what: Awaitable[T]) -> T:
        """What it returns. Whoever is interrupted here takes it along."""
        future = asyncio.run_coroutine_threadsafe(_awaited(what), self._running())
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def end(self) -> None:
        """Once nobody waits for what it does."""
        with self._making:
            if self._loop is None or self._thread is None:
                return
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
            self._loop = self._thread = None

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._making:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="venuekey-loop", daemon=True)
                self._thread.start()
            return self._loop


async def _awaited(what: Awaitable[T]) -> T:
    return await what
