"""A reply as the senders hand it over: never an exception once it is here, and never more than the cap in memory."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from ._native import MAX_BODY_BYTES, HttpResponse

# They are asked for `identity`; a proxy may compress all the same.
_CODINGS = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}
_MOST_CODINGS = 2


class Received:
    """The raw bytes of a body, up to the cap and one byte."""

    def __init__(self) -> None:
        self._raw = bytearray()

    def is_enough_with(self, chunk: bytes) -> bool:
        self._raw += chunk
        return len(self._raw) > MAX_BODY_BYTES

    def __len__(self) -> int:
        return len(self._raw)

    def reply(self, status: int, headers: Iterable[tuple[bytes | str, bytes | str]]) -> HttpResponse:
        texts = [(_text(name), _text(value)) for name, value in headers]
        codings = ",".join(value for name, value in texts if name.lower() == "content-encoding")
        return HttpResponse(status, decoded(bytes(self._raw[: MAX_BODY_BYTES + 1]), codings), texts)


def decoded(body: bytes, content_encoding: str) -> bytes:
    """The body without its codings, at most `MAX_BODY_BYTES` + 1 bytes of it. One that can't be undone stays as it
    is: core then says that it can't be read, and knows the status.
    """
    names = [name for name in content_encoding.lower().replace(" ", "").split(",") if name not in ("", "identity")]
    if len(names) > _MOST_CODINGS or len(body) > MAX_BODY_BYTES or not all(name in _CODINGS for name in names):
        return body
    plain = body
    for name in reversed(names):
        try:
            plain = _inflated(plain, _CODINGS[name])
        except zlib.error:
            return body
    return plain


def _inflated(body: bytes, window: int) -> bytes:
    try:
        return zlib.decompressobj(window).decompress(body, MAX_BODY_BYTES + 1)
    except zlib.error:
        if window != zlib.MAX_WBITS:
            raise
        # `deflate` without zlib's header, as some servers have always sent it.
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(body, MAX_BODY_BYTES + 1)


def _text(given: bytes | str) -> str:
    """A header's octets, whatever they are (RFC 9110, 5.5)."""
    return given.decode("latin-1") if isinstance(given, bytes) else given.encode("utf-8", "replace").decode()
