"""No code of core names a venue outside of the venues' own folders and the registry.

Comments may: they cite the sheets, and public docs say whose field it is. The sandbox has a test of its own for the same
(`sandbox/tests/names.rs`).
"""

import re
from collections.abc import Iterator
from pathlib import Path

COMMENT = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*', re.DOTALL)
NAME = re.compile(r'^    [A-Z]+ = "(\w+)";$', re.MULTILINE)


def names(registry: str) -> list[str]:
    """The venues of the registry, from its list of constants."""
    listed = registry[registry.index("constants!(Venue {") : registry.index("constants!(VenueEnvironment {")]
    found = NAME.findall(listed)
    assert found, "the registry lists its venues"
    return found


def named(source: str, venues: list[str]) -> list[str]:
    """Lines of code with a venue's name in them."""
    code = COMMENT.sub(lambda found: found[1] or "", source)
    search = re.compile("|".join(venues), re.IGNORECASE)
    return [line.strip() for line in code.splitlines() if search.search(line)]


def complaints(root: Path) -> Iterator[str]:
    source = root / "core/src"
    venues = names((source / "venues/mod.rs").read_text())
    for path in sorted(source.rglob("*.rs")):
        if "venues" not in path.relative_to(source).parts:
            for line in named(path.read_text(), venues):
                yield f"{path.relative_to(root)}: names a venue outside of its folder: {line}"
