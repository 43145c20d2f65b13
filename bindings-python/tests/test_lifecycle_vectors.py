"""Replays the vectors of a key's life: what is granted, which public key it has, when to look at it next."""

from __future__ import annotations

from typing import Any, Callable

import pytest

import venuekey
from conftest import NOW_MS
from corpus import load
from test_vectors import (
    LIFECYCLE,
    VALUES,
    client,
    described_request,
    fields,
    raised,
    response,
    signer,
    text,
)


@pytest.mark.parametrize("name", [name for name in VALUES if load(name)["value"] in LIFECYCLE])
def test_value(name: str) -> None:
    case = load(name)
    calls: dict[str, Callable[[], Any]] = {
        "key_proof": lambda: fields(
            signer(case).receive_probe(response(case["response"])), "any_granted", "expires_at_ms"
        ),
        "key_status": lambda: fields(status(case), "any_granted"),
        "public_key_probe": lambda: turns(case),
        "key_watch": lambda: looked(case),
        "key_verdict": lambda: judged(case),
    }
    assert set(calls) == LIFECYCLE
    try:
        got = calls[case["value"]]()
    except venuekey.VenuekeyError as error:
        got = {"raises": raised(error)}
    assert got == case["expect"]


def status(case: dict[str, Any]) -> venuekey.parts.KeyStatus:
    begun = client(case).check_key(venuekey.parts.Tokens(access_token="t", expires_at_ms=1), now_ms=NOW_MS)
    sent = begun.flow.resume(now_ms=NOW_MS)
    saved = sent.flow.receive_response(response(case["response"]), now_ms=NOW_MS)
    done = saved.flow.resume(now_ms=NOW_MS)
    assert isinstance(done, venuekey.parts.Done)
    assert isinstance(done.outcome, venuekey.parts.KeyChecked)
    return done.outcome.status


def turns(case: dict[str, Any]) -> list[dict[str, Any]]:
    done = client(case).restore(case["snapshot"]).resume(now_ms=NOW_MS)
    assert isinstance(done, venuekey.parts.Done)
    assert isinstance(done.outcome, venuekey.parts.ApiKeyGranted)
    given = {name: value for name, value in case["signer"].items() if name not in ("api_key", "api_secret")}
    probe, got = venuekey.parts.PublicKeyProbe(done.outcome.key, **given), []
    for turn in case["turns"]:
        seen: dict[str, Any] = {
            "shown": repr(probe),
            "request": described_request(probe.request(nonce_ms=turn["nonce_ms"])),
        }
        try:
            answer = probe.receive(response(turn["response"]))
        except venuekey.VenuekeyError as error:
            seen["raises"] = raised(error)
        else:
            if isinstance(answer, venuekey.parts.PublicKeyProven):
                seen.update(fields(answer.key, "api_key", "external_id", "candidate_public_key"), answer="proven")
                seen["is_permitted"] = answer.proof.is_permitted
            else:
                probe, seen["answer"] = answer, "next"
        got.append(seen)
    return got


def looked(case: dict[str, Any]) -> dict[str, Any]:
    watch = venuekey.parts.KeyWatch.from_text(text(case["watch"]))
    named = ("venue", "issued_at_ms", "last_used_at_ms", "expires_at_ms", "is_ip_bound", "seed")
    assert venuekey.parts.KeyWatch(**fields(watch, *named)) == watch
    look = watch.next_check(now_ms=case["now_ms"])
    return {"text": watch.to_text(), **fields(look, "at_ms", "reason"), "ends_at_ms": watch.ends_at_ms}


def judged(case: dict[str, Any]) -> dict[str, Any]:
    watch = venuekey.parts.KeyWatch.from_text(case["watch"])
    if "external_id" in case:
        verdict = watch.receive_status(status(case), case["external_id"])
    else:
        try:
            verdict = watch.receive_proof(signer(case).receive_probe(response(case["response"])), now_ms=case["now_ms"])
        except venuekey.VenuekeyError as error:
            verdict = watch.receive_error(error, now_ms=case["now_ms"])
    got: dict[str, Any] = {"verdict": verdict.name}
    if verdict.watch is not None:
        got["watch"] = verdict.watch.to_text()
    if verdict.check_again_at_ms is not None:
        got["check_again_at_ms"] = verdict.check_again_at_ms
    return got
