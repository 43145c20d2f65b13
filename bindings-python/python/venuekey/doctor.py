"""What is wrong, by name: `diagnose` looks at a `Connections`, and `venuekey doctor` prints what it finds.

The codes are in docs/doctor.md; they are stable.
"""

from __future__ import annotations

from ._desk.diagnose import diagnose
from ._desk.findings import Finding

__all__ = ["Finding", "diagnose"]

for _each in (Finding, diagnose):
    # Where users import them from.
    _each.__module__ = __name__


def __dir__() -> list[str]:
    return [*__all__]
