"""What each command does; `command.py` reads its arguments."""

from __future__ import annotations

import argparse
import contextlib
import shlex
import sys
from typing import TYPE_CHECKING, Callable, Optional, TypeVar

from .._clock import system_clock
from .._errors import VenuekeyError
from ..connections import AmbiguousAccount, ConnectionNotFound, Connections, ConnectionView
from ..connections._arguments import is_id
from ..stores import StoreError
from . import output
from ._texts import AGENT, ENVIRONMENTS, TRIALS
from .apps import START, Local, app_of, on, sandboxed, sender, temporary_store
from .check_clients import check_client
from .check_rows import PAGE, all_rows
from .check_store import of_error
from .check_venue import check_venues
from .connecting import Desk
from .diagnose import diagnose
from .findings import Finding, found
from .home import exposed, open_store, sealing_keys
from .person import say
from .trouble import Trouble, trouble

if TYPE_CHECKING:
    from .._names import Goal
    from .._native import SealingKeys
    from ..stores import Store

T = TypeVar("T")


def connect(given: argparse.Namespace) -> int:
    with contextlib.ExitStack() as stack:
        sandbox, is_ours = stack.enter_context(sandboxed(given))
        local = Local(given, sandbox, stack.enter_context(temporary_store(is_ours)))
        name: str = given.client
        client = local.settings.client(name)
        connections = local.connections(makes=True)
        desk = Desk(
            connections, name, client.redirect_uri, given.owner, given.label,
            opens_browser=not given.no_browser, pastes=given.paste or None,
        )  # fmt: skip
        goal: Goal = given.goal or ("api_key" if client.supports("api_key") else "account_tokens")
        if not client.supports(goal):
            values = {"venue": client.venue, "environment": client.environment, "goal": goal}
            raise trouble("goal_not_offered", f"client {name}", **values)
        account = desk.connect(goal, given.again)
        view = account.view()
        if given.json:
            output.as_json(view.as_dict())
        else:
            print(f"Connected: {view.venue} {view.environment}, connection {view.id}")
        if is_ours:
            if goal == "api_key":
                method, path = TRIALS[client.venue].split()
                account.call(method, path)  # type: ignore[arg-type]
                say(f"{method} {path} is answered. The sandbox ends with this command, and the connection with it.")
        elif not given.json:
            print(f"  venuekey status {view.id}{_as_given(given)}")
    return 0


def _as_given(given: argparse.Namespace) -> str:
    """What says where the connection is, for the next command."""
    options = {"sandbox": given.sandbox, "store": given.store, "config": given.config}
    return "".join(
        f" --{name}" if value == START else f" --{name}={shlex.quote(value)}"
        for name, value in options.items()
        if value
    )


def status(given: argparse.Namespace) -> int:
    def shown(connections: Connections) -> None:
        views = _all(connections)
        if given.id is not None:
            view = _by_id(views, given.id)
            output.as_json(view.as_dict()) if given.json else output.connection(view, connections._rows.clients)
        elif given.json:
            output.as_json([view.as_dict() for view in views])
        elif views:
            output.connections(views, connections._rows.clients)
        else:
            say(f"There are no connections: {', or '.join(f'venuekey connect {venue}' for venue in ENVIRONMENTS)}")

    try:
        _on_connections(given, shown, asks=False)
    except NoStore as absent:
        if given.id is not None:
            raise
        output.as_json([]) if given.json else say(f"There are no connections: {absent}")
    return 0


class NoStore(ConnectionNotFound):
    """Only `connect` and `worker` make one."""


def call(given: argparse.Namespace) -> int:
    text = given.parameters
    if text == "-":
        text = "" if sys.stdin is None else sys.stdin.read()

    def called(connections: Connections) -> str:
        view = _named(_all(connections), given.target)
        account = connections.account(view.id)
        method = given.method.upper()
        # As it is written: a float would round amounts. Core says whether it is a JSON object.
        return account.call(method, given.path, text or None, patience_s=given.patience).payload

    payload = _on_connections(given, called)
    if sys.stdout.isatty() and not given.json:
        with contextlib.suppress(ValueError):
            payload = output.indented(payload)
    print(payload)
    return 0


def doctor(given: argparse.Namespace) -> int:
    findings = _diagnosed(given)
    if given.json:
        output.as_json({"findings": [finding.as_dict() for finding in findings]})
    else:
        output.findings(findings)
    return 1 if any(finding.level == "fail" for finding in findings) else 0


def _diagnosed(given: argparse.Namespace) -> list[Finding]:
    if given.app is not None:
        try:
            connections = app_of(given.app)
        except StoreError as error:
            return [of_error(error)]
        except VenuekeyError as error:
            return [found("client_invalid", "client", error=error.hint or error.code)]
        return on(connections, lambda own: diagnose(own, offline=given.offline, probes=given.probes))
    try:
        with sandboxed(given, asks=not given.offline) as (sandbox, _):
            return _at_desk(given, Local(given, sandbox))
    except Trouble as error:
        return [error.finding]


def _at_desk(given: argparse.Namespace, local: Local) -> list[Finding]:
    findings = [*local.settings.findings]
    clients = dict(local.settings.clients)
    opened: Optional[tuple[Store, SealingKeys]] = None
    readable = exposed(local.store)
    findings += [] if readable is None else [readable]
    if not local.is_there():
        findings.append(found("store_absent", "store", store=local.store))
    else:
        try:
            store = open_store(local.store)
            opened = store, sealing_keys(local.store, store, makes=False)
        except StoreError as error:
            findings.append(of_error(error))
        except Trouble as error:
            findings.append(error.finding)
    agent = AGENT["name"]
    if agent in clients and (opened is None or not _has_rows_of(agent, opened[0])):
        # It needs no configuration, so its being there says nothing.
        del clients[agent]
    if not clients:
        return findings if local.settings.findings else [*findings, found("no_client", "configuration")]
    sender()
    if opened is not None:
        return findings + diagnose(Connections(clients, *opened), offline=given.offline, probes=given.probes)
    findings += [each for name, client in clients.items() for each in check_client(name, client)]
    if not given.offline:
        findings += check_venues(clients, sender(), system_clock)
    return findings


def _has_rows_of(client: str, store: Store) -> bool:
    return any(stored.row.client == client for stored in all_rows(store, PAGE))


def _on_connections(given: argparse.Namespace, work: Callable[[Connections], T], *, asks: bool = True) -> T:
    if given.app is not None:
        return on(app_of(given.app), work)
    with sandboxed(given, asks=asks) as (sandbox, _):
        local = Local(given, sandbox)
        if not local.is_there():
            raise NoStore(f"there is no store at {local.store} yet; the first `venuekey connect` creates it")
        return work(local.connections(makes=False))


def _all(connections: Connections) -> list[ConnectionView]:
    """Of every owner."""
    rows = connections._rows
    return [rows.look(stored) for stored in all_rows(rows.store)]


def _by_id(views: list[ConnectionView], id: str) -> ConnectionView:
    """By the whole id, or as many of its first digits as only one has."""
    found = [view for view in views if view.id == id or (len(id) >= 4 and view.id.startswith(id))]
    if len(found) > 1:
        raise AmbiguousAccount(f"{len(found)} connections have an id that begins with {id}")
    if not found:
        raise ConnectionNotFound("there is no such connection")
    return found[0]


def _named(views: list[ConnectionView], target: str) -> ConnectionView:
    """By id, or by client, label or venue if there is only one."""
    if is_id(target):
        return _by_id(views, target)
    alive = [view for view in views if view.status != "ended"]
    for name in ("label", "client", "venue"):
        called = [view for view in alive if getattr(view, name) == target]
        if len(called) == 1:
            return called[0]
        if called:
            raise AmbiguousAccount(f"there are {len(called)} connections of {target}")
    return _by_id(views, target)
