"""Style and spelling of what users read: documents, docstrings, doc comments, and the texts that pages are generated from.

textlint's rule `terminology` looks for the words of prose.json, codespell for misspellings. Prose that stands in a source file is
copied out first, line for line, so that what is found has its place.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).parent
# Misspellings, not what another spelling of English has; and a name of our own that looks like one.
SPELLING = ["--builtin", "clear,rare", "--ignore-words-list", "froms", "--ignore-regex", "`[^`]+`"]
# Records of what was decided or what a venue's documents say, in their own words; and a list of every transition, from code.
NOT_READ = ("docs/facts/", "docs/adr/", "docs/flow.md", "docs/connection.md", "docs/languages.md")
SOURCES = {".py", ".pyi", ".ts", ".toml"}
SHIPPED = ("bindings-python/python/", "sandbox/wheel/python/", "bindings-wasm/ts/")


def is_read(name: str) -> bool:
    """Whether users read what is in this file."""
    path = Path(name)
    if name.startswith(NOT_READ):
        return False
    if path.suffix == ".md":
        return not name.startswith((".github/", "tests/"))
    if path.suffix == ".toml":
        return name.startswith("xtask/generate/")
    is_own = any(part.startswith("_") for part in path.parts) and not path.stem.startswith(("__init__", "_native"))
    return path.suffix in SOURCES and name.startswith(SHIPPED) and not is_own


def prose(name: str, text: str) -> str:
    """What is prose, on the lines where it stands; the other lines are empty."""
    suffix = Path(name).suffix
    if suffix == ".md":
        return text
    lines = text.split("\n")
    kept = [""] * len(lines)
    for start, end in {".ts": _comments, ".toml": _values}.get(suffix, _docstrings)(text):
        for number in range(start, end):
            line = re.sub(r"^\w+ = ", "", lines[number]) if suffix == ".toml" else lines[number].strip().lstrip("/*").strip()
            # What is indented in a document would be code.
            kept[number] = line.strip().strip('"')
    return "\n".join(kept)


def _docstrings(text: str) -> Iterable[tuple[int, int]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
                yield first.lineno - 1, first.end_lineno or first.lineno


def _comments(text: str) -> Iterable[tuple[int, int]]:
    for found in re.finditer(r"/\*\*.*?\*/", text, re.S):
        yield text.count("\n", 0, found.start()), text.count("\n", 0, found.end()) + 1


def _values(text: str) -> Iterable[tuple[int, int]]:
    tomllib.loads(text)
    for number, line in enumerate(text.split("\n")):
        if line and not line.startswith(("#", "[", "level", "related", "side", "classes")):
            yield number, number + 1


def complaints(root: Path, names: Iterable[str]) -> list[str]:
    """Of the files that users read, `names` being relative to `root`."""
    subprocess.run([root / "xtask/npm.sh", HERE], check=True)
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder).resolve()
        for name in filter(is_read, names):
            # A document for textlint, whatever it came from.
            copy = base / (name if name.endswith(".md") else f"{name}.md")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(prose(name, (root / name).read_text()))
        return sorted({found for found in (*_style(base), *_spelling(base))})


def _style(base: Path) -> Iterable[str]:
    rule = {"defaultTerms": False, "terms": json.loads((HERE / "prose.json").read_text())}
    config = base / ".textlintrc.json"
    config.write_text(json.dumps({"rules": {"terminology": rule}}))
    command = [HERE / "node_modules/.bin/textlint", "--config", config, "--format", "json", f"{base}/**/*.md"]
    ran = subprocess.run(command, cwd=HERE, capture_output=True, text=True)
    assert ran.returncode < 2 and ran.stdout.startswith("["), ran.stderr or ran.stdout
    for file in json.loads(ran.stdout):
        name = _name(Path(file["filePath"]).relative_to(base))
        for message in file["messages"]:
            yield f"{name}:{message['line']}: {message['message']}"


def _spelling(base: Path) -> Iterable[str]:
    command = [Path(sys.executable).with_name("codespell"), *SPELLING, "."]
    ran = subprocess.run(command, cwd=base, capture_output=True, text=True)
    assert ran.returncode in (0, 65) and not ran.stderr, ran.stderr
    for line in ran.stdout.splitlines():
        place, _, text = line.removeprefix("./").partition(": ")
        name, _, number = place.rpartition(":")
        yield f"{_name(Path(name))}:{number}: spelling: {text}"


def _name(copied: Path) -> str:
    whole = copied.as_posix()
    bare = whole.removesuffix(".md")
    return bare if Path(bare).suffix in SOURCES else whole
