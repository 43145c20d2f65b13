"""docs/languages.md: the same call in five languages, from what each of them offers."""

from __future__ import annotations

import re
from pathlib import Path

import names
import rust
from scan import Declaration, Parameter

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/languages.md"
LANGUAGES = {"rust": "Rust", "python": "Python", "typescript": "TypeScript", "kotlin": "Kotlin", "swift": "Swift"}
HEAD = """\
<!-- Written by tests/surface/languages.py; `just accept-surface` writes it anew. -->

# The same call in five languages

The core decides, and every binding offers the same calls under the same names, apart from case. So one language's guide
applies to all of them. `…` stands for optional arguments.

- **Times** are whole numbers, and their names end with the unit: `_ms`, `_s`, `_us`, or `Ms`, `S`, `Us`. Kotlin and Swift
  also have their own type for each, under the name without the unit: `tokens.expiresAt`, an `Instant` or a `Date`. Amounts
  are decimal strings, exactly as the venue wrote them; in Python `Decimal`.
- **Clock and randomness**: Rust always takes both as arguments. Elsewhere `now_ms` and `entropy` are optional, and default to
  the operating system's.
- **Options** are keyword arguments in Python; a record elsewhere.
- **Parts of a value** are properties, in Rust calls. Fields of plain records are the same everywhere and
  not listed here.
- **Secrets** print as `Secret(…)` in every language; `expose()` reads them.
- **Errors**: `kind` says what to do next and is a fixed set; `code` says what happened, and releases may add codes. Rust returns them;
  Python and Kotlin have a class for each kind (`ReauthorizeError`, `VenuekeyException.Reauthorize`), Swift a case
  (`VenuekeyError.reauthorize`), TypeScript the property alone. Kotlin and Swift keep the rest in `details`.
- **The client's secret**: Rust's `Credentials::Confidential`, Python's `client_secret`, TypeScript's `venuekey/server`,
  Kotlin's and Swift's `Client.confidential` of a build with the feature `server`. An app is built without it.
- **The loop**: the order of events is the core's (`FlowDriver`, `TokenDriver`, `ConnectionDriver`, which Rust runs itself). `drive`
  around it, and the senders, are each language's own: [Python](../bindings-python/README.md), [JavaScript](../bindings-wasm/README.md),
  [Kotlin and Swift](../bindings-swift-kotlin/README.md).
"""


PAVED = """
## Connections

A user's account, from the click on "Connect" to "forget" ([connections.md](connections.md)): an object that is written in each language
around `Connection`, and a session with one of its accounts. Rust has the parts, and `ConnectionDriver` in their midst. Python's are for threads; `AsyncConnections` has the
same as coroutines. So has Kotlin's `Connections`, and `ConnectionsBlocking` for threads and Java. `beginByHandOff` is a server's call: an app
is built without it. For phones Kotlin and Swift have two more, alike in both: `DeviceConnection`, the one account that an app holds itself, and
`BackendConnection`, one that its backend keeps, with `AppBackend` and `AppSecrets` for what is the app's own.
"""


def document(surfaces: dict[str, list[Declaration]], paved: dict[str, list[Declaration]]) -> str:
    """Of core's surfaces, and of what is written by hand around connections."""
    known = {language: index(language, surface) for language, surface in surfaces.items()}
    known["rust"] = index("rust", rust.read(ROOT / "core/src"))
    by_hand = {language: index(language, surface) for language, surface in paved.items()}
    by_hand["rust"] = {}
    kotlin = sorted(surfaces["kotlin"], key=lambda each: (common(each.owner), each.kind != "constructor"))
    parts = [HEAD, "\n## Choices\n", *table([row(known, each) for each in firsts(kotlin)])]
    objects = {each.name for each in kotlin if each.kind == "type" and each.result in ("class", "sealed class")}
    of_objects = {each for each in kotlin if each.kind == "value" and each.owner in objects}
    owners = dict.fromkeys(each.owner for each in kotlin if each.owner)
    for owner in owners:
        mine = [each for each in kotlin if each.owner == owner and (wanted(each) or each in of_objects)]
        rows = [cells for each in mine if (cells := row(known, each))]
        if rows and "." not in owner:
            parts += [f"\n## {common(owner)}\n", *table(rows)]
    at_hand = [each for each in paved["kotlin"] if each.owner in ("Connections", "Account") and wanted(each)]
    rows = [row(by_hand, each) for each in sorted(at_hand, key=lambda each: each.owner == "Account")]
    parts += [PAVED, *table(list({tuple(cells): cells for cells in rows}.values()))]
    parts += ["\n## And\n", *table([row(known, each) for each in kotlin if not each.owner and wanted(each)])]
    return "\n".join(parts) + "\n"


def wanted(each: Declaration) -> bool:
    return each.kind in ("function", "constructor") or (each.kind == "case" and bool(each.parameters))


def firsts(kotlin: list[Declaration]) -> list[Declaration]:
    """The first case of each choice that is a bare word."""
    plain = {each.name for each in kotlin if each.kind == "type" and each.result == "enum class"}
    found: dict[str, Declaration] = {}
    for each in kotlin:
        if each.kind == "case" and each.owner in plain:
            found.setdefault(each.owner, each)
    return list(found.values())


def key(language: str, each: Declaration) -> str | None:
    name = f"{each.owner}.{each.name}" if each.owner else each.name
    if each.kind == "constructor" or (language == "rust" and each.name == "new" and each.kind == "function"):
        name = each.owner + "()"
    common = names.shaped(language, name, set())
    return None if common is None else names.canonical(common)


def index(language: str, surface: list[Declaration]) -> dict[str, Declaration]:
    found: dict[str, Declaration] = {}
    # What an error says itself comes before what its details say; of two constructors the first counts.
    for each in sorted(surface, key=lambda each: each.owner == "ErrorDetails"):
        where = key(language, each)
        if where and not (each.kind == "type" and where in found):
            found.setdefault(where, each)
    for each in surface if language == "python" else []:
        # A case is a class here, and its fields are the class's.
        where = key(language, each)
        if where and each.kind == "type" and where.count(".") == 1:
            values = [value.name for value in surface if value.owner == each.name and value.kind == "value"]
            kept = [name for name in values if names.shaped(language, f"{each.name}.{name}", set())]
            found[where] = Declaration("case", "", each.name, tuple(Parameter(name, "") for name in kept))
    return found


def row(known: dict[str, dict[str, Declaration]], each: Declaration) -> list[str]:
    where = key("kotlin", each)
    if where is None:
        return []
    cells = [shown(language, known[language].get(where)) for language in LANGUAGES]
    return cells if sum(bool(cell) for cell in cells) > 2 else []


def shown(language: str, each: Declaration | None) -> str:
    if each is None:
        return ""
    text = {"case": case, "value": value}.get(each.kind, call)(language, each)
    return f"`{text}`"


def case(language: str, each: Declaration) -> str:
    fields = ", ".join(parameter.name for parameter in each.parameters)
    inside = f"({fields})" if fields else ""
    if language == "rust":
        return f"{each.owner}::{each.name}" + (f" {{ {fields} }}" if fields else "")
    if language == "typescript":
        return f'{{ name: "{each.name}", {fields} }}' if fields else f'"{each.name}"'
    if language == "python":
        return each.name + inside if fields or re.match("[A-Z][a-z]", each.name) else f'"{each.name}"'
    return ("" if language == "swift" else each.owner) + f".{each.name}{inside}"


def value(language: str, each: Declaration) -> str:
    return f"{variable(language, each.owner)}.{each.name}" if each.owner else each.name


def call(language: str, each: Declaration) -> str:
    own = [given for given in each.parameters if given.name.endswith("self")]
    needed = [given for given in each.parameters if not optional(language, given) and given not in own]
    arguments = [argument(language, parameter) for parameter in needed]
    if len(needed) + len(own) < len(each.parameters):
        arguments.append("…")
    given = f"({', '.join(arguments)})"
    if each.kind == "constructor":
        return ("new " if language == "typescript" else "") + each.owner + given
    if not each.owner:
        return each.name + given
    if each.static:
        return each.owner + ("::" if language == "rust" else ".") + each.name + given
    return f"{variable(language, each.owner)}.{each.name}{given}"


def optional(language: str, parameter: Parameter) -> bool:
    return bool(parameter.default) or (language == "typescript" and parameter.type.endswith("| undefined"))


def argument(language: str, parameter: Parameter) -> str:
    name = re.sub(r"^(mut|_) ?", "", parameter.name)
    if language == "rust":
        return ("&" if parameter.type.startswith("&") else "") + name
    if language == "swift":
        return name if parameter.name.startswith("_ ") else f"{name}: {name}"
    return f"{name}={name}" if parameter.by_name else name


def common(kotlin: str) -> str:
    """The type's name in the other languages."""
    return names.shaped("kotlin", kotlin, set()) or kotlin


def variable(language: str, owner: str) -> str:
    named = common(owner) if language == "kotlin" else owner
    words = re.findall(r"[A-Z][a-z]*", named.replace("VenuekeyError", "Error"))
    if language in ("rust", "python"):
        return "_".join(words).lower()
    return "".join(words)[:1].lower() + "".join(words)[1:]


def table(rows: list[list[str]]) -> list[str]:
    lines = ["| " + " | ".join(LANGUAGES.values()) + " |", "|" + "---|" * len(LANGUAGES)]
    return [*lines, *("| " + " | ".join(cells).replace("|  |", "| |") + " |" for cells in rows if cells)]
