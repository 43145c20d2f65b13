"""From where a user stands to HTML and JSON. Templates escape every value; what a venue said is marked as such."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import jinja2
import venuekey
from venuekey import ConnectionView, StoreBusy
from venuekey.web import Request, Response, Routes, answer, answer_async

import words
from accounts import Accounts, Standing
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

    def __init__(
        self, connections: venuekey.AsyncConnections, clients: Mapping[str, venuekey.Client], accounts: Accounts
    ) -> None:
        self._connections = connections
        self._clients = clients
        self._accounts = accounts
        # The library's own pages have words and looks, which are asked for here; they are served nowhere.
        own = (FOLDER / "static" / "own.css").read_text()
        self._routes = Routes(connections, texts=words.TEXTS, stylesheet=own)
        self._jinja = jinja2.Environment(
            loader=jinja2.FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def render(self, template: str, **values: object) -> str:
        return self._jinja.get_template(template).render(**values)

    def headers(self) -> dict[str, str]:
        """Of every response: as the library's are."""
        return {name: value for name, value in self._static("/").headers if name != "content-type"}

    def style(self) -> bytes:
        return self._static("/assets/style.css").body

    def _static(self, path: str) -> Response:
        # Without a user, nothing is asked of the connections.
        return answer(cast(venuekey.Connections, self._connections), self._routes.respond(_request(path, None)))

    async def cards(self, user_id: str | None, cookies: Mapping[str, str]) -> list[Card]:
        said: dict[str, Any] = {}
        if user_id is not None:
            reply = await answer_async(self._connections, self._routes.respond(_request("/", user_id)))
            if reply.status != 200:
                raise StoreBusy
            said = {each["id"]: each for each in json.loads(reply.body)["connections"]}
        return [
            replace(
                self._card(name, standing, said, cookies.get(f"card-{name}", "")),
                account=standing.account,
                facts=_facts(standing.account),
            )
            for name, standing in (await self._accounts.standings(user_id)).items()
        ]

    def _card(self, venue: str, standing: Standing, said: Mapping[str, Any], marked: str) -> Card:
        title, view = TITLES[venue], standing.newest
        told = said.get(view.id, {}) if view else {}
        text, then = told.get("text", ""), told.get("then", "")

        def card(state: str, text: str, *actions: Action, **more: Any) -> Card:
            return Card(venue, title, state, text.replace("{venue}", title), actions=actions, **more)

        if view is None or view.status == "ended":
            ways = [Action("connect", f"Connect {title}", "primary")]
            if venue == "whitebit":
                ways.append(Action("connect-to-read", "Give read-only access"))
            return card("none", "" if view is None else words.key_stays(view) + text, *ways)
        if view.status == "quarantined":
            return card("attention", text, Action("forget", "Forget it here"), error="broken")
        if standing.is_busy:
            return card("working", text if view.status == "working" else words.WORKING)
        verb = "connect-to-read" if view.goal == "account_tokens" else "connect"
        start, again, dismiss = Action(verb, "Start again"), Action(verb, "Connect again"), Action("cancel", "Dismiss")
        disconnect = Action("disconnect", "Disconnect", "danger")
        if marked == view.id and (view.replaces_key or view.recovery == "delete_key"):
            delete = replace(disconnect, label="Delete the key")
            return card("notice", words.ALREADY_ACTIVE, delete, start, dismiss, error="already_active")
        if view.authorize_url:
            return card("pending", words.PENDING, start, replace(dismiss, label="Stop waiting"))
        if view.error is None:
            deletes = view.goal == "api_key" and self._clients[venue].supports("delete_key")
            warning = words.DISCONNECT.format(venue=title) if deletes else ""
            return card("connected", "", again, replace(disconnect, warning=warning))
        if view.error.code == "key_disabled" and not view.recovery:
            return card("notice", words.DELETE_IN_DASHBOARD, start, dismiss, error="delete_in_dashboard")
        if view.goal == "account_tokens" and view.attempt is None:
            again = replace(again, style="primary")
            return card("attention", words.ACCESS_ENDED, again, disconnect, error="access_ended")
        buttons = [replace(start, style="" if view.recovery else "primary"), dismiss]
        if view.recovery:
            buttons.insert(0, Action("recover", words.RECOVERY_BUTTON[view.recovery], "primary"))
        # Anybody can put words into a callback's address, so they are shown as foreign.
        said_there, recovery = view.error.venue_text or "", view.recovery or ""
        more = {"then": then, "error": view.error.code, "recovery": recovery, "venue_said": said_there}
        return card("attention", text, *buttons, **more)


def _facts(view: ConnectionView | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Of the account that works: how the key ends, so that its user finds it at the exchange, and what was granted."""
    if view is None:
        return ()
    if view.key is None:
        return (("We may read", tuple(each.removeprefix("users.").removesuffix(".read") for each in view.scope)),)
    granted = tuple(each.title or each.name for each in view.key.permissions or () if each.granted)
    if view.key.permissions is None:
        granted = (f"{TITLES[view.client]} does not say; look it up in your API settings there.",)
    return (("Key", (view.key.ending,)), ("Permissions", granted or ("None. You granted no permission.",)))


def _request(path: str, user_id: str | None) -> Request:
    return Request("GET", path, "", "", {"accept": "application/json"}, b"", user_id)
