"""The public surface of the Python package: its stub and its modules, as far as `venuekey` exports them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from scan import Declaration, Parameter

IGNORED = {"__reduce__", "__eq__", "__hash__", "__repr__", "__str__", "__match_args__", "__slots__"}


def read(package: Path) -> list[Declaration]:
    # The parts are all of core; the everyday package is beside it.
    return exports(ast.parse((package / "parts.py").read_text()), [*package.glob("_*.py"), package / "_native.pyi"])


def read_with_modules(package: Path) -> list[Declaration]:
    """A package whose public modules offer something too."""
    found = exports(ast.parse((package / "__init__.py").read_text()), [*package.glob("_*.py")])
    for path in sorted(package.glob("[!_]*.py")):
        found += exports(ast.parse(path.read_text()), [path])
    return found


def read_module(module: Path, made_of: Path) -> list[Declaration]:
    """A public module that offers what a private folder has."""
    return exports(ast.parse(module.read_text()), [module, *made_of.glob("*.py")])


def exports(module: ast.Module, sources: list[Path]) -> list[Declaration]:
    """What `__all__` lists, or whatever has a public name where there is no such list."""
    listed = [
        ast.literal_eval(node.value)
        for node in module.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
    ]
    found: dict[str, list[Declaration]] = {}
    every: dict[str, list[Declaration]] = {}
    for path in sorted(sources):
        for node in ast.parse(path.read_text()).body:
            for name, declarations in top(node):
                every.setdefault(name, declarations)
                if name in listed[0] if listed else not name.startswith("_"):
                    found.setdefault(name, declarations)
    own = {name: each for name, each in every.items() if name not in found}
    return [declaration for declarations in found.values() for declaration in inheriting(declarations, own)]


def inheriting(declarations: list[Declaration], own: dict[str, list[Declaration]]) -> Iterator[Declaration]:
    """With what a class has from one of the package's own."""
    for each in declarations:
        bases = re.findall(r"\w+", each.result)[1:] if each.kind == "type" and each.result.startswith("class[") else []
        parents = [base for base in bases if base in own]
        yield replace(each, result="class") if parents else each
        for member in (member for base in parents for member in own[base] if member.owner):
            yield replace(member, owner=each.name)


def top(node: ast.stmt) -> Iterator[tuple[str, list[Declaration]]]:
    if isinstance(node, ast.If):
        # What there is when it runs, without what is for type checkers alone.
        for inside in node.orelse:
            yield from top(inside)
    if isinstance(node, ast.ClassDef):
        yield node.name, list(class_(node))
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        yield node.name, [Declaration("function", "", node.name, given(node), text(node.returns))]
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id, [Declaration("value", "", node.target.id, result=text(node.annotation))]
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        yield node.targets[0].id, list(alias(node.targets[0].id, node.value))


def alias(name: str, value: ast.expr) -> Iterator[Declaration]:
    if not isinstance(value, ast.Subscript):
        yield Declaration("value", "", name)
        return
    yield Declaration("type", "", name, result=text(value.value).lower())
    inside = value.slice.elts if isinstance(value.slice, ast.Tuple) else [value.slice]
    for case in inside:
        yield Declaration("case", name, str(case.value) if isinstance(case, ast.Constant) else text(case))


def class_(node: ast.ClassDef) -> Iterator[Declaration]:
    bases = ", ".join(text(base) for base in node.bases)
    yield Declaration("type", "", node.name, result="class" if not bases else f"class[{bases}]")
    for member in node.body:
        if isinstance(member, ast.AnnAssign) and isinstance(member.target, ast.Name):
            if not member.target.id.startswith("_") and member.target.id not in IGNORED:
                yield Declaration("value", node.name, member.target.id, result=text(member.annotation))
        elif isinstance(member, (ast.FunctionDef, ast.AsyncFunctionDef)) and member.name not in IGNORED:
            if member.name in ("__new__", "__init__"):
                yield Declaration("constructor", node.name, node.name, given(member))
            elif any(text(decorator) == "property" for decorator in member.decorator_list):
                yield Declaration("value", node.name, member.name, result=text(member.returns))
            # A suite's tests are for their runner, not for completion.
            elif not member.name.startswith(("_", "test_")):
                static = any(text(decorator) in ("staticmethod", "classmethod") for decorator in member.decorator_list)
                yield Declaration(
                    "function", node.name, member.name, given(member), text(member.returns), static=static
                )


def given(node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[Parameter, ...]:
    positional = [*node.args.posonlyargs, *node.args.args]
    defaults = [None] * (len(positional) - len(node.args.defaults)) + list(node.args.defaults)
    pairs = [*zip(positional, defaults), *zip(node.args.kwonlyargs, node.args.kw_defaults)]
    return tuple(
        Parameter(
            argument.arg,
            text(argument.annotation),
            text(default) if default is not None else "",
            by_name=argument in node.args.kwonlyargs,
        )
        for argument, default in pairs
        if argument.arg not in ("self", "cls")
    )


def text(node: ast.expr | None) -> str:
    return "" if node is None else ast.unparse(node)
