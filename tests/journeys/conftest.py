"""Both exchanges and the backend as programs of their own, and a person at a browser."""

from __future__ import annotations

import os
import resource
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "python-backend"
sys.path.insert(0, str(EXAMPLE))

import canary  # noqa: E402
from forks import Forks  # noqa: E402
from node import NodeBackend, need_package  # noqa: E402
from patience import PATIENCE_SECONDS, fetch, send, wait_for  # noqa: E402, F401
from person import Page, Person, Section  # noqa: E402
from pool import Pool, is_reusable, make_new, read_to_the_end  # noqa: E402
from postgres import NoPostgres, Postgres, everything_in  # noqa: E402
from processes import Backend, Program, Sandbox, find_sandbox, free_port  # noqa: E402
from rows import AT_REST, TABLE, Database, Rows, can_be_written, is_there  # noqa: E402

# For this process and each that it starts: a test that grows without end fails, and the machine lives on.
resource.setrlimit(resource.RLIMIT_DATA, (2 << 30, 2 << 30))

OTP = "123456"
TITLES = {"whitebit": "WhiteBIT", "bybit": "Bybit"}
PERMISSIONS = {"whitebit": ["info", "trading"], "bybit": ["openapi"]}
# A second of waiting takes a twentieth; the library's schedules are as they are.
TIME_SCALE = "0.05"
BOTH_DATABASES = pytest.mark.parametrize("database", ["sqlite", "postgresql"])
"""For a whole module too; every other test runs on SQLite alone."""
ANYTHING = r"(?!connected$|needs_user$|ended$)\w+"
"""What a worker may send; its log tells of events as well."""
BOTH_BACKENDS = pytest.mark.parametrize("language", ["python", "node"])
"""Likewise; every other test runs the Python backend."""


class Rig:
    """One sandbox, one folder of data, as many backends and people as a test needs."""

    forks: ClassVar[Forks]

    def __init__(
        self,
        binary: Path,
        folder: Path,
        seed: int,
        server: Postgres | None = None,
        language: str = "python",
        mount: str = "",
    ) -> None:
        """`mount` is where the routes with the callbacks are."""
        self.data = folder / "data"
        self._language = language
        self._server = server
        self._urls: dict[Path, str] = {}
        self.port = free_port()
        self.home = f"http://127.0.0.1:{self.port}"
        self._begun = time.time()
        self.sandbox = Sandbox(binary, self.home + mount, [f"--seed={seed}"])
        self._turn()
        self.backends: list[Backend] = []
        self.starts: list[object] = []  # with what each of them was started
        self.programs: list[Program] = []
        self.people: list[Person] = []
        self.answers: dict[str, bytes] = {}  # what apps were told, by path
        self.secrets: set[str] = set()
        self.keys: set[str] = set()

    def _turn(self) -> None:
        # A code's minute is this machine's own: too short for a slow one.
        self.sandbox.turn(whitebit={"key_delay_ms": 150, "code_ttl_s": 3600})

    def start_over(self) -> None:
        """The exchanges forget everything."""
        self.remember_secrets()
        self.sandbox.tell("/reset", {})
        self._turn()

    def start(self, port: int | None = None, **environ: str) -> Backend:
        asked = (port, environ)
        environ = {
            "VENUEKEY_EXAMPLE_TIME_SCALE": TIME_SCALE,
            # All of its processes have the same time.
            "VENUEKEY_EXAMPLE_TIME_FROM": str(self._begun),
            "VENUEKEY_EXAMPLE_PAGE_PATIENCE": "150",
            "PUBLIC_URL": self.home,
            "DATABASE_URL": self.database_url() or "",
            # Everything is http on this machine: no certificates to load.
            "SSL_CERT_FILE": "",
            "SSL_CERT_DIR": str(self.data.parent),
            **environ,
        }
        start = Backend if self._language == "python" else NodeBackend
        backend = start(port or self.port, self.data, self.sandbox.url, environ)
        self.backends.append(backend)
        self.starts.append(asked)
        return backend

    @property
    def backend(self) -> Backend:
        return self.backends[-1]

    def new_person(self, home: str | None = None) -> Person:
        self.people.append(Person(home or self.home))
        return self.people[-1]

    # What a person does.

    def ask(self, person: Person, venue: str, button: str = "") -> Page:
        """Presses the button that begins a connection; returns where that leads."""
        home = person.open("/")
        state = home.sections[venue].state
        labels = {"none": f"Connect {TITLES[venue]}", "connected": f"Connect again: {TITLES[venue]}"}
        return person.press(home, button or labels.get(state, f"Start again: {TITLES[venue]}"))

    def approve(
        self, person: Person, consent: Page, ticks: Sequence[str] = (), stop_before: Callable[[str], bool] | None = None
    ) -> Page:
        """On the exchange's page; `stop_before` may keep the browser from following the callback."""
        venue = "whitebit" if "/whitebit/" in consent.url else "bybit"
        boxes = {"permissions": list(ticks or PERMISSIONS[venue])}
        return person.press(consent, "Approve", boxes, stop_before or (lambda _: False), otp=OTP)

    def callback_of(self, person: Person, venue: str) -> str:
        """Goes through the consent and catches the callback's URL before the browser opens it."""
        consent = self.ask(person, venue)
        return self.approve(person, consent, stop_before=lambda url: "/callback/" in url).url

    def connect(self, person: Person, venue: str, ticks: Sequence[str] = ()) -> Section:
        consent = self.ask(person, venue)
        assert consent.url.startswith(self.sandbox.url), f"not at the exchange: {consent.sections}"
        self.approve(person, consent, ticks)
        return self.settled(person, venue)

    def settled(self, person: Person, venue: str) -> Section:
        return person.watch(venue, PATIENCE_SECONDS)

    # What a test looks at.

    def database_url(self) -> str | None:
        """Of a PostgreSQL database for each folder of data; none with SQLite, whose file is in that folder."""
        if self._server is not None and self.data not in self._urls:
            self._urls[self.data] = self._server.create_database()
        return self._urls.get(self.data)

    @contextmanager
    def database(self) -> Iterator[Database]:
        with closing(Database(self.database_url(), self.data)) as database:
            yield database

    @property
    def rows(self) -> Rows:
        options = [f"--sandbox={self.sandbox.url}", f"--data={self.data}", f"--public-url={self.home}"]
        if url := self.database_url():
            options.append(f"--database-url={url}")
        return Rows(options, self.database)

    def stored(self, venue: str) -> list[dict[str, Any]]:
        """The credentials of every account of this venue, opened as the backend would."""
        return self.rows.stored(venue)

    def flows(self) -> list[tuple[str, str]]:
        """What is under way, or has failed."""
        return self.rows.flows()

    def sent(self, purpose: str = ANYTHING, backend: Backend | None = None) -> int:
        """How often its worker has sent such a request, as it says itself; by default, of all backends."""
        output = "\n".join(each.output() for each in ([backend] if backend else self.backends))
        return self.rows.sent(purpose, output)

    def is_at_rest(self) -> bool:
        """Nobody works at a connection, and a request of a worker is not on its way."""
        # Tokens are looked after in the background.
        return {status for _, status in self.flows()} <= AT_REST and not self.rows.has_tokens()

    def forget_accounts(self) -> None:
        self.rows.forget()

    def user_of(self, person: Person) -> str:
        return self.rows.user_of(person.session)

    def keys_at(self, venue: str) -> list[dict[str, Any]]:
        state = self.sandbox.ask("/state?values=true")
        host = state["whitebit"]["global"] if venue == "whitebit" else state["bybit"]["mainnet"]
        return [key for key in host["keys"] if key["exists"]]

    def is_right(self, venue: str) -> bool:
        """Whether exactly one account is stored, with the secret that the venue knows."""
        (credentials,) = self.stored(venue)
        (key,) = self.keys_at(venue)
        if venue == "whitebit":
            return (credentials["external_id"], credentials["api_secret"]) == (key["external_id"], key["secret"])
        return (credentials["api_key"], credentials["api_secret"]) == (key["api_key"], key["api_secret"])

    def exchanged_codes(self, venue: str = "") -> list[str]:
        calls = [call for call in self.sandbox.calls("token") if venue in ("", call["venue"])]
        return [p["value"] for call in calls for p in call["form"] if p["name"] == "code"]

    @contextmanager
    def held_at_rest(self, backend: Backend) -> Iterator[None]:
        """Holds it, and not in a transaction, which would keep everybody else from writing, nor at a request."""
        while True:
            with backend.held():
                if self._can_be_written() and not self.rows.is_leased():
                    yield
                    return

    def _can_be_written(self) -> bool:
        with self.database() as database:
            if self.database_url() is not None:
                locks = "SELECT 1 FROM pg_locks WHERE mode = 'RowExclusiveLock' AND pid <> pg_backend_pid()"
                return database.execute(locks).fetchone() is None
            return can_be_written(database)

    def remember_secrets(self) -> None:
        """Before the sandbox forgets them, by a reset or at the end."""
        secrets, keys = canary.secrets_of(self.sandbox)
        self.secrets |= secrets
        self.keys |= keys

    def places(self) -> dict[str, bytes]:
        """Everything that was written or shown, by place."""
        places = {f"backend {n}'s output": b.output().encode() for n, b in enumerate(self.backends)}
        places |= {f"program {n}'s output": p.output().encode() for n, p in enumerate(self.programs)}
        for person in self.people:
            for reply in person.visited:
                if reply.url.port == self.port:
                    where = f"our page {reply.url.path}"
                    shown = reply.content
                    if "/callback/" in reply.url.path:
                        shown += str(reply.headers).encode()
                    places[where] = places.get(where, b"") + shown
        places |= {f"the API's {path}": told for path, told in self.answers.items()}
        for number, url in enumerate(self._urls.values()):
            for backend in self.backends:
                assert url not in backend.output(), "the database's URL holds its password"
            places[f"database {number}"] = everything_in(url)
        return places | {p.name: p.read_bytes() for p in self.data.rglob("*") if p.is_file()}

    def assert_no_leak(self) -> None:
        self.remember_secrets()
        assert canary.leaks(self.secrets | self.keys, self.places()) == []
        # The exchange's log names keys by their public id, in paths.
        assert canary.leaks(self.secrets, {"sandbox's output": self.sandbox.output().encode()}) == []

    def report(self) -> str:
        """What each backend said and what has happened to its rows, for whoever reads that a test has failed; no secret."""
        self.remember_secrets()
        said = [f"backend {number} said:\n{backend.output()}" for number, backend in enumerate(self.backends)]
        with self.database() as database:
            rows = self.rows.opened() if is_there(database, TABLE) else []
        text = "\n".join([*said, *(f"{row!r}: {row.trail}" for row in rows)])
        for secret in sorted(self.secrets | self.keys, key=len, reverse=True):
            text = text.replace(secret, "[secret]")
        return text

    def close(self) -> None:
        for person in self.people:
            person.close()
        for program in [*self.backends, *self.programs]:
            program.stop()
        self.sandbox.stop()


@pytest.fixture(scope="session")
def binary() -> Path:
    return find_sandbox(os.environ.get("VENUEKEY_SANDBOX"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server for all tests; each has databases of its own in there."""
    unpacked = os.environ.get("VENUEKEY_POSTGRES")
    try:
        server = Postgres(Path(unpacked) if unpacked else None, free_port())
    except NoPostgres as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """Programs in Python start forked from here on."""
    forks, ordinary = Forks(), Program.spawn

    def spawn(command: Sequence[str], environ: Mapping[str, str], folder: Path | None) -> Any:
        return (forks.start if command[0] == sys.executable else ordinary)(command, environ, folder)

    Program.spawn, Rig.forks = staticmethod(spawn), forks
    yield forks
    Program.spawn = staticmethod(ordinary)
    forks.close()


@pytest.fixture
def database() -> str:
    return "sqlite"


@pytest.fixture
def language() -> str:
    return "python"


@pytest.fixture(scope="session")
def pool(forks: Forks) -> Iterator[Pool]:
    with closing(Pool()) as pool:
        yield pool


@pytest.fixture
def rig(
    binary: Path, tmp_path: Path, database: str, language: str, pool: Pool, request: pytest.FixtureRequest
) -> Iterator[Rig]:
    """A rig without a backend yet. Whatever a test does, it must leak nothing and send nothing undocumented."""
    server = request.getfixturevalue("postgres") if database == "postgresql" else None
    if language == "node":
        need_package()
    # A server's databases are not as far apart as files are: what breaks all connections breaks an idle rig's.
    running = {"live", "unhurried"} & {*request.fixturenames} if server is None else set()
    kind = (language, *running)
    rig = pool.take(kind) if running else None
    rig = rig or Rig(binary, tmp_path, zlib.crc32(request.node.nodeid.encode()), server, language)
    is_kept = False
    failed_before = request.session.testsfailed
    try:
        yield rig
        if request.session.testsfailed > failed_before:
            print(rig.report())
        reusable = bool(running) and is_reusable(rig)
        if reusable:
            read_to_the_end(rig)
        else:
            for backend in rig.backends:
                backend.stop()
        rig.assert_no_leak()
        assert rig.sandbox.ask("/violations")["violations"] == []
        output = "\n".join(backend.output() for backend in rig.backends)
        assert "Traceback" not in output and "\n    at " not in output
        if reusable:
            make_new(rig)
            pool.give(kind, rig)
            is_kept = True
    finally:
        if not is_kept:
            rig.close()


@pytest.fixture
def live(rig: Rig) -> Rig:
    """A rig with a running backend."""
    if not rig.backends:
        rig.start()
    return rig


@pytest.fixture
def unhurried(rig: Rig) -> Rig:
    """The same by this machine's own time, for what a clock that runs faster would make too old on a slow machine."""
    rig.sandbox.turn(whitebit={"key_timing": "before"})  # with nothing to wait for
    if not rig.backends:
        rig.start(VENUEKEY_EXAMPLE_TIME_SCALE="1")
    return rig


@pytest.fixture
def still(rig: Rig) -> None:
    """The exchange's clock moves where a test moves it, and not by itself."""
    rig.sandbox.tell("/clock", {"held": True})


@pytest.fixture
def person(rig: Rig) -> Person:
    return rig.new_person()
