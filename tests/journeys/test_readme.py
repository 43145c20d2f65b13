"""README's words are true: its quick start runs as shown, its commands exist."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import canary
from conftest import Rig

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def block(heading: str, language: str) -> str:
    """The first block of code in this language under that heading."""
    section = README.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    found = re.search(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert found, f"no {language} under {heading}"
    return found[1]


def test_the_python_quick_start_connects(rig: Rig, tmp_path: Path) -> None:
    shown = block("Python quick start", "python")
    assert {*re.findall(r"(?<=127\.0\.0\.1\D)\d+|(?<=127\.0\.0\.1\", )\d+", shown)} == {"8700", "8000"}
    ports = {"8700": rig.sandbox.url.rpartition(":")[2], "8000": str(rig.port)}
    program = re.sub(r"\b(8700|8000)\b", lambda port: ports[port[0]], shown)
    user = shlex.join([sys.executable, str(Path(__file__).with_name("headless_user.py"))])
    # The ampersand keeps `webbrowser.open` from waiting for a user who waits for the callback's answer.
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "BROWSER": f"{user} %s &", "PYTHONUNBUFFERED": "1"},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stdout[-3000:]
    lines = run.stdout.splitlines()
    assert [line for line in lines if line.startswith("connected:")], run.stdout
    assert len(lines) <= 30, run.stdout
    assert len(rig.exchanged_codes()) == len(rig.keys_at("whitebit")) == 1
    rig.remember_secrets()
    assert canary.leaks(rig.secrets | rig.keys, {"the quick start's output": run.stdout.encode()}) == []


def test_its_two_commands_are_recipes() -> None:
    commands = [shlex.split(line, comments=True) for line in block("Two commands", "sh").splitlines()]
    assert [command[:3] for command in commands] == [["npx", "--yes", "rust-just"]] * 2
    recipes = re.findall(r"^([a-z][\w-]*)[^:=\n]*:(?!=)", (ROOT / "justfile").read_text(), re.MULTILINE)
    assert len({command[3] for command in commands} & {*recipes}) == 2, (commands, recipes)
