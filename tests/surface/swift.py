"""The public surface of Swift sources: those that uniffi generates, and the written half."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from scan import Declaration, at_the_top, closing, parameters, plain, without_comments

MODIFIERS = (
    "public open static class final convenience required indirect fileprivate private internal override mutating "
    "nonisolated lazy weak"
)
DECLARATION = (
    rf"(?P<mods>(?:\b(?:{MODIFIERS.replace(' ', '|')})(?:\(set\))?\s+)*)"
    r"\b(?P<what>class|struct|enum|protocol|actor|extension|typealias|func|init|let|var|case)\b\s*"
)
INHERITED = {"debugDescription", "description", "errorDescription", "hash", "allCases", "customMirror"}


def read(paths: list[Path]) -> list[Declaration]:
    found: list[Declaration] = []
    for path in paths:
        text = without_comments(path.read_text()).replace("`", "")
        text = re.sub(r"^\s*(#|import|@_documentation).*$", "", text, flags=re.M)
        found += members("", text, public=False)
    # A struct's memberwise initializer says its fields again, with their defaults.
    records = {each.name for each in found if each.kind == "type" and each.result == "struct"}
    defaults = {
        (each.owner, parameter.name): parameter.default
        for each in found
        if each.kind == "constructor" and each.owner in records
        for parameter in each.parameters
    }
    fields = {(each.owner, each.name) for each in found if each.kind == "value"}
    kept = [
        each
        for each in found
        if each.kind != "constructor"
        or each.owner not in records
        or any((each.owner, parameter.name) not in fields for parameter in each.parameters)
    ]
    return [with_default(each, defaults.get((each.owner, each.name), "")) for each in kept]


def with_default(declaration: Declaration, default: str) -> Declaration:
    if declaration.kind != "value" or not default:
        return declaration
    return replace(declaration, result=f"{declaration.result} = {default}")


def members(owner: str, body: str, *, public: bool) -> Iterator[Declaration]:
    """`public` where what says nothing is public, as in a protocol or in a `public extension`."""
    for match in at_the_top(DECLARATION, body):
        words, what, rest = match["mods"].split(), match["what"], body[match.end() :]
        shown = public or bool({"public", "open"} & set(words)) or what in ("case", "extension")
        if not shown or {"private", "fileprivate", "internal"} & set(words):
            continue
        if what in ("class", "struct", "enum", "protocol", "actor", "extension"):
            yield from type_(owner, words, what, rest)
        elif what == "case":
            yield from cases(owner, rest)
        elif what in ("func", "init"):
            for each in call(owner, what, rest):
                yield replace(each, static="static" in words)
        else:
            value = re.match(r"(\w+)\s*[:=]\s*([^={\n]+)", rest)
            if value and not (what == "var" and value[1] in INHERITED):
                yield Declaration("value", owner, value[1], result=plain(value[2]))


def type_(owner: str, words: list[str], what: str, rest: str) -> Iterator[Declaration]:
    head = re.match(r"([\w.]+)[^{]*\{", rest)
    if head is None:
        return
    name = f"{owner}.{head[1]}" if owner else head[1]
    body = rest[head.end() : closing(rest, head.end() - 1)]
    if what != "extension":
        kept = [word for word in words if word != "public"]
        yield Declaration("type", owner, head[1], result=" ".join([*kept, what]))
    yield from members(name, body, public=what == "protocol" or (what == "extension" and "public" in words))


def cases(owner: str, rest: str) -> Iterator[Declaration]:
    """One or several after one `case`."""
    head = re.match(r"\w+\s*", rest)
    while head:
        at, given = head.end(), ""
        if rest[at : at + 1] == "(":
            end = closing(rest, at)
            given, at = rest[at + 1 : end], end + 1
        yield Declaration("case", owner, head[0].strip(), parameters(given))
        more = re.match(r"\s*,\s*", rest[at:])
        rest = rest[at + more.end() :] if more else ""
        head = re.match(r"\w+\s*", rest)


def call(owner: str, what: str, rest: str) -> Iterator[Declaration]:
    head = re.match(r"(\w*)\s*(?:<[^>]*>\s*)?(?=\()", rest)
    if head is None or head[1] in INHERITED:
        return
    end = closing(rest, head.end())
    given = parameters(rest[head.end() + 1 : end])
    tail = re.match(r"[\s\w]*?(->\s*(?P<result>[^{\n]+?))?\s*(\{|\n|$)", rest[end + 1 :])
    result = plain(tail["result"]) if tail and tail["result"] else ""
    throws = bool(re.match(r"[\s\w]*\bthrows\b", rest[end + 1 :]))
    if what == "init":
        yield Declaration("constructor", owner, owner, given, throws=throws)
    else:
        yield Declaration("function", owner, head[1], given, result, throws)
