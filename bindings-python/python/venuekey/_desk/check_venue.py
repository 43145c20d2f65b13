"""Whether the venue answers, what time it is there, and whether its consent page knows the client."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Optional, cast
from urllib.parse import urlsplit

from .._errors import NoResponse, VenuekeyError
from .._proxies import of_the_environment
from .check_clients import Place, place_of
from .findings import Finding, found

if TYPE_CHECKING:
    from .._native import Client, HttpRequest, HttpResponse

Send = Callable[["HttpRequest"], "HttpResponse"]

DRIFTS_MS = 1_000
"""Bybit takes a second of the future; calls are corrected, and the life of tokens is not."""
OFF_MS = 30_000
"""A part of the two minutes that leases allow for: hosts may be off in both directions."""
TIMEOUT_MS = 15_000
CONNECT_FAILED = ("ECONNREFUSED", "ECONNRESET", "EHOSTUNREACH", "ENETUNREACH")


@dataclass(frozen=True)
class Ask:
    """A GET that core has no request for: what a browser would send first."""

    url: str
    headers: tuple[tuple[str, str], ...] = (("accept", "text/html"), ("user-agent", "Mozilla/5.0 (compatible)"))
    purpose: str = "look_at_consent_page"
    method: str = "GET"
    body: None = None
    replay: str = "safe"
    rate_limit: None = None
    timeout_hint_ms: int = TIMEOUT_MS


def check_venues(clients: Mapping[str, Client[Any]], send: Send, now_ms: Callable[[], int]) -> list[Finding]:
    """Each host once, and each client's consent page."""
    findings: list[Finding] = []
    asked: dict[str, bool] = {}
    for name, client in clients.items():
        place = place_of(client)
        if place.time_url not in asked:
            told = [*_time(f"venue {client.venue} {client.environment}", place, send, now_ms)]
            findings += told
            asked[place.time_url] = any(each.code == "venue_ok" for each in told)
        if asked[place.time_url]:
            findings += _consent(f"client {name}", place.authorize_url, send)
    return findings


def _time(about: str, place: Place, send: Send, now_ms: Callable[[], int]) -> Iterator[Finding]:
    request = place.signer.ask_time()
    sent_ms, since = now_ms(), time.monotonic()
    try:
        reply = send(request)
    except NoResponse as error:
        yield lost(error, about, request.url)
        return
    refusal = of_status(reply.status, about, request.url)
    if refusal is not None:
        yield refusal
        return
    try:
        received_ms = sent_ms + int((time.monotonic() - since) * 1000)
        offset = place.signer.receive_time(reply, sent_at_ms=sent_ms, received_at_ms=received_ms)
    except VenuekeyError:
        yield found("venue_answer_odd", about, host=_host(request.url), status=reply.status)
        return
    yield found("venue_ok", about, host=_host(request.url))
    yield _clock(about, offset.ahead_ms, offset.uncertainty_ms)


def _clock(about: str, ahead_ms: int, uncertainty_ms: int) -> Finding:
    surely_ms = max(0, abs(ahead_ms) - uncertainty_ms)
    code = "clock_off" if surely_ms >= OFF_MS else "clock_drifts" if surely_ms >= DRIFTS_MS else "clock_ok"
    direction = "behind" if ahead_ms > 0 else "ahead of"
    return found(code, about, seconds=round(abs(ahead_ms) / 1000), direction=direction)


def _consent(about: str, url: str, send: Send) -> Iterator[Finding]:
    """Best effort: a page for browsers says little to a program, and a 400 or 404 says enough."""
    try:
        reply = send(cast("HttpRequest", Ask(url)))
    except NoResponse as error:
        yield lost(error, about, url)
        return
    if reply.status in (400, 404, 410, 422):
        yield found("consent_refused", about, status=reply.status)
    elif reply.status >= 500:
        yield found("venue_maintenance", about, host=_host(url), status=reply.status)
    elif reply.status < 400:
        yield found("consent_ok", about)


def lost(error: NoResponse, about: str, url: str) -> Finding:
    values: dict[str, Any] = {"host": _host(url), "error": error.code}
    by_proxy = error.code == "proxy" or (error.code in CONNECT_FAILED and bool(of_the_environment()))
    if by_proxy:
        return found("proxy_refused", about, **values)
    if error.code.startswith("EAI_") or error.code == "ENOTFOUND":
        return found("name_not_found", about, **values)
    return found("tls_failed" if error.code == "tls" else "venue_unreachable", about, **values)


def of_status(status: int, about: str, url: str) -> Optional[Finding]:
    values: dict[str, Any] = {"host": _host(url), "status": status}
    if status == 407:
        return found("proxy_refused", about, host=_host(url), error="HTTP 407")
    if status == 429:
        return found("venue_rate_limited", about, **values)
    if status in (401, 403):
        return found("venue_blocks_address", about, **values)
    return found("venue_maintenance", about, **values) if status >= 500 else None


def _host(url: str) -> str:
    return urlsplit(url).netloc
