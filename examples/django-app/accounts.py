import os

import venuekey
from venuekey.django import DjangoStore

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

# The worker is a process of its own: `python manage.py venuekey_worker`.
connections = venuekey.Connections(
    clients={"whitebit": whitebit, "bybit": bybit},
    store=DjangoStore(),
    keys=venuekey.SealingKeys([("2026-11", bytes.fromhex(os.environ["SEALING_KEY"]))]),
)
