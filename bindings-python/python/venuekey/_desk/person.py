"""The person at this desk: what they are told, and what they are asked."""

from __future__ import annotations

import select
import sys
import threading
from concurrent.futures import Future
from typing import Callable, Optional


def say(text: str) -> None:
    """For the person; what a program reads goes to standard output."""
    print(text, file=sys.stderr, flush=True)


def ask(question: str) -> str:
    print(question, end="", file=sys.stderr, flush=True)
    # Standard input may be closed: `<&-`, systemd, cron.
    line = "" if sys.stdin is None else sys.stdin.readline()
    if not line:
        raise EOFError
    return line.strip()


def is_asked() -> bool:
    """Whether somebody is there to answer."""
    return sys.stdin is not None and sys.stdin.isatty()


class Asks:
    """Questions, and an end to one that is answered by something else."""

    def __init__(self, ask: Callable[[str], str], say: Callable[[str], object]) -> None:
        self._ask = ask
        self._say = say
        self._asked: Optional[Future[str]] = None

    def __call__(self, question: str) -> str:
        if self._asked is None:
            return self._ask(question)
        # What is typed now is the answer to the question before, which is over: it is taken for the answer to this one.
        self._say(question)
        asked, self._asked = self._asked, None
        return asked.result()

    def until(self, question: str, is_over: Callable[[], bool]) -> Optional[str]:
        """The answer; `None` once it is over, which takes a moment to say so."""
        if self._ask is ask and is_asked():
            return _typed(question, is_over)
        if self._asked is None:
            self._asked = _in_a_thread(self._ask, question)
        else:
            self._say(question)
        while not self._asked.done():
            if is_over():
                return None
        asked, self._asked = self._asked, None
        return asked.result()


def _typed(question: str, is_over: Callable[[], bool]) -> Optional[str]:
    """At the terminal, without a thread: one that reads standard input would make the program's end a crash."""
    print(question, end="", file=sys.stderr, flush=True)
    while not _has_line():
        if is_over():
            print(file=sys.stderr, flush=True)
            return None
    return ask("")


def _has_line() -> bool:
    """Whether there is something to read: a terminal gives whole lines, and Windows' tells of the first key."""
    if sys.platform == "win32":
        import msvcrt

        return bool(msvcrt.kbhit())
    return bool(select.select([sys.stdin], [], [], 0)[0])


def _in_a_thread(ask: Callable[[str], str], question: str) -> Future[str]:
    """Nobody can end a question; the program's end does not wait for it."""
    answer: Future[str] = Future()

    def work() -> None:
        try:
            answer.set_result(ask(question))
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=work, name="venuekey-asks", daemon=True).start()
    return answer
