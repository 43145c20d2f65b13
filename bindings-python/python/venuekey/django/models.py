"""What the admin shows of a connection. The library makes the table and writes it; Django only reads these columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, Optional

from django.db import models

if TYPE_CHECKING:
    Text = models.TextField[str, str]
    TextOrNone = models.TextField[Optional[str], Optional[str]]
    Whole = models.BigIntegerField[int, int]
    WholeOrNone = models.BigIntegerField[Optional[int], Optional[int]]

__all__ = ["Connection"]


class Connection(models.Model):
    """Without what is sealed: no query of Django's fetches it."""

    id: Text = models.TextField(primary_key=True)
    owner: Text = models.TextField()
    client: Text = models.TextField()
    label: TextOrNone = models.TextField(null=True)
    venue: Text = models.TextField()
    environment: Text = models.TextField()
    status: Text = models.TextField()
    intent: TextOrNone = models.TextField(null=True)
    due_at_ms: WholeOrNone = models.BigIntegerField(null=True)
    lease_holder: TextOrNone = models.TextField(null=True)
    lease_until_ms: WholeOrNone = models.BigIntegerField(null=True)
    revision: Whole = models.BigIntegerField()
    last_used_at_ms: WholeOrNone = models.BigIntegerField(null=True)
    quarantined: TextOrNone = models.TextField(null=True)

    class Meta:
        managed = False
        db_table = "venuekey_connections"
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.owner}: {self.venue}"

    def save(self, *_: Any, **__: Any) -> NoReturn:
        raise NotImplementedError("connections are changed by the methods of venuekey.Connections")

    def delete(self, *_: Any, **__: Any) -> NoReturn:
        raise NotImplementedError("connections are ended by venuekey.Connections.disconnect and forget")
