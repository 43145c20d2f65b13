"""What the doctor says: one finding for each thing it has looked at."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, Optional, cast

from .._pages import page_of
from ._texts import TEXTS

if TYPE_CHECKING:
    from .._errors import VenuekeyError

DOCTOR = page_of("").removesuffix("errors/.md") + "doctor.md#{}"
BY_KIND = {
    "misuse": "mend the code or the configuration",
    "denied": "ask the user again, by reconnect(id)",
    "rejected": "nothing was done; begin again",
    "user_action": "the user acts at the venue; then reconnect(id), or recover(id) where the connection offers it",
    "reauthorize": "let the user connect again: reconnect(id)",
    "unavailable": "wait; workers try again by themselves, and recover(id) where the connection offers it",
    "protocol": "look for a newer release; if there is none, report it",
}


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
    """What helps; empty where nothing is wrong."""
    doc_url: str
    """The page that says more."""
    connection_id: Optional[str] = None
    """The connection that it is about, where it is about one."""

    def as_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return asdict(self)


def found(code: str, about: str, connection_id: Optional[str] = None, **values: object) -> Finding:
    level, text, todo = TEXTS[code]
    return Finding(
        code=code,
        level=cast("Any", level),
        about=about,
        text=text.format(**values),
        todo=todo.format(**values),
        doc_url=DOCTOR.format(code),
        connection_id=connection_id,
    )


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
