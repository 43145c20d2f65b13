"""Runs the recipes of `just test`, some at a time, and says in the end what each took, by the clock and of the processors:
everything.py JUST

A recipe begins once those it depends on have ended, which then do not run again for it. Each one's output is printed whole
when it ends. One that fails stops what depends on it; the rest runs on, so that one run shows every failure. The last lines are
the runners' own counts.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Who comes first of those that could begin: what most waits for, then what takes longest. Of those side by side each builds
# with a target folder or profile of its own, since cargo lets nobody else into one that it works in.
ORDER = (
    "test-newcomer", "sandbox-binary", "python-tools", "native-sources", "python-package", "npm-package", "store-drivers", "node-examples",
    "browser-app", "paved-program", "web-apps", "sandbox-package", "postgres", "test-kotlin", "test-journeys", "test-swift", "test-pages",
    "simulate", "test-javascript", "test-relay", "test-paved-kotlin", "test-python", "lint", "test-core", "test-sandbox", "test-fuzz", "valgrind",
    "test-speed", "test-sizes", "test-toy-venue",
    "test-sandbox-wheel", "test-surface",
)  # fmt: skip
# Beside what the justfile says: what takes the programs that those build.
AFTER = {"test-relay": {"test-kotlin", "test-swift"}, "test-paved-kotlin": {"test-kotlin"}}
# README's own command builds and installs these: nothing else may use what it replaces.
AFTER |= {name: {"test-newcomer"} for name in ("python-tools", "python-package", "sandbox-binary")}
# It starts the program that these put in its place anew.
AFTER |= {"test-sandbox": {"sandbox-binary", "sandbox-package"}}
# One more than the cores of a small machine: two leave a seventh of it idle, since they wait for a lock of cargo's, for each
# other's programs and for what takes its time whatever the machine. Four keep it no busier than three.
AT_ONCE = 3
# The closing lines of cargo test, pytest, Maven Surefire, node's test runner and swift test.
COUNTS = re.compile(
    r"^(test result: .*|\d+ passed.*|.*\d+ passed.* in [\d.]+s.*|\[(INFO|WARNING)\] Tests run: .*|.*Test run with \d+ tests.*)$"
)


def dependencies(just: str) -> dict[str, set[str]]:
    dump = subprocess.run(
        [just, "--dump", "--dump-format", "json"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    recipes = json.loads(dump.stdout)["recipes"]
    return {name: {needed["recipe"] for needed in recipe["dependencies"]} for name, recipe in recipes.items()}


def check_order(needs: Mapping[str, set[str]], order: Sequence[str]) -> None:
    """Whoever is next can begin some time, and nothing that tests is left out."""
    for place, name in enumerate(order):
        early = needs[name] - {*order[:place]}
        assert not early, f"{name} is before {', '.join(sorted(early))}, which it needs"
    left_out = {name for name in needs if name.startswith("test-")} - {*order}
    assert not left_out, f"left out: {', '.join(sorted(left_out))}"


class Recipes:
    def __init__(self, just: str, needs: Mapping[str, set[str]], order: Sequence[str]) -> None:
        self._just = just
        self._needs = needs
        self._left = list(order)
        self._done: set[str] = set()
        self._changed = threading.Condition()
        # Of its recipe: seconds by the clock, seconds of processors.
        self.took: list[tuple[str, float, float]] = []
        self.counts: list[str] = []
        self.failed: list[str] = []
        # What depends on one that failed.
        self.not_run: list[str] = []

    def run(self) -> None:
        workers = [threading.Thread(target=self._work) for _ in range(AT_ONCE)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def _work(self) -> None:
        while name := self._next():
            began = time.monotonic()
            running = subprocess.Popen(
                [self._just, "--no-deps", name], cwd=ROOT, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            )  # fmt: skip
            with running:
                assert running.stdout is not None
                told = running.stdout.read()
                # As `wait` does, which does not say what it and its children used.
                _, status, used = os.wait4(running.pid, 0)
                running.returncode = os.waitstatus_to_exitcode(status)
            self._has_ended(name, running.returncode, told, (time.monotonic() - began, used.ru_utime + used.ru_stime))

    def _next(self) -> str | None:
        with self._changed:
            while True:
                for name in [*self._left]:
                    if self._needs[name] & {*self.failed, *self.not_run}:
                        self._left.remove(name)
                        self.not_run.append(name)
                    elif self._needs[name] <= self._done:
                        self._left.remove(name)
                        return name
                if not self._left:
                    return None
                self._changed.wait()

    def _has_ended(self, name: str, code: int, told: str, seconds: tuple[float, float]) -> None:
        with self._changed:
            print(f"---- {name}: {seconds[0]:.0f} s{'' if code == 0 else ', failed'}\n{told}", flush=True)
            self.took.append((name, *seconds))
            lines = [line for line in told.splitlines() if COUNTS.match(line)]
            self.counts += [line for line in lines if line[:8] != "0 passed"]
            (self._done.add if code == 0 else self.failed.append)(name)
            self._changed.notify_all()


def heed_interrupts() -> None:
    """A shell that starts this in the background has SIGINT ignored, by all that is started here too; tests send it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def main() -> int:
    heed_interrupts()
    just = sys.argv[1]
    needs = dependencies(just)
    for name, more in AFTER.items():
        needs[name] |= more
    check_order(needs, ORDER)
    recipes = Recipes(just, needs, ORDER)
    began = time.monotonic()
    recipes.run()
    width = max(len(name) for name, *_ in recipes.took)
    print("What each recipe took, and how much of that its processes were running:")
    for name, seconds, used in recipes.took:
        print(f"  {name:{width}} {seconds:6.0f} s {used:6.0f} s")
    used = sum(used for *_, used in recipes.took)
    print(f"  {'in all':{width}} {time.monotonic() - began:6.0f} s {used:6.0f} s\n")
    print("\n".join(recipes.counts))
    for said, names in (("failed", recipes.failed), ("not run, since they need one that failed", recipes.not_run)):
        if names:
            print(f"{said}: {', '.join(names)}", file=sys.stderr)
    return 1 if recipes.failed else 0


if __name__ == "__main__":
    sys.exit(main())
