"""Writes what the four languages repeat of core: its data, options, objects, words and error codes, and their docs; what
users may be told, for the pages of two of them; and docs/errors.

    python3 xtask/generate            writes the files
    python3 xtask/generate --check    names those that are not what core says

It is `just generate`, and the check is a part of `just lint`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import assets
import classes
import core
import findings
import native
import native_halves
import pages
import python
import rust
import texts
import typescript
import wasm

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> int:
    known = core.read(ROOT / "core/src")
    written: dict[str, str] = {}
    for part in (native, native_halves, python, typescript, classes, wasm, texts, assets, pages, findings):
        written |= part.files(known)
    written = rust.formatted(written)
    differing = 0
    for name, text in written.items():
        path = ROOT / name
        if path.exists() and path.read_text() == text:
            continue
        differing += 1
        if "--check" in arguments:
            print(f"{name} is not what core says: run `just generate`")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    for path in pages.strays(ROOT, written):
        differing += 1
        if "--check" in arguments:
            print(f"{path.relative_to(ROOT)} is not what core says: run `just generate`")
        else:
            path.unlink()
    return min(differing, 1) if "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
