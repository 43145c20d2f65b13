"""What comes in and what goes out, whatever the framework: adapters translate, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

MOST_BODY: int = 16 * 1024
"""An adapter reads one byte more than this at most: that is enough to refuse a longer body."""

CUT_OFF = b"\xff"
"""In place of a body that was cut off: it is no UTF-8, and so it is refused as no form and no JSON."""


def whole(body: bytes, length: Optional[str]) -> bytes:
    """The body, if all of it has come that its `content-length` says. Half a form is another form: it must not be acted
    on.
    """
    if not length:
        return body
    is_number = length.isascii() and length.isdigit()
    return body if is_number and len(body) >= min(int(length[:20]), MOST_BODY + 1) else CUT_OFF


@dataclass(frozen=True, repr=False)
class Request:
    """One request, as an adapter gives it to `Routes.respond`."""

    method: str
    path: str
    """Below the mount, with its percent signs decoded: `/status/0f…`. An empty one is `/`."""
    mount: str
    """Where the routes are, as the browser's address has it, such as `/app/connections`; empty at the root."""
    query: str
    """As it came, without the question mark."""
    headers: Mapping[str, str]
    """By names in lower case."""
    body: bytes
    """All of it, or the first `MOST_BODY` + 1 bytes. One that was cut off must not come here: answer 400."""
    owner: Optional[str]
    """The app's own name for the user who is logged in, or `None`."""


@dataclass(frozen=True, repr=False)
class Response:
    """One answer. Send its headers as they are, `set-cookie` may come twice."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes = b""


@dataclass(frozen=True)
class Call:
    """What the routes ask of `Connections` or `AsyncConnections`: the method of that name with these arguments."""

    method: str
    arguments: tuple[Any, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
