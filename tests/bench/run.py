"""Programs that repeat one operation, asked in pairs."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
from collections.abc import Sequence
from pathlib import Path

from rows import Row

ROUNDS = 31
ROUND_MS = 10


class Program:
    """It reads `NAME COUNT` a line, and answers nanoseconds for each time. It stays, so that what a runtime has learned does."""

    def __init__(self, *command: object, **options: object) -> None:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen([str(word) for word in command], **pipes, **options)

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.process.wait()

    def nanoseconds(self, name: str, times: int) -> float:
        self.process.stdin.write(f"{name} {times}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def warm(self, name: str) -> int:
        """How many times fill a round, once it runs as fast as it will."""
        times = 1
        while (took := self.nanoseconds(name, times)) * times < ROUND_MS * 1e6:
            times *= 2
        for _ in range(4):
            took = self.nanoseconds(name, times)
        return max(1, int(ROUND_MS * 1e6 / max(took, 1)))


def compared(program: Program, row: Row) -> tuple[float, float, float]:
    """Medians of both, in nanoseconds, and of the rounds' ratios."""
    times = {name: program.warm(name) for name in (row.ours, row.peer)}
    rounds = []
    for number in range(ROUNDS):
        order = (row.ours, row.peer) if number % 2 else (row.peer, row.ours)
        took = {name: program.nanoseconds(name, times[name]) for name in order}
        rounds.append((took[row.ours], took[row.peer]))
    ratio = statistics.median(one / other for one, other in rounds)
    return statistics.median(one for one, _ in rounds), statistics.median(other for _, other in rounds), ratio


def alone(program: Program, name: str) -> float:
    times = program.warm(name)
    return statistics.median(program.nanoseconds(name, times) for _ in range(ROUNDS))


def processor_ms(commands: Sequence[Sequence[object]], rounds: int, cwd: Path, **environ: str) -> list[float]:
    """What each takes of the processor from its start to its end, the commands taking turns."""
    took: list[list[float]] = [[] for _ in commands]
    for _ in range(rounds):
        for place, command in enumerate(commands):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([str(word) for word in command], check=True, cwd=cwd, env={**os.environ, **environ})
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            took[place].append(used * 1000)
    return [statistics.median(each) for each in took]
