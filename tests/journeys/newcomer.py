"""Does what README tells a newcomer to do, to the letter: newcomer.py [FOLDER]

README's own commands run, one after the other, in a shell that knows nothing else of this project, until both exchanges are
connected. With FOLDER they run in there, `git clone` too (which takes this checkout in place of the one on the web). Without it the
clone is this checkout, as CI's is, in which nothing has run before. What the commands have said is printed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONNECTED = ("WhiteBIT is connected", "Bybit is connected", "All of it held.")


def commands(readme: str) -> list[str]:
    """The first two lines of the first block of shell: the clone, and what connects."""
    shown = re.search(r"^```sh\n(.*?)^```$", readme, re.M | re.S)
    assert shown, "README has commands"
    clone, connect, *_ = shown[1].splitlines()
    assert clone.startswith("git clone https://"), clone
    return [clone, connect]


def environ() -> dict[str, str]:
    """A shell's own: without what a recipe or a virtual environment around this has set."""
    ours = re.compile(r"VENUEKEY|CARGO_TARGET_DIR|VIRTUAL_ENV|PYTHON|RUST_BACKTRACE|MAKE")
    return {name: value for name, value in os.environ.items() if not ours.match(name)}


def main() -> int:
    clone, connect = commands((ROOT / "README.md").read_text())
    shell = ["bash", "-euo", "pipefail", "-c"]
    if len(sys.argv) > 1:
        folder = Path(sys.argv[1])
        folder.mkdir(parents=True)
        address = clone.split()[2]
        instead = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"url.{ROOT}.insteadOf", "GIT_CONFIG_VALUE_0": address}
        run = subprocess.run([*shell, f"{clone}\n{connect}"], cwd=folder, env={**environ(), **instead}, stdout=subprocess.PIPE, text=True)
    else:
        run = subprocess.run([*shell, connect], cwd=ROOT, env=environ(), stdout=subprocess.PIPE, text=True)
    print(run.stdout, end="")
    missing = [each for each in CONNECTED if each not in run.stdout]
    if run.returncode or missing:
        print(f"newcomer: README's commands ended with {run.returncode}; not said: {', '.join(missing) or 'nothing'}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
