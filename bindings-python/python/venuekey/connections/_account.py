"""A session: requests with what a connection has, without its caller knowing what that takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Optional, Union

from .._errors import VenuekeyError
from .._native import RateBudget, TokenAccess, _ConnectionDriver
from ._view import ConnectionView
from ._work import Hands, Job
from ._worker import new_holder

if TYPE_CHECKING:
    from .._names import HttpMethod
    from .._native import Connection, SignedReply, Signer

SIGN_AGAIN = ("nonce_rejected", "clock_rejected")
"""The venue refused the request for its number or time: it has had no effect, and another number helps."""
TRIES = 3
OFFSET_LIVES_S = 3_600
TOUCH_S = 3_600


class Clocks:
    """How far each venue's clock is ahead of the host's: measured when it is needed, and when the venue complains."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], tuple[float, int]] = {}

    def ahead_ms(self, signer: Signer, anew: bool) -> int:
        place = (signer.venue, signer.environment)
        with self._lock:
            known = self._known.get(place)
            if known is not None and not anew and time.monotonic() - known[0] < OFFSET_LIVES_S:
                return known[1]
            sent_ms = self._hands.rows.now_ms()
            try:
                reply = self._hands.send(signer.ask_time())
                offset = signer.receive_time(reply, sent_at_ms=sent_ms, received_at_ms=self._hands.rows.now_ms())
            except Exception:
                # Without it the host's own clock counts, and the venue says where that is not good enough.
                return 0 if known is None else known[1]
            self._known[place] = (time.monotonic(), offset.ahead_ms)
            return offset.ahead_ms


class Account:
    """What can be done with one connection. Threads may share it."""

    def __init__(self, id: str, owner: Optional[str], hands: Hands, clocks: Clocks, budget: Budget) -> None:
        self.id = id
        self._owner = owner
        self._hands = hands
        self._clocks = clocks
        self._budget = budget
        self._touched = 0.0
        self._holder = new_holder()

    def __repr__(self) -> str:
        return f"Account({self.id!r})"

    def view(self) -> ConnectionView:
        """Where the connection stands."""
        return self._hands.rows.view(self._hands.rows.loaded(self.id, self._owner))

    def tokens(self, *, patience_s: float = 30) -> TokenAccess:
        """Tokens that work now: refreshed first where that is due, by this call or by a worker.

        Raises:
            VenuekeyError: what the user must do, or what stood in the way for longer than `patience_s`.
            MisuseError: `not_supported` where the connection has a key and no tokens to work with.
        """
        driver = self._driven(None, patience_s)
        access = driver.access
        if not isinstance(access, TokenAccess):
            raise TypeError("this connection has a key: use call")
        return access

    def token_refused(self, generation: int, *, patience_s: float = 30) -> TokenAccess:
        """Other tokens, after the venue has refused those of this generation (401, 403)."""
        access = self._driven(generation, patience_s).access
        assert isinstance(access, TokenAccess)
        return access

    def call(
        self,
        method: HttpMethod,
        path: str,
        parameters: Union[Mapping[str, object], str, None] = None,
        *,
        patience_s: float = 30,
    ) -> SignedReply:
        """A signed request and its reply. Nonces, the venue's clock and its limits are taken care of.

        It is sent once. Where the venue refuses it for its nonce or its time, it has had no effect, and is
        signed and sent anew.

        Args:
            method: as for `Signer.sign`, and so are `path` and `parameters`.
            patience_s: how long to wait for the venue's limits, in seconds.

        Raises:
            NoResponse: no whole reply came. A request that changes something may have done so: ask the venue before it
                is signed again.
            VenuekeyError: what the venue said, or what the user must do; `rate_limited` where the limits let nothing
                through for longer than `patience_s`.
        """
        _rows, anew = self._hands.rows, False
        connection = self._driven(None, patience_s).connection
        signer = connection.signer()
        if signer is None:
            raise TypeError("this connection has tokens and no key: use tokens")
        for attempt in range(TRIES):
            nonce_ms = self._hands.nonce(connection, self._clocks.ahead_ms(signer, anew))
            request = signer.sign(method, path, parameters, nonce_ms=nonce_ms)
            if self._budget.wait(request, patience_s):
                # A number that has waited for its turn may be too old.
                nonce_ms = self._hands.nonce(connection, self._clocks.ahead_ms(signer, anew))
                request = signer.sign(method, path, parameters, nonce_ms=nonce_ms)
            try:
                reply = signer.receive_response(self._hands.send(request))
            except VenuekeyError as error:
                if error.code in SIGN_AGAIN and attempt + 1 < TRIES:
                    anew = True
                    continue
                self._learn(error)
                raise
            self._touch()
            return reply
        raise AssertionError("the last try returns or raises")

    def _learn(self, error: VenuekeyError) -> None:
        """A key that works no more is written down, so that the user is asked."""

        def refused(connection: Connection, now_ms: int) -> Connection:
            return connection.key_refused(error, now_ms=now_ms)

        self._hands.rows.apply(self.id, self._owner, refused)

    def _touch(self) -> None:
        now = time.monotonic()
        if now - self._touched >= TOUCH_S or not self._touched:
            self._touched = now
            self._hands.rows.store.touch(self.id, self._hands.rows.now_ms())

    def _driven(self, refused_generation: Optional[int], patience_s: float) -> _ConnectionDriver:
        rows = self._hands.rows
        connection = rows.loaded(self.id, self._owner)
        driver = _ConnectionDriver.for_access(
            connection,
            self._holder,
            refused_generation=refused_generation,
            patience_ms=int(max(0, patience_s) * 1000),
            now_ms=rows.now_ms(),
        )
        driver = self._hands.finished(Job(driver))
        if driver.error is not None:
            raise driver.error
        return driver


class Budget:
    """What this process may send, by the venue's limits; other processes behind the address count for as much."""

    def __init__(self, hands: Hands, share_of: int) -> None:
        self._hands = hands
        self._lock = threading.Lock()
        self._left = RateBudget(share_of=share_of)

    def wait(self, request: object, patience_s: float) -> bool:
        """Waits for the request's turn; whether that took time.

        Raises:
            UnavailableError: `rate_limited` where it would take longer than `patience_s`.
        """
        now_ms = self._hands.rows.now_ms()
        with self._lock:
            reservation = self._left.reserve(request, now_ms=now_ms)  # type: ignore[arg-type]
            wait_s = (reservation.start_at_ms - now_ms) / 1000
            if wait_s > patience_s:
                raise self._hands.too_long(reservation.start_at_ms - now_ms)
            self._left = reservation.budget
        if wait_s <= 0:
            return False
        self._hands.sleep(wait_s)
        return True
