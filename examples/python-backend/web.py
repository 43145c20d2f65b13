"""What every request passes through: response headers, the access log, sessions, forms."""

from __future__ import annotations

import hmac
import logging
import secrets
import time
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crypto import Vault
from settings import Settings
from store import SESSION_DAYS, Store

log = logging.getLogger("access")

MAX_FORM_BYTES = 4096
QUIET = ("httpx", "httpcore", "urllib3")
"""Loggers of those who send."""


def keep_addresses_out() -> None:
    """Of the log, at whatever level somebody sets it: a venue's addresses and headers name keys, and so do theirs."""
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


class SecurityHeaders:
    """The same headers on every response. Nothing is cached, nothing is embedded, no address leaks."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        forms = " ".join(dict.fromkeys(["'self'", *(venue.consent_origins for venue in settings.venues.values())]))
        self._app = app
        self._headers = {
            "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
            f"img-src 'self'; form-action {forms}; base-uri 'none'; frame-ancestors 'none'",
            "cache-control": "no-store",
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
            "cross-origin-opener-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
        }
        if settings.secure_cookies:
            self._headers["strict-transport-security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class AccessLog:
    """Method, path, status and time. Never a query: the callback's holds the code and the state."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        begun, status = time.monotonic(), 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
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

    session_id: str
    user_id: str | None
    is_new: bool


class Sessions:
    """Cookies, and the tokens that tie a form to its session."""

    def __init__(self, settings: Settings, store: Store, vault: Vault) -> None:
        self._secure = settings.secure_cookies
        self._name = "__Host-session" if self._secure else "session"
        self._store = store
        self._vault = vault

    def visitor(self, request: Request) -> Visitor:
        session_id = request.cookies.get(self._name, "")
        if len(session_id) != 43:
            return Visitor(secrets.token_urlsafe(32), None, is_new=True)
        return Visitor(session_id, self._store.user_of(session_id), is_new=False)

    def with_user(self, visitor: Visitor) -> tuple[Visitor, str]:
        """Its user. The first one comes with a new session id: who planted the old one has nothing of it."""
        if visitor.user_id is not None:
            return visitor, visitor.user_id
        user_id = secrets.token_hex(16)
        promoted = Visitor(secrets.token_urlsafe(32), user_id, is_new=True)
        self._store.open_session(promoted.session_id, user_id)
        return promoted, user_id

    def set_cookie(self, response: Response, visitor: Visitor) -> Response:
        if visitor.is_new:
            response.set_cookie(
                self._name,
                visitor.session_id,
                max_age=SESSION_DAYS * 86_400,
                path="/",
                secure=self._secure,
                httponly=True,
                samesite="lax",
            )
        return response

    def csrf_token(self, visitor: Visitor) -> str:
        return self._vault.csrf_token(visitor.session_id)

    async def check_form(self, request: Request, any_page_of_ours: bool = False) -> Visitor:
        """Who sent this form, if it is from a page that this session was given; else 403.

        The first connection brings a new session id, which the pages that are open already don't know: another tab,
        or the one in which someone clicks twice. With `any_page_of_ours` the browser's word is enough that the form
        is from our own origin; no other site can make it say so.
        """
        check_length(request, MAX_FORM_BYTES)
        form = await form_fields(request)
        visitor = self.visitor(request)
        expected = self.csrf_token(visitor)
        if any_page_of_ours and request.headers.get("sec-fetch-site") == "same-origin":
            return visitor
        if visitor.is_new or not hmac.compare_digest(form.get("csrf", "").encode(), expected.encode()):
            raise HTTPException(403)
        return visitor


def check_length(request: Request, at_most: int) -> None:
    """Before any of the body is read."""
    if int(request.headers.get("content-length") or at_most + 1) > at_most:
        raise HTTPException(413)


async def form_fields(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace")))


def see(path: str) -> RedirectResponse:
    """303: the browser asks for `path`, and the address it came from leaves the history."""
    return RedirectResponse(path, status_code=303)
