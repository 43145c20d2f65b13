"""Every block of code in the documents is whole: it can be parsed. What runs it, if anything does, stands beside its page."""

import ast
import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.M | re.S)
OXLINT = ROOT / "tests/project/node_modules/.bin/oxlint"
SCRIPTS = {"js": "mjs", "ts": "ts", "tsx": "tsx"}


def documents() -> list[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "*.md"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def blocks(*languages: str) -> list[tuple[str, str, str]]:
    """Where it stands, its language, and itself."""
    found = []
    for path in documents():
        text = path.read_text()
        for block in BLOCK.finditer(text):
            if block[2] in languages:
                place = f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, block.start()) + 1}"
                found.append((place, block[2], re.sub(rf"^{block[1]}", "", block[3], flags=re.M)))
    return found


def in_python(code: str) -> None:
    # What stands in a function of the reader's may return and await there.
    inside = "async def reader():\n" + "".join(f"    {line}\n" for line in code.splitlines()) + "    pass\n"
    try:
        ast.parse(code)
    except SyntaxError:
        ast.parse(inside)


def in_shell(code: str) -> None:
    ran = subprocess.run(["bash", "-n"], input=code, capture_output=True, text=True)
    if ran.returncode:
        raise SyntaxError(ran.stderr)


def in_json(code: str) -> None:
    """One value, or several one after the other."""
    while code := code.strip():
        _, end = json.JSONDecoder().raw_decode(code)
        code = code[end:]


PARSERS = {"python": in_python, "sh": in_shell, "json": in_json, "toml": tomllib.loads}


@pytest.mark.parametrize("language", PARSERS)
def test_each_block_can_be_parsed(language: str) -> None:
    wrong = []
    for place, _, code in blocks(language):
        try:
            PARSERS[language](code)
        except (SyntaxError, ValueError) as error:
            wrong.append(f"{place}: {error}")
    assert wrong == []


def told(folder: Path, scripts: list[tuple[str, str, str]]) -> str:
    for number, (_, language, code) in enumerate(scripts):
        (folder / f"{number}.{SCRIPTS[language]}").write_text(code)
    subprocess.run([ROOT / "xtask/npm.sh", OXLINT.parents[2]], check=True)
    ran = subprocess.run([OXLINT, "-A", "all", "--format", "unix", folder], cwd=folder, capture_output=True, text=True)
    assert ran.returncode in (0, 1), ran.stderr
    lines = [line for line in ran.stdout.splitlines() if re.search(r"/?(\d+)\.\w+:\d+:\d+:", line)]
    assert bool(lines) == bool(ran.returncode), ran.stdout
    return re.sub(r"[^\s]*?(\d+)\.(?:mjs|tsx?)(?=:)", lambda found: scripts[int(found[1])][0], "\n".join(lines))


def test_each_script_can_be_parsed(tmp_path: Path) -> None:
    scripts = blocks(*SCRIPTS)
    assert len(scripts) > 20
    assert told(tmp_path, scripts) == ""


def test_half_a_block_is_told(tmp_path: Path) -> None:
    wrong = told(tmp_path, [("page.md:1", "js", "const whole = 1;\n"), ("page.md:9", "js", "const half = {\n")])
    assert wrong.startswith("page.md:9") and "\n" not in wrong
    for language, half in {"python": "def f(", "sh": "if true", "json": "{", "toml": "a ="}.items():
        with pytest.raises((SyntaxError, ValueError)):
            PARSERS[language](half)


@pytest.mark.parametrize("language", ["kotlin", "swift"])
def test_a_quick_start_is_the_one_that_its_package_runs(language: str) -> None:
    """The package's tests cut it out of the package's README."""
    of_package = (ROOT / "bindings-swift-kotlin" / language / "README.md").read_text()
    of_docs = (ROOT / "docs/quick-start.md").read_text()
    first = [next(block[3] for block in BLOCK.finditer(text) if block[2] == language) for text in (of_package, of_docs)]
    assert first[0] == first[1]


RELAY = "tests/journeys/relay/lines"
NATIVE = "bindings-swift-kotlin"
LINES = {
    "python": f"{RELAY}.py",
    "js": f"{RELAY}.mjs",
    "kotlin": f"{NATIVE}/kotlin/venuekey-server/src/test/kotlin/io/github/venuekey/relay/Lines.kt",
    "swift": f"{NATIVE}/swift/Tests/Relay/Lines.swift",
}


@pytest.mark.parametrize("language", LINES)
def test_the_lines_that_read_an_account_are_those_that_run(language: str) -> None:
    """tests/journeys/test_relay_lines.py runs them in each language, and compares what they print."""
    source = (ROOT / LINES[language]).read_text()
    shown = {
        re.sub(rf"^{found[1]}", "", found[2], flags=re.M)
        for found in re.finditer(r"^( *)(?:#|//) From here\n(.*?)^ *(?:#|//) to here\n", source, re.M | re.S)
    }
    (lines,) = shown
    assert len([line for line in lines.splitlines() if line.strip() != "}"]) <= 8
    pages = ["account.md", *(["connections-kotlin.md"] if language == "kotlin" else [])]
    for page in pages:
        assert f"```{language}\n{lines}```\n" in (ROOT / "docs" / page).read_text(), page
