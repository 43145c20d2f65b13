"""What an app and its user see of a connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, NoReturn, Optional

if TYPE_CHECKING:
    from .._errors import VenuekeyError
    from .._names import ConnectionStatus, EventKind, Goal, Intent, Recovery, Venue, VenueEnvironment
    from .._native import Choices, Connection, ConnectionEvent, TrailEntry, Waiting
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
        plain["trail"] = [_plain(each, "at_ms", "what", "code") for each in self.trail]
        return plain

    def __copy__(self) -> ConnectionView:
        return self

    def __deepcopy__(self, memo: object) -> ConnectionView:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a ConnectionView can't be pickled: as_dict() gives plain values")


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
        authorize_url=connection.authorize_url,
        expires_at_ms=connection.expires_at_ms,
        choices=connection.choices,
        error=connection.error,
        recovery=connection.recovery,
        replaces_key=connection.replaces_key,
        wait=connection.wait,
        uid=connection.uid,
        key_id=connection.key_id,
        key_left=connection.key_left,
        intent=connection.intent,
        due_at_ms=connection.due_at_ms,
        no_worker=no_worker,
        trail=connection.trail,
    )


def unreadable_view(stored: Stored, error: VenuekeyError) -> ConnectionView:
    row: Any = stored.row
    return ConnectionView(
        id=row.id,
        owner=row.owner,
        client=row.client,
        label=row.label,
        venue=row.venue,
        environment=row.environment,
        goal=None,
        status="quarantined",
        authorize_url=None,
        expires_at_ms=None,
        choices=None,
        error=error,
        recovery=None,
        replaces_key=False,
        wait=None,
        uid=None,
        key_id=None,
        key_left=None,
        intent=row.intent,
        due_at_ms=row.due_at_ms,
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
