"""The version stands in many places: the script that checks and sets it knows them all, and no tag goes out that disagrees."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "xtask"))

import release


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The project's files that have its version, in a repository of their own, with a changelog."""
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    for path in {path for path, *_ in release.places(ROOT)}:
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text())
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\n### Added\n- A thing.\n\n## 0.0.9 (2026-01-01)\n- Old.\n")
    return tmp_path


def test_the_project_agrees_with_itself() -> None:
    assert release.problems(ROOT, None)[1] == []


def test_a_place_that_was_forgotten_is_named(root: Path) -> None:
    pom = root / "bindings-swift-kotlin/kotlin/venuekey-ktor/pom.xml"
    version = release.problems(root, None)[0]
    pom.write_text(pom.read_text().replace(f"<version>{version}<", "<version>0.0.7<", 1))
    _, wrong = release.problems(root, None)
    assert wrong == [f"bindings-swift-kotlin/kotlin/venuekey-ktor/pom.xml has 0.0.7, Cargo.toml {version}"]


def test_a_tag_is_of_this_version_and_of_a_dated_section(root: Path) -> None:
    version = release.problems(root, None)[0]
    assert any("Unreleased" in each for each in release.problems(root, f"v{version}")[1])
    release.set_version(root, "1.2.3-rc.1", "2027-01-31")
    assert release.problems(root, "v1.2.3-rc.1") == ("1.2.3-rc.1", [])
    assert release.problems(root, "v1.2.3")[1] == ["the tag is v1.2.3, the version 1.2.3-rc.1"]
    changelog = root / "CHANGELOG.md"
    changelog.write_text(changelog.read_text().replace("\n### Added\n- A thing.\n", ""))
    assert release.problems(root, "v1.2.3-rc.1")[1] == ["CHANGELOG.md says nothing of 1.2.3-rc.1"]


@pytest.mark.parametrize(("version", "tag"), [("1.2.3", "latest"), ("1.2.3-rc.1", "next")])
def test_a_prerelease_is_not_what_npm_installs(
    root: Path, capsys: pytest.CaptureFixture[str], version: str, tag: str
) -> None:
    release.set_version(root, version, "2027-01-31")
    assert release.main(["npm-tag"], root) == 0
    assert capsys.readouterr().out == f"{tag}\n"


def test_notes_are_of_this_version_alone(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    release.set_version(root, "1.2.3", "2027-01-31")
    assert release.main(["notes"], root) == 0
    assert capsys.readouterr().out == "### Added\n- A thing.\n"


@pytest.mark.parametrize(("version", "date"), [("1.2", "2027-01-31"), ("1.2.3-01", "2027-01-31"), ("v1.2.3", "2027-01-31"), ("1.2.3", "31.1.2027")])
def test_what_is_no_version_or_date_is_refused(root: Path, version: str, date: str) -> None:
    with pytest.raises(SystemExit):
        release.set_version(root, version, date)


def test_every_place_is_set_and_nothing_else_changes(root: Path) -> None:
    version = release.problems(root, None)[0]
    before = {path: path.read_text() for path in {path for path, *_ in release.places(root)}}
    release.set_version(root, "9.8.7", "2027-01-31")
    assert release.problems(root, "v9.8.7") == ("9.8.7", [])
    for path, text in before.items():
        assert re.sub(r"\b9\.8\.7\b", version, path.read_text()) == text, path
