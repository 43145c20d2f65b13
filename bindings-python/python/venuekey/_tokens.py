"""Tokens that stay alive while many workers use them, for threads and for asyncio."""

from __future__ import annotations

import asyncio
import inspect
import math
import time
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Callable

from ._checks import check_functions
from ._clock import steady, system_clock
from ._drive import _after_reply, _areply, _reply, _seconds_until, _sheltered
from ._errors import TokensUnsaved
from ._native import _TokenDriver
from ._shelter import finished, signals_wait

if TYPE_CHECKING:
    from ._native import Client, HttpRequest, HttpResponse, SharedTokens, Snapshot, UseTokens


def fresh_tokens(
    client: Client,
    *,
    load: Callable[[], str | None],
    save: Callable[[Snapshot], bool],
    send: Callable[[HttpRequest], HttpResponse],
    refused_generation: int | None = None,
    patience_s: float = 30,
    sleep: Callable[[float], object] = time.sleep,
    clock: Callable[[], int] | None = None,
) -> UseTokens:
    """Tokens that work, refreshed by this worker or another if that is due. Call it before each request.

    Args:
        client: the client that shared the tokens, or one configured alike.
        load: the newest stored text of these tokens; `LookupError` is raised where it is `None`.
        save: stores the snapshot durably if the stored revision is its `expected_revision`: `True` if it did,
            `False` if another worker won.
        send: sends the request exactly as it is and returns the reply; raises `NoResponse` if no whole reply
            came. `venuekey.senders` has some.
        refused_generation: the generation whose access token the venue has just refused (401, 403), if it has.
        patience_s: how long to wait, in seconds, while the venue limits or fails and no token works meanwhile. For
            another worker's refresh it waits at most that worker's lease (45 seconds).
        sleep: sleeps for a number of seconds.
        clock: Unix milliseconds; the operating system's clock if left out.

    Raises:
        ReauthorizeError: `token_expired`, `token_rejected` or `outcome_unknown`: the user must connect again.
        VenuekeyError: what stood in the way for longer than `patience_s`: `rate_limited`, `venue_unavailable`,
            `client_rejected`.
        TokensUnsaved: the new pair could not be stored; it is in the exception's `shared`, for `keep_tokens`.
        TypeError: `save` returned neither `True` nor `False`.

    A refresh that has begun is finished and stored, as `drive` does it: signals wait for that.
    """
    check_functions("afresh_tokens", load=load, save=save, send=send, sleep=sleep)
    clock = steady(clock)
    driver = _TokenDriver.fresh(client, refused_generation, _patience_ms(patience_s))
    while driver.action not in ("return", "fail"):
        if driver.action == "load":
            driver = driver.loaded(load(), now_ms=clock())
        elif driver.action == "sleep":
            sleep(_seconds_until(driver.until_ms, clock))
            driver = driver.awake()
        else:
            with signals_wait():
                driver = _kept(_after_save(driver, save(driver.snapshot), clock), load, save, send, clock)
    return _plan(driver)


def keep_tokens(
    client: Client, shared: SharedTokens, *, load: Callable[[], str | None], save: Callable[[Snapshot], bool]
) -> None:
    """Stores what a refresh brought, also if the stored tokens have moved on meanwhile: the newer pair stays.

    Raises:
        TokensUnsaved: `load` or `save` raised, or what is stored can't be restored; that is the cause. Call this again
            with its `shared`.
    """
    check_functions("akeep_tokens", load=load, save=save)
    with signals_wait():
        _kept(_TokenDriver.keep(client, shared), load, save, None, system_clock, shared)


def _kept(
    driver: _TokenDriver,
    load: Callable[[], str | None],
    save: Callable[[Snapshot], bool],
    send: Callable[[HttpRequest], HttpResponse] | None,
    clock: Callable[[], int],
    given: SharedTokens | None = None,
) -> _TokenDriver:
    """Goes on until nothing is left that must not be cut."""
    while driver.must_go_on:
        if driver.request is not None and send is not None:
            driver = _after_reply(driver, _reply(send, driver.request), clock)
            continue
        try:
            if driver.action == "load":
                driver = driver.loaded(load(), now_ms=clock())
            else:
                driver = _after_save(driver, save(driver.snapshot), clock)
        except Exception as error:
            raise _unsaved(driver, given) from error
    return driver


async def afresh_tokens(
    client: Client,
    *,
    load: Callable[[], str | Awaitable[str | None] | None],
    save: Callable[[Snapshot], bool | Awaitable[bool]],
    send: Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]],
    refused_generation: int | None = None,
    patience_s: float = 30,
    sleep: Callable[[float], Awaitable[object] | None] = asyncio.sleep,
    clock: Callable[[], int] | None = None,
) -> UseTokens:
    """`fresh_tokens` for asyncio: `load`, `save`, `send` and `sleep` may be coroutine functions.

    Cancelled during a refresh, by a task, a timeout or the end of `asyncio.run`, it finishes that refresh first, since
    its reply can't be had again.
    """
    check_functions(load=load, save=save, send=send, sleep=sleep)
    clock = steady(clock)
    driver = _TokenDriver.fresh(client, refused_generation, _patience_ms(patience_s))

    async def refreshed() -> _TokenDriver:
        stored = await _sheltered(save(driver.snapshot))
        return await _akept(_after_save(driver, stored, clock), load, save, send, clock)

    while driver.action not in ("return", "fail"):
        if driver.action == "load":
            driver = driver.loaded(await _awaited(load()), now_ms=clock())
        elif driver.action == "sleep":
            await _awaited(sleep(_seconds_until(driver.until_ms, clock)))
            driver = driver.awake()
        else:
            # A cancellation that has come by now is in time: nothing has begun.
            await asyncio.sleep(0)
            driver = await finished(refreshed())
    return _plan(driver)


async def akeep_tokens(
    client: Client,
    shared: SharedTokens,
    *,
    load: Callable[[], str | Awaitable[str | None] | None],
    save: Callable[[Snapshot], bool | Awaitable[bool]],
) -> None:
    """`keep_tokens` for asyncio: `load` and `save` may be coroutine functions. Cancelled, it is finished first."""
    check_functions(load=load, save=save)
    await finished(_akept(_TokenDriver.keep(client, shared), load, save, None, system_clock, shared))


async def _akept(
    driver: _TokenDriver,
    load: Callable[[], str | Awaitable[str | None] | None],
    save: Callable[[Snapshot], bool | Awaitable[bool]],
    send: Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]] | None,
    clock: Callable[[], int],
    given: SharedTokens | None = None,
) -> _TokenDriver:
    """`_kept` for asyncio."""
    while driver.must_go_on:
        if driver.request is not None and send is not None:
            reply = await _areply(lambda request: _sheltered(send(request)), driver.request)
            driver = _after_reply(driver, reply, clock)
            continue
        try:
            if driver.action == "load":
                driver = driver.loaded(await _sheltered(load()), now_ms=clock())
            else:
                driver = _after_save(driver, await _sheltered(save(driver.snapshot)), clock)
        except (Exception, asyncio.CancelledError) as error:
            raise _unsaved(driver, given) from error
    return driver


def _after_save(driver: _TokenDriver, stored: object, clock: Callable[[], int]) -> _TokenDriver:
    if isinstance(stored, bool):
        return driver.saved(now_ms=clock()) if stored else driver.superseded()
    kind = type(stored).__name__
    raise TypeError(f"save must return True (stored) or False (another worker won), not {kind}")


def _patience_ms(patience_s: float) -> int:
    """Less than none is none, and there may be no end."""
    if not isinstance(patience_s, (int, float)) or math.isnan(patience_s):
        raise TypeError("patience_s must be a number of seconds")
    return int(min(max(patience_s, 0) * 1000, 1 << 63))


def _unsaved(driver: _TokenDriver, given: SharedTokens | None) -> TokensUnsaved:
    shared = given or driver.brought
    assert shared is not None
    return TokensUnsaved(shared)


def _plan(driver: _TokenDriver) -> UseTokens:
    if driver.plan is None:
        assert driver.error is not None
        raise driver.error
    return driver.plan


async def _awaited(answer: Any) -> Any:
    return await answer if inspect.isawaitable(answer) else answer
