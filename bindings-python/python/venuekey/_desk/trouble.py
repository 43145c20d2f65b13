"""What goes wrong at the desk and is nobody's defect: told as a finding, without a traceback."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .._errors import NoResponse, VenuekeyError
from .._pages import page_of
from ..connections import AmbiguousAccount, ConnectionNotFound, StoreBusy
from ..stores import StoreError
from ._texts import AT_DESK
from .check_store import of_error
from .findings import Finding, found, from_error


class Trouble(RuntimeError):
    """A finding that ends what was asked for."""

    finding: Finding
    """What is wrong, and what helps."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(f"{finding.about}: {finding.text}; {finding.todo}")
        self.finding = finding


def trouble(code: str, about: str, **values: Any) -> Trouble:
    return Trouble(found(code, about, **values))


EXPECTED = (Trouble, VenuekeyError, StoreError, StoreBusy, NoResponse, AmbiguousAccount, ConnectionNotFound)


def finding_of(error: BaseException) -> Finding:
    """For one of `EXPECTED`."""
    if isinstance(error, Trouble):
        return error.finding
    if isinstance(error, VenuekeyError):
        return replace(from_error(error, error.venue or "venuekey"), todo=AT_DESK.get(error.kind, ""))
    if isinstance(error, StoreError):
        return of_error(error)
    code, todo = {
        ConnectionNotFound: ("connection_not_found", "`venuekey status` lists what there is"),
        AmbiguousAccount: ("ambiguous_account", "name one by its id: `venuekey status` lists them"),
        StoreBusy: ("store_busy", "run it again"),
        NoResponse: ("no_response", "if the request changes something, check its outcome at the venue"),
    }[next(kind for kind in (ConnectionNotFound, AmbiguousAccount, StoreBusy, NoResponse) if isinstance(error, kind))]
    text = f"no complete reply was received ({error})" if isinstance(error, NoResponse) else str(error)
    return Finding(code, "fail", "venuekey", text, todo, page_of(code))
