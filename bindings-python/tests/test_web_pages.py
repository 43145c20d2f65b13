"""Pages are the same bytes as JavaScript's: tests/web/pages.json, replayed.

`VENUEKEY_PAGES=accept` writes its HTML anew.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from venuekey.connections import ConnectionView
from venuekey.web._pages import Page
from venuekey.web._texts import TEXTS

FILE = Path(__file__).resolve().parents[2] / "tests/web/pages.json"
GIVEN: dict[str, Any] = json.loads(FILE.read_text())
WORKS: dict[str, Any] = {
    "owner": "user-1", "goal": "api_key", "label": None, "begun_at_ms": 1, "attempt": None, "authorize_url": None,
    "expires_at_ms": None, "choices": None, "error": None, "recovery": None, "replaces_key": False, "wait": None,
    "uid": None, "key_id": None, "key": None, "scope": (), "key_left": None, "intent": None, "due_at_ms": None,
    "no_worker": False, "trail": (),
}  # fmt: skip


def client_of(given: dict[str, Any]) -> SimpleNamespace:
    supported = given["supports"]
    return SimpleNamespace(**{**given, "supports": lambda operation: operation in supported})


def view_of(given: dict[str, Any]) -> ConnectionView:
    values = {**WORKS, **given}
    for name in ("attempt", "error", "wait"):
        values[name] = values[name] and SimpleNamespace(**values[name])
    if values["choices"] is not None:
        accounts = [SimpleNamespace(**each) for each in values["choices"]["subaccounts"]]
        values["choices"] = SimpleNamespace(**{**values["choices"], "subaccounts": accounts})
    return ConnectionView(**values)


def html_of(case: dict[str, Any]) -> str:
    mount, texts = case.get("mount", "/connections"), {**TEXTS, **case.get("texts", {})}
    clients: Any = {name: client_of(each) for name, each in GIVEN["clients"].items()}
    layout = (lambda title, body: f"[{title}]\n{body}") if case.get("layout") else None
    style, script = f"{mount}/assets/style.css?v=1", f"{mount}/assets/page.js?v=2&more"
    page = Page(texts, clients, mount, "csrf-token", style, script, case.get("popup", False), layout)
    views = [view_of(each) for each in case.get("views", ())]
    if case["do"] == "connections":
        return page.connections(views, case["offered"])
    if case["do"] == "connection":
        return page.connection(views[0], closes=case.get("closes", False))
    return page.message(*case["message"])


@pytest.mark.skipif(os.environ.get("VENUEKEY_PAGES") != "accept", reason="writes what others compare with")
def test_accept() -> None:
    for case in GIVEN["cases"]:
        case["html"] = html_of(case).split("\n")
    FILE.write_text(json.dumps(GIVEN, indent=1, ensure_ascii=False) + "\n")


@pytest.mark.parametrize("case", GIVEN["cases"], ids=lambda case: case["name"])
def test_pages(case: dict[str, Any]) -> None:
    assert html_of(case).split("\n") == case["html"]
    assert "never-shown" not in html_of(case), "what `authorize_url` carries"
