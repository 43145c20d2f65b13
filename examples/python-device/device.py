"""An app that begins a WhiteBIT connection by itself and hands it off to its backend: no client secret here.

    python device.py begin --backend URL            keeps the pending flow, prints the consent page's address
    python device.py finish CALLBACK --backend URL  takes what the browser brought back, hands it off

Two runs of the program on purpose: a phone's system may end an app while its user is in the browser. Prefer to let the
backend begin where you can; then the app only opens a page and posts an address.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import httpx
import venuekey


REFUSED = ("hand_off_invalid", "hand_off_mismatch", "hand_off_expired")


def client_of(given: argparse.Namespace) -> venuekey.Client:
    return venuekey.Client.public(
        venue="whitebit", environment="global", client_id=given.client_id,
        # The app's own link, registered at WhiteBIT: the system opens it in the app and not in the browser.
        redirect_uri=f"{given.backend}/callback/whitebit",
        authorize_base=given.sandbox,
    )  # fmt: skip


def begin(given: argparse.Namespace) -> None:
    started = client_of(given).begin("api_key")
    _keep(given.state, started.pending.snapshot())
    print(started.authorize_url)


def finish(given: argparse.Namespace) -> None:
    flow = client_of(given).restore(given.state.read_text())
    # Taken up again after a crash, the flow has had its callback and only tells its end once more.
    step = flow.receive_callback(given.callback) if flow.status == "awaiting_callback" else flow.resume()
    if isinstance(step, venuekey.parts.Save):
        _keep(given.state, step.flow.snapshot())
        step = step.next.resume()
    if isinstance(step, venuekey.parts.Failed):
        given.state.unlink()
        raise step.error
    assert isinstance(step, venuekey.parts.Done) and isinstance(step.outcome, venuekey.parts.HandOff)
    status, code = _send(given, step.outcome)
    # The only hand-off there is: forgotten where the backend has it or will never take it, and kept whatever else
    # has answered, a proxy or a page to log in on.
    if status == 202 or (status, code) == (409, "superseded"):
        given.state.unlink()
        print("handed off, the backend answered", status)
    elif status == 400 and code in REFUSED:
        given.state.unlink()
        sys.exit(f"the backend refused it: {code}")
    else:
        sys.exit(f"not handed off, the backend answered {status}; run this again")


def _send(given: argparse.Namespace, hand_off: venuekey.parts.HandOff) -> tuple[int, str]:
    """In an authenticated request's body, over TLS. This example's backend knows its users by their cookies."""
    with httpx.Client(base_url=given.backend, headers={"cookie": given.cookie}, trust_env=False) as http:
        # Exposed to be sent. Sent twice it does no harm: the second one is told that the first is there.
        body = {"venue": "whitebit", "hand_off": hand_off.expose()}
        try:
            reply = http.post("/api/hand-offs", json=body)
        except httpx.HTTPError:
            sys.exit("not handed off, the backend did not answer; run this again")
    try:
        told = reply.json()
    except ValueError:
        told = None
    return reply.status_code, str(told.get("code", "")) if isinstance(told, dict) else ""


def _keep(path: Path, snapshot: venuekey.parts.Snapshot) -> None:
    """As a whole or not at all. A real app keeps it in the system's keychain."""
    beside = path.with_suffix(".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(snapshot.expose())
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--backend", required=True, metavar="URL")
    parser.add_argument("--sandbox", metavar="URL", help="for example http://127.0.0.1:8700/whitebit/global")
    parser.add_argument("--client-id", default="demo-whitebit")
    parser.add_argument(
        "--cookie", default=os.environ.get("DEVICE_COOKIE", ""), help="the user's session at the backend"
    )
    parser.add_argument("--state", type=Path, default=Path("whitebit-connection.json"), help="where the flow is kept")
    commands = parser.add_subparsers(required=True)
    commands.add_parser("begin").set_defaults(run=begin)
    finishing = commands.add_parser("finish")
    finishing.add_argument("callback", help="the address the browser came back to")
    finishing.set_defaults(run=finish)
    given = parser.parse_args()
    try:
        given.run(given)
    except venuekey.VenuekeyError as error:
        sys.exit(f"{error}")


if __name__ == "__main__":
    main()
