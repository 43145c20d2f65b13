"""Replays the cases of `tests/vectors/reads`, and of reads in `values`."""

from __future__ import annotations

import dataclasses
import re
import typing
from decimal import Decimal
from typing import Any

import pytest

import venuekey
from corpus import MANIFEST, load
from test_vectors import budget, client, described_request, fields, raised, response, text
from test_vectors import tokens as tokens_of

WITHOUT_SPAN = (
    "read_transactions", "read_main_balances", "read_spot_balances", "read_wallet_balance", "read_common_balances",
)  # fmt: skip


@pytest.mark.parametrize("name", [name for name in MANIFEST["cases"] if name.startswith("reads/")])
def test_read(name: str) -> None:
    case = load(name)
    tokens = venuekey.parts.Tokens(access_token="access", expires_at_ms=0, scope=case.get("scope", []))
    app, following = client(case), None
    try:
        following = begin(app, case["start"])
        got: Any = fields(following, "kind") | {"cursor": following.cursor()}
        if is_common(following):
            got |= fields(following, "reaches_from_ms")
    except venuekey.VenuekeyError as error:
        got = {"raises": raised(error)}
    assert got == case["start"]["expect"], "start"
    for index, page in enumerate(case["pages"]):
        # Every page is asked for by a read that has come from its cursor, as in another process.
        assert following is not None
        read = app.resume_read(following.cursor())
        assert read.cursor() == following.cursor()
        got = {}
        try:
            if "signer" in case:
                signer = venuekey.parts.Signer(**case["signer"])
                request, receive = read.sign(signer, nonce_ms=page["nonce_ms"]), read.receive_signed
            else:
                request, receive = read.request(tokens), read.receive
            got["request"] = described_request(request)
            if is_common(read):
                got |= {"list": read.list, "window": [read.window_from_ms, read.window_to_ms]}
            answer = receive(response(page))
            following = answer.next
            got["records"] = [plain(record) for record in answer.records]
            got.update(total=answer.total, cursor=following and following.cursor())
        except venuekey.VenuekeyError as error:
            got["raises"] = raised(error)
        assert got == page["expect"], f"page {index}"


@pytest.mark.parametrize("name", [name for name in MANIFEST["cases"] if load(name).get("value") == "preflight_read"])
def test_preflight_of_a_read(name: str) -> None:
    case = load(name)
    try:
        read = begin(client(case), case["start"])
        plan = read.preflight(tokens_of(case["tokens"]), budget=budget(case), now_ms=case["now_ms"])
        got = {**fields(plan, "start_at_ms", "requests", "worst_case_ms"), "budget": plan.budget.to_text()}
    except venuekey.VenuekeyError as error:
        got = {"raises": raised(error)}
    assert got == case["expect"]


def test_the_type_system_knows_every_read() -> None:
    cases = [load(name) for name in MANIFEST["cases"] if name.startswith("reads/")]
    kinds = {case["start"]["expect"].get("kind") for case in cases}
    assert kinds - {None} == set(typing.get_args(venuekey.parts.ReadKind))
    queries = [case["start"].get("query", {}) for case in cases]
    assert {query["method"] for query in queries if "method" in query} == set(
        typing.get_args(venuekey.parts.TransactionMethod)
    )
    asked = {query["status"] for query in queries if isinstance(query.get("status"), str)}
    assert asked <= set(typing.get_args(venuekey.parts.OrderFilter))


def begin(app: venuekey.Client, start: dict[str, Any]) -> venuekey.parts.AccountRead[Any]:
    read = begun(app, start)
    return read.bound_to(start["bound_to"]) if "bound_to" in start else read


def begun(app: venuekey.Client, start: dict[str, Any]) -> venuekey.parts.AccountRead[Any]:
    if start["call"] == "resume_read":
        return app.resume_read(text(start["cursor"]))
    given = dict(start.get("query", {}))
    if start["call"] not in WITHOUT_SPAN:
        given["now_ms"] = start["now_ms"]
    read: venuekey.parts.AccountRead[Any] = getattr(app, start["call"])(**given)
    return read.with_nonce(nonce_ms=start["nonce_ms"]) if "nonce_ms" in start else read


def is_common(read: venuekey.parts.AccountRead[Any]) -> bool:
    return read.kind.startswith("common_")


def plain(value: Any) -> Any:
    """A record as core's JSON has it: amounts as the texts they came as, and a venue's own record with its name."""
    if dataclasses.is_dataclass(value):
        named = {field.name.rstrip("_"): plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        own = getattr(value, "venue_record", None)
        if own is not None:
            named["venue_record"]["name"] = re.sub(r"(?<!^)(?=[A-Z])", "_", type(own).__name__).lower()
        return named
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return spelled(value) if isinstance(value, Decimal) else value


def spelled(amount: Decimal) -> str:
    # Decimal keeps the digits and writes a small exponent its own way.
    return "1e-8" if Decimal.__str__(amount) == "1E-8" else format(amount, "f")
