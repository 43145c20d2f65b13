"""Core's public types: structs and enums with fields, calls and doc comments, the words they cross by, error codes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

EXPORT = re.compile(r"^pub use crate::([\w:]+)::(\{[^}]*\}|\w+);", re.M)
DOC = r"(?P<doc>(?: *///[^\n]*\n)*)"
# With what is said between them.
ATTRIBUTES = r"(?P<attributes>(?: *(?:#\[|// )[^\n]*\n)*)"
BODY = r"(?: \{\n(?P<body>.*?)^\}|\([^\n]*\);)"
ITEM = re.compile(DOC + ATTRIBUTES + r"pub (?P<what>struct|enum) (?P<name>\w+)" + BODY, re.M | re.S)
IMPL = re.compile(r"^impl (?P<of>Default for )?(?P<name>\w+) \{\n(?P<body>.*?)^\}", re.M | re.S)
FIELD = re.compile(DOC + ATTRIBUTES + r" {4}pub (?P<name>\w+): (?P<type>.+),\n")
CASE = re.compile(
    DOC + ATTRIBUTES + r" {4}(?P<name>[A-Z]\w*)(?:\((?P<of>[^)\n]*)\)| \{\n(?P<fields>.*?\n) {4}\})?,\n", re.S
)
CASE_FIELD = re.compile(DOC + ATTRIBUTES + r" {8}(?P<name>\w+): (?P<type>.+),\n")
FUNCTION = re.compile(
    DOC + ATTRIBUTES + r"(?P<indent> *)pub (?:const )?fn (?P<name>\w+)(?:<[^>]*>)?\((?P<arguments>.*?)\)"
    r"(?: -> (?P<result>[^\n]+?))? \{\n(?P<code>.*?)^(?P=indent)\}$", re.M | re.S,
)  # fmt: skip
# An argument among a call's doc comment: a list's item that begins with its name.
ARGUMENT = re.compile(r"^ */// - `(\w+)`: (.*\n(?: *///   .*\n)*)", re.M)
CONSTANT = re.compile(DOC + r' {4}(?P<name>[A-Z]\w*) = "(?P<word>\w+)";\n')
CODE = re.compile(r'^    \w+ "(?P<code>\w+)" (?P<kind>\w+) "(?P<meaning>.+)";$', re.M)
PAGES = re.compile(r'^const PAGES: &str = "(.+)";$', re.M)
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
class Function:
    """`result` is what it returns where it does not fail, as Rust writes it; `errors` what stands below `# Errors`."""

    name: str
    doc: str
    arguments: tuple[Field, ...]
    result: str
    is_static: bool
    fails: bool
    errors: str
    module: str

    @property
    def is_getter(self) -> bool:
        """Whether it says what a value is made of: a property. What makes a value, or shows a secret, is a call."""
        makes = self.result in ("Self", "Snapshot", "HttpRequest", "String") or self.name == "expose"
        return not (self.arguments or self.is_static or self.fails or makes)


@dataclass(frozen=True)
class Record:
    """A struct: `fields` are the public ones, so that a type that shows none of its own has none. `defaults` are those
    that a caller can leave out, with Rust's value, `derives` what it derives, and `module` the file it is in.
    """

    name: str
    doc: str
    fields: tuple[Field, ...]
    module: str
    methods: tuple[Function, ...] = ()
    defaults: dict[str, str] = field(default_factory=dict)
    derives: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Case:
    """`word` is how it crosses as text, `of` what it carries in brackets, `fields` what it carries by name."""

    name: str
    word: str
    doc: str
    of: str = ""
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Enum:
    name: str
    doc: str
    cases: tuple[Case, ...]
    # Whether its cases carry nothing, and cross as words.
    is_choice: bool
    module: str
    methods: tuple[Function, ...] = ()
    derives: frozenset[str] = frozenset()

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
    # Where each code has its page.
    pages: str
    # Those outside of any type.
    functions: tuple[Function, ...]
    # Of fields and calls, which each language spells in its own case.
    members: frozenset[str]

    @cached_property
    def choices(self) -> list[Enum]:
        """What one picks a word of: the registry's names, then core's enums."""
        return [*self.names, *(each for each in self.enums.values() if each.is_choice)]

    @cached_property
    def read(self) -> list[tuple[Case, str]]:
        """What a page has records of, and the record's name."""
        return [(case, re.fullmatch(r"Vec<(\w+)>", case.of)[1]) for case in self.enums["Records"].cases]  # type: ignore[index]

    @cached_property
    def account_records(self) -> list[Record]:
        """The records of pages, and those inside of them, in core's order."""
        wanted = [name for _, name in self.read]
        for name in wanted:
            wanted += types([self.records[name]]) & {*self.records}
            wanted += [case.of for enum in self.carried for case in enum.cases if case.of not in wanted]
        return [record for name, record in self.records.items() if name in wanted]

    @cached_property
    def carried(self) -> list[Enum]:
        """Enums of records: each case carries one."""
        cases = {name: {case.of for case in enum.cases} for name, enum in self.enums.items()}
        return [enum for name, enum in self.enums.items() if cases[name] and cases[name] <= {*self.records}]

    @cached_property
    def queries(self) -> list[Record]:
        return [record for name, record in self.records.items() if name.endswith("Query")]

    @cached_property
    def asked(self) -> set[str]:
        """Enums that queries use."""
        return types(self.queries) & {*self.enums}

    @cached_property
    def told(self) -> set[str]:
        """Enums that records alone use."""
        carried = {enum.name for enum in self.carried}
        return types(self.account_records) & {*self.enums} - self.asked - carried

    @cached_property
    def open(self) -> set[str]:
        """Enums in whose place records may also have the venue's own text."""
        fields = [field.type for record in self.account_records for field in record.fields]
        return set(re.findall(r"MaybeKnown<(\w+)>", " ".join(fields)))

    def open_words(self, type_: str) -> list[str] | None:
        found = re.fullmatch(r"(?:Option<)?MaybeKnown<(\w+)>+", type_)
        return self.enums[found[1]].words if found else None


def read(source: Path) -> Core:
    records: dict[str, Record] = {}
    enums: dict[str, Enum] = {}
    functions: list[Function] = []
    members: set[str] = set()
    files = sorted(source.rglob("*.rs"))
    texts = {path.relative_to(source).with_suffix("").as_posix(): path.read_text() for path in files}
    impls = [(name.removesuffix("/mod"), found) for name, text in texts.items() for found in IMPL.finditer(text)]
    for path, listed in EXPORT.findall(texts["parts"]):
        module = path.replace("::", "/")
        text = texts[f"{module}/mod"] if f"{module}/mod" in texts else texts[module]
        members |= {"".join(pair) for pair in MEMBER.findall(text)}
        exported = re.findall(r"\w+", listed)
        free = [each for each in FUNCTION.finditer(text) if not each["indent"] and each["name"] in exported]
        functions += [function(each, module) for each in free]
        # In the order of the file, not of the alphabet.
        for found in ITEM.finditer(text):
            if found["name"] not in exported:
                continue
            own = [(path, impl["body"]) for path, impl in impls if impl["name"] == found["name"]]
            called = tuple(function(each, path) for path, body in own for each in FUNCTION.finditer(body))
            derives = frozenset(re.findall(r"\w+", " ".join(re.findall(r"#\[derive\((.*)\)\]", found["attributes"]))))
            if found["what"] == "struct":
                mine = fields(found["body"] or "")
                given = defaults(mine, [body for _, body in own])
                doc = prose(found["doc"])
                records[found["name"]] = Record(found["name"], doc, mine, module, called, given, derives)
            else:
                made = enum(found["name"], found["doc"], found["body"], text, module)
                enums[found["name"]] = replace(made, methods=called, derives=derives)
    venue, environment = (name(each, texts["base/ids"], texts["venues/mod"]) for each in ("Venue", "VenueEnvironment"))
    words = {case.name: case.word for case in environment.cases}
    environments = {
        each: [words[name] for name in ENVIRONMENT.findall(texts[f"venues/{each}/mod"])] for each in venue.words
    }
    errors = texts["base/error"]
    codes = tuple(Code(each["code"], snake(each["kind"]), each["meaning"]) for each in CODE.finditer(errors))
    names, (pages,) = (venue, environment), PAGES.findall(errors)
    core = Core(records, enums, names, environments, codes, pages, tuple(functions), frozenset(members))
    assert codes and all(environments.values()) and len(core.account_records) > 6, "core does not read as it did"
    return core


def fields(body: str, like: re.Pattern[str] = FIELD) -> tuple[Field, ...]:
    return tuple(Field(found["name"], found["type"], prose(found["doc"])) for found in like.finditer(body))


def defaults(of: tuple[Field, ...], impls: list[str]) -> dict[str, str]:
    """Of a record that a caller makes: what its `default` or its `new` puts in, but for what that is given."""
    made = re.search(r"^    (?:pub )?fn (?:default|new)\([^{]*\{\n +Self \{\n(.*?)^ +\}", "\n".join(impls), re.M | re.S)
    given = re.findall(r"^ +(\w+): (.+),$", made[1] if made and of else "", re.M)
    return {name: value for name, value in given if not value.endswith(".into()")}


def function(found: re.Match[str], module: str) -> Function:
    told, _, errors = found["doc"].partition("# Errors\n")
    docs = {name: prose(text) for name, text in ARGUMENT.findall(told)}
    given = [each.partition(": ") for each in re.split(r",\s+(?![^<(]*[>)])", found["arguments"].strip().rstrip(","))]
    arguments = tuple(Field(name, type_, docs.get(name, "")) for name, _, type_ in given if type_)
    result = re.sub(r"^Result<(.*), VenuekeyError>$", r"\1", found["result"] or "()")
    is_static = not any(name.endswith("self") for name, _, _ in given)
    fails = result != (found["result"] or "()")
    doc = prose(ARGUMENT.sub("", told))
    return Function(found["name"], doc, arguments, result, is_static, fails, prose(errors), module)


def enum(name: str, doc: str, body: str, text: str, module: str) -> Enum:
    listed = re.search(rf'^named!\({name} "\w+" \{{\n(.*?)^\}}\);', text, re.M | re.S)
    words = dict(re.findall(r'(\w+) = "(\w+)"', listed[1])) if listed else {}
    cases = tuple(
        Case(
            found["name"],
            words.get(found["name"], snake(found["name"])),
            prose(found["doc"]),
            found["of"] or "",
            fields(found["fields"] or "", CASE_FIELD),
        )
        for found in CASE.finditer(body)
    )
    return Enum(name, prose(doc), cases, bool(listed), module)


def name(type_: str, identifiers: str, registry: str) -> Enum:
    doc = re.search(rf"^name! \{{\n((?: *///[^\n]*\n)+) +{type_}\n", identifiers, re.M)
    listed = re.search(rf"^constants!\({type_} \{{\n(.*?)^\}}\);", registry, re.M | re.S)
    assert doc and listed, type_
    cases = (Case(found["name"], found["word"], prose(found["doc"])) for found in CONSTANT.finditer(listed[1]))
    return Enum(type_, prose(doc[1]), tuple(cases), True, "venues")


def prose(comment: str) -> str:
    """A doc comment's paragraphs, each of them one line, without examples: each language has its own."""
    text = "\n".join(line.strip().removeprefix("///").strip() for line in comment.splitlines())
    paragraphs = re.sub(r"```.*?```", "", text, flags=re.S).strip("\n").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split("\n")) for paragraph in paragraphs)


def types(records: list[Record]) -> set[str]:
    """Every name in the types of their fields."""
    return {name for record in records for field in record.fields for name in re.findall(r"\w+", field.type)}


def snake(pascal: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", pascal).lower()


def bare(type_: str) -> str:
    """What is inside: of `Option<&[Header]>` it is `Header`."""
    return re.findall(r"\w+", type_)[-1]
