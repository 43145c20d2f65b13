"""Connects a Bybit account to a program on the user's own machine: no backend, no client secret.

    python connect.py                     the browser comes back to this program (loopback redirect)
    python connect.py --paste             the user copies the code from Bybit's page (a machine without a browser)
    python connect.py --sandbox URL       against the sandbox instead of Bybit

The flow is kept in a file meanwhile, so a program that is stopped half-way goes on where it was.
"""

from __future__ import annotations

import argparse
import os
import queue
import sys
import threading
import webbrowser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import venuekey
from venuekey.senders import httpx_sender

PORTS = range(9876, 9887)  # those that Bybit knows
PASTE = "https://www.bybit.com/oauth/callback"


class FileStore:
    """One flow in one file, replaced as a whole. A real program keeps it in the system's keychain."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> str | None:
        return self._path.read_text() if self._path.exists() else None

    def save(self, snapshot: venuekey.parts.Snapshot) -> bool:
        beside = self._path.with_suffix(".new")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(snapshot.expose())
            file.flush()
            os.fsync(file.fileno())
        # One program, one flow: nobody else writes here, so each save wins.
        beside.replace(self._path)
        return True

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)


class Loopback:
    """Waits on 127.0.0.1 for the request that brings the code, and answers whatever else comes there with 404.

    A thread for each connection: browsers also open some on which they say nothing.
    """

    def __init__(self) -> None:
        self._callbacks: queue.SimpleQueue[str] = queue.SimpleQueue()
        callbacks = self._callbacks

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                # Bybit puts a slash before the question mark.
                if self.path.partition("?")[0] not in ("/callback", "/callback/"):
                    return self.send_error(404)
                callbacks.put(self.path)
                self.send_response(200)
                self.send_header("content-type", "text/plain; charset=utf-8")
                self.send_header("cache-control", "no-store")
                self.end_headers()
                self.wfile.write(b"You can close this window and go back to the program.\n")

            def log_message(self, *_: object) -> None:
                """Nothing: the address holds the code."""

        for port in PORTS:
            try:
                self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
                break
            except OSError:
                continue
        else:
            sys.exit("The ports 9876 to 9886 are all in use; stop one of those programs, or use --paste.")
        self.redirect_uri = f"http://127.0.0.1:{self._server.server_port}/callback"

    def wait_for(self, flow: venuekey.parts.Flow) -> venuekey.parts.Step:
        """The flow's callback; one that is not its own is refused, and the waiting goes on."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        while True:
            try:
                return flow.receive_callback(self._callbacks.get())
            except venuekey.RejectedError as error:
                print(f"{error}; still waiting", file=sys.stderr)


def ask(step: venuekey.parts.Choose) -> str:
    """The user's choice, always: one account is no reason to take it."""
    if step.creation_in_doubt:
        print("A new account was asked for, and the answer was lost: it may be in this list.")
    for number, account in enumerate(step.subaccounts, 1):
        print(f"  {number}  {account.nickname or 'account'} ({account.id})")
    if step.may_create:
        print("  n  make a new account")
    while True:
        answer = input("Which account? ").strip()
        if answer == "n" and step.may_create:
            return venuekey.parts.CREATE_SUBACCOUNT
        if answer.isdigit() and 1 <= int(answer) <= len(step.subaccounts):
            return step.subaccounts[int(answer) - 1].id


def main() -> None:
    parser = argparse.ArgumentParser(description="Connect a Bybit account to this machine.")
    parser.add_argument("--paste", action="store_true", help="copy the code from Bybit's page")
    parser.add_argument("--sandbox", metavar="URL", help="for example http://127.0.0.1:8700/bybit/mainnet")
    parser.add_argument("--state", type=Path, default=Path("bybit-connection.json"), help="where the flow is kept")
    given = parser.parse_args()

    loopback = None if given.paste else Loopback()
    client = venuekey.Client.public(
        venue="bybit", environment="mainnet", client_id="ai-agent",
        redirect_uri=loopback.redirect_uri if loopback else PASTE,
        authorize_base=given.sandbox, api_base=given.sandbox,
    )  # fmt: skip
    store = FileStore(given.state)
    stored = store.load()
    if stored is None:
        started = client.begin("api_key")
        flow = started.pending
        store.save(flow.snapshot())
        print("Open this page and agree:", started.authorize_url, sep="\n", flush=True)
        if loopback:
            webbrowser.open(started.authorize_url)
    else:
        # The redirect URI, port included, must be the one that the flow was begun with.
        flow = client.restore(stored, operation="api_key")
        print("Going on where the program was stopped.", flush=True)
    try:
        step: venuekey.parts.Step
        if flow.status != "awaiting_callback":
            step = flow.resume()
        elif loopback:
            step = loopback.wait_for(flow)
        else:
            step = flow.receive_pasted_code(input("The code from the page: "))
        done = venuekey.parts.drive(step, send=httpx_sender(), save=store.save, choose=ask)
    except venuekey.VenuekeyError as error:
        if error.flow is not None and error.recovery is None:
            store.forget()  # it has ended, and the next run begins anew
        sys.exit(f"{error}")
    assert isinstance(done.outcome, venuekey.parts.ApiKeyGranted)
    key = done.outcome.key
    # Here it would go into the keychain; only then is the flow forgotten.
    print("Connected:", key, "of account", key.sub_member_id)
    store.forget()


if __name__ == "__main__":
    main()
