"""Connections in the admin, to look at."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Optional

from django.contrib import admin
from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet

from . import _setting
from .models import Connection

if TYPE_CHECKING:
    from django.http import HttpRequest

    ModelAdmin = admin.ModelAdmin[Connection]
else:
    ModelAdmin = admin.ModelAdmin

__all__ = ["ConnectionAdmin"]


@admin.register(Connection)
class ConnectionAdmin(ModelAdmin):
    actions = None
    fields = (
        "id", "owner", "client", "label", "venue", "environment", "status", "quarantined", "intent", "due", "last_used",
        "lease_holder", "revision",
    )  # fmt: skip
    list_display = ("owner", "venue", "environment", "client", "status", "due", "last_used", "quarantined")
    list_filter = ("status", "venue", "environment", "client")
    search_fields = ("=owner", "=id")
    ordering = ("owner", "id")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Optional[Connection] = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Optional[Connection] = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Optional[Connection] = None) -> bool:
        try:
            is_ours = _setting.store() is not None
        except ImproperlyConfigured:
            is_ours = False
        return is_ours and super().has_view_permission(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Connection]:
        store = _setting.store()
        rows: QuerySet[Connection] = super().get_queryset(request)
        return rows.none() if store is None else rows.using(store._reading_alias())

    @admin.display(description="due", ordering="due_at_ms")
    def due(self, row: Any) -> Optional[datetime]:
        return _time(row.due_at_ms)

    @admin.display(description="last used", ordering="last_used_at_ms")
    def last_used(self, row: Any) -> Optional[datetime]:
        return _time(row.last_used_at_ms)


def _time(at_ms: Optional[object]) -> Optional[datetime]:
    # SQLite's columns hold anything.
    return None if not isinstance(at_ms, int) else datetime.fromtimestamp(at_ms / 1000, timezone.utc)
