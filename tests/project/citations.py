"""Finds citations of a fact sheet or of docs/design.md that lead nowhere. docs/facts/README.md says how one is written."""

from __future__ import annotations

import re

_SECTION = r"(?:\d+(?:\.\d+)?|[A-Z]\d+)"
# A list such as "7.2, 7.4 and D6", "4 to 7" or "3, 4; D1".
_LIST = rf"{_SECTION}(?:(?:, |; |,? and | to ){_SECTION})*"
_CITED = re.compile(rf"(?<![\w/.-])(facts/(?!README)[\w-]+|design)\.md(?:, ({_LIST})\b)?(,? ?\w)?")
# Beside docs/whitebit.md, which is another page, "whitebit.md, 7.4" would be found by nobody.
_BARE = re.compile(rf"(?<![\w/.-])([\w-]+)\.md(?=,? {_SECTION}\b|\")")
_LINE_END = re.compile(r"\n[ \t]*(?:///?|//!|#+|\*)?[ \t]*")


def sections(sheet: str) -> set[str]:
    """The numbers of a sheet's headings, and the ids of the rows in its table of disagreements."""
    return set(re.findall(r"^(?:#{2,3} (?=\d)|\| (?=[A-Z]\d+ \|))([A-Z]?\d+(?:\.\d+)?)", sheet, re.M))


def problems(name: str, text: str, sheets: dict[str, set[str]]) -> list[str]:
    """What is wrong with the citations of a file. A vector names a section; a comment may name a sheet as a whole."""
    joined = _LINE_END.sub(" ", text)
    found = []
    for sheet, cited, after in _CITED.findall(joined):
        known = sheets.get(sheet.removeprefix("facts/"))
        if known is None:
            found.append(f"{sheet}.md is no sheet")
        elif not cited and (name.endswith(".json") or re.match(r",|\W?\d", after)):
            found.append(f"{sheet}.md: which section?")
        else:
            missing = set(re.findall(_SECTION, cited)) - known
            found += [f"{sheet}.md has no {section}" for section in sorted(missing)]
    found += [f"{sheet}.md: write facts/{sheet}.md" for sheet in _BARE.findall(joined) if sheet in {*sheets} - {"design"}]
    return [f"{name}: {problem}" for problem in found]
