"""A running sandbox, as Python. It needs the standard library only."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Optional, TypedDict
from urllib.parse import urlsplit

Venue = Literal["whitebit", "bybit"]
Environment = Literal["global", "eu", "mainnet", "testnet"]

_ENVIRONMENTS: Mapping[str, Sequence[str]] = {"whitebit": ("global", "eu"), "bybit": ("mainnet", "testnet")}


class SandboxError(Exception):
    """What the sandbox said about a call that it refused, or why it did not start."""


class ConsentRefused(Exception):
    """The exchange's page did not let the user through. The text is what the page says."""


class Field(TypedDict):
    """A header, or a field of a query or form. The value is `"***"` unless values were asked for."""

    name: str
    value: str


class Note(TypedDict):
    """Something that no documentation covers and the exchange is known to answer all the same."""

    rule: str
    field: str
    detail: str


class RecordedResponse(TypedDict):
    """What a request was answered. The body has its secrets masked unless values were asked for, and is None if it is
    longer than 64 KiB, empty or, masked, neither JSON nor a form nor HTML."""

    status: int
    headers: list[Field]
    body_bytes: int
    body: Optional[str]


class RecordedRequest(TypedDict):
    """A request that your code has sent. Venue and environment are None if the path lies under no exchange."""

    seq: int
    at_ms: int
    venue: Optional[Venue]
    environment: Optional[Environment]
    endpoint: str
    method: str
    path: str
    headers: list[Field]
    query: list[Field]
    form: list[Field]
    json: list[Field]
    body_bytes: int
    body: Optional[str]
    fault: Optional[str]
    notes: list[Note]
    status: Optional[int]
    response: Optional[RecordedResponse]


class Violation(TypedDict):
    """Something that your code has sent and that no documentation covers."""

    seq: int
    at_ms: int
    venue: Optional[Venue]
    environment: Optional[Environment]
    endpoint: str
    rule: str
    field: str
    detail: str


class _FaultRequired(TypedDict):
    endpoint: str
    fault: str
    count: int


class Fault(_FaultRequired, total=False):
    """Faults that are queued and not yet spent."""

    venue: Venue
    ms: int
    status: int
    after_effect: bool
    headers: dict[str, str]
    body: Any


class HistoryRows(TypedDict):
    """How many rows each history of a WhiteBIT user has."""

    transactions: int
    converts: int
    orders: int
    deals: int


class Clock:
    """The sandbox's clock. It runs with this machine's until it is moved, and stands still while held."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def __repr__(self) -> str:
        return f"Clock({self._sandbox.url})"

    def now_ms(self) -> int:
        """What it reads, in Unix milliseconds."""
        return _now(self._sandbox._ask("GET", "clock"))

    def advance(
        self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0, milliseconds: float = 0
    ) -> int:
        """Moves it ahead, held or not, and returns what it reads then.

        Less than a millisecond counts as one, so that who waits for a moment never stops short of it.
        """
        ms = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000 + milliseconds
        if ms < 0:
            raise ValueError("advance moves the clock ahead; set can move it back")
        whole = int(ms) + (int(ms) < round(ms, 6))
        return _now(self._sandbox._ask("POST", "clock/advance", {"ms": whole}))

    def hold(self, now_ms: Optional[int] = None) -> int:
        """Stops it, where it stands or at `now_ms`, and returns what it reads."""
        at = {} if now_ms is None else {"now_ms": now_ms}
        return _now(self._sandbox._ask("POST", "clock", {"held": True, **at}))

    def set(self, now_ms: int) -> int:
        """Makes it read `now_ms`. Whether it is held stays as it is."""
        return _now(self._sandbox._ask("POST", "clock", {"now_ms": now_ms}))

    def release(self) -> int:
        """Lets it run on from where it stands, and returns what it reads."""
        return _now(self._sandbox._ask("POST", "clock", {"held": False}))

    @property
    def is_held(self) -> bool:
        """Whether it stands still."""
        return bool(self._sandbox._ask("GET", "clock")["held"])


class Sandbox:
    """A running sandbox.

    Args:
        url: the address that it printed as it started, such as `"http://127.0.0.1:8700"`.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.clock = Clock(self)
        if urlsplit(self.url).scheme != "http":
            raise ValueError("a sandbox's address begins with http://")

    def __repr__(self) -> str:
        return f"Sandbox({self.url!r})"

    @property
    def admin_page(self) -> str:
        """The address of its page for people."""
        return f"{self.url}/_sandbox/"

    def base_url(self, venue: Venue, environment: Optional[Environment] = None) -> str:
        """What stands for the exchange's own address, authorize page and API alike.

        Args:
            environment: WhiteBIT's `"global"` or `"eu"`, Bybit's `"mainnet"` or `"testnet"`; the first if left out.
        """
        known = _ENVIRONMENTS[venue]
        if environment is not None and environment not in known:
            raise ValueError(f"{venue} has the environments {', '.join(known)}, not {environment}")
        return f"{self.url}/{venue}/{environment or known[0]}"

    def now_ms(self) -> int:
        """What the sandbox's clock reads, in Unix milliseconds: the clock to give to the code under test."""
        return self.clock.now_ms()

    def knobs(self, **changes: Mapping[str, object]) -> dict[str, dict[str, Any]]:
        """Changes the knobs named, and returns all of them: `knobs(whitebit={"variant": "old"})`."""
        if changes:
            return dict(self._ask("PATCH", "knobs", changes))
        return dict(self._ask("GET", "knobs"))

    def fault(
        self, endpoint: str, fault: str, *, count: int = 1, venue: Optional[Venue] = None, **more: object
    ) -> list[Fault]:
        """Queues a fault for the next `count` requests to an endpoint, and returns all that are queued.

        Args:
            endpoint: such as `"token"` or `"secret"`, or `"any"`.
            fault: such as `"drop_reply"`; the sandbox's README lists endpoints and faults.
            venue: one exchange only.
            more: `ms` of a delay, a dribble or a clock that is off; `status` and `after_effect` of a server error;
                these two, `headers` and `body` of a reply of your own.
        """
        order = {"endpoint": endpoint, "fault": fault, "count": count, **more}
        if venue is not None:
            order["venue"] = venue
        return list(self._ask("POST", "faults", order))

    def faults(self) -> list[Fault]:
        """The faults not yet spent."""
        return list(self._ask("GET", "faults"))

    def clear_faults(self) -> None:
        """Forgets the faults not yet spent."""
        self._ask("DELETE", "faults")

    def requests(
        self, endpoint: Optional[str] = None, *, since_ms: int = 0, values: bool = False
    ) -> list[RecordedRequest]:
        """What was sent to the exchanges, oldest first, browsers included.

        Args:
            endpoint: one endpoint only.
            since_ms: those since this moment of the sandbox's clock, in Unix milliseconds.
            values: with the values that were sent, secrets among them.
        """
        found: list[RecordedRequest] = []
        more = True
        while more:
            after = found[-1]["seq"] if found else 0
            page = self._ask("GET", f"requests?after={after}&since={since_ms}&values={str(values).lower()}")
            found += page["requests"]
            more = page["more"]
        return [request for request in found if endpoint in (None, request["endpoint"])]

    def har(self, *, values: bool = False) -> dict[str, Any]:
        """The same with the answers, as an HTTP Archive (HAR 1.2), to be written as JSON."""
        return dict(self._ask("GET", _with_values("har", values)))

    def violations(self) -> list[Violation]:
        """What was sent and no documentation covers, oldest first."""
        return list(self._ask("GET", "violations")["violations"])

    def state(self, *, values: bool = False) -> dict[str, Any]:
        """Users, keys and tokens; with secrets where `values` is true."""
        return dict(self._ask("GET", _with_values("state", values)))

    def user_action(
        self, venue: Venue, action: str, environment: Optional[Environment] = None, *, user: Optional[int] = None
    ) -> dict[str, Any]:
        """Lets a user act outside the flow, such as `"delete_key"`, and returns what that met."""
        place = self.base_url(venue, environment)[len(self.url) :]
        return dict(self._ask("POST", f"user{place}/action", {"action": action, "user": user}))

    def add_history(
        self,
        *,
        transactions: int = 0,
        converts: int = 0,
        orders: int = 0,
        deals: int = 0,
        environment: Optional[Environment] = None,
        user: Optional[int] = None,
    ) -> HistoryRows:
        """Lets so many new rows arrive in a WhiteBIT user's histories, of the moment that the clock reads, and returns
        how many there are then. Between two pages it shows whether your code loses rows or meets them twice.

        Args:
            deals: of the last order that was dealt at all.
            environment: `"global"` if left out, or `"eu"`.
            user: the id of one who is not the demo user.
        """
        rows = {"transactions": transactions, "converts": converts, "orders": orders, "deals": deals}
        where = {"venue": "whitebit", "environment": environment, "user": user}
        held: HistoryRows = self._ask("POST", "history", {**where, **rows})
        return held

    def approve(
        self,
        authorize_url: str,
        *,
        permissions: Optional[Sequence[str]] = None,
        otp: Optional[str] = None,
        user: Optional[int] = None,
    ) -> str:
        """The user opens `authorize_url` and approves. Returns the callback's URL; nobody has opened it yet.

        Args:
            permissions: what the user ticks; what the page ticks by itself if left out.
            otp: the two-factor code; the right one if left out.
            user: the id of one who is not the demo user.

        Raises:
            ConsentRefused: the exchange's page did not let the user through; the text is the page's.
        """
        more = {"permissions": permissions and list(permissions), "otp": otp}
        url = self._consent(authorize_url, "approve", user, **more)
        if url is None:
            raise ConsentRefused("The exchange sent the browser nowhere.")
        return url

    def decline(self, authorize_url: str, *, user: Optional[int] = None) -> Optional[str]:
        """The user opens `authorize_url` and declines. Returns the callback's URL, or None if the exchange sends
        none: the knobs `whitebit.decline_mode` and `bybit.cancel_mode` choose, and by default send none."""
        return self._consent(authorize_url, "decline", user)

    def close_window(self, authorize_url: str, *, user: Optional[int] = None) -> None:
        """The user opens `authorize_url` and closes the window. No callback ever comes."""
        self._consent(authorize_url, "close", user)

    def _consent(self, authorize_url: str, decision: str, user: Optional[int], **more: object) -> Optional[str]:
        if not authorize_url.startswith(f"{self.url}/"):
            raise ValueError(f"the authorize URL must be of the sandbox at {self.url}: give base_url to your code")
        answer = {"url": authorize_url, "decision": decision, "user": user, **more}
        try:
            url: Optional[str] = self._ask("POST", "consent", answer)["redirect_url"]
        except SandboxError as refused:
            raise ConsentRefused(str(refused)) from None
        return url

    def reset(self) -> None:
        """Starts over from the options it was started with: keys, tokens, knobs, faults, clock, records."""
        self._ask("POST", "reset")

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        try:
            sent = None if body is None else json.dumps(body)
            connection.request(method, f"/_sandbox/{path}", sent, {"content-type": "application/json"} if sent else {})
            reply = connection.getresponse()
            answer = json.loads(reply.read())
        finally:
            connection.close()
        if reply.status != 200:
            raise SandboxError(answer["error"])
        return answer


def _now(clock: Mapping[str, Any]) -> int:
    return int(clock["now_ms"])


def _with_values(path: str, values: bool) -> str:
    return f"{path}?values=true" if values else path
