"""A PostgreSQL server for the tests: the machine's, or Debian's package unpacked below the build folder.

`python tests/journeys/postgres.py FOLDER` brings the package where the machine has no PostgreSQL. Nothing is installed:
apt downloads the package and the libraries that are missing, dpkg unpacks them; neither needs root.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import secrets
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg

# Of what the package depends on, the server needs its libraries. The compiler (llvm) is for queries longer than ours.
_NEEDED = re.compile(r"^(?:postgresql-\d+|lib.*)$")
_NOT_NEEDED = re.compile(r"llvm|perl|libz3|libgdbm|libjson")
_START_SECONDS = 300.0
_SCHEMA = "?options=-csearch_path%3D"


class NoPostgres(Exception):
    """One sentence about why there is none."""


def find_programs(unpacked: Path | None) -> Path:
    """The folder of `initdb` and `postgres`: on PATH, where Debian installs them, or unpacked."""
    on_path = shutil.which("initdb")
    roots = [Path("/"), *([unpacked] if unpacked else [])]
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += [folder for root in roots for folder in sorted(root.glob("usr/lib/postgresql/*/bin"), reverse=True)]
    for folder in folders:
        if all(os.access(folder / program, os.X_OK) for program in ("initdb", "postgres")):
            return folder
    raise NoPostgres("there is no PostgreSQL here")


def bring_programs(unpacked: Path) -> Path:
    """The same, and brings them where there are none."""
    with contextlib.suppress(NoPostgres):
        return find_programs(unpacked)
    if not shutil.which("apt-get"):
        raise NoPostgres("there is no PostgreSQL here and no apt to bring it")
    shutil.rmtree(unpacked, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="venuekey-postgres-") as text:
        folder = Path(text)
        try:
            _download(folder, [])
        except subprocess.CalledProcessError:
            # Old lists or none: of our own, then, since the machine's may be written by root only.
            own = [f"-oDir::State::lists={folder / 'lists'}", f"-oDir::Cache={folder / 'cache'}"]
            (folder / "lists/partial").mkdir(parents=True)
            (folder / "cache/archives/partial").mkdir(parents=True)
            _run("apt-get", *own, "-qq", "update")
            _download(folder, own)
        fresh = unpacked.with_name(f"{unpacked.name}.{os.getpid()}")
        for package in folder.glob("*.deb"):
            _run("dpkg-deb", "--extract", str(package), str(fresh))
    fresh.rename(unpacked)
    return find_programs(unpacked)


def _download(folder: Path, options: Sequence[str]) -> None:
    planned = _run("apt-get", *options, "-qq", "--simulate", "--no-install-recommends", "install", "postgresql")
    names = re.findall(r"^Inst (\S+)", planned, re.M)
    needed = [name for name in names if _NEEDED.match(name) and not _NOT_NEEDED.search(name)]
    _run("apt-get", *options, "-qq", "download", *needed, folder=folder)


def _run(*command: str, folder: Path | None = None) -> str:
    environ = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, cwd=folder, env=environ, check=True, capture_output=True, text=True, timeout=300)
    return done.stdout


class Postgres:
    """A running server. Its data is in a temporary folder and goes with it, even if this process is killed."""

    def __init__(self, unpacked: Path | None, port: int) -> None:
        programs = find_programs(unpacked)
        home = Path(tempfile.mkdtemp(prefix="venuekey-postgres-"))
        password = secrets.token_hex(16)
        self._url = f"postgresql://journeys:{password}@127.0.0.1:{port}/postgres"
        self._databases = 0
        (home / "password").write_text(password)
        environ = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
        if unpacked and programs.is_relative_to(unpacked):
            root = _reachable(unpacked, home)
            programs = root / programs.relative_to(unpacked)
            libraries = [*root.glob("usr/lib/*-linux-*"), *root.glob("lib/*-linux-*")]
            environ["LD_LIBRARY_PATH"] = ":".join(map(str, libraries))
        user: dict[str, Any] = {}
        if os.geteuid() == 0:
            # As root, it refuses to run.
            nobody = pwd.getpwnam("nobody")
            user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            for path in (home, *home.rglob("*")):
                os.chown(path, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)
        # The password itself is what is sent: a hash costs each of thousands of connections more than what it then asks.
        data = f"-D {shlex.quote(f'{home}/data')}"
        initdb = f"{shlex.quote(f'{programs}/initdb')} {data} -U journeys -A password --pwfile=password -E UTF8 -N >/dev/null"
        server = (
            f"{shlex.quote(f'{programs}/postgres')} {data} -p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= "
            "-c fsync=off -c full_page_writes=off -c jit=off -c max_connections=60 -c log_min_messages=fatal "
            # What is not written when it is said to be stays unwritten.
            "-c wal_writer_delay=10s"
        )
        # The end of the shell's input comes when this process ends, however it does.
        script = (
            f"start() {{ {server} & }}; stop() {{ kill -QUIT $!; wait $!; }}; "
            f"{initdb} && {{ start; while read -r each; do $each; echo done; done; stop; }}; rm -rf {shlex.quote(str(home))}"
        )
        self._told = tempfile.TemporaryFile("w+")
        self._shell = subprocess.Popen(
            ["sh", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._told, cwd=home, env=environ, **user
        )
        self._wait()

    def create_database(self) -> str:
        """The URL of a new, empty one; it is a schema, which is made in no time."""
        self._databases += 1
        name = f"journey_{self._databases}"
        connected(self._url).execute(f"CREATE SCHEMA {name}".encode())
        return f"{self._url}{_SCHEMA}{name}"

    @contextlib.contextmanager
    def down(self) -> Iterator[None]:
        """A while without the server, which ends as by a crash."""
        self._tell("stop")
        try:
            yield
        finally:
            self._tell("start")
            self._wait()

    def _tell(self, word: str) -> None:
        assert self._shell.stdin is not None and self._shell.stdout is not None
        self._shell.stdin.write(f"{word}\n".encode())
        self._shell.stdin.flush()
        assert self._shell.stdout.readline() == b"done\n"

    def stop(self) -> None:
        assert self._shell.stdin is not None and self._shell.stdout is not None
        if self._url in _kept:
            _kept.pop(self._url).close()
        self._shell.stdin.close()
        self._shell.wait(60)
        self._shell.stdout.close()
        self._told.close()

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                psycopg.connect(self._url, connect_timeout=2).close()
            except psycopg.OperationalError as error:
                if self._shell.poll() is not None or time.monotonic() > deadline:
                    self._told.seek(0)
                    told = self._told.read()
                    self.stop()
                    raise NoPostgres(f"PostgreSQL did not start: {told or error}") from None
                time.sleep(0.05)
            else:
                return


def _reachable(unpacked: Path, home: Path) -> Path:
    """For another user than root: a copy, where a folder on the way is closed to others."""
    if os.geteuid() != 0 or all(folder.stat().st_mode & stat.S_IXOTH for folder in unpacked.parents):
        return unpacked
    return shutil.copytree(unpacked, home / "programs", symlinks=True)


_kept: dict[str, psycopg.Connection[Any]] = {}


def connected(url: str) -> psycopg.Connection[Any]:
    """This process's own connection to that server, for what is asked next: its databases are schemas."""
    server, _, schema = url.partition(_SCHEMA)
    kept = _kept.pop(server, None)
    try:
        if kept is not None:
            kept.execute(f"SET search_path = {schema or 'DEFAULT'}".encode())
    except psycopg.OperationalError:
        kept = None  # it has been down meanwhile
    _kept[server] = psycopg.connect(url, autocommit=True) if kept is None else kept
    return _kept[server]


def everything_in(url: str) -> bytes:
    """All rows of all tables, to look for what may not be there."""
    connection = connected(url)
    names = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
    tables = connection.execute(names.encode()).fetchall()
    rows = [row for (table,) in tables for row in connection.execute(f"SELECT * FROM {table}".encode())]
    return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row)


def main() -> int:
    try:
        bring_programs(Path(sys.argv[1]))
    except (NoPostgres, OSError, subprocess.SubprocessError) as error:
        print(f"postgres.py: {getattr(error, 'stderr', '') or error}", file=sys.stderr)
        if os.environ.get("CI") == "true":
            return 1
        print("postgres.py: the tests that need it are skipped", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
