"""The public calls of core, as far as `lib.rs` exports their types."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from scan import Declaration, Parameter, at_the_top, closing, plain, split, without_comments


def read(source: Path) -> list[Declaration]:
    texts = [without_strings(path.read_text()) for path in sorted(source.rglob("*.rs"))]
    exports = re.findall(r"^pub use [\w:]+::(\{[^}]*\}|\w+);", (source / "lib.rs").read_text(), re.M)
    exported = {name for names in exports for name in split(names.strip("{}"), ",")}
    return [each for text in texts for each in top(text) if each.owner in exported or each.name in exported]


def without_strings(text: str) -> str:
    """Nor comments, nor characters: nothing but code has brackets here."""
    text = re.sub(r'\br(#+)".*?"\1', "_", text, flags=re.S)
    text = re.sub(r"b?'(?:\\.[^']*|[^'\\])'", "_", without_comments(text))
    return re.sub(r'"(?:\\.|[^"\\])*"', "_", text, flags=re.S)


def top(text: str) -> Iterator[Declaration]:
    # The registry's names, which are constants.
    for listed in re.finditer(r"^constants!\((\w+) \{(.*?)^\}\);", text, re.M | re.S):
        for name in re.findall(r"^ +(\w+) = _;", listed[2], re.M):
            yield Declaration("case", listed[1], name)
    for match in at_the_top(r"\b(impl (?P<type>\w+) \{|pub (?P<what>enum|struct|fn) (?P<name>\w+))", text):
        rest = text[match.end() :]
        if match["type"]:
            body = text[match.end() : closing(text, match.end() - 1)]
            for found in at_the_top(r"\bpub (?:const )?fn (?P<name>\w+)", body):
                yield call(match["type"], found["name"], body[found.end() :])
        elif match["what"] == "fn":
            yield call("", match["name"], rest)
        elif match["what"] == "enum" and (opened := re.match(r"\s*\{", rest)):
            for case in split(re.sub(r"#\[[^\]]*\]", "", rest[opened.end() : closing(rest, opened.end() - 1)]), ","):
                name, _, inside = case.partition("{")
                fields = [field.partition(":") for field in split(inside.rpartition("}")[0], ",")]
                given = tuple(Parameter(field.strip(), plain(type_)) for field, _, type_ in fields)
                yield Declaration("case", match["name"], name.split("(")[0].strip(), given)
        elif match["what"] == "struct" and (opened := re.match(r"\s*\{", rest)):
            for field in split(rest[opened.end() : closing(rest, opened.end() - 1)], ","):
                public = re.search(r"\bpub (\w+):\s*(.+)", field, re.S)
                if public:
                    yield Declaration("value", match["name"], public[1], result=plain(public[2]))


def call(owner: str, name: str, rest: str) -> Declaration:
    at = rest.index("(")
    end = closing(rest, at)
    given = [parameter.partition(":") for parameter in split(rest[at + 1 : end], ",")]
    parameters = tuple(Parameter(name.strip(), plain(type_)) for name, _, type_ in given)
    own = any(parameter.name.endswith("self") for parameter in parameters)
    return Declaration("function", owner, name, parameters, static=not own)
