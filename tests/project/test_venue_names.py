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
        "if c == '\"' { \"https://bybit.com\" }",
        'let pattern = r#"a " quote: bybit"#;',
    ],
)
def test_a_name_in_code_is_found(line: str) -> None:
    assert venue_names.named(line, ["whitebit", "bybit"]) != []


@pytest.mark.parametrize(
    "line", ["// facts/bybit.md, 5", "/// WhiteBIT: the key's id.", "let it = 1; // bybit.md", "let venue = profile.venue;"]
)
def test_a_name_in_a_comment_is_not(line: str) -> None:
    assert venue_names.named(line, ["whitebit", "bybit"]) == []


def test_each_venue_of_the_registry_has_its_folder() -> None:
    venues = ROOT / "core/src/venues"
    folders = {path.name for path in venues.iterdir() if path.is_dir()}
    assert {*venue_names.names((venues / "mod.rs").read_text())} == folders


def test_a_name_with_a_digit_or_an_underscore_is_one() -> None:
    listed = 'constants!(Venue {\n    OKX_2 = "okx_2";\n});\nconstants!(VenueEnvironment {});'
    assert venue_names.names(listed) == ["okx_2"]
