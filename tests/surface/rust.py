"""The public calls of core, as far as `parts.rs` exports their types: what the generator knows of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from scan import Declaration, Parameter

sys.path.append(str(Path(__file__).resolve().parents[2] / "xtask/generate"))
import core


def read(source: Path) -> list[Declaration]:
    return [*declared(core.read(source))]


def declared(known: core.Core) -> Iterator[Declaration]:
    for name in known.names:
        for case in name.cases:
            yield Declaration("case", name.name, case.name)
    for enum in known.enums.values():
        for case in enum.cases:
            yield Declaration("case", enum.name, case.name, parameters(case.fields))
    for record in known.records.values():
        for field in record.fields:
            yield Declaration("value", record.name, field.name, result=field.type)
    for owner in [*known.records.values(), *known.enums.values()]:
        for call in owner.methods:
            yield function(owner.name, call)
    for call in known.functions:
        yield function("", call)


def function(owner: str, call: core.Function) -> Declaration:
    return Declaration("function", owner, call.name, parameters(call.arguments), static=call.is_static)


def parameters(fields: tuple[core.Field, ...]) -> tuple[Parameter, ...]:
    return tuple(Parameter(field.name, field.type) for field in fields)
