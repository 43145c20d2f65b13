"""The public surface of Kotlin sources: those that uniffi generates, and the written half."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from scan import Declaration, at_the_top, closing, parameters, plain, split, without_comments

MODIFIERS = (
    "public private internal protected open data sealed enum abstract final fun inline suspend override operator const "
    "companion inner value tailrec infix lateinit"
)
DECLARATION = (
    rf"(?P<mods>(?:\b(?:{MODIFIERS.replace(' ', '|')})\s+)*)"
    r"\b(?P<what>class|interface|object|fun|val|var|constructor|typealias)\b\s*"
)
# Every object's own.
INHERITED = {"use", "destroy", "close", "toString", "equals", "hashCode", "message", "handle", "cleanable"}


def read(paths: list[Path]) -> list[Declaration]:
    found: list[Declaration] = []
    for path in paths:
        text = without_comments(path.read_text()).replace("`", "")
        text = re.sub(r"\bkotlin\.(?=[A-Z])|\bio\.github\.venuekey\.(?=[A-Z])", "", text)
        found += members("", re.sub(r"^(package|import|@file:).*$", "", text, flags=re.M))
    return found


def hidden(match: re.Match[str]) -> bool:
    return bool({"private", "internal", "protected"} & set(match["mods"].split()))


def members(owner: str, body: str) -> Iterator[Declaration]:
    for match in at_the_top(DECLARATION, body):
        before = body[max(0, match.start() - 60) : match.start()].rstrip()
        throws = bool(re.search(r"@(?:kotlin\.jvm\.)?Throws\([^)]*\)$", before))
        rest = body[match.end() :]
        if match["what"] in ("class", "interface", "object"):
            if "companion" in match["mods"] and not hidden(match):
                yield from companion(owner, rest)
            elif not hidden(match):
                yield from type_(owner, match, rest)
        elif match["what"] == "typealias" and not hidden(match):
            name, _, meant = rest.partition("=")
            yield Declaration("value", owner, name.strip(), result=plain(meant.split("\n")[0]))
        elif not hidden(match) and (owner or match["what"] != "constructor"):
            yield from member(owner, match["what"], rest, throws)


def companion(owner: str, rest: str) -> Iterator[Declaration]:
    head = re.match(r"\s*(\w+)?[^{}\n]*\{", rest)
    if head and head[1] is None:
        for each in members(owner, rest[head.end() : closing(rest, head.end() - 1)]):
            yield replace(each, static=each.owner == owner)


def type_(owner: str, match: re.Match[str], rest: str) -> Iterator[Declaration]:
    head = re.match(r"(\w+)\s*(<[^>]*>)?\s*((?:@\w+\s+)*(?:(?:private|internal|public)\s+)?constructor)?\s*", rest)
    if head is None:
        return
    name = f"{owner}.{head[1]}" if owner else head[1]
    at = head.end()
    given = ""
    if rest[at : at + 1] == "(":
        end = closing(rest, at)
        given, at = rest[at + 1 : end], end + 1
    tail = re.match(r"(?P<parents>\s*:[^{]*?)?\s*(?=\{|$|\n\s*(?:\n|[a-z@}]))", rest[at:])
    at += tail.end() if tail else 0
    body = rest[at + 1 : closing(rest, at)] if rest[at : at + 1] == "{" else ""
    parents = (tail and tail["parents"]) or ""
    fields = parameters(given)
    if re.search(rf"\b{owner}\(\)", parents) and owner:
        yield Declaration("case", owner, head[1], fields)
        return
    words = [word for word in match["mods"].split() if word != "public"] + [match["what"]]
    yield Declaration("type", owner, head[1], result=" ".join(words))
    if given and "data" not in words and not re.search("private|internal", head[3] or ""):
        yield Declaration("constructor", name, name, fields)
    for field in split(given, ","):
        if re.search(r"\bva[lr] ", field) and not re.search(r"\b(private|internal) ", field):
            (value,) = parameters(field)
            if "override" in field.split(value.name)[0]:
                continue
            yield Declaration("value", name, value.name, result=str(value).partition(": ")[2])
    if "enum" in words:
        entries, _, body = body.partition(";")
        for entry in split(entries, ","):
            yield Declaration("case", name, entry.split("(")[0].split()[-1])
    yield from members(name, body)


def member(owner: str, what: str, rest: str, throws: bool) -> Iterator[Declaration]:
    if what == "constructor":
        yield Declaration("constructor", owner, owner, parameters(rest[1 : closing(rest, 0)]), throws=throws)
        return
    head = re.match(r"(?:<[^>]*>\s*)?(?:([\w.]+)\.)?(\w+)\s*", rest)
    if head is None or head[2] in INHERITED:
        return
    receiver, name = head[1] or owner, head[2]
    if what == "fun":
        end = closing(rest, head.end())
        result = re.match(r"\s*:\s*([^={\n]+)", rest[end + 1 :])
        given = parameters(rest[head.end() + 1 : end])
        yield Declaration("function", receiver, name, given, plain(result[1]) if result else "", throws)
    else:
        result = re.match(r":\s*([^={\n]+?)(?:\s+get\(\))?\s*(?:[={\n]|$)", rest[head.end() :])
        yield Declaration("value", receiver, name, result=plain(result[1]) if result else "")
