"""The whole of it: what the web asks for, sessions, and the worker."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Callable, Optional, Union

from .. import senders
from ._account import Account, Budget, Clocks
from ._errors import AmbiguousAccount, ConnectionNotFound
from ._rows import Rows, given
from ._view import ConnectionView, Told
from ._work import Hands
from ._worker import Worker

if TYPE_CHECKING:
    from .._names import Goal, Intent, KeepAlive, LostSecretPolicy, Venue
    from .._native import Client, Connection, HttpRequest, HttpResponse, KeyRequest, SealingKeys, Secret, Tokens
    from ..stores import Store


class Connections:
    """Users' accounts at venues, one row each in a store that any number of processes share.

    What a web request calls writes what is wanted and returns; a worker does the rest: `run` in a thread or a process
    of its own, or `run_once` where there is none. Threads may share it.

    Args:
        clients: each client by a name of your own. The name is stored: keep it.
        store: `venuekey.stores.sqlite.SQLiteStore`, `venuekey.stores.postgres.PostgresStore`, or one of your own.
        keys: seal the rows at rest.
        send: sends a request exactly as it is, as for `drive`; httpx where left out, else requests.
        on_event: called with each event at least once, in a worker's thread. Where it raises, it is called again.
        clock: Unix milliseconds; the store's clock where it has one, else the operating system's.
        sleep: sleeps for a number of seconds.
        concurrency: so many connections one worker works at.
        share_of: among so many processes behind one address the venue's limits are divided.
    """

    def __init__(
        self,
        clients: Mapping[str, Client],
        store: Store,
        keys: SealingKeys,
        *,
        send: Optional[Callable[[HttpRequest], HttpResponse]] = None,
        on_event: Optional[Callable[[Told], object]] = None,
        clock: Optional[Callable[[], int]] = None,
        sleep: Callable[[float], object] = time.sleep,
        concurrency: int = 8,
        share_of: int = 1,
    ) -> None:
        self._rows = Rows(clients, store, keys, clock)
        self._hands = Hands(self._rows, send or _default_sender(), on_event, sleep)
        self._clocks = Clocks(self._hands)
        self._budget = Budget(self._hands, share_of)
        self._concurrency = concurrency
        self._workers: list[Worker] = []

    def __repr__(self) -> str:
        return f"Connections({', '.join(sorted(self._rows.clients))})"

    # From the web

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
            client: the client, by its name.
            owner: your own name for the user.
            goal: `"api_key"` or `"account_tokens"`.
            label: the user's own name for the connection.
            keep_alive: what workers do for its tokens; by default `"access"`, and `"on_use"` for a key.

        Raises:
            MisuseError: as `Client.begin`.
        """
        options = given(
            label=label, keep_alive=keep_alive, callback_timeout_s=callback_timeout_s, on_secret_lost=on_secret_lost,
            expected_uid=expected_uid, key_request=key_request,
        )  # fmt: skip
        now_ms = self._rows.now_ms()
        connection = self._rows.client(client).begin_connection(goal, owner, client, now_ms=now_ms, **options)
        return self._first(connection)

    def begin_by_hand_off(
        self,
        client: str,
        hand_off: str,
        *,
        owner: str,
        label: Optional[str] = None,
        keep_alive: Optional[KeepAlive] = None,
        on_secret_lost: LostSecretPolicy = "report",
    ) -> ConnectionView:
        """Begins a connection with what an app has begun. A hand-off that comes twice is the same connection.

        Raises:
            RejectedError: `hand_off_invalid` or `hand_off_mismatch`.
            ConnectionNotFound: it is another owner's.
        """
        options, now_ms = given(label=label, keep_alive=keep_alive), self._rows.now_ms()
        of = self._rows.client(client)
        connection = of.begin_connection_by_hand_off(hand_off, on_secret_lost, owner, client, now_ms=now_ms, **options)
        if self._rows.save(connection):
            return self._rows.view(connection)
        return self.status(connection.id, owner=owner)

    def import_tokens(
        self, client: str, tokens: Tokens, *, owner: str, uid: Optional[str] = None, label: Optional[str] = None
    ) -> ConnectionView:
        """A connection made of tokens from tables of your own."""
        now_ms, of = self._rows.now_ms(), self._rows.client(client)
        return self._first(
            of.import_tokens(tokens, uid=uid, owner=owner, client_name=client, label=label, now_ms=now_ms)
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
        label: Optional[str] = None,
    ) -> ConnectionView:
        """A connection made of a key from tables of your own."""
        now_ms, of = self._rows.now_ms(), self._rows.client(client)
        connection = of.import_key(
            api_key, api_secret, external_id=external_id, uid=uid, owner=owner, client_name=client, label=label,
            now_ms=now_ms,
        )  # fmt: skip
        return self._first(connection)

    def status(self, id: str, *, owner: Optional[str] = None) -> ConnectionView:
        """Where a connection stands.

        Raises:
            ConnectionNotFound: there is none, or it is not this `owner`'s.
        """
        return self._rows.view(self._rows.loaded(id, owner))

    def receive_callback(self, id: str, url: str, *, owner: Optional[str] = None) -> ConnectionView:
        """The browser came back to the redirect URI: give the whole URL. A page that is loaded again changes nothing.

        Raises:
            RejectedError: the callback is not this connection's; it stays as it was.
            StoreBusy: answer 503.
        """
        return self._apply(id, owner, lambda connection, now_ms: connection.receive_callback(url, now_ms=now_ms))

    def receive_pasted_code(self, id: str, pasted: str, *, owner: Optional[str] = None) -> ConnectionView:
        """The code that the user has copied from the venue's page, as `Flow.receive_pasted_code`."""
        return self._apply(id, owner, lambda connection, now_ms: connection.receive_pasted_code(pasted, now_ms=now_ms))

    def choose(self, id: str, account_id: str, *, owner: Optional[str] = None) -> ConnectionView:
        """The user's choice, as `Flow.choose`."""
        return self._apply(id, owner, lambda connection, now_ms: connection.choose(account_id, now_ms=now_ms))

    def recover(self, id: str, *, owner: Optional[str] = None) -> ConnectionView:
        """Goes on after a failure whose view has a `recovery`."""
        return self._apply(id, owner, lambda connection, now_ms: connection.recover(now_ms=now_ms))

    def reconnect(
        self,
        id: str,
        *,
        owner: Optional[str] = None,
        callback_timeout_s: Optional[int] = None,
        on_secret_lost: Optional[LostSecretPolicy] = None,
        expected_uid: Optional[str] = None,
        key_request: Optional[KeyRequest] = None,
    ) -> ConnectionView:
        """Connects anew, to the same account where the venue tells whose it is. Where the view says `replaces_key`, the
        old key is ended first, and `authorize_url` is there as soon as a worker has been at it.
        """
        options = given(
            callback_timeout_s=callback_timeout_s, on_secret_lost=on_secret_lost, expected_uid=expected_uid,
            key_request=key_request,
        )  # fmt: skip
        return self._apply(id, owner, lambda connection, now_ms: connection.reconnect(now_ms=now_ms, **options))

    def disconnect(self, id: str, *, owner: Optional[str] = None, delete_key: bool = False) -> ConnectionView:
        """Ends a connection, once nothing is in flight; with `delete_key` its key at the venue too, where that is
        possible and no other row may hold the same account.
        """
        return self._end(id, owner, "disconnect_and_delete_key" if delete_key else "disconnect")

    def forget(self, owner: str) -> list[ConnectionView]:
        """Ends all connections of a user, and removes their rows after a day, when nothing of them can come back."""
        return [self._end(stored.row.id, owner, "forget") for stored in self._rows.store.find(owner)]

    def find(self, owner: str) -> list[ConnectionView]:
        """The user's connections. One that can't be opened raises: `forget` and support need to know."""
        return [self._rows.view(self._rows.open(stored)) for stored in self._rows.store.find(owner)]

    # Sessions

    def account(
        self, id: Optional[str] = None, *, owner: Optional[str] = None, venue: Optional[Venue] = None
    ) -> Account:
        """A session with one connection: by its id, or by its owner and venue where there is only one.

        Raises:
            ConnectionNotFound: there is none.
            AmbiguousAccount: there is more than one.
        """
        if id is None:
            if owner is None:
                raise TypeError("account needs an id, or an owner")
            rows = [stored.row for stored in self._rows.store.find(owner)]
            living = [row for row in rows if row.status != "ended"]
            found = [row.id for row in living if venue in (None, row.venue)]
            if len(found) > 1:
                raise AmbiguousAccount(f"this owner has {len(found)} connections there: name one by its id")
            if not found:
                raise ConnectionNotFound("this owner has no connection there")
            id = found[0]
        self._rows.loaded(id, owner)
        return Account(id, owner, self._hands, self._clocks, self._budget)

    # The worker

    def run(self, holder: Optional[str] = None) -> None:
        """Works until `stop`, SIGTERM or SIGINT: takes no new work then, and returns within a second where nothing is
        in flight that must not be cut, else once its reply is stored.
        """
        worker = self._worker(holder)
        try:
            worker.run()
        finally:
            self._workers.remove(worker)

    def run_once(self, deadline_s: Optional[float] = None, holder: Optional[str] = None) -> Optional[int]:
        """Does what is due, for cron and for serverless; takes no new work after `deadline_s`.

        Returns:
            When something is due next, in Unix milliseconds; `None` where nothing is.
        """
        worker = self._worker(holder)
        try:
            return worker.run_once(deadline_s)
        finally:
            self._workers.remove(worker)

    def stop(self) -> None:
        """Ends every `run` of this object. From any thread."""
        for worker in [*self._workers]:
            worker.stop()

    def reseal(self, limit: int = 100) -> int:
        """Seals rows at rest with the newest key. Returns how many it looked at: 0 means that no older key is used any
        more by rows that this process can open.
        """
        ids = self._rows.store.rows_sealed_by_others(self._rows.keys.newest_id, limit)
        for id in ids:
            # A revision of its own, since the seal is bound to it.
            self._rows.apply(id, None, lambda connection, now_ms: connection.touched(now_ms=now_ms))
        return len(ids)

    def _worker(self, holder: Optional[str]) -> Worker:
        worker = Worker(self._hands, holder, self._concurrency)
        self._workers.append(worker)
        return worker

    def _first(self, connection: Connection) -> ConnectionView:
        if not self._rows.save(connection):
            raise AssertionError("a new connection's id was in the store")
        return self._rows.view(connection)

    def _apply(self, id: str, owner: Optional[str], event: Callable[[Connection, int], Connection]) -> ConnectionView:
        return self._rows.view(self._rows.apply(id, owner, event))

    def _end(self, id: str, owner: Optional[str], intent: Intent) -> ConnectionView:
        return self._apply(id, owner, lambda connection, now_ms: connection.disconnect(intent, now_ms=now_ms))


def _default_sender() -> Callable[[HttpRequest], HttpResponse]:
    try:
        return senders.httpx_sender()
    except ImportError:
        return senders.requests_sender()
