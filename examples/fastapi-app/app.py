"""Users of a FastAPI app connect their WhiteBIT and Bybit accounts. README.md has the command."""

import logging
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import venuekey
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import RedirectResponse
from starlette.middleware.sessions import SessionMiddleware
from venuekey.stores.sqlite import SQLiteStore
from venuekey.web.fastapi import router

logging.getLogger("uvicorn.access").setLevel(logging.WARNING)  # its log would have the callback's code
HOME, SANDBOX = os.environ["HOME_URL"], os.environ["SANDBOX"]

# Leave out both bases to reach the exchanges themselves.
whitebit = venuekey.Client(
    venue="whitebit", environment="global",
    client_id="demo-whitebit", client_secret=os.environ["WHITEBIT_SECRET"],
    redirect_uri=f"{HOME}/connections/callback/whitebit",
    authorize_base=f"{SANDBOX}/whitebit/global", api_base=f"{SANDBOX}/whitebit/global",
)  # fmt: skip
bybit = venuekey.Client(
    venue="bybit", environment="mainnet",
    client_id="demo-bybit", client_secret=os.environ["BYBIT_SECRET"],
    redirect_uri=f"{HOME}/connections/callback/bybit",
    authorize_base=f"{SANDBOX}/bybit/mainnet", api_base=f"{SANDBOX}/bybit/mainnet",
)  # fmt: skip

connections = venuekey.AsyncConnections(
    clients={"whitebit": whitebit, "bybit": bybit},
    store=SQLiteStore(os.environ["DATABASE"]),
    keys=venuekey.SealingKeys([("2026-11", bytes.fromhex(os.environ["SEALING_KEY"]))]),
)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with connections.working():  # the worker, beside the web
        yield


app = FastAPI(lifespan=lifespan)
app.add_middleware(SessionMiddleware, secret_key=os.environ["SECRET_KEY"])


def user(request: Request) -> str | None:
    """Who is logged in: here whoever has been at /login."""
    name: str | None = request.session.get("user")
    return name


app.include_router(router(connections, owner=user, login_url="/login"))


@app.get("/login")
async def login(request: Request) -> RedirectResponse:
    request.session["user"] = user(request) or secrets.token_hex()
    return RedirectResponse("/connections")


@app.get("/account/{client}")
async def account(client: str, owner: Annotated[str | None, Depends(user)]) -> Any:
    """What the exchange says to a request that is signed with the user's key."""
    for view in await connections.find(owner or ""):
        if view.client == client and view.status == "connected":
            mine = await connections.account(view.id, owner=view.owner)
            if client == "whitebit":
                return (await mine.call("POST", "/api/v4/trade-account/balance")).json()
            return (await mine.call("GET", "/v5/user/query-api")).json()
    raise HTTPException(404)
