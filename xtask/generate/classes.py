"""JavaScript: the public classes around core's types, and the files that they and their types are in."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core import Core, Enum, Field, Function, Record, bare
from declarations import Declarations, case_name, constant, generic, open_part
from javascript import ADDED, CONSTRUCTORS, NAMES, ON_SERVERS, SHAPES, Shape, is_by_name
from prose import WIDTH, camel
from typescript import FOLDER, HEAD

# Options that come often.
OPTIONS = {
    ("nowMs",): "AtTime",
    ("entropy", "nowMs"): "Ambient",
    ("notSent", "nowMs"): "NoReply",
    ("nonceMs",): "WithNonce",
}
# What crosses as it is.
PLAIN = ("bool", "u32", "u64", "String", "&str")


@dataclass(frozen=True)
class Argument:
    """`taken` is what the compiled half is given, and `by_name` whether it is a part of the options."""

    name: str
    type: str
    taken: str
    is_optional: bool
    by_name: bool
    doc: str


def files(core: Core) -> dict[str, str]:
    made = Classes(core)
    return {f"{FOLDER}/{name}.ts": made.file(name) for name in made.parts}


class Classes(Declarations):
    def file(self, name: str) -> str:
        lines: list[str] = []
        ends: list[str] = []
        # Classes that the file uses, not only as types.
        self.values: set[str] = set()
        for each in self.parts[name]:
            made = self.union(each) if isinstance(each, Enum) else self.record(each)
            if each.name in self.options:
                made = self.taken(self.options[each.name])
            if isinstance(each, Record) and each.name in self.classes:
                made = [*made, ""] if each.name in self.options else []
                made += self.class_(each)
                reached = sorted(self.types.reached(each) - {one.name for one in self.parts[name]})
                self.values |= {*reached}
                ends += spread("publish(", [NAMES.get(each.name, each.name), f"wasm.{each.name}", *reached], ");")
            lines += ["", *made]
        body = [*lines, *self.tables(name, lines), *([""] if ends else []), *ends]
        return "\n".join([*HEAD, *self.imports(body), *body]) + "\n"

    def tables(self, name: str, lines: list[str]) -> list[str]:
        """How options are looked at, where a class does; a file without one has them for others."""
        listed = {record.name: self.looks(record) for record in self.types.options}
        if not any(each.name in self.classes for each in self.parts[name]):
            own = [table for each in self.parts[name] for table in listed.get(each.name, {}).values()]
            return [line for table in own for line in ["", "/** @internal */", f"export {table[0]}", *table[1:]]]
        return used_of({name: table for tables in listed.values() for name, table in tables.items()}, lines)

    def imports(self, body: list[str]) -> list[str]:
        """Of what stands in the file's code: a name that is only a type there is imported as one."""
        code = "\n".join(line for line in body if not line.lstrip().startswith(("/*", "*")))
        own = {*re.findall(r"^(?:export )?(?:\w+ )*(?:class|interface|type|const) (\w+)", code, re.M)}
        self.home |= {
            name: file for file, parts in self.parts.items() for each in parts for name in self.exported(each)
        }
        used = {*re.findall(r"(?<![.\w])[A-Za-z]\w*", re.sub(r'"[^"]*"', "", code))} - own
        values = self.values | {"Opaque"} | {name for name in used if name[0].islower() or name.isupper()}
        files: dict[str, list[str]] = {}
        for name in sorted(used & {*self.home}, key=str.lower):
            files.setdefault(self.home[name], []).append(name if name in values else f"type {name}")
        lines = {
            name: [f'import * as {name} from "./{name}.js";']
            for name in ("check", "json", "wasm")
            if f"{name}." in code
        }
        for file, names in files.items():
            kind = "import type" if all(each.startswith("type ") for each in names) else "import"
            names = [each.removeprefix("type ") for each in names] if kind != "import" else names
            lines.setdefault(file, []).extend(spread(f"{kind} {{ ", names, f' }} from "./{file}.js";'))
        return [line for _, imports in sorted(lines.items()) for line in imports]

    def exported(self, each: Record | Enum) -> list[str]:
        if isinstance(each, Enum):
            return [each.name, *filter(None, (case_name(each, case.name) for case in each.cases))]
        part = open_part(each.name)
        return [NAMES.get(each.name, each.name), part, f"{each.name}Options", constant(each.name), constant(part)]

    # Classes

    def class_(self, owner: Record) -> list[str]:
        public, calls = NAMES.get(owner.name, owner.name), self.types.calls(owner)
        abstract = public != owner.name
        members = [[] if abstract else self.constructor(owner)]
        members += [self.call(owner, each) for each in calls if each.is_static and each.name != "new"]
        for each, _ in self.types.getters(owner):
            type_ = self.told(each.type, owner.name) + (" | undefined" if "Option<" in each.type else "")
            members += [
                [
                    *self.doc(f"{owner.name}.{each.name}", each.doc, "  "),
                    f"  declare readonly {camel(each.name)}: {type_};",
                ]
            ]
        named = [each for each in calls if not each.is_static and f"{owner.name}.{each.name}" not in ON_SERVERS]
        members += [self.call(owner, each) for each in named]
        members += [[ADDED[owner.name]]] if owner.name in ADDED else []
        body = [line for member in members if member for line in ["", *member]]
        opening = f"export {'abstract ' if abstract else ''}class {generic(public, owner.name)} extends Opaque {{"
        return [*self.doc(owner.name, owner.doc), opening, *body[1:], "}"]

    def constructor(self, owner: Record) -> list[str]:
        new = next((each for each in owner.methods if each.name == "new"), None)
        if new is None and owner.name not in CONSTRUCTORS:
            return ["  private constructor() {", "    super();", "  }"]
        doc, tags = (new.doc, [("throws VenuekeyError", new.errors)]) if new else ("", [])
        first: list[str] = []
        if owner.name in CONSTRUCTORS:
            given, *taken = CONSTRUCTORS[owner.name]
            names = re.findall(r"(\w+): ", given)
            for each in new.arguments if new else ():
                name = camel(each.name)
                told = ("param " + name, each.doc) if name in names else (f"param {names[0]}", f"`{name}`: {each.doc}")
                tags.insert(len(tags) - 1, told if each.doc else ("", ""))
        elif owner.name in self.options:
            made_of, fields = f"{owner.name}Options", self.options[owner.name].fields
            given, taken = (
                f"options: {made_of}",
                [f"check.allFields(options, {constant(made_of)})"],
            )
            if not owner.fields:
                names = {camel(each.name): self.look(each)[1] for each in fields}
                taken = [f'{look}({name}, "{name}")' for name, look in names.items()]
                first = destructured(list(names), list(names))
        else:
            arguments = self.arguments(owner, new)
            given, taken = ", ".join(self.given(Shape(), arguments)), [each.taken for each in arguments]
            first, tags = self.first(Shape(), arguments), tags_of(new, arguments)
        lines = [*self.doc(f"{owner.name}.new", doc, "  ", tags), f"  constructor({given}) {{", *first]
        return [*lines, *spread(f"    super(new wasm.{owner.name}(", taken, "));"), "  }"]

    def arguments(self, owner: Record, call: Function) -> list[Argument]:
        takes = SHAPES.get(f"{owner.name}.{call.name}", Shape()).takes
        reply = any(bare(each.type) in ("HttpResponse", "Delivery") for each in call.arguments)
        return [self.argument(owner, each, takes.get(each.name, ""), reply) for each in call.arguments]

    def argument(self, owner: Record, each: Field, takes: str, is_of_reply: bool) -> Argument:
        name = "notSent" if each.type == "Delivery" else camel(each.name)
        inside, is_optional = bare(each.type).replace("Self", owner.name), "Option<" in each.type
        by_name = is_by_name(each) and not takes
        if each.name == "entropy":
            return Argument(
                name, "Uint8Array", "", True, True, "64 random bytes, never used twice; left out, the platform's."
            )
        if each.name == "now_ms":
            now = "nowOfReply" if is_of_reply else "now"
            return Argument(name, "", f"check.{now}(options)", True, True, "")
        if each.name == "nonce_ms" and by_name:
            return Argument(name, "", f'check.time({name}, "{name}")', True, True, "")
        if inside in self.classes and inside != "Secret":
            type_ = NAMES.get(inside, inside)
            self.values |= {type_}
            return Argument(name, type_, f"unwrap({name}, {type_})", is_optional, by_name, each.doc)
        if inside in self.options:
            type_ = takes or inside
            name = "options" if type_.endswith("Options") else each.name
            record = self.options[inside]
            is_optional = by_name and all(self.look(one, record.defaults)[2] for one in record.fields)
            given = f"check.fields({name}, {constant(type_)})"
            if not by_name:
                # A row has columns of its own.
                is_row = name == "row"
                given = f'check.{"fields(check.record" if is_row else "allFields"}({name}, '
                given += f'"{name}"), {constant(type_)})' if is_row else f'{constant(type_)}, "{name}")'
            return Argument(name, type_, given, is_optional, by_name, each.doc)
        if inside in self.home and self.home[inside] == "queries":
            return Argument(name, f"{inside} = {{}}", f"json.query({name})", False, False, each.doc)
        if takes == "Parameters":
            return Argument(name, 'Parameters = "{}"', f"json.parameters({name})", False, False, each.doc)
        if "null" in takes:
            return Argument(name, takes, f'check.stored({name}, "{name}")', False, False, each.doc)
        type_, look, is_optional = self.look(each)
        taken = f'{look}({name}, "{name}")' + (" ?? false" if look == "check.flag" else "")
        return Argument(name, takes or type_, taken, is_optional, by_name, each.doc)

    def call(self, owner: Record, call: Function) -> list[str]:
        shape, arguments = SHAPES.get(f"{owner.name}.{call.name}", Shape()), self.arguments(owner, call)
        returns, names = shape.returns or self.result(owner, call), [each.name for each in arguments]
        through = shape.through or ("step" if re.match(r"\w*Step\b", returns) else "shown")
        through = "" if call.result in PLAIN else through
        group = "times" if "sentAtMs" in names else "options"
        target = f"wasm.{owner.name}" if call.is_static else f"own<wasm.{owner.name}>(this)"
        made, end = (
            (f"{through}({target}.", f"){', options' * bool(shape.options)});") if through else (f"{target}.", ");")
        )
        taken = [each.taken for each in arguments]
        optional = next(
            (name for name, each in zip(names, call.arguments, strict=True) if "Option<&" in each.type), None
        )
        if "entropy" in names:
            drawn = "check.ambient" if "nowMs" in names else "check.withEntropy"
            given = [each.taken for each in arguments if each.name not in ("entropy", "nowMs")]
            called = spread(f"      return {target}.{call.name}(", [*given, "...ambient"], ");")
            body = [f"    return {through}{'(' * bool(through)}{drawn}(options, (...ambient) => {{", *called]
            body += [f"    }}){')' * bool(through)};"]
        elif optional:
            without = spread(
                f"      return {made}{call.name}(", [each.taken for each in arguments if each.name != optional], end
            )
            body = [f"    if ({optional} === undefined) {{", *without, "    }"]
            body += spread(f"    return {made}{call.name}_with(", taken, end)
        else:
            body = spread(f"    return {made}{call.name}(", taken, end)
        generics = f"<{shape.generics}>" if shape.generics else ""
        opening = f"  {'static ' if call.is_static else ''}{camel(call.name)}{generics}("
        return [
            *self.doc(f"{owner.name}.{call.name}", call.doc, "  ", tags_of(call, arguments, group)),
            *spread(opening, self.given(shape, arguments, group), f"): {returns} {{"),
            *self.first(shape, arguments, group),
            *body,
            "  }",
        ]

    def result(self, owner: Record, call: Function) -> str:
        if call.name in self.reads:
            return f"AccountRead<{self.reads[call.name]}>"
        return self.told(call.result, owner.name) + (" | undefined" if "Option<" in call.result else "")

    def first(self, shape: Shape, arguments: list[Argument], group: str = "options") -> list[str]:
        """Takes the options apart, and refuses what none of them is called: it would be left out in silence."""
        by_name = [each for each in arguments if each.by_name]
        taken = [each.name for each in by_name if each.name not in ("entropy", "nowMs", "options")]
        records = [self.options[each.type].fields for each in by_name if each.name == "options"]
        inside = [camel(each.name) for fields in records for each in fields]
        more = ["operation"] if shape.options else []
        known = [each.name for each in by_name if each.name != "options"]
        return destructured(taken, [*inside, *known, *more], group) if by_name or more else []

    def given(self, shape: Shape, arguments: list[Argument], group: str = "options") -> list[str]:
        listed = [f"{each.name}: {each.type}" for each in arguments if not each.by_name]
        return [*listed, *filter(None, [self.options_of(shape, arguments, group)])]

    def options_of(self, shape: Shape, arguments: list[Argument], group: str = "options") -> str:
        """The options, by a type that comes often or as they stand here; left out where each of them can be."""
        named = [each for each in arguments if each.by_name]
        records = [each.type for each in named if each.name == "options"]
        names = [each.name for each in named if each.name != "options"]
        often = OPTIONS.get(tuple(names))
        ambient = tuple(name for name in names if name in ("entropy", "nowMs") and "nowMs" in names)
        parts = [*records]
        # Those of a beginning have them.
        if (often or ambient) and "BeginOptions" not in records:
            parts += [often or OPTIONS[ambient]]
        inside = [
            f"readonly {each.name}?: {each.type} | undefined"
            if each.is_optional
            else f"readonly {each.name}: {each.type}"
            for each in named
            if each.name not in (*ambient, "options")
        ]
        parts += [f"{{ {'; '.join(inside)} }}"] if inside and not often else []
        parts += [shape.options] if shape.options else []
        left_out = " = {}" if all(each.is_optional for each in named) else ""
        return f"{group}: {' & '.join(parts)}{left_out}" if parts else ""


def destructured(taken: list[str], known: list[str], group: str = "options") -> list[str]:
    target = f"const {{ {', '.join(taken)} }} = " if taken else ""
    named = "" if group == "options" else f', "{group}"'
    return spread(f"    {target}check.options({group}, [", [f'"{name}"' for name in known], f"]{named});")


def used_of(tables: dict[str, list[str]], lines: list[str]) -> list[str]:
    """Those that the lines name, each behind those that it names itself."""
    used: list[str] = []
    for name in re.findall(r"\b[A-Z_]+\b", "\n".join(lines)):
        table = tables.pop(name, None)
        used += [*used_of(tables, table[1:]), "", *table] if table else []
    return used


def tags_of(call: Function, arguments: list[Argument], group: str = "options") -> list[tuple[str, str]]:
    told = [(f"param {each.name}", each.doc) for each in arguments if not each.by_name]
    # The time and the randomness that go with it have a type which says so.
    ambient = ("entropy", "nowMs") if arguments and arguments[-1].name == "nowMs" else ()
    inside = [
        f"`{each.name}`: {each.doc}" for each in arguments if each.by_name and each.doc and each.name not in ambient
    ]
    errors = call.errors[:1].lower() + call.errors[1:]
    return [*told, (f"param {group}", " ".join(inside)), ("throws VenuekeyError", errors)]


def spread(opening: str, items: list[str], closing: str) -> list[str]:
    """On one line where it fits, else each item on a line of its own."""
    whole = f"{opening}{', '.join(items)}{closing}"
    indent = opening[: len(opening) - len(opening.lstrip())]
    if len(whole) <= WIDTH or not items:
        return [whole]
    return [opening.rstrip(), *(f"{indent}  {item}," for item in items), indent + closing.lstrip()]
