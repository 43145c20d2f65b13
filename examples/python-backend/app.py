"""The routes. Each one is short: the library decides, works and keeps."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import venuekey
from starlette.applications import Starlette
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp
from venuekey import AsyncConnections, StoreBusy
from venuekey.stores import Store, StoreError
from venuekey.stores.postgres import PostgresStore
from venuekey.stores.sqlite import SQLiteStore
from venuekey.web import Texts, asgi_app, security_headers

import holdings
import words
from accounts import Accounts, Refused
from api import PREFIX, Api, problem
from pages import FOLDER, Pages
from settings import Settings
from web import Outermost, Sessions, Visitor, see, unmark

WORKERS = 8
"""So many may run behind one address, whose limits they share."""
GOALS: dict[str, venuekey.parts.Goal] = {
    "connect": "api_key",
    "connect-to-read": "account_tokens",  # and no key; WhiteBIT has announced its end for 2026-11-01
}
_MESSAGES = {
    403: ("This page is out of date", "Nothing was done. Go back, reload the page and try again."),
    404: ("There is no such page", "The address may be misspelt."),
    405: ("That does not work here", "Use the buttons on the page."),
    500: ("Something broke on our side", "Nothing is lost: what had begun goes on by itself. Try again in a moment."),
    503: ("One moment", "Nothing is lost, and nothing was done. Try again in a moment."),
}
_REFUSED = (
    "It does not belong to a connection that this browser has open, so nothing was done with it: it was not accepted. If you "
    "are in the middle of connecting an account, that still works: go on in the window where you began."
)
_ERRORS = (HTTPException, Refused, StoreBusy, StoreError, venuekey.VenuekeyError, Exception)


def open_store(settings: Settings) -> Store:
    return PostgresStore(settings.database_url) if settings.database_url else SQLiteStore(settings.data / "backend.db")


class Backend:
    """The routes and what they need."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._clients = settings.clients
        self._store = open_store(settings)
        self._connections = AsyncConnections(
            self._clients,
            self._store,
            settings.sealing_keys(),
            on_event=lambda event: self._accounts.on_event(event),
            share_of=WORKERS,
        )
        self._accounts = Accounts(self._connections, self._clients)
        self._sessions = Sessions(settings)
        self._texts = Texts(self._connections, words.TEXTS)
        self._pages = Pages(self._clients, self._accounts, self._texts)
        self._buttons = {
            "recover": self._accounts.recover,
            "cancel": self._accounts.call_off,
            "forget": self._accounts.forget,
        }
        self._api = Api(settings, self._sessions, self._accounts, self._pages)

    def asgi(self) -> ASGIApp:
        host = urlsplit(self._settings.public_url).hostname or ""
        # Other paths are neither served nor logged.
        register_url_convertor("venue", type("Venue", (StringConvertor,), {"regex": "|".join(self._clients)})())
        # The library's own pages, of which nobody sees more than the style sheet and the script.
        own = (FOLDER / "static" / "own.css").read_text()
        library = asgi_app(self._connections, owner=lambda _: None, stylesheet=own)
        app = Starlette(
            routes=[
                Route("/", self.home),
                Route("/refused", self.refused),
                Route("/health", self.health),
                Route("/account/{venue:venue}", self.account),
                # Bybit puts a slash before the question mark.
                Route("/callback/{venue:venue}", self.callback),
                Route("/callback/{venue:venue}/", self.callback),
                *(Route(f"/{verb}/{{venue:venue}}", self.connect, methods=["POST"]) for verb in GOALS),
                Route("/disconnect/{venue:venue}", self.disconnect, methods=["POST"]),
                *(Route(f"/{verb}/{{venue:venue}}", self.press, methods=["POST"]) for verb in self._buttons),
                *self._api.routes(),
                Mount("/static", StaticFiles(directory=FOLDER / "static")),
                Mount("/library", library),
            ],
            middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[host], www_redirect=False)],
            exception_handlers=dict.fromkeys(_ERRORS, self.failed),
            lifespan=self._lifespan,
        )
        headers = security_headers(self._connections)
        if self._settings.secure_cookies:
            headers["strict-transport-security"] = "max-age=31536000"
        # Outside of everything, so that no page of trouble goes out without them.
        return Outermost(app, headers)

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async with self._connections.working():
            yield
        self._store.close()

    # Pages.

    async def home(self, request: Request) -> Response:
        visitor = self._sessions.visitor(request)
        cards = await self._pages.cards(visitor.user_id, request.cookies)
        if request.headers.get("accept") == "application/json":  # the page's script
            shown = [{"id": card.venue, "shown": True, "state": card.state, "text": card.text} for card in cards]
            return JSONResponse({"connections": shown})
        watches = any(card.state in ("pending", "working") for card in cards)
        return self._page("home.html", visitor, cards=cards, watches=watches)

    async def account(self, request: Request) -> Response:
        """What the account holds, read now; reloading the page reads it again."""
        visitor, venue = self._sessions.visitor(request), request.path_params["venue"]
        view = (await self._accounts.standing(visitor.user_id, venue)).account
        if view is None:
            return see("/")
        account = await self._connections.account(view.id, owner=view.owner)
        patience_s = self._settings.page_patience_seconds
        tables = await holdings.tables(account, self._clients[venue], self._texts, patience_s)
        if (await account.view()).status != "connected":
            return see("/")  # whose card says so, and how to connect again
        return self._page("account.html", visitor, venue=venue, title=self._texts.venue(venue), tables=tables)

    async def refused(self, request: Request) -> Response:
        return self._message(request, "That answer was not accepted", _REFUSED)

    async def health(self, _: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def failed(self, request: Request, error: Exception) -> Response:
        unavailable, ours = isinstance(error, (StoreBusy, StoreError)), isinstance(error, venuekey.VenuekeyError)
        status = getattr(error, "status_code", 503 if unavailable else 400 if ours else 500)
        if request.url.path.startswith(PREFIX):
            return problem(status, error)
        heading, text = _MESSAGES.get(status, ("That was not possible", "Go back and try again."))
        return self._message(request, heading, text, status)

    # Connecting.

    async def connect(self, request: Request) -> Response:
        visitor, user_id = self._sessions.with_user(await self._sessions.check_form(request, any_page_of_ours=True))
        venue, goal = request.path_params["venue"], GOALS[request.url.path.split("/")[1]]
        asked = await self._accounts.key_in_the_way(user_id, venue) if goal == "api_key" else None
        if asked is not None and request.cookies.get(f"card-{venue}") != asked:
            response = see("/")
            self._sessions.set(response, f"card-{venue}", asked)
            return self._sessions.set_cookie(response, visitor)
        try:
            view = await self._accounts.begin(user_id, venue, goal, replace=True)
        except Refused:  # a connection is in full swing, and the page shows it
            return self._sessions.set_cookie(see("/"), visitor)
        return self._sessions.set_cookie(unmark(request, see(view.authorize_url or "/"), venue), visitor)

    async def callback(self, request: Request) -> Response:
        if request.method != "GET":
            raise HTTPException(405)
        if "prefetch" in request.headers.get("sec-purpose", ""):  # nobody has opened it yet
            raise HTTPException(403)
        # Bytes that are no text were written by no exchange; the library refuses what takes their place.
        url = request.url.path + "?" + request.scope["query_string"].decode("utf-8", "replace")
        user_id = self._sessions.visitor(request).user_id
        try:
            await self._accounts.receive_callback(user_id, request.path_params["venue"], url)
        except Refused as refused:  # what can't be read, the page says
            return see("/refused" if refused.status_code == 404 else "/")
        except venuekey.VenuekeyError:
            return see("/refused")
        return see("/")

    async def press(self, request: Request) -> Response:
        """The buttons that ask nothing."""
        user_id, venue, verb = await self._user(request), request.path_params["venue"], request.url.path.split("/")[1]
        # What was asked about a key is called off by itself.
        if verb != "cancel" or f"card-{venue}" not in request.cookies:
            # Pressed twice, or on an old page; or it can't be read, and the page says so.
            with contextlib.suppress(venuekey.VenuekeyError, Refused):
                await self._buttons[verb](user_id, venue)
        return unmark(request, see("/"), venue)

    # Disconnecting.

    async def disconnect(self, request: Request) -> Response:
        user_id, venue = await self._user(request), request.path_params["venue"]
        standing = await self._accounts.standing(user_id, venue)
        view = standing.account or standing.newest
        if view is not None and view.goal == "api_key" and self._clients[venue].supports("delete_key"):
            await self._accounts.end(view, delete_key=True)
            return see("/")
        has_key, title = view is not None and view.goal == "api_key", self._texts.venue(venue)
        why, what = (words.NO_REVOCATION, "key") if has_key else (words.NO_KEY_TO_DELETE, "access")
        return self._message(request, f"Disconnect {title}?", why.format(venue=title), forget=venue, what=what)

    # What the routes share.

    async def _user(self, request: Request) -> str:
        visitor = await self._sessions.check_form(request)
        if visitor.user_id is None:
            raise HTTPException(403)
        return visitor.user_id

    def _message(self, request: Request, heading: str, text: str, status: int = 200, **more: str) -> Response:
        values = {"heading": heading, "text": text, "forget": "", "what": "", **more}
        return self._page("message.html", self._sessions.visitor(request), status, **values)

    def _page(self, template: str, visitor: Visitor, status: int = 200, **values: object) -> Response:
        html = self._pages.render(template, csrf=self._sessions.csrf_token(visitor), **values)
        response = HTMLResponse(html, status)
        # A page of trouble gives no session: to another site's form, the browser does not show the one it has.
        return self._sessions.set_cookie(response, visitor) if status == 200 else response
