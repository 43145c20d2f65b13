"""Users of a Flask app connect their WhiteBIT and Bybit accounts. README.md has the command."""

import logging
import os
import secrets

import flask
import venuekey
from venuekey.stores.sqlite import SQLiteStore
from venuekey.web.flask import blueprint

logging.getLogger("werkzeug").setLevel(logging.WARNING)  # its log would have the callback's code
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

# The worker is a process of its own: `python -m venuekey worker app:connections`.
connections = venuekey.Connections(
    clients={"whitebit": whitebit, "bybit": bybit},
    store=SQLiteStore(os.environ["DATABASE"]),
    keys=venuekey.SealingKeys([("2026-11", bytes.fromhex(os.environ["SEALING_KEY"]))]),
)

app = flask.Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]


def user(_: object = None) -> str | None:
    """Who is logged in: here whoever has been at /login."""
    return flask.session.get("user")


app.register_blueprint(blueprint(connections, owner=user, login_url="/login"))


@app.get("/login")
def login() -> flask.typing.ResponseReturnValue:
    flask.session["user"] = user() or secrets.token_hex()
    return flask.redirect("/connections/")


@app.get("/account/<client>")
def account(client: str) -> flask.typing.ResponseReturnValue:
    """What the exchange says to a request that is signed with the user's key."""
    owner = user() or flask.abort(401)
    for view in connections.find(owner):
        if view.client == client and view.status == "connected":
            mine = connections.account(view.id, owner=owner)
            if client == "whitebit":
                return flask.jsonify(mine.call("POST", "/api/v4/trade-account/balance").json())
            return flask.jsonify(mine.call("GET", "/v5/user/query-api").json())
    flask.abort(404)
