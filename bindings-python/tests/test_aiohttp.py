"""docs/signing.md's `send` on aiohttp, as it is written there: what arrives is what was signed."""

from __future__ import annotations

import asyncio
import re
import textwrap
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, Callable
from urllib.parse import urlsplit

import aiohttp
import pytest

import venuekey
from loopback import Loopback

Send = Callable[[Any, venuekey.parts.HttpRequest], Awaitable[venuekey.parts.HttpResponse]]
DOCUMENT = Path(__file__).parents[2] / "docs" / "signing.md"
# Each of these a client may rewrite on its way: aiohttp does, given the URL as a text.
PARAMETERS = {"symbol": "BTC,ETH", "orderLinkId": "a/b:c@d", "cursor": "x%2Cy==", "text": "a b+c", "note": "ж"}


def documented() -> Send:
    (block,) = re.findall(r"```python\n(import aiohttp\n.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {"venuekey": venuekey}
    exec(textwrap.dedent(block), names)
    send: Send = names["send_by_aiohttp"]
    return send


def sent(server: Loopback, method: venuekey.parts.HttpMethod, send: Send) -> tuple[venuekey.parts.HttpRequest, Any]:
    signer = venuekey.parts.Signer(
        venue="bybit", environment="mainnet", api_key="key", api_secret="s3cr3t", api_base=server.base
    )
    request = signer.sign(method, "/v5/order/history", PARAMETERS)

    async def run() -> venuekey.parts.HttpResponse:
        async with aiohttp.ClientSession() as session:
            return await send(session, request)

    reply = asyncio.run(run())
    assert (reply.status, reply.body) == (200, b'{"data": {}}')
    return request, server.recorded.pop()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_arrives_is_what_was_signed(method: Any, server: Loopback) -> None:
    request, arrived = sent(server, method, documented())
    url = urlsplit(request.url)
    assert arrived.path == url.path + (f"?{url.query}" if url.query else "")
    assert arrived.body == (request.body or b"")
    assert set(request.headers) <= {(name, value) for name, value in arrived.headers}


def test_a_url_given_as_text_is_rewritten(server: Loopback) -> None:
    """Why the document says so. Should aiohttp leave it alone one day, the sentence there can go."""

    async def careless(
        session: aiohttp.ClientSession, request: venuekey.parts.HttpRequest
    ) -> venuekey.parts.HttpResponse:
        async with session.request(request.method, request.url, headers=request.headers) as reply:
            return venuekey.parts.HttpResponse(reply.status, await reply.read())

    request, arrived = sent(server, "GET", careless)
    assert server.base + arrived.path != request.url
