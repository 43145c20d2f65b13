"""The database is away for a moment: what can be had once is kept."""

from __future__ import annotations

import pytest

from api_user import ApiUser
from conftest import Rig, wait_for
from processes import free_port

OTHERS = "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"


@pytest.mark.parametrize("database", ["postgresql"])
@pytest.mark.parametrize(("venue", "endpoint"), [("whitebit", "secret"), ("bybit", "openapi")])
def test_a_connection_that_breaks_during_a_request_costs_nothing(rig: Rig, venue: str, endpoint: str) -> None:
    """The worker waits for a secret when its connections to the database break; nobody else asks for it meanwhile."""
    rig.sandbox.turn(whitebit={"key_timing": "before"})
    holder = rig.start(VENUEKEY_EXAMPLE_TIME_SCALE="1")
    rig.sandbox.fault(endpoint, "delay", ms=8_000)
    user = ApiUser(rig)
    user.bring(venue, user.consent(user.begin(venue)[1]))
    # A step is told before it is stored: by now it has been, and sent.
    wait_for(lambda: len(rig.sandbox.calls(endpoint)) == 1)
    with rig.database() as database, holder.held():
        database.execute(f"SELECT count(pg_terminate_backend(pid)) {OTHERS}")
        other = rig.start(port=free_port(), VENUEKEY_EXAMPLE_TIME_SCALE="1")

        def looked() -> int:
            (row,) = database.execute(f"SELECT max(extract(epoch FROM query_start)) AS last {OTHERS}").fetchall()
            return int(row["last"] or 0)

        first = looked()
        wait_for(lambda: looked() >= first + 2)  # twice more
    wait_for(lambda: rig.stored(venue))
    assert rig.sent(backend=other) == 0
    assert rig.is_right(venue) and len(rig.sandbox.calls(endpoint)) == 1
