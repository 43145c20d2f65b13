"""The time, and waiting for it to pass. Both at once can run faster, for tests."""

from __future__ import annotations

import asyncio
import time


class Clock:
    """Unix time. `scale` 0.05 lets each second take 0.05 s."""

    def __init__(self, scale: float = 1.0) -> None:
        self._scale = scale
        self._start = time.time()

    def now_ms(self) -> int:
        elapsed = (time.time() - self._start) / self._scale
        return int((self._start + elapsed) * 1000)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self._scale)
