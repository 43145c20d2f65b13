"""What the packages weigh, against `sizes.json`: sizes.py guard | report | accept PACKAGE...

Packages are `npm`, `wheel` and `library`, in bytes as users load them; they must have been built (the library is built
here). `guard` fails where one weighs over 2 % more than was written down, or is missing, `report` prints both, and `accept`
writes them anew, and the table of docs/performance.md. Another compiler, or a standard library that was not built for size
since Debian's sources of it are missing, makes other code of the same text: there, a quarter more is let through.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
KEPT = HERE / "sizes.json"
MOST_ABOVE, MOST_ABOVE_ELSEWHERE = 0.02, 0.25
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- sizes -->\n", "<!-- end of sizes -->\n"
# What the table has, in KB: package, figure, goal, and a peer's weight.
ROWS = (
    ("npm", "what connects", 80, "oauth4webapi 3.8.8, the calls of a code grant with PKCE", 5.476),
    ("npm", "the whole module", 135, "oauth4webapi 3.8.8, all of it", 12.837),
    ("library", "an app's native library, stripped", 1200, "", 0),
    ("wheel", "the wheel", 650, "", 0),
)


def npm() -> dict[str, int]:
    asked = ["node", "size.mjs", "--json"]
    told = subprocess.run(asked, cwd=ROOT / "bindings-wasm", check=True, capture_output=True, text=True)
    return json.loads(told.stdout)


def wheel() -> dict[str, int]:
    (made,) = (TARGET / "wheels").glob("*.whl")
    return {"the wheel": made.stat().st_size}


def library() -> dict[str, int]:
    command = ["cargo", "build", "--quiet", "--locked", "-p", "venuekey-ffi", "--profile", "release-app"]
    subprocess.run(command, cwd=ROOT, check=True)
    return {"an app's native library, stripped": (TARGET / "release-app/libvenuekey_ffi.so").stat().st_size}


PACKAGES: dict[str, Callable[[], dict[str, int]]] = {"npm": npm, "wheel": wheel, "library": library}


def made_by(package: str) -> str:
    """What compiles it; a wasm standard library's folder is named after its compiler."""
    if package == "npm":
        return " ".join(sorted(each.name for each in (TARGET / "wasm-std").glob("*"))) or "an ordinary standard library"
    return subprocess.run(["rustc", "--version"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def table(kept: dict[str, Any]) -> str:
    lines = ["| what | KB | goal | beside | theirs, KB | ratio |", "|---|---|---|---|---|---|"]
    for package, name, goal, peer, theirs in ROWS:
        if package not in kept:
            continue
        size = kept[package]["bytes"][name] / 1000
        met = "" if size <= goal else " (missed)"
        beside = f"{theirs:.1f} | {size / theirs:.0f}" if theirs else " | "
        lines.append(f"| {name} | {size:.1f} | {goal}{met} | {peer} | {beside} |")
    return "\n".join(lines) + "\n"


def main(command: str, packages: list[str]) -> int:
    kept = json.loads(KEPT.read_text())
    over = []
    for package in packages or PACKAGES:
        was, maker, now = kept.get(package, {}), made_by(package), PACKAGES[package]()
        before = was.get("bytes", {})
        most = MOST_ABOVE if was.get("made by") == maker else MOST_ABOVE_ELSEWHERE
        for name in dict.fromkeys([*before, *now]):
            size = now.get(name, 0)
            change = f"{size / before[name] - 1:+.1%}" if name in before else "new"
            print(f"{package:8} {name:50} {before.get(name, 0) / 1000:9.1f} {size / 1000:9.1f} KB {change:>7}")
            if not size or size > before.get(name, 0) * (1 + most):
                over.append(f"{package}, {name}: over {most:.0%} above sizes.json" if size else f"{package}, {name}: missing")
        kept[package] = {"made by": maker, "bytes": now}
    if command == "accept":
        KEPT.write_text(json.dumps(kept, indent=2) + "\n")
        before, rest = PAGE.read_text().split(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}{table(kept)}{END}{rest.split(END)[1]}")
    if command == "guard" and over:
        print("; ".join(over), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
