"""A whole read, for threads and for asyncio: page after page, with tokens that stay fresh."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from typing import TYPE_CHECKING, Any, Callable, TypeVar, Union

from ._checks import check_functions
from ._errors import NoResponse, VenuekeyError
from ._native import Tokens, UseTokens
from ._page import RecordT
from ._tokens import _awaited

if TYPE_CHECKING:
    from ._native import AccountRead, HttpRequest, HttpResponse
    from ._page import Page

T = TypeVar("T")

TokensFor = Callable[[Union[int, None]], UseTokens]
"""Gives the tokens for a request; called with the generation that the venue has just refused, or with `None`."""

_TRIES = 5
# WhiteBIT's advice for its limits: 1 s, doubled, at most 30 s, with jitter.
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 30.0
_PASSING = ("rate_limited", "venue_unavailable")


def records(
    read: AccountRead[RecordT],
    *,
    tokens: Tokens | TokensFor,
    send: Callable[[HttpRequest], HttpResponse],
    sleep: Callable[[float], object] = time.sleep,
) -> Iterator[RecordT]:
    """Every record of a read, one by one, to its end. Nothing is asked for before it is needed.

    Args:
        read: what one of `Client`'s `read_` methods returned, or `Client.resume_read`.
        tokens: the tokens, or a function that gives them for each request: it is called with `None`, and once more
            with the generation that the venue has refused, where it has. Over `fresh_tokens`:
            `lambda refused: fresh_tokens(client, load=load, save=save, send=send, refused_generation=refused)`.
        send: sends the request exactly as it is and returns the reply; raises `NoResponse` where no whole reply
            came. `venuekey.senders` has some.
        sleep: sleeps for a number of seconds.

    Raises:
        ReauthorizeError: `token_rejected`: refused again with new tokens, or at once where `tokens` is no function.
        MisuseError: `history_too_long`, after every record that the venue shows; `request_rejected`.
        UnavailableError: `rate_limited` or `venue_unavailable`, five times in a row.
        NoResponse: no reply, five times in a row.
        VenuekeyError: what else `AccountRead.receive` raises, and what `tokens` raises.

    A page that failed can be asked for again: where that matters, use `pages` and keep each page's `next`.

    >>> import venuekey
    >>> client = venuekey.Client(
    ...     venue="whitebit", environment="global", client_id="demo", client_secret="s3cr3t",
    ...     redirect_uri="https://partner.example/callback",
    ... )
    >>> def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
    ...     return venuekey.parts.HttpResponse(200, b'{"BTC": {"main_balance": "0.5"}, "ETH": {"main_balance": "0"}}')
    >>> tokens = venuekey.parts.Tokens(access_token="access", expires_at_ms=1_790_000_300_000)
    >>> balances = venuekey.parts.records(client.read_main_balances(), tokens=tokens, send=send)
    >>> [balance.ticker for balance in balances if balance.main_balance]
    ['BTC']
    """
    for page in pages(read, tokens=tokens, send=send, sleep=sleep):
        yield from page.records


def pages(
    read: AccountRead[RecordT],
    *,
    tokens: Tokens | TokensFor,
    send: Callable[[HttpRequest], HttpResponse],
    sleep: Callable[[float], object] = time.sleep,
) -> Iterator[Page[RecordT]]:
    """`records`, page by page: the arguments and exceptions are the same.

    After each page, `page.next.cursor()` is what another process goes on with, by `Client.resume_read`.
    """
    check_functions("apages or arecords", send=send, sleep=sleep)
    following: AccountRead[RecordT] | None = read
    while following is not None:
        page = _page(following, tokens, send, sleep)
        yield page
        following = page.next


async def arecords(
    read: AccountRead[RecordT],
    *,
    tokens: Tokens | Callable[[int | None], UseTokens | Awaitable[UseTokens]],
    send: Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]],
    sleep: Callable[[float], Awaitable[object] | None] = asyncio.sleep,
) -> AsyncIterator[RecordT]:
    """`records` for asyncio: `tokens`, `send` and `sleep` may be coroutine functions."""
    async for page in apages(read, tokens=tokens, send=send, sleep=sleep):
        for record in page.records:
            yield record


async def apages(
    read: AccountRead[RecordT],
    *,
    tokens: Tokens | Callable[[int | None], UseTokens | Awaitable[UseTokens]],
    send: Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]],
    sleep: Callable[[float], Awaitable[object] | None] = asyncio.sleep,
) -> AsyncIterator[Page[RecordT]]:
    """`pages` for asyncio: `tokens`, `send` and `sleep` may be coroutine functions."""
    check_functions(send=send, sleep=sleep)
    following: AccountRead[RecordT] | None = read
    while following is not None:
        page = await _apage(following, tokens, send, sleep)
        yield page
        following = page.next


def _page(
    read: AccountRead[T], tokens: Tokens | TokensFor, send: Callable[..., Any], sleep: Callable[..., object]
) -> Page[T]:
    attempt = _Attempt()
    while True:
        used = tokens if isinstance(tokens, Tokens) else tokens(attempt.refused)
        request = read.request(attempt.uses(used))
        try:
            return read.receive(send(request))
        except (NoResponse, VenuekeyError) as error:
            wait_s = attempt.wait_s(error)
        if wait_s:
            sleep(wait_s)


async def _apage(
    read: AccountRead[T], tokens: Tokens | Callable[..., Any], send: Callable[..., Any], sleep: Callable[..., Any]
) -> Page[T]:
    attempt = _Attempt()
    while True:
        used = tokens if isinstance(tokens, Tokens) else await _awaited(tokens(attempt.refused))
        request = read.request(attempt.uses(used))
        try:
            reply: HttpResponse = await _awaited(send(request))
            return read.receive(reply)
        except (NoResponse, VenuekeyError) as error:
            wait_s = attempt.wait_s(error)
        if wait_s:
            await _awaited(sleep(wait_s))


class _Attempt:
    """How often one page has been asked for, and what came of it."""

    def __init__(self) -> None:
        self.refused: int | None = None
        self._generation: int | None = None
        self._was_refused = False
        self._troubles = 0

    def uses(self, used: Tokens | UseTokens) -> Tokens:
        self.refused = None
        self._generation = None if isinstance(used, Tokens) else used.generation
        return used if isinstance(used, Tokens) else used.tokens

    def wait_s(self, error: NoResponse | VenuekeyError) -> float:
        """How long to wait before the page is asked for again; raises what can't be helped."""
        if isinstance(error, VenuekeyError) and error.code == "token_rejected":
            # Once: a scope that is missing looks the same, and no refresh helps it.
            if self._generation is None or self._was_refused:
                raise error
            self.refused, self._was_refused = self._generation, True
            return 0
        if isinstance(error, VenuekeyError) and error.code not in _PASSING:
            raise error
        self._troubles += 1
        told_s = (error.retry_after_ms or 0) / 1000 if isinstance(error, VenuekeyError) else 0
        if self._troubles == _TRIES or told_s > 2 * _LONGEST_WAIT_S:
            raise error
        wait_s = min(_FIRST_WAIT_S * (1 << (self._troubles - 1)), _LONGEST_WAIT_S)
        return max(told_s, wait_s * random.uniform(1, 1.25))
