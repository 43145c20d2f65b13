"""What a process that was forked must not share with the one that it comes from."""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class BeginsAnew(Protocol):
    def begin_anew(self) -> None:
        """Forgets what belongs to one process. Its locks are new too: a thread that held one is not there any more."""


_every: weakref.WeakSet[BeginsAnew] = weakref.WeakSet()


def begins_anew(each: BeginsAnew) -> None:
    """Now, and in each process that is forked while it lives."""
    each.begin_anew()
    _every.add(each)


def _after_fork() -> None:
    for each in _every:
        each.begin_anew()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
