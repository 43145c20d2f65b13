"""A whole read, for threads and for asyncio: page after page, with tokens that stay fresh or with a key."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Callable, TypeVar, Union

from ._checks import check_functions
from ._errors import NoResponse, VenuekeyError
from ._kinds import MisuseError, ReauthorizeError, UnavailableError
from ._native import RateBudget, Signer, Tokens, UseTokens
from ._page import RecordT
from ._tokens import _awaited

if TYPE_CHECKING:
    from ._native import AccountRead, HttpRequest, HttpResponse, TokenAccess
    from ._page import Page

T = TypeVar("T")

TokensFor = Callable[[Union[int, None]], UseTokens]
"""Gives the tokens for a request; called with the generation that the venue has just refused, or with `None`."""

_TRIES = 5
# WhiteBIT's advice for its limits: 1 s, doubled, at most 30 s, with jitter.
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 30.0
# A nonce that was refused has had no effect, and the page is signed anew each time.
_PASSING = ("rate_limited", "venue_unavailable", "nonce_rejected")


def records(
    read: AccountRead[RecordT],
    *,
    tokens: Tokens | TokensFor | None = None,
    signer: Signer | None = None,
    nonce_ms: Callable[[], int] | None = None,
    send: Callable[[HttpRequest], HttpResponse],
    sleep: Callable[[float], object] = time.sleep,
) -> Iterator[RecordT]:
    """Every record of a read, one by one, to its end. Nothing is asked for before it is needed.

    Args:
        read: what one of `Client`'s `read_` methods returned, or `Client.resume_read`.
        tokens: the tokens, or a function that gives them for each request: it is called with `None`, and once more
            with the generation that the venue has refused, if it has. Over `fresh_tokens`:
            `lambda refused: fresh_tokens(client, load=load, save=save, send=send, refused_generation=refused)`.
        signer: the key, instead of tokens: the same list is read at the venue's private API, signed.
        nonce_ms: gives the number for each signed request, as for `Signer.sign`, if several workers sign with the
            key; left out, the operating system's clock.
        send: sends the request exactly as it is and returns the reply; raises `NoResponse` if no whole reply
            came. `venuekey.senders` has some.
        sleep: sleeps for a number of seconds.

    Raises:
        ReauthorizeError: `token_rejected`: refused again with new tokens, or at once where `tokens` is no function;
            `key_rejected`.
        MisuseError: `history_too_long`, after every record that the venue shows; `request_rejected`;
            `signature_rejected`; `invalid_argument` if not one of `tokens` and `signer` is given.
        UnavailableError: `rate_limited` or `venue_unavailable`, five times in a row.
        NoResponse: no reply, five times in a row.
        VenuekeyError: what else `AccountRead.receive` and `receive_signed` raise, and what `tokens` raises.

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
    for page in pages(read, tokens=tokens, signer=signer, nonce_ms=nonce_ms, send=send, sleep=sleep):
        yield from page.records


def pages(
    read: AccountRead[RecordT],
    *,
    tokens: Tokens | TokensFor | None = None,
    signer: Signer | None = None,
    nonce_ms: Callable[[], int] | None = None,
    send: Callable[[HttpRequest], HttpResponse],
    sleep: Callable[[float], object] = time.sleep,
) -> Iterator[Page[RecordT]]:
    """`records`, page by page: the arguments and exceptions are the same.

    After each page, `page.next.cursor()` is what another process goes on with, by `Client.resume_read`.
    """
    check_functions("apages or arecords", send=send, sleep=sleep)
    _check_with(tokens, signer)
    following: AccountRead[RecordT] | None = read
    while following is not None:
        page = _page(following, tokens, signer, nonce_ms, send, sleep)
        yield page
        following = page.next


async def arecords(
    read: AccountRead[RecordT],
    *,
    tokens: Tokens | Callable[[int | None], UseTokens | Awaitable[UseTokens]] | None = None,
    signer: Signer | None = None,
    nonce_ms: Callable[[], int | Awaitable[int]] | None = None,
    send: Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]],
    sleep: Callable[[float], Awaitable[object] | None] = asyncio.sleep,
) -> AsyncIterator[RecordT]:
    """`records` for asyncio: `tokens`, `nonce_ms`, `send` and `sleep` may be coroutine functions."""
    async for page in apages(read, tokens=tokens, signer=signer, nonce_ms=nonce_ms, send=send, sleep=sleep):
        for record in page.records:
            yield record


async def apages(
    read: AccountRead[RecordT],
    *,
    tokens: Tokens | Callable[[int | None], UseTokens | Awaitable[UseTokens]] | None = None,
    signer: Signer | None = None,
    nonce_ms: Callable[[], int | Awaitable[int]] | None = None,
    send: Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]],
    sleep: Callable[[float], Awaitable[object] | None] = asyncio.sleep,
) -> AsyncIterator[Page[RecordT]]:
    """`pages` for asyncio: `tokens`, `nonce_ms`, `send` and `sleep` may be coroutine functions."""
    check_functions(send=send, sleep=sleep)
    _check_with(tokens, signer)
    following: AccountRead[RecordT] | None = read
    while following is not None:
        page = await _apage(following, tokens, signer, nonce_ms, send, sleep)
        yield page
        following = page.next


def _check_with(tokens: object, signer: Signer | None) -> None:
    if (tokens is None) == (signer is None):
        raise MisuseError(
            "invalid_argument: give tokens or a signer", "invalid_argument", hint="give tokens or a signer"
        )


def _page(
    read: AccountRead[T],
    tokens: Tokens | TokensFor | None,
    signer: Signer | None,
    nonce_ms: Callable[[], int] | None,
    send: Callable[..., Any],
    sleep: Callable[..., object],
) -> Page[T]:
    attempt = Attempt()
    while True:
        if signer is not None:
            request = read.sign(signer, nonce_ms=None if nonce_ms is None else nonce_ms())
        else:
            used = tokens(attempt.refused) if callable(tokens) else tokens
            request = read.request(attempt.uses(used))
        try:
            return _received(read, send(request), signer)
        except (NoResponse, VenuekeyError) as error:
            wait_s = attempt.wait_s(error)
        if wait_s:
            sleep(wait_s)


async def _apage(
    read: AccountRead[T],
    tokens: Tokens | Callable[..., Any] | None,
    signer: Signer | None,
    nonce_ms: Callable[[], int | Awaitable[int]] | None,
    send: Callable[..., Any],
    sleep: Callable[..., Any],
) -> Page[T]:
    attempt = Attempt()
    while True:
        if signer is not None:
            request = read.sign(signer, nonce_ms=None if nonce_ms is None else await _awaited(nonce_ms()))
        else:
            used = await _awaited(tokens(attempt.refused)) if callable(tokens) else tokens
            request = read.request(attempt.uses(used))
        try:
            return _received(read, await _awaited(send(request)), signer)
        except (NoResponse, VenuekeyError) as error:
            wait_s = attempt.wait_s(error)
        if wait_s:
            await _awaited(sleep(wait_s))


def _received(read: AccountRead[T], reply: HttpResponse, signer: Signer | None) -> Page[T]:
    return read.receive(reply) if signer is None else read.receive_signed(reply)


class Attempt:
    """How often one page has been asked for, and what came of it."""

    def __init__(self, refusals: int = 1) -> None:
        self.refused: int | None = None
        self._generation: int | None = None
        self._used: Tokens | None = None
        self._refusals = refusals
        self._troubles = 0

    def uses(self, used: Tokens | UseTokens | TokenAccess | None) -> Tokens:
        self.refused = None
        if used is None or isinstance(used, Tokens):
            self._generation = None
            # Not given where a signer was; and whatever else it is, core says that it is no tokens.
            return used  # type: ignore[return-value]
        self._generation, self._used = used.generation, used.tokens
        return used.tokens

    @contextmanager
    def naming_the_scope(self, read: AccountRead[Any]) -> Iterator[None]:
        """Says which scope a refusal is most likely about: names alone tell, so nothing is refused by them."""
        try:
            yield
        except VenuekeyError as error:
            if error.code == "scope_missing" and self._used is not None:
                with suppress(ReauthorizeError, UnavailableError):
                    read.preflight(self._used, budget=RateBudget())
            raise

    def wait_s(self, error: NoResponse | VenuekeyError) -> float:
        """How long to wait before the page is asked for again; raises what can't be helped."""
        if isinstance(error, VenuekeyError) and error.code == "token_rejected":
            # A refresh may help, once: a scope that is missing looks the same.
            if self._generation is None or self._refusals == 0:
                raise error
            self.refused, self._refusals = self._generation, self._refusals - 1
            return 0
        if isinstance(error, VenuekeyError) and error.code not in _PASSING:
            raise error
        self._troubles += 1
        told_s = (error.retry_after_ms or 0) / 1000 if isinstance(error, VenuekeyError) else 0
        if self._troubles == _TRIES or told_s > 2 * _LONGEST_WAIT_S:
            raise error
        wait_s = min(_FIRST_WAIT_S * (1 << (self._troubles - 1)), _LONGEST_WAIT_S)
        return max(told_s, wait_s * random.uniform(1, 1.25))
