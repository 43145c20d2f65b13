"""No code of core names a venue outside of the venues' own folders and the registry, and no venue names another.

Comments may: they cite the sheets, and public docs say whose field it is. The sandbox has a test of its own for the same
(`sandbox/tests/names.rs`).
"""

import re
from collections.abc import Iterator
from pathlib import Path

# A string stays, with what it says; a comment goes. A quote in a character begins no string.
TOKEN = re.compile(r"""(b?r(#*)".*?"\2|b?"(?:\\.|[^"\\])*"|'(?:\\.[^']*|[^'\\])')|//[^\n]*""", re.DOTALL)
NAME = re.compile(r'^    [A-Z][A-Z0-9_]* = "(\w+)";$', re.MULTILINE)


def names(registry: str) -> list[str]:
    """The venues of the registry, from its list of constants."""
    listed = registry[registry.index("constants!(Venue {") : registry.index("constants!(VenueEnvironment {")]
    found = NAME.findall(listed)
    assert found, "the registry lists its venues"
    return found


def named(source: str, venues: list[str]) -> list[str]:
    """Lines of code with a venue's name in them."""
    code = TOKEN.sub(lambda found: found[1] or "", source)
    search = re.compile("|".join(venues), re.IGNORECASE)
    return [line.strip() for line in code.splitlines() if search.search(line)]


def complaints(root: Path) -> Iterator[str]:
    source = root / "core/src"
    registry = source / "venues/mod.rs"
    venues = names(registry.read_text())
    for path in sorted(source.rglob("*.rs")):
        first, *rest = path.relative_to(source).parts
        own = rest[0] if first == "venues" else None
        foreign = [venue for venue in venues if venue != own]
        if path != registry and foreign:
            for line in named(path.read_text(), foreign):
                yield f"{path.relative_to(root)}: names a venue outside of its folder: {line}"
