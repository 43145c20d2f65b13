"""Checks that Linux wheels run where their names say: wheels.py FOLDER

Each wheel's compiled file is for the processor of its tag, asks for no newer glibc and for no library that a bare system lacks,
and names no folder of the machine that built it. Prints what it has seen. Needs binutils' readelf.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

# What every Linux of the kind has. The module takes Python's symbols from the program that loads it.
GLIBC = {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libgcc_s.so.1",
         "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}  # fmt: skip
MUSL = {"libc.so", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"}
MACHINES = {"x86_64": "Advanced Micro Devices X86-64", "aarch64": "AArch64"}
FOLDERS = re.compile(rb"/(?:root|home|work|Users|tmp|runner)/[\w./-]+")


def readelf(path: Path, *what: str) -> str:
    return subprocess.run(["readelf", "--wide", *what, path], check=True, capture_output=True, text=True).stdout


def problems(name: str, compiled: Path) -> tuple[str, list[str]]:
    tag = re.search(r"-(cp39-abi3|py3-none)-(?:manylinux2014_\w+?\.)?(?:(manylinux)_(\d+)_(\d+)|(musllinux)_\d+_\d+)_(x86_64|aarch64)\.whl$", name)
    if tag is None:
        return "", [f"{name}: not a tag of ours"]
    needed = {*re.findall(r"\(NEEDED\).*\[(.*)\]", readelf(compiled, "--dynamic"))}
    newest = max(((int(a), int(b)) for a, b in re.findall(r"GLIBC_(\d+)\.(\d+)", readelf(compiled, "--version-info"))), default=(0, 0))
    wrong = [f"needs {each}" for each in sorted(needed - (GLIBC if tag[2] else MUSL))]
    if tag[2] and newest > (int(tag[3]), int(tag[4])):
        wrong.append(f"asks for glibc {newest[0]}.{newest[1]}")
    if MACHINES[tag[6]] not in readelf(compiled, "--file-header"):
        wrong.append("is for another processor")
    wrong += [f"names {found[0].decode()}" for found in FOLDERS.finditer(compiled.read_bytes())]
    seen = f"glibc {newest[0]}.{newest[1]}" if newest > (0, 0) else "no glibc"
    return f"{seen}; {' '.join(sorted(needed)) or 'static'}", [f"{name}: {each}" for each in wrong]


def main() -> int:
    wheels = sorted(Path(sys.argv[1]).glob("*linux*.whl"))
    found = [f"no wheel in {sys.argv[1]}"] if not wheels else []
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as folder:
            binaries = [name for name in archive.namelist() if name.endswith((".so", "/venuekey-sandbox"))]
            if len(binaries) != 1:
                found.append(f"{wheel.name}: {len(binaries)} compiled files")
            for binary in binaries:
                seen, wrong = problems(wheel.name, Path(archive.extract(binary, folder)))
                print(f"{wheel.name}: {wheel.stat().st_size // 1024} KB; {seen}")
                found += wrong
    print("\n".join(found), file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
