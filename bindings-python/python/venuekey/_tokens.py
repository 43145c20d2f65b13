"""Tokens that stay alive while many workers use them, for threads and for asyncio."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Callable

from ._checks import check_functions
from ._drive import _areply, _reply, _sheltered, _system_clock
from ._errors import NoResponse, TokensUnsaved
from ._native import Reauthorize, RefreshTokens, UseTokens
from ._shelter import finished, signals_wait

if TYPE_CHECKING:
    from ._native import Client, HttpRequest, HttpResponse, SharedTokens, Snapshot, WaitUntil


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
    """Tokens that work, refreshed by this worker or another where that is due. Call it before each request.

    Args:
        client: the client that shared the tokens, or one configured alike.
        load: the newest stored text of these tokens; `LookupError` is raised where it is `None`.
        save: stores the snapshot durably where the stored revision is its `expected_revision`: `True` if it did,
            `False` if another worker won.
        send: sends the request exactly as it is and returns the reply; raises `NoResponse` where no whole reply
            came. `venuekey.senders` has some.
        refused_generation: the generation whose access token the venue has just refused (401, 403), where it has.
        patience_s: how long to wait, in seconds, while the venue limits or fails and no token works meanwhile. For
            another worker's refresh it waits at most that worker's lease (45 seconds).
        sleep: sleeps for a number of seconds.
        clock: Unix milliseconds; the operating system's clock where left out.

    Raises:
        ReauthorizeError: `token_expired`, `token_rejected` or `outcome_unknown`: the user must connect again.
        VenuekeyError: what stood in the way for longer than `patience_s`: `rate_limited`, `venue_unavailable`,
            `client_rejected`.
        TokensUnsaved: the new pair could not be stored; it is in the exception's `shared`, for `keep_tokens`.
        TypeError: `save` returned neither `True` nor `False`.

    A refresh that has begun is finished and stored, as `drive` does it: signals wait for that.
    """
    check_functions("afresh_tokens", load=load, save=save, send=send, sleep=sleep)
    clock = clock or _system_clock
    patience_ms = patience_s * 1000
    while True:
        plan = client.restore_tokens(load()).plan(refused_generation=refused_generation, now_ms=clock())
        if isinstance(plan, UseTokens):
            return plan
        if isinstance(plan, Reauthorize):
            raise plan.error
        if isinstance(plan, RefreshTokens):
            with signals_wait():
                if _won(save(plan.next.snapshot())) and _in_time(plan, clock):
                    _keep(client, _after(plan, _reply(send, plan.request), clock), load, save)
            continue
        wait_ms, patience_ms = _wait_ms(plan, patience_ms, clock)
        sleep(wait_ms / 1000)


def keep_tokens(
    client: Client, shared: SharedTokens, *, load: Callable[[], str | None], save: Callable[[Snapshot], bool]
) -> None:
    """Stores what a refresh brought, also where the stored tokens have moved on meanwhile: the newer pair stays.

    Raises:
        TokensUnsaved: `load` or `save` raised, or what is stored can't be restored; that is the cause. Call this again
            with its `shared`.
    """
    check_functions("akeep_tokens", load=load, save=save)
    with signals_wait():
        _keep(client, shared, load, save)


def _keep(
    client: Client, shared: SharedTokens, load: Callable[[], str | None], save: Callable[[Snapshot], bool]
) -> None:
    late: SharedTokens | None = shared
    while late is not None:
        try:
            if _won(save(late.snapshot())):
                return
            late = client.restore_tokens(load()).merge(shared)
        except Exception as error:
            raise TokensUnsaved(shared) from error


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
    clock = clock or _system_clock
    patience_ms = patience_s * 1000
    while True:
        plan = client.restore_tokens(await _awaited(load())).plan(refused_generation=refused_generation, now_ms=clock())
        if isinstance(plan, UseTokens):
            return plan
        if isinstance(plan, Reauthorize):
            raise plan.error
        if isinstance(plan, RefreshTokens):
            await finished(_arefresh(client, plan, load, save, send, clock))
            continue
        wait_ms, patience_ms = _wait_ms(plan, patience_ms, clock)
        await _awaited(sleep(wait_ms / 1000))


async def akeep_tokens(
    client: Client,
    shared: SharedTokens,
    *,
    load: Callable[[], str | Awaitable[str | None] | None],
    save: Callable[[Snapshot], bool | Awaitable[bool]],
) -> None:
    """`keep_tokens` for asyncio: `load` and `save` may be coroutine functions. Cancelled, it is finished first."""
    check_functions(load=load, save=save)
    await finished(_akeep(client, shared, load, save))


async def _akeep(
    client: Client,
    shared: SharedTokens,
    load: Callable[[], str | Awaitable[str | None] | None],
    save: Callable[[Snapshot], bool | Awaitable[bool]],
) -> None:
    late: SharedTokens | None = shared
    while late is not None:
        try:
            if _won(await _sheltered(save(late.snapshot()))):
                return
            late = client.restore_tokens(await _sheltered(load())).merge(shared)
        except (Exception, asyncio.CancelledError) as error:
            raise TokensUnsaved(shared) from error


async def _arefresh(
    client: Client,
    plan: RefreshTokens,
    load: Callable[[], str | Awaitable[str | None] | None],
    save: Callable[[Snapshot], bool | Awaitable[bool]],
    send: Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]],
    clock: Callable[[], int],
) -> None:
    if not _won(await _sheltered(save(plan.next.snapshot()))) or not _in_time(plan, clock):
        return
    reply = await _areply(lambda request: _sheltered(send(request)), plan.request)
    await _akeep(client, _after(plan, reply, clock), load, save)


def _won(stored: object) -> bool:
    if isinstance(stored, bool):
        return stored
    kind = type(stored).__name__
    raise TypeError(f"save must return True (stored) or False (another worker won), not {kind}")


def _in_time(plan: RefreshTokens, clock: Callable[[], int]) -> bool:
    """Whether a reply can still come within the lease; a save that took too long leaves it to others."""
    lease_until_ms = plan.next.lease_until_ms or 0
    return clock() + plan.request.timeout_hint_ms <= lease_until_ms


def _after(plan: RefreshTokens, reply: HttpResponse | NoResponse, clock: Callable[[], int]) -> SharedTokens:
    if isinstance(reply, NoResponse):
        return plan.next.receive_no_response(not_sent=reply.not_sent, now_ms=clock())
    return plan.next.receive_response(reply, now_ms=clock())


def _wait_ms(plan: WaitUntil, patience_ms: float, clock: Callable[[], int]) -> tuple[float, float]:
    """How long to wait, and how much patience is left after it."""
    wait_ms = max(0, plan.until_ms - clock())
    if plan.error is None:
        return wait_ms, patience_ms
    if wait_ms > patience_ms:
        raise plan.error
    return wait_ms, patience_ms - wait_ms


async def _awaited(answer: Any) -> Any:
    return await answer if inspect.isawaitable(answer) else answer
