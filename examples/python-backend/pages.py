"""From stored state to HTML. Templates escape every value; what a venue said is marked as such."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jinja2
import venuekey

import words
from clock import Clock
from crypto import VaultError
from settings import Settings
from store import FlowRow, Store

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
        if self.error:
            short["code"] = self.error
        if self.recovery:
            short["recovery"] = self.recovery
        return short


class Pages:
    """Builds cards and renders templates."""

    def __init__(self, settings: Settings, clients: Mapping[str, venuekey.Client], store: Store, clock: Clock) -> None:
        self._settings = settings
        self._clients = clients
        self._store = store
        self._clock = clock
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

    def cards(self, user_id: str | None) -> list[Card]:
        return [self.card(user_id, venue) for venue in self._settings.venues]

    def card(self, user_id: str | None, venue: str) -> Card:
        title = self._settings.venues[venue].title
        row = self._store.flow(user_id, venue) if user_id else None
        try:
            account = self._store.summary(user_id, venue) if user_id else None
        except VaultError:
            text, forget = words.UNREADABLE.format(venue=title), Action("forget", "Forget it here")
            return Card(venue, title, "attention", text, error="broken", actions=(forget,))
        if row is None:
            if account is None:
                actions: tuple[Action, ...] = (Action("connect", f"Connect {title}", "primary"),)
                if venue == "whitebit":
                    actions += (Action("connect-to-read", "Give read-only access"),)
                return Card(venue, title, "none", actions=actions)
            if account["key_hint"] is None:
                return self._card_of_tokens(user_id or "", venue, title, account)
            # Where we can't delete the key, a page of its own comes before anything is done.
            warning = words.DISCONNECT.format(venue=title) if self._clients[venue].supports("delete_key") else ""
            actions = (Action("connect", "Connect again"), Action("disconnect", "Disconnect", "danger", warning))
            return Card(venue, title, "connected", account=account, actions=actions)
        if row.status in ("ready", "in_flight", "waiting") or (row.status == "done" and row.operation != "check_key"):
            text = words.progress(venue, row.operation, row.progress)
            return Card(venue, title, "working", text.format(venue=title), account=account)
        return self._card_at_rest(row, title, account)

    def _card_of_tokens(self, user_id: str, venue: str, title: str, account: dict[str, Any]) -> Card:
        again, disconnect = Action("connect-to-read", "Connect again"), Action("disconnect", "Disconnect", "danger")
        if not self._store.tokens_have_ended(user_id, venue):
            return Card(venue, title, "connected", account=account, actions=(again, disconnect))
        text, again = words.ACCESS_ENDED.format(venue=title), replace(again, style="primary")
        return Card(venue, title, "attention", text, error="access_ended", actions=(again, disconnect))

    def _card_at_rest(self, row: FlowRow, title: str, account: dict[str, Any] | None) -> Card:
        verb = "connect-to-read" if row.operation == "account_tokens" else "connect"
        connect, cancel = Action(verb, "Start again"), Action("cancel", "Dismiss")

        def card(state: str, text: str, *actions: Action, then: str = "", **more: str) -> Card:
            text, then = text.format(venue=title), then.format(venue=title)
            return Card(row.venue, title, state, text, then, account=account, actions=actions, **more)

        if row.status == "awaiting_callback":
            return card("pending", words.PENDING, connect, Action("cancel", "Stop waiting"))
        step = self.ended(row)
        if step is None:
            return card("attention", words.BROKEN, connect, cancel, error="broken")
        if isinstance(step, venuekey.parts.Done):
            decision = key_status(step).decision
            more = [Action("disconnect", "Delete the key", "danger")] if decision == "already_active" else []
            return card("notice", words.DECISION[decision], *more, connect, cancel, error=decision)
        error = step.error
        actions = [cancel]
        if account is not None and row.operation == "delete_key":
            actions.append(Action("forget", "Forget the key here", "danger"))
        else:
            actions.insert(0, replace(connect, style="" if error.recovery else "primary"))
        if error.recovery:
            actions.insert(0, Action("recover", words.RECOVERY_BUTTON[error.recovery], "primary"))
        return card(
            "attention",
            words.what_happened(error),
            *actions,
            then=words.what_next(error),
            error=error.code,
            recovery=error.recovery or "",
            # Anybody can put words into a callback's address, so they are shown as foreign.
            venue_said=error.venue_text or "",
        )

    def ended(self, row: FlowRow) -> venuekey.parts.Done | venuekey.parts.Failed | None:
        """The last step again: a flow that has ended keeps its outcome or its error."""
        try:
            flow = self._clients[row.venue].restore(self._store.snapshot_of(row))
            step = flow.resume(now_ms=self._clock.now_ms())
        except (venuekey.VenuekeyError, VaultError):
            return None
        return step if isinstance(step, (venuekey.parts.Done, venuekey.parts.Failed)) else None


def key_status(done: venuekey.parts.Done) -> venuekey.parts.KeyStatus:
    if not isinstance(done.outcome, venuekey.parts.KeyChecked):
        raise TypeError("only a checked key is shown from its flow")
    return done.outcome.status
