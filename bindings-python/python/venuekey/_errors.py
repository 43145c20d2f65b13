"""The exceptions, but for the class of each kind (`_kinds.py`)."""

from __future__ import annotations

from ._pages import page_of

# Type checkers know it by its name; `typing` itself takes longer than all of this package (tests/test_imports.py).
TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any, ClassVar

    from ._names import ErrorKind, Recovery, Venue
    from ._native import Flow, SharedTokens
    from ._types import Step


class VenuekeyError(Exception):
    """What went wrong, for a program (`kind`, `code`) and for a person (`str`). It never holds a secret.

    The venue's own words are in `venue_text` and nowhere else. The text ends with `doc_url`.
    """

    kind: ClassVar[ErrorKind]
    """What the caller does next. Closed: each kind has its own subclass."""
    code: str
    """What happened, a stable snake_case name. Open: codes are added over time, see `ERROR_CODES`."""
    venue: Venue | None
    """The venue whose reply this is about."""
    http_status: int | None
    """The HTTP status of the reply, if there was one."""
    venue_code: str | None
    """The venue's own error code."""
    venue_text: str | None
    """The venue's own words. Untrusted: never put them into a page, a log or a message unescaped."""
    retry_after_ms: int | None
    """How long to wait before trying again, in milliseconds, if known."""
    hint: str | None
    """What to look at first."""
    recovery: Recovery | None
    """How `flow` can go on by `flow.recover()`, if it can."""
    flow: Flow | None
    """The flow that ended, if one did; left behind when the exception is pickled."""

    def __init__(
        self,
        message: str,
        code: str,
        venue: Venue | None = None,
        http_status: int | None = None,
        venue_code: str | None = None,
        venue_text: str | None = None,
        retry_after_ms: int | None = None,
        hint: str | None = None,
        recovery: Recovery | None = None,
        flow: Flow | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.venue = venue
        self.http_status = http_status
        self.venue_code = venue_code
        self.venue_text = venue_text
        self.retry_after_ms = retry_after_ms
        self.hint = hint
        self.recovery = recovery
        self.flow = flow

    @property
    def doc_url(self) -> str:
        """The page of its code: what happened, whose side it is, what to do now, what the user may be told."""
        return page_of(self.code)

    def __reduce__(self) -> tuple[Any, ...]:
        # A flow may hold tokens, so it does not travel to a task queue's results.
        fields = (self.code, self.venue, self.http_status, self.venue_code, self.venue_text)
        return type(self), (*self.args, *fields, self.retry_after_ms, self.hint, self.recovery)


class NoResponse(Exception):
    """A sender raises it if no whole reply came: a timeout, a broken connection.

    The request may or may not have arrived, unless `not_sent`. Raise it outside the `except` block that caught the
    HTTP library's exception: that one carries the request.

    Args:
        code: as the attribute.
        not_sent: as the attribute.
    """

    doc_url: ClassVar[str] = page_of("no_response")
    """Its page: what it means for what was sent."""

    code: str = "connection_lost"
    """What happened, for logs: the platform's name (`ECONNREFUSED`, `EAI_NONAME`), or `timeout`, `tls`, `proxy`,
    `connection_lost`. Never a URL, a header or a message of the HTTP library."""
    not_sent: bool = False
    """Whether it is certain that no byte of the request left: a lookup, a connection or a TLS handshake that failed, on
    a fresh connection. A code is not spent then, and a flow asks again later. In doubt it is `False`."""

    def __init__(self, code: str = "connection_lost", *, not_sent: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.not_sent = not_sent

    def __str__(self) -> str:
        return f"{self.code}, not sent" if self.not_sent else self.code


class SaveFailed(RuntimeError):
    """`save` raised, so nothing was done. Give `step` to `drive` again once the store is back.

    Keep the exception until then: a reply that can't be had again may be inside `step`.
    """

    doc_url: ClassVar[str] = page_of("save_failed")
    """Its page: what to do now."""

    step: Step
    """The step that waits to be stored."""

    def __init__(self, step: Step, message: str = "save did not store the flow") -> None:
        goes_on = f"nothing was done after {step!r}, and drive(error.step, ...) goes on with it"
        super().__init__(f"{message}; {goes_on}; see {self.doc_url}")
        self.step = step

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError("a SaveFailed can't be pickled: its step may hold a secret")


class WeakSave(SaveFailed, TypeError):
    """`save` returned something other than `True` (stored) or `False` (another worker won)."""

    def __init__(self, step: Step, returned: object) -> None:
        kind = type(returned).__name__
        super().__init__(step, f"save must return True (stored) or False (another worker won), not {kind}")


class TokensUnsaved(RuntimeError):
    """A refresh has brought new tokens, and they could not be stored. Give `shared` to `keep_tokens` once the store is
    back, and keep the exception until then: the venue will not send this pair again.
    """

    doc_url: ClassVar[str] = page_of("tokens_unsaved")
    """Its page: what to do now."""

    shared: SharedTokens
    """The tokens, with the new pair."""

    def __init__(self, shared: SharedTokens) -> None:
        kept = f"{shared!r} is not stored; keep_tokens(client, error.shared, ...) stores it"
        super().__init__(f"{kept}; see {self.doc_url}")
        self.shared = shared

    def __reduce__(self) -> tuple[Any, ...]:
        raise TypeError("a TokensUnsaved can't be pickled: it holds a secret")
