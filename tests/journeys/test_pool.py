"""A backend that runs on for the next test knows nothing of the one before; where something is under way, it does not."""

from __future__ import annotations

from api_user import ApiUser
from conftest import BOTH_BACKENDS, Rig, wait_for
from pool import is_reusable, make_new, read_to_the_end
from processes import free_port


@BOTH_BACKENDS
def test_the_next_one_finds_nothing(live: Rig) -> None:
    backend = live.backend
    for _ in range(2):
        user = ApiUser(live)
        for venue in ("whitebit", "bybit"):
            assert user.states()[venue]["state"] == "none"
            # The exchange gives the same codes again, which are new to this backend.
            assert user.connect(venue)["state"] == "connected" and live.is_right(venue)
        assert is_reusable(live)
        wait_for(lambda: not live.rows.has_work())
        read_to_the_end(live)
        live.assert_no_leak()
        make_new(live)
        assert live.backend is backend and backend.output() == "" and live.stored("bybit") == []


@BOTH_BACKENDS
def test_what_is_under_way_keeps_it_from_that(live: Rig) -> None:
    user = ApiUser(live)
    user.begin("bybit")
    assert is_reusable(live), "nobody works at it"
    callback = user.consent(user.begin("bybit")[1])
    with live.sandbox.held():
        user.bring("bybit", callback)
        assert not is_reusable(live), "a request may be on its way"
    assert user.settled("bybit")["state"] == "connected" and is_reusable(live)
    assert user.connect("whitebit", "account_tokens")["state"] == "connected"
    assert not is_reusable(live), "tokens are refreshed"
    assert user.forget("whitebit") == 204 and is_reusable(live)
    live.start(port=free_port())
    assert not is_reusable(live)
