"""What the conformance suite's tests are made with."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any, Callable, Optional, get_args

from .._names import Venue, VenueEnvironment
from . import Row, Store, Stored
from ._players import Player
from ._types import COLUMNS

PROCESSES = 3
ROUNDS = 10


class Suite:
    """Inherit the suite under a name that pytest collects, and say how a store is opened."""

    wakes_other_processes = False
    """Whether a save wakes workers of other processes too."""

    def make_store(self) -> Store:
        """Opens the test's store. It is empty when a test begins; each call in one test opens the same one."""
        raise NotImplementedError

    def failing(self) -> Optional[AbstractContextManager[object]]:
        """A while in which nothing can be written: a disk that is full, a server that is down."""
        return None

    def _opened(self) -> AbstractContextManager[Store]:
        return closing(self.make_store())

    def _each(self, function: Callable[..., Any], arguments: Sequence[Sequence[object]]) -> list[Any]:
        """What it returns for each of the arguments, each in a process of its own, at the same time."""
        players = [Player.take() for _ in arguments]
        for player, given in zip(players, arguments):
            player.call(function, *given)
        answers = [player.answer() for player in players]
        for player in players:
            player.give_back()
        return answers

    @contextmanager
    def _victim(self, function: Callable[..., Any], *arguments: object) -> Iterator[Player]:
        """A process that does it, and is gone in the end."""
        player = Player.take()
        try:
            player.call(function, *arguments)
            yield player
        finally:
            player.kill()


def made(**fields: Any) -> Row:
    """A new connection's row."""
    plain = {
        "id": secrets.token_hex(16),
        "owner": "owner",
        "client": "client",
        "venue": get_args(Venue)[0],
        "environment": get_args(VenueEnvironment)[0],
        "status": "working",
        "revision": 1,
        "sealing_key_id": "key",
        "sealed": "sealed",
    }
    return Row(**{**plain, **fields})


def replace(row: Row, **changes: Any) -> Row:
    """The row, but for that."""
    return Row(**{**{name: getattr(row, name) for name in COLUMNS}, **changes})


def stored(store: Store, id: str) -> Stored:
    """The row that is there, with what is beside it."""
    found = store.load(id)
    assert found is not None, "there is no such row"
    return found


def kept(store: Store, id: str) -> Row:
    """The row that is there."""
    return stored(store, id).row
