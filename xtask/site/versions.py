"""Lists the versions of the site that stand in a folder, for the theme's menu, and leads to the newest: versions.py FOLDER"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

# A release, or one that is to be.
VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(-.+)?")


def order(name: str) -> tuple[int, ...]:
    found = VERSION.fullmatch(name)
    assert found is not None
    return int(found[1]), int(found[2]), int(found[3]), found[4] is None


def main() -> None:
    folder = Path(sys.argv[1])
    releases = [each.name for each in folder.iterdir() if each.is_dir() and VERSION.fullmatch(each.name)]
    releases.sort(key=order, reverse=True)
    others = sorted(each.name for each in folder.iterdir() if each.is_dir() and each.name not in releases)
    newest = next((name for name in releases if "-" not in name), (releases + others)[0])
    listed = [{"version": name, "title": name, "aliases": ["latest"] if name == newest else []} for name in releases + others]
    (folder / "versions.json").write_text(json.dumps(listed, indent=2) + "\n")
    to = f"{newest}/"
    (folder / "index.html").write_text(
        f'<!doctype html><meta charset="utf-8"><title>venuekey</title><meta http-equiv="refresh" content="0; url={to}"><a href="{to}">{to}</a>\n'
    )


if __name__ == "__main__":
    main()
