"""docs/security.md: each claim has its code and its tests, and each test is where the link says."""

from __future__ import annotations

import re
from pathlib import Path

LINK = re.compile(r"\[`([^`]+)`\]\(([^)]+)\)")
# How a test is written, or what holds several, in each language.
DEFINED = {
    ".rs": r"fn {0}\(", ".py": r"(?:def|class) {0}\b", ".mjs": r"(?:test|each)\(.*[\"'` ]{0}[\"'`]", ".kt": r"(?:fun `{0}`|class {0}\b)",
    ".swift": r"(?:func|struct|class) {0}\b",
}  # fmt: skip
CODE = re.compile(r"\[[^`\]]+\]\(([^)]+)\)")


def complaints(page: Path) -> list[str]:
    problems = []
    claims = 0
    is_claim = False
    for line in page.read_text().splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if not cells:
            is_claim = False
        elif cells[0].lower() == "claim":
            assert [cell.lower() for cell in cells[1:]] == ["rfc", "code", "test"], line
            is_claim = True
        elif is_claim and not line.startswith("|---"):
            claims += 1
            problems += [f"{page.name}: {problem}: {cells[0][:60]}" for problem in _of_a_claim(page, cells)]
    assert claims > 40, "there are claims"
    return problems


def _of_a_claim(page: Path, cells: list[str]) -> list[str]:
    _, _, code, tests = cells
    named = LINK.findall(tests)
    problems = [f"no test called {name} in {target}" for name, target in named if not _is_there(page, name, target)]
    if not CODE.findall(code):
        problems.append("a claim without code")
    if not named or LINK.sub("", tests).strip(", "):
        problems.append("a claim without a test")
    return problems


def _is_there(page: Path, name: str, target: str) -> bool:
    path = page.parent / target
    if path.suffix == ".json":
        return path.is_file() and path.stem == name
    defined = DEFINED.get(path.suffix, "")
    return path.is_file() and re.search(defined.replace("{0}", re.escape(name)), path.read_text()) is not None
