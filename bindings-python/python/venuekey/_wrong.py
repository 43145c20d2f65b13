"""What the compiled module raises for arguments that are not what they must be. Their values are nowhere in here."""

from __future__ import annotations

import re

from ._kinds import MisuseError


class _WrongArgument(MisuseError):
    """`invalid_argument`, whose hint names the argument in place of its first two words, if that is known."""

    def add_note(self, note: str) -> None:
        name, hint = _argument(note), self.hint or ""
        if name is None:
            return super().add_note(note)
        self.hint = " ".join([name, *hint.split(" ")[2:]])
        self.args = tuple(text.replace(hint, self.hint) for text in self.args)


class HalfACharacter(_WrongArgument):
    """An argument is no valid Unicode. Its text is nowhere in here."""


class OutOfRange(_WrongArgument, OverflowError):
    """A whole number is below zero, or larger than what it is for."""


class WrongType(TypeError):
    """An argument is not of its type."""

    def add_note(self, note: str) -> None:
        name = _argument(note)
        if name is None:
            return super().add_note(note)
        self.args = (f"argument '{name}': {self.args[0]}",)


def _argument(note: str) -> str | None:
    """The argument's name: pyo3 tells it by a note, which tracebacks alone show, and those of Python 3.11 and later."""
    found = re.fullmatch(r"while processing '(\w+)'", note)
    return found[1] if found else None
