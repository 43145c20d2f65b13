"""Python's docstrings: core's doc comments, with arguments and exceptions in sections of their own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from core import Case, Core, Enum, Field
from crossing import case_name, is_options
from prose import Translator, behind, listed, tells, with_list, wrapped
from python_idiom import CLOCKS, TOGETHER

# Of a method in the stub, where it is deepest, with the quotes around one line.
WIDTH = 106
# What Python says of an argument in its own way.
ITEM = re.compile(r"^- `(\w+)`: (.*(?:\n  .*)*)\n", re.M)
AMBIENT = {
    **dict.fromkeys(CLOCKS, "Unix milliseconds; left out, the operating system's clock."),
    "entropy": "64 random bytes, never used twice; left out, the operating system's.",
}


class Docs:
    """`besides` has what Python's docstrings say in addition, examples above all, by name."""

    def __init__(self, core: Core, besides: Path) -> None:
        self.core, self.used = core, set[str]()
        parts = re.split(r"^## (.+)\n", besides.read_text(), flags=re.M)[1:]
        self.besides = dict(zip(parts[::2], parts[1::2], strict=True))
        self.kinds = {code.word: code.kind for code in core.codes}
        names = {"true": "True", "false": "False", **TOGETHER}
        for enum in core.enums.values():
            for case in enum.cases if enum.cases and enum.cases[0].fields else ():
                names[f"{enum.name}::{case.name}"] = case_name(enum.name, case.name) or case.name
        # Options are arguments here.
        for record in core.records.values():
            names |= {f"{record.name}::{each.name}": each.name for each in record.fields if is_options(record.name)}
        self.translated = Translator(core, lambda member: member, lambda _, word: f'"{word}"', names)
        plain = self.kinds
        self.of_errors = Translator(
            core, lambda member: member, lambda _, word: word if word in plain else f'"{word}"', names
        )

    def whole(self, name: str) -> str:
        """What is said here alone."""
        self.used.add(name)
        return self.besides[name].strip()

    def text(
        self,
        name: str,
        doc: str,
        arguments: Sequence[tuple[str, str]] = (),
        errors: str = "",
        type_: str = "",
        listing: Sequence[str] = (),
    ) -> list[str]:
        """`type_` is what it is or returns, `listing` what stands below the first words."""
        self.used.add(name)
        besides = self.besides.get(name, "")
        own = dict(ITEM.findall(besides))
        more, _, example = ITEM.sub("", besides).strip("\n").partition(">>>")
        told = self.of(name, doc)
        if "Option<" in type_:
            told = re.sub(r"\babsent\b", "`None`", told, flags=re.I)
        lines = [*wrapped(told, "", WIDTH), *listing]
        lines += ["", *wrapped(more.strip(), "", WIDTH)] if more else []
        given = {each: own.get(each) or self.of(name, told) for each, told in [*arguments, *own.items()]}
        lines += ["", "Args:"] if any(given.values()) else []
        for argument, told in given.items():
            whole = " ".join(told.split())
            lines += behind("    ", " " * 8, f"{argument}: {whole[0].upper()}{whole[1:]}", WIDTH) if told else []
        lines += ["", "Raises:", *self.raised(name, errors)] if errors else []
        return [*lines, *(["", *f">>>{example}".splitlines()] if example else [])]

    def of(self, name: str, doc: str) -> str:
        """A class's own members need not say whose they are."""
        return self.translated(doc).replace(f"`{name.partition('.')[0]}.", "`")

    def value(self, name: str, doc: str, type_: str) -> list[str]:
        """Of an attribute."""
        enum = self.choice(type_)
        if enum is None:
            return self.text(name, doc, type_=type_)
        if not tells([(case.word, case.doc) for case in enum.cases]):
            return self.text(name, f"{doc} {self.one_of(enum)}", type_=type_)
        return self.text(name, doc, type_=type_, listing=self.meanings(enum, ""))

    def meanings(self, enum: Enum, above: str | None = None) -> list[str]:
        meanings = [(f'"{case.word}"', self.translated(case.doc)) for case in enum.cases]
        return with_list(self.translated(enum.doc) if above is None else above, meanings, "", WIDTH)

    def of_case(self, enum: Enum, case: Case, field: Field) -> list[str]:
        """Of what is there in one case only."""
        doc = f'{field.doc} Absent unless it is `"{case.word}"`.'
        return self.value(f"{enum.name}.{field.name}", doc, f"Option<{field.type}>")

    def argument(self, name: str, doc: str, type_: str) -> tuple[str, str]:
        enum = self.choice(type_)
        doc = f"{doc} {self.one_of(enum)}".strip() if enum else doc
        doc += " A `str` or a `Secret`." if re.search(r"\bSecret\b", type_) else ""
        doc += " Left out, it is the operating system's clock." if doc and name in CLOCKS else ""
        return name, doc or AMBIENT.get(name, "")

    def choice(self, type_: str) -> Enum | None:
        """Whose words it is one of."""
        inside = re.sub(r"^Option<(.*)>$", r"\1", type_)
        worded = [each for each in self.core.enums.values() if any(call.name == "as_str" for call in each.methods)]
        return next((each for each in [*self.core.choices, *worded] if each.name == inside), None)

    def one_of(self, enum: Enum) -> str:
        if enum.name == "VenueEnvironment":
            by_venue = [f'`"{venue}"`: {listed(quoted(words))}' for venue, words in self.core.environments.items()]
            return "; ".join(by_venue) + "."
        return f"One of {listed(quoted(enum.words))}."

    def raised(self, name: str, errors: str) -> list[str]:
        """Each clause behind the exception of its code's kind; one without a code belongs to the clause before."""
        found: dict[str, str] = {}
        kind = ""
        own = f"`{name.partition('.')[0]}."
        for clause in re.split(r"(?<=[;.]) ", self.of_errors(errors).replace(own, "`")):
            told = {self.kinds[word] for word in re.findall(r"`(\w+)`", clause) if word in self.kinds}
            assert len(told) < 2, f"`;` separates what is raised as different exceptions: {clause}"
            kind = next(iter(told), kind)
            found[kind] = f"{found[kind]} {clause}" if kind in found else clause
        lines = []
        for kind, text in found.items():
            name = "".join(part.capitalize() for part in (kind or "venuekey").split("_"))
            lines += behind("    ", " " * 8, f"{name}Error: {text.rstrip(';.')}.", WIDTH)
        return lines


def quoted(words: list[str]) -> list[str]:
    return [f'"{word}"' for word in words]
