"""Each sender against a venue that is slow, compresses, or says what no header may say: no reply is lost by it."""

from __future__ import annotations

import gzip
import itertools
import socket
import threading
import time
import traceback
import tracemalloc
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Callable

import httpx
import pytest

import venuekey
from conftest import CANARIES
from loopback import Loopback, Recorded, plain
from test_senders import Impatient, Send, at_server, by_replay, chain, kind, no_response, send
from venuekey import _bodies

__all__ = ["at_server", "by_replay", "kind", "send"]

BODY = b'{"data": {"access_token": "canary-access-token"}}'
MAX = venuekey.parts.MAX_BODY_BYTES


def raw_deflate(body: bytes) -> bytes:
    return zlib.compress(body)[2:-4]


def test_compression_is_not_asked_for(
    send: Send, by_replay: dict[str, venuekey.parts.HttpRequest], server: Loopback
) -> None:
    for request in by_replay.values():
        send(request)
    assert {dict(recorded.headers)["accept-encoding"] for recorded in server.recorded} == {"identity"}


CODED = [
    (["content-encoding: gzip"], gzip.compress(BODY), BODY),
    (["content-encoding: X-GZIP"], gzip.compress(BODY), BODY),
    (["content-encoding: deflate"], zlib.compress(BODY), BODY),
    (["content-encoding: deflate"], raw_deflate(BODY), BODY),
    (["content-encoding: gzip, gzip"], gzip.compress(gzip.compress(BODY)), BODY),
    (["content-encoding: deflate", "content-encoding: gzip"], gzip.compress(zlib.compress(BODY)), BODY),
    (["content-encoding: identity"], BODY, BODY),
    (["content-encoding: gzip"], b"", b""),
    # What can't be undone stays as it is; one that says so wrongly is read.
    (["content-encoding: gzip"], BODY, BODY),
    (["content-encoding: br"], b"\x8b\x03\x80{}\x03", b"\x8b\x03\x80{}\x03"),
    (["content-encoding: zstd"], b"\x28\xb5\x2f\xfd", b"\x28\xb5\x2f\xfd"),
    (["content-encoding: br, gzip"], gzip.compress(b"\x8b"), gzip.compress(b"\x8b")),
    (["content-encoding: gzip, gzip, gzip"], gzip.compress(b"{}"), gzip.compress(b"{}")),
]


@pytest.mark.parametrize("replay", ["safe", "once_only"])
def test_a_coded_body_is_undone_or_kept_as_it_is(
    replay: str, send: Send, by_replay: dict[str, venuekey.parts.HttpRequest], server: Loopback
) -> None:
    for headers, body, expected in CODED:
        server.answer = lambda request, body=body, headers=headers: plain(201, body, *headers)  # type: ignore[misc]
        response = send(by_replay[replay])
        assert (response.status, response.body) == (201, expected), headers


@pytest.mark.parametrize("coding", ["gzip", "deflate", "gzip, gzip", "deflate, gzip"])
def test_a_small_reply_does_not_fill_the_memory(
    coding: str, send: Send, by_replay: dict[str, venuekey.parts.HttpRequest], server: Loopback
) -> None:
    """A MiB is a gigabyte, compressed twice."""
    body = bytes(64 * MAX)
    for name in coding.split(", "):
        body = gzip.compress(body) if name == "gzip" else zlib.compress(body)
    server.answer = lambda request: plain(200, body, "content-encoding: " + coding)
    send(by_replay["safe"])
    tracemalloc.start()
    response = send(by_replay["safe"])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(response.body) == MAX + 1
    assert peak < 8 * MAX


@pytest.mark.parametrize("name", ["x-anything", "content-encoding", "retry-after", "location"])
def test_a_header_that_is_no_text_costs_no_reply(
    name: str, send: Send, by_replay: dict[str, venuekey.parts.HttpRequest], server: Loopback
) -> None:
    for value in (b"caf\xe9", b"\xff\xfe", b"\xc3\x28", "ж".encode(), b"\x80" * 100):
        head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(BODY)}\r\n{name}: ".encode()
        server.answer = lambda request, head=head, value=value: [head + value + b"\r\n\r\n" + BODY]  # type: ignore[misc]
        assert send(by_replay["once_only"]).body == BODY, value


def slow_headers(over: threading.Event) -> Callable[[Recorded], Iterable[bytes]]:
    def answer(request: Recorded) -> Iterable[bytes]:
        yield b"HTTP/1.1 200 OK\r\n"
        for number in itertools.count():
            if over.wait(0.1):
                return
            yield f"x-{number}: 1\r\n".encode()

    return answer


@pytest.mark.parametrize("replay", ["safe", "never", "once_only"])
def test_headers_that_never_end_have_the_same_deadline(
    replay: str, send: Send, by_replay: dict[str, venuekey.parts.HttpRequest], server: Loopback
) -> None:
    """Each read is answered long before its own timeout. Without one deadline this test would not end."""
    over = threading.Event()
    server.answer = slow_headers(over)
    no_response(send, Impatient(by_replay[replay], 500), server)
    over.set()


def test_a_reply_that_is_complete_counts_however_late(
    send: Send, by_replay: dict[str, venuekey.parts.HttpRequest], server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it is here at once, and then the clock jumps: the machine was asleep, or another thread had it."""
    jumped = threading.Event()
    now = time.monotonic

    def answer(request: Recorded) -> Iterable[bytes]:
        yield from plain(200, BODY)

    def later() -> float:
        return now() + (3600 if jumped.is_set() else 0)

    real = _bodies.Received.is_enough_with

    def is_enough_with(self: Any, chunk: bytes) -> bool:
        jumped.set()
        return real(self, chunk)

    server.answer = answer
    monkeypatch.setattr(_bodies.Received, "is_enough_with", is_enough_with)
    monkeypatch.setattr(time, "monotonic", later)
    for request in by_replay.values():
        jumped.clear()
        assert send(request).body == BODY


def test_nobody_shows_what_was_sent_or_received(
    kind: str,
    send: Send,
    by_replay: dict[str, venuekey.parts.HttpRequest],
    server: Loopback,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever raises, where the sender has the request and the reply at hand: tools show the locals of each frame."""
    server.answer = lambda request: plain(200, BODY)
    failures: list[type[BaseException]] = [
        ValueError,
        TypeError,
        ConnectionResetError,
        httpx.ReadError,
        httpx.InvalidURL,
    ]
    if "async" not in kind:
        failures.append(KeyboardInterrupt)  # In a loop it ends the loop, not the sender.
    for failure in failures:

        def fail(self: Any, chunk: bytes, failure: type[BaseException] = failure) -> bool:
            raise failure("canary-access-token" if failure.__module__ == "httpx" else "")

        monkeypatch.setattr(_bodies.Received, "is_enough_with", fail)
        lost = issubclass(failure, OSError) or (failure is httpx.ReadError and "httpx" in kind)
        raised = venuekey.NoResponse if lost else RuntimeError if failure.__module__ == "httpx" else failure
        for request in by_replay.values():
            with pytest.raises(raised) as caught:
                send(request)
            assert list(chain(caught.value)) == [caught.value]
            assert "canary" not in repr(caught.value)
            told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
            frames = [frame for frame in told.stack if not Path(frame.filename).name.startswith("test_")]
            assert frames
            shown = str([frame.locals for frame in frames])
            assert not [canary for canary in (*CANARIES.values(), "Bearer") if canary in shown], shown


def test_no_connection_is_made_too_late(by_replay: dict[str, venuekey.parts.HttpRequest], server: Loopback) -> None:
    """A name that is looked up for longer than the deadline: then nothing is sent."""
    found = socket.getaddrinfo
    with pytest.MonkeyPatch.context() as patch:

        def slowly(*given: Any, **named: Any) -> Any:
            time.sleep(0.2)
            return found(*given, **named)

        patch.setattr(socket, "getaddrinfo", slowly)
        for make in (venuekey.senders.httpx_sender, venuekey.senders.requests_sender):
            no_response(make(), Impatient(by_replay["never"], 100), server)
    assert server.recorded == []
