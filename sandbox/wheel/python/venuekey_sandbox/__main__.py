"""`python -m venuekey_sandbox`: the program of this package, with its options."""

from __future__ import annotations

import os
import subprocess
import sys

from ._program import find_program


def main() -> int:
    command = [find_program(), *sys.argv[1:]]
    if sys.platform != "win32":
        os.execv(command[0], command)  # In its place: signals and the exit code are the program's own.
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
