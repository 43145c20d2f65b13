"""Processes that play a part in a test: they call what they are told to and say what came of it."""

from __future__ import annotations

import atexit
import multiprocessing
import pickle
import traceback
from collections.abc import Iterator
from typing import Any, Callable, ClassVar


class Player:
    """A process, which imports a test's module once and then stays for the next test."""

    _idle: ClassVar[list[Player]] = []

    @classmethod
    def take(cls) -> Player:
        """One that is idle, or another one."""
        return cls._idle.pop() if cls._idle else cls()

    def __init__(self) -> None:
        # A fork would share the store's connections.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_play, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def call(self, function: Callable[..., object], *arguments: object) -> None:
        """Begins it. The function and its arguments are pickled."""
        self._pipe.send(pickle.dumps((function, arguments)))

    def answer(self) -> Any:
        """What it returned; of a generator, what it yielded next. `EOFError` if the process has died."""
        is_well, answer = self._pipe.recv()
        assert is_well, f"in another process:\n{answer}"
        return answer

    def give_back(self) -> None:
        """It has nothing more to say."""
        self._idle.append(self)

    def kill(self) -> None:
        """At once, and waits until it is gone."""
        self._process.kill()
        self._process.join()
        self._process.close()
        self._pipe.close()


def _play(pipe: Any) -> None:
    while True:
        try:
            task = pipe.recv()
        except (EOFError, KeyboardInterrupt):
            return
        try:
            function, arguments = pickle.loads(task)
            answer = function(*arguments)
            for each in answer if isinstance(answer, Iterator) else [answer]:
                pipe.send((True, each))
        except BrokenPipeError:
            return
        except Exception:
            pipe.send((False, traceback.format_exc()))


@atexit.register
def _end() -> None:
    while Player._idle:
        Player._idle.pop().kill()
