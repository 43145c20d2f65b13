"""What a sender raises. HTTP libraries' own exceptions carry the request, and so do the locals of their tracebacks."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator

from ._errors import NoResponse

_LOOKUPS = {getattr(socket, name): name for name in dir(socket) if name.startswith("EAI_")}
_LIBRARIES = ("httpx", "httpcore", "h11", "requests", "urllib3")


Kinds = tuple[type[BaseException], ...]


def told(error: BaseException, lost: Kinds, mistakes: Kinds, not_sent: bool) -> BaseException:
    """`NoResponse` if the network failed. A mistake in an option, in the sender or in the host's own client is none
    of that, and neither is an interrupt: it stays what it is, without what it knows of the request.
    """
    if isinstance(error, lost) and not isinstance(error, mistakes):
        return NoResponse(code_of(error), not_sent=not_sent)
    kind = type(error)
    if kind.__module__.partition(".")[0] in _LIBRARIES:
        return RuntimeError(f"{kind.__module__}.{kind.__qualname__}: the request could not be sent as it is")
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


def code_of(error: BaseException) -> str:
    """The platform's name for it, or ours; never a text of the library."""
    chain = list(_chain(error))
    for each in chain:
        if isinstance(each, socket.gaierror):
            return _LOOKUPS.get(each.errno or 0, "EAI_FAIL")
        if isinstance(each, (TimeoutError, socket.timeout)):
            return "timeout"
        if isinstance(each, ssl.SSLError):
            return "tls"
        if isinstance(each, OSError) and (name := errno.errorcode.get(each.errno or 0)):
            return name
    names = [type(each).__name__ for each in chain]
    return next((code for word, code in _WORDS if any(word in name for name in names)), "connection_lost")


_WORDS = (("Timeout", "timeout"), ("Proxy", "proxy"))


def _chain(error: object) -> Iterator[BaseException]:
    seen: list[object] = [error]
    for each in seen:
        if isinstance(each, BaseException):
            yield each
            # urllib3 has the reason as an attribute or an argument, asyncio several of them in a group.
            linked = (each.__cause__, each.__context__, getattr(each, "reason", None), *each.args)
            seen.extend(one for one in (*linked, *getattr(each, "exceptions", ())) if not _in(one, seen))


def _in(one: object, seen: list[object]) -> bool:
    return not isinstance(one, BaseException) or any(one is each for each in seen)
