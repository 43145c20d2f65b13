"""Counters of milliseconds, which never go back, and clocks, which do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..stores import Store


def in_reach(store: Store, counter: str, floor_ms: int, now_ms: int, furthest_ms: int) -> tuple[str, int]:
    """The counter to take from, and where it stands. One that a wrong clock has moved further ahead than `furthest_ms`
    would hold up everybody until that time has come: meanwhile all use another, named after where it is.
    """
    name = counter
    while (last_ms := store.bump(name, floor_ms, 0)) - now_ms > furthest_ms:
        name = f"{counter}/{last_ms}"
    return name, last_ms
