"""WhiteBIT's and Bybit's account connection on your own machine, for tests.

`start` runs a sandbox of its own; `Sandbox` talks to one that runs already. For pytest there is the
fixture `venuekey_sandbox`, see `venuekey_sandbox.pytest`.

    import venuekey_sandbox

    with venuekey_sandbox.start() as sandbox:
        backend = my_backend(base_url=sandbox.base_url("whitebit"))
        backend.callback(sandbox.approve(backend.begin()))
"""

from ._client import (
    Clock,
    ConsentRefused,
    Environment,
    Fault,
    Field,
    HistoryRows,
    Note,
    RecordedRequest,
    RecordedResponse,
    Sandbox,
    SandboxError,
    Venue,
    Violation,
)
from ._program import find_program, start

__all__ = [
    "Clock",
    "ConsentRefused",
    "Environment",
    "Fault",
    "Field",
    "HistoryRows",
    "Note",
    "RecordedRequest",
    "RecordedResponse",
    "Sandbox",
    "SandboxError",
    "Venue",
    "Violation",
    "find_program",
    "start",
]
