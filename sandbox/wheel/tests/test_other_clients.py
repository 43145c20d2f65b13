"""Clients in wide use, unmodified but for the address, make signed calls against the sandbox.

They are in a requirements file of their own, and of no use to the rest.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from venuekey_sandbox import Sandbox, start

BYBIT_KEY = ("XXXXXXXXXXTESTKEY1", "testsecretTESTSECRETtestsecret123456")
WHITEBIT_KEY = ("550e8400-e29b-41d4-a716-446655440000", "test-secret-0123456789abcdef")
KEYS = (f"--api-key=mainnet={':'.join(BYBIT_KEY)}", f"--api-key=global={':'.join(WHITEBIT_KEY)}")

PYBIT = """
from pybit.unified_trading import HTTP

client = HTTP(api_key=key, api_secret=secret)
client.endpoint = base
told = [client.get_server_time(), client.get_api_key_information()]
"""
CCXT = """
import ccxt

def moved(urls):
    if isinstance(urls, dict):
        return {name: moved(url) for name, url in urls.items()}
    return urls.replace("https://whitebit.com", base)

client = ccxt.whitebit({"apiKey": key, "secret": secret})
client.urls["api"] = moved(client.urls["api"])
told = [client.fetch_time(), client.v4_private_post_trade_account_balance({"ticker": "BTC"})]
"""
SHELL = "import json, sys\nbase, key, secret = sys.argv[1:]\n{text}\nprint(json.dumps(told))\n"


def run(sandbox: Sandbox, text: str, base: str, key: tuple[str, str]) -> Any:
    """What the client made of the answers. In a process of its own: its imports and warnings are not the tests'."""
    env = {**os.environ, "NO_PROXY": "*", "no_proxy": "*"}
    command = [sys.executable, "-c", SHELL.format(text=text), base, *key]
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr
    assert sandbox.violations() == []
    return json.loads(done.stdout)


def notes(sandbox: Sandbox) -> set[str]:
    return {note["rule"] for request in sandbox.requests("signed") for note in request["notes"]}


def test_pybit() -> None:
    with start(*KEYS) as sandbox:
        time, key = run(sandbox, PYBIT, sandbox.base_url("bybit"), BYBIT_KEY)
        assert time["retMsg"] == "OK"
        assert key["result"]["apiKey"] == BYBIT_KEY[0]
        assert notes(sandbox) == {"sign_type"}


def test_ccxt_at_whitebit() -> None:
    with start(*KEYS) as sandbox:
        time, balance = run(sandbox, CCXT, sandbox.base_url("whitebit"), WHITEBIT_KEY)
        assert time % 1000 == 0
        assert balance == {"BTC": {"available": "0.1", "freeze": "0.02"}}
        assert notes(sandbox) == {"nonce"}
