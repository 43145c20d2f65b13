"""What the web asks for: it writes what is wanted, and returns."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Callable, Optional, Union

from .._errors import VenuekeyError
from ._arguments import ANY_OWNER, Owner, check_patience, named_owner, owner_or_any
from ._errors import ConnectionNotFound, page_for
from ._rows import Rows, given
from ._view import ConnectionView, TakenHandOff, unreadable_view

if TYPE_CHECKING:
    from .._names import Goal, Intent, KeepAlive, LostSecretPolicy
    from .._native import Connection, HandOff, KeyRequest, Secret, Tokens
    from ..stores import Stored
    from ._work import Hands

log = logging.getLogger("venuekey")

MOVED_ON = ("wrong_state", "callback_already_received", "superseded")
"""The connection has had this event, or is further."""
LOOK_S = 0.05
"""How often a call that waits for a worker looks at the row."""


class Web:
    """The part of `Connections` that needs no worker and sends nothing."""

    _rows: Rows
    _hands: Hands

    def begin(
        self,
        client: str,
        *,
        owner: str,
        goal: Goal,
        label: Optional[str] = None,
        keep_alive: Optional[KeepAlive] = None,
        callback_timeout_s: Optional[int] = None,
        on_secret_lost: Optional[LostSecretPolicy] = None,
        expected_uid: Optional[str] = None,
        key_request: Optional[KeyRequest] = None,
    ) -> ConnectionView:
        """Begins a connection. It is stored: send the browser to the view's `authorize_url`.

        Args:
            client: the client, by its name in `clients`.
            owner: your own name for the user, 1 to 255 bytes.
            goal: `"api_key"` or `"account_tokens"`.
            label: the user's own name for the connection, 1 to 255 bytes.
            keep_alive: what workers do for its tokens: `"access"` keeps the access token alive (the default for
                tokens), `"refresh"` only what can be refreshed, `"on_use"` nothing by themselves (the default for a
                key).
            callback_timeout_s: how long the user has at the venue, in seconds; 900 by default.
            on_secret_lost: as of `Client.begin`, like `expected_uid` and `key_request`.

        Raises:
            MisuseError: `invalid_argument` for a client that there is not, and as `Client.begin`.
        """
        options = given(
            label=label, keep_alive=keep_alive, callback_timeout_s=callback_timeout_s, on_secret_lost=on_secret_lost,
            expected_uid=expected_uid, key_request=key_request,
        )  # fmt: skip
        named_owner(owner)
        now_ms = self._rows.now_ms()
        return self._first(self._rows.client(client).begin_connection(goal, owner, client, now_ms=now_ms, **options))

    def begin_by_hand_off(
        self,
        client: str,
        hand_off: str,
        *,
        owner: str,
        label: Optional[str] = None,
        keep_alive: Optional[KeepAlive] = None,
        on_secret_lost: LostSecretPolicy = "report",
    ) -> TakenHandOff:
        """Begins a connection with what an app has begun. A hand-off that comes twice is the same connection, also when
        that has ended meanwhile: `is_new` tells, and the app gets the same answer.

        Args:
            hand_off: the text that the app sent, in the request of the user who is logged in as `owner`.

        Raises:
            RejectedError: `hand_off_invalid`, `hand_off_mismatch` or `hand_off_expired`.
            ConnectionNotFound: another owner has brought it before.
        """
        named_owner(owner)
        options, now_ms = given(label=label, keep_alive=keep_alive), self._rows.now_ms()
        of = self._rows.client(client)
        connection = of.begin_connection_by_hand_off(hand_off, on_secret_lost, owner, client, now_ms=now_ms, **options)
        if self._rows.save(connection):
            return TakenHandOff(self._rows.view(connection), is_new=True)
        return TakenHandOff(self.status(connection.id, owner=owner), is_new=False)

    def import_tokens(
        self,
        client: str,
        tokens: Tokens,
        *,
        owner: str,
        uid: Optional[str] = None,
        label: Optional[str] = None,
        keep_alive: Optional[KeepAlive] = None,
    ) -> ConnectionView:
        """A connection made of tokens from tables of your own; from here on, only this row may refresh them.

        Args:
            uid: the user's id at the venue, if you have it.

        Raises:
            MisuseError: `invalid_argument`.
        """
        named_owner(owner)
        now_ms, of, options = self._rows.now_ms(), self._rows.client(client), given(keep_alive=keep_alive)
        return self._first(
            of.import_tokens(tokens, uid=uid, owner=owner, client_name=client, label=label, now_ms=now_ms, **options)
        )

    def import_key(
        self,
        client: str,
        api_key: Union[str, Secret],
        api_secret: Union[str, Secret],
        *,
        owner: str,
        external_id: Optional[str] = None,
        uid: Optional[str] = None,
        passphrase: Union[str, Secret, None] = None,
        site: Optional[str] = None,
        label: Optional[str] = None,
    ) -> ConnectionView:
        """A connection made of a key from tables of your own.

        Args:
            external_id: WhiteBIT's id of the key, a UUID.
            uid: Bybit's id of the user.
            passphrase: as `ApiKey.passphrase`, and `site` as `ApiKey.site`.

        Raises:
            MisuseError: `invalid_argument`; `invalid_configuration` for halves that can't be a key's.
        """
        named_owner(owner)
        connection = self._rows.client(client).import_key(
            api_key, api_secret, external_id=external_id, uid=uid, passphrase=passphrase, site=site, owner=owner,
            client_name=client, label=label, now_ms=self._rows.now_ms(),
        )  # fmt: skip
        return self._first(connection)

    def status(self, id: str, *, owner: Owner = ANY_OWNER) -> ConnectionView:
        """Where a connection stands. One whose row can't be opened has the status `quarantined`."""
        return self._rows.look(self._rows.stored(id, owner_or_any(owner)))

    def receive_callback(self, id: str, url: str, *, owner: Owner = ANY_OWNER) -> ConnectionView:
        """The browser came back to the redirect URI. A page that is loaded again changes nothing.

        Args:
            id: from the browser's own session, never from the URL.
            url: the whole URL, or its path and query.

        Raises:
            RejectedError: the callback is not this connection's, which stays as it was.
            MisuseError: `wrong_state` if no consent was asked for.
            StoreBusy: answer 503.
        """
        return self._apply(id, owner, lambda connection, now_ms: connection.receive_callback(url, now_ms=now_ms))

    def receive_client_callback(self, client: str, url: str, *, owner: str) -> ConnectionView:
        """The user's browser came back to the client's redirect URI. Which of the user's connections that is for, the
        callback itself decides, so that you need to keep no id. If none waits for one, it returns the newest that has
        not ended, or else the newest: a page was loaded again, or the user came back too late.

        Args:
            client: the client, by its name in `clients`.
            url: as for `receive_callback`.
            owner: the user who is logged in, never one whom the URL names.

        Raises:
            ConnectionNotFound: the user has no connection of this client.
            RejectedError: the callback is none of theirs; all of them stay as they were.
            StoreBusy: answer 503.
        """
        views = self.find(owner, client=client)
        refused: Optional[VenuekeyError] = None
        for view in views:
            if view.authorize_url is None or view.intent is not None:
                continue
            try:
                return self.receive_callback(view.id, url, owner=owner)
            except ConnectionNotFound:
                continue
            except VenuekeyError as error:
                if error.code not in MOVED_ON:
                    refused = error
        if refused is not None:
            raise refused
        if not views:
            raise ConnectionNotFound("this owner has no connection of this client")
        return max(views, key=lambda view: (view.status != "ended" and view.intent is None, last_ms(view)))

    def receive_pasted_code(self, id: str, pasted: str, *, owner: Owner = ANY_OWNER) -> ConnectionView:
        """The code that the user has copied from the venue's page, as `Flow.receive_pasted_code`.

        Raises:
            Exception: as `receive_callback`.
        """
        return self._apply(id, owner, lambda connection, now_ms: connection.receive_pasted_code(pasted, now_ms=now_ms))

    def choose(self, id: str, account_id: str, *, owner: Owner = ANY_OWNER) -> ConnectionView:
        """The user's choice: one of the view's `choices.subaccounts`, or `CREATE_SUBACCOUNT`.

        Raises:
            MisuseError: `invalid_argument` for any other id, `wrong_state` if there is nothing to choose.
            StoreBusy: answer 503.
        """
        return self._apply(id, owner, lambda connection, now_ms: connection.choose(account_id, now_ms=now_ms))

    def recover(self, id: str, *, owner: Owner = ANY_OWNER) -> ConnectionView:
        """Goes on after a failure whose view has a `recovery`. Pressed twice, it goes on once.

        Raises:
            MisuseError: `wrong_state` if there is nothing to recover.
            StoreBusy: answer 503.
        """
        return self._apply(id, owner, lambda connection, now_ms: connection.recover(now_ms=now_ms))

    def reconnect(
        self,
        id: str,
        *,
        owner: Owner = ANY_OWNER,
        callback_timeout_s: Optional[int] = None,
        on_secret_lost: Optional[LostSecretPolicy] = None,
        expected_uid: Optional[str] = None,
        key_request: Optional[KeyRequest] = None,
        patience_s: float = 0,
    ) -> ConnectionView:
        """Asks for the user's consent again, to the same account if the venue tells whose it is. What works keeps
        working until there is something new.

        Where the view says `replaces_key`, the old key is deleted first, and `authorize_url` is there as soon as a
        worker has done that: wait for it with `patience_s`, or look again until it is.

        Args:
            callback_timeout_s: as of `begin`, like `on_secret_lost`, `expected_uid` and `key_request`.
            patience_s: how long to wait for the worker, in seconds. If it takes longer, the view has no
                `authorize_url` yet.

        Raises:
            MisuseError: `wrong_state` for a connection that has ended or is to end.
            StoreBusy: answer 503.
        """
        options = given(
            callback_timeout_s=callback_timeout_s, on_secret_lost=on_secret_lost, expected_uid=expected_uid,
            key_request=key_request,
        )  # fmt: skip
        check_patience(patience_s)
        view = self._apply(id, owner, lambda connection, now_ms: connection.reconnect(now_ms=now_ms, **options))
        until = time.monotonic() + patience_s
        while view.attempt is not None and view.attempt.status == "working" and time.monotonic() < until:
            self._hands.check_stopped()
            time.sleep(LOOK_S)
            view = self.status(id, owner=owner)
        return view

    def cancel_attempt(self, id: str, *, owner: Owner = ANY_OWNER) -> ConnectionView:
        """Calls off the attempt to connect that waits for the user or has failed. What was there before it stays as it
        was, so an account that works keeps working; a connection that has nothing else ends.

        Changes nothing if there is no attempt, and while a worker is busy with it: the view's `attempt` tells.

        Raises:
            StoreBusy: answer 503.
        """
        return self._apply(id, owner, lambda connection, now_ms: connection.cancel_attempt(now_ms=now_ms))

    def hand_off(self, id: str, *, owner: Owner = ANY_OWNER) -> Optional[HandOff]:
        """For an app's own client, which ends in a hand-off: what to send to the app's backend, in the body of an
        authenticated request over TLS; `None` if the connection has none. It stays until `handed_off`: send it again
        after a crash, and if no answer came.
        """
        return self._rows.loaded(id, owner_or_any(owner)).hand_off

    def handed_off(self, id: str, hand_off: HandOff, *, owner: Owner = ANY_OWNER) -> ConnectionView:
        """The backend has confirmed that it has this hand-off, or that it has had it before: the connection ends here,
        and is there. If it refuses it for good, call `disconnect` or `reconnect`.

        Raises:
            StoreBusy: try again.
        """
        return self._apply(id, owner, lambda connection, now_ms: connection.handed_off(hand_off, now_ms=now_ms))

    def disconnect(self, id: str, *, owner: Owner = ANY_OWNER, delete_key: bool = False) -> ConnectionView:
        """Ends a connection, once nothing is in flight. A quarantined or damaged row, of which nothing can be ended, is
        removed.

        Args:
            delete_key: its key at the venue too, if the venue allows that and no other row may hold the same
                account. If it stays, the ended view names it in `key_left`.

        Raises:
            StoreBusy: answer 503.
        """
        stored = self._rows.stored(id, owner_or_any(owner))
        return self._end(stored, "disconnect_and_delete_key" if delete_key else "disconnect")

    def forget(self, owner: str) -> list[ConnectionView]:
        """Ends all connections of a user, keys at the venue included, and removes their rows after a day, when nothing
        of them can come back. Quarantined and damaged rows are removed at once.

        All that can be ended is ended before anything is raised.

        Raises:
            VenuekeyError: a row can't be opened by this process, and another one may be able to: a sealing key or a
                client is missing, or its sealing key has opened no row here.
            StoreBusy: answer 503.
        """
        views: list[ConnectionView] = []
        failed: list[Exception] = []
        for stored in self._rows.find(named_owner(owner)):
            try:
                views.append(self._end(stored, "forget"))
            except ConnectionNotFound:
                continue
            except Exception as error:
                failed.append(error)
        if failed:
            raise failed[0]
        return views

    def find(self, owner: str, *, client: Optional[str] = None) -> list[ConnectionView]:
        """The user's connections, those that have ended within a day too. Those whose row can't be opened have the
        status `quarantined`.

        Args:
            client: those of one client only, by its name in `clients`.
        """
        found = self._rows.find(named_owner(owner))
        if client is not None:
            self._rows.client(client)
        return [self._rows.look(stored) for stored in found if client in (None, stored.row.client)]

    def _first(self, connection: Connection) -> ConnectionView:
        if not self._rows.save(connection):
            raise AssertionError("a new connection's id was in the store")
        return self._rows.view(connection)

    def _apply(self, id: str, owner: Owner, event: Callable[[Connection, int], Connection]) -> ConnectionView:
        return self._rows.view(self._rows.apply(id, owner_or_any(owner), event))

    def _end(self, stored: Stored, intent: Intent) -> ConnectionView:
        row = stored.row
        try:
            ended = self._rows.apply(
                row.id, row.owner, lambda connection, now_ms: connection.disconnect(intent, now_ms=now_ms)
            )
            return self._rows.view(ended)
        except VenuekeyError as error:
            if stored.quarantined is None:
                # A worker would have quarantined it, and may not have looked yet.
                is_damaged = self._rows.is_damaged(stored, error)
                if not is_damaged or not self._rows.store.quarantine(row.id, row.revision, error.code):
                    raise
            if not self._rows.store.delete(row.id, row.revision):
                raise
            log.error("connection %s: removed, since it can't be opened (%s)%s", row.id, error.code, page_for(error))
            return unreadable_view(stored, error)


def last_ms(view: ConnectionView) -> int:
    """When something last happened to it; never, if it can't be read."""
    return view.trail[-1].at_ms if view.trail else 0
