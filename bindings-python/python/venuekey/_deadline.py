"""One deadline for a whole exchange. HTTP libraries bound each read alone: a header every few seconds outlives it."""

from __future__ import annotations

import contextlib
import contextvars
import time
from collections.abc import Awaitable, Iterator
from typing import Any, Callable


class Exchange:
    """One request on its way, and how far it has come."""

    def __init__(self, milliseconds: int) -> None:
        self.until = time.monotonic() + milliseconds / 1000
        self.is_fresh = self.has_sent = False

    def is_over(self) -> bool:
        return time.monotonic() > self.until

    @property
    def not_sent(self) -> bool:
        """Whether it is certain that no byte of the request has left. A connection that tells nothing is no proof."""
        return self.is_fresh and not self.has_sent

    def sees(self, event: str, info: dict[str, Any]) -> None:
        """What httpcore's `trace` tells."""
        if event.endswith((".connect_tcp.started", ".connect_unix_socket.started")):
            self.is_fresh = True
        # A proxy's CONNECT is no byte of the request.
        if event.endswith(".send_request_headers.started"):
            self.has_sent |= getattr(info.get("request"), "method", None) != b"CONNECT"


_EXCHANGE: contextvars.ContextVar[Exchange | None] = contextvars.ContextVar("venuekey_exchange", default=None)


@contextlib.contextmanager
def deadline(exchange: Exchange) -> Iterator[None]:
    """For what is sent and received in the block, on connections that are `traced` or ask `left_s`."""
    before = _EXCHANGE.set(exchange)
    try:
        yield
    finally:
        _EXCHANGE.reset(before)


def left_s() -> float | None:
    """How much is left, in seconds; `None` if there is no deadline."""
    exchange = _EXCHANGE.get()
    if exchange is None:
        return None
    left = exchange.until - time.monotonic()
    if left <= 0:
        # Before a write, this also says that nothing was sent.
        raise TimeoutError
    return left


def connects() -> None:
    """A connection is about to be made."""
    exchange = _EXCHANGE.get()
    if exchange is not None:
        exchange.is_fresh = True


def sends() -> None:
    """The first byte of the request, or another one, is about to leave."""
    exchange = _EXCHANGE.get()
    if exchange is not None:
        exchange.has_sent = True


def traced(exchange: Exchange) -> Callable[[str, dict[str, Any]], None]:
    """httpcore's `trace` extension: each new connection of httpx waits for what is left, and no longer."""

    def trace(event: str, info: dict[str, Any]) -> None:
        exchange.sees(event, info)
        stream = info.get("return_value")
        if stream is not None and event.endswith(
            (".connect_tcp.complete", ".connect_unix_socket.complete", ".start_tls.complete")
        ):
            for name, place in (("read", 1), ("write", 1), ("start_tls", 2)):
                setattr(stream, name, _within(getattr(stream, name), place))

    return trace


def atraced(exchange: Exchange) -> Callable[[str, dict[str, Any]], Awaitable[None]]:
    """The same for asyncio, where the loop keeps to the deadline."""

    async def trace(event: str, info: dict[str, Any]) -> None:
        exchange.sees(event, info)

    return trace


def _within(operation: Any, place: int) -> Any:
    """`place`: where its `timeout` stands when it comes by position."""

    def bounded_operation(*given: Any, **named: Any) -> Any:
        left = left_s()
        if left is not None:
            given, named = given[:place], {**named, "timeout": left}
        return operation(*given, **named)

    return bounded_operation
