"""The stores of all languages make the same tables, since their workers share them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def in_one_line(migrations: list[list[str]]) -> list[list[str]]:
    return [[re.sub(r"\s+", " ", statement) for statement in statements] for statements in migrations]


def of_python() -> list[list[str]]:
    source = (ROOT / "bindings-python/python/venuekey/stores/_schema.py").read_text()
    [value] = (
        node.value
        for node in ast.parse(source).body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "MIGRATIONS"
    )
    assert value is not None
    return in_one_line(ast.literal_eval(value))


def of_node() -> list[list[str]]:
    source = (ROOT / "bindings-wasm/ts/stores/tables.ts").read_text()
    found = re.search(r"^export const MIGRATIONS.*? = \[\n(.*?)^\];", source, re.M | re.S)
    assert found
    versions = re.findall(r"^  \[\n(.*?)^  \],", found[1], re.M | re.S)
    return in_one_line([re.findall(r"`([^`]*)`", version) for version in versions])


def of_kotlin() -> list[list[str]]:
    source = ROOT / "bindings-swift-kotlin/kotlin/src/server/kotlin/io/github/venuekey/stores/Schema.kt"
    found = re.search(r"MIGRATIONS.*? = listOf\(\n(.*?)^    \)$", source.read_text(), re.M | re.S)
    assert found
    versions = re.findall(r"^        listOf\(\n(.*?)^        \),", found[1], re.M | re.S)
    return in_one_line([re.findall(r'"""(.*?)"""', version, re.S) for version in versions])


def test_all_languages_make_the_same_tables() -> None:
    assert of_python() == of_node() == of_kotlin()
    assert "CREATE TABLE {0}counters" in of_node()[0][5]
