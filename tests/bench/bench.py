"""What venuekey's hot paths cost: bench.py guard | accept | compare

`guard` counts the instructions of each operation (callgrind: the same on every run, whatever else the machine does) and fails
where one needs 5 % more than `instructions.json` says; `accept` writes that file anew. `compare` takes times and counts beside
what a user would take instead, in paired rounds, and writes `docs/performance.md`.
"""

from __future__ import annotations

import json
import os
import platform
import re
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
KEPT = HERE / "instructions.json"
PAGE = ROOT / "docs" / "performance.md"
# Two lengths of the same run: what starting costs is in both.
SHORT, LONG = 20, 220
MOST_ABOVE = 0.05
# Another compiler makes other code of the same text.
MOST_ABOVE_ELSEWHERE = 0.25
ROUNDS = 31
ROUND_MS = 20
# sha2 and memcpy pick their code by the machine; for counting it is the same one everywhere.
PORTABLE = {"RUSTFLAGS": '--cfg sha2_backend="soft"', "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX,-ERMS,-AVX512F"}
GOALS = {
    "begin.oauth2": 0.8, "begin.bare": 1.5, "callback.url": 1.2, "tokens.oauth2": 0.6, "restore.value": 1.0,
    "sign-whitebit.bare": 1.25, "sign-bybit.bare": 1.4,
}  # fmt: skip
PEERS = {
    "begin.oauth2": "oauth2 5.0: `authorize_url` with PKCE",
    "begin.bare": "64 random bytes, one SHA-256, base64",
    "callback.url": "`Url::parse` and its pairs",
    "tokens.oauth2": "oauth2 5.0: `exchange_code`, its request and reply",
    "restore.value": "`serde_json::Value` of the same text",
    "sign-whitebit.bare": "`format!`, base64, HMAC-SHA512, hex",
    "sign-bybit.bare": "`format!`, HMAC-SHA256, hex",
}


def built(*options: str, folder: str, **environ: str) -> Path:
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / folder
    command = ["cargo", "build", "--quiet", "--locked", "--release", "--target-dir", str(target), *options]
    subprocess.run(command, cwd=HERE, check=True, env={**os.environ, **environ})
    return target / "release" / "venuekey-bench"


def output_of(*command: object, **environ: str) -> str:
    told = [str(each) for each in command]
    return subprocess.run(told, check=True, capture_output=True, text=True, env={**os.environ, **environ}).stdout


def pairs_of(program: Path) -> dict[str, list[str]]:
    rows = [line.split() for line in output_of(program, "list").splitlines()]
    return {name: peers for name, *peers in rows}


def instructions(program: Path, name: str) -> int:
    """For one time."""

    def count(times: int) -> int:
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", str(program), name, str(times)]
        environ = {**os.environ, "GLIBC_TUNABLES": PORTABLE["GLIBC_TUNABLES"]}
        ran = subprocess.run(command, capture_output=True, text=True, env=environ)
        found = re.search(r"Collected : (\d+)", ran.stderr)
        assert ran.returncode == 0 and found, ran.stderr
        return int(found[1])

    return (count(LONG) - count(SHORT)) // (LONG - SHORT)


def compiler() -> str:
    return output_of("rustc", "--version").strip()


def counted() -> dict[str, int]:
    program = built(folder="bench-counted", RUSTFLAGS=PORTABLE["RUSTFLAGS"])
    return {name: instructions(program, name) for name in pairs_of(program)}


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


def nanoseconds(program: Path, name: str, times: int) -> float:
    return float(output_of(program, name, times))


def ratios_of(program: Path, ours: str, peer: str) -> tuple[float, float, float]:
    """Medians of both, in nanoseconds, and of the rounds' ratios."""
    # Each round is about as long for both.
    times = {name: max(1, int(ROUND_MS * 1e6 / nanoseconds(program, name, 1_000))) for name in (ours, peer)}
    rounds = []
    for number in range(ROUNDS):
        order = (ours, peer) if number % 2 else (peer, ours)
        took = {name: nanoseconds(program, name, times[name]) for name in order}
        rounds.append((took[ours], took[peer]))
    return (
        statistics.median(one for one, _ in rounds),
        statistics.median(other for _, other in rounds),
        statistics.median(one / other for one, other in rounds),
    )


def compare() -> int:
    timed = built("--features", "peers", folder="bench-timed")
    portable = built("--features", "peers", folder="bench-counted", RUSTFLAGS=PORTABLE["RUSTFLAGS"])
    lines = []
    for ours, peers in pairs_of(timed).items():
        for peer in peers:
            one, other, ratio = ratios_of(timed, ours, peer)
            by_count = instructions(portable, ours) / instructions(portable, peer)
            print(f"{ours} / {peer}: {ratio:.2f} by time, {by_count:.2f} by instructions", flush=True)
            goal = GOALS[peer]
            mark = "" if ratio <= goal else " (missed)"
            lines.append(
                f"| {ours} | {PEERS[peer]} | {one / 1000:.2f} | {other / 1000:.2f} | {ratio:.2f} | {by_count:.2f} | {goal}{mark} |"
            )
    page = PAGE.read_text()
    begin, end = "<!-- bench: rust -->\n", "<!-- end of bench -->"
    head, _, rest = page.partition(begin)
    _, _, tail = rest.partition(end)
    table = [
        f"Measured with {compiler()}, {platform.machine()}, {os.cpu_count()} cores; medians of {ROUNDS} paired rounds.",
        "",
        "| operation | beside | ours, µs | theirs, µs | ratio | ratio by instructions | goal |",
        "|---|---|---|---|---|---|---|",
        *lines,
    ]
    PAGE.write_text(f"{head}{begin}{chr(10).join(table)}\n{end}{tail}")
    return 0


if __name__ == "__main__":
    commands = {"guard": guard, "accept": accept, "compare": compare}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    sys.exit(commands[sys.argv[1]]())
