"""What the doctor says: one finding for each thing it has looked at."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, Optional, cast

from .._pages import page_of
from ._texts import BY_KIND, TEXTS

if TYPE_CHECKING:
    from .._errors import VenuekeyError

DOCTOR = page_of("").removesuffix("errors/.md") + "doctor.md#{}"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. It holds no secret."""

    code: str
    """Stable: of docs/doctor.md, or an error's own code."""
    level: Literal["ok", "warn", "fail"]
    about: str
    """What it is about: `"store"`, `"client bybit"`, `"connection 0123…"`."""
    text: str
    """One sentence, for a person."""
    todo: str
    """What helps; empty if nothing is wrong."""
    doc_url: str
    """The page that says more."""
    connection_id: Optional[str] = None
    """The connection that it is about, if it is about one."""

    def as_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return asdict(self)


def found(code: str, about: str, connection_id: Optional[str] = None, **values: object) -> Finding:
    level, text, todo = TEXTS[code]
    return Finding(
        code=code,
        level=cast("Any", level),
        about=about,
        text=_filled(text, values),
        todo=_filled(todo, values),
        doc_url=DOCTOR.format(code),
        connection_id=connection_id,
    )


def _filled(text: str, values: dict[str, object]) -> str:
    """`[row|rows]`: the first where `count` is 1."""
    # A day has no count but its own.
    number = values.get("count", values.get("days"))
    chosen = re.sub(r"\[([^|\]]*)\|([^\]]*)\]", lambda forms: forms[1 if number == 1 else 2], text)
    return chosen.format(**values)


def from_error(
    error: VenuekeyError, about: str, level: Literal["warn", "fail"] = "fail", connection_id: Optional[str] = None
) -> Finding:  # fmt: skip
    """What an error says, which never quotes the venue."""
    return Finding(
        code=error.code,
        level=level,
        about=about,
        text=told(error),
        todo=BY_KIND.get(error.kind, ""),
        doc_url=error.doc_url,
        connection_id=connection_id,
    )


def told(error: VenuekeyError) -> str:
    """Without its code and its page, which stand beside it."""
    return str(error).removeprefix(f"{error.code}: ").removesuffix(f"; see {error.doc_url}")
