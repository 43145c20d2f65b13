"""Links in the documents: to a file that is there, and to a heading that it has. Addresses of the web are not asked."""

from __future__ import annotations

import re
from pathlib import Path

LINK = re.compile(r"(?<!!)\[(?:[^\[\]]|\[[^\]]*\])*\]\((?!https?:)([^()\s]+)\)")
FENCED = re.compile(r"^(`{3,}).*?^\1$", re.M | re.S)
CODE = re.compile(r"(`+)(?:(?!\1).)+\1", re.S)
HEADING = re.compile(r"^#+ +(.+?) *$", re.M)


def broken(file: Path) -> list[str]:
    """The targets of a document's links that lead nowhere."""
    # A link's own text may be code; what is code as a whole is no link.
    text = CODE.sub(lambda found: found[0] if "](" not in found[0] else "", FENCED.sub("", file.read_text()))
    targets = [found[1] for found in LINK.finditer(text)]
    return [target for target in targets if not leads(file, target)]


def leads(file: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    there = (file.parent / path).resolve() if path else file
    if not there.exists():
        return False
    return not anchor or there.suffix != ".md" or anchor in anchors(there.read_text())


def anchors(text: str) -> set[str]:
    """As GitHub makes them: a heading that comes again is counted."""
    found: dict[str, int] = {}
    made = set()
    for heading in HEADING.findall(FENCED.sub("", text)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        again = found.get(anchor, 0)
        found[anchor] = again + 1
        made.add(f"{anchor}-{again}" if again else anchor)
    return made
