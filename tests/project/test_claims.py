"""A claim of docs/security.md without its code or its test is told."""

from pathlib import Path

import claims
import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs/security.md"


def test_each_claim_leads_to_its_test() -> None:
    assert claims.complaints(PAGE) == []


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("| c | | [a](there.rs) | |", "a claim without a test"),
        ("| c | | [a](there.rs) | see elsewhere |", "a claim without a test"),
        ("| c | | | [`name`](there.rs) |", "a claim without code"),
        ("| c | | [a](there.rs) | [`nam`](there.rs) |", "no test called nam in there.rs"),
        ("| c | | [a](there.rs) | [`name`](gone.rs) |", "no test called name in gone.rs"),
        ("| c | | [a](there.rs) | [`called`](there.rs) |", "no test called called in there.rs"),
        ("| c | | [a](there.rs) | [`name`](other.json) |", "no test called name in other.json"),
    ],
)
def test_what_is_missing_is_told(tmp_path: Path, row: str, problem: str) -> None:
    (tmp_path / "there.rs").write_text("fn name() { called() }\n")
    (tmp_path / "other.json").write_text("{}\n")
    good = "| c | RFC | [a](there.rs) | [`name`](there.rs), [`other`](other.json) |\n" * 50
    head = "| claim | RFC | code | test |\n|---|---|---|---|\n"
    page = tmp_path / "page.md"
    page.write_text(head + good)
    assert claims.complaints(page) == []
    page.write_text(head + good + row + "\n")
    assert claims.complaints(page) == [f"page.md: {problem}: c"]
