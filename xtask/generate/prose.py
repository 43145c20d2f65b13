"""Core's doc comments as another language's reader needs them: without citations, and with that language's names."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable

from core import Core

WIDTH = 120
CITATION = re.compile(r" \((?:[a-z ]+ of )?facts/[^()]*\)| \(\d+\.\d+\)")
LINK = re.compile(r"\[(`[^`]+`)\](?:\([\w:]+\))?")
CODE = re.compile(r"`([^`]+)`")
# What only the loops of each language have: who reads of a connection hears of its worker.
WORKERS = {
    "says when, a `ConnectionDriver` how": "says when",
    "if work comes first, a `ConnectionDriver` does it": "if work comes first, a worker does it",
}
# What only a reader of Rust understands.
RUST = re.compile(r"`None`|`Some|::|\]\(|\\|\*/|\"\"\"")


class Translator:
    """`member` spells a field's or a call's name, `word` a word of the enum that is named, if one is; `names` what has
    another name altogether.
    """

    def __init__(
        self,
        core: Core,
        member: Callable[[str], str],
        word: Callable[[str, str], str],
        names: dict[str, str] | None = None,
    ) -> None:
        self.members = core.members - {code.word for code in core.codes}
        self.choices = {each.name: each for each in core.choices}
        self.words = {word for each in core.choices for word in each.words}
        self.member, self.word, self.names = member, word, names or {}

    def __call__(self, doc: str) -> str:
        plain = LINK.sub(r"\1", CITATION.sub("", doc))
        for words, ours in WORKERS.items():
            plain = plain.replace(words, ours)
        text = CODE.sub(lambda found: f"`{self.code(found[1])}`", plain)
        foreign = RUST.search(text)
        assert not foreign, f"core's doc comments are for all languages; no other one has {foreign[0]}: {doc}"
        return text

    def code(self, text: str) -> str:
        """A word that is a member's name as well is left alone: a link says which of them is meant."""
        if text in self.names:
            return self.names[text]
        owner, _, name = text.rpartition("::")
        if owner in self.choices and name[:1].isupper():
            return self.word(owner, next(case.word for case in self.choices[owner].cases if case.name == name))
        if owner or (text in self.members and text not in self.words):
            return (f"{owner}." if owner else "") + self.member(name)
        return self.word("", text) if text in self.words and text not in self.members else text


def camel(snake: str) -> str:
    first, *rest = snake.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def listed(words: list[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def wrapped(text: str, prefix: str, width: int = WIDTH) -> list[str]:
    """Each paragraph's lines behind the prefix, an empty one between paragraphs."""
    lines: list[str] = []
    for paragraph in text.split("\n\n"):
        lines += [prefix.rstrip()] if lines else []
        lines += behind(prefix, prefix, paragraph, width)
    return lines


def tells(meanings: list[tuple[str, str]]) -> bool:
    """Whether any meaning says more than its word."""
    return any(re.sub(r"\W", "", meaning) != word for word, meaning in meanings)


def with_list(text: str, items: list[tuple[str, str]], prefix: str, width: int = WIDTH) -> list[str]:
    """The text, and below it what each word means."""
    lines = [*wrapped(text, prefix, width), prefix.rstrip()]
    for word, meaning in items:
        lines += behind(f"{prefix}- ", f"{prefix}  ", f"`{word}`: {' '.join(meaning.split())}", width)
    return lines


def behind(first: str, rest: str, text: str, width: int) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def filled(opening: str, items: list[str], closing: str, indent: str, per_line: bool) -> list[str]:
    """`opening items closing` on one line where it fits, else the items on lines of their own, as formatters do."""
    whole = opening + ", ".join(items) + closing
    if len(whole) <= WIDTH:
        return [whole]
    inside = indent + "    "
    if per_line:
        return [opening.rstrip(), *(f"{inside}{item}," for item in items), indent + closing.lstrip()]
    return [opening.rstrip(), *wrapped(", ".join(items) + ",", inside), indent + closing.lstrip()]
