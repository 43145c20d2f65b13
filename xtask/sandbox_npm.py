"""Packs the sandbox's npm package, and one with the program for each platform that has a wheel: sandbox_npm.py WHEELS OUT

Prints the tarballs, the platforms' first: the main one depends on them. `just wheels` makes the wheels.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACK = Path(__file__).resolve().parents[1] / "sandbox/npm/pack.mjs"
# What a wheel's platform tag begins and ends with, and what Node calls it.
SYSTEMS = {"manylinux": "linux-{}", "musllinux": "linux-{}-musl", "macosx": "darwin-{}", "win": "win32-{}"}
MACHINES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


def platform(wheel: Path) -> str:
    """As pack.mjs takes it, such as `linux-x64-musl`."""
    tag = wheel.stem.rpartition("-")[2].split(".")[0]
    system = re.match("[a-z]+", tag)
    machine = next((node for name, node in MACHINES.items() if tag.endswith(name)), None)
    if system is None or system[0] not in SYSTEMS or machine is None:
        raise SystemExit(f"sandbox_npm.py: no platform of Node's is {tag}")
    return SYSTEMS[system[0]].format(machine)


def main(wheels: Path, out: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        programs = []
        for wheel in sorted(wheels.glob("venuekey_sandbox-*.whl")):
            with zipfile.ZipFile(wheel) as archive:
                (name,) = (n for n in archive.namelist() if re.search(r"/scripts/venuekey-sandbox(\.exe)?$", n))
                program = Path(folder, platform(wheel))
                program.write_bytes(archive.read(name))
            programs.append(f"{program.name}={program}")
        if not programs:
            raise SystemExit(f"sandbox_npm.py: no wheel of the sandbox in {wheels}")
        subprocess.run(["node", PACK, out, *programs], check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
