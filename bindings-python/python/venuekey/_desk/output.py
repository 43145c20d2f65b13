"""What the command line prints: tables for a person, JSON for a program."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Container, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .findings import Finding

if TYPE_CHECKING:
    from ..connections import ConnectionView

COLOURS = {"ok": "32", "warn": "33", "fail": "31"}


def as_json(value: object) -> None:
    print(json.dumps(value, indent=2 if sys.stdout.isatty() else None, ensure_ascii=False, default=str))


class _Number(str):
    """As it is written: a float would round it."""


class _Members(list[tuple[str, Any]]):
    """Of an object, all of them: two may have the same name."""


def indented(text: str) -> str:
    """This JSON for a person.

    Raises:
        ValueError: it is none.
    """
    value = json.loads(
        text, parse_int=_Number, parse_float=_Number, parse_constant=_Number, object_pairs_hook=_Members
    )  # fmt: skip
    return _indented(value, "\n")


def _indented(value: Any, line: str) -> str:
    inner = f"{line}  "
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, _Members):
        members = [f"{json.dumps(name, ensure_ascii=False)}: {_indented(each, inner)}" for name, each in value]
        return f"{{{inner}{f',{inner}'.join(members)}{line}}}" if members else "{}"
    if isinstance(value, list):
        each_one = [_indented(each, inner) for each in value]
        return f"[{inner}{f',{inner}'.join(each_one)}{line}]" if each_one else "[]"
    return json.dumps(value, ensure_ascii=False)


def table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def findings(told: Iterable[Finding]) -> None:
    for finding in told:
        print(f"{_coloured(finding.level)}  {printable(finding.about)}: {printable(finding.text)}")
        if finding.level != "ok":
            print(f"      {finding.code}: {printable(finding.todo)}\n      {finding.doc_url}")


def failure(finding: Finding) -> None:
    """Two lines: what is wrong, and what helps."""
    about = "" if finding.about == "venuekey" else f"{printable(finding.about)}: "
    print(f"venuekey: {finding.code}: {about}{printable(finding.text)}", file=sys.stderr)
    print(f"  {printable(finding.todo)}{'; ' if finding.todo else ''}{finding.doc_url}", file=sys.stderr)


def connections(views: Sequence[ConnectionView], clients: Container[str]) -> None:
    rows: list[Sequence[str]] = [("ID", "CLIENT", "OWNER", "LABEL", "STATUS", "")]
    for view in views:
        names = (view.client, view.owner, view.label or "")
        rows.append((view.id, *(printable(each) for each in names), *_state(view, clients)))
    table(rows)


def connection(view: ConnectionView, clients: Container[str]) -> None:
    told = view.as_dict()
    if view.client not in clients:
        told["status"], told["error"] = _state(view, clients)
    trail = told.pop("trail")
    table([(name, printable(_plain(value))) for name, value in told.items() if value not in (None, False)])
    for each in trail:
        code = f" ({each['code']})" if each["code"] else ""
        print(f"  {_time(each['at_ms'])}  {each['what']}{code}")


def printable(text: str) -> str:
    """Labels are the user's own: nothing in them moves a cursor."""
    return "".join(each if each.isprintable() else "?" for each in text)


def _state(view: ConnectionView, clients: Container[str]) -> tuple[str, str]:
    if view.client not in clients:
        # Nothing is wrong with the row: this process can't open it.
        return "unknown", printable(f"no client '{view.client}' is configured")
    return view.status, _why(view)


def _why(view: ConnectionView) -> str:
    if view.error is not None:
        return view.error.code
    if view.no_worker:
        return "no worker"
    return view.wait.reason if view.wait is not None else ""


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_plain(each)}" for name, each in value.items() if each is not None)
    return str(value)


def _time(at_ms: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at_ms / 1000))


def _coloured(level: str) -> str:
    is_plain = not sys.stdout.isatty() or "NO_COLOR" in os.environ
    return level.ljust(4) if is_plain else f"\033[{COLOURS[level]}m{level.ljust(4)}\033[0m"
