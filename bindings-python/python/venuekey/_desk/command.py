"""The command line: `venuekey`, which is `python -m venuekey`. docs/cli.md has all of it."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from typing import Optional

from .._native import __version__
from ..connections._process import quiet_senders
from . import commands, output
from ._texts import AGENT, ENVIRONMENTS
from ._texts import EXAMPLES as REQUESTS
from .apps import START
from .trouble import EXPECTED, finding_of
from .worker import worker

FAILED, MISUSED, INTERRUPTED = 1, 2, 130
NAME = AGENT["name"]
FIRST, *OTHERS = ENVIRONMENTS
ABOUT = f"""Connects accounts at crypto exchanges, and says what is wrong.

Clients come from the environment (VENUEKEY_{FIRST.upper()}_CLIENT_ID, ..._CLIENT_SECRET, ..._REDIRECT_URI; the same
with {", ".join(OTHERS).upper()}) or from a JSON file, never from arguments. {NAME} needs none. Connections are kept in
an SQLite file below your own data folder, sealed with a key in a file beside it."""
EXIT = "Exit codes: 0 done, 1 it did not work, 2 wrong arguments, 130 interrupted. docs/cli.md has more."
EXAMPLES = {
    "connect": f"""examples:
  {f"venuekey connect {NAME}":42} without any registration
  {f"venuekey connect {FIRST} --sandbox":42} on this machine alone, with the package venuekey-sandbox
  {f"venuekey connect {FIRST} --label main":42} another account beside the first one""",
    "call": "\n".join(["examples:", *(f"  venuekey call {venue} {request}" for venue, request in REQUESTS.items())]),
    "doctor": """examples:
  venuekey doctor                            the connections at this desk
  venuekey doctor --app app:connections      those of your app: run it where the app runs""",
}


def main(arguments: Optional[Sequence[str]] = None) -> int:
    given = _parser().parse_args(arguments)
    logging.getLogger("venuekey").addHandler(logging.NullHandler())
    quiet_senders()
    try:
        return int(given.run(given))
    except KeyboardInterrupt:
        print("\nStopped. Nothing is lost: run it again to continue.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever reads has had enough; the interpreter must not say so again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except EXPECTED as error:
        finding = finding_of(error)
    if getattr(given, "json", False):
        output.as_json({"error": finding.as_dict()})
    output.failure(finding)
    return FAILED


def _parser() -> argparse.ArgumentParser:
    is_module = os.path.basename(sys.argv[0]) == "__main__.py"
    parser = argparse.ArgumentParser(
        prog="python -m venuekey" if is_module else "venuekey", description=ABOUT, epilog=EXIT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--version", action="version", version=f"venuekey {__version__}")
    added = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, about: str, run: object) -> argparse.ArgumentParser:
        own = added.add_parser(
            name, help=about, description=f"{about[0].upper()}{about[1:]}.", epilog=EXAMPLES.get(name),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        own.set_defaults(run=run)
        return own

    connect = command("connect", "connect an account: open the browser, and wait for its return", commands.connect)
    connect.add_argument("client", help=f"{', '.join(ENVIRONMENTS)}, {NAME}, or a client of the configuration")
    connect.add_argument("--goal", choices=("api_key", "account_tokens"), help="by default a key, where there is one")
    connect.add_argument("--label", help="your own name for the account: one connection for each")
    connect.add_argument("--again", action="store_true", help="ask for consent though it is connected")
    connect.add_argument(
        "--paste", action="store_true", help="ask for the code or address instead of waiting for the browser"
    )
    connect.add_argument("--no-browser", action="store_true", help="show the address, and open nothing")
    connect.add_argument("--owner", default="local", help=argparse.SUPPRESS)
    _where(connect)
    _output(connect)

    status = command("status", "show connections: all of them, or one with what has happened to it", commands.status)
    status.add_argument("id", nargs="?", help="its id, or the first digits of it")
    call = command("call", "send a signed request, and print the reply", commands.call)
    call.add_argument("target", help="the connection's id, or its label, client or venue where there is only one")
    call.add_argument("method", metavar="METHOD", help="GET, POST or DELETE, as the venue documents it")
    call.add_argument("path", metavar="PATH", help="as the venue documents it")
    call.add_argument("parameters", metavar="JSON", nargs="?", help="an object; - reads standard input")
    call.add_argument("--patience", type=float, default=30, metavar="SECONDS", help="how long to wait for limits (30)")
    doctor = command("doctor", "say what is wrong: one line for each check, and what helps", commands.doctor)
    doctor.add_argument("--offline", action="store_true", help="send nothing")
    doctor.add_argument("--probes", type=int, default=3, metavar="N", help="ask about N keys of each client (3)")
    for own in (status, call, doctor):
        own.add_argument("--app", metavar="MODULE:NAME", help="the Connections of your own app: app:connections")
        _where(own)
        _output(own)

    work = command("worker", "do what is due, until SIGTERM or SIGINT", worker)
    work.add_argument("app", nargs="?", help="module:name of a Connections; left out, the connections at this desk")
    work.add_argument("--holder", help="the worker's name, 1 to 64 bytes; no two workers may share one")
    work.add_argument("--once", action="store_true", help="do what is due now, and end")
    _where(work)
    return parser


def _where(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sandbox", nargs="?", const=START, metavar="URL",
        help="the sandbox with its demo clients; without an address the one at port 8700, or else one of its own "
        "(VENUEKEY_SANDBOX_URL)",
    )  # fmt: skip
    parser.add_argument(
        "--store", type=_path, metavar="PATH", help="an SQLite file (VENUEKEY_STORE may be a postgresql: URL)"
    )
    parser.add_argument("--config", metavar="FILE", help="a JSON file with clients (VENUEKEY_CONFIG)")


def _path(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("it is empty")
    return text


def _output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON for a program")
