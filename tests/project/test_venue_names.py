"""The search for venues' names finds them in code, and in nothing else."""

from pathlib import Path

import pytest
import venue_names

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "line",
    [
        "if venue == Venue::WHITEBIT {",
        'let hint = "only Bybit takes it";',
        'let url = "https://api.bybit.com"; // the base',
        "fn whitebit_only() {}",
    ],
)
def test_a_name_in_code_is_found(line: str) -> None:
    assert venue_names.named(line, ["whitebit", "bybit"]) != []


@pytest.mark.parametrize(
    "line", ["// facts/bybit.md, 5", "/// WhiteBIT: the key's id.", "let it = 1; // bybit.md", "let venue = profile.venue;"]
)
def test_a_name_in_a_comment_is_not(line: str) -> None:
    assert venue_names.named(line, ["whitebit", "bybit"]) == []


def test_the_names_are_the_registry_s() -> None:
    assert venue_names.names((ROOT / "core/src/venues/mod.rs").read_text()) == ["whitebit", "bybit"]
