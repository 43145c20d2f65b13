"""A signal at each line that a connection and a refresh execute; run by test_goodbye.py."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest

import venuekey
from conftest import NOW_MS, Venue, came_back

TRACED = (str(Path(venuekey.__file__).parent), str(contextlib.__file__), str(Path(__file__).parent))


def interrupted_at(line: int, run: Callable[[], object]) -> bool:
    """Runs it, and has the signal come at this line of all that it executes; whether it got so far."""
    came = 0

    def trace(frame: Any, event: str, argument: Any) -> Any:
        nonlocal came
        if not frame.f_code.co_filename.startswith(TRACED):
            return None
        if frame.f_code.co_name in ("_handlers", "<dictcomp>"):
            return None  # It only looks, at 64 signals each time.
        if event == "line":
            came += 1
            if came == line:
                signal.raise_signal(signal.SIGTERM)
        return trace

    sys.settrace(trace)
    try:
        run()
    except Leaving:
        pass
    finally:
        sys.settrace(None)
    return came >= line


class Leaving(BaseException):
    """What the handler raises."""


@pytest.fixture
def leaving() -> Iterator[None]:
    def leave(signum: int, frame: Any) -> None:
        raise Leaving

    before = signal.signal(signal.SIGTERM, leave)
    yield
    assert signal.getsignal(signal.SIGTERM) is leave, "given back each time"
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("leaving")
def test_a_signal_at_any_line_of_a_connection(client: venuekey.Client) -> None:
    line, seen = 1, set()
    while True:
        venue, store = Venue(), venuekey.parts.MemoryStore()
        started = client.begin("api_key", now_ms=NOW_MS)
        store.save(started.pending.snapshot())
        step = started.pending.receive_callback(came_back(started.authorize_url), now_ms=NOW_MS)
        if not interrupted_at(
            line,
            lambda: venuekey.parts.drive(step, send=venue.send, save=store.save, clock=lambda: NOW_MS),  # noqa: B023
        ):
            break
        flow = client.restore(store.load(started.pending.flow_id) or "")
        where = (line, venue.purposes, flow.status, flow.revision)
        seen.add((*venue.purposes, flow.revision))
        if venue.purposes == []:
            assert flow.status != "in_flight", where
        elif venue.purposes[-1] == "fetch_secret":
            assert flow.status == "done", where
        else:
            assert flow.tokens is not None, where
        line += 1
    assert line > 100
    assert len(seen) > 3, seen


@pytest.mark.usefixtures("leaving")
def test_a_signal_at_any_line_of_a_refresh(client: venuekey.Client, tokens: venuekey.parts.Tokens) -> None:
    line = 1
    while True:
        venue, store = Venue(), venuekey.parts.MemoryStore()
        shared = client.share_tokens(tokens, now_ms=NOW_MS)
        store.save(shared.snapshot())

        def run() -> object:
            return venuekey.parts.fresh_tokens(
                client,
                load=lambda: store.load(shared.tokens_id),  # noqa: B023
                save=store.save,  # noqa: B023
                send=venue.send,  # noqa: B023
                clock=lambda: NOW_MS + 250_000,
            )

        if not interrupted_at(line, run):
            break
        kept = client.restore_tokens(store.load(shared.tokens_id) or "")
        assert (kept.generation, kept.revision) == ((2, 3) if venue.sent else (1, 1)), line
        line += 1
    assert line > 50
