"""Starts Python programs with their imports done already: two thirds of what a backend costs here is loading them.

A process of its own imports what the programs will, once, and then forks one for each. Such a program is a process like
any other: its memory, its arguments, its environment and its output are its own, signals end it, and at its end
Python ends as ever.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

_HERE = Path(__file__).resolve()
EXAMPLE = _HERE.parents[2] / "examples" / "python-backend"
_NUMBER_BYTES = 12


class Forked:
    """One program: what `Program` needs of a `subprocess.Popen`."""

    def __init__(self, order: socket.socket, stdout: TextIO) -> None:
        self._order = order
        self.stdout = stdout
        self.pid = int(order.recv(_NUMBER_BYTES, socket.MSG_WAITALL))

    def poll(self) -> int | None:
        return self._exit_code(0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._exit_code(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("a forked program", timeout or 0)
        return code

    def _exit_code(self, timeout: float | None) -> int | None:
        waiting = select.poll()
        waiting.register(self._order, select.POLLIN)
        if not waiting.poll(None if timeout is None else timeout * 1000):
            return None
        # Looked at and left there, so that any number of threads may ask.
        told = self._order.recv(_NUMBER_BYTES, socket.MSG_PEEK)
        assert told, "the process that forks has ended"
        return int(told)

    def send_signal(self, number: int) -> None:
        # Once it has been waited for, its number may be another's.
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Forks:
    """The process that forks. It ends with this one, however that ends, and so do its programs."""

    def __init__(self) -> None:
        self._orders, theirs = socket.socketpair()
        with theirs:
            # The programs' standard input and, until they have their own, output are this process's.
            command = [sys.executable, "-u", str(_HERE), str(theirs.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()])

    def start(self, command: Sequence[str], environ: Mapping[str, str]) -> Forked:
        """`command` is `[sys.executable, "-u", PROGRAM, …]`."""
        assert [*command[:2]] == [sys.executable, "-u"], "a program in Python that does not buffer what it writes"
        order, theirs = socket.socketpair()
        output, their_output = os.pipe()
        socket.send_fds(self._orders, [b"."], [theirs.fileno(), their_output])
        theirs.close()
        os.close(their_output)
        order.sendall(json.dumps([command[2:], dict(environ)]).encode())
        order.shutdown(socket.SHUT_WR)
        return Forked(order, open(output, errors="replace"))

    def close(self) -> None:
        self._orders.close()
        self._process.wait()


def _number(number: int) -> bytes:
    return f"{number:{_NUMBER_BYTES}}".encode()


def _serve(orders: socket.socket) -> list[str]:
    """Returns in each program, as its arguments."""
    running: dict[int, socket.socket] = {}

    def bury(*_: object) -> None:
        while running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            # Whoever asked for it may have gone.
            with running.pop(pid) as order, contextlib.suppress(OSError):
                order.send(_number(os.waitstatus_to_exitcode(status)))

    signal.signal(signal.SIGCHLD, bury)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ^C is for pytest, whose end ends this
    while True:
        asked, descriptors, _, _ = socket.recv_fds(orders, 1, 2)
        if not asked:
            break
        order, output = socket.socket(fileno=descriptors[0]), descriptors[1]
        # From here on until it is known whose end it is, nobody is buried.
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
        pid = os.fork()
        if pid == 0:
            with order.makefile() as text:
                arguments, environ = json.load(text)
            for kept in (orders, order, *running.values()):
                kept.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
            for number in (1, 2):
                os.dup2(output, number)
            os.close(output)
            os.environ.clear()
            os.environ.update(environ)
            return list(arguments)
        os.close(output)
        running[pid] = order
        order.send(_number(pid))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
    # Nobody is buried meanwhile, so each number is still the program's.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    for pid in running:
        os.kill(pid, signal.SIGKILL)
    sys.exit()


def _main() -> None:
    sys.path[0] = str(EXAMPLE)
    # What the backend imports, and what its libraries import when they are first used.
    import app  # noqa: F401
    import encodings.idna  # noqa: F401
    import httpcore  # noqa: F401
    import httpx  # noqa: F401
    import uvicorn.lifespan.on
    import uvicorn.loops.auto
    import uvicorn.protocols.http.auto
    import uvicorn.protocols.websockets.auto  # noqa: F401

    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as orders:
        sys.argv = _serve(orders)
    program = Path(sys.argv[0])
    sys.path[0] = str(program if program.is_dir() else program.parent)
    runpy.run_path(str(program), run_name="__main__")


if __name__ == "__main__":
    _main()
