"""JavaScript: the types of what calls take and give, where they are no classes: objects, unions, options."""

from __future__ import annotations

import re

from core import Core, Enum, Field, Record, bare
from javascript import DOCUMENTS, DRAWN, GENERIC, HOME, NAMES, SPELT, types
from prose import WIDTH, behind, camel, wrapped
from typescript import TYPES, TypeScript, commented, quoted

# How ts/check.ts looks at an argument or a field, and its type there.
LOOKS = {
    "&str": ("string", "text"), "String": ("string", "text"), "impl Into<String>": ("string", "text"),
    "&ExternalId": ("string", "text"), "ExternalId": ("string", "text"), "&VenuekeyError": ("VenuekeyError", "error"), "u32": ("number", "number"),
    "u64": ("number", "number"), "Secret": ("string | Secret", "hidden"),
    # These may be left out: then there is none of it.
    "bool": ("boolean", "flag"), "Delivery": ("boolean", "flag"), "Vec<String>": ("readonly string[]", "texts"),
}  # fmt: skip
EMPTY = ("flag", "texts")


class Declarations:
    def __init__(self, core: Core) -> None:
        self.core, self.types, self.plain = core, types(core), TypeScript(core)
        self.classes = {each.name for each in self.types.classes}
        self.options = {each.name: each for each in self.types.options}
        self.choices = {each.name for each in core.choices}
        self.words = {f"{enum.name}::{case.name}": case.word for enum in self.types.unions for case in enum.cases}
        self.reads = {f"read_{case.word}": record for case, record in core.read}
        # What is in a folder of core's is in one file here.
        self.parts: dict[str, list[Record | Enum]] = {}
        listed = [
            *self.types.classes,
            *self.types.plain,
            *self.types.options,
            *self.types.unions,
            core.records["Started"],
        ]
        names = {each.name for each in listed}
        for each in [*core.records.values(), *core.enums.values()]:
            if each.name in names:
                self.parts.setdefault(each.module.partition("/")[0].replace("_", "-"), []).append(each)
        self.home = {each: "names" for each in self.choices} | {each.name: "queries" for each in core.queries}
        self.home |= {each.name: "records" for each in core.account_records} | HOME

    # Documents

    def doc(self, name: str, text: str, indent: str = "", tags: list[tuple[str, str]] = []) -> list[str]:  # noqa: B006
        text = self.translated(DOCUMENTS.get(name, "{}").format(text))
        said = [(tag, self.translated(told)) for tag, told in tags if told]
        if not (text and said):
            return commented(text, indent) if text else []
        prefix = f"{indent} * "
        lines = [f"{indent}/**", *wrapped(text, prefix), *([prefix.rstrip()] if "\n" in text else [])]
        for tag, told in said:
            lines += behind(f"{prefix}@{tag} ", f"{prefix}  ", " ".join(told.split()), WIDTH)
        return [*lines, f"{indent} */"]

    def translated(self, text: str) -> str:
        """A union's case is known by its word."""
        for words, ours in SPELT.items():
            text = text.replace(words, ours)
        text = re.sub(r"`(\w+)::new`", r"`new \1`", text)
        return self.plain.translated(
            re.sub(r"`(\w+::\w+)`", lambda found: f"`{self.words.get(found[1], found[1])}`", text)
        )

    # What is told

    def told(self, type_: str, owner: str) -> str:
        inside = bare(type_).replace("Self", owner)
        if inside == "u8":
            return "Uint8Array<ArrayBuffer>"
        if inside == "Header":
            return "[name: string, value: string][]"
        if inside in GENERIC:
            inside += f"<{parameter(owner)}>" if GENERIC[inside] == GENERIC.get(owner) else ""
        elif (owner, inside) == ("Step", "Outcome"):
            inside = parameter(owner)
        else:
            inside = "string" if inside in ("str", "ExternalId") else TYPES.get(inside, inside)
        return f"readonly {inside}[]" if "Vec<" in type_ or "&[" in type_ else inside

    def record(self, record: Record) -> list[str]:
        getters = [Field(each.name, each.result, each.doc) for each in record.methods if each.is_getter]
        lines = self.fields(record.name, [*record.fields, *getters], "  ")
        return [*self.doc(record.name, record.doc), f"export interface {generic(record.name)} {{", *lines, "}"]

    def fields(self, owner: str, fields: list[Field], indent: str) -> list[str]:
        lines = []
        for each in fields:
            absent = "?" if "Option<" in each.type else ""
            lines += self.doc(f"{owner}.{each.name}", each.doc, indent)
            lines += [f"{indent}readonly {camel(each.name)}{absent}: {self.told(each.type, owner)};"]
        return lines

    def union(self, enum: Enum) -> list[str]:
        """Of interfaces; or of what stands in it, where a case has no name of its own."""
        lines, listed = [], []
        for case in enum.cases:
            name, doc = case_name(enum, case.name), self.doc(f"{enum.name}.{case.name}", case.doc)
            tag = f"readonly name: {quoted([case.word])}"
            if name:
                body = [f"  {tag};", *self.fields(enum.name, [*case.fields], "  ")]
                lines += [*doc, f"export interface {generic(name, enum.name)} {{", *body, "}", ""]
                listed += [f"  | {name}<{parameter(enum.name)}>".replace("<>", "")]
                continue
            body = [f"      {tag};", *self.fields(enum.name, [*case.fields], " " * 6)]
            listed += [*(f"  {line}" for line in doc)]
            listed += ["  | {", *body, "    }"] if case.fields else [f"  | {{ {tag} }}"]
        return [
            *lines,
            *self.doc(enum.name, enum.doc),
            f"export type {generic(enum.name)} =",
            *listed[:-1],
            f"{listed[-1]};",
        ]

    # What is taken

    def look(self, each: Field, defaults: dict[str, str] = {}) -> tuple[str, str, bool]:  # noqa: B006
        """The type of what is taken, what looks at it, and whether it may be left out."""
        inside = re.sub(r"Option<(.*)>", r"\1", each.type)
        is_optional = inside != each.type or each.name in defaults
        if inside in self.options:
            type_, look = inside, f"nested({constant(inside)})"
        else:
            type_, look = (inside, "text") if inside in self.choices else LOOKS[inside]
        if look == "flag" or not is_optional:
            return type_, f"check.{look}", is_optional or look in EMPTY
        return type_, f"check.optional(check.{look})", True

    def taken(self, record: Record) -> list[str]:
        """A record of options; what is secret of it is a part of its own, for whoever has no secret."""
        fields, secret = parts(self.core, record)
        if not secret:
            name = f"{record.name}Options" if record.name in self.classes else record.name
            return self.interface(name, record.doc, fields, record.defaults)
        part = open_part(record.name)
        shown = [each for each in fields if bare(each.type) not in ("Venue", "VenueEnvironment")]
        return [
            *self.doc(part, record.doc), f"export type {part} = VenueAndEnvironment & {{",
            *self.members(record.name, shown, record.defaults), "};", "",
            *self.doc(record.name, record.doc), f"export type {record.name} = {part} & {{",
            *self.members(record.name, secret, {}), "};",
        ]  # fmt: skip

    def interface(self, name: str, doc: str, fields: list[Field], defaults: dict[str, str]) -> list[str]:
        extends = " extends Ambient" if name == "BeginOptions" else ""
        return [
            *self.doc(name, doc),
            f"export interface {name}{extends} {{",
            *self.members(name, fields, defaults),
            "}",
        ]

    def members(self, name: str, fields: list[Field], defaults: dict[str, str]) -> list[str]:
        lines = []
        for each in fields:
            type_, _, is_optional = self.look(each, defaults | DRAWN)
            absent, nothing = ("?", " | undefined") if is_optional else ("", "")
            default = self.default(defaults.get(each.name, "None"))
            said = f"{each.doc[:1].upper()}{each.doc[1:]}{default}"
            lines += self.doc(f"{name}.{each.name}", said, "  ")
            lines += [f"  readonly {camel(each.name)}{absent}: {type_}{nothing};"]
        return lines

    def default(self, core: str) -> str:
        """What is said of one, by core's own."""
        owner, _, case = core.rpartition("::")
        words = {each.name: each.word for enum in self.core.choices if enum.name == owner for each in enum.cases}
        return "" if core in ("None", "false") else f" `{words.get(case, case.replace('_', ''))}` if left out."

    def looks(self, record: Record) -> dict[str, list[str]]:
        """By its name each table; what has a secret follows what has none."""
        fields, secret = parts(self.core, record)
        name = f"{record.name}Options" if record.name in self.classes else record.name
        of = {open_part(record.name) if secret else name: fields, **({name: secret} if secret else {})}
        tables = {}
        for each, listed in of.items():
            looks = [
                f"  {camel(one.name)}: {DRAWN.get(one.name) or self.look(one, record.defaults)[1]}," for one in listed
            ]
            looks = [*(f"  ...{other}," for other in tables), *looks]
            type_ = f"Omit<{each}, keyof Ambient>" if each == "BeginOptions" else each
            tables[constant(each)] = [f"const {constant(each)}: check.Looks<{type_}> = {{", *looks, "};"]
        return tables


def parts(core: Core, record: Record) -> tuple[list[Field], list[Field]]:
    """The fields of options, and those that are secret: who has no secret has the others alone."""
    fields = [*record.fields]
    for at, each in enumerate(fields):
        if each.type == "Credentials":
            fields[at : at + 1] = {
                one.name: one for case in core.enums[each.type].cases for one in case.fields
            }.values()
    secret = [each for each in fields if each.type == "Secret" and record.name.endswith("Config")]
    return [each for each in fields if each not in secret], secret


def case_name(enum: Enum, case: str) -> str:
    """The name of a case that has one."""
    return {"Step": f"{case}Step", "Outcome": f"{case}Outcome", "TokenPlan": NAMES.get(f"TokenPlan.{case}", case)}.get(
        enum.name, ""
    )


def open_part(name: str) -> str:
    name = name.replace("Config", "Options")
    return NAMES.get(name, name)


def constant(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()


def generic(name: str, of: str = "") -> str:
    return f"{name}<{GENERIC[of or name]}>" if (of or name) in GENERIC else name


def parameter(name: str) -> str:
    return GENERIC.get(name, "").partition(" ")[0]
