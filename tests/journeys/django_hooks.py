"""The Django app's settings as the tests have them.

No view's transaction is ever committed: each writes first, which takes SQLite's one lock, and an exception ends it. With
CLOCK, a file, the exchanges' clock counts; with DIE_AT a worker counts what its jobs do and is killed at that number.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import secrets
import signal
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.db import transaction
from settings import *  # noqa: F403
from settings import MIDDLEWARE as OWN

from venuekey.connections import Connections
from venuekey.django import DjangoStore
from venuekey.senders import httpx_sender

ENV = os.environ
MIDDLEWARE = [*OWN, "django_hooks.ThrowsAfterEachView"]
if "POSTGRES" in ENV:
    url = urlsplit(ENV["POSTGRES"])
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql", "NAME": url.path[1:], "USER": url.username, "HOST": url.hostname,
            "PASSWORD": url.password, "PORT": url.port, "OPTIONS": {"options": parse_qs(url.query)["options"][0]},
            "ATOMIC_REQUESTS": True,
        }
    }  # fmt: skip


class Thrown(Exception):
    """After each view."""


class ThrowsAfterEachView:
    """But for the one that makes a user."""

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self._get_response = get_response

    def __call__(self, request: Any) -> Any:
        if request.path == "/run_once":
            # A worker's work in a process that is there already.
            from django.http import HttpResponse

            import accounts

            accounts.connections.run_once()
            return HttpResponse()
        return self._get_response(request)

    def process_view(self, request: Any, view: Any, arguments: Any, named: Any) -> Any:
        if request.path == "/login":
            return None
        from django.contrib.auth.models import Group

        response = None
        with contextlib.suppress(Thrown), transaction.atomic():
            Group.objects.create(name=f"canary {secrets.token_hex(8)}")
            response = view(request, *arguments, **named)
            assert Group.objects.exists()
            raise Thrown
        assert not Group.objects.exists()
        print(f"rolled back {request.method} {request.path}", flush=True)
        return response


class Clock:
    """Of the exchanges; where this program sleeps, it moves it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def now_ms(self) -> int:
        return int.from_bytes(self._path.read_bytes(), "little")

    def sleep(self, seconds: float) -> None:
        body = json.dumps({"ms": math.ceil(seconds * 1000)}).encode()
        order = urllib.request.Request(f"{ENV['SANDBOX']}/_sandbox/clock/advance", body, {"content-type": "application/json"})
        with urllib.request.urlopen(order) as answer, self._path.open("r+b") as file:
            file.write(json.load(answer)["now_ms"].to_bytes(8, "little"))


class Steps:
    """Counts, and kills this process at one of them."""

    def __init__(self, at: int) -> None:
        self._at, self._count, self._lock = at, 0, threading.Lock()

    @contextlib.contextmanager
    def around(self, what: str) -> Iterator[None]:
        self._step(f"before {what}")
        yield
        self._step(f"after {what}")

    def _step(self, what: str) -> None:
        with self._lock:
            self._count += 1
            print(f"step {self._count} {what}", flush=True)
            if self._count == self._at:
                os.kill(os.getpid(), signal.SIGKILL)


def counted(what: Callable[..., Any], steps: Steps, name: str) -> Callable[..., Any]:
    def call(*arguments: Any, **options: Any) -> Any:
        with steps.around(name):
            return what(*arguments, **options)

    return call


# Everything is http on this machine: no certificates to load, no proxy to ask.
bare: Any = {"verify": False, "trust_env": False}
send = own_send = httpx_sender(**bare)
if "DIE_AT" in ENV:
    all_steps = Steps(int(ENV["DIE_AT"]))
    for each in ("load", "save", "bump", "find_account", "delete"):
        setattr(DjangoStore, each, counted(getattr(DjangoStore, each), all_steps, each))

    def send(request: Any) -> Any:
        with all_steps.around(f"send {request.purpose}"):
            return own_send(request)


defaults = Connections.__init__.__kwdefaults__
defaults["send"] = send
if "CLOCK" in ENV:
    clock = Clock(Path(ENV["CLOCK"]))
    defaults.update(clock=clock.now_ms, sleep=clock.sleep)
