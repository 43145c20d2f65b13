"""The routes. Each one is short: the library decides, works and keeps."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import urlsplit

import venuekey
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp
from venuekey import AsyncConnections, Event, StoreBusy
from venuekey.stores import Store, StoreError
from venuekey.stores.postgres import PostgresStore
from venuekey.stores.sqlite import SQLiteStore

import words
from accounts import Accounts, Refused, attempt_of
from api import PREFIX, Api, problem
from holdings import Holdings
from pages import FOLDER, Pages
from settings import TITLES, Settings
from testhooks import hooked
from web import AccessLog, SecurityHeaders, Sessions, Visitor, see

WORKERS = 8
"""So many may run behind one address, whose limits they share."""
_MESSAGES = {
    403: ("This page is out of date", "Nothing was done. Go back, reload the page and try again."),
    404: ("There is no such page", "The address may be misspelt."),
    405: ("That does not work here", "Use the buttons on the page."),
    500: ("Something broke on our side", "Nothing is lost: what had begun goes on by itself. Try again in a moment."),
    503: ("One moment", "Nothing is lost, and nothing was done. Try again in a moment."),
}


def open_store(settings: Settings) -> Store:
    return PostgresStore(settings.database_url) if settings.database_url else SQLiteStore(settings.data / "backend.db")


class Backend:
    """The routes and what they need."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._clients = {name: venue.client(settings.public_url) for name, venue in settings.venues.items()}
        self._store, options = hooked(open_store(settings))
        keys = settings.sealing_keys()
        self._connections = AsyncConnections(
            self._clients, self._store, keys, on_event=self._on_event, share_of=WORKERS, **options
        )
        self._accounts = Accounts(self._connections, self._clients, self._store, keys)
        self._sessions = Sessions(settings)
        self._pages = Pages(self._clients, self._accounts)
        self._api = Api(settings, self._sessions, self._accounts, self._pages, self._call_off)

    def asgi(self) -> ASGIApp:
        host = urlsplit(self._settings.public_url).hostname or ""
        app = Starlette(
            routes=[
                Route("/", self.home),
                Route("/refused", self.refused),
                Route("/health", self.health),
                *(route for venue in self._clients for route in self._venue_routes(venue)),
                *self._api.routes(),
                Mount("/static", StaticFiles(directory=FOLDER / "static")),
            ],
            middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[host], www_redirect=False)],
            exception_handlers={error: self.failed for error in (HTTPException, StoreBusy, StoreError, Exception)},
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
        async with self._connections.working():
            yield
        self._store.close()

    async def _on_event(self, event: Event) -> None:
        await self._accounts.on_event(event)

    # Pages.

    async def home(self, request: Request) -> Response:
        visitor = self._sessions.visitor(request)
        cards = await self._pages.cards(visitor.user_id, request.cookies)
        polls = any(card.state in ("pending", "working") for card in cards)
        return self._page("home.html", visitor, cards=cards, polls=polls)

    async def account(self, request: Request, venue: str) -> Response:
        """What the account holds, read now; reloading the page reads it again."""
        visitor = self._sessions.visitor(request)
        view = (await self._accounts.standing(visitor.user_id, venue)).account
        if view is None:
            return see("/")
        account = await self._connections.account(view.id, owner=view.owner)
        patience_s = self._settings.page_patience_seconds
        holdings = Holdings(account, self._clients[venue], view.goal or "", TITLES[venue], patience_s)
        tables = await holdings.tables()
        if (await account.view()).status != "connected":
            return see("/")  # whose card says so, and how to connect again
        return self._page("account.html", visitor, venue=venue, title=TITLES[venue], tables=tables)

    async def refused(self, request: Request) -> Response:
        return self._page("refused.html", self._sessions.visitor(request))

    async def health(self, _: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def failed(self, request: Request, error: Exception) -> Response:
        status = 503 if isinstance(error, (StoreBusy, StoreError)) else getattr(error, "status_code", 500)
        if request.url.path.startswith(PREFIX):
            return problem(status)
        heading, text = _MESSAGES.get(status, ("That was not possible", "Go back and try again."))
        return HTMLResponse(self._pages.render("message.html", heading=heading, text=text), status)

    # Connecting.

    async def connect(self, request: Request, venue: str) -> Response:
        visitor, user_id = self._sessions.with_user(await self._sessions.check_form(request, any_page_of_ours=True))
        last = (await self._accounts.standing(user_id, venue)).newest
        asked = f"asked-{attempt_of(last)}" if last is not None else ""
        if request.cookies.get(f"card-{venue}") != asked and await self._accounts.key_in_the_way(user_id, venue):
            response = self._sessions.set_cookie(see("/"), visitor)
            self._sessions.set(response, f"card-{venue}", asked)
            return response
        return await self._begin(request, visitor, user_id, venue, "api_key")

    async def connect_to_read(self, request: Request, venue: str) -> Response:
        """Leave to read the account, and no key. (WhiteBIT has announced its end for 2026-11-01.)"""
        visitor, user_id = self._sessions.with_user(await self._sessions.check_form(request, any_page_of_ours=True))
        return await self._begin(request, visitor, user_id, venue, "account_tokens")

    async def _begin(
        self, request: Request, visitor: Visitor, user_id: str, venue: str, goal: venuekey.parts.Goal
    ) -> Response:
        try:
            view = await self._accounts.begin(user_id, venue, goal, replace=True)
        except Refused:  # a connection is in full swing, and the page shows it
            return self._sessions.set_cookie(see("/"), visitor)
        response = see(view.authorize_url or "/")
        if f"card-{venue}" in request.cookies:
            response.delete_cookie(f"card-{venue}")
        return self._sessions.set_cookie(response, visitor)

    async def callback(self, request: Request, venue: str) -> Response:
        if request.method != "GET":
            raise HTTPException(405)
        # Bytes that are no text were written by no exchange; the library refuses what takes their place.
        url = request.url.path + "?" + request.scope["query_string"].decode("utf-8", "replace")
        try:
            await self._accounts.receive_callback(self._sessions.visitor(request).user_id, venue, url)
        except Refused as refused:  # what can't be read, the page says
            return see("/refused" if refused.status == 404 else "/")
        except venuekey.VenuekeyError:
            return see("/refused")
        return see("/")

    async def recover(self, request: Request, venue: str) -> Response:
        user_id = await self._user(request)
        # Pressed twice, or on an old page; or it can't be read, and the page says so.
        with contextlib.suppress(venuekey.MisuseError, Refused):
            await self._accounts.recover(user_id, venue)
        return see("/")

    async def cancel(self, request: Request, venue: str) -> Response:
        user_id, response = await self._user(request), see("/")
        await self._call_off(request, response, user_id, venue)
        return response

    async def _call_off(self, request: Request, response: Response, user_id: str, venue: str) -> bool:
        """Whether there was something. An account stays; that its user has seen what became of another attempt, or
        waits for it no more, is the browser's to remember."""
        view, marked = (await self._accounts.standing(user_id, venue)).newest, request.cookies.get(f"card-{venue}")
        if view is None or marked == (seen := f"seen-{attempt_of(view)}"):
            return False
        if view.status in ("awaiting_user", "needs_user", "quarantined"):
            await self._accounts.end(user_id, view)
        is_asked = marked == f"asked-{attempt_of(view)}"
        if view.status == "connected" and not (view.authorize_url or view.error or is_asked):
            return False
        self._sessions.set(response, f"card-{venue}", seen)
        return True

    # Disconnecting.

    async def disconnect(self, request: Request, venue: str) -> Response:
        user_id = await self._user(request)
        standing = await self._accounts.standing(user_id, venue)
        view = standing.account or standing.newest
        if view is None or view.goal != "api_key":
            return self._confirm_forgetting(request, venue, words.NO_KEY_TO_DELETE, "access")
        if not self._clients[venue].supports("delete_key"):
            return self._confirm_forgetting(request, venue, words.NO_REVOCATION)
        await self._accounts.end(user_id, view, delete_key=True)
        return see("/")

    def _confirm_forgetting(self, request: Request, venue: str, why: str, what: str = "key") -> Response:
        values = {"venue": venue, "title": TITLES[venue], "why": why.format(venue=TITLES[venue]), "what": what}
        return self._page("forget.html", self._sessions.visitor(request), **values)

    async def forget(self, request: Request, venue: str) -> Response:
        user_id = await self._user(request)
        for view in (await self._accounts.standing(user_id, venue)).views:
            if view.status not in ("working", "ended"):
                await self._accounts.end(user_id, view)
        return see("/")

    # What the routes share.

    async def _user(self, request: Request) -> str:
        visitor = await self._sessions.check_form(request)
        if visitor.user_id is None:
            raise HTTPException(403)
        return visitor.user_id

    def _page(self, template: str, visitor: Visitor, **values: object) -> Response:
        html = self._pages.render(template, csrf=self._sessions.csrf_token(visitor), **values)
        return self._sessions.set_cookie(HTMLResponse(html), visitor)
