"""One bad row is one bad row: it is set aside and logged, without what is in it, and everybody else connects."""

from __future__ import annotations

import pytest

from api_user import ApiUser, problem
from conftest import BOTH_BACKENDS, Rig, wait_for

# What may become of a sealed value, as SQLite writes it.
DAMAGES = {
    "empty": "x''",
    "cut in its head": "substr(snapshot, 1, 3)",
    "cut in its nonce": "substr(snapshot, 1, 9)",
    "cut in its tag": "substr(snapshot, 1, 20)",
    "cut by a byte": "substr(snapshot, 1, length(snapshot) - 1)",
    "random": "randomblob(400)",
    "random behind its head": "CAST(substr(snapshot, 1, 5) || randomblob(400) AS BLOB)",
    "of another key": "CAST(substr(snapshot, 1, 1) || x'00000000' || substr(snapshot, 6) AS BLOB)",
    "another user's": "(SELECT other.snapshot FROM flows AS other WHERE other.user_id <> flows.user_id)",
    "no bytes at all": "17",
}


def spoil(rig: Rig, table: str, column: str, flow_id: str, damage: str) -> None:
    with rig.database() as database:
        row = "flow_id" if table == "flows" else "tokens_id"
        spoilt = database.execute(f"UPDATE {table} SET {column} = {damage} WHERE {row} = ?", flow_id)
        assert spoilt.rowcount == 1


@BOTH_BACKENDS
def test_of_a_flow(live: Rig) -> None:
    unlucky = {name: ApiUser(live) for name in DAMAGES}
    for name, user in unlucky.items():
        flow_id, _ = user.begin("bybit")
        spoil(live, "flows", "snapshot", flow_id, DAMAGES[name])
        spoil(live, "flows", "status", flow_id, "'ready'")
    other = ApiUser(live)
    assert other.connect("bybit")["state"] == "connected" and live.is_right("bybit")
    for name, user in unlucky.items():
        card = user.settled("bybit")
        assert (card["state"], card["code"]) == ("attention", "broken"), name
    wait_for(lambda: live.backend.output().count("can't be continued: ") >= len(DAMAGES))
    assert live.backend.output().count("can't be continued: ") == len(DAMAGES), "each is told of once"
    assert unlucky["random"].connect("bybit")["state"] == "connected"


@BOTH_BACKENDS
def test_of_a_flow_that_waits_for_its_callback(live: Rig) -> None:
    user = ApiUser(live)
    flow_id, url = user.begin("bybit")
    spoil(live, "flows", "snapshot", flow_id, DAMAGES["cut in its nonce"])
    callback = user.consent(url)
    assert problem(user.bring("bybit", callback)) == (500, "misuse", "unreadable")
    assert user.states()["bybit"]["code"] == "broken" and live.exchanged_codes() == []
    assert user.connect("bybit")["state"] == "connected"


@BOTH_BACKENDS
def test_of_a_lease(live: Rig) -> None:
    user = ApiUser(live)
    flow_id, _ = user.begin("bybit")
    spoil(live, "flows", "lease_owner", flow_id, "x'ff'")
    spoil(live, "flows", "lease_until_ms", flow_id, "'soon'")
    spoil(live, "flows", "status", flow_id, "'ready'")
    assert ApiUser(live).connect("bybit")["state"] == "connected"
    assert live.backend.is_running


@BOTH_BACKENDS
def test_of_tokens(live: Rig) -> None:
    live.sandbox.turn(whitebit={"access_ttl_s": 240})
    unlucky = [ApiUser(live) for _ in range(3)]
    for user, name in zip(unlucky, ("empty", "cut in its nonce", "random"), strict=True):
        assert user.connect("whitebit", "account_tokens")["state"] == "connected"
        with live.database() as database:
            database.execute(f"UPDATE tokens SET snapshot = {DAMAGES[name]}, look_at_ms = 0 WHERE status <> 'failed'")
        wait_for(lambda user=user: user.states()["whitebit"].get("code") == "access_ended")  # type: ignore[misc]
    other = ApiUser(live)
    assert other.connect("whitebit", "account_tokens")["state"] == "connected"
    wait_for(lambda: "generation 2" in live.backend.output())
    assert other.states()["whitebit"]["state"] == "connected"
    assert unlucky[0].connect("whitebit", "account_tokens")["state"] == "connected"


@pytest.mark.parametrize("column", ["summary", "credentials"])
def test_of_an_account_its_user_forgets_it_and_connects_again(live: Rig, column: str) -> None:
    person = live.new_person()
    live.connect(person, "whitebit")
    with live.database() as database:
        database.execute(f"UPDATE accounts SET {column} = substr({column}, 1, 9)")
    page = person.open("/")
    if column == "credentials":
        page = person.press(page, "Disconnect: WhiteBIT")
        assert person.press(page, "Forget the key").sections["whitebit"].state == "none"
    else:
        assert page.sections["whitebit"].code == "broken"
        assert person.press(page, "Forget it here").sections["whitebit"].state == "none"
    live.sandbox.tell("/user/whitebit/global/action", {"action": "delete_key"})
    assert live.connect(person, "whitebit").state == "connected"
