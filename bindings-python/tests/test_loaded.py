"""Where the compiled half can't be loaded, the error says so, and what to do."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import venuekey


@pytest.mark.parametrize("broken", ["absent", "of another machine"])
def test_a_package_without_its_compiled_half_says_what_to_do(tmp_path: Path, broken: str) -> None:
    package = tmp_path / "venuekey"
    installed = Path(venuekey.__file__).parent
    shutil.copytree(installed, package, ignore=shutil.ignore_patterns("__pycache__", "_native*.so", "_native*.pyd"))
    if broken == "of another machine":
        module = next(path.name for path in installed.glob("_native*") if path.suffix in {".so", ".pyd"})
        (package / module).write_bytes(b"\x7fELF of another machine")
    run = subprocess.run([sys.executable, "-c", "import venuekey"], cwd=tmp_path, capture_output=True, text=True)
    last = run.stderr.strip().splitlines()[-1]
    assert run.returncode == 1
    assert last.startswith("ImportError: venuekey's compiled module can't be loaded here (")
    assert "CPython 3.9 and later" in last
    assert "/platforms/" in last
