"""What the pages and the JSON API do alike: begin a connection, take what comes back, go on, call off, end.

The library has a row for each connection. What is added here is what this app makes of them: one account for each user
and exchange, with the newest attempt in front of it.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import venuekey
from venuekey import AsyncConnections, ConnectionNotFound, ConnectionView, Event

log = logging.getLogger("accounts")

PATIENCE_S = 8.0
"""How long a click waits for what comes first at the exchange before the page takes over."""


class Refused(Exception):
    """In words of this app's own: an HTTP status, a kind and a code."""

    def __init__(self, status: int, kind: str, code: str) -> None:
        super().__init__(code)
        self.status_code, self.kind, self.code = status, kind, code


NONE_WAITS = Refused(404, "rejected", "no_pending_flow")
SUPERSEDED = Refused(409, "rejected", "superseded")
BUSY = Refused(409, "unavailable", "busy")
MOVED_ON = Refused(400, "misuse", "wrong_state")
UNREADABLE = Refused(500, "misuse", "unreadable")


@dataclass(frozen=True)
class Standing:
    """Where a user stands at one exchange."""

    views: tuple[ConnectionView, ...]
    """The user's connections there, the newest first; but for one, they have ended soon."""

    @property
    def newest(self) -> ConnectionView | None:
        return self.views[0] if self.views else None

    @property
    def account(self) -> ConnectionView | None:
        """The one that works, maybe with another attempt in front of it."""
        return next((view for view in self.views if view.status == "connected"), None)

    @property
    def is_busy(self) -> bool:
        """Whether a worker is at it, or will be at once."""
        view = self.newest
        return view is not None and "working" in (view.status, view.attempt and view.attempt.status)


class Accounts:
    """Of the user whom the session names, never of one whom an address or a body names."""

    def __init__(self, connections: AsyncConnections, clients: Mapping[str, venuekey.Client]) -> None:
        self._connections = connections
        self._clients = clients

    async def standing(self, user_id: str | None, venue: str) -> Standing:
        return _standing(await self._connections.find(user_id, client=venue) if user_id else ())

    async def begin(self, user_id: str, venue: str, goal: venuekey.parts.Goal, replace: bool = False) -> ConnectionView:
        """With `replace`, an old key may have to be deleted first, and then there may be no address yet. Raises
        SUPERSEDED where one is in full swing, which goes on."""
        standing = await self.standing(user_id, venue)
        if standing.is_busy:
            raise SUPERSEDED
        last = standing.newest
        can_reconnect = last is not None and last.goal == goal and last.status in ("connected", "needs_user")
        if last and can_reconnect and (replace or not last.replaces_key):
            return await self._connections.reconnect(last.id, owner=user_id, patience_s=PATIENCE_S)
        view = await self._connections.begin(venue, owner=user_id, goal=goal)
        await self._end_attempts(standing)
        return view

    async def receive_callback(self, user_id: str | None, venue: str, url: str) -> str:
        """The connection's id, also where it has had its callback before: browsers reload, pages send twice.

        Raises VenuekeyError where the callback is refused; the connection goes on waiting for the true one.
        """
        if user_id is None:
            raise NONE_WAITS
        try:
            view = await self._connections.receive_client_callback(venue, url, owner=user_id)
        except ConnectionNotFound:
            raise NONE_WAITS from None
        except venuekey.VenuekeyError as error:
            log.info("%s: a callback was refused, %s", venue, error.code)
            raise
        if view.status == "quarantined":
            raise UNREADABLE
        if view.status == "ended" or view.intent is not None:
            raise NONE_WAITS
        return view.id

    async def accept_hand_off(self, user_id: str, hand_off: str) -> str:
        """From an app that has begun by itself. The connection's id; raises SUPERSEDED where it has been here: its code
        is spent. The user is whoever is logged in, never what the hand-off says.
        """
        standing = await self.standing(user_id, "whitebit")
        if standing.is_busy:
            # Read, and not begun: its id follows from its code.
            made = self._clients["whitebit"].begin_connection_by_hand_off(hand_off, "report", user_id, "whitebit")
            with contextlib.suppress(ConnectionNotFound):
                await self._connections.status(made.id)
                raise SUPERSEDED
            raise BUSY
        try:
            taken = await self._connections.begin_by_hand_off("whitebit", hand_off, owner=user_id)
        except ConnectionNotFound:  # another user's
            raise SUPERSEDED from None
        if not taken.is_new:
            raise SUPERSEDED
        await self._end_attempts(standing)
        return taken.view.id

    async def recover(self, user_id: str | None, venue: str) -> str:
        """Raises MOVED_ON where there is nothing to recover from: pressed twice, or on an old page."""
        standing = await self.standing(user_id, venue)
        last = standing.newest
        if last is None:
            raise NONE_WAITS
        if last.recovery is None:
            raise NONE_WAITS if last.status == "connected" and not standing.is_busy else MOVED_ON
        return (await self._connections.recover(last.id, owner=last.owner)).id

    async def call_off(self, user_id: str, venue: str) -> bool:
        """What waits for the user or has failed; an account that works stays. Whether there was something."""
        view = (await self.standing(user_id, venue)).newest
        if view is None or (view.attempt is None and view.status in ("connected", "ended")):
            return False
        if view.attempt is None:
            await self.end(view)
        else:
            await self._connections.cancel_attempt(view.id, owner=user_id)
        return True

    async def forget(self, user_id: str, venue: str) -> None:
        for view in (await self.standing(user_id, venue)).views:
            if view.status not in ("working", "ended"):
                await self.end(view)

    async def end(self, view: ConnectionView, delete_key: bool = False) -> None:
        await self._connections.disconnect(view.id, owner=view.owner, delete_key=delete_key)

    async def _end_attempts(self, standing: Standing) -> None:
        for view in standing.views:
            if view.status not in ("connected", "ended"):
                # One that can't be read by this process, and maybe by another, is left alone.
                with contextlib.suppress(venuekey.VenuekeyError):
                    await self.end(view)

    async def key_in_the_way(self, user_id: str, venue: str) -> str | None:
        """For a returning user, the connection that has it: WhiteBIT never tells the app that a key is in the way, but
        the key itself does."""
        last = (await self.standing(user_id, venue)).newest
        if last is not None and last.recovery == "delete_key":
            return last.id
        if last is None or last.status != "connected" or not last.replaces_key:
            return None
        with contextlib.suppress(venuekey.VenuekeyError, venuekey.NoResponse):  # nobody knows: as if nothing had changed
            last = await (await self._connections.account(last.id, owner=user_id)).check(patience_s=PATIENCE_S)
        is_disabled = last.error is not None and last.error.code == "key_disabled"
        return last.id if last.replaces_key or is_disabled else None

    async def on_event(self, event: Event) -> None:
        """A new account takes the place of an older one."""
        if event.kind == "connected":
            found = await self._connections.find(event.owner, client=event.client)
            accounts = [view for view in found if view.status == "connected" and view.intent is None]
            for view in sorted(accounts, key=_begun_ms)[:-1]:
                await self.end(view)


def _begun_ms(view: ConnectionView) -> int:
    """What can't be read stands behind what can."""
    return view.begun_at_ms or 0


def _counts(view: ConnectionView) -> bool:
    """Not what is ended at a word of the user's, and nothing to be told of."""
    if view.intent is not None:
        return view.intent == "disconnect_and_delete_key"
    return view.status != "ended" or view.key_left is not None


def _standing(found: Iterable[ConnectionView]) -> Standing:
    views = sorted(filter(_counts, found), key=_begun_ms, reverse=True)
    # One that has ended says which key is left only where nothing has begun since.
    return Standing(tuple(view for number, view in enumerate(views) if number == 0 or view.status != "ended"))
