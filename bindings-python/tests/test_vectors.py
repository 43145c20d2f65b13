"""Replays every case of `tests/vectors` byte for byte. The format: `tests/vectors/README.md`."""

from __future__ import annotations

import typing
from functools import partial
from typing import Any, Callable

import pytest

import venuekey
from corpus import FOLDER, MANIFEST, load

# In the order of tests/vectors/README.md, which leaves out what came later.
OPERATIONS: list[venuekey.parts.FlowOperation] = [
    "account_tokens",
    "api_key",
    "refresh_tokens",
    "check_key",
    "delete_key",
]


def test_the_manifest_counts_every_case() -> None:
    found = sorted(path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.glob("*/**/*.json"))
    assert MANIFEST["cases"] == found
    assert MANIFEST["count"] == len(found)
    assert {name.split("/")[0] for name in found} == {"connections", "drives", "flows", "reads", "tokens", "values"}, (
        "each case is replayed below"
    )


def test_error_codes_equal_errors_json() -> None:
    listed = load("errors")["errors"]
    assert [(each["code"], each["kind"]) for each in listed] == list(venuekey.parts.ERROR_CODES)


# The rule that every error's address follows.
DOC_URL = load("errors")["doc_url"]

VALUES = [name for name in MANIFEST["cases"] if name.startswith("values/")]
# Replayed by test_lifecycle_vectors.py.
LIFECYCLE = {"key_proof", "key_status", "public_key_probe", "key_watch", "key_verdict"}
# And by test_reads_vectors.py.
ELSEWHERE = LIFECYCLE | {"preflight_read"}


@pytest.mark.parametrize("name", [name for name in VALUES if load(name)["value"] not in ELSEWHERE])
def test_value(name: str) -> None:
    case = load(name)
    calls: dict[str, Callable[[], Any]] = {
        "code_challenge_s256": lambda: venuekey.parts.code_challenge_s256(case["code_verifier"]),
        "client": lambda: {"supports": [name for name in OPERATIONS if client(case).supports(name)]},
        "restore": lambda: standing(client(case).restore(text(case["snapshot"]))),
        "seal": lambda: sealed(case),
        "tokens": lambda: "ok" if tokens(case["tokens"]) else None,
        "sign": lambda: described_request(
            signer(case).sign(case["method"], case["path"], text(case["parameters"]), nonce_ms=case["nonce_ms"])
        ),
        "probe": lambda: described_request(signer(case).probe(nonce_ms=case["nonce_ms"])),
        "ask_time": lambda: described_request(signer(case).ask_time()),
        "read_signed": lambda: signed_reply(signer(case).receive_response(response(case["response"]))),
        "receive_probe": lambda: described_proof(signer(case).receive_probe(response(case["response"]))),
        "receive_time": lambda: clock_offset(case),
        "nonces": lambda: nonces(case),
        "budget": lambda: spent(case),
        "preflight": lambda: preflight(case),
    }
    try:
        got = calls[case["value"]]()
    except venuekey.VenuekeyError as error:
        got = {"raises": raised(error)}
    assert got == case["expect"]


@pytest.mark.parametrize("name", [name for name in MANIFEST["cases"] if name.startswith("flows/")])
def test_flow(name: str) -> None:
    case = load(name)
    app = client(case)
    got, flow = begin(app, case["start"])
    assert got == case["start"]["expect"], "start"
    for index, event in enumerate(case["events"]):
        # Every event meets the flow as another process would find it.
        assert flow is not None
        restored = app.restore(flow.snapshot().expose())
        assert restored.status in typing.get_args(venuekey.parts.FlowStatus)
        assert restored.snapshot().expose() == flow.snapshot().expose()
        got, following = stepped(partial(apply, restored, event))
        assert got == event["expect"], f"event {index}"
        flow = following or flow


@pytest.mark.parametrize("name", [name for name in MANIFEST["cases"] if name.startswith("tokens/")])
def test_tokens(name: str) -> None:
    case = load(name)
    app, start = client(case), case["start"]
    if start["call"] == "share_tokens":
        given = {"entropy": bytes.fromhex(start["entropy"]), "now_ms": start["now_ms"]}
        got, shared = shown(lambda: app.share_tokens(tokens(start["tokens"]), **given))
    else:
        got, shared = shown(lambda: app.restore_tokens(text(start["snapshot"])))
    assert got == start["expect"], "start"
    for index, event in enumerate(case["events"]):
        assert shared is not None
        restored = app.restore_tokens(shared.snapshot().expose())
        assert restored.snapshot().expose() == shared.snapshot().expose()
        got, following = apply_to_tokens(app, restored, event)
        assert got == event["expect"], f"event {index}"
        shared = following or shared


def test_the_type_system_knows_every_name_the_vectors_show() -> None:
    names = ("reason", "recovery", "replay", "method", "kind", "verdict")
    shown: dict[str, set[str]] = {name: set() for name in names}

    def collect(value: Any) -> None:
        for name, inner in value.items() if isinstance(value, dict) else ():
            if name in shown and inner is not None:
                shown[name].add(inner)
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            collect(inner)

    # The words of reads are looked at in test_reads_vectors.py.
    for name in (name for name in MANIFEST["cases"] if not name.startswith(("drives/", "reads/"))):
        collect(load(name))
    reasons = typing.get_args(venuekey.parts.WaitReason) + typing.get_args(venuekey.parts.CheckReason)
    assert shown["reason"] == set(reasons)
    assert shown["verdict"] == set(typing.get_args(venuekey.parts.Verdict))
    assert shown["recovery"] == set(typing.get_args(venuekey.parts.Recovery))
    assert shown["replay"] == set(typing.get_args(venuekey.parts.Replay))
    assert shown["method"] == set(typing.get_args(venuekey.parts.HttpMethod))
    assert shown["kind"] <= set(typing.get_args(venuekey.parts.ErrorKind))


def begin(app: venuekey.Client, start: dict[str, Any]) -> tuple[Any, venuekey.parts.Flow | None]:
    optional = ("now_ms", "callback_timeout_s", "on_secret_lost", "response_type", "expected_uid")
    given: dict[str, Any] = {name: start[name] for name in optional if name in start}
    if start["call"] == "accept_hand_off":
        return stepped(lambda: app.accept_hand_off(text(start["hand_off"]), **given))
    if start["call"] == "open":
        try:
            flow = app.open(text(start["sealed"]), keys=sealing_keys(start["keys"]), context=start["context"])
        except venuekey.VenuekeyError as error:
            return {"raises": raised(error)}, None
        return {"snapshot": flow.snapshot().expose()}, flow
    given["entropy"] = bytes.fromhex(start["entropy"])
    if "key_request" in start:
        given["key_request"] = venuekey.KeyRequest(**start["key_request"])
    if start["call"] == "begin":
        try:
            started = app.begin(start["goal"], **given)
        except venuekey.VenuekeyError as error:
            return {"raises": raised(error)}, None
        snapshot = started.pending.snapshot().expose()
        return {"authorize_url": started.authorize_url, "snapshot": snapshot}, started.pending
    kept = tokens(start["tokens"])
    calls: dict[str, Callable[[], venuekey.parts.Step]] = {
        "refresh_tokens": lambda: app.refresh_tokens(kept, **given),
        "check_key": lambda: app.check_key(kept, **given),
        "switch_subaccount": lambda: app.switch_subaccount(kept, **given),
        "delete_key": lambda: app.delete_key(kept, start["external_id"], **given),
        "reissue_key": lambda: app.reissue_key(kept, start["external_id"], **given),
    }
    return stepped(calls[start["call"]])


def apply(flow: venuekey.parts.Flow, event: dict[str, Any]) -> venuekey.parts.Step:
    now_ms = event["now_ms"]
    if event["event"] == "callback":
        return flow.receive_callback(event["url"], now_ms=now_ms)
    if event["event"] == "pasted_code":
        return flow.receive_pasted_code(text(event["pasted"]), now_ms=now_ms)
    if event["event"] == "choose":
        return flow.choose(event["id"], now_ms=now_ms)
    if event["event"] == "response":
        return flow.receive_response(response(event), now_ms=now_ms)
    if event["event"] == "no_response":
        return flow.receive_no_response(not_sent=event.get("not_sent", False), now_ms=now_ms)
    by_name: dict[str, Callable[..., venuekey.parts.Step]] = {
        "resume": flow.resume,
        "recover": flow.recover,
    }
    return by_name[event["event"]](now_ms=now_ms)


def apply_to_tokens(
    app: venuekey.Client, shared: venuekey.parts.SharedTokens, event: dict[str, Any]
) -> tuple[Any, venuekey.parts.SharedTokens | None]:
    now_ms = event.get("now_ms")
    if event["event"] == "plan":
        return planned(shared.plan(refused_generation=event.get("refused_generation"), now_ms=now_ms))
    if event["event"] == "response":
        return shown(lambda: shared.receive_response(response(event), now_ms=now_ms))
    if event["event"] == "no_response":
        return shown(lambda: shared.receive_no_response(not_sent=event.get("not_sent", False), now_ms=now_ms))
    return shown(lambda: shared.merge(app.restore_tokens(event["late"])))


def shown(call: Callable[[], venuekey.parts.SharedTokens | None]) -> tuple[Any, venuekey.parts.SharedTokens | None]:
    try:
        shared = call()
    except venuekey.VenuekeyError as error:
        return {"raises": raised(error)}, None
    if shared is None:
        return None, None
    snapshot = shared.snapshot()
    named = ("tokens_id", "revision", "generation", "lease_until_ms")
    return {**fields(shared, *named), "status": snapshot.status, "snapshot": snapshot.expose()}, shared


def planned(plan: venuekey.parts.TokenPlan) -> tuple[dict[str, Any], venuekey.parts.SharedTokens | None]:
    if isinstance(plan, venuekey.parts.UseTokens):
        named = fields(plan, "generation", "refresh_at_ms")
        return {"plan": "use", **named, **fields(plan.tokens, "access_token")}, None
    if isinstance(plan, venuekey.parts.RefreshTokens):
        snapshot = plan.next.snapshot().expose()
        return {"plan": "refresh", "request": described_request(plan.request), "snapshot": snapshot}, plan.next
    if isinstance(plan, venuekey.parts.WaitUntil):
        error = plan.error and described_error(plan.error)
        return {"plan": "wait_until", "until_ms": plan.until_ms, "error": error}, None
    return {"plan": "reauthorize", "error": described_error(plan.error)}, None


def stepped(call: Callable[[], venuekey.parts.Step]) -> tuple[Any, venuekey.parts.Flow | None]:
    try:
        step = call()
    except venuekey.VenuekeyError as error:
        return {"raises": raised(error)}, None
    got: dict[str, Any] = {"step": step.name, "snapshot": step.flow.snapshot().expose()}
    if isinstance(step, venuekey.parts.Send):
        got["request"] = described_request(step.request)
    elif isinstance(step, venuekey.parts.Wait):
        got.update(until_ms=step.until_ms, reason=step.reason)
    elif isinstance(step, venuekey.parts.Choose):
        got.update(fields(step, "may_create", "creation_in_doubt"))
        got["subaccounts"] = [fields(account, "id", "nickname") for account in step.subaccounts]
    elif isinstance(step, venuekey.parts.Authorize):
        got["authorize_url"] = step.authorize_url
    elif isinstance(step, venuekey.parts.Failed):
        got.update(error=described_error(step.error), recovery=step.recovery)
    elif isinstance(step, venuekey.parts.Done):
        got["outcome"] = described_outcome(step.outcome)
    return got, step.flow


def described_request(request: venuekey.parts.HttpRequest) -> dict[str, Any]:
    return {
        **fields(request, "purpose", "method", "url", "replay"),
        "headers": [list(header) for header in request.headers],
        "body": None if request.body is None else request.body.decode(),
    }


def raised(error: venuekey.VenuekeyError) -> dict[str, Any]:
    return {**described_error(error), "hint": error.hint}


def described_error(error: venuekey.VenuekeyError) -> dict[str, Any]:
    """What a step or a plan tells of."""
    assert error.doc_url == DOC_URL.replace("{code}", error.code)
    names = ("kind", "code", "venue", "http_status", "venue_code", "venue_text", "retry_after_ms")
    return {name: getattr(error, name) for name in names}


def described_outcome(outcome: venuekey.parts.Outcome) -> dict[str, Any]:
    if isinstance(outcome, venuekey.parts.HandOff):
        return {"outcome": "hand_off", "hand_off": outcome.expose()}
    names = {
        venuekey.parts.ApiKeyGranted: "api_key",
        venuekey.parts.AccountTokens: "account_tokens",
        venuekey.parts.TokensRefreshed: "tokens_refreshed",
        venuekey.parts.KeyChecked: "key_checked",
        venuekey.parts.KeyDeleted: "key_deleted",
    }
    secrets = ("access_token", "refresh_token", "expires_at_ms", "refresh_expires_at_ms")
    described: dict[str, Any] = {"outcome": names[type(outcome)], "tokens": fields(outcome.tokens, *secrets)}
    described["tokens"]["scope"] = list(outcome.tokens.scope)
    if isinstance(outcome, venuekey.parts.ApiKeyGranted):
        key, named = outcome.key, ["api_key", "api_secret", "external_id", "candidate_public_key", "any_granted", "uid"]
        described["key"] = {**fields(key, *named), "permissions": groups(key.permissions)}
        if key.sub_member_id is not None:
            described["key"]["sub_member_id"] = key.sub_member_id
    if isinstance(outcome, venuekey.parts.AccountTokens):
        described["uid"] = outcome.uid
    if isinstance(outcome, venuekey.parts.KeyChecked):
        status, named = outcome.status, ["decision", "exists", "is_enabled", "external_id"]
        described["status"] = {**fields(status, *named), "permissions": groups(status.permissions)}
    return described


def groups(permissions: tuple[venuekey.parts.PermissionGroup, ...] | None) -> list[dict[str, Any]] | None:
    if permissions is None:
        return None
    named = ("name", "title", "any_granted")
    return [
        {**fields(group, *named), "urls": [fields(u, "url", "enable") for u in group.urls]} for group in permissions
    ]


def fields(value: object, *names: str) -> dict[str, Any]:
    got = {name: getattr(value, name) for name in names}
    return {name: each.expose() if isinstance(each, venuekey.Secret) else each for name, each in got.items()}


def signed_reply(reply: venuekey.SignedReply) -> dict[str, Any]:
    items = [fields(item, "is_accepted", "venue_code", "venue_text") for item in reply.items]
    return {"payload": reply.payload, **({"items": items} if items else {})}


def standing(flow: venuekey.parts.Flow) -> dict[str, str]:
    return {"status": flow.status, "operation": flow.operation}


def described_proof(proof: venuekey.parts.KeyProof) -> dict[str, Any]:
    permissions = proof.permissions
    return {
        **fields(proof, "is_permitted", "uid", "is_read_only", "is_third_party", "expires_at"),
        "ips": list(proof.ips),
        "permissions": permissions and [{"name": each.name, "granted": list(each.granted)} for each in permissions],
    }


def clock_offset(case: dict[str, Any]) -> dict[str, int]:
    reply, (sent_at_ms, received_at_ms) = response(case["response"]), (case["sent_at_ms"], case["received_at_ms"])
    offset = signer(case).receive_time(reply, sent_at_ms=sent_at_ms, received_at_ms=received_at_ms)
    return fields(offset, "ahead_ms", "uncertainty_ms")


def nonces(case: dict[str, Any]) -> dict[str, Any]:
    block = venuekey.parts.Nonces.reserve(
        case["reserved"], case["count"], venue_now_ms=case["now_ms"], nonce_window=case["nonce_window"]
    )
    reserved = block.reserved
    return {"reserved": reserved, "taken": [block.take(venue_now_ms=now_ms) for now_ms in case["takes"]]}


def spent(case: dict[str, Any]) -> dict[str, Any]:
    kept = budget(case)
    starts: list[Any] = []
    for given in case["requests"]:
        request = signer(case).sign(given["method"], given["path"], "{}", nonce_ms=given["now_ms"])
        for _ in range(given.get("times", 1)):
            try:
                reservation = kept.reserve(request, now_ms=given["now_ms"])
            except venuekey.VenuekeyError as error:
                starts.append({"raises": raised(error)})
            else:
                starts.append(reservation.start_at_ms)
                kept = venuekey.parts.RateBudget.from_text(reservation.budget.to_text())
    return {"starts": starts, "budget": kept.to_text()}


def preflight(case: dict[str, Any]) -> dict[str, Any]:
    given = tokens(case["tokens"]) if "tokens" in case else None
    plan = client(case).preflight(case["operation"], given, budget=budget(case), now_ms=case["now_ms"])
    return {**fields(plan, "start_at_ms", "requests", "worst_case_ms"), "budget": plan.budget.to_text()}


def budget(case: dict[str, Any]) -> venuekey.parts.RateBudget:
    if "budget" in case:
        return venuekey.parts.RateBudget.from_text(text(case["budget"]))
    return venuekey.parts.RateBudget(share_of=case.get("share_of", 1))


def sealed(case: dict[str, Any]) -> str:
    flow, entropy = client(case).restore(case["snapshot"]), bytes.fromhex(case["entropy"])
    return flow.seal(sealing_keys(case["keys"]), context=text(case["context"]), entropy=entropy)


def sealing_keys(given: list[list[str]]) -> venuekey.SealingKeys:
    return venuekey.SealingKeys([(name, bytes.fromhex(key)) for name, key in given])


def client(case: dict[str, Any]) -> venuekey.Client:
    made = venuekey.Client if "client_secret" in case["client"] else venuekey.Client.public
    return made(**case["client"])


def signer(case: dict[str, Any]) -> venuekey.parts.Signer:
    given = case["signer"]
    secrets = {name: text(given[name]) for name in ("api_key", "api_secret")}
    return venuekey.parts.Signer(**{**given, **secrets})


def response(given: dict[str, Any]) -> venuekey.parts.HttpResponse:
    headers = [(name, value) for name, value in given.get("headers", [])]
    return venuekey.parts.HttpResponse(given["status"], text(given["body"]).encode(), headers)


def tokens(given: dict[str, Any]) -> venuekey.parts.Tokens:
    return venuekey.parts.Tokens(**{**given, "access_token": text(given["access_token"])})


def text(value: Any) -> str:
    """A string, or `{"repeat": text, "times": n}`."""
    return value if isinstance(value, str) else value["repeat"] * value["times"]
