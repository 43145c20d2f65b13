"""Who holds a lease."""

from __future__ import annotations

import os
import secrets
import socket


def new_holder() -> str:
    """No two workers share a name: host, process, and what no process had before."""
    return f"{_cut(socket.gethostname(), 30)}-{os.getpid()}-{secrets.token_hex(4)}"


def holder_of_driver(name: str) -> str:
    """No two drivers share a name either: they could make the same lease in the same millisecond, and both send."""
    return f"{_cut(name, 40)}-{secrets.token_hex(6)}"


def _cut(name: str, most_bytes: int) -> str:
    return name.encode()[:most_bytes].decode(errors="ignore")
