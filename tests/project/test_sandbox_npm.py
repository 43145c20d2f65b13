"""The npm packages of the sandbox's program are those of its wheels' platforms."""

import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WHEELS = {
    "manylinux_2_17_x86_64.manylinux2014_x86_64": ("@venuekey/sandbox-linux-x64", ["linux"], ["x64"], ["glibc"]),
    "musllinux_1_2_aarch64": ("@venuekey/sandbox-linux-arm64-musl", ["linux"], ["arm64"], ["musl"]),
    "macosx_11_0_arm64": ("@venuekey/sandbox-darwin-arm64", ["darwin"], ["arm64"], None),
    "win_amd64": ("@venuekey/sandbox-win32-x64", ["win32"], ["x64"], None),
}


def test_each_wheel_becomes_a_package_that_npm_installs_where_it_runs(tmp_path: Path) -> None:
    for tag in WHEELS:
        with zipfile.ZipFile(tmp_path / f"venuekey_sandbox-0.1.0-py3-none-{tag}.whl", "w") as wheel:
            name = "venuekey-sandbox.exe" if tag.startswith("win") else "venuekey-sandbox"
            wheel.writestr(f"venuekey_sandbox-0.1.0.data/scripts/{name}", f"for {tag}")
    command = [sys.executable, "-B", ROOT / "xtask/sandbox_npm.py", tmp_path, tmp_path / "out"]
    made = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    described = {}
    for tarball in made:
        with tarfile.open(tarball) as archive:
            package = json.load(archive.extractfile("package/package.json"))
            described[package["name"]] = package
            programs = [m for m in archive.getmembers() if m.name.startswith("package/bin/venuekey-sandbox") and "js" not in m.name]
            assert all(member.mode & 0o111 for member in programs), tarball
            assert len(programs) == (package["name"] != "venuekey-sandbox"), tarball
    for name, os, cpu, libc in WHEELS.values():
        assert (described[name]["os"], described[name]["cpu"], described[name].get("libc")) == (os, cpu, libc)
    main = described.pop("venuekey-sandbox")
    assert main["optionalDependencies"] == dict.fromkeys(described, main["version"])
    assert Path(made[-1]).name.startswith("venuekey-sandbox-")
