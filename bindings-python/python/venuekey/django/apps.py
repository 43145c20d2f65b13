"""The app, and what `manage.py check` looks at."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ImproperlyConfigured

__all__ = ["VenuekeyConfig"]


class VenuekeyConfig(AppConfig):
    name = "venuekey.django"
    label = "venuekey"
    verbose_name = "Exchange connections"

    def ready(self) -> None:
        register(check_setting)


def check_setting(**_: Any) -> list[CheckMessage]:
    """Whether the setting names connections whose store can work."""
    from django.conf import settings

    from . import _setting

    if not hasattr(settings, _setting.NAME):
        hint = 'venuekey_worker, venuekey.django.urls and the admin need it: "myapp.connections:connections".'
        return [Warning(f"{_setting.NAME} is not set.", hint=hint, id="venuekey.W001")]
    try:
        store = _setting.store()
    except ImproperlyConfigured as error:
        return [Error(f"{error}.", id="venuekey.E001")]
    try:
        if store is not None:
            store._check()
    except ImproperlyConfigured as error:
        return [Error(f"{error}.", id="venuekey.E002")]
    return []
