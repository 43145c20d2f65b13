"""A program at somebody's desk: an account, and one call with it."""

import os
import sys

import venuekey

base = f"{os.environ['SANDBOX']}/bybit/mainnet"
client = venuekey.Client.public(
    venue="bybit", environment="mainnet", client_id="ai-agent", redirect_uri=os.environ["REDIRECT_URI"],
    authorize_base=base, api_base=base,
)  # fmt: skip
try:
    account = venuekey.connect_local(client, store=os.environ["STORE"], open_browser=False)
    print(account.id, account.call("GET", "/v5/user/query-api").json()["userID"])
except (venuekey.VenuekeyError, venuekey.local.Trouble) as error:
    sys.exit(f"{error}")
