"""Generated Rust as rustfmt has it."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = ["rustfmt", "--quiet", "--edition", "2024", "--config-path", str(ROOT)]


def formatted(lines: Sequence[str]) -> str:
    text = "\n".join(lines) + "\n"
    return subprocess.run(COMMAND, input=text, check=True, capture_output=True, text=True, cwd=ROOT).stdout
