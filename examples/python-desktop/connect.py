"""Connects a Bybit account to a program on the user's own machine: no backend, no client secret.

    python connect.py                     the browser comes back to this program (loopback redirect)
    python connect.py --paste             the user copies the code from Bybit's page (a machine without a browser)
    python connect.py --sandbox URL       against the sandbox instead of Bybit

What is connected stays so, and a program that is stopped half-way goes on where it was.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import venuekey

PORTS = range(9876, 9887)  # those that Bybit knows
PASTE = "https://www.bybit.com/oauth/callback"


def connect(given: argparse.Namespace) -> venuekey.Account:
    for port in PORTS:
        client = venuekey.Client.public(
            venue="bybit", environment="mainnet", client_id="ai-agent",
            redirect_uri=PASTE if given.paste else f"http://127.0.0.1:{port}/callback",
            authorize_base=given.sandbox, api_base=given.sandbox,
        )  # fmt: skip
        try:
            return venuekey.connect_local(client, store=given.state, paste=given.paste)
        except venuekey.local.Trouble as trouble:
            # Another program has it, and nothing was begun.
            if trouble.finding.code != "port_busy" or port == PORTS[-1]:
                raise
    raise AssertionError("there is a last port")


def main() -> None:
    parser = argparse.ArgumentParser(description="Connect a Bybit account to this machine.")
    parser.add_argument("--paste", action="store_true", help="copy the code from Bybit's page")
    parser.add_argument("--sandbox", metavar="URL", help="for example http://127.0.0.1:8700/bybit/mainnet")
    parser.add_argument("--state", type=Path, help="where the connection is kept (default: the user's data folder)")
    given = parser.parse_args()
    try:
        account = connect(given)
        user = account.call("GET", "/v5/user/query-api").json()["userID"]
    except (venuekey.VenuekeyError, venuekey.NoResponse, venuekey.local.Trouble) as error:
        sys.exit(f"{error}")
    print("Connected: account", user)


if __name__ == "__main__":
    main()
