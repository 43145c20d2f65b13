"""The check of release wheels finds a wheel whose name promises too much; crates hold what they should; poms what Maven Central asks."""

from __future__ import annotations

import platform
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "xtask"))

import wheels

POM = "{http://maven.apache.org/POM/4.0.0}"
KOTLIN = ROOT / "bindings-swift-kotlin/kotlin"


@pytest.mark.skipif(sys.platform != "linux" or platform.machine() not in wheels.MACHINES, reason="reads this Python's own program")
def test_a_wheel_whose_name_promises_too_much_is_found() -> None:
    here = Path(sys.executable).resolve()
    this, other = sorted(wheels.MACHINES, key=lambda machine: machine != platform.machine())
    # Its version of zlib or expat, at the least, is no bare system's.
    assert any("glibc" in each for each in wheels.problems(f"venuekey-1-cp39-abi3-manylinux_2_5_{this}.whl", here)[1])
    assert any("needs libc.so.6" in each for each in wheels.problems(f"venuekey-1-cp39-abi3-musllinux_1_2_{this}.whl", here)[1])
    name = f"venuekey-1-cp39-abi3-manylinux2014_{other}.manylinux_2_17_{other}.whl"
    assert any("another processor" in each for each in wheels.problems(name, here)[1])
    assert wheels.problems(f"venuekey-1-cp311-cp311-linux_{this}.whl", here)[1] == [
        f"venuekey-1-cp311-cp311-linux_{this}.whl: not a tag of ours"
    ]


@pytest.mark.parametrize("crate", ["venuekey", "venuekey-sandbox"])
def test_a_crate_holds_its_sources_and_what_a_reader_needs(crate: str) -> None:
    command = ["cargo", "package", "--offline", "--locked", "--allow-dirty", "--list", "-p", crate]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    assert {"README.md", "LICENSE-MIT", "LICENSE-APACHE", "Cargo.toml", "src/lib.rs"} <= set(listed)
    assert not any(name.endswith((".snap", ".whl", ".cdx.json")) or name.startswith("target/") for name in listed)


def test_each_artefact_has_what_maven_central_asks_for() -> None:
    parent = ElementTree.parse(KOTLIN / "pom.xml").getroot()
    assert {"name", "description", "url", "licenses", "developers", "scm"} <= {each.tag.removeprefix(POM) for each in parent}
    modules = [each.text or "" for each in parent.iter(f"{POM}module")]
    for module in modules:
        if not module.startswith("../"):
            pom = ElementTree.parse(KOTLIN / module / "pom.xml").getroot()
            if pom.findtext(f"{POM}properties/{POM}maven.deploy.skip") == "true":
                continue
            assert pom.findtext(f"{POM}name") == module
            assert pom.findtext(f"{POM}description")
