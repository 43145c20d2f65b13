"""Builds an app's native library and prints what it weighs: raw, and as an APK or a jar carries it.

For each ABI whose Rust target is installed; Android's also need its NDK's linker (CARGO_TARGET_…_LINKER).
"""

from __future__ import annotations

import gzip
import lzma
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
LIBRARY = "libvenuekey_ffi.so"
# Android's names for its ABIs; Apple's are static and have no size of their own before an app is linked.
ABIS = {
    "x86_64-unknown-linux-gnu": "Linux x86_64",
    "aarch64-unknown-linux-gnu": "Linux aarch64",
    "aarch64-linux-android": "Android arm64-v8a",
    "armv7-linux-androideabi": "Android armeabi-v7a",
    "x86_64-linux-android": "Android x86_64",
}


def installed(target: str) -> bool:
    asked = subprocess.run(
        ["rustc", "--print", "target-libdir", "--target", target], check=True, capture_output=True, text=True
    )
    return Path(asked.stdout.strip()).is_dir()


def build(target: str) -> bytes:
    command = [
        "cargo",
        "build",
        "--quiet",
        "--locked",
        "-p",
        "venuekey-ffi",
        "--profile",
        "release-app",
        "--target",
        target,
    ]
    subprocess.run(command, cwd=ROOT, check=True)
    return (TARGET / target / "release-app" / LIBRARY).read_bytes()


def main() -> None:
    print(f"{LIBRARY:<34}{'raw':>10}{'gzip':>10}{'xz':>10}")
    for target, name in ABIS.items():
        if not installed(target):
            print(f"{name:<34}  not built: rustup target add {target}")
            continue
        library = build(target)
        sizes = [len(library), len(gzip.compress(library, 9)), len(lzma.compress(library, preset=9))]
        print(f"{name:<34}" + "".join(f"{size / 1024:>7.1f} KB" for size in sizes))


if __name__ == "__main__":
    main()
