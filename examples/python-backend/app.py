"""The routes. Each one is short: the library decides, the worker drives, the store keeps."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import venuekey
import venuekey.senders
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

import accounts
import words
from api import PREFIX, Api, problem
from clock import Clock
from connections import Connections, NoPendingFlow, Unreadable
from crypto import Vault, VaultError
from holdings import Holdings
from leases import Owner
from pages import FOLDER, Pages, key_status
from settings import Settings
from store import FlowRow, Store
from tokens import TokenKeeper
from web import AccessLog, SecurityHeaders, Sessions, Visitor, see
from worker import Worker

log = logging.getLogger("app")

CHECK_SECONDS = 8.0
"""How long a connection waits for the check of an earlier key before the page takes over."""

_MESSAGES = {
    403: ("This page is out of date", "Nothing was done. Go back, reload the page and try again."),
    404: ("There is no such page", "The address may be misspelt."),
    405: ("That does not work here", "Use the buttons on the page."),
    500: ("Something broke on our side", "Nothing is lost: what had begun goes on by itself. Try again in a moment."),
}


class Backend:
    """The routes and what they need."""

    def __init__(self, settings: Settings, store: Store, vault: Vault, clock: Clock, owner: Owner) -> None:
        self._settings = settings
        self._clients = {name: venue.client(settings.public_url) for name, venue in settings.venues.items()}
        self._store = store
        self._clock = clock
        send = venuekey.senders.async_httpx_sender()
        keeper = TokenKeeper(self._clients, store, clock, send)
        self._worker = Worker(self._clients, store, clock, owner, keeper, send)
        self._holdings = Holdings(settings, self._clients, store, clock, keeper, send)
        self._sessions = Sessions(settings, store, vault)
        self._pages = Pages(settings, self._clients, store, clock)
        self._connections = Connections(self._clients, store, clock, self._worker)
        self._api = Api(settings, self._sessions, self._connections, self._pages, store)

    def asgi(self) -> ASGIApp:
        app = Starlette(
            routes=[
                Route("/", self.home),
                Route("/refused", self.refused),
                Route("/health", self.health),
                *(route for venue in self._clients for route in self._venue_routes(venue)),
                *self._api.routes(),
                Mount("/static", StaticFiles(directory=FOLDER / "static")),
            ],
            middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[self._settings.host], www_redirect=False)],
            exception_handlers={HTTPException: self.failed, Exception: self.failed},
            lifespan=self._lifespan,
        )
        # Outside of everything, so that no page of trouble goes out without them.
        return AccessLog(SecurityHeaders(app, self._settings))

    def _venue_routes(self, venue: str) -> list[BaseRoute]:
        def at(handler: Callable[[Request, str], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
            async def handle(request: Request) -> Response:
                return await handler(request, venue)

            return handle

        posts = {
            "connect": self.connect,
            "recover": self.recover,
            "cancel": self.cancel,
            "disconnect": self.disconnect,
            "forget": self.forget,
        }
        if venue == "whitebit":
            posts["connect-to-read"] = self.connect_to_read
        return [
            Route(f"/account/{venue}", at(self.account)),
            # Bybit puts a slash before the question mark.
            Route(f"/callback/{venue}", at(self.callback)),
            Route(f"/callback/{venue}/", at(self.callback)),
            *(Route(f"/{verb}/{venue}", at(handler), methods=["POST"]) for verb, handler in posts.items()),
        ]

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        self._worker.start()
        yield
        await self._worker.stop()
        self._store.close()

    # Pages.

    async def home(self, request: Request) -> Response:
        visitor = self._sessions.visitor(request)
        cards = self._pages.cards(visitor.user_id)
        polls = any(card.state in ("pending", "working") for card in cards)
        return self._page("home.html", visitor, cards=cards, polls=polls)

    async def account(self, request: Request, venue: str) -> Response:
        """What the account holds, read now; reloading the page reads it again."""
        visitor = self._sessions.visitor(request)
        if visitor.user_id is None or not self._store.is_connected(visitor.user_id, venue):
            return see("/")
        try:
            tables = await self._holdings.tables(visitor.user_id, venue)
        except VaultError as error:
            log.error("an account of %s can't be read: %s", venue, error)
            return see("/")
        if self._store.tokens_have_ended(visitor.user_id, venue):
            return see("/")  # whose card says so, and how to connect again
        return self._page("account.html", visitor, venue=venue, title=self._settings.venues[venue].title, tables=tables)

    async def refused(self, request: Request) -> Response:
        return self._page("refused.html", self._sessions.visitor(request))

    async def health(self, _: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def failed(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        if request.url.path.startswith(PREFIX):
            return problem(status)
        heading, text = _MESSAGES.get(status, ("That was not possible", "Go back and try again."))
        return HTMLResponse(self._pages.render("message.html", heading=heading, text=text), status)

    # Connecting.

    async def connect(self, request: Request, venue: str) -> Response:
        visitor, user_id = self._sessions.with_user(await self._sessions.check_form(request, any_page_of_ours=True))
        if not await self._may_ask_for_a_key(self._clients[venue], user_id, venue):
            return self._sessions.set_cookie(see("/"), visitor)
        return self._begin(visitor, user_id, venue, "api_key")

    async def connect_to_read(self, request: Request, venue: str) -> Response:
        """Leave to read the account, and no key. (WhiteBIT has announced its end for 2026-11-01.)"""
        visitor, user_id = self._sessions.with_user(await self._sessions.check_form(request, any_page_of_ours=True))
        return self._begin(visitor, user_id, venue, "account_tokens")

    def _begin(self, visitor: Visitor, user_id: str, venue: str, goal: venuekey.parts.Goal) -> Response:
        started = self._connections.begin(user_id, venue, goal)
        # Not begun: a connection is in full swing, and the page shows it.
        return self._sessions.set_cookie(see(started.authorize_url if started else "/"), visitor)

    async def _may_ask_for_a_key(self, client: venuekey.Client, user_id: str, venue: str) -> bool:
        """For a returning user: WhiteBIT never tells the app that a key is in the way, but a live token can ask."""
        tokens = self._live_tokens(user_id, venue)
        if tokens is None or not client.supports("check_key"):
            return True
        step = client.check_key(tokens, now_ms=self._clock.now_ms())
        self._connections.save(step, user_id, venue)
        end = await self._end_of(step.flow.flow_id, user_id, venue)
        if isinstance(end, venuekey.parts.Done):
            return key_status(end).decision == "start_flow"
        # The tokens have ended after all: then there is nothing to ask with.
        return isinstance(end, venuekey.parts.Failed) and end.error.kind == "reauthorize"

    async def _end_of(self, flow_id: str, user_id: str, venue: str) -> venuekey.parts.Done | venuekey.parts.Failed | None:
        """Its last step, whichever process has driven it; none where it takes too long, or another flow has its place."""
        deadline = time.monotonic() + CHECK_SECONDS
        while time.monotonic() < deadline:
            row = self._store.flow(user_id, venue)
            if row is None or row.flow_id != flow_id:
                return None
            if row.status in ("done", "failed", "broken"):
                return self._pages.ended(row)
            await asyncio.sleep(0.05)
        return None

    async def callback(self, request: Request, venue: str) -> Response:
        if request.method != "GET":
            raise HTTPException(405)
        # Bytes that are no text were written by no exchange; the library refuses what takes their place.
        url = request.url.path + "?" + request.scope["query_string"].decode("utf-8", "replace")
        try:
            self._connections.receive_callback(self._sessions.visitor(request).user_id, venue, url)
        except (venuekey.VenuekeyError, NoPendingFlow):
            return see("/refused")
        except Unreadable:
            pass  # the page says so
        return see("/")

    async def recover(self, request: Request, venue: str) -> Response:
        user_id, _ = await self._own_flow(request, venue)
        # Pressed twice, or on an old page; or it can't be read, and the page says so.
        with contextlib.suppress(venuekey.MisuseError, NoPendingFlow, Unreadable):
            self._connections.recover(user_id, venue)
        return see("/")

    async def cancel(self, request: Request, venue: str) -> Response:
        user_id, _ = await self._own_flow(request, venue)
        self._store.drop_flow(user_id, venue)
        return see("/")

    # Disconnecting.

    async def disconnect(self, request: Request, venue: str) -> Response:
        user_id, row = await self._own_flow(request, venue)
        tokens, external_id = self._live_tokens(user_id, venue), self._external_id(user_id, row, venue)
        client = self._clients[venue]
        if self._store.tokens(user_id, venue) is not None:
            return self._confirm_forgetting(request, venue, words.NO_KEY_TO_DELETE, "access")
        if not client.supports("delete_key"):
            return self._confirm_forgetting(request, venue, words.NO_REVOCATION)
        if tokens is None or external_id is None:
            return self._confirm_forgetting(request, venue, words.EXPIRED_ACCESS)
        self._connections.save(client.delete_key(tokens, external_id, now_ms=self._clock.now_ms()), user_id, venue)
        return see("/")

    def _confirm_forgetting(self, request: Request, venue: str, why: str, what: str = "key") -> Response:
        title = self._settings.venues[venue].title
        values = {"venue": venue, "title": title, "why": why.format(venue=title), "what": what}
        return self._page("forget.html", self._sessions.visitor(request), **values)

    async def forget(self, request: Request, venue: str) -> Response:
        user_id, _ = await self._own_flow(request, venue)
        self._store.disconnect(user_id, venue)
        return see("/")

    # What the routes share.

    async def _own_flow(self, request: Request, venue: str) -> tuple[str, FlowRow | None]:
        visitor = await self._sessions.check_form(request)
        if visitor.user_id is None:
            raise HTTPException(403)
        return visitor.user_id, self._store.flow(visitor.user_id, venue)

    def _live_tokens(self, user_id: str, venue: str) -> venuekey.parts.Tokens | None:
        """The newest tokens of this user: of the flow that ended last, else of the account."""
        tokens = None
        row = self._store.flow(user_id, venue)
        end = self._pages.ended(row) if row else None
        if end is not None:
            tokens = end.flow.tokens
        credentials = self._credentials(user_id, venue)
        if tokens is None and credentials:
            tokens = accounts.tokens_from_json(credentials["tokens"])
        return tokens if tokens is not None and accounts.is_live(tokens, self._clock.now_ms()) else None

    def _external_id(self, user_id: str, row: FlowRow | None, venue: str) -> str | None:
        """The key to delete: what a check has just found, else the account's."""
        end = self._pages.ended(row) if row else None
        if isinstance(end, venuekey.parts.Done):
            return key_status(end).external_id
        credentials = self._credentials(user_id, venue)
        return credentials.get("external_id") if credentials else None

    def _credentials(self, user_id: str, venue: str) -> dict[str, Any] | None:
        """The account's; none where they can't be opened any more: its user can still connect again, or forget it."""
        try:
            return self._store.credentials(user_id, venue)
        except VaultError as error:
            log.error("an account of %s can't be read: %s", venue, error)
            return None

    def _page(self, template: str, visitor: Visitor, **values: object) -> Response:
        html = self._pages.render(template, csrf=self._sessions.csrf_token(visitor), **values)
        return self._sessions.set_cookie(HTMLResponse(html), visitor)
