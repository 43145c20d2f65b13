"""What can go wrong besides what core and the venue say."""

from __future__ import annotations

from typing import ClassVar

from .._errors import VenuekeyError
from .._kinds import MisuseError, RejectedError
from .._pages import page_of
from ..stores import StoreError


class ConnectionNotFound(LookupError):
    """There is no such connection, or it belongs to another owner."""

    doc_url: ClassVar[str] = page_of("connection_not_found")
    """Its page: what to do now."""


class AmbiguousAccount(LookupError):
    """An owner has more than one connection at a venue: name one by its id."""

    doc_url: ClassVar[str] = page_of("ambiguous_account")
    """Its page: what to do now."""


class Stopped(RuntimeError):
    """Whoever called has been cancelled: nothing more is sent."""


class WrongAnswer(TypeError):
    """A store or a function of the app's own returned what it must not. Its message names it, and no value."""

    doc_url: ClassVar[str] = page_of("wrong_answer")


class StoreBusy(RuntimeError):
    """Others kept saving the row first. Nothing was changed: answer 503, and the user tries again."""

    doc_url: ClassVar[str] = page_of("store_busy")
    """Its page: what to do now."""


def misuse(code: str, hint: str) -> MisuseError:
    """As core's own: `invalid_argument`, `not_supported`."""
    return MisuseError(f"{code}: {hint}; see {page_of(code)}", code, hint=hint)


def damaged(hint: str) -> RejectedError:
    """As core's own `seal_invalid`."""
    return RejectedError(f"seal_invalid: {hint}; see {page_of('seal_invalid')}", "seal_invalid", hint=hint)


def page_for(error: BaseException) -> str:
    """The end of a log's line about it: where its page is, if it has one."""
    url = getattr(error, "doc_url", None)
    return f"; see {url}" if isinstance(url, str) else ""


def place_of(error: BaseException) -> str:
    """For logs: the class and where it was raised, without a message, which may quote anything."""
    if isinstance(error, VenuekeyError):
        return f"{type(error).__name__} {error.code}"
    if isinstance(error, (WrongAnswer, StoreError)):
        return str(error)
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    return f"{type(error).__name__} at {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
