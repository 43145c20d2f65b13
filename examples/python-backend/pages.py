"""From where a user stands to HTML and JSON. Templates escape every value; what a venue said is marked as such."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jinja2
import venuekey
from venuekey import ConnectionView

import words
from accounts import Accounts, Standing, attempt_of, has_worked, is_busy
from settings import TITLES

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Action:
    """One button: a POST to `/<verb>/<venue>`. With a warning, the button comes after it has been opened."""

    verb: str
    label: str
    style: str = ""
    warning: str = ""


@dataclass(frozen=True)
class Card:
    """One exchange on the page. `state`: none, pending, working, attention, notice or connected."""

    venue: str
    title: str
    state: str
    text: str = ""
    then: str = ""
    error: str = ""
    venue_said: str = ""
    recovery: str = ""
    account: dict[str, Any] | None = None
    actions: tuple[Action, ...] = ()

    def in_short(self) -> dict[str, str]:
        """For a program: the state, and what its user may read. Nothing that the venue said."""
        short = {"state": self.state, "text": f"{self.text} {self.then}".strip()}
        more = {"code": self.error, "recovery": self.recovery}
        return short | {name: value for name, value in more.items() if value}


class Pages:
    """Builds cards and renders templates."""

    def __init__(self, clients: Mapping[str, venuekey.Client], accounts: Accounts) -> None:
        self._clients = clients
        self._accounts = accounts
        self._jinja = jinja2.Environment(
            loader=jinja2.FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._jinja.globals["scope_words"] = words.SCOPE

    def render(self, template: str, **values: object) -> str:
        return self._jinja.get_template(template).render(**values)

    async def cards(self, user_id: str | None, cookies: Mapping[str, str]) -> list[Card]:
        standings = await self._accounts.standings(user_id)
        return [
            await self._card(name, standing, cookies.get(f"card-{name}", "")) for name, standing in standings.items()
        ]

    async def _card(self, venue: str, standing: Standing, marked: str) -> Card:
        title, view, account = TITLES[venue], standing.newest, await self._account(standing.account)

        def card(state: str, text: str = "", *actions: Action, then: str = "", **more: str) -> Card:
            text, then = text.format(venue=title), then.format(venue=title)
            return Card(venue, title, state, text, then, account=account, actions=actions, **more)

        is_dismissed = view is not None and marked == f"seen-{attempt_of(view)}"
        if view is None or view.status == "ended":
            actions = [Action("connect", f"Connect {title}", "primary")]
            if venue == "whitebit":
                actions.append(Action("connect-to-read", "Give read-only access"))
            return card("none", "" if view is None or is_dismissed else words.key_left(view), *actions)
        if view.status == "quarantined":
            return card("attention", words.UNREADABLE, Action("forget", "Forget it here"), error="broken")
        if is_busy(view):
            return card("working", words.progress(view))
        return self._card_at_rest(card, view, marked, is_dismissed)

    def _card_at_rest(self, card: Any, view: ConnectionView, marked: str, is_dismissed: bool) -> Card:
        verb = "connect-to-read" if view.goal == "account_tokens" else "connect"
        start, dismiss = Action(verb, "Start again"), Action("cancel", "Dismiss")
        deletes = view.goal == "api_key" and self._clients[view.client].supports("delete_key")
        disconnect = Action(
            "disconnect", "Disconnect", "danger", words.DISCONNECT.format(venue=TITLES[view.client]) if deletes else ""
        )
        made: Card
        is_in_the_way = view.replaces_key or view.recovery == "delete_key"
        if is_in_the_way and marked == f"asked-{attempt_of(view)}":
            delete = Action("disconnect", "Delete the key", "danger")
            made = card("notice", words.ALREADY_ACTIVE, delete, start, dismiss, error="already_active")
        elif view.authorize_url and not is_dismissed:
            made = card("pending", words.PENDING, start, Action("cancel", "Stop waiting"))
        elif view.status == "connected" and (view.error is None or is_dismissed):
            made = card("connected", "", Action(verb, "Connect again"), disconnect)
        elif view.error is None:
            raise AssertionError(f"a connection is {view.status} for no reason")
        elif view.error.code == "key_disabled" and not view.recovery:
            made = card("notice", words.DELETE_IN_DASHBOARD, start, dismiss, error="delete_in_dashboard")
        elif view.goal == "account_tokens" and has_worked(view):
            again = Action(verb, "Connect again", "primary")
            made = card("attention", words.ACCESS_ENDED, again, replace(disconnect, warning=""), error="access_ended")
        else:
            made = self._card_of_an_error(
                card, view.error, view, replace(start, style="" if view.recovery else "primary")
            )
        return made

    @staticmethod
    def _card_of_an_error(card: Any, error: venuekey.VenuekeyError, view: ConnectionView, start: Action) -> Card:
        recover = [Action("recover", words.RECOVERY_BUTTON[view.recovery], "primary")] if view.recovery else []
        made: Card = card(
            "attention",
            words.what_happened(error),
            *recover,
            start,
            Action("cancel", "Dismiss"),
            then=words.what_next(error, view.recovery),
            error=error.code,
            recovery=view.recovery or "",
            # Anybody can put words into a callback's address, so they are shown as foreign.
            venue_said=error.venue_text or "",
        )
        return made

    async def _account(self, view: ConnectionView | None) -> dict[str, Any] | None:
        """What the page shows of the account that works: the key shortened, what was granted, whose it is."""
        if view is None:
            return None
        match await asyncio.to_thread(self._accounts.access, view):
            case venuekey.parts.KeyAccess(key):
                # Exposed to be shortened: enough for the user to find it in the exchange's list of keys.
                text = key.api_key.expose()
                groups = [
                    (group.title, sum(url.enable for url in group.urls), len(group.urls))
                    for group in key.permissions or ()
                ]
                told = {"key_hint": f"{text[:4]}…{text[-4:]}", "groups": groups, "any_granted": key.any_granted}
                return told | {"uid": view.uid, "permissions_told": key.permissions is not None}
            case venuekey.parts.TokenAccess(tokens, _):
                return {"key_hint": None, "uid": view.uid, "scope": list(tokens.scope)}
            case _:  # a refresh is due
                return {"key_hint": None, "uid": view.uid, "scope": []}
