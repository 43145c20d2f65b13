"""Finds what a script would take at whatever release is newest: an npm or Python package, a crate, a Maven plugin, an action.

Scripts are read a line at a time and not run, so a command that is put together from variables goes unseen.
"""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

EXACT = r"\d+(\.\d+)+([.+-]?(?!x\b)\w+)*"
# By a path, or a variable that has one: the package we have just made.
OUR_FILES = re.compile(r"^\"?[./$]|\.tgz$")
# It runs what is installed already.
OUR_COMMAND = "venuekey"
# Those of cargo's commands that build, test or resolve by the lock file.
CARGO = "build|run|test|clippy|doc|install|metadata"
# What Maven does for a jar before it verifies, by plugins of its own release where nobody says which.
LIFECYCLE = {"resources", "compiler", "surefire", "jar"}
MAVEN = "{http://maven.apache.org/POM/4.0.0}"


def _commands(text: str) -> Iterator[list[str]]:
    """The words of each simple command. Comments are none."""
    for line in re.sub(r"\\\n", " ", text).splitlines():
        if not re.match(r"\s*(#|//)", line):
            yield from (words for part in re.split(r"[;&|()`]", line) if (words := part.split()))


def _after(command: list[str], *name: str) -> list[str] | None:
    """What follows `name` in a command, whatever stands before it."""
    for start in range(len(command) - len(name) + 1):
        words = [Path(command[start]).name, *command[start + 1 : start + len(name)]]
        if all(re.fullmatch(pattern, word) for pattern, word in zip(name, words, strict=True)):
            return command[start + len(name) :]
    return None


def _named(arguments: list[str]) -> list[str]:
    """Without options; the first is a package, or each of them."""
    return [word for word in arguments if not word.startswith(("-", ">", "<"))]


def in_script(text: str) -> list[str]:
    """What is wrong with the commands of a shell script or justfile."""
    return [problem for command in _commands(text) for problem in _in_command(command)]


def in_document(text: str) -> list[str]:
    """Of a reader's commands only npx, which fetches what it runs: how the reader installs things is the reader's."""
    shown = [*re.findall(r"`([^`\n]+)`", text), *re.findall(r"^```.*?\n(.*?)^```", text, re.M | re.S)]
    return [problem for commands in shown for problem in in_script(commands) if problem.startswith("npx")]


def _in_command(command: list[str]) -> Iterator[str]:
    shown = " ".join(command)
    package = rf"[\"']?(@?[^@\s]+)@{EXACT}[\"']?"
    if (arguments := _after(command, "npx")) is not None:
        names = _named(arguments)
        if names and names[0] != OUR_COMMAND and not re.fullmatch(package, names[0]):
            yield f"npx without a release: {shown}"
    if (arguments := _after(command, "npm", "i|in|install|add")) is not None:
        names = _named(arguments)
        if not names:
            yield f"npm install keeps no lock file, npm ci does: {shown}"
        if not all(OUR_FILES.search(name) or re.fullmatch(package, name) for name in names):
            yield f"npm install without a release: {shown}"
    if (arguments := _after(command, r"pip3?", "install")) is not None:
        if not {"--require-hashes", "--no-index"} & set(arguments):
            yield f"pip install without --require-hashes: {shown}"
    if (arguments := _after([word for word in command if word[0] != "+"], "cargo", CARGO)) is not None:
        std = any(word.startswith("build-std") for word in arguments)  # it has a lock file of the compiler's own
        if "--locked" not in arguments and not std:
            yield f"cargo without --locked: {shown}"
        if "install" in command and "--path" not in shown and not re.search(rf"--version[ =]{EXACT}|@{EXACT}", shown):
            yield f"cargo install without a release: {shown}"


def in_workflow(text: str) -> list[str]:
    """A tag of an action can be moved, a commit can't. Our own workflows are those of the same commit."""
    used = re.findall(r"^ *(?:- )?uses: *(.*)$", text, re.M)
    moves = [each for each in used if not re.fullmatch(r"\./.*|[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each)]
    return [f"an action without its commit and release: {each}" for each in moves] + in_script(text)


def in_package(text: str) -> list[str]:
    """A package.json whose tools may move. What a library's users may choose is no tool."""
    told = json.loads(text)
    tools = {**told.get("dependencies", {}), **told.get("devDependencies", {}), **told.get("optionalDependencies", {})}
    wrong = [f"{name} {at}" for name, at in tools.items() if not re.fullmatch(rf"(npm:(@?[\w./-]+)@)?{EXACT}|file:.*", at)]
    return [f"without an exact release: {tool}" for tool in wrong] + [
        problem for script in told.get("scripts", {}).values() for problem in in_script(script)
    ]


def in_requirements(text: str) -> list[str]:
    lines = [line.split(" #")[0].strip() for line in text.splitlines()]
    named = [line for line in lines if line and not line.startswith(("#", "-"))]
    return [f"without an exact release: {line}" for line in named if not re.match(rf"[\w.\[\]-]+=={EXACT}(\s|$)", line)]


def in_poms(texts: dict[str, str]) -> list[str]:
    """Maven's: each is that of a whole build, whose own pom may give a release for all of its modules."""
    pinned: set[str] = set()
    used: dict[str, set[str]] = {}
    for name, text in texts.items():
        used[name] = set()
        root = ElementTree.fromstring(text)
        for plugin in root.iter(f"{MAVEN}plugin"):
            artefact = plugin.findtext(f"{MAVEN}artifactId", "")
            used[name].add(artefact)
            if plugin.findtext(f"{MAVEN}version"):
                pinned.add(artefact)
        if root.findtext(f"{MAVEN}packaging", "jar") == "jar":
            used[name] |= {f"maven-{part}-plugin" for part in LIFECYCLE}
    return [f"{name}: {plugin} without a release"
            for name in texts for plugin in sorted(used[name] - pinned)]  # fmt: skip
