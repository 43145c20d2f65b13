"""All of the documents' Python passes mypy against the package, as in a program of its reader's (reader/reader.pyi).

What a page calls is there, and takes and returns what the page says. What a page's own test runs is left to that.
"""

from __future__ import annotations

import ast
import builtins
import re
import subprocess
import symtable
import sys
from collections.abc import Iterable
from pathlib import Path

from venuekey._desk.config import parsed

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BLOCK = re.compile(r"^( *)```python\n(.*?)^\1```$", re.M | re.S)
# As an application's that has begun with types; a document leaves those of its own functions out.
CHECK = [
    "--strict",
    "--allow-untyped-defs",
    "--allow-incomplete-defs",
    "--allow-untyped-calls",
    "--allow-untyped-decorators",
]
LENIENT = [
    "--ignore-missing-imports",
    "--no-warn-unused-ignores",
    "--allow-subclassing-any",
    "--no-warn-return-any",
    "--no-warn-no-return",
]
# Of the reader's own.
MY_APP = "from venuekey.stores.sqlite import SQLiteStore\nclass MyStore(SQLiteStore): ...\n"
# Each page's own test runs all of its Python, one block after the other: there they have the names that they need.
RUN_ELSEWHERE = {
    "README.md": "tests/journeys/test_readme.py",
    "bindings-python/README.md": "bindings-python/tests/test_docs.py",
    "docs/cookbook.md": "tests/journeys/test_cookbook.py",
    "docs/testing.md": "sandbox/wheel/tests/test_docs.py",
    "sandbox/wheel/README.md": "sandbox/wheel/tests/test_docs.py",
}


def snippets(root: Path = ROOT) -> list[tuple[str, str]]:
    """Where each stands, and itself. What decisions and fact sheets quote is not the library's."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "*.md"], cwd=root, check=True, capture_output=True, text=True
    ).stdout
    found = []
    for name in {*filter(None, listed.split("\0"))} - {*RUN_ELSEWHERE}:
        text = (root / name).read_text("utf-8")
        for block in BLOCK.finditer(text):
            place = f"{name}:{text.count(chr(10), 0, block.start()) + 1}"
            found.append((place, re.sub(rf"^{block[1]}", "", block[2], flags=re.M)))
    return found


def program(code: str) -> str:
    """With what it takes from its reader; what returns or awaits stands in a function of the reader's."""
    try:
        compile(code, "snippet", "exec")
    except SyntaxError:
        code = "async def reader() -> Any:\n" + "".join(f"    {line}\n" for line in code.splitlines())
    names = sorted(_missing(symtable.symtable(code, "snippet", "exec")) - {"Any", *dir(builtins)} | _taken_first(code))
    future = "from __future__ import annotations\n"
    given = [f"from reader import {name}\n" for name in names if name != "venuekey"]
    modules = (
        ["import venuekey\nimport venuekey.parts\nimport venuekey.stores.sqlalchemy\n"] if "venuekey" in names else []
    )
    return "".join([future, "from typing import Any\n", *modules, *given]) + code.replace(future, "")


def _missing(table: symtable.SymbolTable, known: frozenset[str] = frozenset()) -> set[str]:
    here = known | {
        each.get_name()
        for each in table.get_symbols()
        if each.is_assigned() or each.is_imported() or each.is_parameter()
    }
    missing = {each.get_name() for each in table.get_symbols() if each.is_referenced()} - here
    return missing.union(*(_missing(child, here) for child in table.get_children()))


def _taken_first(code: str) -> set[str]:
    """What is read before it is assigned, and a name of Python's own that the reader means otherwise."""
    known: set[str] = set()
    taken = {"id"} & {each.id for each in ast.walk(ast.parse(code)) if isinstance(each, ast.Name)}
    for statement in ast.parse(code).body:
        names = [each for each in ast.walk(statement) if isinstance(each, ast.Name)]
        stored = {each.id for each in names if isinstance(each.ctx, ast.Store)}
        if isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr)):
            read = {each.id for each in names if isinstance(each.ctx, ast.Load)}
            taken |= (read | (stored if isinstance(statement, ast.AugAssign) else set())) & _assigned(code) - known
        known |= stored | {getattr(statement, "name", "")}
    return taken


def _assigned(code: str) -> set[str]:
    table = symtable.symtable(code, "snippet", "exec")
    return {each.get_name() for each in table.get_symbols() if each.is_assigned() and not each.is_imported()}


def complaints(folder: Path, found: Iterable[tuple[str, str]]) -> list[str]:
    places = {}
    (folder / "reader.pyi").write_text((HERE / "reader/reader.pyi").read_text())
    (folder / "my_app.py").write_text(MY_APP)
    for number, (place, code) in enumerate(found):
        places[f"snippet_{number}.py"] = place
        (folder / f"snippet_{number}.py").write_text(program(code))
    ran = subprocess.run(
        [sys.executable, "-m", "mypy", *CHECK, *LENIENT, "--no-error-summary", "--no-incremental", *places],
        cwd=folder, capture_output=True, text=True,
    )  # fmt: skip
    assert not ran.stderr
    return [f"{places.get(line.partition(':')[0], 'reader.pyi')}: {line}" for line in ran.stdout.splitlines()]


def test_each_is_as_the_package_is(tmp_path: Path) -> None:
    found = snippets()
    assert len(found) > 40
    assert complaints(tmp_path, found) == []


def test_one_that_is_not_is_told_with_its_place(tmp_path: Path) -> None:
    wrong = {
        "page.md:9": ("connections.statuses(id)\n", 'has no attribute "statuses"'),
        "page.md:19": ("connections.begin('bybit', user=user)\n", "begin"),
        "page.md:29": ("nobody_says_what_this_is()\n", "nobody_says_what_this_is"),
    }
    right = ("page.md:1", "import os\nprint(os.name)\n")
    told = complaints(tmp_path, [right, *((place, code) for place, (code, _) in wrong.items())])
    for place, (_, expected) in wrong.items():
        assert any(each.startswith(f"{place}: ") and expected in each for each in told), told
    assert not any(each.startswith("page.md:1: ") for each in told)


def test_the_configuration_of_the_command_line_is_read() -> None:
    """The one block of JSON of docs/cli.md."""
    (shown,) = re.findall(r"^```json\n(.*?)^```$", (ROOT / "docs/cli.md").read_text("utf-8"), re.M | re.S)
    store, clients = parsed(shown.encode())
    assert store
    assert {*clients} == {"bybit", "bybit-test"}
