"""However politely a process ends, and wherever: no code is burnt, no once-only reply and no new pair is lost."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Callable

import pytest

import venuekey
from conftest import NOW_MS, Venue, came_back

GOODBYE = Path(__file__).with_name("goodbye.py")


@pytest.mark.parametrize(
    ("work", "end"),
    [
        *[(work, end) for work in ("drive", "fresh_tokens") for end in ("SIGTERM", "SIGINT", "default")],
        *[(work, end) for work in ("adrive", "afresh_tokens") for end in ("SIGTERM", "SIGINT", "cancel", "loop")],
    ],
)
def test_nothing_is_lost_wherever_a_process_ends(work: str, end: str, tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "error", str(GOODBYE), str(tmp_path), work, end], capture_output=True, text=True
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    # Where none of them ended, 0 tells how many places there are.
    places = json.loads((tmp_path / "0").read_text())["places"]
    assert places >= 8
    ended_early = 0
    for place in range(1, places + 1):
        told = json.loads((tmp_path / str(place)).read_text())
        (stored,) = told["stored"].values()
        sent, text = told["purposes"], stored["text"]
        where = (place, sent, stored["status"], stored["revision"])
        if "refresh_tokens" in sent:
            assert "next-refresh" in text, where
        elif "fetch_secret" in sent:
            assert stored["status"] == "done", where
            assert "canary-api-secret" in text, where
        elif "exchange_code" in sent:
            assert "canary-access-token" in text, where
        else:
            assert stored["status"] != "in_flight", (where, "it counts as sent, and never was")
        if end == "default":
            assert os.WTERMSIG(told["status"]) == signal.SIGTERM, (where, "it dies of the signal, as without us")
        else:
            assert told["status"] == 0, where
        ended_early += told["places"] < places
    # A refresh is one piece; a connection ends after the piece that it was at.
    assert ended_early > places // 4 or "fresh" in work


def interrupted_at(line: int, run: Callable[[], object]) -> bool:
    """Runs it, and has the signal come at this line of all that it executes; whether it got so far."""
    came = 0

    def trace(frame: Any, event: str, argument: Any) -> Any:
        nonlocal came
        if not any(part in frame.f_code.co_filename for part in ("venuekey", "contextlib", "test_")):
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
        venue, store = Venue(), venuekey.MemoryStore()
        started = client.begin("api_key", now_ms=NOW_MS)
        store.save(started.pending.snapshot())
        step = started.pending.receive_callback(came_back(started.authorize_url), now_ms=NOW_MS)
        if not interrupted_at(
            line,
            lambda: venuekey.drive(step, send=venue.send, save=store.save, clock=lambda: NOW_MS),  # noqa: B023
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
def test_a_signal_at_any_line_of_a_refresh(client: venuekey.Client, tokens: venuekey.Tokens) -> None:
    line = 1
    while True:
        venue, store = Venue(), venuekey.MemoryStore()
        shared = client.share_tokens(tokens, now_ms=NOW_MS)
        store.save(shared.snapshot())

        def run() -> object:
            return venuekey.fresh_tokens(
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


def test_another_thread_has_no_signals_to_keep(client: venuekey.Client) -> None:
    """Handlers run in the main thread alone; only there can they be set."""
    venue, store = Venue(), venuekey.MemoryStore()
    with ThreadPoolExecutor(1) as pool:
        step = client.check_key(venuekey.Tokens(access_token="a", expires_at_ms=2**52))
        assert pool.submit(venuekey.drive, step, send=venue.send, save=store.save).result().outcome


def test_tasks_that_a_save_leaves_behind_are_found_again(client: venuekey.Client) -> None:
    """A database driver starts its pool within the first save; the end of the loop must find its tasks."""
    store, venue = venuekey.MemoryStore(), Venue()
    background: list[asyncio.Task[object]] = []

    async def save(snapshot: venuekey.Snapshot) -> bool:
        if not background:
            background.append(asyncio.ensure_future(asyncio.sleep(3600)))
        return store.save(snapshot)

    async def main() -> None:
        before = asyncio.get_running_loop().get_task_factory()
        await venuekey.adrive(
            client.check_key(venuekey.Tokens(access_token="a", expires_at_ms=2**52)), send=venue.asend, save=save
        )
        assert background[0] in asyncio.all_tasks()
        assert asyncio.get_running_loop().get_task_factory() is before

    asyncio.run(main())
    assert background[0].cancelled()


def test_timeouts_within_save_and_around_it_work(client: venuekey.Client, begin: Callable[[], venuekey.Step]) -> None:
    store, venue = venuekey.MemoryStore(), Venue()

    async def save(snapshot: venuekey.Snapshot) -> bool:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.sleep(3600), 0.001)
        return store.save(snapshot)

    async def main() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(venuekey.adrive(begin(), send=venue.asend, save=save), 0.0001)

    asyncio.run(main())


def test_connections_at_the_same_time_share_a_loop(begin: Callable[[], venuekey.Step]) -> None:
    venue = Venue()

    async def save(snapshot: venuekey.Snapshot) -> bool:
        await asyncio.sleep(0)
        return True

    async def main() -> None:
        before = signal.getsignal(signal.SIGINT)
        done = await asyncio.gather(*(venuekey.adrive(begin(), send=venue.asend, save=save) for _ in range(20)))
        assert {type(each.outcome) for each in done} == {venuekey.ApiKeyGranted}
        assert signal.getsignal(signal.SIGINT) is before

    asyncio.run(main())
