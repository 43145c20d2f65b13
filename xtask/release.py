"""The version, in every place that has it, and what the changelog says of it:

release.py check [TAG]      all places agree; with a tag (`v1.2.3`), it is this version and the changelog has a dated section for it
release.py notes            the changelog's section of this version, for the release's page
release.py npm-tag          npm's tag for this version: a prerelease must not become what `npm install` takes
release.py set VERSION DATE writes the version everywhere, and makes the section `Unreleased` that of the version

Prints the version. docs/releasing.md has the rest.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# https://semver.org: without build metadata, which registries treat differently.
PART = r"(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)"
SEMVER = rf"(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){{2}}(?:-{PART}(?:\.{PART})*)?"
ANY = r"[^\"'<@]+"
# Files by a pattern, and what stands around a version in them. The first is where the others are read from.
PLACES = (
    ("Cargo.toml", rf'(?<=^\[workspace\.package\]\nversion = "){ANY}'),
    ("Cargo.toml", rf'(?<=path = ")(?:core|sandbox)", version = "{ANY}'),
    ("**/Cargo.lock", rf'(?<=^name = ")venuekey[\w-]*"\nversion = "{ANY}'),
    ("bindings-wasm/package.json", rf'(?<=^  "version": "){ANY}'),
    ("sandbox/npm/package.json", rf'(?<=^  "version": "){ANY}'),
    ("sandbox/openapi.json", rf'(?<=^  "version": "){ANY}'),
    ("bindings-wasm/package-lock.json", rf'(?<="name": "venuekey",\n)\s+"version": "{ANY}'),
    ("examples/*/package-lock.json", rf'(?<="node_modules/venuekey": \{{\n)\s+"version": "{ANY}'),
    ("**/pom.xml", rf"(?<=<artifactId>venuekey-parent</artifactId>\n)\s+<version>{ANY}"),
    ("examples/android/app/build.gradle.kts", rf'(?<="io\.github\.venuekey:venuekey:){ANY}'),
    ("bindings-swift-kotlin/swift/README.md", rf'(?<=venuekey/venuekey", from: "){ANY}'),
    ("bindings-swift-kotlin/kotlin/README.md", rf'(?<="io\.github\.venuekey:venuekey-server:){ANY}'),
    ("bindings-swift-kotlin/kotlin/README.md", rf'(?<=artifactId = "venuekey"\n)\s+version = "{ANY}'),
)
# What is no package of ours.
ITS_OWN = {"venuekey-fuzz", "venuekey-bench"}
UNRELEASED = "## Unreleased\n"


def files(root: Path, pattern: str) -> list[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", f":(glob){pattern}"]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    return [root / name for name in sorted(listed.split("\0")) if name]


def places(root: Path) -> Iterator[tuple[Path, re.Match[str], str]]:
    """Each file, where the version stands in it, and the version."""
    for pattern, around in PLACES:
        found = False
        for path in files(root, pattern):
            for match in re.finditer(around, path.read_text(), re.M):
                if match[0].partition('"')[0] not in ITS_OWN:
                    found = True
                    yield path, match, re.split(r'["> \n]', match[0])[-1]
        if not found:
            raise SystemExit(f"release.py: no version in {pattern}: {around}")


def section(changelog: str, heading: str) -> str:
    """What stands below a heading, up to the next of its kind."""
    _, _, rest = changelog.partition(heading)
    return re.split(r"^## ", rest, maxsplit=1, flags=re.M)[0].strip()


def problems(root: Path, tag: str | None) -> tuple[str, list[str]]:
    there = [(path.relative_to(root), version) for path, _, version in places(root)]
    version = there[0][1]
    wrong = [f"{path} has {other}, Cargo.toml {version}" for path, other in there if other != version]
    if not re.fullmatch(SEMVER, version):
        wrong.append(f"{version} is no version by SemVer")
    changelog = (root / "CHANGELOG.md").read_text()
    first = re.search(r"^## (.*)$", changelog, re.M)
    if first is None:
        wrong.append("CHANGELOG.md has no section")
    elif tag is not None:
        if tag != f"v{version}":
            wrong.append(f"the tag is {tag}, the version {version}")
        if not re.fullmatch(rf"{re.escape(version)} \(\d{{4}}-\d\d-\d\d\)", first[1]):
            wrong.append(f"CHANGELOG.md begins with `## {first[1]}`, not with `## {version} (YYYY-MM-DD)`")
        elif not section(changelog, first[0] + "\n"):
            wrong.append(f"CHANGELOG.md says nothing of {version}")
    elif first[1] != "Unreleased" and not first[1].startswith(f"{version} ("):
        wrong.append(f"CHANGELOG.md begins with `## {first[1]}`, which is neither Unreleased nor {version}")
    return version, wrong


def set_version(root: Path, version: str, date: str) -> None:
    if not re.fullmatch(SEMVER, version) or not re.fullmatch(r"\d{4}-\d\d-\d\d", date):
        raise SystemExit("release.py: set takes a version by SemVer and a date, as 1.2.3 2027-01-31")
    there: dict[Path, list[tuple[int, int]]] = {}
    for path, match, old in places(root):
        there.setdefault(path, []).append((match.end() - len(old), match.end()))
    for path, spans in there.items():
        text = path.read_text()
        for start, end in sorted(spans, reverse=True):
            text = text[:start] + version + text[end:]
        path.write_text(text)
    changelog = root / "CHANGELOG.md"
    changelog.write_text(changelog.read_text().replace(UNRELEASED, f"## {version} ({date})\n", 1))


def main(arguments: list[str], root: Path = ROOT) -> int:
    match arguments:
        case ["check"] | ["check", _]:
            version, wrong = problems(root, arguments[1] if len(arguments) > 1 else None)
            print("\n".join(wrong) or version, file=sys.stderr if wrong else sys.stdout)
            return 1 if wrong else 0
        case ["npm-tag"]:
            version, _ = problems(root, None)
            print("next" if "-" in version else "latest")
            return 0
        case ["notes"]:
            version, _ = problems(root, None)
            changelog = (root / "CHANGELOG.md").read_text()
            heading = re.search(rf"^## {re.escape(version)} \(.*\)\n", changelog, re.M)
            if heading is None:
                raise SystemExit(f"release.py: CHANGELOG.md has no section for {version}")
            print(section(changelog, heading[0]))
            return 0
        case ["set", version, date]:
            set_version(root, version, date)
            print(version)
            return 0
    raise SystemExit(__doc__)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
