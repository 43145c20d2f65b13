"""What every request passes through: response headers, the access log, sessions, forms."""

from __future__ import annotations

import base64
import hmac
import logging
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from settings import Settings

log = logging.getLogger("access")

MAX_FORM_BYTES = 4096
SESSION_S = 30 * 86_400
QUIET = ("httpx", "httpcore", "urllib3")
"""Loggers of those who send."""


def keep_addresses_out() -> None:
    """Of the log, at whatever level somebody sets it: a venue's addresses and headers name keys, and so do theirs."""
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


class Outermost:
    """Gives every response its headers, and logs method, path, status and time. Never a query: the callback's holds the
    code and the state."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        begun, status = time.monotonic(), 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            # Routes are fixed strings; whatever else was asked for is not repeated.
            path = scope["path"] if "endpoint" in scope else "(unknown path)"
            log.info("%s %s %d %d ms", scope["method"], path, status, (time.monotonic() - begun) * 1000)


@dataclass(frozen=True)
class Visitor:
    """A browser. It has a user once it has connected something; until then its session is only a number."""

    session: str
    user_id: str | None
    is_new: bool


class Sessions:
    """A cookie of 32 bytes: for a user, an id, when it ends, and a signature. And the tokens that tie a form to it."""

    def __init__(self, settings: Settings) -> None:
        self._secure = settings.secure_cookies
        self._name = "__Host-session" if self._secure else "session"
        self._keys = settings.keys

    def visitor(self, request: Request) -> Visitor:
        session = request.cookies.get(self._name, "")
        if len(session) != 43:
            return Visitor(secrets.token_urlsafe(32), None, is_new=True)
        return Visitor(session, self.user_of(session), is_new=False)

    def user_of(self, session: str) -> str | None:
        try:
            raw = base64.urlsafe_b64decode(f"{session}=")
        except ValueError:
            return None
        signed, signature = raw[:16], raw[16:]
        is_ours = any(hmac.compare_digest(_signature(key, signed), signature) for key in self._keys)
        return signed[:12].hex() if is_ours and int.from_bytes(signed[12:], "big") > time.time() else None

    def with_user(self, visitor: Visitor) -> tuple[Visitor, str]:
        """Its user. The first one comes with a new session: who planted the old one has nothing of it."""
        if visitor.user_id is not None:
            return visitor, visitor.user_id
        signed = secrets.token_bytes(12) + (int(time.time()) + SESSION_S).to_bytes(4, "big")
        session = base64.urlsafe_b64encode(signed + _signature(self._keys[0], signed)).decode().rstrip("=")
        return Visitor(session, signed[:12].hex(), is_new=True), signed[:12].hex()

    def set_cookie(self, response: Response, visitor: Visitor) -> Response:
        if visitor.is_new:
            self.set(response, self._name, visitor.session)
        return response

    def set(self, response: Response, name: str, value: str) -> None:
        response.set_cookie(name, value, SESSION_S, path="/", secure=self._secure, httponly=True, samesite="lax")

    def csrf_token(self, visitor: Visitor) -> str:
        """Belongs to one session and tells nothing of it."""
        return hmac.digest(self._keys[0], f"csrf {visitor.session}".encode(), "sha256").hex()

    async def check_form(self, request: Request, any_page_of_ours: bool = False) -> Visitor:
        """Who sent this form, if it is from a page that this session was given; else 403.

        The first connection brings a new session, which the pages that are open already don't know: another tab, or the
        one in which someone clicks twice. With `any_page_of_ours` the browser's word is enough that the form is from
        our own origin; no other site can make it say so.
        """
        check_length(request, MAX_FORM_BYTES)
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        visitor = self.visitor(request)
        if any_page_of_ours and request.headers.get("sec-fetch-site") == "same-origin":
            return visitor
        given, expected = form.get("csrf", "").encode(), self.csrf_token(visitor).encode()
        if visitor.is_new or not hmac.compare_digest(given, expected):
            raise HTTPException(403)
        return visitor


def _signature(key: bytes, signed: bytes) -> bytes:
    return hmac.digest(key, b"session" + signed, "sha256")[:16]


def check_length(request: Request, at_most: int) -> None:
    """Before any of the body is read."""
    if int(request.headers.get("content-length") or at_most + 1) > at_most:
        raise HTTPException(413)


def see(path: str) -> RedirectResponse:
    """303: the browser asks for `path`, and the address it came from leaves the history."""
    return RedirectResponse(path, status_code=303)


def unmark(request: Request, response: Response, venue: str) -> Response:
    """Nobody is asked any more about a key that is in the way."""
    if (marked := f"card-{venue}") in request.cookies:
        response.delete_cookie(marked)
    return response
