"""One bad row is one bad row: it is set aside and logged, without what is in it, and everybody else connects."""

from __future__ import annotations

from api_user import ApiUser, problem
from conftest import BOTH_BACKENDS, Rig, wait_for

# What may become of a sealed value, as SQLite writes it.
DAMAGES = {
    "empty": "''",
    "cut in its head": "substr(sealed, 1, 3)",
    "cut in the middle": "substr(sealed, 1, length(sealed) / 2)",
    "cut by a character": "substr(sealed, 1, length(sealed) - 1)",
    "random": "hex(randomblob(400))",
    "random behind its head": "substr(sealed, 1, 20) || hex(randomblob(400))",
    "another user's": "(SELECT other.sealed FROM venuekey_connections AS other WHERE other.owner <> venuekey_connections.owner)",
    "no text at all": "x'ff00'",
    "a number": "17",
}


def spoil(rig: Rig, id: str, damage: str) -> None:
    """And it is due."""
    with rig.database() as database:
        spoilt = database.execute(f"UPDATE venuekey_connections SET sealed = {damage}, due_at_ms = 0 WHERE id = ?", id)
        assert spoilt.rowcount == 1


@BOTH_BACKENDS
def test_of_a_connection(live: Rig) -> None:
    # Of a sealing key that has opened nothing yet, it may be the key that is wrong.
    assert ApiUser(live).connect("bybit")["state"] == "connected"
    unlucky = {name: ApiUser(live) for name in DAMAGES}
    for name, user in unlucky.items():
        flow_id, _ = user.begin("bybit")
        spoil(live, flow_id, DAMAGES[name])
    other = ApiUser(live)
    assert other.connect("bybit")["state"] == "connected"
    for name, user in unlucky.items():
        card = user.settled("bybit")
        assert (card["state"], card["code"]) == ("attention", "broken"), name
    wait_for(lambda: live.backend.output().count("quarantined") >= len(DAMAGES))
    assert live.backend.output().count("quarantined") == len(DAMAGES), "each is told of once"
    assert unlucky["random"].connect("bybit")["state"] == "connected"


@BOTH_BACKENDS
def test_of_a_flow_that_waits_for_its_callback(live: Rig) -> None:
    assert ApiUser(live).connect("bybit")["state"] == "connected"
    user = ApiUser(live)
    flow_id, url = user.begin("bybit")
    callback = user.consent(url)
    with live.database() as database:
        database.execute("UPDATE venuekey_connections SET sealed = 'x' WHERE id = ?", flow_id)
    assert problem(user.bring("bybit", callback)) == (500, "misuse", "unreadable")
    assert user.states()["bybit"]["code"] == "broken" and len(live.exchanged_codes()) == 1
    live.start_over()
    assert user.connect("bybit")["state"] == "connected"


@BOTH_BACKENDS
def test_of_a_lease(live: Rig) -> None:
    user = ApiUser(live)
    flow_id, _ = user.begin("bybit")
    change = "lease_holder = x'ff', lease_until_ms = 'soon', due_at_ms = 0, status = 'working'"
    with live.database() as database:
        database.execute(f"UPDATE venuekey_connections SET {change} WHERE id = ?", flow_id)
    assert ApiUser(live).connect("bybit")["state"] == "connected"
    assert live.backend.is_running


@BOTH_BACKENDS
def test_of_tokens(live: Rig) -> None:
    live.sandbox.turn(whitebit={"access_ttl_s": 240})
    unlucky = [ApiUser(live) for _ in range(3)]

    def is_told(user: ApiUser) -> bool:
        with live.database() as database:
            # Again: a worker may just have saved what it knew.
            database.execute("UPDATE venuekey_connections SET sealed = 'x', due_at_ms = 0 WHERE quarantined IS NULL")
        return user.states()["whitebit"].get("code") == "broken"

    for user in unlucky:
        assert user.connect("whitebit", "account_tokens")["state"] == "connected"
        wait_for(lambda user=user: is_told(user))  # type: ignore[misc]
    other = ApiUser(live)
    assert other.connect("whitebit", "account_tokens")["state"] == "connected"
    wait_for(lambda: live.sandbox.calls("refresh"))
    assert other.states()["whitebit"]["state"] == "connected"
    assert unlucky[0].connect("whitebit", "account_tokens")["state"] == "connected"


def test_of_an_account_its_user_forgets_it_and_connects_again(live: Rig) -> None:
    person = live.new_person()
    live.connect(person, "whitebit")
    wait_for(lambda: not live.rows.has_work())
    with live.database() as database:
        database.execute("UPDATE venuekey_connections SET sealed = substr(sealed, 1, 9)")
    page = person.open("/")
    assert page.sections["whitebit"].code == "broken"
    assert person.press(page, "Forget it here").sections["whitebit"].state == "none"
    live.sandbox.tell("/user/whitebit/global/action", {"action": "delete_key"})
    assert live.connect(person, "whitebit").state == "connected"
