"""How each of core's types crosses to Python: as a result, an argument, a field of a case; and its type there."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from core import Core, Enum, Field, Function, Record, bare
from python_idiom import (
    ARGUMENTS,
    BY_KEYWORD,
    CASES,
    CLASSES,
    CLOCKS,
    DEFAULTS,
    EXPOSED,
    FLATTENED,
    GENERIC,
    LEFT_OUT,
    NO_CLASS,
    OPAQUE,
)

PLAIN = re.compile(r"(Option<)?(u16|u32|u64|i64|bool|&str|&'static str|&\[u8\])(?(1)>)|String")
TAKEN = {
    "Delivery": "bool", "Entropy": "Random", "ExternalId": "Text", "Secret": "SecretText<'_>", "String": "Text",
    "VenuekeyError": "Refusal", "bool": "bool", "str": "Text",
}  # fmt: skip
PYTHON = {
    "[u8]": "bytes", "ErrorCode": "str", "ExternalId": "str", "String": "str", "bool": "bool", "str": "str",
    **dict.fromkeys(("u16", "u32", "u64", "i64"), "int"),
}  # fmt: skip


@dataclass(frozen=True)
class Argument:
    """`type` is pyo3's, and so is `default`; `shown` is the default as Python writes it."""

    name: str
    type: str
    core: str
    doc: str
    default: str = ""
    shown: str = ""


class Crossing:
    """Which types have a class, and how all of them cross."""

    def __init__(self, core: Core) -> None:
        self.core = core
        apart = NO_CLASS | {each.name for each in core.account_records}
        self.records = {name: each for name, each in core.records.items() if not (name in apart or is_options(name))}
        enums = [each for each in core.enums.values() if not (each.is_choice or each.name in NO_CLASS)]
        self.unions = {each.name: each for each in enums if each.cases and all(case.fields for case in each.cases)}
        called = {each.name: {call.name for call in each.methods} for each in enums}
        # One class, whose attributes are there or not, since most cases carry nothing.
        self.verdicts = {
            each.name: each for each in enums if "name" in called[each.name] and each.name not in self.unions
        }  # fmt: skip
        # Words, some of which have a time beside.
        self.worded = {each.name: each for each in enums if "as_str" in called[each.name]}
        self.choices = {each.name for each in core.choices}
        self.classes: dict[str, Record | Enum] = {**self.records, **self.unions, **self.verdicts}

    def class_name(self, name: str) -> str:
        return CLASSES.get(name, name)

    def is_opaque(self, name: str) -> bool:
        return name in self.records and (name in OPAQUE or "PartialEq" not in self.records[name].derives)

    def result(self, field: Field, it: str) -> tuple[str, str]:
        """The type in pyo3's Rust, and the value made of `it`."""
        type_, inside = field.type, bare(field.type)
        is_option, is_many = type_.startswith("Option<"), bool(re.search(r"Vec<|\[(?!u8)", type_))
        is_place = bool(re.fullmatch(r"(self\.0\.)?\w+", it))
        name = self.class_name(inside)
        if field.name in EXPOSED:
            told = ("Option<String>", f"{it}.map(|text| text.expose().to_owned())")
            return told if is_option else ("&str", f"{it}.expose()")
        if PLAIN.fullmatch(type_) and not (type_ == "String" and is_place):
            return type_, it
        if inside == "String":
            if is_many and is_option:
                return "Option<Tuple<&String>>", f"{it}.as_ref().map(|all| all.iter().collect())"
            if is_many:
                if not (is_option or is_place or "&" in type_):
                    return "Tuple<String>", f"{it}.into_iter().collect()"
                return "Tuple<&String>", f"{it}.iter().collect()"
            if is_option and not is_place:
                return "Option<String>", it
            return ("Option<&str>", f"{it}.as_deref()") if is_option else ("&str", f"&{it}")
        if inside in ("Venue", "VenueEnvironment"):
            return "String", f"{it}.as_str().to_owned()"
        if inside in self.choices or inside in self.worded:
            return word(inside, it, is_option)
        if inside == "ErrorCode":
            return word(inside, it, is_option)
        if inside == "ExternalId":
            return "Option<&str>", f"{it}.map(venuekey::parts::ExternalId::as_str)"
        if inside == "VenuekeyError":
            return "Option<PyErr>", f"{it}.cloned().map(raised)"
        assert inside in self.classes or inside == "Secret", f"how does {type_} of {field.name} cross to Python?"
        if is_many:
            made = f"iter().cloned().map({name}).collect()"
            borrowed = ".as_ref()" if "Vec<" in type_ else ""
            if is_option:
                return f"Option<Tuple<{name}>>", f"{it}{borrowed}.map(|all| all.{made})"
            return f"Tuple<{name}>", f"{it}.{made}"
        if is_option:
            copied = ".cloned()" if "&" in type_ else ".clone()" if is_place else ""
            return f"Option<{name}>", f"{it}{copied}.map({name})"
        return name, f"{name}({it}{'.clone()' if is_place or '&' in type_ else ''})"

    def held(self, field: Field) -> tuple[str, str]:
        """How the class of a union's case has it: an object stays the same one, whenever it is asked for."""
        type_, name, inside = field.type, field.name, bare(field.type)
        is_option = type_.startswith("Option<")
        if inside in ("VenuekeyError", "Secret"):
            return type_.replace(inside, f"venuekey::parts::{inside}"), name
        if inside in self.choices:
            return word(inside, name, is_option)
        if type_.startswith("Vec<"):
            return "Py<PyTuple>", f"PyTuple::new(py, {name}.into_iter().map({inside}))?.unbind()"
        if inside in self.unions:
            return "Py<PyAny>", f"{inside}({name}).into_py_any(py)?"
        if inside in self.records:
            return f"Py<{inside}>", f"Py::new(py, {inside}({name}))?"
        return type_, name

    # Arguments

    def new(self, record: Record) -> Function | None:
        """How a caller makes one: by core's `new`, or by the fields of a record that has a default."""
        found = next((call for call in record.methods if call.name == "new"), None)
        if "Default" in record.derives:
            found = Function("new", "", record.fields, record.name, True, False, "", record.module)
        more = [field for call in self.builders(record) for field in call.arguments]
        return found and replace(found, arguments=(*found.arguments, *more))

    def builders(self, record: Record) -> list[Function]:
        """Calls that complete what core's `new` has begun."""
        has_new = any(call.name == "new" for call in record.methods)
        return [call for call in record.methods if has_new and call.name.startswith("with_") and not call.fails]

    def arguments(self, record: Record, call: Function) -> list[Argument]:
        """Those that Python's caller gives, clocks last."""
        defaults: dict[str, str] = {}
        for each in call.arguments:
            defaults |= self.core.records[each.type].defaults if is_options(each.type) else {}
        given = [self.argument(field, defaults.get(field.name, "")) for field in self.options(record, call)]
        return sorted(given, key=lambda each: each.name in CLOCKS)

    def options(self, record: Record, call: Function) -> list[Field]:
        """The fields of options one by one, and a client's identity likewise."""
        fields: list[Field] = []
        for field in call.arguments:
            fields += self.core.records[field.type].fields if is_options(field.type) else [field]
        for at in [at for at, field in enumerate(fields) if field.type == "Credentials"]:
            fields[at : at + 1] = self.core.enums["Credentials"].cases[0].fields
        left_out = LEFT_OUT.get(f"{record.name}.{call.name}", {})
        own = [field for field in fields if field.name not in left_out]
        return [replace(field, type=field.type.replace("Self", record.name)) for field in own]

    def argument(self, field: Field, default: str) -> Argument:
        type_, default = self.taken(field), default or DEFAULTS.get(field.name, "")
        value = shown = ""
        if type_.startswith("Option<") or type_ in ("Now", "Random"):
            value = shown = "None"
        elif type_.startswith("List<"):
            value, shown = "List(vec![])", "()"
        elif type_ == "bool":
            value, shown = "false", "False"
        elif default and type_.startswith("Int<"):
            value, shown = f"Int({default})", default.replace("_", "")
        elif default:
            enum, _, case = default.partition("::")
            word = next(each.word for each in self.core.enums[enum].cases if each.name == case)
            value, shown = f'Text("{word}".to_owned())', f"'{word}'"
        return Argument(ARGUMENTS.get(field.name, field.name), type_, field.type, field.doc, value, shown)

    def taken(self, field: Field) -> str:
        return "Now" if field.name in CLOCKS else self.taken_as(field.type)

    def taken_as(self, type_: str) -> str:
        outside = re.fullmatch(r"(Option|Vec)<(.*)>", type_)
        if outside:
            return f"{'Option' if outside[1] == 'Option' else 'List'}<{self.taken_as(outside[2])}>"
        inside = type_.removeprefix("&")
        if inside in self.choices:
            return "Text"
        if re.fullmatch(r"u\d+", inside):
            return f"Int<{inside}>"
        assert inside in TAKEN or inside in self.records, f"how does Python give a {type_}?"
        return TAKEN.get(inside) or f"Ours<'_, {self.class_name(inside)}>"

    def given(self, record: Record, call: Function) -> list[str]:
        """The arguments as core takes them."""
        values: list[str] = []
        for field in call.arguments:
            options = self.options(record, replace(call, arguments=(field,)))
            if not is_options(field.type):
                values += map(self.value, options)
                continue
            inside = [each.name if each.type == "bool" else f"{each.name}: {self.value(each)}" for each in options]
            left_out = LEFT_OUT.get(f"{record.name}.{call.name}", {})
            inside += [f"{name}: {value}" for name, value in left_out.items() if value]
            inside += [f"..venuekey::parts::{field.type}::default()"] if None in left_out.values() else []
            values.append(f"venuekey::parts::{field.type} {{ {', '.join(inside)} }}")
        return values

    def value(self, field: Field) -> str:
        name, type_, taken = ARGUMENTS.get(field.name, field.name), field.type, self.taken(field)
        if taken == "bool":
            return name if type_ == "bool" else f"{name}.into()"
        if taken.startswith("Option<Ours"):
            return f"{name}.as_ref().map(|each| {'&each.0' if '&' in type_ else 'each.0.clone()'})"
        if taken.startswith("Ours") or taken == "Refusal":
            return f"&{name}.0" if type_.startswith("&") else f"{name}.0.clone()"
        if taken.startswith("Int<"):
            return f"{name}.0"
        return f"&{name}" if type_ == "&str" else f"{'&' if type_.startswith('&') else ''}{name}.given()?"

    def parameters(self, call: Function, given: list[Argument]) -> list[Argument | None]:
        """`None` is the `*` before what is given by keyword: what can be left out, and all after it."""
        for at, each in enumerate(given):
            is_option = call.name == "new" and not each.type.startswith("Ours")
            later = [other for other in given[at:] if not other.default]
            # What can be left out stands before what must be given by keyword alone.
            is_last = all(other.name in BY_KEYWORD for other in later) and bool(later)
            if is_option or each.name in BY_KEYWORD or (each.default and not is_last):
                return [*given[:at], None, *given[at:]]
        return [*given]

    # Types

    def python(self, name: str, type_: str, of: str, is_given: bool = False) -> str:
        """As the stub has it, of something of this name."""
        if type_.startswith("Option<"):
            return self.python(name, type_[7:-1], of, is_given) + " | None"
        inside = re.sub(r"^&?(?:'static )?", "", type_)
        many = re.fullmatch(r"Vec<(.*)>|\[(?!u8)(.*)\]", inside)
        if many:
            item = self.python(name, many[1] or many[2], of, is_given)
            return f"Sequence[{item}]" if is_given else f"tuple[{item}, ...]"
        if inside == "Secret" and (is_given or name in EXPOSED):
            return "str" if name in EXPOSED else "str | Secret"
        inside = of if inside == "Self" else inside
        parameter = "" if is_given else GENERIC.get(inside)
        return PYTHON.get(inside) or self.class_name(inside) + (f"[{parameter}]" if parameter else "")


def is_options(type_: str) -> bool:
    """Whether it is a record that is keyword arguments here."""
    return type_.endswith(("Config", "Options", "Query")) or type_ in FLATTENED


def word(enum: str, it: str, is_option: bool) -> tuple[str, str]:
    if is_option:
        return "Option<&'static str>", f"{it}.map(venuekey::parts::{enum}::as_str)"
    return "&'static str", f"{it}.as_str()"


def case_name(enum: str, case: str) -> str | None:
    """The class of a union's case; none where it is the object that it carries."""
    return CASES.get(f"{enum}.{case}", case)
