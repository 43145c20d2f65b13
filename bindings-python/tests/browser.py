"""A browser in front of the routes, without a server: it keeps cookies and follows nothing by itself."""

from __future__ import annotations

import json
import re
from typing import Any, Callable, Optional
from urllib.parse import urlencode

import venuekey
from conftest import AGENT_REPLIES, REPLIES, Clock, Venue
from connected import NEW
from venuekey.connections import Connections
from venuekey.stores.sqlite import SQLiteStore
from venuekey.web import Request, Response, Routes, answer

MOUNT = "/connections"
HOST = "partner.example"
HOME = f"https://{HOST}{MOUNT}"
Make = Callable[..., Connections]


def of_venue(venue: str, redirect_uri: str, **more: Any) -> venuekey.Client:
    place: Any = {"venue": venue, "environment": "global" if venue == "whitebit" else "mainnet"}
    return venuekey.Client(**place, client_id="demo", client_secret="secret", redirect_uri=redirect_uri, **more)


def maker(rows: SQLiteStore, clock: Clock) -> Make:
    """Makes connections to venues that answer from a script."""
    clients = {
        "whitebit": of_venue("whitebit", f"{HOME}/callback/whitebit"),
        "bybit": of_venue("bybit", f"{HOME}/callback/bybit"),
        "agent": venuekey.Client.public(
            venue="bybit", environment="mainnet", client_id="ai", redirect_uri="https://www.bybit.com/oauth/callback"
        ),
    }
    whitebit, bybit = Venue(REPLIES), Venue(AGENT_REPLIES)

    def send(request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        return (whitebit if "whitebit" in request.url else bybit).send(request)

    def make(**options: Any) -> Connections:
        given: dict[str, Any] = {"send": send, "clock": clock, "sleep": clock.sleep, "store": rows, **options}
        return Connections(clients, given.pop("store"), venuekey.SealingKeys([NEW]), **given)

    return make


class Browser:
    """`owner` is who is logged in; headers that are given as `None` are left out."""

    def __init__(self, connections: Connections, owner: Optional[str] = "user", **options: Any) -> None:
        self.connections, self.owner = connections, owner
        self.routes = Routes(connections, MOUNT, **options)
        self.cookies: dict[str, str] = {}
        self.last: Response = Response(0, [])

    def send(
        self, method: str, path: str, body: bytes = b"", query: str = "", headers: Optional[dict[str, str]] = None
    ) -> Response:
        of_cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"host": HOST, "accept": "text/html", "cookie": of_cookies, **(headers or {})}
        request = Request(method, path, MOUNT, query, sent, body, self.owner)
        self.last = answer(self.connections, self.routes.respond(request))
        for name, value in self.last.headers:
            if name == "set-cookie":
                cookie, _, of = value.partition(";")[0].partition("=")
                self.cookies[cookie] = of
                if "Max-Age=0" in value:
                    del self.cookies[cookie]
        return self.last

    def get(self, path: str = "/", query: str = "", **headers: str) -> str:
        return self.send("GET", path, b"", query, headers).body.decode()

    def json(self, path: str = "/", query: str = "") -> Any:
        return json.loads(self.get(path, query, accept="application/json"))

    def post(self, path: str, headers: Optional[dict[str, str]] = None, **fields: str) -> Response:
        """As a form of our pages does it."""
        given = {"content-type": "application/x-www-form-urlencoded", **(headers or {})}
        return self.send("POST", path, urlencode({"csrf": self.csrf(), **fields}).encode(), "", given)

    def post_json(self, path: str, body: object, headers: Optional[dict[str, str]] = None) -> Response:
        given = {"content-type": "application/json", "accept": "application/json", **(headers or {})}
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.send("POST", path, text, "", given)

    def csrf(self) -> str:
        return str(self.json()["csrf"]) if self.owner else ""

    @property
    def location(self) -> str:
        return header(self.last, "location")

    def forms(self, html: str) -> list[str]:
        """Where a page's forms lead, below the mount."""
        return re.findall(f'action="{MOUNT}(/[^"]*)"', html)


def header(response: Response, name: str) -> str:
    (value,) = (value for of, value in response.headers if of == name)
    return value


def told(response: Response) -> Any:
    return json.loads(response.body)
