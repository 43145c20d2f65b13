"""A span for each request: `pip install "venuekey[opentelemetry]"`."""

from __future__ import annotations

import contextlib
import inspect
from typing import TYPE_CHECKING, Any, Callable, Optional, TypeVar, Union, cast, get_args
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, StatusCode

from ._names import Venue
from .parts import HttpRequest, NoResponse

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from opentelemetry.trace import Tracer

    from .parts import HttpResponse

__all__ = ["traced"]

Send = TypeVar("Send", bound=Callable[[HttpRequest], Any])

# By the names of their own hosts: whitebit.com, api.bybit.com.
_VENUES = frozenset(get_args(Venue))


def traced(send: Send, *, tracer: Optional[Tracer] = None) -> Send:
    """The sender, sync or async, with a span of the kind CLIENT around each request: for `Connections`, `drive` and
    whatever else takes one.

    A span tells what the request is for, the method, the host, the status, and what kind of error came of it. It tells
    no path, query, header or body, and no error's message: all of these may hold what is secret.

    Args:
        tracer: the app's own; left out, that of the tracer provider that is set, by the name `venuekey`.
    """
    own = tracer if tracer is not None else trace.get_tracer("venuekey")

    def send_traced(request: HttpRequest) -> Union[HttpResponse, Awaitable[HttpResponse]]:
        name = f"{request.method} {request.purpose}"
        span = own.start_span(name, kind=SpanKind.CLIENT, attributes=_attributes(request))
        try:
            with _current(span):
                reply = send(request)
        except BaseException as error:
            _failed(span, error)
            raise
        if inspect.isawaitable(reply):
            return _awaited(span, reply)
        _replied(span, reply)
        return cast("HttpResponse", reply)

    return cast("Send", send_traced)


async def _awaited(span: Span, pending: Awaitable[HttpResponse]) -> HttpResponse:
    try:
        with _current(span):
            reply = await pending
    except BaseException as error:
        _failed(span, error)
        raise
    _replied(span, reply)
    return reply


def _current(span: Span) -> Any:
    # What an exception says may quote what was sent.
    return trace.use_span(span, end_on_exit=False, record_exception=False, set_status_on_exception=False)


def _attributes(request: HttpRequest) -> dict[str, Union[str, int]]:
    parts = urlsplit(request.url)
    host = parts.hostname or ""
    attributes: dict[str, Union[str, int]] = {
        "http.request.method": request.method,
        "server.address": host,
        "server.port": parts.port or (443 if parts.scheme == "https" else 80),
        "venuekey.purpose": request.purpose,
        "venuekey.replay": request.replay,
    }
    for venue in _VENUES.intersection(host.split(".")):
        attributes["venuekey.venue"] = venue
    return attributes


def _replied(span: Span, reply: HttpResponse) -> None:
    # A reply can be the only one with a secret: no tracer's failure loses it.
    with contextlib.suppress(Exception):
        span.set_attribute("http.response.status_code", reply.status)
        if reply.status >= 400:
            span.set_attribute("error.type", str(reply.status))
            span.set_status(StatusCode.ERROR)
        span.end()


def _failed(span: Span, error: BaseException) -> None:
    with contextlib.suppress(Exception):
        span.set_attribute("error.type", error.code if isinstance(error, NoResponse) else type(error).__qualname__)
        span.set_status(StatusCode.ERROR)
        span.end()
