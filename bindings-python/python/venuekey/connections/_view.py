"""What an app and its user see of a connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, NoReturn, Optional

if TYPE_CHECKING:
    from .._errors import VenuekeyError
    from .._names import ConnectionStatus, EventKind, Goal, Intent, Recovery, Venue, VenueEnvironment
    from .._native import Choices, ConnectAttempt, Connection, ConnectionEvent, KeySummary, TrailEntry, Waiting
    from ..stores import Stored


@dataclass(frozen=True)
class ConnectionView:
    """The state of a connection at the moment it was loaded.

    Its only secret is `authorize_url`, which contains `state`: its `repr` leaves that out, and so should logs. Times
    are Unix milliseconds. `as_dict` gives plain values; the view itself can't be pickled.
    """

    id: str
    """32 hexadecimal digits. Not a secret."""
    owner: str
    """Your own name for the user."""
    client: str
    """Your own name for the client."""
    label: Optional[str]
    """The user's own name for the connection."""
    venue: Venue
    environment: VenueEnvironment
    goal: Optional[Goal]
    """`None` if the row can't be opened."""
    status: ConnectionStatus
    """`"quarantined"` if the row can't be opened: `error` says why, and the rest is what the columns say."""
    begun_at_ms: Optional[int]
    """When it was begun; `None` if the row can't be opened."""
    attempt: Optional[ConnectAttempt]
    """The attempt to connect that is in progress or has failed, also in front of an account that works: `number`,
    `status`, `expires_at_ms`, `request`. `cancel_attempt` calls it off."""
    authorize_url: Optional[str] = field(repr=False)
    """Where to send the browser while the user's consent is needed."""
    expires_at_ms: Optional[int]
    """When the consent expires without a callback."""
    choices: Optional[Choices]
    """The accounts to choose from, while the user has to choose."""
    error: Optional[VenuekeyError]
    """Why it does not work, or why the last attempt to reconnect failed. `error.kind` says what helps."""
    recovery: Optional[Recovery]
    """What `recover` would do; `None` if there is nothing to recover."""
    replaces_key: bool
    """Whether `reconnect` deletes the working key before the user is asked: warn them first."""
    wait: Optional[Waiting]
    """What the next request waits for, if it has to wait: `reason`, `attempts`, `until_ms`, `gives_up_at_ms`."""
    uid: Optional[str]
    """The user's id at the venue, if the venue gives one."""
    key_id: Optional[str]
    """The key's id at the venue, if it has one."""
    key: Optional[KeySummary]
    """The key without its halves: `ending`, `permissions`, `ips`, `is_read_only`, `ends_at_ms`, `sub_member_id`."""
    scope: Sequence[str]
    """The scopes that its tokens were granted; empty without tokens, and if the venue names none."""
    key_left: Optional[str]
    """A key that still exists at the venue after the end: the user has to delete it there."""
    intent: Optional[Intent]
    """The kind of end that was asked for, while it is in progress."""
    due_at_ms: Optional[int]
    """When a worker next has something to do."""
    no_worker: bool
    """Whether work has been waiting for a minute and no worker has looked since: start one."""
    trail: Sequence[TrailEntry]
    """What has happened, the newest last, at most 40 entries. For support; it holds no secret."""

    def as_dict(self) -> dict[str, Any]:
        """All of it but `authorize_url` as plain values, for JSON. `error` is `code`, `kind`, `hint` and `doc_url`."""
        plain = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "authorize_url"}
        if self.choices is not None:
            plain["choices"] = {
                "subaccounts": [_plain(each, "id", "nickname") for each in self.choices.subaccounts],
                **_plain(self.choices, "may_create", "creation_in_doubt"),
            }
        if self.error is not None:
            plain["error"] = _plain(self.error, "code", "kind", "hint", "doc_url")
        if self.wait is not None:
            plain["wait"] = _plain(self.wait, "reason", "attempts", "until_ms", "gives_up_at_ms")
        if self.attempt is not None:
            plain["attempt"] = _plain(self.attempt, "number", "status", "expires_at_ms", "request")
        if self.key is not None:
            plain["key"] = _plain_key(self.key)
        plain["scope"] = list(self.scope)
        plain["trail"] = [_plain(each, "at_ms", "what", "code") for each in self.trail]
        return plain

    def __copy__(self) -> ConnectionView:
        return self

    def __deepcopy__(self, memo: object) -> ConnectionView:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a ConnectionView can't be pickled: as_dict() gives plain values")


@dataclass(frozen=True)
class TakenHandOff:
    """What `Connections.begin_by_hand_off` has come to."""

    view: ConnectionView
    """The connection that this hand-off has begun."""
    is_new: bool
    """Whether this call has begun it. If not, the hand-off was taken before, and nothing was done."""


def _plain_key(key: KeySummary) -> dict[str, Any]:
    groups = key.permissions
    return {
        **_plain(key, "id", "ending", "sub_member_id", "is_read_only", "ends_at_ms"),
        "ips": None if key.ips is None else list(key.ips),
        "permissions": None
        if groups is None
        else [
            {**_plain(each, "name", "title"), "granted": list(each.granted), "withheld": list(each.withheld)}
            for each in groups
        ],
    }


def _plain(of: object, *names: str) -> dict[str, Any]:
    return {name: getattr(of, name) for name in names}


@dataclass(frozen=True)
class Event:
    """What happened to a connection. Delivered at least once: `connection_id` and `number` together identify it."""

    connection_id: str
    owner: str
    """Your own name for the user."""
    client: str
    """Your own name for the client."""
    label: Optional[str]
    """The user's own name for the connection."""
    number: int
    """Counts up by one within a connection."""
    at_ms: int
    """When it happened, in Unix milliseconds."""
    kind: EventKind
    """`"connected"`, `"needs_user"`, `"key_expires"`, `"ended"` or `"orphaned_credential"`."""
    code: Optional[str]
    """The error's code, if something went wrong."""
    key_id: Optional[str]
    """The key that may still live at the venue, for `"ended"` and `"orphaned_credential"`."""


def view_of(connection: Connection, no_worker: bool) -> ConnectionView:
    client = connection.client
    return ConnectionView(
        id=connection.id,
        owner=connection.owner,
        client=connection.client_name,
        label=connection.label,
        venue=client.venue,
        environment=client.environment,
        goal=connection.goal,
        status=connection.status,
        begun_at_ms=connection.begun_at_ms,
        attempt=connection.attempt,
        authorize_url=connection.authorize_url,
        expires_at_ms=connection.expires_at_ms,
        choices=connection.choices,
        error=connection.error,
        recovery=connection.recovery,
        replaces_key=connection.replaces_key,
        wait=connection.wait,
        uid=connection.uid,
        key_id=connection.key_id,
        key=connection.key,
        scope=connection.scope,
        key_left=connection.key_left,
        intent=connection.intent,
        due_at_ms=connection.due_at_ms,
        no_worker=no_worker,
        trail=connection.trail,
    )


def _typed(value: Any, kind: type) -> Any:
    """What a column says, where it is of its type."""
    return value if isinstance(value, kind) else None


def _shown(value: object) -> Any:
    """What a column says that is always text."""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def unreadable_view(stored: Stored, error: VenuekeyError) -> ConnectionView:
    row: Any = stored.row
    return ConnectionView(
        id=_shown(row.id),
        owner=_shown(row.owner),
        client=_shown(row.client),
        label=_typed(row.label, str),
        venue=_shown(row.venue),
        environment=_shown(row.environment),
        goal=None,
        status="quarantined",
        begun_at_ms=None,
        attempt=None,
        authorize_url=None,
        expires_at_ms=None,
        choices=None,
        error=error,
        recovery=None,
        replaces_key=False,
        wait=None,
        uid=None,
        key_id=None,
        key=None,
        scope=(),
        key_left=None,
        intent=_typed(row.intent, str),
        due_at_ms=_typed(row.due_at_ms, int),
        no_worker=False,
        trail=(),
    )


def event_of(connection: Connection, event: ConnectionEvent) -> Event:
    return Event(
        connection_id=connection.id,
        owner=connection.owner,
        client=connection.client_name,
        label=connection.label,
        number=event.number,
        at_ms=event.at_ms,
        kind=event.kind,
        code=event.code,
        key_id=event.key_id,
    )
