"""The routes, whatever the framework and whether or not it is asynchronous: what they want of the connections they
yield, and go on with what that brought.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING, Any, Callable, Optional
from urllib.parse import parse_qsl, quote, urlsplit

from .._errors import VenuekeyError
from .._kinds import MisuseError, UnavailableError
from ..connections import ConnectionNotFound, StoreBusy
from ..connections._web import MOVED_ON, last_ms
from ..stores import StoreError
from ._assets import Assets
from ._guard import Guard, Refused, cookies, csrf_token, fields_of, is_json, is_prefetch, new_secret, prefers_json
from ._options import OF_CONSENT, Options, WebOptions, clients_of
from ._pages import Page
from ._request import Call, Request, Response

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .._native import Client
    from ..connections import AsyncConnections, Connections, ConnectionView

log = logging.getLogger("venuekey")

Work = Generator[Call, Any, Response]
"""Yields calls, takes what each returns or raises, and returns the response."""
More = Optional[list[tuple[str, str]]]
POPUP_LIVES_S = 3_600
RETRY_AFTER_S = "3"
KINDS = {"busy": "unavailable", "forbidden": "rejected", "not_accepted": "rejected"}


class Routes:
    """What an adapter mounts. `respond` is the whole of it; drive it by `answer` or `answer_async`."""

    def __init__(
        self, connections: Connections | AsyncConnections, prefix: str = "", **options: Unpack[WebOptions]
    ) -> None:  # fmt: skip
        self._options = Options(connections, prefix, **options)
        self._guard = guard_of([self._options.clients[name] for name in self._options.begins])
        self._assets = Assets(self._options)
        self._gets: dict[str, Callable[[_Visit, str], Work]] = {"callback": self._callback, "status": self._status}
        self._posts: dict[str, Callable[[_Visit, str], Work]] = {
            "connect": self._connect,
            "choose": self._choose,
            "paste": self._paste,
            "recover": self._recover,
            "reconnect": self._reconnect,
            "cancel": self._cancel,
            "disconnect": self._disconnect,
        }

    def respond(self, request: Request) -> Work:
        """Answers one request. What it raises is the store's or the app's fault and not the browser's."""
        visit = _Visit(request, self._options, self._guard, self._assets)
        try:
            response = yield from self._routed(visit)
        except Refused as refused:
            response = visit.refused(refused.status, refused.name)
        except ConnectionNotFound:
            response = visit.refused(404, "not_found")
        except (StoreBusy, StoreError) as error:
            log.warning("the web got no answer of the store: %s", type(error).__name__)
            response = visit.refused(503, "busy", [("retry-after", RETRY_AFTER_S)])
        if request.method == "HEAD":
            length = ("content-length", str(len(response.body)))
            response = Response(response.status, [*response.headers, length])
        return response

    def _routed(self, visit: _Visit) -> Work:
        request = visit.request
        verb, _, rest = request.path[1:].partition("/")
        is_home = request.path in ("", "/")
        # Where a callback leads that was not accepted; of what the address says, the page repeats nothing.
        is_refusal = (verb, rest) == ("refused", "not_accepted")
        if is_home or verb in self._gets or is_refusal or (verb == "assets" and rest in self._assets):
            methods = "GET, HEAD"
        elif verb in self._posts:
            methods = "POST"
        else:
            raise Refused(404, "not_found")
        if request.method not in methods.split(", "):
            return visit.refused(405, "wrong_method", [("allow", methods)])
        if verb == "assets":
            return self._assets.response(request, rest)
        if request.method == "POST":
            visit.fields = fields_of(request)
        if not request.owner:
            return visit.unauthorized(verb)
        if request.method == "POST":
            self._guard.check_form(request, visit.fields)
            return (yield from self._posted(visit, verb, rest))
        if is_refusal:
            raise Refused(400, rest)
        return (yield from (self._home(visit) if is_home else self._gets[verb](visit, rest)))

    def _posted(self, visit: _Visit, verb: str, rest: str) -> Work:
        try:
            return (yield from self._posts[verb](visit, rest))
        except VenuekeyError as error:
            if verb == "connect":
                # What it begins with is the app's own.
                return visit.failed(error, rest, "/", is_ours=isinstance(error, MisuseError))
            view: ConnectionView = yield Call("status", (rest,), {"owner": visit.owner})
            if error.code in MOVED_ON:
                # A button on an old page, or one that was pressed twice: whoever pressed it sees where it stands.
                return visit.done(visit.status_path(view), view)
            is_ours = verb == "reconnect" and isinstance(error, MisuseError)
            return visit.failed(error, view.client, f"/status/{rest}", is_ours=is_ours)

    # Pages

    def _home(self, visit: _Visit) -> Work:
        views: list[ConnectionView] = yield Call("find", (visit.owner,))
        if visit.json:
            clients = [
                {"name": name, "venue": each.venue, "environment": each.environment}
                for name, each in ((name, self._options.clients[name]) for name in self._options.begins)
            ]
            return visit.told({"connections": [visit.said(view) for view in views], "clients": clients}, csrf=True)
        taken = {view.client for view in views if view.status != "ended"}
        return visit.page(visit.pages.connections(views, [name for name in self._options.begins if name not in taken]))

    def _status(self, visit: _Visit, id: str) -> Work:
        view: ConnectionView = yield Call("status", (id,), {"owner": visit.owner})
        if visit.json:
            return visit.told(visit.said(view), csrf=True)
        after = self._options.after
        if after is not None and view.status == "connected" and visit.query.get("connecting") == "1":
            return visit.see(after)
        return visit.page(visit.pages.connection(view, closes=visit.query.get("popup") == "1"))

    # To the exchange and back

    def _connect(self, visit: _Visit, client: str) -> Work:
        if client not in self._options.begins:
            raise Refused(404, "not_found")
        view = _live(client, (yield Call("find", (visit.owner,))))
        if view is None:
            view = yield Call("begin", (client,), {"owner": visit.owner, **self._options.begins[client]})
            # The other one of two clicks may have begun one too: they agree on the first.
            first = _live(client, (yield Call("find", (visit.owner,))))
            if first is not None and first.id != view.id and first.authorize_url is not None:
                yield Call("disconnect", (view.id,), {"owner": visit.owner})
                view = first
        elif view.authorize_url is None and view.status == "needs_user":
            view = yield self._again(visit, view)
        return visit.left(view)

    def _reconnect(self, visit: _Visit, id: str) -> Work:
        view: ConnectionView = yield Call("status", (id,), {"owner": visit.owner})
        if view.authorize_url is None:
            view = yield self._again(visit, view)
        return visit.left(view)

    def _again(self, visit: _Visit, view: ConnectionView) -> Call:
        given = self._options.begins.get(view.client, {})
        options = {name: given[name] for name in OF_CONSENT if name in given}
        return Call("reconnect", (view.id,), {"owner": visit.owner, **options})

    def _callback(self, visit: _Visit, rest: str) -> Work:
        # Bybit puts a slash before the question mark.
        client = rest if rest in self._options.begins else rest.removesuffix("/")
        if client not in self._options.begins:
            return visit.turned_away(404, "not_found")
        if visit.request.method == "HEAD":
            # Whoever looks where a link leads has not come back from the exchange.
            return visit.nothing()
        if is_prefetch(visit.request):
            # Nor has a browser that guesses where its user goes next: it asks again when that happens.
            raise Refused(403, "forbidden")
        # The path is the client's own, whatever a proxy makes of it: it is what led here.
        url = f"{urlsplit(self._options.clients[client].redirect_uri).path}?{visit.request.query}"
        try:
            view = yield Call("receive_client_callback", (client, url), {"owner": visit.owner})
        except (ConnectionNotFound, VenuekeyError):
            return visit.turned_away(400, "not_accepted")
        return visit.came_back(view)

    # Buttons

    def _choose(self, visit: _Visit, id: str) -> Work:
        view = yield Call("choose", (id, visit.field("account_id")), {"owner": visit.owner})
        return visit.done(visit.status_path(view), view)

    def _paste(self, visit: _Visit, id: str) -> Work:
        view = yield Call("receive_pasted_code", (id, visit.field("code")), {"owner": visit.owner})
        return visit.done(visit.status_path(view), view)

    def _recover(self, visit: _Visit, id: str) -> Work:
        view = yield Call("recover", (id,), {"owner": visit.owner})
        return visit.done(visit.status_path(view), view)

    def _cancel(self, visit: _Visit, id: str) -> Work:
        view: ConnectionView = yield Call("cancel_attempt", (id,), {"owner": visit.owner})
        is_over = view.status == "ended" or view.intent is not None
        return visit.done(f"{visit.mount}/" if is_over else visit.status_path(view), view)

    def _disconnect(self, visit: _Visit, id: str) -> Work:
        deletes = visit.fields.get("delete_key") == "1"
        view = yield Call("disconnect", (id,), {"owner": visit.owner, "delete_key": deletes})
        # Not its own page: a row that can't be opened is gone by now.
        return visit.done(f"{visit.mount}/", view)


class _Visit:
    """One request on its way to a response."""

    def __init__(self, request: Request, options: Options, guard: Guard, assets: Assets) -> None:
        self.request, self._options, self._guard = request, options, guard
        self.owner = request.owner or ""
        # Two slashes at its beginning would make a host of what follows.
        mount = request.mount.strip("/")
        self.mount = quote(f"/{mount}" if mount else "", safe="/!$&'()*+,;=:@~")
        self.query = dict(parse_qsl(request.query))
        self.json = prefers_json(request) or (request.method == "POST" and is_json(request))
        self.fields: dict[str, str] = {}
        self._headers: list[tuple[str, str]] = []
        secret = guard.secret(request)
        self._fresh = new_secret() if secret is None else None
        self._csrf = csrf_token(secret or self._fresh, request.owner) or ""
        self.pages = Page(
            options.texts, options.clients, self.mount, self._csrf, assets.url(self.mount, "style.css"),
            assets.url(self.mount, "page.js"), options.popup, options.layout,
        )  # fmt: skip

    def field(self, name: str) -> str:
        if name not in self.fields:
            raise Refused(400, "bad_request")
        return self.fields[name]

    # Addresses

    def status_path(self, view: ConnectionView, query: str = "") -> str:
        return f"{self.mount}/status/{view.id}{query}"

    def left(self, view: ConnectionView) -> Response:
        """To the exchange, where a consent is wanted; a pop-up's way back is marked."""
        if self.fields.get("popup") == "1":
            self._mark("1", POPUP_LIVES_S)
        elif self._mark_name in cookies(self.request):
            self._mark("", 0)
        return self.done(view.authorize_url or self.status_path(view), view)

    def came_back(self, view: ConnectionView) -> Response:
        """From the exchange: code and state leave the history."""
        query = "?connecting=1" if self._options.after is not None else ""
        if cookies(self.request).get(self._mark_name) == "1":
            self._mark("", 0)
            query = "?popup=1"
        return self.see(self.status_path(view, query))

    def turned_away(self, status: int, name: str) -> Response:
        """From the exchange, or from anywhere: what is told stands at an address without code and state."""
        is_bare = self.json or not self.request.query
        return self.refused(status, name) if is_bare else self.see(f"{self.mount}/refused/{name}")

    @property
    def _mark_name(self) -> str:
        return f"{self._guard.cookie}-popup"

    def _mark(self, value: str, lives_s: int) -> None:
        self._headers.append(self._guard.set_cookie(self._mark_name, value, f"; Max-Age={lives_s}"))

    # Responses

    def see(self, location: str) -> Response:
        return self._made(303, "text/plain; charset=utf-8", "", [("location", location)])

    def nothing(self) -> Response:
        return self._made(200, "text/plain; charset=utf-8", "", [])

    def done(self, location: str, view: ConnectionView) -> Response:
        if self.json:
            return self.told({"location": location, "connection": self.said(view)})
        return self.see(location)

    def page(self, html: str) -> Response:
        """A page with forms, which have the browser's token."""
        self._give_secret()
        return self._made(200, "text/html; charset=utf-8", html, [])

    def message(self, html: str, status: int, more: More = None) -> Response:
        """A page without forms. It gives no secret: to another site's form the browser does not show the one it has."""
        return self._made(status, "text/html; charset=utf-8", html, more or [])

    def told(self, value: dict[str, Any], status: int = 200, *, csrf: bool = False, more: More = None) -> Response:
        if csrf:
            value = {**value, "csrf": self._csrf}
            self._give_secret()
        return self._made(status, "application/json", json.dumps(value), more or [])

    def _give_secret(self) -> None:
        if self._fresh is not None:
            self._headers.append(self._guard.set_cookie(self._guard.cookie, self._fresh))

    def said(self, view: ConnectionView) -> dict[str, Any]:
        says = self.pages.says(view)
        told = {"title": says.label, "text": says.text, "then": says.then, "state": says.state, "shown": says.shown}
        plain = view.as_dict()
        # The app's own name for the user can be what logs them in.
        del plain["owner"]
        return {**plain, **told}

    def refused(self, status: int, name: str, more: More = None) -> Response:
        if self.json:
            error = {"code": name, "kind": KINDS.get(name, "misuse")}
            return self.told({"error": error}, status, more=more)
        return self.message(self.pages.message(name), status, more)

    def unauthorized(self, verb: str) -> Response:
        # A callback stays where it is: loaded again after the login, it is received.
        leads = self.request.method != "POST" and not self.json and verb != "callback"
        if self._options.login_url is not None and leads:
            return self.see(self._options.login_url)
        return self.refused(401, "unauthorized")

    def failed(self, error: VenuekeyError, client: str, back: str, *, is_ours: bool) -> Response:
        """Where what was asked for could not even begin."""
        status = 503 if isinstance(error, UnavailableError) else 400
        if is_ours:
            status = 500
            log.error("the web asked for what can't be done: %s", error)
        if self.json:
            told = {"code": error.code, "kind": error.kind}
            if error.hint is not None:
                told["hint"] = error.hint
            return self.told({"error": told}, status)
        text = self.pages.of_error("happened", client, error)
        return self.message(
            self.pages.message("bad_request", text, self.pages.of_error("next", client, error), back), status
        )

    def _made(self, status: int, type_: str, text: str, more: list[tuple[str, str]]) -> Response:
        headers = [("content-type", type_), *self._guard.headers, *self._headers, *more]
        return Response(status, headers, text.encode("utf-8", "replace"))


def guard_of(clients: Iterable[Client]) -> Guard:
    every = list(clients)
    return Guard(
        [each.redirect_uri for each in every if not each.takes_pasted_code], [each.authorize_base for each in every]
    )


def security_headers(connections: Connections | AsyncConnections) -> dict[str, str]:
    """What every response of the routes tells the browser, for pages of your own: no caching, no referrer, a content
    security policy without inline scripts and styles, whose forms lead to you and to the clients' exchanges.
    """
    return dict(guard_of(clients_of(connections).values()).headers)


def _live(client: str, views: list[ConnectionView]) -> Optional[ConnectionView]:
    """The client's connection that a click goes on with: one that waits for the user, else the newest."""
    mine = [view for view in views if view.client == client and view.status != "ended" and view.intent is None]
    waiting = [view for view in mine if view.authorize_url is not None]
    if waiting:
        return min(waiting, key=lambda view: (view.trail[0].at_ms if view.trail else 0, view.id))
    return max(mine, key=last_ms, default=None)


def answer(connections: Connections, work: Work) -> Response:
    """Drives the routes over `Connections`."""
    try:
        call = next(work)
        while True:
            try:
                brought = getattr(connections, call.method)(*call.arguments, **call.options)
            except Exception as error:
                call = work.throw(error)
            else:
                call = work.send(brought)
    except StopIteration as end:
        response: Response = end.value
        return response


async def answer_async(connections: AsyncConnections, work: Work) -> Response:
    """The same over `AsyncConnections`."""
    try:
        call = next(work)
        while True:
            try:
                brought = await getattr(connections, call.method)(*call.arguments, **call.options)
            except Exception as error:
                call = work.throw(error)
            else:
                call = work.send(brought)
    except StopIteration as end:
        response: Response = end.value
        return response
