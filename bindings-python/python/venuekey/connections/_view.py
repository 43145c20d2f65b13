"""What an app and its user see of a connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Optional

if TYPE_CHECKING:
    from .._errors import VenuekeyError
    from .._names import ConnectionStatus, Goal, Intent, Recovery, Venue, VenueEnvironment
    from .._native import Choices, Connection, ConnectionEvent, TrailEntry


@dataclass(frozen=True)
class ConnectionView:
    """Where a connection stands. No secret but `authorize_url`, which carries `state`: keep that out of logs."""

    id: str
    owner: str
    client: str
    label: Optional[str]
    venue: Venue
    environment: VenueEnvironment
    goal: Goal
    status: ConnectionStatus
    authorize_url: Optional[str] = field(repr=False)
    """Where to send the browser while the venue's consent is wanted."""
    expires_at_ms: Optional[int]
    choices: Optional[Choices]
    """The accounts that the user chooses from, while a choice is wanted."""
    error: Optional[VenuekeyError]
    recovery: Optional[Recovery]
    replaces_key: bool
    """Whether `reconnect` ends the key that works before the user is asked: tell them first."""
    uid: Optional[str]
    key_id: Optional[str]
    key_left: Optional[str]
    """The key that still lives at the venue after the end: the user deletes it there."""
    intent: Optional[Intent]
    due_at_ms: Optional[int]
    no_worker: bool
    """Whether work waits and no worker has looked for a minute."""
    trail: Sequence[TrailEntry]

    @classmethod
    def of(cls, connection: Connection, no_worker: bool) -> ConnectionView:
        client = connection.client
        return cls(
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
            uid=connection.uid,
            key_id=connection.key_id,
            key_left=connection.key_left,
            intent=connection.intent,
            due_at_ms=connection.due_at_ms,
            no_worker=no_worker,
            trail=connection.trail,
        )


@dataclass(frozen=True)
class Told:
    """An event, and whose it is. Told at least once: `id` and `event.number` together are the same each time."""

    id: str
    owner: str
    client: str
    label: Optional[str]
    event: ConnectionEvent
