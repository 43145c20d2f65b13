"""The program that comes with this package, and how it is started and ended."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Optional

from ._client import Sandbox, SandboxError

_NAME = "venuekey-sandbox.exe" if sys.platform == "win32" else "venuekey-sandbox"


def find_program() -> str:
    """The path of the program `venuekey-sandbox`, where pip has put it.

    Raises:
        FileNotFoundError: it is in none of the folders that pip knows.
    """
    user_scheme = sysconfig.get_preferred_scheme("user") if sys.version_info >= (3, 10) else f"{os.name}_user"
    folders = [
        Path(sysconfig.get_path("scripts")),
        Path(sysconfig.get_path("scripts", scheme=user_scheme)),
        Path(__file__).resolve().parents[1] / "bin",  # pip install --target
    ]
    for folder in folders:
        if (folder / _NAME).is_file():
            return str(folder / _NAME)
    raise FileNotFoundError(
        f"{_NAME} is in none of {[str(folder) for folder in folders]}; install venuekey-sandbox again."
    )


@contextmanager
def start(*options: str, program: Optional[str] = None) -> Iterator[Sandbox]:
    """Runs a sandbox on a free port of this machine until the block ends.

    Args:
        options: of the command line, such as `"--seed=7"` or
            `"--redirect-uri=whitebit=https://app.example/callback"`; `venuekey-sandbox --help` lists them.
        program: another program than the one of this package, such as one that cargo has built.

    Raises:
        SandboxError: it did not start; the text is what it said.
    """
    command = [program or find_program(), "--port=0", *options]
    with tempfile.TemporaryFile() as complaints:
        # In a group of its own: Ctrl-C ends the tests, and they end the sandbox once they have read it.
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, start_new_session=True, text=True)
        try:
            assert child.stdout is not None
            line = child.stdout.readline()
            if " listening on " not in line:
                child.wait()
                complaints.seek(0)
                raise SandboxError(complaints.read().decode(errors="replace").strip() or "The sandbox said nothing.")
            yield Sandbox(line.split()[-1])
        finally:
            child.terminate()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            if child.stdout is not None:
                child.stdout.close()
