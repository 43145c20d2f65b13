"""The program under test, in Python: the library's connections behind a small protocol, and a worker that may die.

The environment says what it is, so that a program in another language needs the same and nothing else:

PAVED_PORT      serves commands there: POST with JSON, {"do": NAME, ...}, answered by {"view": ...}, {"views": [...]},
                {"value": ...} or {"error": {"type", "kind", "code"}}. Left out, it works and ends.
PAVED_SANDBOX   the exchanges' address, and PAVED_HOME that of the redirect URIs
PAVED_STORE     a file for SQLite, or a PostgreSQL URL
PAVED_KEYS      sealing keys, the newest first: ID:HEX,ID:HEX
PAVED_CLOCK     a file whose first eight bytes are the time in Unix milliseconds; with :PLACE behind it, the place where
                this process writes until when it sleeps (tests/journeys/clockwork.py)
PAVED_WORK      the worker's shape: once and run in every language; in Python thread, working and async too; none by default
PAVED_END       how that ends at PAVED_AT: kill, SIGTERM, SIGINT, stop, exit; in Python cancel and leave, in Node abort too
PAVED_AT        the number of the step; a worker counts each step of its jobs, before and after
PAVED_ALL_LOGS  in Python, whether every logger tells everything

It writes `ready`, `step N WHEN WHAT` for each step, `event KIND CODE OWNER` for each event, and `ended`. WHEN is before or after;
WHAT is the store's call (load, save, bump, find_account, delete), `send PURPOSE`, or deliver. Tests look into its log for
"begins" and "has ended" of a worker, ": the store fails" of a connection, "the store" of a worker that can't look, "quarantined",
"left alone", "there is no sealing key" and "there is no client".
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import math
import os
import signal
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import venuekey
from venuekey.connections import AsyncConnections, Connections, Event
from venuekey.senders import async_httpx_sender, httpx_sender
from venuekey.stores import Store
from venuekey.stores.sqlite import SQLiteStore

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from driven import DrivenClock  # noqa: E402

ENV = os.environ
SANDBOX, HOME = ENV["PAVED_SANDBOX"], ENV["PAVED_HOME"]


class Clock(DrivenClock):
    """One that has no place moves the time itself, the exchanges' too, where this program sleeps."""

    def sleep(self, seconds: float) -> None:
        if self.place:
            return super().sleep(seconds)
        body = json.dumps({"ms": math.ceil(seconds * 1000)}).encode()
        order = urllib.request.Request(
            f"{SANDBOX}/_sandbox/clock/advance", body, {"content-type": "application/json"}
        )
        with urllib.request.urlopen(order) as answer:
            self.numbers[0] = json.load(answer)["now_ms"]


CLOCK = Clock(ENV["PAVED_CLOCK"]) if "PAVED_CLOCK" in ENV else None


def say(what: str) -> None:
    print(what, flush=True)


class End:
    """Counts the steps of this worker's jobs, and ends it at one of them."""

    def __init__(self) -> None:
        self._at, self._how = int(ENV.get("PAVED_AT", "0")), ENV.get("PAVED_END", "")
        self._count = 0
        self._lock = threading.Lock()
        self.ways: dict[str, Any] = {}

    def step(self, when: str, what: str) -> None:
        with self._lock:
            self._count += 1
            number = self._count
            say(f"step {number} {when} {what}")
        if number == self._at:
            if self._how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            elif self._how in self.ways:
                self.ways[self._how]()
            elif self._how == "exit":
                os.kill(os.getpid(), signal.SIGUSR1)
            else:
                os.kill(os.getpid(), signal.Signals[self._how])

    @contextlib.contextmanager
    def steps(self, what: str) -> Any:
        self.step("before", what)
        yield
        self.step("after", what)


END = End()
COUNTED = ("load", "save", "bump", "find_account", "delete")


class CountedStore:
    """A store whose every call is a step, where the worker's jobs are what calls."""

    def __init__(self, own: Store) -> None:
        self._own = own

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._own, name)
        if name not in COUNTED or not ENV.get("PAVED_WORK"):
            return call

        def counted(*arguments: Any, **options: Any) -> Any:
            with END.steps(name):
                return call(*arguments, **options)

        return counted

    def wait(self, timeout: float) -> bool:
        return CLOCK.wait(self._own, timeout) if CLOCK and CLOCK.place else self._own.wait(timeout)


def open_store() -> Store:
    where = ENV["PAVED_STORE"]
    if not where.startswith("postgresql:"):
        return SQLiteStore(where)
    from venuekey.stores.postgres import PostgresStore

    return PostgresStore(where)


def client(name: str) -> venuekey.Client[Any]:
    venue: Any = "bybit" if name == "agent" else name
    environment: Any = "global" if venue == "whitebit" else "mainnet"
    base = f"{SANDBOX}/{venue}/{environment}"
    at: Any = {"venue": venue, "environment": environment, "authorize_base": base, "api_base": base}
    if name == "agent":
        return venuekey.Client.public(client_id="ai-agent", redirect_uri="http://127.0.0.1:9876/callback", **at)
    return venuekey.Client(
        client_id=f"demo-{name}", client_secret=f"demo-{name}-secret", redirect_uri=f"{HOME}/callback/{name}", **at
    )  # fmt: skip


def sealing_keys() -> venuekey.SealingKeys:
    pairs = [each.split(":") for each in ENV["PAVED_KEYS"].split(",")]
    return venuekey.SealingKeys([(id, bytes.fromhex(key)) for id, key in pairs])


def heard(event: Event) -> None:
    with END.steps("deliver") if ENV.get("PAVED_WORK") else contextlib.nullcontext():
        say(f"event {event.kind} {event.code or '-'} {event.owner}")


# Everything is http on this machine: no certificates to load, no proxy to ask.
BARE: Any = {"verify": False, "trust_env": False}


def sender() -> Any:
    send = httpx_sender(**BARE)

    def counted(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        with END.steps(f"send {request.purpose}"):
            return send(request)

    return counted if ENV.get("PAVED_WORK") else send


def async_sender() -> Any:
    send = async_httpx_sender(**BARE)

    async def counted(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        END.step("before", f"send {request.purpose}")
        reply = await send(request)
        END.step("after", f"send {request.purpose}")
        return reply

    return counted


def options() -> dict[str, Any]:
    clock: dict[str, Any] = {} if CLOCK is None else {"clock": CLOCK.now_ms, "sleep": CLOCK.sleep}
    return {"on_event": heard, **clock}


NAMES = ("whitebit", "bybit", "agent")
STORE: Any = CountedStore(open_store())
if ENV.get("PAVED_WORK") == "async":
    aconnections = AsyncConnections({n: client(n) for n in NAMES}, STORE, sealing_keys(), send=async_sender(), **options())
else:
    connections = Connections({n: client(n) for n in NAMES}, STORE, sealing_keys(), send=sender(), **options())


# The commands


def told(view: Any) -> dict[str, Any]:
    plain = ("id", "owner", "client", "status", "authorize_url", "recovery", "replaces_key", "key_left", "intent", "no_worker")
    return {
        **{name: getattr(view, name) for name in plain},
        "due_at_ms": view.due_at_ms,
        "code": None if view.error is None else view.error.code,
        "kind": None if view.error is None else view.error.kind,
        "choices": None if view.choices is None else [each.id for each in view.choices.subaccounts],
        "trail": [each.what for each in view.trail],
    }


def called(id: str, method: Any, path: str, parameters: Any, **owner: Any) -> object:
    reply = connections.account(id, **owner).call(method, path, parameters)
    return json.loads(reply.payload)


def tokens(id: str, refused: int | None = None) -> object:
    account = connections.account(id)
    access = account.tokens() if refused is None else account.token_refused(refused)
    return {"generation": access.generation, "sha256": hashlib.sha256(access.tokens.access_token.expose().encode()).hexdigest()}


def answer(order: dict[str, Any]) -> dict[str, Any]:
    do = order.pop("do")
    if do in ("call", "tokens"):
        return {"value": (called if do == "call" else tokens)(**order)}
    if do == "check":
        return {"view": told(connections.account(order.pop("id"), **order).check())}
    if do in ("run_once", "reseal"):
        return {"value": getattr(connections, do)(**order)}
    shown = getattr(connections, do)(**order)
    if do == "begin_by_hand_off":
        return {"view": {**told(shown.view), "is_new": shown.is_new}}
    return {"views": [told(each) for each in shown]} if isinstance(shown, list) else {"view": told(shown)}


class Commands(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body: dict[str, Any]
        try:
            body = answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        except Exception as error:
            kind, code = getattr(error, "kind", None), getattr(error, "code", None)
            body = {"error": {"type": type(error).__name__, "kind": kind, "code": code}}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: Any) -> None:
        """Not a word."""


# The worker, in each of its shapes


def work(shape: str) -> None:
    if shape == "once":
        END.ways["stop"] = connections.stop
        connections.run_once()
    elif shape == "run":
        END.ways["stop"] = connections.stop
        connections.run()
    elif shape == "async":
        asyncio.run(work_async())
    else:
        over = threading.Event()
        END.ways["leave"] = over.set
        if shape == "thread":
            threading.Thread(target=connections.run, daemon=True).start()
            over.wait()
        else:
            assert shape == "working"
            with connections.working():
                over.wait()


async def work_async() -> None:
    loop, leave = asyncio.get_running_loop(), asyncio.Event()
    task = asyncio.ensure_future(aconnections.run())
    END.ways["cancel"] = lambda: loop.call_soon_threadsafe(task.cancel)
    END.ways["leave"] = lambda: loop.call_soon_threadsafe(leave.set)
    END.ways["stop"] = aconnections.stop
    await asyncio.wait({task, asyncio.ensure_future(leave.wait())}, return_when=asyncio.FIRST_COMPLETED)
    # Leaving while the worker works: `asyncio.run` cancels every task there is.


def leave_now(*_: object) -> None:
    sys.exit(0)


def main() -> None:
    logging.basicConfig(level=logging.DEBUG if ENV.get("PAVED_ALL_LOGS") else logging.INFO, stream=sys.stdout)
    if not ENV.get("PAVED_ALL_LOGS"):
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)
    signal.signal(signal.SIGUSR1, leave_now)
    shape = ENV.get("PAVED_WORK", "")
    if "PAVED_PORT" in ENV:
        server = ThreadingHTTPServer(("127.0.0.1", int(ENV["PAVED_PORT"])), Commands)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    say("ready")
    if shape:
        work(shape)
    else:
        signal.signal(signal.SIGTERM, leave_now)
        threading.Event().wait()
    say("ended")


if __name__ == "__main__":
    main()
