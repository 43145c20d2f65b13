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
from conftest import OTP, PATIENCE_SECONDS, PERMISSIONS, Rig, wait_for
from node import NODE_BACKEND, need_package
from person import Person
from processes import Program

ROOT = Path(__file__).resolve().parents[2]
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
    assert replaced >= 3
    return program


def test_the_python_quick_start_connects(rig: Rig, tmp_path: Path) -> None:
    shown = block("Python quick start", "python")
    program = on_free_ports(rig, shown)
    user = shlex.join([sys.executable, str(Path(__file__).with_name("headless_user.py"))])
    # The ampersand keeps `webbrowser.open` from waiting for a user who waits for the callback's answer.
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "BROWSER": f"{user} %s &", "PYTHONUNBUFFERED": "1"},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert run.returncode == 0, run.stdout[-3000:]
    lines = run.stdout.splitlines()
    assert [line for line in lines if line.startswith("connected:")], run.stdout
    assert len(lines) <= 30, run.stdout
    assert len(rig.exchanged_codes()) == len(rig.keys_at("whitebit")) == 1
    rig.remember_secrets()
    assert canary.leaks(rig.secrets | rig.keys, {"the quick start's output": run.stdout.encode()}) == []


JAVASCRIPT = [
    pytest.param(shown[1], id=str(path.relative_to(ROOT)))
    for path in (ROOT / "README.md", ROOT / "bindings-wasm" / "README.md")
    if (shown := re.search(r"^```js\n(import .*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL))
]


@pytest.mark.parametrize("shown", JAVASCRIPT)
def test_the_javascript_quick_start_connects(rig: Rig, person: Person, tmp_path: Path, shown: str) -> None:
    need_package()
    assert shown.count("\n") <= 30
    (tmp_path / "node_modules").symlink_to(NODE_BACKEND / "node_modules")
    program = tmp_path / "quick-start.mjs"
    program.write_text(on_free_ports(rig, shown))
    running = Program(["node", str(program)], os.environ)
    rig.programs.append(running)
    wait_for(lambda: running.lines or not running.is_running)
    # The one line with a secret: the address, `state` and all, which the user opens.
    opened, url = running.lines.pop(0).split()
    assert opened == "open"
    person.press(person.open(url), "Approve", {"permissions": PERMISSIONS["whitebit"]}, otp=OTP)
    # It goes on serving; the rig ends it.
    wait_for(lambda: any(line.startswith("connected:") for line in running.lines))
    assert len(rig.exchanged_codes()) == len(rig.keys_at("whitebit")) == 1


def test_the_package_s_own_readme_has_one() -> None:
    assert any("bindings-wasm" in str(shown.id) for shown in JAVASCRIPT)


def test_its_two_commands_are_recipes() -> None:
    commands = [shlex.split(line, comments=True) for line in block("Two commands", "sh").splitlines()]
    assert [command[:3] for command in commands] == [["npx", "--yes", "rust-just@1.57.0"]] * 2
    recipes = re.findall(r"^([a-z][\w-]*)[^:=\n]*:(?!=)", (ROOT / "justfile").read_text(), re.MULTILINE)
    assert len({command[3] for command in commands} & {*recipes}) == 2, (commands, recipes)
