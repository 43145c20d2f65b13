"""Words of prose.json and misspellings are found where users read them, and nowhere else."""

from pathlib import Path

import prose
import pytest

ROOT = Path(__file__).resolve().parents[2]

FOUND = {
    "docs/page.md": ["# A key's life", "", "The lease is over.", "", "`is over` is code, `adress` too.", "", "Its adress.", ""],
    "bindings-python/python/venuekey/made.py": [
        '"""The lease is over."""', "# is over", "def call(adress: str) -> str:", '    """', "    Its adress.", '    """', '    return "is over"', "",
    ],
    "bindings-wasm/ts/made.ts": ["// is over", "/** The lease is over. */", "/**", " * Its adress.", " */", 'const text = "is over";', ""],
    "xtask/generate/errors/made.toml": ["# is over", "[is_over]", 'lost = "The lease is over, at its adress."', 'related = ["is over"]', ""],
}  # fmt: skip
LINES = {
    "docs/page.md": [(1, "style"), (3, "style"), (7, "spelling")],
    "bindings-python/python/venuekey/made.py": [(1, "style"), (5, "spelling")],
    "bindings-wasm/ts/made.ts": [(2, "style"), (4, "spelling")],
    "xtask/generate/errors/made.toml": [(3, "style"), (3, "spelling")],
}
UNREAD = ["docs/facts/made.md", "docs/adr/made.md", "tests/made.md", "core/src/made.rs", "bindings-python/python/venuekey/_made.py"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "xtask").mkdir()
    (tmp_path / "xtask/npm.sh").symlink_to(ROOT / "xtask/npm.sh")
    return tmp_path


def written(root: Path, name: str, lines: list[str]) -> str:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text("\n".join(lines))
    return name


def test_what_is_wrong_is_told_with_its_place(root: Path) -> None:
    names = [written(root, name, lines) for name, lines in FOUND.items()]
    names += [written(root, name, ["The lease is over, at its adress.", ""]) for name in UNREAD]
    told = [found.split(": ", 2) for found in prose.complaints(root, names)]
    shown = sorted((place.rpartition(":"), "spelling" if kind == "spelling" else "style") for place, kind, *_ in told)
    expected = sorted(((name, ":", str(number)), kind) for name, found in LINES.items() for number, kind in found)
    assert shown == expected, told


def test_words_say_what_to_write_instead(root: Path) -> None:
    name = written(root, "page.md", ["Nobody knows what became of it.", ""])
    assert prose.complaints(root, [name]) == ["page.md:1: Incorrect term: “what became of”, use “what happened to” instead"]
