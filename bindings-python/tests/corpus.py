"""The files of `tests/vectors`. How a text stands in one: `tests/vectors/README.md`."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "tests" / "vectors"
MANIFEST = json.loads((FOLDER / "manifest.json").read_text("utf-8"))

# What laying out has added: line breaks, indentation, the space after a name.
_LAYOUT = re.compile(r'\n *("[^"\\]*":)? ?')
_LAID_OUT = re.compile(r'"(\w+)":(\{"venuekey.*?\}),"\1_sha256":"(\w{64})"')


def load(name: str) -> dict[str, Any]:
    def text(found: re.Match[str]) -> str:
        assert hashlib.sha256(found[2].encode()).hexdigest() == found[3], f"{name}: {found[1]} is not what it was"
        return f'"{found[1]}":{json.dumps(found[2])}'

    compact = _LAYOUT.sub(r"\1", (FOLDER / f"{name}.json").read_text("utf-8"))
    case: dict[str, Any] = json.loads(_LAID_OUT.sub(text, compact))
    return case
