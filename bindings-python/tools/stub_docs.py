"""Writes the docstrings of the compiled module into what is written by hand of its stub, so that editors show them.

Types in `src/by_hand.pyi` are checked by stubtest, once `just generate` has put them into the stub; their docstrings
are written in Rust and brought over by this script, from the installed module:

    python tools/stub_docs.py            rewrites them
    python tools/stub_docs.py --check    fails where it would
"""

from __future__ import annotations

import ast
import inspect
import sys
from pathlib import Path
from typing import Any

from venuekey import _native

BY_HAND = Path(__file__).parents[1] / "src" / "by_hand.pyi"


def with_docs(text: str) -> str:
    lines = text.splitlines()
    # From the end, so that the line numbers above stay true.
    for node, docstring in sorted(documented(ast.parse(text), _native), key=lambda found: -found[0].lineno):
        first = node.body[0]
        line = min(each.lineno for each in [first, *getattr(first, "decorator_list", [])]) - 1
        if is_constant(first, str):
            del lines[line : first.end_lineno]
        elif is_constant(first, type(...)):
            lines[line] = lines[line][: first.col_offset].rstrip()
            line += bool(lines[line])
        lines[line:line] = [(" " * (node.col_offset + 4) + each).rstrip() for each in quoted(docstring)]
    return "\n".join(lines) + "\n"


def quoted(docstring: list[str]) -> list[str]:
    marks = '"""'
    if len(docstring) == 1:
        return [marks + docstring[0] + marks]
    return [marks + docstring[0], *docstring[1:], marks]


def documented(tree: ast.AST, owner: Any) -> list[tuple[Any, list[str]]]:
    found: list[tuple[Any, list[str]]] = []
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, (ast.ClassDef, ast.FunctionDef)) or node.name.startswith("__"):
            continue
        target = inspect.getattr_static(owner, node.name)
        if isinstance(target, staticmethod):
            target = target.__func__  # Its own docstring is that of `staticmethod`.
        docstring = inspect.getdoc(target)
        # Of several overloads, the first has it.
        if docstring and node.name not in {other.name for other, _ in found}:
            found.append((node, docstring.splitlines()))
        if isinstance(node, ast.ClassDef):
            found.extend(documented(node, target))
    return found


def is_constant(node: ast.stmt, kind: type) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, kind)


def main() -> int:
    old = BY_HAND.read_text("utf-8")
    new = with_docs(old)
    if "--check" in sys.argv:
        return int(old != new)
    BY_HAND.write_text(new, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
