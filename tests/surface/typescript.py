"""The public surface of the built `.d.ts`: what the entry points of the package export."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from scan import Declaration, Parameter, closing, plain, split, without_comments

ENTRIES = ("parts-node.d.ts", "index-node.d.ts", "server-node.d.ts")
DECLARATION = r"\bexport\s+(?:declare\s+)?(?:abstract\s+)?(?P<what>class|interface|type|const|function)\s+(?P<name>\w+)"
EXPORT = r"\bexport\s+(?:type\s+)?(?P<names>\*|\{[^}]*\})\s*from\s*\"\./(?P<file>[\w-]+)\.js\""
# What a flow brings is in its type, and no other language's.
BRINGS = re.compile(r"\b(Flow|Step|[A-Z]\w+Step|Started|AnyClient|OutcomeOf|RestoreOptions|drive|begin|restore|open)<[^<>]*>")
EXTENDED = re.compile(r"\bexport\s+type\s+(\w+)\s*=\s*((?:\w+\s*&\s*)+)\{")
MEMBER = (
    r"^\s*(?P<mods>(?:(?:static|readonly|private|protected|declare|get|abstract)\s+)*)(?P<name>#?\w+|\[[^\]]*\])(?P<optional>\??)"
    r"\s*(?:<\w+>\s*)?(?=[:(;])"
)


def as_interfaces(text: str) -> str:
    """Without what a flow brings, and what is put together with `&` as the interface it amounts to."""
    count = 1
    while count:
        text, count = BRINGS.subn(r"\1", text)
    return EXTENDED.sub(lambda found: f"export interface {found[1]} extends {found[2].replace('&', ',').strip(' ,')} {{", text)


class Sources:
    def __init__(self, folder: Path) -> None:
        self.texts = {path.name: as_interfaces(without_comments(path.read_text())) for path in folder.glob("*.d.ts")}
        self.types: dict[str, tuple[str, str]] = {}
        for text in self.texts.values():
            for match in re.finditer(DECLARATION, text):
                self.types.setdefault(match["name"], (match["what"], text[match.end() :]))

    def exported(self, file: str) -> Iterator[str]:
        text = self.texts[file]
        for match in re.finditer(DECLARATION, text):
            yield match["name"]
        for match in re.finditer(EXPORT, text):
            if match["names"] == "*":
                yield from self.exported(match["file"] + ".d.ts")
            else:
                for name in split(match["names"][1:-1], ","):
                    yield name.removeprefix("type ").split(" as ")[-1].strip()

    def body(self, name: str) -> str:
        """Of a class or an interface, with what it extends."""
        what, rest = self.types[name]
        if what == "type" and "{" not in rest[: rest.index(";")]:
            # What one type makes of another is not told apart.
            return ""
        at = rest.index("{")
        inherited = re.findall(r"extends\s+([\w, ]+)", rest[:at])
        parents = [parent.strip() for text in inherited for parent in text.split(",")]
        own = rest[at + 1 : closing(rest, at)]
        return "".join(self.body(parent) for parent in parents if parent in self.types and parent != "Opaque") + own


def read(folder: Path, entries: Sequence[str] = ENTRIES) -> list[Declaration]:
    sources = Sources(folder)
    names = list(dict.fromkeys(name for entry in entries for name in sources.exported(entry)))
    found: dict[Declaration, None] = {}
    for name in names:
        # Client is there twice: the public one, and the server's.
        for text in sources.texts.values():
            for match in re.finditer(DECLARATION, text):
                if match["name"] == name:
                    found.update(dict.fromkeys(declared(sources, match["what"], name, text[match.end() :])))
    return list(found)


def declared(sources: Sources, what: str, name: str, rest: str) -> Iterator[Declaration]:
    if what == "function":
        at = rest.index("(")
        end = closing(rest, at)
        yield Declaration("function", "", name, given(rest[at + 1 : end]), result(rest[end + 1 :]))
    elif what == "const":
        yield Declaration("value", "", name, result=plain(rest.split(";")[0]).lstrip(":= "))
    elif what == "type":
        yield from alias(sources, name, rest)
    else:
        yield Declaration("type", "", name, result=what)
        sources.types[name] = (what, rest)
        yield from members(name, sources.body(name))


def members(owner: str, body: str) -> Iterator[Declaration]:
    for part in split(body, ";"):
        match = re.match(MEMBER, part + ";")
        if match is None or {"private", "protected"} & set(match["mods"].split()) or match["name"][0] in "#[":
            continue
        rest = part[match.end() :]
        if match["name"] == "constructor":
            yield Declaration("constructor", owner, owner, given(rest[1 : closing(rest, 0)]))
        elif rest.startswith("(") and "get" not in match["mods"].split():
            end = closing(rest, 0)
            static = "static" in match["mods"].split()
            yield Declaration(
                "function", owner, match["name"], given(rest[1:end]), result(rest[end + 1 :]), static=static
            )
        else:
            kind = maybe(plain(rest.split(":", 1)[-1]), match["optional"])
            yield Declaration("value", owner, match["name"], result=kind)


def alias(sources: Sources, name: str, rest: str) -> Iterator[Declaration]:
    written = split(rest.lstrip("= "), ";")[0]
    yield Declaration("type", "", name, result="type")
    for part in split(written, "|"):
        part = part.strip("() ")
        interface = sources.types.get(part, ("", ""))[0] == "interface"
        body = sources.body(part) if interface else part[1:-1] if part.startswith("{") else ""
        fields = {field.name: field.result for field in members("", body)}
        literal = re.fullmatch(r'"(\w+)"', fields.pop("name", part))
        if literal:
            yield Declaration("case", name, literal[1], tuple(Parameter(*field) for field in fields.items()))
        elif re.fullmatch(r"\w+", part) and part in sources.types:
            yield Declaration("case", name, part)


def given(text: str) -> tuple[Parameter, ...]:
    made = []
    for each in split(text, ","):
        name, _, kind = each.partition(":")
        made.append(Parameter(name.strip(" ?"), maybe(plain(kind), name.strip().endswith("?"))))
    return tuple(made)


def maybe(kind: str, optional: object) -> str:
    return f"{kind} | undefined" if optional and not kind.endswith("| undefined") else kind


def result(text: str) -> str:
    return plain(split(text.lstrip(": "), ";")[0]) if text.lstrip(": ") else ""
