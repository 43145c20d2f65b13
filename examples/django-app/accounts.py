import os

import venuekey
from venuekey.django import DjangoStore

HOME, SANDBOX = os.environ["HOME_URL"], os.environ["SANDBOX"]
WHITEBIT, BYBIT = f"{SANDBOX}/whitebit/global", f"{SANDBOX}/bybit/mainnet"  # leave the bases out to reach the exchanges

connections = venuekey.Connections(
    {
        "whitebit": venuekey.Client(
            venue="whitebit", environment="global", client_id="demo-whitebit",
            client_secret=os.environ["whitebit_SECRET"], redirect_uri=f"{HOME}/connections/callback/whitebit",
            authorize_base=WHITEBIT, api_base=WHITEBIT,
        ),
        "bybit": venuekey.Client(
            venue="bybit", environment="mainnet", client_id="demo-bybit",
            client_secret=os.environ["bybit_SECRET"], redirect_uri=f"{HOME}/connections/callback/bybit",
            authorize_base=BYBIT, api_base=BYBIT,
        ),
    },
    DjangoStore(),
    venuekey.SealingKeys([("2026-11", bytes.fromhex(os.environ["SEALING_KEY"]))]),
)  # fmt: skip
