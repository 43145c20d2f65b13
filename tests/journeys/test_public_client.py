"""Bybit's AI agent: PKCE without a secret, the user's choice of an account, a code that is pasted."""

from __future__ import annotations

from typing import Any

import pytest
import venuekey

from conftest import OTP, Rig
from library import CODE_PAGE, agent, code_on_the_page, first, key_of
from person import Person


def accounts_of(rig: Rig, environment: str = "mainnet") -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = rig.sandbox.ask("/state?values=true")["bybit"][environment]["sub_accounts"]
    return listed


def is_of(key: venuekey.parts.ApiKey, account: dict[str, Any]) -> bool:
    got = (key.sub_member_id, key.api_key.expose(), key.api_secret.expose())
    return got == (str(account["sub_member_id"]), account["api_key"], account["api_secret"])


@pytest.mark.parametrize("environment", ["mainnet", "testnet"])
def test_the_chosen_account_s_key(rig: Rig, person: Person, environment: venuekey.parts.VenueEnvironment) -> None:
    rig.sandbox.turn(bybit={"user_sub_accounts": 3})
    connection = agent(rig, environment)
    started = connection.begin("api_key")
    step = started.pending.receive_callback(connection.consent(person, started))
    done = connection.drive(step, choose=lambda choice: choice.subaccounts[1].id)
    assert is_of(key_of(done), accounts_of(rig, environment)[1])
    assert all("client_secret" not in str(call) for call in rig.sandbox.calls("token"))


@pytest.mark.parametrize("ai_shape", ["accounts", "array", "always_list", "top_level", "camel_case"])
@pytest.mark.parametrize("ai_list_keys", [False, True])
@pytest.mark.parametrize("naming", ["camel", "snake"])
def test_every_shape(rig: Rig, person: Person, ai_shape: str, ai_list_keys: bool, naming: str) -> None:
    knobs = {"ai_shape": ai_shape, "ai_list_keys": ai_list_keys, "ai_naming": naming, "user_sub_accounts": 2}
    rig.sandbox.turn(bybit=knobs)
    connection = agent(rig)
    for choose in (first, lambda _: venuekey.parts.CREATE_SUBACCOUNT):
        started = connection.begin("api_key")
        step = started.pending.receive_callback(connection.consent(person, started))
        key = key_of(connection.drive(step, choose=choose))
        assert any(is_of(key, account) for account in accounts_of(rig))
    assert len(accounts_of(rig)) == 3


def test_in_a_backend_the_choice_comes_later(rig: Rig, person: Person) -> None:
    rig.sandbox.turn(bybit={"user_sub_accounts": 0})
    connection = agent(rig)
    started = connection.begin("api_key")
    flow_id = started.pending.flow_id
    with pytest.raises(venuekey.UserActionError, match="choice_required") as stopped:
        connection.drive(started.pending.receive_callback(connection.consent(person, started)))
    assert stopped.value.flow is not None and stopped.value.flow.status == "awaiting_choice"

    def stored() -> venuekey.parts.Flow:
        return connection.client.restore(connection.store.load(flow_id) or "")

    for _ in range(2):  # as often as the page is loaded
        choice = stored().resume()
        assert isinstance(choice, venuekey.parts.Choose) and choice.subaccounts == () and choice.may_create
    clicks = [stored().choose(venuekey.parts.CREATE_SUBACCOUNT) for _ in range(2)]
    assert [connection.store.save(click.flow.snapshot()) for click in clicks] == [True, False]
    done = connection.drive(stored().resume())
    assert is_of(key_of(done), accounts_of(rig)[0])
    assert len(accounts_of(rig)) == 1


@pytest.mark.parametrize("fault", ["drop_reply", "truncated_json"])
def test_a_lost_creation_is_not_repeated(rig: Rig, person: Person, fault: str) -> None:
    connection = agent(rig)
    started = connection.begin("api_key")
    doubts: list[bool] = []

    def choose(choice: venuekey.parts.Choose) -> str:
        doubts.append(choice.creation_in_doubt)
        if not choice.creation_in_doubt:
            rig.sandbox.fault("ai_accounts", fault)
            return venuekey.parts.CREATE_SUBACCOUNT
        return choice.subaccounts[-1].id

    step = started.pending.receive_callback(connection.consent(person, started))
    key = key_of(connection.drive(step, choose=choose))
    assert doubts == [False, True]
    assert len(accounts_of(rig)) == 2 and is_of(key, accounts_of(rig)[1])
    assert connection.steps.count("create_subaccount") == 1


def test_five_accounts_are_enough(rig: Rig, person: Person) -> None:
    rig.sandbox.turn(bybit={"user_sub_accounts": 5})
    connection = agent(rig)
    started = connection.begin("api_key")
    step = started.pending.receive_callback(connection.consent(person, started))
    with pytest.raises(venuekey.MisuseError, match="invalid_argument"):
        connection.drive(step, choose=lambda _: venuekey.parts.CREATE_SUBACCOUNT)
    assert len(accounts_of(rig)) == 5


def test_without_a_second_factor_it_ends(rig: Rig, person: Person) -> None:
    connection = agent(rig)
    started = connection.begin("api_key")
    callback = connection.consent(person, started)
    rig.sandbox.turn(bybit={"user_two_factor": False})
    with pytest.raises(venuekey.UserActionError, match="second_factor_required") as ended:
        connection.drive(started.pending.receive_callback(callback), choose=first)
    assert (ended.value.venue_code, ended.value.recovery) == ("20039", None)
    assert len(rig.sandbox.calls("ai_accounts")) == 1


def test_a_token_that_expires_while_the_user_thinks_is_refreshed(rig: Rig, person: Person) -> None:
    connection = agent(rig)
    started = connection.begin("api_key")

    def think(choice: venuekey.parts.Choose) -> str:
        connection.advance(86_400)
        return first(choice)

    step = started.pending.receive_callback(connection.consent(person, started), now_ms=connection.now_ms())
    assert is_of(key_of(connection.drive(step, choose=think)), accounts_of(rig)[0])
    assert connection.steps.count("refresh_tokens") == 1
    (refresh,) = rig.sandbox.calls("refresh")
    assert [pair["name"] for pair in refresh["form"]] == ["client_id", "refresh_token"]


@pytest.mark.parametrize("environment", ["mainnet", "testnet"])
def test_a_pasted_code(rig: Rig, person: Person, environment: venuekey.parts.VenueEnvironment) -> None:
    connection = agent(rig, environment, CODE_PAGE[environment])
    started = connection.begin("api_key")
    page = person.press(person.open(started.authorize_url), "Approve", otp=OTP)
    code = code_on_the_page(page.html)
    with pytest.raises(venuekey.RejectedError, match="callback_invalid"):
        started.pending.receive_pasted_code(f"{code} {code}")
    done = connection.drive(started.pending.receive_pasted_code(f"  {code}\n"), choose=first)
    assert is_of(key_of(done), accounts_of(rig, environment)[0])
    # The verifier stands in for state: in another flow the same code is worth nothing.
    page = person.press(person.open(connection.begin("api_key").authorize_url), "Approve", otp=OTP)
    other = connection.begin("api_key")
    with pytest.raises(venuekey.ReauthorizeError, match="code_rejected"):
        connection.drive(other.pending.receive_pasted_code(code_on_the_page(page.html)), choose=first)
