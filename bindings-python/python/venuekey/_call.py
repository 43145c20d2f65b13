"""One signed request from end to end, for threads and for asyncio."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING, Callable

from ._checks import check_functions

if TYPE_CHECKING:
    from ._names import HttpMethod
    from ._native import HttpRequest, HttpResponse, SignedReply, Signer


def call(
    signer: Signer,
    method: HttpMethod,
    path: str,
    parameters: Mapping[str, object] | str | None = None,
    *,
    send: Callable[[HttpRequest], HttpResponse],
    nonce_ms: int | None = None,
) -> SignedReply:
    """Signs a request, sends it once and reads the reply.

    Args:
        signer: the key.
        method: as for `Signer.sign`, and so are `path`, `parameters` and `nonce_ms`.
        send: sends the request exactly as it is and returns the reply; raises `NoResponse` if no whole reply
            came. `venuekey.senders` has some.

    Raises:
        NoResponse: `send` raised it. A request that changes something may have done so: ask the venue (an order, by
            a client order id of your own) before it is signed again.
        VenuekeyError: what `Signer.sign` or `Signer.receive_response` raises.

    Whatever else `send` raises goes through, with the same doubt.

    >>> import venuekey
    >>> signer = venuekey.parts.Signer(venue="whitebit", environment="global", api_key="key", api_secret="s3cr3t")
    >>> def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
    ...     return venuekey.parts.HttpResponse(200, b'{"BTC": {"available": "0.10", "freeze": "0"}}')
    >>> venuekey.parts.call(signer, "POST", "/api/v4/trade-account/balance", {"ticker": "BTC"}, send=send).json()
    {'BTC': {'available': '0.10', 'freeze': '0'}}
    """
    check_functions("acall", send=send)
    return signer.receive_response(send(signer.sign(method, path, parameters, nonce_ms=nonce_ms)))


async def acall(
    signer: Signer,
    method: HttpMethod,
    path: str,
    parameters: Mapping[str, object] | str | None = None,
    *,
    send: Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]],
    nonce_ms: int | None = None,
) -> SignedReply:
    """`call` for asyncio: `send` may be a coroutine function. Cancelled, it leaves the doubt of `NoResponse`."""
    check_functions(send=send)
    reply = send(signer.sign(method, path, parameters, nonce_ms=nonce_ms))
    return signer.receive_response(await reply if inspect.isawaitable(reply) else reply)
