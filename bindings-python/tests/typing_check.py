"""Checked by mypy and pyright, never run: the whole public surface as a typed program uses it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Optional

from typing_extensions import assert_never, assert_type

import venuekey

client = venuekey.Client(
    venue="whitebit",
    environment="global",
    client_id="demo",
    client_secret=venuekey.Secret("s3cr3t"),
    redirect_uri="https://partner.example/callback",
    authorize_base=None,
    api_base=None,
    locale="en",
    user_agent="partner/1.0",
)
assert_type(client.venue, venuekey.Venue)
assert_type(client.environment, venuekey.VenueEnvironment)
assert_type(client.supports("check_key"), bool)
assert_type(venuekey.SNAPSHOT_VERSION, int)
assert_type(venuekey.ERROR_CODES[0][1], venuekey.ErrorKind)
assert_type(venuekey.code_challenge_s256("verifier"), str)

client.begin("balance")  # type: ignore[call-overload] # pyright: ignore[reportArgumentType, reportCallIssue]
client.venue = "bybit"  # type: ignore[misc] # pyright: ignore[reportAttributeAccessIssue]


def begin(store: venuekey.MemoryStore) -> str:
    started = client.begin("api_key", callback_timeout_s=600, on_secret_lost="delete_and_report", entropy=bytes(64))
    pending = started.pending
    assert_type(pending.flow_id, str)
    assert_type(pending.status, venuekey.FlowStatus)
    assert_type(pending.operation, venuekey.FlowOperation)
    assert_type(pending.expires_at_ms, Optional[int])
    assert_type(pending.until_ms, Optional[int])
    assert_type(store.save(pending.snapshot()), bool)
    assert_type(store.load(pending.flow_id), Optional[str])
    assert_type(pending.snapshot().expected_revision, int)
    return started.authorize_url


def by_match(step: venuekey.Step) -> venuekey.Flow:
    match step:
        case venuekey.Send(request, following):
            assert_type(request.replay, venuekey.Replay)
            assert_type(request.headers, list[tuple[str, str]])
            assert_type(request.body, Optional[bytes])
            return following
        case venuekey.Save(following):
            return following
        case venuekey.Wait(until_ms, reason, following):
            assert_type(until_ms, int)
            assert_type(reason, venuekey.WaitReason)
            return following
        case venuekey.Choose(subaccounts, may_create, creation_in_doubt, flow):
            assert_type(may_create, bool)
            assert_type(creation_in_doubt, bool)
            assert_type(subaccounts[0].id, str)
            assert_type(subaccounts[0].nickname, Optional[str])
            return flow
        case venuekey.Authorize(authorize_url, flow):
            assert_type(authorize_url, str)
            return flow
        case venuekey.Failed(error, recovery, flow):
            assert_type(error, venuekey.VenuekeyError)
            assert_type(recovery, Optional[venuekey.Recovery])
            return flow
        case venuekey.Done(outcome, flow):
            assert_type(outcome, venuekey.Outcome)
            return flow
        case _:
            assert_never(step)


def by_name(step: venuekey.Step) -> int:
    if step.name == "send":
        return step.request.timeout_hint_ms
    if step.name == "save":
        return step.next.revision
    if step.name == "wait":
        return step.until_ms
    if step.name == "choose":
        return step.flow.choose(step.subaccounts[0].id).next.revision
    if step.name == "authorize":
        return len(step.authorize_url)
    if step.name == "failed":
        return step.flow.revision
    if step.name == "done":
        return step.flow.revision
    assert_never(step)


def tokens_of(outcome: venuekey.Outcome) -> Optional[venuekey.Tokens]:
    if isinstance(outcome, venuekey.ApiKeyGranted):
        key = outcome.key
        assert_type(key.api_secret, venuekey.Secret)
        assert_type(key.external_id, Optional[str])
        assert_type(key.candidate_public_key, Optional[venuekey.Secret])
        assert_type(key.any_granted, Optional[bool])
        assert_type(key.sub_member_id, Optional[str])
        for group in key.permissions or ():
            assert_type(group, venuekey.PermissionGroup)
            assert_type(group.urls[0].enable, bool)
        return outcome.tokens
    if isinstance(outcome, venuekey.AccountTokens):
        assert_type(outcome.uid, Optional[str])
        return outcome.tokens
    if isinstance(outcome, venuekey.TokensRefreshed):
        return outcome.tokens
    if isinstance(outcome, venuekey.KeyChecked):
        assert_type(outcome.status.decision, venuekey.KeyDecision)
        return outcome.tokens
    if isinstance(outcome, venuekey.KeyDeleted):
        return outcome.tokens
    if isinstance(outcome, venuekey.HandOff):
        assert_type(outcome.expose(), str)
        return None
    assert_never(outcome)


def outcome_by_match(outcome: venuekey.Outcome) -> str:
    match outcome:
        case venuekey.ApiKeyGranted(key, _):
            return key.api_secret.expose()
        case venuekey.AccountTokens(tokens, uid):
            return uid or tokens.access_token.expose()
        case venuekey.KeyChecked(status, _):
            return status.decision
        case venuekey.TokensRefreshed(tokens) | venuekey.KeyDeleted(tokens):
            return tokens.access_token.expose()
        case venuekey.HandOff():
            return outcome.expose()
        case _:
            assert_never(outcome)


def status_in_words(status: venuekey.FlowStatus) -> str:
    if status == "awaiting_callback" or status == "awaiting_choice":
        return "your turn"
    if status == "ready" or status == "in_flight" or status == "waiting":
        return "at work"
    if status == "done" or status == "failed":
        return "over"
    assert_never(status)


def after(recovery: venuekey.Recovery) -> str:
    if recovery == "poll_longer" or recovery == "try_again" or recovery == "ask_again":
        return "by itself"
    if recovery == "choose_again" or recovery == "delete_key":
        return "ask the user"
    assert_never(recovery)


def without_a_secret(handed_over: str) -> venuekey.Save:
    agent = venuekey.Client.public(
        venue="bybit", environment="mainnet", client_id="ai-agent", redirect_uri="https://www.bybit.com/oauth/callback"
    )
    pasted = agent.begin("api_key", response_type="code").pending.receive_pasted_code("code", now_ms=1)
    assert_type(pasted, venuekey.Step[venuekey.ApiKeyGranted])
    agent.begin("api_key", response_type="id_token")  # type: ignore[call-overload] # pyright: ignore[reportArgumentType, reportCallIssue]
    return client.accept_hand_off(handed_over, on_secret_lost="delete_and_report", now_ms=1)


def in_a_cookie(pending: venuekey.Flow, session: str) -> venuekey.Flow:
    keys = venuekey.SealingKeys([("2026-11", bytes(32)), ("2026-10", bytes(32))])
    sealed = pending.seal(keys, context=session, entropy=bytes(64))
    assert_type(sealed, str)
    return client.open(sealed, keys=keys, context=session)


def at_work(key: venuekey.ApiKey, send: Callable[[venuekey.HttpRequest], venuekey.HttpResponse]) -> Optional[str]:
    signer = venuekey.Signer(
        venue="bybit",
        environment="mainnet",
        api_key=key.api_key,
        api_secret="s3cr3t",
        api_base=None,
        user_agent="partner/1.0",
        nonce_window=True,
        recv_window_ms=20_000,
        broker_id="Broker1",
    )
    assert_type(signer.venue, venuekey.Venue)
    request = signer.sign("GET", "/v5/account/wallet-balance", {"accountType": "UNIFIED"}, nonce_ms=1)
    assert_type(request, venuekey.HttpRequest)
    reply = signer.receive_response(send(request))
    assert_type(reply, venuekey.SignedReply)
    assert_type(reply.payload, str)
    signer.sign("PUT", "/v5/x")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    signer.sign("POST", "/v5/x", ["a"])  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    signer.sign("POST", "/v5/x", '{"a":1}')
    proof = signer.receive_probe(send(signer.probe(nonce_ms=None)))
    assert_type(proof.is_permitted, bool)
    assert_type(proof.ips, tuple[str, ...])
    assert_type(proof.is_read_only, Optional[bool])
    assert_type(proof.is_third_party, Optional[bool])
    assert_type(proof.expires_at, Optional[str])
    for group in proof.permissions or ():
        assert_type(group.name, str)
        assert_type(group.granted, tuple[str, ...])
    match signer.receive_time(send(signer.ask_time()), sent_at_ms=1, received_at_ms=2):
        case venuekey.ClockOffset(ahead_ms, uncertainty_ms):
            assert_type(ahead_ms, int)
            assert_type(uncertainty_ms, int)
    nonces = venuekey.Nonces.reserve(0, 100, venue_now_ms=1, nonce_window=True)
    assert_type(nonces.reserved, int)
    assert_type(nonces.take(venue_now_ms=1), Optional[int])
    reply = venuekey.call(signer, "POST", "/v5/order/create", {"symbol": "BTCUSDT"}, send=send, nonce_ms=nonces.take())
    assert_type(reply, venuekey.SignedReply)
    return proof.uid


def account(
    tokens: venuekey.Tokens,
    fresh: Callable[[Optional[int]], venuekey.UseTokens],
    send: Callable[[venuekey.HttpRequest], venuekey.HttpResponse],
) -> Optional[str]:
    read = client.read_orders(market="BTC_USDT", status="filled", from_s=1, to_s=2, limit=50, now_ms=1)
    assert_type(read, venuekey.AccountRead[venuekey.Order])
    assert_type(read.kind, venuekey.ReadKind)
    page = read.receive(send(read.request(tokens)))
    assert_type(page, venuekey.Page[venuekey.Order])
    assert_type(page.records, tuple[venuekey.Order, ...])
    assert_type(page.total, Optional[int])
    assert_type(page.next, Optional[venuekey.AccountRead[venuekey.Order]])
    for order in venuekey.records(read, tokens=fresh, send=send):
        assert_type(order.amount, Decimal)
        assert_type(order.activation_price, Optional[Decimal])
    for deals in venuekey.pages(client.read_deals(now_ms=1), tokens=tokens, send=send, sleep=lambda seconds: None):
        assert_type(deals, venuekey.Page[venuekey.Deal])
    for convert in venuekey.records(client.read_converts(), tokens=tokens, send=send):
        assert_type(convert.path, tuple[venuekey.ConvertStep, ...])
    for transaction in venuekey.records(client.read_transactions(method="deposit"), tokens=tokens, send=send):
        assert_type(transaction.details, Optional[venuekey.TransactionDetails])
    assert_type(next(venuekey.records(client.read_main_balances(), tokens=tokens, send=send)), venuekey.MainBalance)
    client.read_orders(status="open")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    assert_type(read.preflight(tokens, budget=venuekey.RateBudget(), now_ms=1), venuekey.Preflight)
    again = client.resume_read(read.with_nonce(nonce_ms=1).cursor())
    assert_type(again, venuekey.AccountRead[Any])
    return page.next and page.next.cursor()


async def account_too(tokens: venuekey.Tokens) -> None:
    async def fresh(refused: Optional[int]) -> venuekey.UseTokens:
        raise NotImplementedError

    for either in (venuekey.senders.httpx_sender(), venuekey.senders.async_httpx_sender()):
        async for balance in venuekey.arecords(client.read_spot_balances(ticker="BTC"), tokens=fresh, send=either):
            assert_type(balance.available, Decimal)
        async for page in venuekey.apages(client.read_main_balances(), tokens=tokens, send=either):
            assert_type(page.records, tuple[venuekey.MainBalance, ...])


def life_of_a_key(
    tokens: venuekey.Tokens, key: venuekey.ApiKey, send: Callable[[venuekey.HttpRequest], venuekey.HttpResponse]
) -> Optional[int]:
    step = client.reissue_key(tokens, key.external_id or "", callback_timeout_s=600, on_secret_lost="report", now_ms=1)
    assert_type(step, venuekey.Save[venuekey.ApiKeyGranted])
    venuekey.drive(step, send=send, save=lambda _: True, authorize=lambda step: step.authorize_url)
    probe = venuekey.PublicKeyProbe(key, venue="whitebit", environment="global", api_base=None, nonce_window=True)
    match probe.receive(send(probe.request(nonce_ms=1))):
        case venuekey.PublicKeyProven(proven, proof):
            assert_type(proven, venuekey.ApiKey)
            return watched(proof)
        case following:
            assert_type(following, venuekey.PublicKeyProbe)
            return None


def watched(proof: venuekey.KeyProof) -> Optional[int]:
    assert_type(proof.any_granted, Optional[bool])
    watch = venuekey.KeyWatch("whitebit", 1, last_used_at_ms=None, expires_at_ms=2, is_ip_bound=True, seed=7)
    assert_type(venuekey.KeyWatch.from_text(watch.used(now_ms=3).to_text()).ends_at_ms, Optional[int])
    match watch.next_check(now_ms=1):
        case venuekey.KeyCheck(at_ms, reason):
            assert_type(at_ms, int)
            assert_type(reason, venuekey.CheckReason)
    match watch.receive_proof(proof, now_ms=1):
        case venuekey.KeyVerdict("works", kept, _):
            assert_type(kept, Optional[venuekey.KeyWatch])
        case verdict:
            assert_type(verdict.name, venuekey.Verdict)
            return verdict.check_again_at_ms
    return proof.expires_at_ms


async def at_work_too(signer: venuekey.Signer) -> venuekey.SignedReply:
    for either in (venuekey.senders.httpx_sender(), venuekey.senders.async_httpx_sender()):
        await venuekey.acall(signer, "GET", "/v5/user/query-api", send=either)
    venuekey.call(
        signer,
        "GET",
        "/v5/user/query-api",
        send=venuekey.senders.async_httpx_sender(),  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    )
    return await venuekey.acall(signer, "GET", "/v5/x", "{}", send=venuekey.senders.async_httpx_sender(), nonce_ms=1)


def what_next(kind: venuekey.ErrorKind) -> str:
    if kind == "misuse" or kind == "protocol":
        return "fix it"
    if kind == "denied" or kind == "rejected" or kind == "reauthorize":
        return "start again"
    if kind == "user_action" or kind == "unavailable":
        return "later"
    assert_never(kind)


def choose(step: venuekey.Choose) -> str:
    return venuekey.CREATE_SUBACCOUNT if step.may_create else step.subaccounts[0].id


def run(step: venuekey.Step, store: venuekey.MemoryStore, on_step: Callable[[venuekey.Step], None]) -> venuekey.Outcome:
    try:
        send = venuekey.senders.requests_sender()
        done = venuekey.drive(step, send=send, save=store.save, choose=choose, on_step=on_step)
    except venuekey.SaveFailed as failure:
        done = venuekey.drive(failure.step, send=venuekey.senders.httpx_sender(), save=store.save)
    except venuekey.UnavailableError as error:
        assert_type(error.retry_after_ms, Optional[int])
        assert_type(error.recovery, Optional[venuekey.Recovery])
        if error.flow is None or error.recovery is None:
            raise
        done = venuekey.drive(error.flow.recover(), send=venuekey.senders.httpx_sender(), save=store.save)
    return done.outcome


async def arun(tokens: venuekey.Tokens, save: Callable[[venuekey.Snapshot], bool]) -> venuekey.Done:
    async def asave(snapshot: venuekey.Snapshot) -> bool:
        return save(snapshot)

    send = venuekey.senders.async_httpx_sender()
    await venuekey.adrive(client.check_key(tokens), send=send, save=save)
    await venuekey.adrive(client.delete_key(tokens, "00000000-0000-0000-0000-000000000000"), send=send, save=asave)

    async def achoose(step: venuekey.Choose) -> str:
        return choose(step)

    for either in (choose, achoose):
        await venuekey.adrive(client.check_key(tokens), send=send, save=save, choose=either)

    async def aauthorize(step: venuekey.Authorize) -> str:
        return step.authorize_url

    await venuekey.adrive(client.check_key(tokens), send=send, save=save, authorize=aauthorize)
    return await venuekey.adrive(client.refresh_tokens(tokens), send=send, save=asave, clock=lambda: 1)


def weak(step: venuekey.Step, send: Callable[[venuekey.HttpRequest], venuekey.HttpResponse]) -> None:
    async def asave(snapshot: venuekey.Snapshot) -> bool:
        return bool(snapshot.revision)

    venuekey.drive(step, send=send, save=asave)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
