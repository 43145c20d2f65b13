"""What users are told, as plain text: the words of the pages, and of messages and apps of your own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Optional, Union

from ..connections import AsyncConnections, Connections
from ._options import clients_of, merged_texts

if TYPE_CHECKING:
    from .._errors import VenuekeyError
    from .._native import Client
    from ..connections import ConnectionView


@dataclass(frozen=True)
class Says:
    """What a card says of a connection."""

    state: str
    """Changes whenever the card has more news than its text: then a page loads itself again."""
    style: str
    label: str
    text: str
    then: str
    shown: bool
    """Whether the list of connections has a card of it."""
    moves: bool
    """Whether it is to change without a click on this page."""


def is_ours(view: ConnectionView) -> bool:
    """Whether nothing that the user does helps."""
    return view.status == "needs_user" and view.error is not None and view.error.kind == "misuse"


def beside(view: ConnectionView) -> bool:
    """Whether there is an attempt to connect again in front of an account that works."""
    return view.status == "connected" and view.attempt is not None


def is_under_way(view: ConnectionView) -> bool:
    """Whether a worker is at that attempt, or will be: nobody can call it off."""
    return beside(view) and view.attempt is not None and view.attempt.status in ("working", "handing_off")


@dataclass(frozen=True)
class Words:
    """The texts, and whose clients they speak of."""

    texts: Mapping[str, str]
    clients: Mapping[str, Client]

    def text(self, of: str, client: str = "", /, **more: str) -> str:
        """The text of that key, its places filled in."""
        text = self.texts[of]
        for name, value in (("venue", self.venue(client)), *more.items()) if client else more.items():
            text = text.replace("{" + name + "}", value)
        return text

    def venue(self, client: str) -> str:
        """What the client's exchange is called: `client.<name>` if the app has given that."""
        own = self.texts.get(f"client.{client}")
        if own is not None:
            return own
        of = self.clients.get(client)
        return client if of is None else self.texts.get(f"venue.{of.venue}", of.venue)

    def environment(self, view: ConnectionView) -> str:
        return self.texts.get(f"environment.{view.environment}", "")

    def _happened(self, view: ConnectionView, error: VenuekeyError) -> str:
        return self.of_error("happened", view.client, error)

    def _next(self, view: ConnectionView, error: VenuekeyError) -> str:
        if view.recovery is not None and f"recovery.{view.recovery}.next" in self.texts:
            return self.text(f"recovery.{view.recovery}.next", view.client)
        return self.of_error("next", view.client, error)

    def of_error(self, part: str, client: str, error: VenuekeyError) -> str:
        key = f"error.{error.code}.{part}"
        return self.text(key if key in self.texts else f"kind.{error.kind}.{part}", client)

    def says(self, view: ConnectionView) -> Says:
        """The whole of what is told of a connection, as plain text."""
        style, text, then = self._told(view)
        has_news = view.error is not None and view.status in ("connected", "needs_user")
        parts = [
            view.status,
            view.intent or "",
            view.error.code if has_news and view.error is not None else "",
            (view.recovery or "") if has_news else "",
            "choose" if view.choices is not None else "",
            "visit" if view.authorize_url is not None else "",
            # What is said of it is not in the text.
            *(("again", self._doing(view)) if is_under_way(view) else ()),
        ]
        is_over = view.status == "ended"
        waits = view.status == "awaiting_user" or view.authorize_url is not None
        return Says(
            state=" ".join(part for part in parts if part),
            style=style,
            label=self.text("status.not_working" if is_ours(view) else f"status.{view.status}"),
            text=text,
            then=then,
            shown=not is_over or view.key_left is not None,
            moves=not is_over and (style == "busy" or is_under_way(view) or (waits and view.choices is None)),
        )

    def _told(self, view: ConnectionView) -> tuple[str, str, str]:
        """Its style, what it says, and what is to do then."""
        client, status = view.client, view.status

        def about(name: str, **more: str) -> str:
            return self.text(f"about.{name}", client, **more)

        if status == "ended":
            if view.key_left is None:
                return "", about("ended"), ""
            # Core's word for a key of which nothing is known.
            if view.key_left == "unknown":
                return "", about("key_unknown"), ""
            return "", about("key_left", key=short(view.key_left)), ""
        if status == "quarantined":
            return "wants", about("quarantined"), ""
        if view.intent is not None:
            return "busy", about("disconnecting"), ""
        if status == "working":
            return "busy", self.text(self._doing(view), client), ""
        doubt = about("creation_in_doubt") if view.choices is not None and view.choices.creation_in_doubt else ""
        if status == "awaiting_user":
            if view.choices is not None:
                return "wants", about("awaiting_choice"), doubt
            then = about("awaiting_code" if self.pastes(view) else "awaiting_user_declined")
            return "wants", about("awaiting_user"), then
        if is_under_way(view):
            return "good", about("connected"), f"{about('connecting_again')} {self.text(self._doing(view), client)}"
        if beside(view) and view.error is None:
            waits = "awaiting_user" if view.choices is None else "awaiting_choice"
            code = about("awaiting_code") if self.pastes(view) else ""
            parts = [about("connecting_again"), about(waits), code, doubt, about("stop_keeps")]
            return "good", about("connected"), " ".join(part for part in parts if part)
        if view.error is None:
            return "good" if status == "connected" else "wants", about("connected"), ""
        happened, following = self._happened(view, view.error), self._next(view, view.error)
        if status == "connected":
            return "good", about("still_connected"), f"{happened} {following}"
        return "wants", happened, following

    def _doing(self, view: ConnectionView) -> str:
        """What a worker is at: the key of the text that says so."""
        if view.no_worker:
            return "about.no_worker"
        wait = f"wait.{view.wait.reason}" if view.wait is not None else ""
        return wait if wait in self.texts else "about.working"

    def pastes(self, view: ConnectionView) -> bool:
        return view.authorize_url is not None and self.shows_code(view.client)

    def shows_code(self, client: str) -> bool:
        of = self.clients.get(client)
        return of is not None and of.takes_pasted_code


@dataclass(frozen=True)
class ConnectionText:
    """What to tell the user of a connection."""

    title: str
    """Its state in a word or two, such as "Connected"."""
    text: str
    """Where it stands, in a sentence or two."""
    then: str
    """What the user can do about it; may be empty."""
    state: str
    """Changes whenever anything but `text` does: a page that compares it knows when to load anew."""
    shown: bool
    """Whether it belongs on a list of connections: one that has ended does only while its key may still exist."""


@dataclass(frozen=True)
class ErrorText:
    """What to tell the user of an error."""

    happened: str
    next: str
    """What helps."""


class Texts:
    """The texts of the pages, for what you show yourself: an app, an email, a message in a chat.

    >>> texts = Texts(connections, {"kind.denied.happened": "You said no."})  # doctest: +SKIP
    >>> texts.of(connections.status(id)).text  # doctest: +SKIP
    'Your account at Bybit is connected.'

    Args:
        texts: texts to replace ours, as of `WebOptions`.
    """

    def __init__(
        self, connections: Union[Connections, AsyncConnections], texts: Optional[Mapping[str, str]] = None
    ) -> None:  # fmt: skip
        self._words = Words(merged_texts(texts), clients_of(connections))

    def of(self, view: ConnectionView) -> ConnectionText:
        """What the page of this connection says."""
        says = self._words.says(view)
        return ConnectionText(says.label, says.text, says.then, says.state, says.shown)

    def of_error(self, error: VenuekeyError, client: str) -> ErrorText:
        """What a page says of an error, such as one that `Account.call` has raised.

        Args:
            client: the client, by its name.
        """
        return ErrorText(*(self._words.of_error(part, client, error) for part in ("happened", "next")))

    def text(self, key: str, client: str) -> str:
        """Any text by its key, such as `"button.connect"`, of this client.

        Raises:
            KeyError: there is none.
        """
        return self._words.text(key, client)

    def venue(self, client: str) -> str:
        """What the client's exchange is called."""
        return self._words.venue(client)


def short(key: str) -> str:
    """Enough to know a key by: at some exchanges its id is its public half."""
    return key if len(key) <= 12 else f"…{key[-8:]}"
