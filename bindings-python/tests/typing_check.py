"""Checked by mypy and pyright, never run: the whole public surface as a typed program uses it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
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
assert_type(client.venue, venuekey.parts.Venue)
assert_type(client.environment, venuekey.parts.VenueEnvironment)
assert_type(client.supports("check_key"), bool)
assert_type(venuekey.parts.SNAPSHOT_VERSION, int)
assert_type(venuekey.parts.ERROR_CODES[0][1], venuekey.parts.ErrorKind)
assert_type(venuekey.parts.code_challenge_s256("verifier"), str)

client.begin("balance")  # type: ignore[call-overload] # pyright: ignore[reportArgumentType, reportCallIssue]
client.venue = "bybit"  # type: ignore[misc] # pyright: ignore[reportAttributeAccessIssue]


def begin(store: venuekey.parts.MemoryStore) -> str:
    started = client.begin("api_key", callback_timeout_s=600, on_secret_lost="delete_and_report", entropy=bytes(64))
    pending = started.pending
    assert_type(pending.flow_id, str)
    assert_type(pending.status, venuekey.parts.FlowStatus)
    assert_type(pending.operation, venuekey.parts.FlowOperation)
    assert_type(pending.expires_at_ms, Optional[int])
    assert_type(pending.until_ms, Optional[int])
    assert_type(store.save(pending.snapshot()), bool)
    assert_type(store.load(pending.flow_id), Optional[str])
    assert_type(pending.snapshot().expected_revision, int)
    return started.authorize_url


def by_match(step: venuekey.parts.Step) -> venuekey.parts.Flow:
    match step:
        case venuekey.parts.Send(request, following):
            assert_type(request.replay, venuekey.parts.Replay)
            assert_type(request.headers, list[tuple[str, str]])
            assert_type(request.body, Optional[bytes])
            return following
        case venuekey.parts.Save(following):
            return following
        case venuekey.parts.Wait(until_ms, reason, following):
            assert_type(until_ms, int)
            assert_type(reason, venuekey.parts.WaitReason)
            return following
        case venuekey.parts.Choose(subaccounts, may_create, creation_in_doubt, flow):
            assert_type(may_create, bool)
            assert_type(creation_in_doubt, bool)
            assert_type(subaccounts[0].id, str)
            assert_type(subaccounts[0].nickname, Optional[str])
            return flow
        case venuekey.parts.Authorize(authorize_url, flow):
            assert_type(authorize_url, str)
            return flow
        case venuekey.parts.Failed(error, recovery, flow):
            assert_type(error, venuekey.VenuekeyError)
            assert_type(recovery, Optional[venuekey.parts.Recovery])
            return flow
        case venuekey.parts.Done(outcome, flow):
            assert_type(outcome, venuekey.parts.Outcome)
            return flow
        case _:
            assert_never(step)


def by_name(step: venuekey.parts.Step) -> int:
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


def tokens_of(outcome: venuekey.parts.Outcome) -> Optional[venuekey.parts.Tokens]:
    if isinstance(outcome, venuekey.parts.ApiKeyGranted):
        key = outcome.key
        assert_type(key.api_secret, venuekey.Secret)
        assert_type(key.external_id, Optional[str])
        assert_type(key.candidate_public_key, Optional[venuekey.Secret])
        assert_type(key.any_granted, Optional[bool])
        assert_type(key.sub_member_id, Optional[str])
        for group in key.permissions or ():
            assert_type(group, venuekey.parts.PermissionGroup)
            assert_type(group.urls[0].enable, bool)
        return outcome.tokens
    if isinstance(outcome, venuekey.parts.AccountTokens):
        assert_type(outcome.uid, Optional[str])
        return outcome.tokens
    if isinstance(outcome, venuekey.parts.TokensRefreshed):
        return outcome.tokens
    if isinstance(outcome, venuekey.parts.KeyChecked):
        assert_type(outcome.status.decision, venuekey.parts.KeyDecision)
        return outcome.tokens
    if isinstance(outcome, venuekey.parts.KeyDeleted):
        return outcome.tokens
    if isinstance(outcome, venuekey.parts.HandOff):
        assert_type(outcome.expose(), str)
        return None
    assert_never(outcome)


def outcome_by_match(outcome: venuekey.parts.Outcome) -> str:
    match outcome:
        case venuekey.parts.ApiKeyGranted(key, _):
            return key.api_secret.expose()
        case venuekey.parts.AccountTokens(tokens, uid):
            return uid or tokens.access_token.expose()
        case venuekey.parts.KeyChecked(status, _):
            return status.decision
        case venuekey.parts.TokensRefreshed(tokens) | venuekey.parts.KeyDeleted(tokens):
            return tokens.access_token.expose()
        case venuekey.parts.HandOff():
            return outcome.expose()
        case _:
            assert_never(outcome)


def status_in_words(status: venuekey.parts.FlowStatus) -> str:
    if status == "awaiting_callback" or status == "awaiting_choice":
        return "your turn"
    if status == "ready" or status == "in_flight" or status == "waiting":
        return "at work"
    if status == "done" or status == "failed":
        return "over"
    assert_never(status)


def after(recovery: venuekey.parts.Recovery) -> str:
    if recovery == "poll_longer" or recovery == "try_again" or recovery == "ask_again":
        return "by itself"
    if recovery == "choose_again" or recovery == "delete_key":
        return "ask the user"
    assert_never(recovery)


def without_a_secret(handed_over: str) -> venuekey.parts.Save:
    agent = venuekey.Client.public(
        venue="bybit", environment="mainnet", client_id="ai-agent", redirect_uri="https://www.bybit.com/oauth/callback"
    )
    pasted = agent.begin("api_key", response_type="code").pending.receive_pasted_code("code", now_ms=1)
    assert_type(pasted, venuekey.parts.Step[venuekey.parts.ApiKeyGranted])
    agent.begin("api_key", response_type="id_token")  # type: ignore[call-overload] # pyright: ignore[reportArgumentType, reportCallIssue]
    return client.accept_hand_off(handed_over, on_secret_lost="delete_and_report", now_ms=1)


def in_a_cookie(pending: venuekey.parts.Flow, session: str) -> venuekey.parts.Flow:
    keys = venuekey.SealingKeys([("2026-11", bytes(32)), ("2026-10", bytes(32))])
    sealed = pending.seal(keys, context=session, entropy=bytes(64))
    assert_type(sealed, str)
    return client.open(sealed, keys=keys, context=session)


def at_work(
    key: venuekey.parts.ApiKey, send: Callable[[venuekey.parts.HttpRequest], venuekey.parts.HttpResponse]
) -> Optional[str]:
    signer = venuekey.parts.Signer(
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
    assert_type(signer.venue, venuekey.parts.Venue)
    request = signer.sign("GET", "/v5/account/wallet-balance", {"accountType": "UNIFIED"}, nonce_ms=1)
    assert_type(request, venuekey.parts.HttpRequest)
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
        case venuekey.parts.ClockOffset(ahead_ms, uncertainty_ms):
            assert_type(ahead_ms, int)
            assert_type(uncertainty_ms, int)
    nonces = venuekey.parts.Nonces.reserve(0, 100, venue_now_ms=1, nonce_window=True)
    assert_type(nonces.reserved, int)
    assert_type(nonces.take(venue_now_ms=1), Optional[int])
    reply = venuekey.parts.call(
        signer, "POST", "/v5/order/create", {"symbol": "BTCUSDT"}, send=send, nonce_ms=nonces.take()
    )
    assert_type(reply, venuekey.SignedReply)
    return proof.uid


def account(
    tokens: venuekey.parts.Tokens,
    fresh: Callable[[Optional[int]], venuekey.parts.UseTokens],
    send: Callable[[venuekey.parts.HttpRequest], venuekey.parts.HttpResponse],
) -> Optional[str]:
    read = client.read_orders(market="BTC_USDT", status="filled", from_s=1, to_s=2, limit=50, now_ms=1)
    assert_type(read, venuekey.parts.AccountRead[venuekey.parts.Order])
    assert_type(read.kind, venuekey.parts.ReadKind)
    page = read.receive(send(read.request(tokens)))
    assert_type(page, venuekey.parts.Page[venuekey.parts.Order])
    assert_type(page.records, tuple[venuekey.parts.Order, ...])
    assert_type(page.total, Optional[int])
    assert_type(page.next, Optional[venuekey.parts.AccountRead[venuekey.parts.Order]])
    for order in venuekey.parts.records(read, tokens=fresh, send=send):
        assert_type(order.amount, Decimal)
        assert_type(order.activation_price, Optional[Decimal])
    for deals in venuekey.parts.pages(
        client.read_deals(now_ms=1), tokens=tokens, send=send, sleep=lambda seconds: None
    ):
        assert_type(deals, venuekey.parts.Page[venuekey.parts.Deal])
    for convert in venuekey.parts.records(client.read_converts(), tokens=tokens, send=send):
        assert_type(convert.path, tuple[venuekey.parts.ConvertStep, ...])
    for transaction in venuekey.parts.records(client.read_transactions(method="deposit"), tokens=tokens, send=send):
        assert_type(transaction.details, Optional[venuekey.parts.TransactionDetails])
    assert_type(
        next(venuekey.parts.records(client.read_main_balances(), tokens=tokens, send=send)), venuekey.parts.MainBalance
    )
    client.read_orders(status="open")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    assert_type(read.preflight(tokens, budget=venuekey.parts.RateBudget(), now_ms=1), venuekey.parts.Preflight)
    again = client.resume_read(read.with_nonce(nonce_ms=1).cursor())
    assert_type(again, venuekey.parts.AccountRead[Any])
    return page.next and page.next.cursor()


def of_any_venue(own: venuekey.Account) -> Optional[str]:
    for balance in own.balances(progress=lambda progress: progress.records):
        assert_type(balance.total, Optional[Decimal])
        if isinstance(balance.venue_record, venuekey.parts.CoinBalance):
            assert_type(balance.venue_record.locked, Optional[Decimal])
    trades = own.trades(from_ms=1)
    assert_type(trades, venuekey.History[venuekey.parts.CommonTrade])
    assert_type(next(trades).at, datetime)
    assert_type(own.transactions(kind="deposit").reaches_from_ms, Optional[int])
    own.transactions(kind="gift")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    return trades.cursor


async def of_any_venue_too(own: venuekey.AsyncAccount) -> None:
    async for order in own.orders():
        assert_type(order.fees, tuple[venuekey.parts.Fee, ...])


async def account_too(tokens: venuekey.parts.Tokens) -> None:
    async def fresh(refused: Optional[int]) -> venuekey.parts.UseTokens:
        raise NotImplementedError

    for either in (venuekey.senders.httpx_sender(), venuekey.senders.async_httpx_sender()):
        async for balance in venuekey.parts.arecords(
            client.read_spot_balances(ticker="BTC"), tokens=fresh, send=either
        ):
            assert_type(balance.available, Decimal)
        async for page in venuekey.parts.apages(client.read_main_balances(), tokens=tokens, send=either):
            assert_type(page.records, tuple[venuekey.parts.MainBalance, ...])


def life_of_a_key(
    tokens: venuekey.parts.Tokens,
    key: venuekey.parts.ApiKey,
    send: Callable[[venuekey.parts.HttpRequest], venuekey.parts.HttpResponse],
) -> Optional[int]:
    step = client.reissue_key(tokens, key.external_id or "", callback_timeout_s=600, on_secret_lost="report", now_ms=1)
    assert_type(step, venuekey.parts.Save[venuekey.parts.ApiKeyGranted])
    venuekey.parts.drive(step, send=send, save=lambda _: True, authorize=lambda step: step.authorize_url)
    probe = venuekey.parts.PublicKeyProbe(key, venue="whitebit", environment="global", api_base=None, nonce_window=True)
    match probe.receive(send(probe.request(nonce_ms=1))):
        case venuekey.parts.PublicKeyProven(proven, proof):
            assert_type(proven, venuekey.parts.ApiKey)
            return watched(proof)
        case following:
            assert_type(following, venuekey.parts.PublicKeyProbe)
            return None


def watched(proof: venuekey.parts.KeyProof) -> Optional[int]:
    assert_type(proof.any_granted, Optional[bool])
    watch = venuekey.parts.KeyWatch("whitebit", 1, last_used_at_ms=None, expires_at_ms=2, is_ip_bound=True, seed=7)
    assert_type(venuekey.parts.KeyWatch.from_text(watch.used(now_ms=3).to_text()).ends_at_ms, Optional[int])
    match watch.next_check(now_ms=1):
        case venuekey.parts.KeyCheck(at_ms, reason):
            assert_type(at_ms, int)
            assert_type(reason, venuekey.parts.CheckReason)
    match watch.receive_proof(proof, now_ms=1):
        case venuekey.parts.KeyVerdict("works", kept, _):
            assert_type(kept, Optional[venuekey.parts.KeyWatch])
        case verdict:
            assert_type(verdict.name, venuekey.parts.Verdict)
            return verdict.check_again_at_ms
    return proof.expires_at_ms


async def at_work_too(signer: venuekey.parts.Signer) -> venuekey.SignedReply:
    for either in (venuekey.senders.httpx_sender(), venuekey.senders.async_httpx_sender()):
        await venuekey.parts.acall(signer, "GET", "/v5/user/query-api", send=either)
    venuekey.parts.call(
        signer,
        "GET",
        "/v5/user/query-api",
        send=venuekey.senders.async_httpx_sender(),  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    )
    return await venuekey.parts.acall(
        signer, "GET", "/v5/x", "{}", send=venuekey.senders.async_httpx_sender(), nonce_ms=1
    )


def what_next(kind: venuekey.parts.ErrorKind) -> str:
    if kind == "misuse" or kind == "protocol":
        return "fix it"
    if kind == "denied" or kind == "rejected" or kind == "reauthorize":
        return "start again"
    if kind == "user_action" or kind == "unavailable":
        return "later"
    assert_never(kind)


def choose(step: venuekey.parts.Choose) -> str:
    return venuekey.parts.CREATE_SUBACCOUNT if step.may_create else step.subaccounts[0].id


def run(
    step: venuekey.parts.Step, store: venuekey.parts.MemoryStore, on_step: Callable[[venuekey.parts.Step], None]
) -> venuekey.parts.Outcome:
    try:
        send = venuekey.senders.requests_sender()
        done = venuekey.parts.drive(step, send=send, save=store.save, choose=choose, on_step=on_step)
    except venuekey.parts.SaveFailed as failure:
        done = venuekey.parts.drive(failure.step, send=venuekey.senders.httpx_sender(), save=store.save)
    except venuekey.UnavailableError as error:
        assert_type(error.retry_after_ms, Optional[int])
        assert_type(error.recovery, Optional[venuekey.parts.Recovery])
        if error.flow is None or error.recovery is None:
            raise
        done = venuekey.parts.drive(error.flow.recover(), send=venuekey.senders.httpx_sender(), save=store.save)
    return done.outcome


async def arun(tokens: venuekey.parts.Tokens, save: Callable[[venuekey.parts.Snapshot], bool]) -> venuekey.parts.Done:
    async def asave(snapshot: venuekey.parts.Snapshot) -> bool:
        return save(snapshot)

    send = venuekey.senders.async_httpx_sender()
    await venuekey.parts.adrive(client.check_key(tokens), send=send, save=save)
    await venuekey.parts.adrive(
        client.delete_key(tokens, "00000000-0000-0000-0000-000000000000"), send=send, save=asave
    )

    async def achoose(step: venuekey.parts.Choose) -> str:
        return choose(step)

    for either in (choose, achoose):
        await venuekey.parts.adrive(client.check_key(tokens), send=send, save=save, choose=either)

    async def aauthorize(step: venuekey.parts.Authorize) -> str:
        return step.authorize_url

    await venuekey.parts.adrive(client.check_key(tokens), send=send, save=save, authorize=aauthorize)
    return await venuekey.parts.adrive(client.refresh_tokens(tokens), send=send, save=asave, clock=lambda: 1)


def weak(step: venuekey.parts.Step, send: Callable[[venuekey.parts.HttpRequest], venuekey.parts.HttpResponse]) -> None:
    async def asave(snapshot: venuekey.parts.Snapshot) -> bool:
        return bool(snapshot.revision)

    venuekey.parts.drive(step, send=send, save=asave)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
