"""Four workers keep WhiteBIT's tokens alive for an hour of the exchange's time, on one PostgreSQL store.

The access token lives 300 s and its refresh token 600 s; a refresh replaces both, and the exchange takes one a second. The
exchange's own record says what was asked for.
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing

import pytest

from clockwork import Clockwork
from conftest import Rig, wait_for
from paved_rig import LANGUAGES, Paved
from person import Person
from test_fleet import token_of

WORKERS, PAIRS = 4, 6
HOUR_MS = 3_600_000


@pytest.mark.parametrize("languages", [*LANGUAGES, "python+node"])
@pytest.mark.parametrize("database", ["postgresql"])
def test_an_hour(rig: Rig, person: Person, languages: str) -> None:
    """Of workers in one language, or two in each of both."""
    with closing(Paved(rig, *languages.split("+"))) as paved:
        an_hour(paved, person, [*languages.split("+")] * WORKERS)


def an_hour(paved: Paved, person: Person, languages: list[str]) -> None:
    rig = paved.rig
    views = [paved.connected(person, owner=f"user-{n}", goal="account_tokens") for n in range(PAIRS)]
    folder = rig.data.parent / "hour"
    folder.mkdir()
    clock = Clockwork(rig.sandbox, folder, WORKERS)
    begun_ms = clock.now_ms
    places = [clock.place(number) for number in range(1, WORKERS + 1)]
    workers = [
        paved.start(language, PAVED_WORK="run", PAVED_CLOCK=place)
        for language, place in zip(languages, places, strict=False)
    ]
    with closing(clock):
        for worker in workers:
            wait_for(lambda worker=worker: "begins" in worker.output(), worker.output)  # type: ignore[misc]
        # Workers keep 2 s apart, of which the exchange wants one: how long a request takes here should not count.
        clock.race(pace=0.1)
        wait_for(lambda: clock.now_ms >= begun_ms + HOUR_MS, lambda: "\n".join(each.output()[-500:] for each in workers))
        # Those in the middle of a refresh end with it.
        for worker in workers:
            assert worker.stop() == 0, worker.output()
    paved.advance(0)
    calls = rig.sandbox.calls("refresh")
    begun = [(call["at_ms"] - begun_ms, call["status"]) for call in calls]
    assert {call["status"] for call in calls} == {200}, f"nobody asked in vain: {begun}"
    assert max(Counter(token_of(call) for call in calls).values()) == 1, "one refresh for each generation"
    assert len(calls) > PAIRS * HOUR_MS / 300_000
    apart = [later["at_ms"] - call["at_ms"] for call, later in zip(calls, calls[1:], strict=False)]
    assert min(apart) >= 1_000, "within the exchange's pace"
    assert 429 not in {call["status"] for call in rig.sandbox.calls()}
    for view in views:
        (shown,) = paved.ask("find", owner=view["owner"])
        assert (shown["status"], shown["code"]) == ("connected", None)
        assert "refresh_ended" not in shown["trail"]
    assert sum("refresh_tokens" in worker.output() for worker in workers) > 1, "they share the work"
