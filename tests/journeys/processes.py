"""Starts the sandbox and the backend as programs of their own."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from wire import Wire

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0  # patience with a busy machine, and no more


class Trouble(Exception):
    """One sentence about what keeps things from running."""


def _spawn(command: Sequence[str], environ: Mapping[str, str], folder: Path | None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command, env=dict(environ), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )


class Program:
    """A child process; every line it writes is kept and told."""

    spawn: Callable[[Sequence[str], Mapping[str, str], Path | None], subprocess.Popen[str]] = staticmethod(_spawn)
    """Begins the process. Tests have a quicker way."""

    def __init__(
        self,
        command: Sequence[str],
        environ: Mapping[str, str],
        told: Callable[[str], None] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.lines: list[str] = []
        self._told = told or (lambda _: None)
        self._child = Program.spawn(command, environ, folder)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._child.stdout is not None
        for line in self._child.stdout:
            self.lines.append(line.rstrip("\n"))
            self._told(self.lines[-1])

    @property
    def is_running(self) -> bool:
        return self._child.poll() is None

    @property
    def exit_code(self) -> int | None:
        return self._child.poll()

    def output(self) -> str:
        return "\n".join(self.lines)

    def kill(self) -> None:
        """As by a power cut."""
        self._child.kill()
        self._end()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keeps it from doing anything meanwhile."""
        self._child.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._child.send_signal(signal.SIGCONT)

    def send_signal(self, number: signal.Signals) -> None:
        self._child.send_signal(number)

    def stop(self) -> int:
        """Asks it to end, and waits until it has."""
        if self.is_running:
            self._child.terminate()
            try:
                self._child.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                self._child.kill()
        return self._end()

    def _end(self) -> int:
        """Its exit code, once all of its output is read."""
        code = self._child.wait()
        self._reader.join(START_SECONDS)
        if self._child.stdout is not None:
            self._child.stdout.close()
        return code

    def _started(self, ready: Callable[[], bool], what: str) -> None:
        """Returns when it is ready; leaves nothing running where it is not."""
        try:
            self._wait_until(ready, what)
        except BaseException:
            self.kill()
            raise

    def _wait_until(self, ready: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if not self.is_running:
                last = self.lines[-1] if self.lines else "it wrote nothing"
                raise Trouble(f"The {what} ended as it started: {last}")
            if time.monotonic() > deadline:
                raise Trouble(f"The {what} was not ready after {START_SECONDS:.0f} s.")
            time.sleep(0.02)


class Sandbox(Program):
    """Both exchanges, on this machine."""

    def __init__(self, binary: Path, public_url: str, options: Sequence[str] = ()) -> None:
        redirects = [
            f"--redirect-uri={venue}={public_url}{mount}/callback/{venue}"
            for venue in ("whitebit", "bybit")
            for mount in ("", "/connections")
        ]
        super().__init__([str(binary), "--port=0", *redirects, *options], {})
        self._started(lambda: any(" listening on " in line for line in list(self.lines)), "sandbox")
        self.url = next(line for line in self.lines if " listening on " in line).split()[-1]
        self._admin = Wire(60)

    def ask(self, path: str) -> Any:
        return self._asked("GET", path)

    def tell(self, path: str, body: object) -> Any:
        return self._asked("POST", path, json.dumps(body).encode())

    def turn(self, **knobs: Mapping[str, object]) -> Any:
        return self._asked("PATCH", "/knobs", json.dumps(knobs).encode())

    def fault(self, endpoint: str, fault: str, **more: object) -> Any:
        return self.tell("/faults", {"endpoint": endpoint, "fault": fault, **more})

    def requests(self) -> list[dict[str, Any]]:
        """Every recorded request, with its values; they come in pages."""
        records: list[dict[str, Any]] = []
        while True:
            after = records[-1]["seq"] if records else 0
            page = self.ask(f"/requests?values=true&after={after}")
            records += page["requests"]
            if not page["more"]:
                return records

    def calls(self, endpoint: str = "") -> list[dict[str, Any]]:
        """What was sent to the exchanges, the browser's part left out unless asked for."""
        return [r for r in self.requests() if (r["endpoint"] == endpoint if endpoint else r["endpoint"] != "authorize")]

    def stop(self) -> int:
        self._admin.close()
        return super().stop()

    def _asked(self, method: str, path: str, body: bytes = b"") -> Any:
        place = self.url.removeprefix("http://")
        headers = [("content-type", "application/json"), ("content-length", str(len(body)))]
        reply, content = self._admin.ask(method, place, f"/_sandbox{path}", headers, body)
        if reply.status != 200:
            raise Trouble(f"The sandbox answered {reply.status}: {content.decode()}")
        return json.loads(content)


class Backend(Program):
    """The one in Python, with the tests' hooks; another one that takes the same options has another `program`."""

    program: Sequence[str] = (sys.executable, "-u", str(ROOT / "tests" / "journeys" / "testhooks.py"))

    def __init__(
        self,
        port: int,
        data: Path,
        sandbox_url: str,
        environ: Mapping[str, str] | None = None,
        told: Callable[[str], None] | None = None,
    ) -> None:
        self.url = f"http://127.0.0.1:{port}"
        options = [f"--port={port}", f"--data={data}", f"--sandbox={sandbox_url}"]
        super().__init__([*self.program, *options], {**os.environ, **(environ or {})}, told)
        self._started(self._is_healthy, "backend")

    def _is_healthy(self) -> bool:
        try:
            # Any answer will do: behind a proxy, it goes by another name than this address.
            with contextlib.closing(Wire(2)) as wire:
                return wire.ask("GET", self.url.removeprefix("http://"), "/health")[0].status < 500
        except (http.client.HTTPException, OSError):
            return False


_kept: deque[socket.socket] = deque(maxlen=256)


def free_port() -> int:
    """One that is free, and on Linux given to nobody else before a server of ours has it."""
    probe = socket.socket()
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    probe.bind(("127.0.0.1", 0))
    port: int = probe.getsockname()[1]
    if sys.platform == "linux":
        # Bound and not listening: it keeps the port from everybody but a server that asks for this very number.
        _kept.append(probe)
    else:
        probe.close()
    return port


def find_sandbox(given: str | None = None) -> Path:
    """The path given, else where cargo puts it, else on PATH."""
    if given:
        if os.access(given, os.X_OK):
            return Path(given)
        raise Trouble(f"There is no program at {given}.")
    targets = [Path(os.environ["CARGO_TARGET_DIR"])] if "CARGO_TARGET_DIR" in os.environ else []
    targets.append(ROOT / "target")
    for candidate in (t / kind / "venuekey-sandbox" for t in targets for kind in ("release", "debug")):
        if os.access(candidate, os.X_OK):
            return candidate
    on_path = shutil.which("venuekey-sandbox")
    if on_path:
        return Path(on_path)
    raise Trouble("venuekey-sandbox is not built: run `cargo build -p venuekey-sandbox`, or give --sandbox PATH.")
