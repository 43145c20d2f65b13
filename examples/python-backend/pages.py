"""From where a user stands to HTML and JSON. Templates escape every value; what a venue said is marked as such."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jinja2
import venuekey
from venuekey import ConnectionView
from venuekey.web import Texts

import words
from accounts import Accounts, Standing

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
    account: ConnectionView | None = None
    facts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    actions: tuple[Action, ...] = ()

    def in_short(self) -> dict[str, str]:
        """For a program: the state, and what its user may read. Nothing that the venue said."""
        short = {"state": self.state, "text": f"{self.text} {self.then}".strip()}
        more = {"code": self.error, "recovery": self.recovery}
        return short | {name: value for name, value in more.items() if value}


class Pages:
    """Builds cards and renders templates."""

    def __init__(self, clients: Mapping[str, venuekey.Client], accounts: Accounts, texts: Texts) -> None:
        self._clients = clients
        self._accounts = accounts
        self._texts = texts
        self._jinja = jinja2.Environment(
            loader=jinja2.FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def render(self, template: str, **values: object) -> str:
        return self._jinja.get_template(template).render(**values)

    async def cards(self, user_id: str | None, cookies: Mapping[str, str]) -> list[Card]:
        return [
            self._card(venue, await self._accounts.standing(user_id, venue), cookies.get(f"card-{venue}", ""))
            for venue in self._clients
        ]

    def _card(self, venue: str, standing: Standing, marked: str) -> Card:
        title, view, account = self._texts.venue(venue), standing.newest, standing.account

        def card(state: str, text: str, *actions: Action, **more: Any) -> Card:
            facts = self._facts(account) if account else ()
            text = text.replace("{venue}", title)
            return Card(venue, title, state, text, account=account, facts=facts, actions=actions, **more)

        def button(verb: str, text: str) -> Action:
            return Action(verb, self._texts.text(f"button.{text}", venue))

        if view is None or view.status == "ended":
            ways = [replace(button("connect", "connect"), style="primary")]
            if venue == "whitebit":
                ways.append(Action("connect-to-read", "Give read-only access"))
            return card("none", words.key_stays(view) + self._texts.of(view).text if view else "", *ways)
        told = self._texts.of(view)
        if view.status == "quarantined":
            return card("attention", told.text, Action("forget", "Forget it here"), error="broken")
        if standing.is_busy:
            return card("working", told.text if view.status == "working" else words.WORKING)
        verb = "connect-to-read" if view.goal == "account_tokens" else "connect"
        start, again, dismiss = Action(verb, "Start again"), button(verb, "reconnect"), Action("cancel", "Dismiss")
        disconnect = replace(button("disconnect", "disconnect"), style="danger")
        if marked == view.id and (view.replaces_key or view.recovery == "delete_key"):
            delete = replace(disconnect, label=self._texts.text("recovery.delete_key.button", venue))
            return card("notice", words.ALREADY_ACTIVE, delete, start, dismiss, error="already_active")
        if view.authorize_url:
            waiting, declined = (
                self._texts.text(f"about.{name}", venue) for name in ("awaiting_user", "awaiting_user_declined")
            )
            return card("pending", waiting, start, replace(dismiss, label="Stop waiting"), then=declined)
        if view.error is None:
            deletes = view.goal == "api_key" and self._clients[venue].supports("delete_key")
            warning = words.DISCONNECT.format(venue=title) if deletes else ""
            return card("connected", "", again, replace(disconnect, warning=warning))
        if view.error.code == "key_disabled" and not view.recovery:
            return card("notice", words.DELETE_IN_DASHBOARD, start, dismiss, error="delete_in_dashboard")
        if view.goal == "account_tokens" and view.attempt is None:
            again = replace(again, style="primary")
            return card("attention", told.text, again, disconnect, then=told.then, error="access_ended")
        buttons = [replace(start, style="" if view.recovery else "primary"), dismiss]
        if view.recovery:
            label = self._texts.text(f"recovery.{view.recovery}.button", venue)
            buttons.insert(0, Action("recover", label, "primary"))
        # Anybody can put words into a callback's address, so they are shown as foreign.
        said_there, recovery = view.error.venue_text or "", view.recovery or ""
        more = {"then": told.then, "error": view.error.code, "recovery": recovery, "venue_said": said_there}
        return card("attention", told.text, *buttons, **more)

    def _facts(self, view: ConnectionView) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Of the account that works: how the key ends, so that its user finds it at the exchange, and what was granted."""
        if view.key is None:
            return (("We may read", tuple(each.removeprefix("users.").removesuffix(".read") for each in view.scope)),)
        granted = tuple(each.title or each.name for each in view.key.permissions or () if each.granted)
        if view.key.permissions is None:
            granted = (f"{self._texts.venue(view.client)} does not say; look it up in your API settings there.",)
        return (("Key", (view.key.ending,)), ("Permissions", granted or ("None. You granted no permission.",)))
