"""Whether the venue takes stored keys: a signed question that changes nothing, for a few of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from .._errors import NoResponse, VenuekeyError
from .._kinds import UnavailableError
from ..connections._work import NUMBER_S
from ..stores import StoreError
from .check_rows import about
from .check_store import of_error
from .check_venue import lost
from .findings import Finding, found, from_error

if TYPE_CHECKING:
    from .._native import Connection, KeyProof
    from ..connections._work import Hands

DAY_MS = 86_400_000
SOON_DAYS = 14


def check_keys(opened: Sequence[Connection], hands: Hands, most: int) -> Iterator[Finding]:
    """`most` of each client."""
    done: Counter[str] = Counter()
    for connection in opened:
        if connection.status != "connected" or done[connection.client_name] >= most:
            continue
        signer = connection.signer()
        if signer is None:
            continue
        done[connection.client_name] += 1
        try:
            nonce_ms, _ = hands.nonce(connection, signer, NUMBER_S, anew=True)
            request = signer.probe(nonce_ms=nonce_ms)
        except StoreError as error:
            yield of_error(error)
            return
        except UnavailableError as error:
            yield from_error(error, about(connection), "fail", connection.id)
            continue
        try:
            proof = signer.receive_probe(hands.send(request))
        except NoResponse as error:
            yield lost(error, about(connection), request.url)
        except VenuekeyError as error:
            yield from_error(error, about(connection), "fail", connection.id)
        else:
            yield from _proven(connection, proof, hands.rows.now_ms())


def _proven(connection: Connection, proof: KeyProof, now_ms: int) -> Iterator[Finding]:
    days = None if proof.expires_at_ms is None else (proof.expires_at_ms - now_ms) // DAY_MS
    if days is not None and days < SOON_DAYS:
        yield found("key_expires_soon", about(connection), connection.id, days=max(0, days))
        return
    told = "" if proof.is_permitted else ", though the user has granted it nothing"
    bound = f"; it is bound to {', '.join(proof.ips)}" if proof.ips and "*" not in proof.ips else ""
    yield found("key_ok", about(connection), connection.id, permissions=told + bound)
