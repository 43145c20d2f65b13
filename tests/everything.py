"""Runs the recipes of `just test`, two at a time, and says in the end what each took: everything.py JUST

What several recipes need is made once and first; so the recipes run without their dependencies. Each one's output is printed
whole when it ends. One that fails stops what has not begun. The last lines are the runners' own counts.
"""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FIRST = (
    "python-tools", "python-package", "sandbox-binary", "sandbox-package", "npm-package", "native-sources", "node-examples",
    "browser-app", "postgres",
)  # fmt: skip
# Two lanes side by side: what waits mostly beside what computes mostly.
LANES = (
    ("lint", "test-core", "test-sandbox", "simulate", "test-kotlin", "test-swift"),
    ("test-python", "test-sandbox-wheel", "test-javascript", "test-surface", "test-pages"),
)
# The relay takes Kotlin's and Swift's runners, and the journeys use both processors by themselves.
LAST = ("test-journeys",)
# The closing lines of cargo test, pytest, Maven Surefire, node's test runner and swift test.
COUNTS = re.compile(
    r"^(test result: .*|\d+ passed.*|.*\d+ passed.* in [\d.]+s.*|\[(INFO|WARNING)\] Tests run: .*|.*Test run with \d+ tests.*)$"
)


class Recipes:
    def __init__(self, just: str) -> None:
        self._just = just
        self._lock = threading.Lock()
        self.took: list[tuple[str, float]] = []
        self.counts: list[str] = []
        self.failed: list[str] = []

    def run(self, names: tuple[str, ...]) -> None:
        for name in names:
            if self.failed:
                return
            began = time.monotonic()
            ran = subprocess.run(
                [self._just, "--no-deps", name], cwd=ROOT, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            )  # fmt: skip
            seconds = time.monotonic() - began
            with self._lock:
                print(f"---- {name}: {seconds:.0f} s{'' if ran.returncode == 0 else ', failed'}\n{ran.stdout}", flush=True)
                self.took.append((name, seconds))
                lines = [line for line in ran.stdout.splitlines() if COUNTS.match(line)]
                self.counts += [line for line in lines if "0 passed" != line[:8]]
                if ran.returncode != 0:
                    self.failed.append(name)


def main() -> int:
    recipes = Recipes(sys.argv[1])
    began = time.monotonic()
    recipes.run(FIRST)
    lanes = [threading.Thread(target=recipes.run, args=(names,)) for names in LANES]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    recipes.run(LAST)
    width = max(len(name) for name, _ in recipes.took)
    print("What each recipe took:")
    for name, seconds in recipes.took:
        print(f"  {name:{width}} {seconds:6.0f} s")
    print(f"  {'in all':{width}} {time.monotonic() - began:6.0f} s\n")
    print("\n".join(recipes.counts))
    if recipes.failed:
        print(f"failed: {', '.join(recipes.failed)}", file=sys.stderr)
    return 1 if recipes.failed else 0


if __name__ == "__main__":
    sys.exit(main())
