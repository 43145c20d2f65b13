"""The setting that names your `Connections`."""

from __future__ import annotations

from importlib import import_module
from typing import Optional, Union

from django.core.exceptions import ImproperlyConfigured

from ..connections import AsyncConnections, Connections
from ..connections._process import is_missing
from ._store import DjangoStore

NAME = "VENUEKEY_CONNECTIONS"


def found() -> Union[Connections, AsyncConnections]:
    """What it names. Raises ImproperlyConfigured where that is no `Connections`."""
    from django.conf import settings

    named = getattr(settings, NAME, None)
    if named is None:
        raise ImproperlyConfigured(f'{NAME} is not set: name your Connections, such as "myapp.connections:connections"')
    module, _, attribute = named.partition(":") if isinstance(named, str) else ("", "", "")
    if not module or not attribute or module.startswith("."):
        raise ImproperlyConfigured(f'{NAME} must be a text "module:attribute", such as "myapp.connections:connections"')
    try:
        loaded = import_module(module)
    except ModuleNotFoundError as error:
        if not is_missing(module, error):
            raise
        raise ImproperlyConfigured(f"{NAME} is {named!r}, and there is no module {error.name!r}") from None
    value = getattr(loaded, attribute, None)
    if not isinstance(value, (Connections, AsyncConnections)):
        raise ImproperlyConfigured(f"{NAME} is {named!r}, which is not a Connections")
    return value


def store() -> Optional[DjangoStore]:
    """Of these connections, where it is Django's."""
    connections = found()
    own = connections._own if isinstance(connections, AsyncConnections) else connections
    kept = own._rows.store
    return kept if isinstance(kept, DjangoStore) else None
