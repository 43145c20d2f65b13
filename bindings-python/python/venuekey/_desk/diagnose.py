"""All checks of one `Connections`, in the order in which one would fix them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._clock import system_clock
from ..stores import StoreError
from .check_clients import check_client
from .check_keys import check_keys
from .check_rows import Census
from .check_store import check_store, of_error
from .check_venue import check_venues
from .findings import Finding

if TYPE_CHECKING:
    from ..connections import Connections

PROBES = 3


def diagnose(connections: Connections, *, offline: bool = False, probes: int = PROBES) -> list[Finding]:
    """Looks at clients, venues, store, sealing keys, rows and workers, and says what is wrong. It changes nothing: at
    the venue it asks for the time, opens the consent page, and signs one read-only question for a few keys.

    Args:
        offline: sends nothing.
        probes: how many keys of each client the venue is asked about; a call of a key counts as its use.

    Returns:
        One finding for each thing it has looked at, `level` `"ok"` if it is well.
    """
    rows, hands = connections._rows, connections._hands
    findings = [each for name, client in rows.clients.items() for each in check_client(name, client)]
    if not offline:
        findings += check_venues(rows.clients, hands.send, rows.now_ms)
    of_store = [*check_store(rows.store, system_clock())]
    findings += of_store
    if of_store[0].level == "fail" and of_store[0].code not in ("store_read_only", "store_full"):
        return findings
    try:
        census = Census(rows)
        findings += [*census.sealing(), *census.rows(), *census.workers(), *census.connections()]
        can_write = of_store[0].level == "ok"
        if can_write and not offline and not any(each.code in UNREACHED for each in findings):
            findings += check_keys(census.opened, hands, probes)
    except StoreError as error:
        findings.append(of_error(error))
    return findings


UNREACHED = ("name_not_found", "tls_failed", "proxy_refused", "venue_unreachable", "venue_maintenance")
"""If the venue can't be asked, no key is asked about."""
