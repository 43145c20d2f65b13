"""One connection, from the browser to the end: whatever it is at, it goes on from there."""

from __future__ import annotations

import contextlib
import threading
import time
import webbrowser
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable, Optional
from urllib.parse import urlsplit

from .._errors import VenuekeyError
from .._kinds import MisuseError, RejectedError, UserActionError
from .._native import CREATE_SUBACCOUNT
from ..connections import StoreBusy
from ..stores import StoreError
from ._texts import RECOVERIES
from .check_clients import is_loopback
from .check_rows import Census
from .findings import told
from .loopback import Loopback
from .person import Asks, ask, is_asked, say
from .trouble import Trouble

if TYPE_CHECKING:
    from .._names import Goal
    from ..connections import Account, Connections, ConnectionView

LOOK_S = 0.2
FIRST = ("connected", "working", "awaiting_user", "needs_user")
"""Of several connections with the same label, the one that is furthest."""


@dataclass
class Desk:
    """A connection and the person in front of it."""

    connections: Connections
    client: str
    redirect_uri: str
    owner: str
    label: Optional[str] = None
    opens_browser: bool = True
    pastes: Optional[bool] = None
    say: Callable[[str], object] = say
    ask: Callable[[str], str] = ask
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._asks = Asks(self.ask, self.say)

    def connect(self, goal: Goal, again: bool) -> Account:
        self._checked()
        view = self._found()
        with contextlib.ExitStack() as stack:
            came = _Callbacks(self)
            is_served = is_loopback(self.redirect_uri) and not self.pastes
            if is_served and (again or view is None or view.status != "connected"):
                # Before anything is begun: a port that is in use leaves nothing behind.
                stack.enter_context(Loopback(self.redirect_uri, came.receive))
            before = view
            if view is None:
                view = self.connections.begin(
                    self.client, owner=self.owner, goal=goal, label=self.label, **self.options
                )  # fmt: skip
            else:
                view = self._gone_on(view, again)
            number = None if view is before or view.attempt is None else view.attempt.number
            stack.enter_context(self.connections.working())
            while view.status != "connected" or _is_at(view, number):
                view = self._step(view, came, is_served)
        return self.connections.account(view.id, owner=self.owner)

    def _checked(self) -> None:
        """With a wrong sealing key nothing is begun: good rows would look damaged beside new ones. Rows that a process
        with a wrong key has quarantined are released once the right one is back.
        """
        census = Census(self.connections._rows)
        wrong = census.wrong_key()
        if wrong is not None:
            raise Trouble(wrong)
        for id in census.reopens:
            self.connections.release(id)

    def _found(self) -> Optional[ConnectionView]:
        """What an earlier run has left; ended ones don't count."""
        views = [
            view
            for view in self.connections.find(self.owner)
            if view.client == self.client and view.label == self.label and view.status in FIRST
        ]
        return min(views, key=lambda view: FIRST.index(view.status), default=None)

    def _gone_on(self, view: ConnectionView, again: bool) -> ConnectionView:
        if view.status == "connected" and not again:
            return view
        if view.status in ("awaiting_user", "working"):
            self.say("Continuing where the program stopped.")
            return view
        if view.recovery is not None and self._agrees(RECOVERIES.get(view.recovery, view.recovery)):
            return self.connections.recover(view.id, owner=self.owner)
        if view.replaces_key and not self._agrees("Connecting again ends the key in use."):
            raise view.error or _unanswered("the key stays; nothing was done")
        options = {name: value for name, value in self.options.items() if name != "keep_alive"}
        return self.connections.reconnect(view.id, owner=self.owner, **options)

    def _step(self, view: ConnectionView, came: _Callbacks, is_served: bool) -> ConnectionView:
        # Not by the status alone: an account that works stays connected while the user connects it again.
        attempt = view.attempt and view.attempt.status
        if view.choices is not None:
            return self._chosen(view)
        if view.authorize_url is not None:
            self._consented(view, came, is_served)
        elif view.status in ("working", "awaiting_user") or attempt in ("working", "handing_off"):
            time.sleep(LOOK_S)
        elif view.recovery is not None and view.error is not None and self._agrees(_offer(view)):
            return self.connections.recover(view.id, owner=self.owner)
        else:
            raise view.error or _unanswered(f"the connection is {view.status}")
        return self.connections.status(view.id, owner=self.owner)

    def _agrees(self, what: str) -> bool:
        if self.ask is ask and not is_asked():
            return False
        try:
            return self._asks(f"{what} Do that? [y/N] ").strip().lower() in ("y", "yes")
        except EOFError:
            return False

    # The venue's page

    def _consented(self, view: ConnectionView, came: _Callbacks, is_served: bool) -> None:
        assert view.authorize_url is not None
        came.begin(view.id)
        self.say(f"Open this page and agree:\n{view.authorize_url}")
        is_open = self.opens_browser and webbrowser.open(view.authorize_url)
        pastes = self.pastes or not is_served or (self.pastes is None and not is_open and is_asked())

        def is_over() -> bool:
            """Whether it has come, or nobody waits for it any more: it may expire, or be ended elsewhere."""
            if came.wait(LOOK_S):
                return True
            return self.connections.status(view.id, owner=self.owner).authorize_url != view.authorize_url

        if pastes:
            return self._pasted(view, is_over if is_served else None)
        while not is_over():
            pass
        return None

    def _pasted(self, view: ConnectionView, is_over: Optional[Callable[[], bool]]) -> None:
        takes_code = self.connections._rows.client(self.client).takes_pasted_code
        what = "The code from the page, or the address" if takes_code else "The address"
        question = f"{what} that the browser was sent to: "
        while True:
            try:
                answer = self._asks(question) if is_over is None else self._asks.until(question, is_over)
            except EOFError:
                raise _unanswered("nobody answers; the next run continues from here") from None
            if answer is None:
                return
            text = answer.strip()
            if not text:
                continue
            receive = self.connections.receive_callback if _is_address(text) else self.connections.receive_pasted_code
            try:
                receive(view.id, text, owner=self.owner)
            except (RejectedError, MisuseError) as error:
                self.say(f"{error.code}: {told(error)}")
            else:
                return

    def _chosen(self, view: ConnectionView) -> ConnectionView:
        """The user's choice, always: one account is no reason to take it."""
        choices = view.choices
        assert choices is not None
        if choices.creation_in_doubt:
            self.say("A new account was requested, but the reply was lost: it may be in this list.")
        for number, account in enumerate(choices.subaccounts, 1):
            self.say(f"  {number}  {account.nickname or 'account'} ({account.id})")
        if choices.may_create:
            self.say("  n  create a new account")
        while True:
            try:
                answer = self._asks("Which account? ").strip()
            except EOFError:
                raise _unanswered("an account has to be chosen; the next run continues from here") from None
            if answer == "n" and choices.may_create:
                return self.connections.choose(view.id, CREATE_SUBACCOUNT, owner=self.owner)
            if answer.isascii() and answer.isdigit() and 1 <= int(answer) <= len(choices.subaccounts):
                id = choices.subaccounts[int(answer) - 1].id
                return self.connections.choose(view.id, id, owner=self.owner)


class _Callbacks:
    """What comes to the loopback redirect, handed to the connection that waits for it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._id: Optional[str] = None
        self._came = threading.Event()

    def begin(self, id: str) -> None:
        self._id = id
        self._came.clear()

    def wait(self, seconds: float) -> bool:
        return self._came.wait(seconds)

    def receive(self, target: str) -> int:
        desk, id = self._desk, self._id
        if id is None:
            return 400
        try:
            desk.connections.receive_callback(id, target, owner=desk.owner)
        except RejectedError as error:
            desk.say(f"{error.code}: {told(error)}; still waiting")
            return 400
        except (StoreError, StoreBusy) as error:
            desk.say(f"{error}; still waiting")
            return 503
        except VenuekeyError as error:
            desk.say(f"{error.code}: {told(error)}")
            return 400
        self._came.set()
        return 200


def _is_at(view: ConnectionView, number: Optional[int]) -> bool:
    """Whether this attempt is open or has failed, also in front of an account that works."""
    return view.attempt is not None and view.attempt.number == number


def _offer(view: ConnectionView) -> str:
    assert view.recovery is not None
    return f"{view.error and told(view.error)}\n{RECOVERIES.get(view.recovery, view.recovery)}"


def _is_address(text: str) -> bool:
    return bool(urlsplit(text).scheme and "?" in text) or text.startswith(("/", "?"))


def _unanswered(hint: str) -> VenuekeyError:
    code = "authorization_required"
    return UserActionError(f"{code}: {hint}", code, hint=hint)
