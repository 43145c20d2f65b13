"""What an adopter writes to connect both exchanges, in the framework they have: fewer than 80 lines."""

import subprocess
from pathlib import Path

import lines
import pytest

ROOT = Path(__file__).resolve().parents[2]
# What a framework makes by itself when an app begins, and settings of tools.
NOT_OWN = ("manage.py", "*.config.js", "*.d.ts")
SOURCES = {".java", ".js", ".mjs", ".py", ".ts", ".tsx"}
APPS = sorted(folder.name for folder in (ROOT / "examples").glob("*-app") if folder.name != "browser-app")


def sources(app: str) -> list[Path]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", f"examples/{app}"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [each for each in paths if each.suffix in SOURCES and not any(each.match(name) for name in NOT_OWN)]


def test_there_are_small_apps() -> None:
    assert {"flask-app", "fastapi-app", "express-app", "next-app"} <= {*APPS}


@pytest.mark.parametrize("app", APPS)
def test_an_app_has_fewer_than_80_lines(app: str) -> None:
    counted = {str(path.relative_to(ROOT)): lines.code(path.read_text()) for path in sources(app)}
    assert 10 < sum(counted.values()) < 80, counted
    text = "".join(path.read_text() for path in sources(app))
    assert "whitebit" in text and "bybit" in text.replace("whitebit", ""), "both exchanges"
