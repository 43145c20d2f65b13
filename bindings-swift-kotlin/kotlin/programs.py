"""Writes what starts the programs that ../../tests/journeys takes: programs.py TARGET, after Maven.

`relay` is VENUEKEY_RELAY_KOTLIN, `paved` VENUEKEY_PAVED_KOTLIN, and beside these are the routes in Tomcat, in Ktor and in Spring.
`paved` and the first two of the routes start hundreds of times, most of it spent on loading classes: each has an archive of what it
loads, made by a run of it. An archive wants jars, and what JNA and SQLite unpack at every start is unpacked once. A JVM that an archive does not fit goes without.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import random
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

TARGET = Path(sys.argv[1])
MAVEN = TARGET / "maven"
ARCHIVES = MAVEN / "archives"
HOME = "http://127.0.0.1:8000"
# Short-lived, so that little is worth compiling; without the machine's certificates, since all is http there.
OPTIONS = [
    "-XX:TieredStopAtLevel=1", "-XX:CompileThresholdScaling=5", "-XX:+UseSerialGC", "-Xshare:auto", "-Djavax.net.ssl.trustStore=NONE",
]  # fmt: skip


def free_port() -> int:
    # Below the numbers that the system gives out by itself: nobody gets it by chance while no server of ours has it.
    while True:
        port = random.randrange(20_000, 32_768)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def classpath(module: str) -> list[Path]:
    folder = MAVEN / module
    return [folder / "test-classes", folder / "classes", *map(Path, (folder / "classpath").read_text().strip().split(os.pathsep))]


def written(place: Path, data: bytes) -> None:
    """What is the same keeps its time, which an archive is checked by."""
    if not place.exists() or place.read_bytes() != data:
        place.write_bytes(data)


def jar(folder: Path) -> Path:
    place = ARCHIVES / f"{folder.parent.name}-{folder.name}.jar"
    fresh = place.with_suffix(".new")
    with zipfile.ZipFile(fresh, "w") as made:
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            made.writestr(zipfile.ZipInfo(str(path.relative_to(folder))), path.read_bytes())
    written(place, fresh.read_bytes())
    fresh.unlink()
    return place


def unpacked(jars: list[Path]) -> list[str]:
    """The options that name the native halves of JNA and SQLite."""
    bits = {"x86_64": ("x86-64", "x86_64"), "aarch64": ("aarch64", "aarch64")}.get(platform.machine())
    if bits is None or platform.system() != "Linux":
        return []
    wanted = {"jna-": f"com/sun/jna/linux-{bits[0]}/", "sqlite-jdbc-": f"org/sqlite/native/Linux/{bits[1]}/"}
    for start, folder in wanted.items():
        for place in (each for each in jars if each.name.startswith(start)):
            with zipfile.ZipFile(place) as opened:
                for name in (each for each in opened.namelist() if each.startswith(folder) and each.endswith(".so")):
                    written(ARCHIVES / Path(name).name, opened.read(name))
    return [f"-Djna.boot.library.path={ARCHIVES}", "-Djna.nosys=true", f"-Dorg.sqlite.lib.path={ARCHIVES}"]


def command(module: str, main: str, paths: list[Path], *options: str) -> list[str]:
    own = [*OPTIONS, f"-Djna.library.path={TARGET / 'uniffi/lib'}", *options]
    return ["java", *own, "-cp", os.pathsep.join(map(str, paths)), f"io.github.venuekey.{main}"]


def script(name: str, told: list[str], before_arguments: str = "") -> None:
    place = MAVEN / name
    place.write_text(f'#!/bin/sh\nexec {shlex.join(told)} {before_arguments}"$@"\n')
    place.chmod(0o755)


# The runs that archives are made of


class Exchange(BaseHTTPRequestHandler):
    """It tells everybody what time it is, and gives them tokens."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        tokens = {"access_token": "access", "refresh_token": "refresh", "token_type": "Bearer", "expires_in": 300}
        told = json.dumps({"now_ms": time.time_ns() // 1_000_000, **tokens}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


def ask(url: str, body: object = None) -> bytes:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, {"accept": "text/html"})) as answer:
        told: bytes = answer.read()
        return told


def until_it_answers(running: subprocess.Popen[bytes], url: str) -> None:
    while running.poll() is None:
        try:
            ask(url)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return


def connects(running: subprocess.Popen[bytes], port: int) -> None:
    """Until a reply makes no sense."""
    home = f"http://127.0.0.1:{port}/"
    until_it_answers(running, home)

    def does(name: str, **more: Any) -> Any:
        return json.loads(ask(home, {"do": name, **more}))

    for client in ("whitebit", "bybit"):
        view = does("begin", client=client, goal="api_key", owner="user")["view"]
        state = re.findall(r"[?&]state=([^&]+)", view["authorize_url"])[0]
        does("receive_callback", id=view["id"], owner="user", url=f"{HOME}/callback/{client}?code=code&state={state}")
        for _ in range(50):
            does("run_once")
            if does("status", id=view["id"])["view"]["status"] != "working":
                break
            time.sleep(0.1)
    does("find", owner="user")
    does("forget", owner="user")


def shows_its_pages(running: subprocess.Popen[bytes], port: int) -> None:
    until_it_answers(running, f"http://127.0.0.1:{port}/login")


def archive(
    name: str, told: Callable[..., list[str]], paths: list[Path], run: Callable[..., None], environ: Mapping[str, str]
) -> Path:
    place, made_of = ARCHIVES / f"{name}.jsa", ARCHIVES / f"{name}.made-of"
    version = subprocess.run(["java", "-version"], check=True, capture_output=True, text=True).stderr
    times = (f"{path} {path.stat().st_mtime_ns}" for path in paths)
    parts = "\n".join([Path(__file__).read_text(), version, *told(), *times])
    if place.exists() and made_of.exists() and made_of.read_text() == parts:
        return place
    place.unlink(missing_ok=True)
    port, folder = free_port(), Path(tempfile.mkdtemp(prefix="venuekey-archive-"))
    (folder / "clock").write_bytes((time.time_ns() // 1_000_000).to_bytes(8, "little"))
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(
            told(f"-XX:ArchiveClassesAtExit={place}") + [str(port)], stdout=log, stderr=log,
            env={**os.environ, "PAVED_PORT": str(port), **{key: each.replace("FOLDER", str(folder)) for key, each in environ.items()}},
        )  # fmt: skip
        try:
            run(running, port)
            running.send_signal(signal.SIGTERM)
            running.wait()
        finally:
            running.kill()
            running.wait()
    if not place.exists():
        sys.exit(f"programs.py: {name} has left no archive:\n{(folder / 'log').read_text(errors='replace')}")
    shutil.rmtree(folder)
    made_of.write_text(parts)
    return place


def main() -> None:
    ARCHIVES.mkdir(exist_ok=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Exchange)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    exchange = f"http://127.0.0.1:{server.server_port}"
    key = bytes(range(32)).hex()
    paved = {
        "PAVED_SANDBOX": exchange, "PAVED_HOME": HOME, "PAVED_STORE": "FOLDER/connections.db", "PAVED_KEYS": f"key:{key}",
        "PAVED_CLOCK": "FOLDER/clock", "PAVED_WORK": "run",
    }  # fmt: skip
    web = {
        "HOME_URL": HOME, "SANDBOX": exchange, "DATABASE": "FOLDER/connections.db", "SEALING_KEY": key, "SECRET_KEY": "secret",
        "WHITEBIT_SECRET": "secret", "BYBIT_SECRET": "secret",
    }  # fmt: skip
    script("relay", command("venuekey-server", "relay.RunnerKt", classpath("venuekey-server")))
    spring = command("example-spring-app", "example.App", classpath("example-spring-app"))
    script("web-spring", spring, "--server.address=127.0.0.1 --server.port=")
    for name, module, main_class, run, environ in [
        ("paved", "venuekey-server", "paved.ProgramKt", connects, paved),
        ("web-servlet", "venuekey-servlet", "web.AppKt", shows_its_pages, web),
        ("web-ktor", "venuekey-ktor", "web.AppKt", shows_its_pages, web),
    ]:
        paths = [jar(each) if each.is_dir() else each for each in classpath(module)]
        libraries = unpacked(paths)

        def told(*options: str) -> list[str]:
            return command(module, main_class, paths, *libraries, *options)

        script(name, told(f"-XX:SharedArchiveFile={archive(name, told, paths, run, environ)}"))


if __name__ == "__main__":
    main()
