"""Renames words of snapshots in every case. Until version 1 freezes, this list is all that snapshots may differ by.

Run from the repository's root: `python3 tests/vectors/rename.py`. It changes nothing where it has run before.
"""

import json
from pathlib import Path

# 2026-11-29: one name for one concept; a step says `done` and `failed`, and so does its snapshot.
RENAMES = {
    '"state":"finished"': '"state":"done"',
    '"state":"ended"': '"state":"failed"',
    '"facts":{': '"context":{',
}


def renamed(value):
    """The same with the words inside of snapshots' texts replaced, wherever they stand."""
    if isinstance(value, dict):
        return {name: renamed(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [renamed(inner) for inner in value]
    if isinstance(value, str) and '"venuekey":' in value:
        for old, new in RENAMES.items():
            value = value.replace(old, new)
    return value


if __name__ == "__main__":
    changed = 0
    for path in sorted(Path(__file__).parent.glob("*/**/*.json")):
        text = path.read_text()
        case = json.loads(text)
        if renamed(case) != case:
            changed += 1
            path.write_text(json.dumps(renamed(case), indent=2, ensure_ascii=False) + "\n")
    print(f"{changed} cases changed")
