"""Spans around requests: what they tell, when they end, and that nothing secret is in them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Callable

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace import Span as SDKSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, Tracer

import venuekey
from conftest import CANARIES, Clock, Run, Venue, reply, run_by
from venuekey.opentelemetry import traced

Begin = Callable[[], venuekey.parts.Step]


class Observed:
    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracer: Tracer = provider.get_tracer("test")

    @property
    def spans(self) -> Sequence[ReadableSpan]:
        return self._exporter.get_finished_spans()

    @property
    def shown(self) -> str:
        """Whatever a backend may be sent of them."""
        return "".join(span.to_json() for span in self.spans)


@pytest.fixture
def observed() -> Observed:
    return Observed()


@pytest.fixture(params=["drive", "adrive"])
def run(
    request: pytest.FixtureRequest, venue: Venue, store: venuekey.parts.MemoryStore, clock: Clock, observed: Observed
) -> Run:
    own = run_by(request.param, venue, store, clock)
    send: Any = venue.send if request.param == "drive" else venue.asend
    return lambda step, **given: own(step, **{"send": traced(send, tracer=observed.tracer), **given})


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def test_a_span_for_each_request_and_no_secret_in_any(run: Run, begin: Begin, venue: Venue, observed: Observed) -> None:
    run(begin())
    assert [attributes(span)["venuekey.purpose"] for span in observed.spans] == venue.purposes
    for span, request in zip(observed.spans, venue.sent):
        assert span.name == f"{request.method} {request.purpose}"
        assert span.kind is SpanKind.CLIENT
        assert span.end_time is not None
        assert span.status.status_code is StatusCode.UNSET
        assert attributes(span) == {
            "http.request.method": request.method,
            "http.response.status_code": 200,
            "server.address": "whitebit.com",
            "server.port": 443,
            "venuekey.purpose": request.purpose,
            "venuekey.replay": request.replay,
            "venuekey.venue": "whitebit",
        }
    assert not [secret for secret in CANARIES.values() if secret in observed.shown]


@pytest.mark.parametrize(
    ("answer", "error_type"),
    [
        (reply({"message": "canary-words"}, 403), "403"),
        (venuekey.NoResponse("timeout"), "timeout"),
        (ZeroDivisionError("canary-words"), "ZeroDivisionError"),
    ],
)
def test_a_failure_is_told_by_a_word_alone(
    run: Run, begin: Begin, venue: Venue, observed: Observed, answer: Any, error_type: str
) -> None:
    venue.first["exchange_code"] = [answer]
    with pytest.raises((venuekey.VenuekeyError, ZeroDivisionError)):
        run(begin())
    span = observed.spans[0]
    assert attributes(span)["error.type"] == error_type
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description is None
    assert not span.events
    assert "canary" not in observed.shown


def test_what_the_sender_begins_is_below_its_span(run: Run, begin: Begin, venue: Venue, observed: Observed) -> None:
    run(begin())
    before = len(observed.spans)
    current: list[trace.Span] = []

    async def send(_: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        await asyncio.sleep(0)
        current.append(trace.get_current_span())
        assert len(observed.spans) == before, "it ends with the request"
        return reply({})

    asyncio.run(traced(send, tracer=observed.tracer)(venue.sent[0]))
    context = observed.spans[-1].context
    assert [each.get_span_context() for each in current] == [context]


def test_a_task_that_is_cancelled_ends_its_span(run: Run, begin: Begin, venue: Venue, observed: Observed) -> None:
    run(begin())

    async def send(_: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        await asyncio.Event().wait()
        return reply({})

    async def cancelled() -> None:
        pending = asyncio.ensure_future(traced(send, tracer=observed.tracer)(venue.sent[0]))
        await asyncio.sleep(0)
        pending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await pending

    asyncio.run(cancelled())
    assert attributes(observed.spans[-1])["error.type"] == "CancelledError"


def test_a_tracer_that_fails_loses_no_reply(
    begin: Begin, venue: Venue, store: venuekey.parts.MemoryStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("a tracer's own trouble")

    own = Observed()
    with monkeypatch.context() as patched:
        patched.setattr(SDKSpan, "set_attribute", fails)
        send = traced(venue.send, tracer=own.tracer)
        done = run_by("drive", venue, store, clock)(begin(), send=send)
    assert done.outcome
