"""What venuekey's hot paths cost: bench.py guard | accept | profile [OPERATION...] | compare

`guard` counts the instructions of each operation (callgrind: the same on every run, whatever else the machine does) and fails
where one needs 5 % more than `instructions.json` says; `accept` writes that file anew, and `profile` says what the instructions go
to (shares.py). `compare` takes times and counts beside
what a user would take instead, in paired rounds, and writes `docs/performance.md`. What it measures besides Rust is built
before: the recipe says by what.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import languages
import shares
from rows import RUST
from run import ROUNDS, Program, compared

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
KEPT = HERE / "instructions.json"
PAGE = ROOT / "docs" / "performance.md"
MOST_ABOVE = 0.05
# Another compiler makes other code of the same text.
MOST_ABOVE_ELSEWHERE = 0.25
# sha2 and memcpy pick their code by the machine; for counting it is the same one everywhere.
PORTABLE = '--cfg sha2_backend="soft"'


def built(*options: str, folder: str, **environ: str) -> Path:
    target = languages.TARGET / folder
    command = ["cargo", "build", "--quiet", "--locked", "--release", "--target-dir", str(target), *options]
    subprocess.run(command, cwd=HERE, check=True, env={**os.environ, **environ})
    return target / "release" / "venuekey-bench"


def output_of(*command: object) -> str:
    return subprocess.run([str(each) for each in command], check=True, capture_output=True, text=True).stdout


def names_of(program: Path) -> list[str]:
    return [line.split()[0] for line in output_of(program, "list").splitlines()]


def instructions(program: Path, name: str) -> int:
    """For one time."""

    def count(times: int) -> int:
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", str(program), name, str(times)]
        ran = subprocess.run(command, capture_output=True, text=True, env=shares.ENVIRON)
        found = re.search(r"Collected : (\d+)", ran.stderr)
        assert ran.returncode == 0 and found, ran.stderr
        return int(found[1])

    return (count(shares.LONG) - count(shares.SHORT)) // (shares.LONG - shares.SHORT)


def compiler() -> str:
    return output_of("rustc", "--version").strip()


def counted() -> dict[str, int]:
    program = built(folder="bench-counted", RUSTFLAGS=PORTABLE)
    return {name: instructions(program, name) for name in names_of(program)}


def guard() -> int:
    kept = json.loads(KEPT.read_text())
    most = MOST_ABOVE if kept["compiler"] == compiler() else MOST_ABOVE_ELSEWHERE
    now = counted()
    assert {*now} == {*kept["instructions"]}, "instructions.json has other operations: bench.py accept"
    over = []
    for name, count in now.items():
        before = kept["instructions"][name]
        change = count / before - 1
        print(f"{name:15} {count:8} instructions, {change:+.1%}")
        if change > most:
            over.append(name)
    if over:
        print(f"more than {most:.0%} above instructions.json: {', '.join(over)}", file=sys.stderr)
    return 1 if over else 0


def accept() -> int:
    KEPT.write_text(json.dumps({"compiler": compiler(), "instructions": counted()}, indent=2) + "\n")
    return 0


def profile(names: list[str]) -> int:
    program = built(folder="bench-profiled", RUSTFLAGS=PORTABLE, CARGO_PROFILE_RELEASE_DEBUG="line-tables-only")
    for name in names or names_of(program):
        print(*shares.told(program, name), sep="\n", flush=True)
    return 0


def rust(timed: Path, portable: Path) -> list[str]:
    lines = [
        "| operation | beside | ours, µs | theirs, µs | ratio | ratio by instructions | goal |",
        "|---|---|---|---|---|---|---|",
    ]
    counts: dict[str, int] = {}
    with Program(timed) as program:
        for row in RUST:
            one, other, ratio = compared(program, row)
            for name in (row.ours, row.peer):
                counts[name] = counts.get(name) or instructions(portable, name)
            by_count = counts[row.ours] / counts[row.peer]
            print(f"{row.ours} / {row.peer}: {ratio:.2f} by time, {by_count:.2f} by instructions", flush=True)
            told = f"{one / 1000:.2f} | {other / 1000:.2f} | {ratio:.2f} | {by_count:.2f}"
            lines.append(f"| {row.ours} | {row.beside} | {told} | {languages.goal(ratio, row.goal)} |")
    return lines


def scale(program: Path) -> list[str]:
    lines = ["| many at once | takes | memory |", "|---|---|---|"]
    for count in (10_000, 100_000):
        nanoseconds, size = output_of(program, "hold", count).split()
        lines.append(f"| {count:,} flows that wait | {float(nanoseconds) / 1000:.2f} µs each | {size} bytes each |")
    for threads in (1, 2):
        seconds, size = output_of(program, "share", 1_000_000, threads).split()
        memory = f"{int(size) / 1e6:.1f} MB more in the end"
        lines.append(f"| 1,000,000 signatures for Bybit, {threads} thread{'s' * (threads > 1)} | {seconds} s | {memory} |")
    return lines


def compare() -> int:
    timed = built("--features", "peers", folder="bench-timed")
    portable = built("--features", "peers", folder="bench-counted", RUSTFLAGS=PORTABLE)
    head = f"{platform.machine()}, {os.cpu_count()} cores; medians of {ROUNDS} paired rounds."
    parts = {"rust": [f"Measured with {compiler()}, {head}", "", *rust(timed, portable)], "scale": scale(timed)}
    for name, table in languages.TABLES.items():
        made = table()
        if made is None:
            print(f"{name}: not built here, so its rows stay as they are", file=sys.stderr)
        else:
            parts[name] = made
    page = PAGE.read_text()
    for name, lines in parts.items():
        pattern = rf"(<!-- bench: {name} -->\n).*?(<!-- end of bench -->)"
        table = "\n".join(lines)
        page, found = re.subn(pattern, lambda match: f"{match[1]}{table}\n{match[2]}", page, flags=re.S)
        assert found == 1, name
    PAGE.write_text(page)
    return 0


if __name__ == "__main__":
    commands = {"guard": guard, "accept": accept, "compare": compare}
    if sys.argv[1:2] == ["profile"]:
        sys.exit(profile(sys.argv[2:]))
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    sys.exit(commands[sys.argv[1]]())
