"""A store for one process: tests, scripts, a server with one worker."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._native import Snapshot


class MemoryStore:
    """Snapshots in memory, by compare-and-set; safe to share between threads, gone with the process.

    >>> import venuekey
    >>> client = venuekey.Client(
    ...     venue="whitebit", environment="global", client_id="demo", client_secret="s3cr3t",
    ...     redirect_uri="https://partner.example/callback",
    ... )
    >>> store, pending = venuekey.parts.MemoryStore(), client.begin("api_key").pending
    >>> store.save(pending.snapshot()), store.save(pending.snapshot())
    (True, False)
    >>> client.restore(store.load(pending.flow_id)).status
    'awaiting_callback'
    """

    def __init__(self) -> None:
        # For `save` alone: the rest is one operation of the dictionary.
        self._lock = threading.Lock()
        self._kept: dict[str, Snapshot] = {}

    def save(self, snapshot: Snapshot) -> bool:
        """Stores it if the stored revision is the one it follows; `False` if another one won."""
        with self._lock:
            stored = self._kept.get(snapshot.flow_id)
            if (stored.revision if stored else 0) != snapshot.expected_revision:
                return False
            self._kept[snapshot.flow_id] = snapshot
            return True

    def load(self, flow_id: str) -> str | None:
        """The newest snapshot's text, for `Client.restore`; `None` if there is none."""
        stored = self._kept.get(flow_id)
        return stored.expose() if stored else None

    def delete(self, flow_id: str) -> None:
        """Forgets the flow; nothing happens if there is none."""
        self._kept.pop(flow_id, None)

    def flow_ids(self) -> list[str]:
        """Every flow there is, oldest first."""
        return list(self._kept)

    def __repr__(self) -> str:
        return f"MemoryStore({len(self._kept)} flows)"
