"""Generated Rust as rustfmt has it."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = ["rustfmt", "--quiet", "--edition", "2024", "--config-path", str(ROOT)]


class Rough(str):
    """A file that rustfmt has not seen."""


def rough(lines: Sequence[str]) -> str:
    return Rough("\n".join(lines) + "\n")


def formatted(files: Mapping[str, str]) -> dict[str, str]:
    """All files, none of them rough. rustfmt starts once: that takes longer than a file does."""
    with tempfile.TemporaryDirectory() as folder:
        # By their own names, since a module's children are looked for beside it.
        places = {name: Path(folder) / name for name, text in files.items() if isinstance(text, Rough)}
        for name, place in places.items():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(files[name])
        subprocess.run([*COMMAND, *map(str, places.values())], check=True, capture_output=True, text=True, cwd=ROOT)
        return {**files, **{name: place.read_text() for name, place in places.items()}}
