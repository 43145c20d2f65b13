"""The commands that documents show: each names a program, recipe, script, option, extra and file that there is.

What stands in a code block of shell is read line by line and never run; tests elsewhere run most of it, the quick starts above all.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What a machine has, and takes what it is given.
PLAIN = {"[", ".", "cd", "curl", "echo", "export", "git", "kill", "openssl", "printf", "command", "flask", "java", "swift", "uvicorn"}
OPTION = re.compile(r"--[a-z][\w-]*")


def read(name: str) -> str:
    return (ROOT / name).read_text()


def recipes() -> set[str]:
    return set(re.findall(r"^([a-z][\w-]*)[^:=\n]*:(?!=)", read("justfile"), re.M))


def of_venuekey(arguments: Sequence[str]) -> Iterable[str]:
    source = read("bindings-python/python/venuekey/_desk/command.py") + read("bindings-wasm/ts/desk/usage.ts")
    commands = set(re.findall(r'^def (?:_)?(\w+)\(', read("bindings-python/python/venuekey/_desk/commands.py"), re.M))
    known = commands | {"connect", "status", "call", "doctor", "worker"}
    if not arguments or arguments[0] not in known:
        yield f"venuekey has no {arguments[:1]}"
    yield from (f"venuekey has no {each}" for each in arguments for each in OPTION.findall(each) if each not in source)


def of_sandbox(arguments: Sequence[str]) -> Iterable[str]:
    source = read("sandbox/src/server/options.rs")
    known = set(re.findall(r'"([a-z][\w-]*)"', source)) | {"help"}
    for option in (found for each in arguments for found in OPTION.findall(each)):
        if option[2:] not in known and not option.startswith(("--whitebit-", "--bybit-")):
            yield f"venuekey-sandbox has no {option}"


def of_just(arguments: Sequence[str]) -> Iterable[str]:
    named = [each for each in arguments if re.fullmatch(r"[a-z][\w-]*", each)]
    yield from (f"no recipe {each}" for each in named[:1] if each not in recipes())


def of_pip(arguments: Sequence[str]) -> Iterable[str]:
    packages = {"venuekey": "bindings-python", "venuekey-sandbox": "sandbox/wheel"}
    for name, extras in (found for each in arguments for found in re.findall(r"^(?:\./)?(venuekey(?:-sandbox)?|bindings-python)\[([\w,]+)\]", each)):
        offered = read(f"{packages.get(name, 'bindings-python')}/pyproject.toml")
        yield from (f"{name} has no extra {extra}" for extra in extras.split(",") if not re.search(rf"^{extra} = \[", offered, re.M))


def of_npm(folder: Path, arguments: Sequence[str]) -> Iterable[str]:
    if arguments[0] == "run" or arguments[0] == "start":
        name = arguments[1] if arguments[0] == "run" else "start"
        package = folder / "package.json"
        if not package.is_file() or name not in json.loads(package.read_text()).get("scripts", {}):
            yield f"{package.relative_to(ROOT)} has no script {name}"


def of_cargo(arguments: Sequence[str]) -> Iterable[str]:
    named = [arguments[place + 1] for place, each in enumerate(arguments) if each == "-p" and place + 1 < len(arguments)]
    members = {path.parent for path in ROOT.glob("*/Cargo.toml")}
    names = {found for path in members for found in re.findall(r'^name = "([\w-]+)"', (path / "Cargo.toml").read_text(), re.M)}
    yield from (f"cargo knows no package {each}" for each in named if each not in names)


def complaints(document: Path, code: str) -> list[str]:
    folder = document.parent
    told: list[str] = []
    for line in code.replace("\\\n", " ").splitlines():
        for command in _commands(line):
            told += _of(folder, command)
    return told


def _commands(line: str) -> Iterable[list[str]]:
    """What stands between `&&`, `&`, `;`, `||` and `|`; without variables that are set for it."""
    lexer = shlex.shlex(re.sub(r"\$\([^()]*\)", "IT", line), posix=True, punctuation_chars="&;|()<>")
    lexer.whitespace_split = True
    command: list[str] = []
    for word in [*lexer, ";"]:
        if set(word) <= set("&;|(){}"):
            while command and re.match(r"^\w+=", command[0]):
                command.pop(0)
            if command:
                yield command
            command = []
        else:
            command.append(word)


def _of(folder: Path, command: Sequence[str]) -> Iterable[str]:
    name, *arguments = command
    if name == "npx":
        while arguments and arguments[0].startswith("--"):
            arguments.pop(0)
        name, *arguments = arguments
        name = name.partition("@")[0]
    if name in ("python", "node"):
        if arguments[:1] == ["-m"]:
            name, *arguments = arguments[1:]
        else:
            return _file(folder, arguments[:1])
    looks: dict[str, Callable[[Sequence[str]], Iterable[str]]] = {
        "venuekey": of_venuekey, "venuekey-sandbox": of_sandbox, "target/debug/venuekey-sandbox": of_sandbox, "just": of_just,
        "rust-just": of_just, "pip": of_pip, "cargo": of_cargo, "npm": lambda rest: of_npm(folder, rest), "docker": lambda rest: [],
        "pytest": lambda rest: _file(folder, [each for each in rest if "/" in each]), "wrangler": lambda rest: [], "json": lambda rest: [],
        "json()": lambda rest: [], "venuekey_sandbox": of_sandbox,
    }  # fmt: skip
    if name in looks:
        return list(looks[name](arguments))
    if name in PLAIN or (folder / name).is_file() or (ROOT / name).is_file():
        return []
    return [f"no program {name}"]


def _file(folder: Path, named: Sequence[str]) -> list[str]:
    """A file of the repository, of the page's folder, or the one that the page has the reader save."""
    there = {"app.py", "app.js", "app.mjs", "connect.js", "manage.py"}
    return [f"no file {each}" for each in named if each not in there and not (ROOT / each).exists() and not (folder / each).exists()]
