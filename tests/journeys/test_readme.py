"""The READMEs' words are true: quick starts run as shown, commands exist."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import canary
import newcomer
from conftest import PATIENCE_SECONDS, Rig
from node import need_package

ROOT = Path(__file__).resolve().parents[2]
PAVED = Path(__file__).with_name("paved")
README = (ROOT / "README.md").read_text()


def block(heading: str, language: str) -> str:
    """The first block of code in this language under that heading."""
    section = README.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    found = re.search(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert found, f"no {language} under {heading}"
    return found[1]


def on_free_ports(rig: Rig, shown: str) -> str:
    """The only thing that differs from what is shown."""
    assert {*re.findall(r"(?<=127\.0\.0\.1\D)\d+|(?<=127\.0\.0\.1\", )\d+", shown)} <= {"8700", "8000"}
    ports = {"8700": rig.sandbox.url.rpartition(":")[2], "8000": str(rig.port)}
    program, replaced = re.subn(r"\b(8700|8000)\b", lambda port: ports[port[0]], shown)
    assert replaced >= 2
    return program


def run_shown(rig: Rig, tmp_path: Path, command: list[str]) -> None:
    """A program with a user in front of it, whose browser it opens. Run again, it asks nobody."""
    browser = tmp_path / "browser"
    user = shlex.join([sys.executable, str(Path(__file__).with_name("headless_user.py"))])
    # In the background: `webbrowser.open` waits for a browser of one's own, which waits for the callback's answer.
    browser.write_text(f'#!/bin/sh\n{user} "$1" &\n')
    browser.chmod(0o755)
    environ = {**os.environ, "BROWSER": str(browser), "PYTHONUNBUFFERED": "1"}
    outputs = []
    for _ in range(2):
        run = subprocess.run(
            command, env=environ, cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, timeout=PATIENCE_SECONDS,
        )  # fmt: skip
        assert run.returncode == 0, run.stdout + run.stderr
        outputs.append(run.stdout)
    assert outputs[0] == outputs[1] and outputs[0].startswith("connected: "), outputs
    assert len(rig.exchanged_codes()) == len(rig.keys_at("whitebit")) == 1
    rig.remember_secrets()
    assert canary.leaks(rig.secrets | rig.keys, {"the quick start's output": outputs[0].encode()}) == []


def test_the_python_quick_start_connects(rig: Rig, tmp_path: Path) -> None:
    run_shown(rig, tmp_path, [sys.executable, "-c", on_free_ports(rig, block("Quick start", "python"))])


JAVASCRIPT = [
    pytest.param(shown[1], id=str(path.relative_to(ROOT)))
    for path in (ROOT / "docs" / "quick-start.md", ROOT / "bindings-wasm" / "README.md")
    if (shown := re.search(r"^```js\n(import .*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL))
]


@pytest.mark.parametrize("shown", JAVASCRIPT)
def test_the_javascript_quick_start_connects(rig: Rig, tmp_path: Path, shown: str) -> None:
    need_package(PAVED)
    assert shown.count("\n") <= 30
    (tmp_path / "node_modules").symlink_to(PAVED / "node_modules")
    program = tmp_path / "quick-start.mjs"
    program.write_text(on_free_ports(rig, shown))
    run_shown(rig, tmp_path, ["node", str(program)])


def test_the_package_s_own_readme_has_one() -> None:
    assert any("bindings-wasm" in str(shown.id) for shown in JAVASCRIPT)


def test_its_commands_are_recipes() -> None:
    """`just test-newcomer` runs the first; CI runs the other."""
    clone, demo = newcomer.commands(README)
    test = re.findall(r"`(npx [^`]+ test)`", README)
    recipes = re.findall(r"^([a-z][\w-]*)[^:=\n]*:(?!=)", (ROOT / "justfile").read_text(), re.MULTILINE)
    assert shlex.split(clone)[-3:] == ["&&", "cd", "venuekey"]
    for command, recipe in ((demo, "demo"), (test[0], "test")):
        assert shlex.split(command, comments=True) == ["npx", "--yes", "rust-just@1.57.0", recipe]
        assert recipe in recipes
