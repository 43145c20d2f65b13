"""Core's plain data: its public records and enums with their doc comments, the words they cross by, and error codes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

EXPORT = re.compile(r"^pub use ([\w:]+)::(\{[^}]*\}|\w+);", re.M)
DOC = r"(?P<doc>(?: *///[^\n]*\n)*)"
ATTRIBUTES = r"(?: *#\[[^\n]*\]\n)*"
ITEM = re.compile(DOC + ATTRIBUTES + r"pub (?P<what>struct|enum) (?P<name>\w+) \{\n(?P<body>.*?)^\}", re.M | re.S)
FIELD = re.compile(DOC + ATTRIBUTES + r" {4}pub (?P<name>\w+): (?P<type>.+),\n")
CASE = re.compile(DOC + ATTRIBUTES + r" {4}(?P<name>[A-Z]\w*)(?:\((?P<of>[^)\n]*)\)| \{\n.*?\n {4}\})?,\n", re.S)
CONSTANT = re.compile(DOC + r' {4}(?P<name>[A-Z]\w*) = "(?P<word>\w+)";\n')
CODE = re.compile(r'^    \w+ "(?P<code>\w+)" (?P<kind>\w+) "(?P<meaning>.+)";$', re.M)
ENVIRONMENT = re.compile(r"^ +environment: VenueEnvironment::(\w+),$", re.M)
MEMBER = re.compile(r"\bpub (?:const )?fn (\w+)|^ {4}pub (?!fn|const)(\w+):", re.M)


@dataclass(frozen=True)
class Field:
    name: str
    type: str
    doc: str

    @property
    def is_amount(self) -> bool:
        return self.doc.startswith("Decimal text")


@dataclass(frozen=True)
class Record:
    name: str
    doc: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Case:
    """`word` is how it crosses as text, `of` what it carries in brackets."""

    name: str
    word: str
    doc: str
    of: str = ""


@dataclass(frozen=True)
class Enum:
    name: str
    doc: str
    cases: tuple[Case, ...]
    # Whether its cases carry nothing, and cross as words.
    is_choice: bool

    @property
    def words(self) -> list[str]:
        return [case.word for case in self.cases]


@dataclass(frozen=True)
class Code:
    word: str
    kind: str
    meaning: str


@dataclass(frozen=True)
class Core:
    records: dict[str, Record]
    enums: dict[str, Enum]
    # Those whose names the registry lists; each venue's environments, by their words.
    names: tuple[Enum, ...]
    environments: dict[str, list[str]]
    codes: tuple[Code, ...]
    # Of fields and calls, which each language spells in its own case.
    members: frozenset[str]

    @property
    def choices(self) -> list[Enum]:
        """What one picks a word of: the registry's names, then core's enums."""
        return [*self.names, *(each for each in self.enums.values() if each.is_choice)]

    @property
    def read(self) -> list[tuple[Case, str]]:
        """What a page has records of, and the record's name."""
        return [(case, re.fullmatch(r"Vec<(\w+)>", case.of)[1]) for case in self.enums["Records"].cases]  # type: ignore[index]

    @property
    def account_records(self) -> list[Record]:
        """The records of pages, and those inside of them, in core's order."""
        wanted = [name for _, name in self.read]
        for name in wanted:
            wanted += types([self.records[name]]) & {*self.records}
        return [record for name, record in self.records.items() if name in wanted]

    @property
    def queries(self) -> list[Record]:
        return [record for name, record in self.records.items() if name.endswith("Query")]

    @property
    def asked(self) -> set[str]:
        """Enums that queries use."""
        return types(self.queries) & {*self.enums}

    @property
    def told(self) -> set[str]:
        """Enums that records alone use."""
        return types(self.account_records) & {*self.enums} - self.asked

    @property
    def open(self) -> set[str]:
        """Enums in whose place records may also have the venue's own text."""
        fields = [field.type for record in self.account_records for field in record.fields]
        return set(re.findall(r"MaybeKnown<(\w+)>", " ".join(fields)))

    def open_words(self, type_: str) -> list[str] | None:
        found = re.fullmatch(r"MaybeKnown<(\w+)>", type_)
        return self.enums[found[1]].words if found else None


def read(source: Path) -> Core:
    records: dict[str, Record] = {}
    enums: dict[str, Enum] = {}
    members: set[str] = set()
    for module, listed in EXPORT.findall((source / "lib.rs").read_text()):
        text = file_of(source, module).read_text()
        members |= {"".join(pair) for pair in MEMBER.findall(text)}
        exported = re.findall(r"\w+", listed)
        # In the order of the file, not of the alphabet.
        for found in ITEM.finditer(text):
            if found["name"] not in exported:
                continue
            if found["what"] == "struct":
                records[found["name"]] = Record(found["name"], prose(found["doc"]), fields(found["body"]))
            else:
                enums[found["name"]] = enum(found["name"], found["doc"], found["body"], text)
    registry, identifiers = (source / "venues/mod.rs").read_text(), (source / "base/ids.rs").read_text()
    venue, environment = (name(each, identifiers, registry) for each in ("Venue", "VenueEnvironment"))
    words = {case.name: case.word for case in environment.cases}
    environments = {
        each: [words[name] for name in ENVIRONMENT.findall((source / f"venues/{each}/mod.rs").read_text())]
        for each in venue.words
    }
    errors = (source / "base/error.rs").read_text()
    codes = tuple(Code(each["code"], snake(each["kind"]), each["meaning"]) for each in CODE.finditer(errors))
    core = Core(records, enums, (venue, environment), environments, codes, frozenset(members))
    assert codes and all(environments.values()) and len(core.account_records) > 6, "core does not read as it did"
    return core


def file_of(source: Path, module: str) -> Path:
    path = source / module.replace("::", "/")
    return path / "mod.rs" if path.is_dir() else path.with_suffix(".rs")


def fields(body: str) -> tuple[Field, ...]:
    return tuple(Field(found["name"], found["type"], prose(found["doc"])) for found in FIELD.finditer(body))


def enum(name: str, doc: str, body: str, text: str) -> Enum:
    listed = re.search(rf'^named!\({name} "\w+" \{{\n(.*?)^\}}\);', text, re.M | re.S)
    words = dict(re.findall(r'(\w+) = "(\w+)"', listed[1])) if listed else {}
    cases = tuple(
        Case(found["name"], words.get(found["name"], snake(found["name"])), prose(found["doc"]), found["of"] or "")
        for found in CASE.finditer(body)
    )
    return Enum(name, prose(doc), cases, is_choice=bool(listed))


def name(type_: str, identifiers: str, registry: str) -> Enum:
    doc = re.search(rf"^name! \{{\n((?: *///[^\n]*\n)+) +{type_}\n", identifiers, re.M)
    listed = re.search(rf"^constants!\({type_} \{{\n(.*?)^\}}\);", registry, re.M | re.S)
    assert doc and listed, type_
    cases = (Case(found["name"], found["word"], prose(found["doc"])) for found in CONSTANT.finditer(listed[1]))
    return Enum(type_, prose(doc[1]), tuple(cases), is_choice=True)


def prose(comment: str) -> str:
    """A doc comment's paragraphs, each of them one line."""
    lines = [line.strip().removeprefix("///").strip() for line in comment.splitlines()]
    return "\n\n".join(" ".join(paragraph.split("\n")) for paragraph in "\n".join(lines).split("\n\n"))


def types(records: list[Record]) -> set[str]:
    """Every name in the types of their fields."""
    return {name for record in records for field in record.fields for name in re.findall(r"\w+", field.type)}


def snake(pascal: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", pascal).lower()
