"""JSON on its way to a venue and back. Amounts have exact digits, so no float is in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

# `json.dumps` and `json.loads` make one for each call.
_COMPACT = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
_EXACT = json.JSONDecoder(parse_float=Decimal)


def written(parameters: Mapping[str, object]) -> str:
    """The parameters of a signed request as compact JSON, in their own order."""
    if not isinstance(parameters, Mapping):
        raise TypeError(f"parameters are a mapping, or JSON in a str, not {type(parameters).__name__}")
    return _COMPACT.encode(_exact(parameters))


def read(text: str) -> Any:
    """A payload, with its figures to the digit."""
    return _EXACT.decode(text)


def _exact(value: object) -> object:
    if isinstance(value, Mapping):
        if not all(isinstance(name, str) for name in value):
            raise TypeError("the names of parameters are str")
        return {name: _exact(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_exact(inner) for inner in value]
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError("a Decimal among the parameters is not finite")
        return format(value, "f")
    if isinstance(value, float):
        raise TypeError("a parameter is a float, which has no exact decimal digits: give a Decimal or a str")
    return value
