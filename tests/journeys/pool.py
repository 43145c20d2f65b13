"""Rigs whose backend runs on for the next test: starting the programs takes longer than most tests do."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from patience import fetch, wait_for

if TYPE_CHECKING:
    from conftest import Rig


class Pool:
    """One idle rig of a kind: where a test leaves it as it found it, the next one goes on with it.

    Its backend is held meanwhile: with a second in a twentieth, it looks for work twenty times a second.
    """

    def __init__(self) -> None:
        self._idle: dict[object, Rig] = {}

    def take(self, kind: object) -> Rig | None:
        rig = self._idle.pop(kind, None)
        if rig is not None:
            rig.backend.send_signal(signal.SIGCONT)
        return rig

    def give(self, kind: object, rig: Rig) -> None:
        rig.backend.send_signal(signal.SIGSTOP)
        self._idle[kind] = rig

    def close(self) -> None:
        for rig in self._idle.values():
            # What it would end by may have gone before it.
            rig.backend.kill()
            rig.close()


def is_reusable(rig: Rig) -> bool:
    """Its last backend alone runs, which was started as the first one was, and nothing is under way in there."""
    if not rig.backends:
        return False
    *ended, last = rig.backends
    if rig.programs or not last.is_running or not rig.sandbox.is_running or any(each.is_running for each in ended):
        return False
    return len(rig.starts) == len(rig.backends) and rig.starts[0] == rig.starts[-1] and rig.is_at_rest()


def read_to_the_end(rig: Rig) -> None:
    """Returns when all is read that the backend has written so far: a line comes by a pipe, later than an answer by a socket."""
    told = "(unknown path) 404"
    before = rig.backend.output().count(told)
    fetch("GET", f"{rig.backend.url}/so-far")
    wait_for(lambda: rig.backend.output().count(told) > before, rig.backend.output)


def make_new(rig: Rig) -> None:
    """As it is at the start, but for the port, the folder, and the time that has passed."""
    for person in rig.people:
        person.close()
    del rig.backends[:-1], rig.starts[:-1]
    for kept in (rig.people, rig.answers, rig.secrets, rig.keys, rig.backend.lines, rig.sandbox.lines):
        kept.clear()
    rig.forget_accounts()
    rig.start_over()
