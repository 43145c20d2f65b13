"""A session: requests with what a connection has, without its caller knowing what that takes."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Callable, Optional, TypeVar, Union

from .._errors import NoResponse, VenuekeyError
from .._native import TokenAccess, _ConnectionDriver
from .._page import RecordT
from .._reads import Attempt
from ._arguments import check_patience
from ._clocks import Uses
from ._common import CommonReads, Told
from ._errors import ConnectionNotFound, misuse, page_for, place_of
from ._history import History, begun, check_progress
from ._holder import holder_of_driver, new_holder
from ._pace import Budget
from ._view import ConnectionView
from ._work import Hands

if TYPE_CHECKING:
    from .._names import HttpMethod
    from .._native import AccountRead, Connection, HttpRequest, HttpResponse, SignedReply, Signer
    from .._page import Page

log = logging.getLogger("venuekey")

T = TypeVar("T")

SIGN_AGAIN = ("nonce_rejected", "clock_rejected")
"""The venue refused the request for its number or time: it has had no effect, and another number helps."""
LIMITED = ("rate_limited", "nonce_rejected")
"""Where the venue lets nothing through for a while: of a number it says so by the status alone."""
TRIES = 3
TRIES_LIMITED = 10
"""So often is a request sent at most that the venue's limits refuse, whatever the venue says of how long to wait."""
LONGEST_WAIT_S = 30
REFUSALS = 2
"""How many refusals of a page's tokens the driver hears of: a refresh may help after the first."""
TOLD_FROM_S = 5
MOST_PATIENCE_MS = 365 * 24 * 3_600_000


class Account(CommonReads):
    """What can be done with one connection, by `Connections.account`. Threads may share it."""

    def __init__(self, id: str, owner: Optional[str], hands: Hands, budget: Budget, uses: Uses) -> None:
        self._id = id
        self._owner = owner
        self._hands = hands
        self._budget = budget
        self._uses = uses
        self._holder = new_holder()

    def __repr__(self) -> str:
        return f"Account({self._id!r})"

    @property
    def id(self) -> str:
        """The connection's id."""
        return self._id

    def view(self) -> ConnectionView:
        """Where the connection stands now.

        Raises:
            ConnectionNotFound: its row is gone.
            StoreError: the store failed.
        """
        return self._hands.rows.look(self._hands.rows.stored(self._id, self._owner))

    def check(self, *, patience_s: float = 30) -> ConnectionView:
        """Asks the venue whether the connection still works, for a button such as "Test connection", and returns where
        it stands then: a key makes a signed request that only reads, tokens are refreshed if due. What the venue says
        against the key or the tokens is in the view's `status` and `error`, and is not raised.

        Args:
            patience_s: how long to wait for the venue's limits, in seconds.

        Raises:
            NoResponse: no reply arrived, so nothing is known.
            VenuekeyError: the venue could not say, such as `venue_unavailable` or `rate_limited`.
            ConnectionNotFound: its row is gone.
            StoreError: the store failed.
        """
        try:
            connection = self._driven(None, patience_s).connection
            signer = connection.signer()
            if signer is not None:
                self._signed(connection, signer, _probed_by(signer), signer.receive_probe, patience_s)
        except VenuekeyError:
            view = self.view()
            # With an attempt, the error would be about that.
            if view.error is None or view.attempt is not None:
                raise
            return view
        return self.view()

    def tokens(self, *, patience_s: float = 30) -> TokenAccess:
        """Tokens that work now: `access.tokens` for requests, `access.generation` for `token_refused`.

        They are refreshed first if due, by this call or by a worker.

        Args:
            patience_s: how long to wait, in seconds, while no token works.

        Raises:
            MisuseError: `not_supported` if the connection has a key: use `call`.
            RejectedError: `seal_invalid` if the row can't be opened.
            VenuekeyError: what the user must do (`kind` is `user_action`, `reauthorize` or `denied`), or `unavailable`
                if no token was available for longer than `patience_s`.
            ConnectionNotFound: its row is gone.
            StoreError: the store failed; tokens from a refresh are still stored once it is back.
        """
        return self._tokens(None, patience_s)

    def token_refused(self, generation: int, *, patience_s: float = 30) -> TokenAccess:
        """New tokens, after the venue has refused those of this generation with 401 or 403. If they have already been
        replaced, it returns the new ones at once.

        Raises:
            Exception: as `tokens`.
        """
        return self._tokens(generation, patience_s)

    def call(
        self,
        method: HttpMethod,
        path: str,
        parameters: Union[Mapping[str, object], str, None] = None,
        *,
        patience_s: float = 30,
    ) -> SignedReply:
        """Sends a signed request and returns its reply. It handles nonces, the venue's clock and its limits.

        It is sent once. If the venue refuses its nonce or timestamp, it has had no effect, and it is signed
        and sent again, up to three times; if the venue refuses it for a rate limit and says how long to wait, it is
        sent after that, while `patience_s` lasts.

        Args:
            method: as for `Signer.sign`, like `path` and `parameters`.
            patience_s: how long to wait for rate limits in total, in seconds.

        Raises:
            NoResponse: no complete reply arrived. A request that changes something may have taken effect: ask
                the venue before you send it again.
            MisuseError: `not_supported` if the connection has tokens and no key: use `tokens`.
            VenuekeyError: what the venue said, or what the user must do; `rate_limited` if the limits allowed nothing
                for longer than `patience_s`.
            ConnectionNotFound: its row is gone.
            StoreError: the store failed; nothing was sent.
        """
        connection = self._driven(None, patience_s).connection
        signer = connection.signer()
        if signer is None:
            raise misuse("not_supported", "this connection has tokens and no key: use tokens")

        def sign(nonce_ms: int) -> HttpRequest:
            return signer.sign(method, path, parameters, nonce_ms=nonce_ms)

        return self._signed(connection, signer, sign, signer.receive_response, patience_s)

    def records(self, read: AccountRead[RecordT], *, patience_s: float = 30) -> Iterator[RecordT]:
        """Every record of a read, one by one, using the connection's tokens or key. Pages are fetched
        as they are needed.

        Args:
            read: what one of the client's `read_` methods returned, or its `resume_read`.
            patience_s: how long to wait in seconds, for each page, for the venue's limits and through its failures.

        Raises:
            MisuseError: `history_too_long`, after every record that the venue shows; `not_supported` if the venue
                has no such read for what the connection has.
            VenuekeyError: what the venue said, or what the user must do.
            NoResponse: no reply, five times in a row.
            ConnectionNotFound: its row is gone.
            StoreError: the store failed.
        """
        for page in self.pages(read, patience_s=patience_s):
            yield from page.records

    def pages(self, read: AccountRead[RecordT], *, patience_s: float = 30) -> Iterator[Page[RecordT]]:
        """`records`, page by page. After each page, `page.next.cursor()` is what another process goes on with."""
        following: Optional[AccountRead[RecordT]] = read
        while following is not None:
            page = self.page(following, patience_s=patience_s)
            yield page
            following = page.next

    def page(self, read: AccountRead[RecordT], *, patience_s: float = 30) -> Page[RecordT]:
        """The page that a read is at. The arguments and exceptions are those of `records`."""
        read = read.bound_to(self._id)
        attempt, left_s = Attempt(REFUSALS), patience_s
        while True:
            with attempt.naming_the_scope(read):
                driver = self._driven(attempt.refused, patience_s)
            signer = driver.connection.signer()
            try:
                if signer is not None:
                    return self._signed_page(read, driver.connection, signer, left_s)
                access = driver.access
                assert isinstance(access, TokenAccess)
                request = read.request(attempt.uses(access))
                left_s -= self._budget.wait(request, left_s)
                self._hands.check_stopped()
                return read.receive(self._hands.send(request))
            except (NoResponse, VenuekeyError) as error:
                if signer is not None and isinstance(error, VenuekeyError) and error.code != "venue_unavailable":
                    raise
                wait_s = attempt.wait_s(error)
                left_s -= wait_s
                if left_s < 0:
                    raise
            self._pause(wait_s)

    def _history(
        self, read: str, cursor: Optional[str], progress: Told, patience_s: float, **query: Any
    ) -> History[Any]:
        check_patience(patience_s)
        check_progress(progress, may_await=False)
        begins = self._begun(read, cursor, **query)
        return History(begins, lambda following: self.page(following, patience_s=patience_s), progress)

    def _begun(self, read: str, cursor: Optional[str], **query: Any) -> AccountRead[Any]:
        rows = self._hands.rows
        client = rows.client(rows.stored(self._id, self._owner).row.client)
        return begun(client, read, cursor, rows.now_ms(), query).bound_to(self._id)

    def _signed_page(
        self, read: AccountRead[RecordT], connection: Connection, signer: Signer, patience_s: float
    ) -> Page[RecordT]:
        def sign(nonce_ms: int) -> HttpRequest:
            return read.sign(signer, nonce_ms=nonce_ms)

        return self._signed(connection, signer, sign, read.receive_signed, patience_s)

    def _signed(
        self,
        connection: Connection,
        signer: Signer,
        sign: Callable[[int], HttpRequest],
        receive: Callable[[HttpResponse], T],
        left_s: float,
    ) -> T:
        """One signed request, as `call` has it."""
        anew, refused, limited = False, 0, 0
        while True:
            nonce_ms, late_s = self._hands.nonce(connection, signer, left_s, anew)
            left_s -= late_s
            request = sign(nonce_ms)
            waited_s = self._budget.wait(request, left_s)
            if waited_s > 0:
                left_s -= waited_s
                # A number that has waited for its turn may be too old.
                nonce_ms, late_s = self._hands.nonce(connection, signer, left_s)
                left_s -= late_s
                request = sign(nonce_ms)
            self._hands.check_stopped()
            try:
                reply = receive(self._hands.send(request))
            except VenuekeyError as error:
                anew, wait_s = error.code in SIGN_AGAIN, _wait_s(error, limited)
                if wait_s is None and anew and refused + 1 < TRIES:
                    refused += 1
                    continue
                if wait_s is not None and wait_s <= left_s and limited + 1 < TRIES_LIMITED:
                    limited, left_s = limited + 1, left_s - wait_s
                    self._pause(wait_s)
                    continue
                self._learn(error, connection.nonce_counter)
                raise
            self._uses.note(self._id)
            return reply

    def _pause(self, wait_s: float) -> None:
        """Some limits last a minute, and nothing comes meanwhile: the log says why."""
        if wait_s >= TOLD_FROM_S:
            log.info(
                "connection %s: asked again in %d s, as the venue's limits or its trouble want it", self._id, wait_s
            )
        self._hands.sleep(wait_s)

    def _learn(self, error: VenuekeyError, key: Optional[str]) -> None:
        """A key that no longer works is written down, so that the user is asked; the caller hears of it either way."""

        def refused(connection: Connection, now_ms: int) -> Connection:
            # The counter's name stands for the key. Another one may be there by now, of which nothing was said.
            return connection.key_refused(error, now_ms=now_ms) if connection.nonce_counter == key else connection

        try:
            self._hands.rows.apply(self._id, self._owner, refused)
        except Exception as failure:
            where = place_of(failure) + page_for(failure)
            log.warning("connection %s: could not store that its key was refused (%s)", self._id, where)

    def _tokens(self, refused_generation: Optional[int], patience_s: float) -> TokenAccess:
        access = self._driven(refused_generation, patience_s).access
        if not isinstance(access, TokenAccess):
            raise misuse("not_supported", "this connection has a key: use call")
        return access

    def _driven(self, refused_generation: Optional[int], patience_s: float) -> _ConnectionDriver:
        check_patience(patience_s)
        rows = self._hands.rows
        connection, holder = rows.loaded(self._id, self._owner), holder_of_driver(self._holder)
        driver = _ConnectionDriver.for_access(
            connection,
            holder,
            refused_generation=refused_generation,
            patience_ms=min(int(patience_s * 1000), MOST_PATIENCE_MS),
            now_ms=rows.now_ms(),
        )
        driver = self._hands.finished(driver, holder)
        if driver.error is not None:
            raise driver.error
        if driver.is_gone:
            raise ConnectionNotFound("this connection was removed meanwhile")
        return driver


def _probed_by(signer: Signer) -> Callable[[int], HttpRequest]:
    return lambda nonce_ms: signer.probe(nonce_ms=nonce_ms)


def _wait_s(error: VenuekeyError, times: int) -> Optional[float]:
    """How long the venue's limits let nothing through, if it said so, after so many waits: longer each time, since
    its advice is to double them. A request that limits refuse has no effect."""
    if error.code not in LIMITED or error.retry_after_ms is None:
        return None
    return max(error.retry_after_ms / 1000, min(1 << times, LONGEST_WAIT_S))
