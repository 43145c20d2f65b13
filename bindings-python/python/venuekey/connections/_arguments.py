"""Arguments that are not what they must be, told at once and by their names."""

from __future__ import annotations

import enum
import math
import re
import typing
from collections.abc import Mapping
from typing import Any, Optional, Union

from .._checks import check_functions
from .._names import Venue
from .._native import Client, SealingKeys
from ..stores import Store
from ._errors import misuse

MOST_HOLDER_BYTES = 64
MOST_MS = 2**53
MOST_WHOLE = 2**31 - 1


class AnyOwner(enum.Enum):
    """What `owner` is if it is left out."""

    ANY_OWNER = "any owner"

    def __repr__(self) -> str:
        return self.name


ANY_OWNER = AnyOwner.ANY_OWNER
"""No owner is asked for. `None` is not that: it may be a user whom a session has lost."""
Owner = Union[str, AnyOwner]


def wrong(hint: str) -> Exception:
    return misuse("invalid_argument", hint)


def named_owner(owner: object) -> str:
    if not isinstance(owner, str):
        raise wrong(f"owner must be a str, not {_named(owner)}")
    return owner


def owner_or_any(owner: object) -> Optional[str]:
    """`None` for any owner."""
    return None if owner is ANY_OWNER else named_owner(owner)


def is_id(id: object) -> bool:
    return isinstance(id, str) and re.fullmatch("[0-9a-f]{32}", id) is not None


def check_venue(venue: object) -> None:
    known = typing.get_args(Venue)
    if venue is not None and venue not in known:
        raise wrong(f"venue must be one of {', '.join(known)}")


def check_holder(holder: object) -> None:
    is_text = isinstance(holder, str) and holder.isprintable() and _is_unicode(holder)
    if not is_text or not 1 <= len(str(holder).encode()) <= MOST_HOLDER_BYTES:
        raise wrong(f"holder must be a str of 1 to {MOST_HOLDER_BYTES} printable bytes")


def check_patience(patience_s: Any) -> None:
    if not _is_number(patience_s) or not math.isfinite(patience_s) or patience_s < 0:
        raise wrong("patience_s must be a number of seconds, 0 or more and finite")


def check_deadline(deadline_s: Any) -> None:
    """What is left of somebody's time: that may be less than nothing."""
    if deadline_s is not None and (not _is_number(deadline_s) or math.isnan(deadline_s)):
        raise wrong("deadline_s must be a number of seconds, or None for no deadline")


def check_parts(clients: object, store: object, keys: object, **functions: object) -> None:
    """What a `Connections` is made of. Functions may be left out if they are `None`."""
    if not isinstance(clients, Mapping) or not all(isinstance(each, Client) for each in clients.values()):
        raise wrong('clients must map names to clients, such as {"main": client}')
    if not clients or not all(isinstance(name, str) and name for name in clients):
        raise wrong('clients must have a client at least, each by a name: {"main": client}')
    if isinstance(store, type):
        raise wrong(f"store is the class {store.__name__} itself, and must be an object of it")
    lacks = [name for name in vars(Store) if not name.startswith("_") and not callable(getattr(store, name, None))]
    if lacks:
        raise wrong(f"store must have the methods of venuekey.stores.Store; {_named(store)} has no {', '.join(lacks)}")
    if not isinstance(keys, SealingKeys):
        raise wrong(f"keys must be SealingKeys, not {_named(keys)}")
    check_callables(**{name: function for name, function in functions.items() if function is not None})


def check_callables(**functions: object) -> None:
    try:
        check_functions(None, **functions)
    except TypeError as error:
        hint = str(error)
    else:
        return
    raise wrong(hint)


def check_whole(**numbers: object) -> None:
    for name, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= MOST_WHOLE:
            raise wrong(f"{name} must be a whole number, 1 or more")


def unix_ms(of: str, now_ms: object) -> int:
    """What a clock says."""
    if isinstance(now_ms, bool) or not isinstance(now_ms, int):
        raise wrong(f"{of} must return Unix milliseconds as an int, not {_named(now_ms)}")
    if not 0 <= now_ms < MOST_MS:
        raise wrong(f"{of} must return Unix milliseconds, and what it returned can't be that")
    return now_ms


def _is_number(given: object) -> bool:
    return isinstance(given, (int, float)) and not isinstance(given, bool)


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= each <= "\udfff" for each in text)


def _named(given: object) -> str:
    return "None" if given is None else type(given).__name__
