"""The guard of the citations finds one that leads nowhere, and reads each spelling of one that leads somewhere."""

from __future__ import annotations

import citations
import pytest

SHEET = """# A venue: protocol fact sheet

## 0. Source tags

## 7. Keys

### 7.4 Errors [guide]

## 14. Disagreements

| # | topic | safe behaviour |
|---|---|---|
| D6 | order | poll |

## 15. Additions of 2026-11-28
"""
SHEETS = {"whitebit": citations.sections(SHEET), "bybit": {"3.1", "B3"}, "design": {"2"}}


def test_a_sheet_has_its_headings_and_its_rows() -> None:
    assert SHEETS["whitebit"] == {"0", "7", "7.4", "14", "D6", "15"}


@pytest.mark.parametrize(
    "text",
    [
        "// facts/whitebit.md, 7.4: one revision lets info answer 404.",
        "/// The order (facts/whitebit.md, D6). 3 more.",
        "(facts/whitebit.md, 7, 7.4 and D6; facts/bybit.md, 3.1, B3)",
        "facts/whitebit.md, 7 to 14; D6; RFC 6749, 4.1",
        "    /// what counts (facts/whitebit.md,\n    /// 7.4) or not",
        "//! As sheeted in facts/bybit.md.\n\nmod read;",
        "# facts/whitebit.md, 15",
        "(design.md, 2; facts/whitebit.md, 15)",
        "See [whitebit.md](whitebit.md#scopes) and docs/whitebit.md, `kraken.md`, [facts](facts/README.md).",
    ],
)
def test_what_leads_somewhere_is_left_alone(text: str) -> None:
    assert citations.problems("a.rs", text, SHEETS) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("(facts/whitebit.md, 7.5)", "facts/whitebit.md has no 7.5"),
        ("(facts/whitebit.md, 7.4, D16)", "facts/whitebit.md has no D16"),
        ("(facts/bybit.md, 3.1; D6)", "facts/bybit.md has no D6"),
        ("/// (facts/whitebit.md,\n/// 9)", "facts/whitebit.md has no 9"),
        ("(design.md, 3)", "design.md has no 3"),
        ("(facts/binance.md, 1)", "facts/binance.md is no sheet"),
        ("(facts/whitebit.md, design 4)", "facts/whitebit.md: which section?"),
        ("(facts/whitebit.md 7.4)", "facts/whitebit.md: which section?"),
        ("(whitebit.md, 7.4)", "whitebit.md: write facts/whitebit.md"),
        ("// whitebit.md D6", "whitebit.md: write facts/whitebit.md"),
        ("/// (facts/whitebit.md, 7; bybit.md,\n/// 3.1)", "bybit.md: write facts/bybit.md"),
    ],
)
def test_what_leads_nowhere_is_found(text: str, found: str) -> None:
    assert citations.problems("a.rs", text, SHEETS) == [f"a.rs: {found}"]


@pytest.mark.parametrize("source", ["facts/bybit.md", "bybit.md", "facts/bybit.md; design 2"])
def test_a_vector_cites_a_section(source: str) -> None:
    assert citations.problems("a.json", f'{{"source": "{source}"}}', SHEETS) != []
