"""One deadline for a whole exchange. HTTP libraries bound each read alone: a header every few seconds outlives it."""

from __future__ import annotations

import contextlib
import contextvars
import time
from collections.abc import Iterator
from typing import Any

_DEADLINE: contextvars.ContextVar[float | None] = contextvars.ContextVar("venuekey_deadline", default=None)


@contextlib.contextmanager
def deadline(milliseconds: int) -> Iterator[None]:
    """For what is sent and received in the block, on connections that are `bounded` or ask `left_s`."""
    before = _DEADLINE.set(time.monotonic() + milliseconds / 1000)
    try:
        yield
    finally:
        _DEADLINE.reset(before)


def left_s() -> float | None:
    """How much is left, in seconds; `None` where there is no deadline."""
    until = _DEADLINE.get()
    if until is None:
        return None
    left = until - time.monotonic()
    if left <= 0:
        # Before a write, this also says that nothing was sent.
        raise TimeoutError
    return left


def bounded(event: str, info: dict[str, Any]) -> None:
    """httpcore's `trace` extension: each new connection of httpx waits for what is left, and no longer."""
    stream = info.get("return_value")
    if stream is None or not event.endswith(
        (".connect_tcp.complete", ".connect_unix_socket.complete", ".start_tls.complete")
    ):
        return

    def within(operation: Any) -> Any:
        def bounded_operation(*given: Any, **named: Any) -> Any:
            left = left_s()
            if left is not None:
                # `timeout` comes second where it comes by position.
                given, named = given[:1], {**named, "timeout": left}
            return operation(*given, **named)

        return bounded_operation

    for name in ("read", "write", "start_tls"):
        setattr(stream, name, within(getattr(stream, name)))
