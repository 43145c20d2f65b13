"""Starts Python programs with their imports done already: two thirds of what a backend costs here is loading them.

A process of its own imports what the programs will, once for each kind of them, and then forks one for each. Such a program is
a process like any other: its memory, its folder, its arguments, its environment, its input and output are its own, signals end
it, and at its end Python ends as ever.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import io
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import TextIO

import jinja2

_HERE = Path(__file__).resolve()
EXAMPLE = _HERE.parents[2] / "examples" / "python-backend"
HOOKED = _HERE.with_name("testhooks.py")
_NUMBER_BYTES = 12
# What each kind of program imports, and what its libraries import when they are first used; by the program or module that is
# started. Each of these can be imported without an effect.
_BACKEND = (
    "app", "uvicorn.lifespan.on", "uvicorn.loops.auto", "uvicorn.protocols.http.auto", "uvicorn.protocols.websockets.auto",
)  # fmt: skip
_LIBRARY = (
    "encodings.idna", "http.server", "httpcore", "httpx", "importlib.readers", "venuekey.connections", "venuekey.senders",
    "venuekey.stores.sqlite",
)  # fmt: skip
_DJANGO = (
    "django.contrib.auth.hashers", "django.contrib.messages.storage.fallback", "django.contrib.sessions.middleware",
    "django.core.handlers.wsgi", "django.core.management.commands.migrate", "django.core.management.commands.runserver",
    "django.core.management.sql", "django.core.servers.basehttp", "django.db.backends.postgresql.base", "django.db.backends.sqlite3.base",
    "django.forms", "django.middleware.clickjacking", "django.middleware.common", "django.middleware.csrf", "django.middleware.security",
    "django.shortcuts", "django.template.backends.django", "django.template.defaulttags", "django.template.loader_tags",
    "django.test.signals", "django.urls", "django.views.debug", "django.views.static", "venuekey.web",
)  # fmt: skip
KINDS = {
    "python-backend": (*_LIBRARY, *_BACKEND),
    "program.py": _LIBRARY,
    "runner.py": _LIBRARY,
    "venuekey": (*_LIBRARY, "venuekey._desk.command", "venuekey.doctor", "venuekey.local"),
    "flask": (*_LIBRARY, "flask.cli", "venuekey.web.flask", "werkzeug.serving"),
    "uvicorn": (*_LIBRARY, *_BACKEND[1:], "fastapi", "uvicorn.main", "venuekey.web.fastapi"),
    "manage.py": (*_LIBRARY, *_DJANGO),
}


class Forked:
    """One program: what tests need of a `subprocess.Popen`."""

    def __init__(self, order: socket.socket, stdout: TextIO, stderr: TextIO | None = None, stdin: TextIO | None = None) -> None:
        """Without `stderr` that is in `stdout`, and without `stdin` there is none."""
        self._order = order
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr
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

    @property
    def returncode(self) -> int | None:
        return self.poll()

    def communicate(self, typed: str = "", timeout: float | None = None) -> tuple[str, str]:
        """For one with all three: types that and no more, and returns what is left of the other two once it has ended."""
        assert self.stdin is not None and self.stderr is not None
        read = {self.stdout: "", self.stderr: ""}
        readers = [threading.Thread(target=lambda each=each: read.update({each: each.read()}), daemon=True) for each in read]
        for reader in readers:
            reader.start()
        with contextlib.suppress(BrokenPipeError), self.stdin:
            self.stdin.write(typed)
        self.wait(timeout)
        for reader in readers:
            reader.join()
        for each in read:
            each.close()
        return read[self.stdout], read[self.stderr]

    def send_signal(self, number: int) -> None:
        # Once it has been waited for, its number may be another's.
        if self.poll() is None:
            # Or it has been, and that is not told yet.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


Child = subprocess.Popen[str] | Forked


class Forks:
    """The process that forks. It ends with this one, however that ends, and so do its programs."""

    def __init__(self) -> None:
        self._orders, theirs = socket.socketpair()
        self._compiled = tempfile.TemporaryDirectory(prefix="venuekey-templates-")
        with theirs:
            # The programs' standard input and, until they have their own, output are this process's.
            command = [sys.executable, "-u", str(_HERE), str(theirs.fileno()), self._compiled.name]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()])

    def start(
        self, command: Sequence[str], environ: Mapping[str, str], folder: Path | None = None, *, apart: bool = False
    ) -> Forked:
        """`command` is `[sys.executable, "-u", PROGRAM, …]`, `-m MODULE` for a program, `-u` left out. `apart` gives it three pipes."""
        assert command[0] == sys.executable
        order, theirs = socket.socketpair()
        pipes = [os.pipe() for _ in range(3 if apart else 1)]
        # Of the first, where there are three, it has the end that reads.
        ends = [pipe[1] for pipe in pipes] if not apart else [pipes[0][0], pipes[1][1], pipes[2][1]]
        socket.send_fds(self._orders, [b"."], [theirs.fileno(), *ends])
        theirs.close()
        for end in ends:
            os.close(end)
        order.sendall(json.dumps([command[1:], dict(environ), str(folder or Path.cwd())]).encode())
        order.shutdown(socket.SHUT_WR)
        if not apart:
            return Forked(order, open(pipes[0][0], errors="replace"))
        stdin, stdout, stderr = open(pipes[0][1], "w"), open(pipes[1][0]), open(pipes[2][0])
        return Forked(order, stdout, stderr, stdin)

    def close(self) -> None:
        self._orders.close()
        self._process.wait()
        self._compiled.cleanup()


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
        asked, descriptors, _, _ = socket.recv_fds(orders, 1, 4)
        if not asked:
            break
        order, ends = socket.socket(fileno=descriptors[0]), descriptors[1:]
        with order.makefile() as text:
            arguments, environ, folder = json.load(text)
        _import_for(arguments, Path(folder))
        # From here on until it is known whose end it is, nobody is buried.
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
        pid = os.fork()
        if pid == 0:
            for kept in (orders, order, *running.values()):
                kept.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
            for number, end in zip((1, 2) if len(ends) == 1 else (0, 1, 2), ends * 2 if len(ends) == 1 else ends, strict=True):
                os.dup2(end, number)
            for end in ends:
                os.close(end)
            os.environ.clear()
            os.environ.update(environ)
            os.chdir(folder)
            return list(arguments)
        for end in ends:
            os.close(end)
        running[pid] = order
        order.send(_number(pid))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
    # Nobody is buried meanwhile, so each number is still the program's.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    for pid in running:
        os.kill(pid, signal.SIGKILL)
    sys.exit()


def _named(arguments: Sequence[str]) -> list[str]:
    """The program and its arguments, without what is Python's own."""
    return [each for place, each in enumerate(arguments) if not (place < 2 and each in ("-u", "-m"))]


def _file_of(arguments: Sequence[str], folder: Path) -> Path:
    """What is run of a program that is no module."""
    program = folder / _named(arguments)[0]
    return program / "__main__.py" if program.is_dir() else program


def _import_for(arguments: Sequence[str], folder: Path) -> None:
    for module in KINDS.get(Path(_named(arguments)[0]).name, KINDS[EXAMPLE.name]):
        if module not in sys.modules:
            importlib.import_module(module)
    if "-m" not in arguments[:2]:
        _code_of(_file_of(arguments, folder))
    gc.freeze()


def _forget_the_backend() -> None:
    """Another app has modules of the same names."""
    for name, module in [*sys.modules.items()]:
        if Path(getattr(module, "__file__", None) or "/").parent == EXAMPLE:
            del sys.modules[name]


@functools.cache
def _code_of(program: Path) -> CodeType:
    return compile(program.read_bytes(), str(program), "exec")


def _main() -> None:
    sys.path[0] = str(EXAMPLE)
    # Without this each backend compiles its pages, which is half of what it does.
    compiled = jinja2.FileSystemBytecodeCache(sys.argv[2])
    jinja2.Environment.__init__ = functools.partialmethod(jinja2.Environment.__init__, bytecode_cache=compiled)  # type: ignore[method-assign, assignment]
    with socket.socket(fileno=int(sys.argv[1])) as orders:
        arguments = _serve(orders)
    is_module = "-m" in arguments[:2]
    if "-u" not in arguments[:2]:
        sys.stdout = io.TextIOWrapper(open(1, "wb", closefd=False), encoding=sys.stdout.encoding)
    sys.argv = _named(arguments)
    file = _file_of(arguments, Path.cwd())
    if is_module or (file.parent != EXAMPLE and file != HOOKED):
        _forget_the_backend()
    sys.path[0] = os.getcwd() if is_module else str(file.parent)
    sys.path[1:1] = [each for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each]
    if is_module:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        return
    main = sys.modules["__main__"] = ModuleType("__main__")
    main.__file__ = str(file)
    exec(_code_of(file), main.__dict__)


if __name__ == "__main__":
    _main()
