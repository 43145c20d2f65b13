"""Adds a venue to a copy of core by what docs/adding-a-venue.md lists, and nothing else; then connects it to the sandbox.

The copy is in `target/toy-venue`. At the end stands what the venue changed: a folder of its own, and lines of the registry.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
COPY = TARGET / "toy-venue"

# The page's second step: file, the line that is looked for, and the lines that follow it from now on.
REGISTRY = "core/src/venues/mod.rs"
MANIFEST = "core/Cargo.toml"
FEATURE = '    #[cfg(feature = "toy")]\n'
LINES = {
    "mod bybit;\n": '#[cfg(feature = "toy")]\nmod toy;\n',
    "constants!(Venue {\n": '    /// Toy (`live`, `demo`).\n    TOY = "toy";\n',
    "constants!(VenueEnvironment {\n": (
        '    /// Toy, `toy.example`.\n    LIVE = "live";\n    /// Toy, for play money.\n    DEMO = "demo";\n'
    ),
    # What stands last in each of its lists.
    "    &bybit::CLIENTS,\n": f"{FEATURE}    &toy::CLIENTS,\n",
    "    (Venue::BYBIT, &bybit::v5::SIGNING),\n": f"{FEATURE}    (Venue::TOY, &toy::signing::SIGNING),\n",
    "    (Venue::BYBIT, &bybit::reads::READS),\n": f"{FEATURE}    (Venue::TOY, &toy::reads::READS),\n",
}
# The dependencies are those that the simulation's profile has built; what is of the copy runs once.
UNOPTIMISED = "".join(
    f"\n[profile.simulation.package.{name}]\nopt-level = 0\n"
    for name in ("venuekey", "venuekey-sandbox", "toy-journey")
)
FEATURES = {'"whitebit", "bybit"]\n': '"whitebit", "bybit", "toy"]\n', "\nbybit = []\n": "\nbybit = []\ntoy = []\n"}


def copied() -> None:
    """Core and sandbox as they are. A file that is the same keeps its time, so that little is built twice."""
    for crate in ("core", "sandbox"):
        for place in sorted((COPY / crate).rglob("*")):
            if place.is_file() and not (ROOT / place.relative_to(COPY)).is_file():
                place.unlink()
        for source in sorted((ROOT / crate).rglob("*")):
            place = COPY / source.relative_to(ROOT)
            if source.is_file() and not (place.is_file() and place.read_bytes() == source.read_bytes()):
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, place)
    manifest = (ROOT / "Cargo.toml").read_text()
    members = manifest[manifest.index("members = [") : manifest.index("]", manifest.index("members = [")) + 1]
    manifest = manifest.replace(members, 'members = ["core", "sandbox", "journey"]')
    (COPY / "Cargo.toml").write_text(manifest + UNOPTIMISED)
    shutil.copyfile(ROOT / "Cargo.lock", COPY / "Cargo.lock")


def add_the_venue() -> None:
    folder = COPY / "core/src/venues/toy"
    folder.mkdir(exist_ok=True)
    for source in (HERE / "core").glob("*.rs"):
        shutil.copyfile(source, folder / source.name)
    registry = COPY / REGISTRY
    text = registry.read_text()
    for line, more in LINES.items():
        assert text.count(line) == 1, f"{REGISTRY} has changed: {line!r}"
        text = text.replace(line, line + more)
    registry.write_text(text)
    manifest = COPY / MANIFEST
    text = manifest.read_text()
    for line, instead in FEATURES.items():
        assert text.count(line) == 1, f"{MANIFEST} has changed: {line!r}"
        text = text.replace(line, instead)
    manifest.write_text(text)


def add_the_journey() -> None:
    journey = COPY / "journey"
    (journey / "src").mkdir(parents=True, exist_ok=True)
    shutil.rmtree(journey / "tests", ignore_errors=True)
    shutil.copytree(HERE / "tests", journey / "tests")
    (journey / "src/lib.rs").write_text("")
    (journey / "Cargo.toml").write_text(
        '[package]\nname = "toy-journey"\nversion = "0.1.0"\nedition.workspace = true\npublish = false\n\n'
        "[dev-dependencies]\nvenuekey.workspace = true\nvenuekey-sandbox.workspace = true\nserde.workspace = true\n"
        "serde_json.workspace = true\n"
    )


def main() -> int:
    COPY.mkdir(parents=True, exist_ok=True)
    copied()
    add_the_venue()
    add_the_journey()
    # The lock has no line for the journey, and needs no network for that.
    command = ["cargo", "test", "--quiet", "--offline", "--profile", "simulation", "-p", "toy-journey"]
    done = subprocess.run(command, cwd=COPY, env={**os.environ, "CARGO_TARGET_DIR": str(TARGET)}, check=False)
    if done.returncode == 0:
        for part in ("core/Cargo.toml", "core/src"):
            subprocess.run(["git", "diff", "--no-index", "--stat", str(ROOT / part), str(COPY / part)], cwd=ROOT, check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
