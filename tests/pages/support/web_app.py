"""An app with the mounted routes, for the tests of their pages: web_app.py PORT DATA SANDBOX, options as JSON in WEB_OPTIONS."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import uvicorn
import venuekey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from venuekey.stores.sqlite import SQLiteStore
from venuekey.web import asgi_app

PORT, DATA, SANDBOX = sys.argv[1:4]
HOME = f"http://127.0.0.1:{PORT}"


def client(venue: str, environment: str) -> venuekey.Client[Any]:
    base = f"{SANDBOX}/{venue}/{environment}"
    place: Any = {"venue": venue, "environment": environment}
    return venuekey.Client(
        **place, client_id=f"demo-{venue}", client_secret=f"demo-{venue}-secret", authorize_base=base, api_base=base,
        redirect_uri=f"{HOME}/connections/callback/{venue}",
    )  # fmt: skip


agent = venuekey.Client.public(
    venue="bybit", environment="mainnet", client_id="ai-agent", redirect_uri="https://www.bybit.com/oauth/callback",
    authorize_base=f"{SANDBOX}/bybit/mainnet", api_base=f"{SANDBOX}/bybit/mainnet",
)  # fmt: skip
clients = {"whitebit": client("whitebit", "global"), "bybit": client("bybit", "mainnet"), "agent": agent}
keys = venuekey.SealingKeys([("2026-11", bytes(32))])
connections = venuekey.AsyncConnections(clients, SQLiteStore(f"{DATA}/connections.db"), keys)


async def login(request: Request) -> Response:
    answer = RedirectResponse("/connections/")
    answer.set_cookie("user", request.query_params["user"])
    return answer


async def gone(request: Request) -> Response:
    return Response("the app's own page", media_type="text/html")


def owner(scope: Any) -> str | None:
    return Request(scope).cookies.get("user")


routes = asgi_app(connections, owner=owner, texts={"client.agent": "Bybit AI"}, **json.loads(os.environ.get("WEB_OPTIONS", "{}")))
app = Starlette(
    routes=[Route("/login", login), Route("/welcome", gone), Mount("/connections", routes)],
    lifespan=lambda _: connections.working(),
)

if __name__ == "__main__":
    uvicorn.run(app, port=int(PORT), access_log=False)
