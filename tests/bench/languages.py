"""The languages whose peers are measured beside them, by what the recipes have built."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from rows import IMPORTS, JVM, JVM_TIMES, NODE, PYTHON, Row
from run import Program, alone, compared, processor_ms

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
HEAD = ["| operation | beside | ours, µs | theirs, µs | ratio | goal |", "|---|---|---|---|---|---|"]


def goal(got: float, wanted: float | None) -> str:
    if wanted is None:
        return ""
    return f"{wanted}{'' if got <= wanted else ' (missed)'}"


def rows(program: Program, compare: list[Row]) -> list[str]:
    lines = [*HEAD]
    for row in compare:
        one, other, ratio = compared(program, row)
        print(f"{row.ours} / {row.peer}: {ratio:.2f}", flush=True)
        told = f"{one / 1000:.2f} | {other / 1000:.2f} | {ratio:.2f}"
        lines.append(f"| {row.ours} | {row.beside} | {told} | {goal(ratio, row.goal)} |")
    return lines


def imported(language: str, interpreter: list[object], program: str, folder: Path, **environ: str) -> list[str]:
    """Whole processes: ours, the peer's, and one that imports nothing."""
    ours, peer, wanted = IMPORTS[language]
    commands = [[*interpreter, program.format(name)] for name in (ours, peer)] + [[*interpreter, ""]]
    one, other, empty = processor_ms(commands, 11, folder, **environ)
    # In Python the start is a part of it, as the peer's figure was; in Node it is most of it.
    ratio = one / other if language == "python" else (one - empty) / (other - empty)
    kind = "whole process" if language == "python" else "above an empty process"
    above = 0 if language == "python" else empty
    print(f"import {ours} / {peer}: {ratio:.2f}", flush=True)
    told = f"{(one - above) * 1000:.0f} | {(other - above) * 1000:.0f} | {ratio:.2f}"
    return [f"| import, {kind} | {peer} | {told} | {goal(ratio, wanted)} |"]


def python() -> list[str] | None:
    interpreter = TARGET / "bench-python/bin/python"
    if not interpreter.exists():
        return None
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    asked = "import authlib, platform; print(platform.python_version(), authlib.__version__)"
    version, peer = subprocess.check_output([interpreter, "-c", asked], text=True).split()
    with Program(interpreter, "run.py", cwd=HERE / "python", env=environ) as program:
        lines = rows(program, PYTHON)
    told = {"PYTHONDONTWRITEBYTECODE": ""}
    return [
        f"CPython {version}, authlib {peer}; of the processor's time.",
        "",
        *lines,
        *imported("python", [interpreter, "-c"], "import {}", HERE, **told),
    ]


def node() -> list[str] | None:
    folder = HERE / "node"
    if not (folder / "node_modules/venuekey").exists():
        return None
    version = subprocess.check_output(["node", "--version"], text=True).strip()
    peer = json.loads((folder / "node_modules/oauth4webapi/package.json").read_text())["version"]
    with Program("node", "run.mjs", cwd=folder) as program:
        lines = rows(program, NODE)
    program = ["node", "--input-type=module", "--eval"]
    return [
        f"Node {version}, oauth4webapi {peer}; of the processor's time, the collector's included.",
        "",
        *lines,
        *imported("node", program, 'import "{}"', folder),
    ]


def jvm() -> list[str] | None:
    classes, library = TARGET / "maven/venuekey-server", TARGET / "release/libvenuekey_ffi.so"
    if not (classes / "classpath").exists() or not library.exists():
        return None
    told = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True).stderr
    version = re.search(r'version "([^"]+)"', told)
    path = f"{classes / 'classes'}:{(classes / 'classpath').read_text()}"
    options = ["-Xmx512m", f"-Duniffi.component.venuekey.libraryOverride={library}", "-cp", path]
    with Program("java", *options, HERE / "jvm/Bench.java") as program:
        lines = rows(program, JVM)
        lines += ["", "| operation | µs | goal |", "|---|---|---|"]
        for name, wanted in JVM_TIMES.items():
            took = alone(program, name) / 1000
            print(f"{name}: {took:.1f} µs", flush=True)
            lines.append(f"| {name} | {took:.1f} | {goal(took, wanted)} |")
    return [f"JDK {version and version[1]}, with the release library; of the calling thread's time.", "", *lines]


TABLES: dict[str, Callable[[], list[str] | None]] = {"python": python, "node": node, "jvm": jvm}
