"""However politely a process ends, and wherever: no code is burnt, no once-only reply and no new pair is lost."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable

import pytest

import venuekey
from conftest import Venue

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


def test_a_signal_at_any_line() -> None:
    """In a process of its own: an exception that a trace function raises in contextlib's lines can stay behind as
    the context of whatever is raised later (CPython 3.11).
    """
    traced = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(GOODBYE.with_name("traced.py"))]
    ran = subprocess.run(traced, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_another_thread_has_no_signals_to_keep(client: venuekey.Client) -> None:
    """Handlers run in the main thread alone; only there can they be set."""
    venue, store = Venue(), venuekey.parts.MemoryStore()
    with ThreadPoolExecutor(1) as pool:
        step = client.check_key(venuekey.parts.Tokens(access_token="a", expires_at_ms=2**52))
        assert pool.submit(venuekey.parts.drive, step, send=venue.send, save=store.save).result().outcome


def test_tasks_that_a_save_leaves_behind_are_found_again(client: venuekey.Client) -> None:
    """A database driver starts its pool within the first save; the end of the loop must find its tasks."""
    store, venue = venuekey.parts.MemoryStore(), Venue()
    background: list[asyncio.Task[object]] = []

    async def save(snapshot: venuekey.parts.Snapshot) -> bool:
        if not background:
            background.append(asyncio.ensure_future(asyncio.sleep(3600)))
        return store.save(snapshot)

    async def main() -> None:
        before = asyncio.get_running_loop().get_task_factory()
        await venuekey.parts.adrive(
            client.check_key(venuekey.parts.Tokens(access_token="a", expires_at_ms=2**52)), send=venue.asend, save=save
        )
        assert background[0] in asyncio.all_tasks()
        assert asyncio.get_running_loop().get_task_factory() is before

    asyncio.run(main())
    assert background[0].cancelled()


def test_timeouts_within_save_and_around_it_work(
    client: venuekey.Client, begin: Callable[[], venuekey.parts.Step]
) -> None:
    store, venue = venuekey.parts.MemoryStore(), Venue()

    async def save(snapshot: venuekey.parts.Snapshot) -> bool:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.sleep(3600), 0.001)
        return store.save(snapshot)

    async def main() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(venuekey.parts.adrive(begin(), send=venue.asend, save=save), 0.0001)

    asyncio.run(main())


def test_connections_at_the_same_time_share_a_loop(begin: Callable[[], venuekey.parts.Step]) -> None:
    venue = Venue()

    async def save(snapshot: venuekey.parts.Snapshot) -> bool:
        await asyncio.sleep(0)
        return True

    async def main() -> None:
        before = signal.getsignal(signal.SIGINT)
        done = await asyncio.gather(*(venuekey.parts.adrive(begin(), send=venue.asend, save=save) for _ in range(20)))
        assert {type(each.outcome) for each in done} == {venuekey.parts.ApiKeyGranted}
        assert signal.getsignal(signal.SIGINT) is before

    asyncio.run(main())
