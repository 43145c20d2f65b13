"""Types, immutability, redaction."""

from __future__ import annotations

import copy
import pickle
import threading
import typing
from dataclasses import is_dataclass
from typing import Any, Callable

import pytest

import venuekey
from conftest import ACCOUNTS, CANARIES, EXTERNAL_ID, NOW_MS, READS, REPLIES, Clock, Venue, reply
from made import connections, first_account, outcomes, reissued, step_after


@pytest.fixture
def every_value(
    client: venuekey.Client,
    begin: Callable[[], venuekey.parts.Step],
    venue: Venue,
    store: venuekey.parts.MemoryStore,
    clock: Clock,
    tokens: venuekey.parts.Tokens,
    agent: venuekey.Client,
    begin_agent: Callable[[], venuekey.parts.Step],
    bybit: Venue,
    handed_off: venuekey.parts.Done,
    sealing_keys: venuekey.SealingKeys,
) -> list[Any]:
    """One of each class that may hold a secret, all of them with secrets inside."""
    steps: list[venuekey.parts.Step] = []
    venue.first["check_key"] = [reply({}, 429)]
    done = venuekey.parts.drive(
        begin(), send=venue.send, save=store.save, sleep=clock.sleep, clock=clock, on_step=steps.append
    )
    assert isinstance(done.outcome, venuekey.parts.ApiKeyGranted)
    failed = step_after(
        client.refresh_tokens(tokens, now_ms=NOW_MS).flow.resume(now_ms=NOW_MS),
        reply({"errors": {"code": ["x"]}, "message": "canary-words"}, 400),
    )
    assert isinstance(failed, venuekey.parts.Failed)
    chosen = venuekey.parts.drive(
        begin_agent(), send=bybit.send, save=store.save, choose=first_account, clock=clock, on_step=steps.append
    )
    assert isinstance(chosen.outcome, venuekey.parts.ApiKeyGranted)
    sealed = client.begin("api_key").pending.seal(sealing_keys, context="session 7")
    signer = venuekey.parts.Signer(
        venue="whitebit", environment="global", api_key=CANARIES["public_key"], api_secret=CANARIES["api_secret"]
    )
    shared = client.share_tokens(tokens, now_ms=NOW_MS)
    refresh = shared.plan(now_ms=NOW_MS + 290_000)
    assert isinstance(refresh, venuekey.parts.RefreshTokens)
    dead = reply({"data": {"token": ["canary-words"]}}, 400)
    plans = [shared.plan(now_ms=NOW_MS), refresh, refresh.next.plan(now_ms=NOW_MS + 290_000)]
    plans.append(refresh.next.receive_response(dead, now_ms=NOW_MS + 290_000).plan(now_ms=NOW_MS + 400_000))
    return [
        shared,
        *plans,
        signer,
        signer.sign("POST", "/api/v4/x", {"a": "canary-words"}),
        signer.receive_response(reply({"a": "canary-words"})),
        client,
        client.read_orders(client_order_id="canary-words"),
        client.read_spot_balances().request(tokens),
        client.begin("api_key", now_ms=NOW_MS),
        venuekey.KeyRequest(label="canary-words", passphrase=CANARIES["api_secret"]),
        *steps,
        *(step.flow for step in steps),
        *(step.flow.snapshot() for step in steps),
        *venue.sent,
        *bybit.sent,
        reply(REPLIES["fetch_secret"]),
        done.outcome,
        done.outcome.key,
        done.outcome.key.api_secret,
        done.outcome.tokens,
        *outcomes(client, venue, tokens),
        failed,
        agent,
        chosen.outcome,
        chosen.outcome.key,
        handed_off,
        handed_off.flow,
        handed_off.flow.snapshot(),
        handed_off.outcome,
        *reissued(client, venue, tokens),
        *connections(client, tokens),
        sealing_keys,
        client.open(sealed, keys=sealing_keys, context="session 7"),
    ]


def test_no_text_shows_a_secret(every_value: list[Any]) -> None:
    for value in every_value:
        for text in (repr(value), str(value), f"{value}", f"{[value]}"):
            shown = [canary for canary in (*CANARIES.values(), "state=", "canary-words") if canary in text]
            assert not shown, type(value)
    shown = [repr(value) for value in every_value]
    assert "Client(whitebit global)" in shown
    assert "Send(HttpRequest(GET fetch_secret, once_only))" in shown
    assert "Done(ApiKeyGranted(ApiKey(…), Tokens(…, expires_at_ms=1790000300000, refreshable=true)))" in shown
    assert "Failed(token_rejected, recovery=None)" in shown
    assert "Choose(subaccounts=2, may_create=True, creation_in_doubt=False)" in shown
    assert "Done(HandOff(…))" in shown
    assert any(text.startswith("Authorize(Flow(whitebit reissue_key, ") for text in shown)
    assert "PublicKeyProbe(Signer(whitebit global), 2 of 2)" in shown
    assert "PublicKeyProven(ApiKey(…), KeyProof(is_permitted=True, uid=None))" in shown
    assert "SealingKeys(2026-11)" in shown
    assert "Signer(whitebit global)" in shown


def test_every_class_is_looked_at(every_value: list[Any]) -> None:
    """A class that is added must be tried above, or be one of these, which hold nothing to hide."""
    plain: set[type] = {
        venuekey.parts.KeyStatus,
        venuekey.parts.PermissionGroup,
        venuekey.parts.PermissionUrl,
        venuekey.parts.Subaccount,
    }
    plain |= {venuekey.parts.RateLimit, venuekey.parts.RateBudget, venuekey.parts.Reservation, venuekey.parts.Preflight}
    plain |= {
        venuekey.parts.KeyProof,
        venuekey.parts.GrantedPermission,
        venuekey.parts.ClockOffset,
        venuekey.parts.Nonces,
        venuekey.parts.BatchItem,
    }
    plain |= {venuekey.parts.KeyWatch, venuekey.parts.KeyCheck, venuekey.parts.KeyVerdict}
    plain |= {
        venuekey.parts.Choices,
        venuekey.parts.ConnectionEvent,
        venuekey.parts.ConnectionRow,
        venuekey.parts.TrailEntry,
        venuekey.parts.ConnectAttempt,
        venuekey.parts.KeyPermission,
        venuekey.parts.KeySummary,
    }
    plain |= {venuekey.parts.Waiting, venuekey.parts.Pace}
    # Made in Python, or the same fields as one that is tried.
    elsewhere = {venuekey.parts.MemoryStore, venuekey.parts.AccountTokens}
    offered = [getattr(venuekey.parts, name) for name in venuekey.parts.__all__]
    classes = {each for each in offered if isinstance(each, type)}
    # The account's own records, which are there to be seen.
    classes -= {each for each in classes if is_dataclass(each)}
    classes -= {each for each in classes if issubclass(each, BaseException)}
    assert classes - plain - elsewhere == {type(value) for value in every_value}


def test_nothing_that_may_hold_a_secret_is_pickled_or_copied(every_value: list[Any]) -> None:
    for value in every_value:
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            with pytest.raises(TypeError, match=r"can't be pickled"):
                pickle.dumps(value, protocol)
        with pytest.raises(TypeError):
            copy.copy(value)
        with pytest.raises(TypeError):
            copy.deepcopy(value)


def test_values_are_frozen(every_value: list[Any]) -> None:
    for value in every_value:
        assert not hasattr(value, "__dict__")
        names = [name for name in dir(value) if not name.startswith("_")]
        for name in [*names, "invented"]:
            with pytest.raises((AttributeError, TypeError)):
                setattr(value, name, None)
        with pytest.raises(TypeError):
            type("Sub", (type(value),), {})


def test_a_secret_equals_itself_only() -> None:
    one, same_text = venuekey.Secret("s3cr3t"), venuekey.Secret("s3cr3t")
    assert one != same_text
    assert one == one
    assert (one == "s3cr3t") is False  # type: ignore[comparison-overlap]
    assert one.expose() == same_text.expose() == "s3cr3t"


def test_only_what_holds_a_secret_or_a_choice_can_be_made() -> None:
    made = [
        venuekey.parts.Flow,
        venuekey.parts.Snapshot,
        venuekey.parts.Send,
        venuekey.parts.Choose,
        venuekey.parts.Done,
        venuekey.parts.HttpRequest,
    ]
    made += [
        venuekey.SignedReply,
        venuekey.parts.KeyProof,
        venuekey.parts.GrantedPermission,
        venuekey.parts.ClockOffset,
    ]
    made += [
        venuekey.parts.Authorize,
        venuekey.parts.PublicKeyProven,
        venuekey.parts.KeyCheck,
        venuekey.parts.KeyVerdict,
    ]
    for made_by_flows in [*made, venuekey.parts.HandOff, venuekey.parts.Subaccount]:
        with pytest.raises(TypeError, match="cannot create"):
            made_by_flows()


def test_tokens(tokens: venuekey.parts.Tokens) -> None:
    assert tokens.access_token.expose() == CANARIES["access"]
    assert tokens.refresh_token is not None
    assert tokens.refresh_token.expose() == CANARIES["refresh"]
    assert (tokens.expires_at_ms, tokens.refresh_expires_at_ms) == (NOW_MS + 300_000, None)
    assert tokens.scope == ("apikeys.read", *READS)
    bare = venuekey.parts.Tokens(access_token=venuekey.Secret("a"), expires_at_ms=0)
    assert (bare.refresh_token, bare.scope) == (None, ())
    with pytest.raises(venuekey.MisuseError) as caught:
        venuekey.parts.Tokens(access_token="line\nbreak", expires_at_ms=0)
    assert caught.value.code == "invalid_argument"
    with pytest.raises(TypeError):
        venuekey.parts.Tokens(access_token="a", expires_at_ms=0, scope="apikeys.read")
    with pytest.raises(OverflowError):
        venuekey.parts.Tokens(access_token="a", expires_at_ms=-1)
    with pytest.raises(TypeError) as wrong:
        venuekey.parts.Tokens(access_token=CANARIES["access"].encode(), expires_at_ms=0)  # type: ignore[arg-type]
    assert str(wrong.value) == "argument 'access_token': expected str or Secret, not bytes"


def test_a_key_and_what_is_known_of_it(client: venuekey.Client, venue: Venue, tokens: venuekey.parts.Tokens) -> None:
    _, checked, deleted = outcomes(client, venue, tokens)
    assert isinstance(checked, venuekey.parts.KeyChecked)
    assert isinstance(deleted, venuekey.parts.KeyDeleted)
    status = checked.status
    assert (status.decision, status.exists, status.is_enabled) == ("already_active", True, True)
    assert status.external_id == EXTERNAL_ID
    assert status.permissions is not None
    (group,) = status.permissions
    assert (group.name, group.title, group.any_granted) == ("trade", "Trading", True)
    assert [(url.url, url.enable) for url in group.urls] == [("/api/v4/order/new", True), ("/api/v4/withdraw", False)]
    again = outcomes(client, venue, tokens)[1]
    assert isinstance(again, venuekey.parts.KeyChecked)
    assert again.status == status
    assert again.status.permissions == (group,)
    assert len({*group.urls, *group.urls}) == 2
    assert repr(group) == 'PermissionGroup("trade", 1 of 2 granted)'
    assert repr(status) == f'KeyStatus(already_active, external_id="{EXTERNAL_ID}")'
    assert repr(group.urls[0]) == 'PermissionUrl("/api/v4/order/new", enable=True)'


def test_accounts_to_choose_from(
    agent: venuekey.Client, bybit: Venue, begin_agent: Callable[[], venuekey.parts.Step]
) -> None:
    shown: list[venuekey.parts.Subaccount] = []

    def choose(step: venuekey.parts.Choose) -> str:
        shown.extend(step.subaccounts)
        return first_account(step)

    for _ in range(2):
        venuekey.parts.drive(begin_agent(), send=bybit.send, save=lambda _: True, choose=choose, clock=lambda: NOW_MS)
    first, second, again, _ = shown
    assert first == again
    assert first != second
    assert len({first, second, again}) == 2
    assert [(each.id, each.nickname) for each in (first, second)] == [
        (str(each["sub_member_id"]), each.get("nickname")) for each in ACCOUNTS
    ]
    assert (repr(first), repr(second)) == (
        'Subaccount("200001", nickname="bot-1")',
        'Subaccount("200002", nickname=None)',
    )
    with pytest.raises(AttributeError):
        first.id = "200002"  # type: ignore[misc] # pyright: ignore[reportAttributeAccessIssue]


def test_begin(client: venuekey.Client) -> None:
    started = client.begin("api_key", callback_timeout_s=60, entropy=bytes(64), now_ms=NOW_MS)
    same = client.begin("api_key", callback_timeout_s=60, entropy=bytes(64), now_ms=NOW_MS)
    assert started.authorize_url == same.authorize_url
    assert started.authorize_url.startswith("https://whitebit.com/auth/login?")
    pending, snapshot = started.pending, started.pending.snapshot()
    assert (pending.status, pending.venue, pending.operation) == ("awaiting_callback", "whitebit", "api_key")
    assert (pending.expires_at_ms, pending.until_ms, pending.tokens) == (NOW_MS + 60_000, None, None)
    assert (snapshot.flow_id, snapshot.revision, snapshot.expected_revision) == (pending.flow_id, 1, 0)
    assert client.restore(snapshot.expose()).snapshot().expose() == snapshot.expose()
    drawn = [client.begin("api_key").pending for _ in range(2)]
    assert drawn[0].flow_id != drawn[1].flow_id
    assert drawn[0].expires_at_ms is not None
    assert drawn[0].expires_at_ms > NOW_MS


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ({"goal": "balance"}, "goal must be one of: account_tokens, api_key"),
        ({"goal": "api_key", "entropy": bytes(63)}, "entropy must be exactly 64 bytes"),
        ({"goal": "api_key", "on_secret_lost": "x"}, "on_secret_lost must be one of: report, delete_and_report"),
        ({"goal": "api_key", "response_type": "x"}, "response_type must be one of: code, token"),
        ({"goal": "api_key", "callback_timeout_s": 59}, "callback_timeout_s must be 60 to 86400"),
    ],
)
def test_begin_refuses(client: venuekey.Client, arguments: dict[str, Any], hint: str) -> None:
    with pytest.raises(venuekey.MisuseError) as caught:
        client.begin(arguments.pop("goal"), **arguments)
    assert (caught.value.code, caught.value.hint) == ("invalid_argument", hint)


def test_a_request_and_a_reply(client: venuekey.Client, tokens: venuekey.parts.Tokens) -> None:
    step = client.refresh_tokens(tokens, now_ms=NOW_MS).flow.resume(now_ms=NOW_MS)
    assert isinstance(step, venuekey.parts.Send)
    request = step.request
    assert (request.purpose, request.method, request.replay) == ("refresh_tokens", "POST", "never")
    assert (request.url, request.timeout_hint_ms) == ("https://whitebit.com/oauth2/refresh_token", 30_000)
    assert ("content-type", "application/x-www-form-urlencoded") in request.headers
    assert request.body is not None
    assert CANARIES["refresh"].encode() in request.body
    check = client.check_key(tokens, now_ms=NOW_MS).flow.resume(now_ms=NOW_MS)
    assert isinstance(check, venuekey.parts.Send)
    assert check.request.body is None
    response = venuekey.parts.HttpResponse(200, b"{}", [("retry-after", "1")])
    assert (response.status, response.body) == (200, b"{}")
    with pytest.raises(TypeError):
        venuekey.parts.HttpResponse(200, "{}")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        step.next.receive_response({"status": 200})  # type: ignore[arg-type]


def test_steps_match_by_position() -> None:
    # A hand-off is one opaque text and has no parts.
    classes = [
        *typing.get_args(venuekey.parts.Step),
        *typing.get_args(venuekey.parts.Outcome),
        venuekey.parts.Subaccount,
    ]
    classes.remove(venuekey.parts.HandOff)
    assert {cls.__name__: cls.__match_args__ for cls in classes} == {
        "Send": ("request", "next"),
        "Save": ("next",),
        "Wait": ("until_ms", "reason", "next"),
        "Choose": ("subaccounts", "may_create", "creation_in_doubt", "flow"),
        "Authorize": ("authorize_url", "flow"),
        "Failed": ("error", "recovery", "flow"),
        "Done": ("outcome", "flow"),
        "ApiKeyGranted": ("key", "tokens"),
        "AccountTokens": ("tokens", "uid"),
        "TokensRefreshed": ("tokens",),
        "KeyChecked": ("status", "tokens"),
        "KeyDeleted": ("tokens",),
        "Subaccount": ("id", "nickname"),
    }
    for cls in classes:
        assert set(cls.__match_args__) <= set(dir(cls))


def test_names_of_the_type_system_are_cores_names() -> None:
    kinds = {kind for _, kind in venuekey.parts.ERROR_CODES}
    assert kinds == set(typing.get_args(venuekey.parts.ErrorKind))
    assert venuekey.parts.CREATE_SUBACCOUNT == "create"
    assert venuekey.parts.SNAPSHOT_VERSION == 1
    assert venuekey.parts.MAX_BODY_BYTES == 1 << 20


def test_one_flow_value_serves_many_threads(begin: Callable[[], venuekey.parts.Step]) -> None:
    step = begin().flow.resume(now_ms=NOW_MS)
    assert isinstance(step, venuekey.parts.Send)
    flow, response = step.next, reply(REPLIES["exchange_code"])
    gate, results = threading.Barrier(16), []

    def work() -> None:
        gate.wait()
        for _ in range(200):
            following = flow.receive_response(response, now_ms=NOW_MS)
            results.append((flow.snapshot().expose(), following.flow.snapshot().expose(), repr(following)))

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 16 * 200
    assert len(set(results)) == 1
