"""Declarations as every reader here gives them, and what is needed to find them in a text with brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# What may stand before the name of a Kotlin parameter.
KOTLIN = {"val", "var", "vararg", "public", "private", "internal", "override", "noinline", "crossinline"}
OPEN, CLOSE = "([{", ")]}"


@dataclass(frozen=True)
class Parameter:
    name: str
    type: str
    default: str = ""
    by_name: bool = False

    def __str__(self) -> str:
        return f"{self.name}: {self.type}" + (f" = {self.default}" if self.default else "")


@dataclass(frozen=True)
class Declaration:
    """`kind`: type, constructor, function, value (a field or a property) or case. `owner` is empty at the top."""

    kind: str
    owner: str
    name: str
    parameters: tuple[Parameter, ...] = ()
    result: str = ""
    throws: bool = False
    static: bool = False

    def __str__(self) -> str:
        name = f"{self.owner}.{self.name}" if self.owner else self.name
        given = f"({', '.join(map(str, self.parameters))})"
        text = {
            "type": f"{self.result} {name}",
            "constructor": f"{self.owner}{given}",
            "function": f"{name}{given}" + (f": {self.result}" if self.result else ""),
            "value": f"{name}: {self.result}",
            "case": name + (given if self.parameters else ""),
        }[self.kind]
        return ("static " if self.static else "") + text + (" throws" if self.throws else "")


def without_comments(text: str) -> str:
    """Strings stay, comments of the C family go."""
    pattern = r'"(?:\\.|[^"\\\n])*"|/\*.*?\*/|//[^\n]*'
    return re.sub(pattern, lambda found: found[0] if found[0].startswith('"') else " ", text, flags=re.S)


def closing(text: str, at: int) -> int:
    """Where the bracket at `at` is closed."""
    depth, in_string = 0, False
    for index in range(at, len(text)):
        char = text[index]
        if char == '"' and text[index - 1] != "\\":
            in_string = not in_string
        elif not in_string and char in OPEN:
            depth += 1
        elif not in_string and char in CLOSE:
            depth -= 1
            if depth == 0:
                return index
    raise ValueError(f"a bracket is not closed: {text[at : at + 60]!r}")


def at_the_top(pattern: str, text: str) -> Iterator[re.Match[str]]:
    """Matches outside of all brackets, not inside of what an earlier match has passed over."""
    spans, index = [], 0
    while index < len(text):
        if text[index] == '"':
            index = text.index('"', index + 1)
        elif text[index] in OPEN:
            end = closing(text, index)
            spans.append((index, end))
            index = end
        index += 1
    inside = iter(spans)
    span = next(inside, None)
    for match in re.finditer(pattern, text):
        while span and span[1] < match.start():
            span = next(inside, None)
        if span is None or match.start() <= span[0]:
            yield match


def split(text: str, separator: str) -> list[str]:
    """At the separator, outside of all brackets, those of generics included."""
    parts, depth, start = [], 0, 0
    bare = re.sub(
        r'"(?:\\.|[^"\\])*"', lambda string: "_" * len(string[0]), text.replace("->", "__").replace("=>", "__")
    )
    for index, char in enumerate(bare):
        depth += (char in OPEN + "<") - (char in CLOSE + ">")
        if depth == 0 and bare.startswith(separator, index):
            parts.append(text[start:index])
            start = index + len(separator)
    parts.append(text[start:])
    return [part.strip() for part in parts if part.strip()]


def plain(text: str) -> str:
    return " ".join(text.split())


def parameters(text: str) -> tuple[Parameter, ...]:
    """`name: Type = default`, as Kotlin and Swift write it; of Swift's two names the one that a caller writes."""
    made = []
    for given in split(text, ","):
        name, _, rest = given.partition(":")
        type_, *default = split(rest, " = ") or [""]
        words = [word for word in name.split() if not word.startswith("@") and word not in KOTLIN]
        made.append(Parameter(plain(name) if words[0] == "_" else words[0], plain(type_), plain(" = ".join(default))))
    return tuple(made)
