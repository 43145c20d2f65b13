"""Looks for secrets where none may be."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from processes import Sandbox

# What the exchanges hand out, and what the backend sends and nobody else may see.
_STATE_NAMES = {"secret", "api_secret", "access_token", "refresh_token"}
_REQUEST_NAMES = {"code", "code_verifier", "client_secret", "state", "token", "refresh_token", "authorization"}
# The public half of a key: not secret, yet the backend has no reason to write it out.
_KEY_NAMES = {"api_key", "public_key"}


def secrets_of(sandbox: Sandbox) -> tuple[set[str], set[str]]:
    """Every secret that exists in this sandbox now or was sent to it, and the public halves of its keys."""
    state = sandbox.ask("/state?values=true")
    found = set(_named(state, _STATE_NAMES))
    for call in sandbox.requests():
        pairs = [*call["headers"], *call["query"], *call["form"]]
        found |= {pair["value"].removeprefix("Bearer ") for pair in pairs if pair["name"] in _REQUEST_NAMES}
    return found, set(_named(state, _KEY_NAMES))


def _named(value: Any, wanted: set[str], name: str = "") -> Iterable[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _named(inner, wanted, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner, wanted, name)
    elif isinstance(value, str) and name in wanted and value:
        yield value


def leaks(secrets: Iterable[str], places: Mapping[str, bytes]) -> list[str]:
    """Which place holds a secret, as it is or encoded. Names the place, not the secret."""
    needles = [(secret, form, needle) for secret in secrets for form, needle in _forms(secret)]
    return sorted(
        f"{place} holds a secret of {len(secret)} characters ({form})"
        for place, content in places.items()
        for secret, form in _held(needles, content)
    )


def _held(needles: Iterable[tuple[str, str, bytes]], content: bytes) -> Iterator[tuple[str, str]]:
    """Pages and rows say most of what they say many times over: each word is looked at once."""
    words = b" ".join({*content.split()})
    for secret, form, needle in needles:
        if needle in (words if needle.split() == [needle] else content):
            yield secret, form


def _forms(secret: str) -> Iterable[tuple[str, bytes]]:
    raw = secret.encode()
    yield "clear", raw
    forms = {
        "percent": quote(secret, safe="").encode(),
        "json": json.dumps(secret)[1:-1].encode(),
        "hex": raw.hex().encode(),
    }
    for shift in range(3):
        # The middle of the secret in base64, wherever in a longer text it may stand.
        coded = base64.b64encode(b"\0" * shift + raw)
        forms[f"base64+{shift}"] = coded[4 : len(coded) // 4 * 4 - 4]
    for name, needle in forms.items():
        if needle != raw and len(needle) >= 8:
            yield name, needle
