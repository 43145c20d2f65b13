"""Which connections a command is about: an app's own, or those at this desk."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import importlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Optional, TypeVar, Union
from urllib.parse import urlsplit

from ..connections import AsyncConnections, Connections
from ..connections._connections import default_sender
from ..connections._process import is_missing
from . import home
from ._texts import ENVIRONMENTS
from .config import SANDBOX, Settings
from .trouble import trouble

if TYPE_CHECKING:
    import argparse

    from .._native import HttpRequest, HttpResponse

T = TypeVar("T")

MUST_NOT_RUN = "it must define its Connections, and not run anything, when it is imported"

RUNNING_SANDBOX = "http://127.0.0.1:8700"
ANSWER_S = 5
SLOW_S = 5
"""An app that is not loaded by then may be running instead."""
START = "start"
"""What `--sandbox` without an address is."""


def app_of(name: str) -> Union[Connections, AsyncConnections]:
    """By `module:attribute`."""
    module, _, attribute = name.partition(":")
    attribute = attribute or "connections"
    if not module or module.startswith("."):
        sys.exit(f"venuekey: {name!r} is not module:attribute, such as app:connections")
    # As `python -m` does: a console script's own folder is another one.
    if "" not in sys.path and os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    slow = threading.Timer(
        SLOW_S, print, [f"venuekey: {module} is still being loaded: {MUST_NOT_RUN}"], {"file": sys.stderr}
    )
    slow.daemon = True
    slow.start()
    try:
        loaded = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if not is_missing(module, error):
            sys.exit(f"venuekey: {module} can't be imported: {error}")
        sys.exit(f"venuekey: there is no module {error.name!r} here: run this in the folder of your app")
    except ImportError as error:
        sys.exit(f"venuekey: {module} can't be imported: {error}")
    finally:
        slow.cancel()
    if not hasattr(loaded, attribute):
        sys.exit(f"venuekey: {module} has no attribute {attribute}")
    value = getattr(loaded, attribute)
    if not isinstance(value, (Connections, AsyncConnections)):
        sys.exit(f"venuekey: {name!r} is not a Connections: name one as module:attribute, such as app:connections")
    return value


def on(connections: Union[Connections, AsyncConnections], work: Callable[[Connections], T]) -> T:
    """The work's result; coroutine functions of the app run in a loop meanwhile."""
    if isinstance(connections, Connections):
        return work(connections)
    own = connections

    async def called() -> T:
        return await own._in_thread(work, own._own)

    return asyncio.run(called())


def sender() -> Callable[[HttpRequest], HttpResponse]:
    try:
        return default_sender()
    except ImportError:
        raise trouble("no_http_library", "configuration") from None


class Local:
    """The connections at this desk."""

    def __init__(self, given: argparse.Namespace, sandbox: Optional[str], temporary: Optional[str] = None) -> None:
        self.settings = Settings(given.config, sandbox, getattr(given, "paste", False))
        file = "sandbox.db" if sandbox is not None else "connections.db"
        default = temporary or self.settings.store or str(home.data_folder() / file)
        self.store: str = given.store or os.environ.get(home.STORE) or default
        if given.store and home.is_database(given.store) and urlsplit(given.store).password is not None:
            raise trouble("password_shown", "store")

    def is_there(self) -> bool:
        return home.is_database(self.store) or Path(self.store).exists()

    def connections(self, *, makes: bool) -> Connections:
        """Makes store and sealing key where they are not there yet, if it is to."""
        if not self.settings.clients:
            raise trouble("no_client", "configuration")
        opened = home.open_store(self.store)
        sender()
        return Connections(self.settings.clients, opened, home.sealing_keys(self.store, opened, makes=makes))


@contextlib.contextmanager
def sandboxed(given: argparse.Namespace, *, asks: bool = True) -> Iterator[tuple[Optional[str], bool]]:
    """The sandbox's address, if one is wanted, and whether it ends with this command. One that is named is asked
    whether it is there, if anything is going to be sent.
    """
    wanted = given.sandbox or os.environ.get(SANDBOX)
    if wanted != START:
        yield (_checked(wanted, asks) if wanted else None), False
    elif _answers(RUNNING_SANDBOX):
        yield RUNNING_SANDBOX, False
    else:
        with _started() as url:
            yield url, True


@contextlib.contextmanager
def temporary_store(is_wanted: bool) -> Iterator[Optional[str]]:
    """What a sandbox knows ends with it, and so do connections to it."""
    if not is_wanted:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="venuekey-") as folder:
        yield str(Path(folder) / "sandbox.db")


def _checked(url: str, asks: bool) -> str:
    if not url.startswith(("http://", "https://")):
        raise trouble("sandbox_unavailable", "sandbox", error=f"{url!r} is not an http address")
    if asks and not _answers(url):
        raise trouble("sandbox_unavailable", "sandbox", error=f"no sandbox answers at {url}")
    return url


def _answers(url: str) -> bool:
    try:
        kind = http.client.HTTPSConnection if url.startswith("https:") else http.client.HTTPConnection
        connection = kind(urlsplit(url).netloc, timeout=ANSWER_S)
        with contextlib.closing(connection):
            connection.request("GET", "/_sandbox/health")
            return bool(json.loads(connection.getresponse().read())["status"] == "ok")
    except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException):
        return False


@contextlib.contextmanager
def _started() -> Iterator[str]:
    """The program `venuekey-sandbox`, at a free port; it knows a free port of ours, too."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    uris = {venue: f"http://127.0.0.1:{port}/callback/{venue}" for venue in ENVIRONMENTS}
    for venue, uri in uris.items():
        os.environ[f"VENUEKEY_{venue.upper()}_REDIRECT_URI"] = uri
    options = [f"--redirect-uri={venue}={uri}" for venue, uri in uris.items()]
    child = subprocess.Popen(
        [_program(), "--port=0", *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert child.stdout is not None
        for line in child.stdout:
            if " listening on " in line:
                # What else it says is not waited for.
                threading.Thread(target=child.stdout.read, daemon=True).start()
                yield line.split()[-1]
                return
        raise trouble("sandbox_unavailable", "sandbox", error="it did not start")
    finally:
        child.terminate()
        child.wait()


def _program() -> str:
    """On PATH, or where pip has put it."""
    on_path = shutil.which("venuekey-sandbox")
    if on_path is not None:
        return on_path
    with contextlib.suppress(ImportError, FileNotFoundError):
        found: str = importlib.import_module("venuekey_sandbox").find_program()
        return found
    error = "none is running on port 8700, and venuekey-sandbox is not installed"
    raise trouble("sandbox_unavailable", "sandbox", error=error)
