"""The exception classes."""

from __future__ import annotations

import pickle
import typing
from pathlib import Path
from typing import Any, Callable

import pytest

import venuekey
from conftest import NOW_MS, reply

BY_KIND = {
    "misuse": venuekey.MisuseError,
    "denied": venuekey.DeniedError,
    "rejected": venuekey.RejectedError,
    "user_action": venuekey.UserActionError,
    "reauthorize": venuekey.ReauthorizeError,
    "unavailable": venuekey.UnavailableError,
    "protocol": venuekey.ProtocolError,
}


def test_each_kind_has_its_class() -> None:
    assert set(BY_KIND) == set(typing.get_args(venuekey.parts.ErrorKind))
    for kind, cls in BY_KIND.items():
        assert issubclass(cls, venuekey.VenuekeyError)
        assert cls.kind == kind
    assert not issubclass(venuekey.NoResponse, venuekey.VenuekeyError)
    assert issubclass(venuekey.parts.SaveFailed, RuntimeError)
    assert issubclass(venuekey.parts.WeakSave, (venuekey.parts.SaveFailed, TypeError))


def test_errors_without_a_code_have_a_page_too() -> None:
    named: dict[str, Any] = {
        "no_response": venuekey.NoResponse,
        "save_failed": venuekey.parts.SaveFailed,
        "tokens_unsaved": venuekey.parts.TokensUnsaved,
        "store_error": venuekey.StoreError,
        "store_busy": venuekey.StoreBusy,
        "connection_not_found": venuekey.ConnectionNotFound,
        "ambiguous_account": venuekey.AmbiguousAccount,
    }
    pages = Path(__file__).parents[2] / "docs/errors"
    for name, cls in named.items():
        assert cls.doc_url == f"https://github.com/venuekey/venuekey/blob/main/docs/errors/{name}.md"
        assert (pages / f"{name}.md").is_file()


def test_misuse_is_raised_with_its_fields() -> None:
    redirect_uri = "https://partner.example/callback"
    client = venuekey.Client(
        venue="whitebit", environment="eu", client_id="demo", client_secret="s3cr3t", redirect_uri=redirect_uri
    )
    with pytest.raises(venuekey.MisuseError) as caught:
        client.begin("api_key")
    error = caught.value
    assert (error.kind, error.code, error.venue) == ("misuse", "not_supported", "whitebit")
    assert (error.http_status, error.venue_code, error.venue_text, error.retry_after_ms) == (None, None, None, None)
    assert error.hint == "whitebit eu has no api_key"
    assert (error.recovery, error.flow) == (None, None)
    assert str(error).startswith("not_supported: ")
    assert error.args == (str(error),)
    assert str(error).endswith(f"; see {error.doc_url}")


@pytest.mark.parametrize(
    ("field", "value", "hint"),
    [
        ("venue", "kraken", "venue must be one of: whitebit, bybit"),
        ("environment", "moon", "environment must be one of: global, eu, mainnet, testnet"),
    ],
)
def test_a_choice_that_does_not_exist(field: str, value: str, hint: str) -> None:
    given: dict[str, Any] = {"venue": "whitebit", "environment": "global", "client_id": "a", "client_secret": "b"}
    with pytest.raises(venuekey.MisuseError) as caught:
        venuekey.Client(**{**given, "redirect_uri": "https://a.example/", field: value})
    assert (caught.value.code, caught.value.hint) == ("invalid_argument", hint)
    page = "https://github.com/venuekey/venuekey/blob/main/docs/errors/invalid_argument.md"
    assert caught.value.doc_url == page
    assert str(caught.value) == f"invalid_argument: an argument is not valid; {hint}; see {page}"
    assert value not in str(caught.value)


def test_a_refused_callback_leaves_the_flow_usable(client: venuekey.Client) -> None:
    pending = client.begin("api_key", now_ms=NOW_MS).pending
    with pytest.raises(venuekey.RejectedError) as caught:
        pending.receive_callback("/callback?code=canary-code&state=forged", now_ms=NOW_MS)
    assert caught.value.code == "state_mismatch"
    assert "canary-code" not in repr(caught.value)
    assert pending.status == "awaiting_callback"


def test_a_failure_arrives_as_a_step(client: venuekey.Client, begin: Callable[[], venuekey.parts.Step]) -> None:
    sending = begin().flow.resume(now_ms=NOW_MS)
    assert isinstance(sending, venuekey.parts.Send)
    saved = sending.next.receive_response(reply({"data": {"message": ["canary-words"]}}, 401), now_ms=NOW_MS)
    step = saved.flow.resume(now_ms=NOW_MS)
    assert isinstance(step, venuekey.parts.Failed)
    error = step.error
    assert isinstance(error, venuekey.ReauthorizeError)
    assert (error.code, error.venue, error.http_status) == ("code_rejected", "whitebit", 401)
    assert error.venue_text == "canary-words"
    assert "canary-words" not in str(error) + repr(error)
    assert (error.recovery, step.recovery) == (None, None)
    assert error.flow is not None
    assert error.flow.snapshot().expose() == step.flow.snapshot().expose()
    assert step.error is not error
    assert error.__traceback__ is None


def test_recovery_and_retry_after(client: venuekey.Client, begin: Callable[[], venuekey.parts.Step]) -> None:
    step, now_ms = begin().flow.resume(now_ms=NOW_MS), NOW_MS
    assert isinstance(step, venuekey.parts.Send)
    step = step.next.receive_response(reply({"data": {"access_token": "a", "expires_in": 10_000}}), now_ms=now_ms)
    while not isinstance(step, venuekey.parts.Failed):
        if isinstance(step, venuekey.parts.Send):
            step = step.next.receive_response(reply({"data": {"exists": False, "isEnabled": False}}), now_ms=now_ms)
        else:
            now_ms += 2_000
            step = step.flow.resume(now_ms=now_ms)
    error = step.error
    assert isinstance(error, venuekey.UnavailableError)
    assert (error.code, error.recovery, step.recovery) == ("key_not_ready", "poll_longer", "poll_longer")
    assert error.retry_after_ms == 5_000
    assert error.flow is not None
    ready = error.flow.recover(now_ms=now_ms).flow
    assert ready.status == "ready"
    assert isinstance(ready.resume(now_ms=now_ms), venuekey.parts.Send)


def test_an_exception_travels_without_its_flow(begin: Callable[[], venuekey.parts.Step]) -> None:
    sending = begin().flow.resume(now_ms=NOW_MS)
    assert isinstance(sending, venuekey.parts.Send)
    step = sending.next.receive_response(reply({}, 401), now_ms=NOW_MS).flow.resume(now_ms=NOW_MS)
    assert isinstance(step, venuekey.parts.Failed)
    error = step.error
    arrived = pickle.loads(pickle.dumps(error))
    assert type(arrived) is type(error)
    assert {**vars(arrived), "flow": error.flow} == vars(error)
    assert arrived.flow is None
    assert str(arrived) == str(error)


PLACES: dict[str, Callable[[dict[str, Any]], object]] = {
    "Client": lambda given: venuekey.Client(
        client_id="demo", client_secret="s3cr3t", redirect_uri="https://partner.example/cb", **given
    ),
    "Client.public": lambda given: venuekey.Client.public(
        client_id="demo", redirect_uri="https://partner.example/cb", **given
    ),
    "Signer": lambda given: venuekey.parts.Signer(api_key="key", api_secret="s3cr3t", **given),
}


@pytest.mark.parametrize("made", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize(("venue", "environment"), [("bybit", "global"), ("bybit", "eu"), ("whitebit", "testnet")])
def test_an_environment_of_the_other_venue(
    venue: str, environment: str, made: Callable[[dict[str, Any]], object]
) -> None:
    """Type checkers refuse it too: tests/typing_outcomes.py. `PublicKeyProbe`: with its other tests."""
    with pytest.raises(venuekey.MisuseError) as caught:
        made({"venue": venue, "environment": environment})
    assert caught.value.code == "invalid_configuration"
    names = {"whitebit": "global, eu", "bybit": "mainnet, testnet"}[venue]
    assert caught.value.hint == f"environment must be one of this venue's: {names}"
