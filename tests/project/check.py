"""Checks of the project itself that need no run: names that docs rely on, paths, sizes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import circles
import citations
import pins
import venue_names

ROOT = Path(__file__).resolve().parents[2]

MAX_LINES = 400
# Python's stands in README alone.
QUICK_STARTS = {
    "js": "bindings-wasm",
    "kotlin": "bindings-swift-kotlin/kotlin",
    "swift": "bindings-swift-kotlin/swift",
}


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", *patterns],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def capability_table() -> list[str]:
    """Each row of README's table names tests, and each name is a vector or a task."""
    rows = re.findall(r"^\|.*\|$", (ROOT / "README.md").read_text(), re.M)
    table = [row for row in rows if re.search(r"\| (yes|no:)", row)]
    assert len(table) >= 10, "README has its capability table"
    cases = set(json.loads((ROOT / "tests/vectors/manifest.json").read_text())["cases"])
    known = {case.split("/")[-1] for case in cases}
    tasks = set(re.findall(r"^(\w[\w-]*)(?: [^:\n]*)?:(?!=)", (ROOT / "justfile").read_text(), re.M))
    problems = []
    for row in table:
        names = re.findall(r"`([^`]+)`", row.split("|")[-2])
        problems += [f"README's table names {name}, which is no test" for name in names
                     if name not in known and name.removeprefix("just ") not in tasks]  # fmt: skip
        if not names:
            problems.append(f"README's table has a row without a test: {row}")
    return problems


def disagreements() -> list[str]:
    """Each row of a sheet's table of disagreements stands in the docs, with every vector that is named after it."""
    cases = json.loads((ROOT / "tests/vectors/manifest.json").read_text())["cases"]
    problems = []
    for venue, letter in (("whitebit", "d"), ("bybit", "b")):
        text = (ROOT / f"docs/{venue}.md").read_text()
        rows = {int(row[1]): set(re.findall(rf"`({venue}_\w+)`", row[0]))
                for row in re.finditer(rf"^\|.*\({letter.upper()}(\d+)\).*$", text, re.M)}  # fmt: skip
        named = [case.split("/")[-1] for case in cases if re.search(rf"/{venue}_{letter}\d+_\w+$", case)]
        assert len(named) > 20, "vectors are named after the rows"
        problems += [f"docs/{venue}.md: no row {letter.upper()}{n}" for n in range(1, 16) if n not in rows]
        shown = {(n, name) for n, names in rows.items() for name in names}
        there = {(int(re.match(r"\w+?_[db](\d+)_", name)[1]), name) for name in named}  # type: ignore[index]
        problems += [f"docs/{venue}.md: row {letter.upper()}{n} and {name}: one is without the other"
                     for n, name in sorted(shown ^ there)]  # fmt: skip
    return problems


def quick_starts() -> list[str]:
    """README shows the packages' own quick starts, which their tests run, to the letter."""
    shown = (ROOT / "README.md").read_text()
    problems = []
    for language, package in QUICK_STARTS.items():
        own = re.search(rf"^```{language}\n.*?^```$", (ROOT / package / "README.md").read_text(), re.M | re.S)
        if own is None or own[0] not in shown:
            problems.append(f"README.md: the {language} quick start is not that of {package}/README.md")
    return problems


def texts() -> list[str]:
    """No path of one machine, no registry's host, nothing but .editorconfig's whitespace, no source file that has grown
    past one concept."""
    machine = re.compile(r"(?<![\w.])/(?:root|home|work|Users)/\w+|registry\.npmjs\.org|pypi\.org/simple|repo1?\.maven")
    problems = []
    for path in tracked():
        name = path.relative_to(ROOT)
        if path.suffix in {".png", ".jar"} or name == Path("tests/project/check.py"):
            continue
        text = path.read_text(errors="replace")
        problems += [f"{name}: {found[0]}" for found in machine.finditer(text)]
        if re.search(r"[ \t]$|\t|\r", text, re.M) or (text and not text.endswith("\n")):
            problems.append(f"{name}: its whitespace is not as .editorconfig says")
        lines = text.count("\n")
        if path.suffix in {".rs", ".py", ".ts", ".js", ".mjs", ".kt", ".swift"} and lines > MAX_LINES:
            problems.append(f"{name}: {lines} lines; is there a second concept in there?")
    return problems


def dangling() -> list[str]:
    """Citations of a fact sheet that lead to no section (citations.py)."""
    folder = ROOT / "docs/facts"
    sheets = {path.stem: citations.sections(path.read_text()) for path in folder.glob("*.md") if path.stem != "README"}
    sheets["design"] = citations.sections((folder.parent / "design.md").read_text())
    assert len(sheets) >= 7 and all(sheets.values()), "each sheet has sections"
    files = {
        str(path.relative_to(ROOT)): path.read_text()
        for path in tracked("*.rs", "*.py", "*.ts", "*.mjs", "*.js", "*.kt", "*.swift", "*.md", "tests/vectors/*.json")
        if path.parent not in {folder, ROOT / "tests/project"}
    }
    assert sum("facts/" in text for text in files.values()) > 100, "sources and vectors cite the sheets"
    return [problem for name, text in files.items() for problem in citations.problems(name, text, sheets)]


def unpinned() -> list[str]:
    """What would be another release tomorrow (pins.py)."""
    kinds = {
        pins.in_script: ["*.sh", "justfile", ".ci/*"], pins.in_document: ["*.md"],
        pins.in_package: ["*package.json"], pins.in_requirements: ["*requirements*.txt", "*requirements.lock"],
    }  # fmt: skip
    problems = []
    for look, patterns in kinds.items():
        files = tracked(*patterns)
        assert files, f"there are {patterns}"
        problems += [f"{path.relative_to(ROOT)}: {found}" for path in files for found in look(path.read_text())]
    return problems + pins.in_poms({f"{path.relative_to(ROOT)}": path.read_text() for path in tracked("*pom.xml")})


def drift() -> list[str]:
    """Files that are not what xtask/generate would write."""
    command = [sys.executable, "-B", ROOT / "xtask/generate", "--check"]
    told = subprocess.run(command, capture_output=True, text=True)
    assert told.returncode < 2 and bool(told.returncode) == bool(told.stdout), told.stderr
    return told.stdout.splitlines()


def main() -> int:
    problems = capability_table() + disagreements() + quick_starts() + texts() + dangling() + unpinned()
    problems += circles.complaints(ROOT)
    problems += venue_names.complaints(ROOT)
    problems += drift()
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"project checks: {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
