"""Writes what the four languages repeat of core: its data, options, objects, words and error codes, and their docs.

    python3 xtask/generate            writes the files
    python3 xtask/generate --check    names those that are not what core says

It is `just generate`, and the check is a part of `just lint`.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import classes
import core
import native
import native_halves
import python
import typescript
import wasm

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> int:
    known = core.read(ROOT / "core/src")
    differing = 0
    for language in (native, native_halves, python, typescript, classes, wasm):
        # Kotlin and Swift have no connections yet.
        of = without_connections(known) if language in (native, native_halves) else known
        for name, text in language.files(of).items():
            path = ROOT / name
            if path.exists() and path.read_text() == text:
                continue
            differing += 1
            if "--check" in arguments:
                print(f"{name} is not what core says: run `just generate`")
            else:
                path.write_text(text)
    return min(differing, 1) if "--check" in arguments else 0


def without_connections(known: core.Core) -> core.Core:
    """For languages that have no connections yet."""
    apart = {name for name, each in {**known.records, **known.enums}.items() if each.module.startswith("connection")}
    client = known.records["Client"]
    calls = tuple(call for call in client.methods if call.name not in CALLS)
    records = {name: each for name, each in known.records.items() if name not in apart}
    records["Client"] = replace(client, methods=calls)
    enums = {name: each for name, each in known.enums.items() if name not in apart}
    return replace(known, records=records, enums=enums)


CALLS = (
    "begin_connection", "begin_connection_by_hand_off", "import_key", "import_tokens", "open_connection",
    "restore_connection",
)  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
