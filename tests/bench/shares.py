"""What an operation's instructions go to, by callgrind, in shares of one time.

With line tables, what was inlined counts for the file that it was written in: a crate, or a file of core's. The system's allocator
and its moves of memory have no file, and go by their functions.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

# Two lengths of the same run: what starting costs is in both.
SHORT, LONG = 20, 220
# memcpy picks its code by the machine; for counting it is the same one everywhere.
ENVIRON = {**os.environ, "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX,-ERMS,-AVX512F"}
LEAST = 0.01

NAMED = re.compile(r"(fl|fi|fe|fn|cfn|cfi|cfl|ob|cob)=(?:\((\d+)\))?\s*(.*)")
CRATE = re.compile(r"/registry/src/[^/]+/([^/]+?)-\d")
OWN = re.compile(r"(?:^|/)core/src/((?:(?:venues|connection)/)?\w+(?:/\w+)?)(?:/|\.rs)")
OWN_FUNCTION = re.compile(r"\W*venuekey::(\w+(?:::[a-z_0-9]+)?)")
RUST = re.compile(r"^/rustc[/-]|/library/(?:core|alloc|std)/src/")
RUST_CRATES = ("core", "alloc", "std", "hashbrown")
ALLOCATOR = re.compile(r"malloc|free|calloc|realloc|_int_|tcache|unlink_chunk|__rust_(?:alloc|dealloc|realloc)|arena")
MOVES = re.compile(r"mem(?:cpy|move|set|cmp|chr)|bcmp")


def part(file: str, function: str) -> str:
    """What a line belongs to. Rust's own library, inlined, belongs to the function it was inlined into."""
    if crate := CRATE.search(file):
        return crate[1]
    if RUST.search(file):
        crate = re.search(r"\w+(?=::)", function)
        if crate is None or crate[0] in RUST_CRATES:
            return "Rust's own library"
        own = OWN_FUNCTION.match(function)
        return f"venuekey: {own[1].replace('::', '/')}" if own else crate[0]
    if own := OWN.search(file):
        return f"venuekey: {own[1]}"
    if ALLOCATOR.search(function):
        return "allocation"
    if MOVES.search(function):
        return "moving, filling and comparing memory"
    return "others"


def costs(program: Path, name: str, times: int) -> Counter[str]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", program, name, str(times)]
        subprocess.run(command, check=True, capture_output=True, env=ENVIRON)
        return read(out.read_text())


def read(text: str) -> Counter[str]:
    """Self costs by part. A file's name, or a function's, is told once, and goes by its number from then on."""
    names: dict[tuple[str, str], str] = {}
    file = function = ""
    found: Counter[str] = Counter()
    is_call = False
    for line in text.splitlines():
        if named := NAMED.match(line):
            kind, number, told = named.groups()
            of = "function" if kind.endswith("fn") else "object" if kind.endswith("ob") else "file"
            if told:
                names[of, number] = told
            if kind in ("fl", "fi", "fe"):
                file = names[of, number]
            elif kind == "fn":
                function = names[of, number]
        elif line.startswith("calls="):
            is_call = True
        elif line[:1] in ("+", "-", "*") or line[:1].isdigit():
            # The line behind a call is what the call took: its own functions say so themselves.
            if not is_call:
                found[part(file, function)] += sum(map(int, line.split()[1:]))
            is_call = False
    return found


def told(program: Path, name: str) -> list[str]:
    longer, shorter = costs(program, name, LONG), costs(program, name, SHORT)
    once = {each: (longer[each] - shorter[each]) / (LONG - SHORT) for each in longer}
    total = sum(once.values())
    lines = [f"{name}: {total:.0f} instructions"]
    for each, cost in sorted(once.items(), key=lambda pair: -pair[1]):
        if cost >= LEAST * total:
            lines.append(f"  {cost / total:6.1%} {cost:8.0f}  {each}")
    return lines
