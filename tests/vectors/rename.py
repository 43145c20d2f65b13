"""Renames words of snapshots in every case. Until version 1 freezes, this list is all that snapshots may differ by.

Run from the repository's root: `python3 tests/vectors/rename.py`. It changes nothing where it has run before.
"""

import hashlib
import json
from pathlib import Path

# 2026-11-29: one name for one concept; a step says `done` and `failed`, and so does its snapshot.
RENAMES = {
    '"state":"finished"': '"state":"done"',
    '"state":"ended"': '"state":"failed"',
    '"facts":{': '"context":{',
}


def renamed(value):
    """The same with the words inside of snapshots' texts replaced, wherever they stand: laid out or as strings."""
    if isinstance(value, dict):
        value = {name: renamed(inner) for name, inner in value.items()}
        for name in [name for name in value if f"{name}_sha256" in value]:
            text = renamed(json.dumps(value[name], separators=(",", ":"), ensure_ascii=False))
            value[name] = json.loads(text)
            value[f"{name}_sha256"] = hashlib.sha256(text.encode()).hexdigest()
    elif isinstance(value, list):
        value = [renamed(inner) for inner in value]
    elif isinstance(value, str) and '"venuekey":' in value:
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
