"""Encryption at rest: AES-256-GCM, every value bound to its place.

A value moved to another row, column or revision does not open. The first key seals, all of them
open: to rotate, put a new key in front, and drop the old one when nothing is left that needs it.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = b"\x01"
_KEY_BYTES = 32
_ID_BYTES = 4
_NONCE_BYTES = 12


class VaultError(Exception):
    """A value could not be opened, or the keys could not be read."""


class Vault:
    """Seals and opens text."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != _KEY_BYTES for key in keys):
            raise VaultError("Each key must be 32 bytes, written in base64.")
        self._first = _key_id(keys[0])
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}
        self._csrf_key = hmac.digest(keys[0], b"csrf", "sha256")

    def seal(self, text: str, place: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        head = _VERSION + self._first
        sealed = self._ciphers[self._first].encrypt(nonce, text.encode(), head + place.encode())
        return head + nonce + sealed

    def open(self, sealed: bytes, place: str) -> str:
        if not isinstance(sealed, bytes):
            raise VaultError("A stored value is damaged: it is no bytes.")
        head, rest = sealed[: 1 + _ID_BYTES], sealed[1 + _ID_BYTES :]
        cipher = self._ciphers.get(head[1:])
        if head[:1] != _VERSION or cipher is None:
            raise VaultError("A stored value was sealed with a key that is not here.")
        try:
            return cipher.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], head + place.encode()).decode()
        except (InvalidTag, ValueError):  # the latter where too little is left of it
            raise VaultError("A stored value is damaged, or stands in another's place.") from None

    def csrf_token(self, session_id: str) -> str:
        """Belongs to one session and tells nothing of it."""
        return hmac.new(self._csrf_key, session_id.encode(), hashlib.sha256).hexdigest()

    def __repr__(self) -> str:
        return f"Vault({len(self._ciphers)} keys)"


def load_vault(data: Path, environ: Mapping[str, str] = os.environ) -> Vault:
    """Keys from ENCRYPTION_KEYS (base64, newest first, commas between), else from a file made once."""
    text = environ.get("ENCRYPTION_KEYS")
    return Vault(_decode(text if text else _key_file(data / "encryption.key")))


def _key_file(path: Path) -> str:
    """Reads it; on the first start, makes it. Both processes of a double start read the same key."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    if not path.exists():
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(os.urandom(_KEY_BYTES)))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise VaultError(f"{path} can be read by others; chmod 600 it.")
    return path.read_text()


def _decode(text: str) -> list[bytes]:
    try:
        return [base64.b64decode(part.strip(), validate=True) for part in text.split(",")]
    except ValueError:
        raise VaultError("The encryption keys are not base64.") from None


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"key id" + key).digest()[:_ID_BYTES]
