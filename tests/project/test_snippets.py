"""Every block of code in the documents is run or compiled by something: HOLDS says by what. A block in a language, or one of a few,
that nothing holds fails here; and each can be parsed, before anything is built."""

import ast
import json
import re
import sqlite3
import subprocess
import tomllib
from pathlib import Path

import commands
import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.M | re.S)
FENCE = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```$", re.M | re.S)
OXLINT = ROOT / "tests/project/node_modules/.bin/oxlint"
SCRIPTS = {"js": "mjs", "ts": "ts", "tsx": "tsx"}
# By language, what runs or compiles all of its blocks, whatever page they are on.
HOLDS = {
    "python": "bindings-python/tests/test_snippets.py",
    "js": "bindings-wasm/tests/web/snippets.test.mjs",
    "ts": "bindings-wasm/tests/web/snippets.test.mjs",
    "tsx": "bindings-wasm/tests/web/snippets.test.mjs",
    "sh": "tests/project/commands.py",
    "sql": "tests/project/test_snippets.py",
    "mermaid": "tests/pages/diagrams.test.mjs",
}
# By language, the sources that a block stands in to the letter: those are compiled, and most of them run.
CUT_FROM = {
    "kotlin": ("bindings-swift-kotlin/kotlin/**/src/test/**/*.kt", "examples/**/*.kt"),
    "swift": ("bindings-swift-kotlin/swift/Tests/**/*.swift", "examples/**/*.swift"),
    "java": ("bindings-swift-kotlin/kotlin/**/src/test/**/*.java", "examples/**/*.java"),
    # The manual's examples, which cargo runs.
    "rust": ("core/src/lib.rs",),
}
# The first block of a language on a page, which a test cuts out and runs.
QUICK_STARTS = {
    ("bindings-swift-kotlin/kotlin/README.md", "kotlin"): "bindings-swift-kotlin/kotlin/test.sh",
    ("bindings-swift-kotlin/swift/README.md", "swift"): "bindings-swift-kotlin/swift/test.sh",
    ("docs/quick-start.md", "kotlin"): "tests/project/check.py",
    ("docs/quick-start.md", "swift"): "tests/project/check.py",
    ("docs/quick-start.md", "java"): "bindings-swift-kotlin/kotlin/venuekey-server/src/test/kotlin/io/github/venuekey/ReadmeTest.kt",
}
# Of which there are few: what holds the one block that each page has.
FEW = {
    ("docs/cli.md", "json"): "bindings-python/tests/test_snippets.py",
    ("sandbox/README.md", "toml"): "sandbox/tests/shell_options.rs",
}
# What is no code of the library's, is read by people alone, or takes a build that no machine here has, and why.
PROSE = {
    ("docs/design.md", ""): "the design, older than the code",
    ("docs/cli.md", "text"): "what a program prints",
    ("docs/doctor.md", "text"): "what a program prints",
    ("docs/connections-swift.md", "text"): "a statement with its columns left out",
    ("bindings-swift-kotlin/swift/README.md", "text"): "a line of a manifest; xtask/release.py holds its version",
    ("bindings-swift-kotlin/kotlin/README.md", "kts"): "Gradle and Android's SDK; xtask/release.py and pins.py hold the versions",
}
# Records of decisions and of what venues document; vectors, journeys and their like are for whoever works on this.
OURS = ("docs/adr/", "docs/facts/", "tests/", "fuzz/", "xtask/", ".github/")


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


def shown() -> list[tuple[str, str, str]]:
    """Each block that users read: its page, its language or nothing, itself."""
    found = []
    for path in documents():
        name = str(path.relative_to(ROOT))
        if not name.startswith(OURS):
            found += [(name, block[2], block[3]) for block in FENCE.finditer(path.read_text())]
    return found


def words(code: str, language: str) -> str:
    """As one line, without what it imports: those stand at a file's beginning."""
    lines = [line.removeprefix("//! ") if language == "rust" else line for line in code.splitlines() if not re.match(r"import ", line)]
    return " ".join(" ".join(lines).split())


def unheld(found: list[tuple[str, str, str]]) -> list[str]:
    """Blocks that nothing runs or compiles; and more on a page than what holds the one there."""
    sources = {
        language: [words(path.read_text(), language) for pattern in patterns for path in ROOT.glob(pattern)]
        for language, patterns in CUT_FROM.items()
    }
    seen: set[tuple[str, str]] = set()
    wrong = []
    for page, language, code in found:
        is_first = (page, language) not in seen
        seen.add((page, language))
        if language in sources:
            is_held = any(words(code, language) in source for source in sources[language])
            is_held |= is_first and (page, language) in QUICK_STARTS
        else:
            is_held = language in HOLDS or (page, language) in PROSE or (is_first and (page, language) in FEW)
        if not is_held:
            wrong.append(f"{page}: nothing runs or compiles a block of {language or 'no language'}: {code.strip().splitlines()[:1]}")
    return wrong


def test_each_block_is_run_or_compiled() -> None:
    found = shown()
    assert len(found) > 180
    assert unheld(found) == []
    assert {*FEW, *PROSE, *QUICK_STARTS} <= {(page, language) for page, language, _ in found}, "one that is gone"
    for holder in {*HOLDS.values(), *FEW.values(), *QUICK_STARTS.values()}:
        assert (ROOT / holder).is_file(), holder


@pytest.mark.parametrize(
    ("page", "language", "code"),
    [
        ("docs/guide.md", "go", "package main\n"),
        ("docs/guide.md", "", "anything\n"),
        ("docs/guide.md", "kotlin", "val account = connections.count(id)\n"),
        ("docs/guide.md", "json", "{}\n"),
    ],
)
def test_a_new_block_that_nothing_runs_is_told(page: str, language: str, code: str) -> None:
    (told,) = unheld([(page, language, code)])
    assert told.startswith(f"{page}: nothing runs or compiles a block of {language or 'no language'}: ")


def test_a_second_block_where_one_is_held_is_told() -> None:
    of_config = ("docs/cli.md", "json", "{}\n")
    assert len(unheld([of_config, of_config])) == 1


def test_each_command_is_there() -> None:
    told = []
    for path in documents():
        for block in BLOCK.finditer(path.read_text()):
            if block[2] == "sh":
                told += [f"{path.relative_to(ROOT)}: {each}" for each in commands.complaints(path, block[3])]
    assert told == []


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("venuekey conect bybit", "venuekey has no ['conect']"),
        ("npx venuekey worker --onse && true", "venuekey has no --onse"),
        ("venuekey-sandbox --prot 1 &", "venuekey-sandbox has no --prot"),
        ("npx --yes rust-just@1.57.0 demoo", "no recipe demoo"),
        ('pip install "venuekey[htpx]"', "venuekey has no extra htpx"),
        ("cargo run -p venuekey-sandbax", "cargo knows no package venuekey-sandbax"),
        ("X=1 python examples/gone.py", "no file examples/gone.py"),
        ("npm run gone", "examples/express-app/package.json has no script gone"),
    ],
)
def test_a_command_that_is_not_there_is_told(line: str, told: str) -> None:
    assert told in commands.complaints(ROOT / "examples/express-app/README.md", f"{line}\n")


def test_each_statement_runs() -> None:
    """In SQLite, which has PostgreSQL's words for all of this but for one."""
    database = sqlite3.connect(":memory:")
    database.create_function("GREATEST", 2, max)
    database.execute("create table venuekey_counters (name text primary key, value bigint not null)")
    statements = blocks("sql")
    assert len(statements) >= 3
    for place, _, code in statements:
        for statement in filter(str.strip, code.split(";")):
            try:
                database.execute(statement, {"1": "name", "2": 5, "3": 1})
            except sqlite3.Error as error:
                pytest.fail(f"{place}: {error}")


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
