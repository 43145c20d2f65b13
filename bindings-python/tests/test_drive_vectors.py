"""What a host does and in which order: each case of `drives/` through the loops of both halves."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from typing import Any, Callable

import pytest

import venuekey
from corpus import MANIFEST, load
from test_vectors import apply, client, response

CASES = [name for name in MANIFEST["cases"] if name.startswith("drives/")]


class Broken(Exception):
    """The failure of one of the host's functions."""


class Host:
    """Functions that do what a case says, and write down what they do."""

    def __init__(self, case: dict[str, Any], way: dict[str, Any]) -> None:
        self._way = way
        self._app = client(case)
        self._moved_on = case.get("moved_on")
        self._replies: Iterator[dict[str, Any]] = iter(case.get("replies", ()))
        self._answers: Iterator[str] = iter(case.get("answers", ()))
        self.stored: str = case.get("stored", "")
        self.now_ms: int = case["now_ms"]
        self.trace: list[str] = []
        # How the host is asked to end.
        self.end: Callable[[], object] = lambda: None

    def does(self, line: str) -> tuple[bool, bool]:
        """Whether another worker wins here, and whether the host is asked to end."""
        place = len(self.trace)
        self.trace.append(line)
        if self._way.get("throw") == place:
            raise Broken(line)
        return self._way.get("superseded") == place, self._way.get("stop") == place

    def clock(self) -> int:
        return self.now_ms

    def on_step(self, step: venuekey.parts.Step) -> None:
        if self.does(f"step {step.name}")[1]:
            self.end()

    def save(self, snapshot: venuekey.parts.Snapshot) -> bool:
        standing = "" if self.stored else f" {snapshot.status}"
        lost, ends = self.does(f"save {snapshot.revision}{standing}")
        if ends:
            self.end()
        if lost:
            self.stored = self._moved_on or self.stored
            return False
        if self.stored:
            if self._app.restore_tokens(self.stored).revision != snapshot.expected_revision:
                return False
            self.stored = snapshot.expose()
        return True

    def reply(self) -> venuekey.parts.HttpResponse:
        given = next(self._replies)
        if "status" in given:
            return response(given)
        raise venuekey.NoResponse(not_sent=given["not_sent"])

    def send(self, request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        if self.does(f"send {request.purpose}")[1]:
            self.end()
        return self.reply()

    async def asend(self, request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        if self.does(f"send {request.purpose}")[1]:
            self.end()
            await asyncio.sleep(0)
        return self.reply()

    def sleep(self, seconds: float) -> None:
        _, ends = self.does(f"sleep {round(seconds * 1000)}")
        self.now_ms += round(seconds * 1000)
        if ends:
            self.end()

    async def asleep(self, seconds: float) -> None:
        self.sleep(seconds)
        await asyncio.sleep(0)

    def load(self) -> str:
        if self.does("load")[1]:
            self.end()
        return self.stored

    async def aload(self) -> str:
        stored = self.load()
        await asyncio.sleep(0)
        return stored

    def choose(self, step: venuekey.parts.Choose) -> str:
        self.does("choose")
        return next(self._answers)

    def authorize(self, step: venuekey.parts.Authorize) -> str:
        self.does("authorize")
        return next(self._answers)

    def tells(self, end: object) -> dict[str, Any]:
        return {"trace": self.trace, "end": end}


def ended(error: BaseException) -> object:
    if isinstance(error, venuekey.parts.SaveFailed):
        return {"save_fails": error.step.name}
    if isinstance(error, venuekey.parts.TokensUnsaved):
        return {"unsaved": error.shared.generation}
    if isinstance(error, venuekey.VenuekeyError):
        return {"raises": error.code}
    if isinstance(error, Broken):
        return "stopped" if str(error).startswith("step") else "thrown"
    assert isinstance(error, (KeyboardInterrupt, asyncio.CancelledError)), repr(error)
    return "stopped"


def options(case: dict[str, Any], host: Host) -> dict[str, Any]:
    """Nobody is there to ask where the case has no answers."""
    if "answers" in case:
        return {"choose": host.choose, "authorize": host.authorize}
    return {}


def run(case: dict[str, Any], host: Host, step: venuekey.parts.Step | None) -> object:
    if step is not None:
        done = venuekey.parts.drive(
            step, send=host.send, save=host.save, sleep=host.sleep, clock=host.clock, on_step=host.on_step,
            **options(case, host),
        )  # fmt: skip
        return {"returns": outcome_name(done)}
    app = client(case)
    if "brought" in case:
        venuekey.parts.keep_tokens(app, app.restore_tokens(case["brought"]), load=host.load, save=host.save)
        return {"returns": None}
    use = venuekey.parts.fresh_tokens(
        app, load=host.load, save=host.save, send=host.send, sleep=host.sleep, clock=host.clock,
        refused_generation=case.get("refused_generation"), patience_s=case.get("patience_ms", 30_000) / 1000,
    )  # fmt: skip
    return {"returns": use.generation}


async def arun(case: dict[str, Any], host: Host, step: venuekey.parts.Step | None) -> object:
    task = asyncio.current_task()
    assert task is not None
    host.end = task.cancel
    if step is not None:
        done = await venuekey.parts.adrive(
            step, send=host.asend, save=host.save, sleep=host.asleep, clock=host.clock, on_step=host.on_step,
            **options(case, host),
        )  # fmt: skip
        return {"returns": outcome_name(done)}
    app = client(case)
    if "brought" in case:
        await venuekey.parts.akeep_tokens(app, app.restore_tokens(case["brought"]), load=host.aload, save=host.save)
        return {"returns": None}
    use = await venuekey.parts.afresh_tokens(
        app, load=host.aload, save=host.save, send=host.asend, sleep=host.asleep, clock=host.clock,
        refused_generation=case.get("refused_generation"), patience_s=case.get("patience_ms", 30_000) / 1000,
    )  # fmt: skip
    return {"returns": use.generation}


NAMES = {
    "ApiKeyGranted": "api_key", "AccountTokens": "account_tokens", "TokensRefreshed": "tokens_refreshed",
    "KeyChecked": "key_checked", "KeyDeleted": "key_deleted", "HandOff": "hand_off",
}  # fmt: skip


def outcome_name(done: venuekey.parts.Done[Any]) -> str:
    return NAMES[type(done.outcome).__name__]


def first_step(case: dict[str, Any]) -> venuekey.parts.Step | None:
    return apply(client(case).restore(case["snapshot"]), case["event"]) if "event" in case else None


@pytest.mark.parametrize("name", CASES)
def test_threads(name: str) -> None:
    case = load(name)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        for way in case["ways"]:
            host = Host(case, way)
            host.end = lambda: signal.raise_signal(signal.SIGINT)
            try:
                end = run(case, host, first_step(case))
            except BaseException as error:
                end = ended(error)
            assert host.tells(end) == expected(case, way), way
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("name", CASES)
def test_asyncio(name: str) -> None:
    case = load(name)
    for way in case["ways"]:
        host = Host(case, way)
        try:
            end = asyncio.run(arun(case, host, first_step(case)))
        except BaseException as error:
            end = ended(error)
        assert host.tells(end) == expected(case, way), way


def expected(case: dict[str, Any], way: dict[str, Any]) -> dict[str, Any]:
    """Without the question that nobody is there to hear."""
    trace = [line for line in way["expect"]["trace"] if "answers" in case or line not in ("choose", "authorize")]
    return {"trace": trace, "end": way["expect"]["end"]}
