"""The JSON API, for apps that are their own face: a page elsewhere, a phone. What happens is the same as on the pages.

A request that changes something has a JSON body or is a DELETE, which no other site's page can send with our cookie
unless we allow it; and where a browser names the page's origin, it is ours.
"""

from __future__ import annotations

import json
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from venuekey import VenuekeyError

from accounts import SUPERSEDED, Accounts, Refused, Standing
from pages import Pages
from settings import Settings
from web import Sessions, check_length, unmark

PREFIX = "/api/"
MAX_BODY_BYTES = 64 * 1024
"""A hand-off has 16 KiB, and its quotes are escaped."""

# Words of this example's own, as kind and code.
_BY_STATUS = {
    403: ("rejected", "foreign_origin"),
    404: ("misuse", "not_found"),
    405: ("misuse", "method_not_allowed"),
    413: ("misuse", "too_large"),
    415: ("misuse", "not_json"),
    500: ("unavailable", "internal"),
    503: ("unavailable", "busy"),
}


def problem(status: int, error: Exception) -> JSONResponse:
    """In the library's own words where it is the library's; never the venue's."""
    kind, code = _BY_STATUS.get(status, ("misuse", "invalid_request"))
    if isinstance(error, (VenuekeyError, Refused)):
        kind, code = error.kind, error.code
    return JSONResponse({"kind": kind, "code": code}, status)


class Api:
    """The routes."""

    def __init__(self, settings: Settings, sessions: Sessions, accounts: Accounts, pages: Pages) -> None:
        self._settings = settings
        self._sessions = sessions
        self._accounts = accounts
        self._pages = pages

    def routes(self) -> list[BaseRoute]:
        return [
            Route(f"{PREFIX}connections", self.states),
            Route(f"{PREFIX}connections", self.connect, methods=["POST"]),
            Route(f"{PREFIX}callbacks", self.callback, methods=["POST"]),
            Route(f"{PREFIX}hand-offs", self.hand_off, methods=["POST"]),
            Route(f"{PREFIX}recoveries", self.recover, methods=["POST"]),
            Route(f"{PREFIX}attempts/{{venue:venue}}", self.call_off, methods=["DELETE"]),
            Route(f"{PREFIX}connections/{{venue:venue}}", self.forget, methods=["DELETE"]),
        ]

    async def states(self, request: Request) -> Response:
        cards = await self._pages.cards(self._sessions.visitor(request).user_id, request.cookies)
        return JSONResponse({card.venue: card.in_short() for card in cards})

    async def connect(self, request: Request) -> Response:
        venue, goal = await self._body(request, "goal")
        visitor, user_id = self._sessions.with_user(self._sessions.visitor(request))
        view = await self._accounts.begin(user_id, venue, goal)
        answer = JSONResponse({"flow_id": view.id, "authorize_url": view.authorize_url}, 201)
        return self._sessions.set_cookie(unmark(request, answer, venue), visitor)

    async def callback(self, request: Request) -> Response:
        venue, url = await self._body(request, "callback_url")
        return _accepted(await self._accounts.receive_callback(self._sessions.visitor(request).user_id, venue, url))

    async def hand_off(self, request: Request) -> Response:
        venue, hand_off = await self._body(request, "hand_off")
        if venue != "whitebit":
            raise HTTPException(400)
        visitor, user_id = self._sessions.with_user(self._sessions.visitor(request))
        return self._sessions.set_cookie(_accepted(await self._accounts.accept_hand_off(user_id, hand_off)), visitor)

    async def recover(self, request: Request) -> Response:
        venue, _ = await self._body(request, "venue")
        return _accepted(await self._accounts.recover(self._sessions.visitor(request).user_id, venue))

    async def forget(self, request: Request) -> Response:
        """What is under way, else the account. Here only: a key goes on working until the user deletes it there."""
        standing, was_under_way = await self._called_off(request)
        if standing.account and not was_under_way:
            await self._accounts.end(standing.account)
        return Response(status_code=204)

    async def call_off(self, request: Request) -> Response:
        """What is under way, never an account that works: whoever stops may not have seen yet what has come of it."""
        await self._called_off(request)
        return Response(status_code=204)

    async def _called_off(self, request: Request) -> tuple[Standing, bool]:
        """Who stops connecting anew keeps the account there is."""
        self._check_origin(request)
        user_id, venue = self._sessions.visitor(request).user_id, request.path_params["venue"]
        standing = await self._accounts.standing(user_id, venue)
        if standing.is_busy:
            raise SUPERSEDED  # not to be stopped half-way
        return standing, user_id is not None and await self._accounts.call_off(user_id, venue)

    def _check_origin(self, request: Request) -> None:
        ours = self._settings.public_url.lower()
        if request.headers.get("origin", ours) != ours:
            raise HTTPException(403)

    async def _body(self, request: Request, name: str) -> tuple[str, Any]:
        """The venue, which is one of ours, and the other field, which is text."""
        self._check_origin(request)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise HTTPException(415)
        check_length(request, MAX_BODY_BYTES)
        try:
            given = json.loads(await request.body())
            venue, text = given["venue"], given[name]
            # JSON's escapes can also write half a character, which nothing else takes for text.
            text.encode()
            if venue in self._settings.clients:
                return venue, text
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):  # the last: nested too deeply
            pass
        raise HTTPException(400)


def _accepted(flow_id: str) -> Response:
    return JSONResponse({"flow_id": flow_id}, 202)
