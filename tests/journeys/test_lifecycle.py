"""A key's life against the exchange's own books: a new key for the old one, which public key, when to look again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import venuekey
from venuekey.senders import httpx_sender

from conftest import OTP, PERMISSIONS, Rig
from library import Connection, key_of
from person import Person
from test_signed import signer_of

DAY_S = 86_400


def connected(rig: Rig, person: Person) -> tuple[Connection, venuekey.parts.ApiKeyGranted]:
    connection = Connection(rig, "whitebit", "global")
    outcome = connection.connect(person, "api_key").outcome
    assert isinstance(outcome, venuekey.parts.ApiKeyGranted)
    return connection, outcome


def browser(rig: Rig, connection: Connection, person: Person) -> Callable[[venuekey.parts.Authorize], str]:
    def authorize(step: venuekey.parts.Authorize) -> str:
        assert rig.keys_at("whitebit") == [], "the old key is gone before the user is sent anywhere"
        page = person.open(step.authorize_url)
        boxes = {"permissions": PERMISSIONS["whitebit"]}
        back = person.press(page, "Approve", boxes, lambda url: url.startswith(connection.redirect_uri), otp=OTP)
        return back.url

    return authorize


def reissue(connection: Connection, granted: venuekey.parts.ApiKeyGranted) -> venuekey.parts.Step:
    return connection.client.reissue_key(granted.tokens, granted.key.external_id or "", now_ms=connection.now_ms())


def act(rig: Rig, action: str) -> None:
    rig.sandbox.tell("/user/whitebit/global/action", {"action": action})


def test_a_key_is_replaced(rig: Rig, person: Person) -> None:
    connection, old = connected(rig, person)
    new = key_of(connection.drive(reissue(connection, old), authorize=browser(rig, connection, person)))
    (issued,) = rig.keys_at("whitebit")
    assert (new.api_key.expose(), new.api_secret.expose()) == (issued["external_id"], issued["secret"])
    assert new.external_id != old.key.external_id
    signer, retired = signer_of(rig, "whitebit", new), signer_of(rig, "whitebit", old.key)
    assert signer.receive_probe(httpx_sender()(signer.probe(nonce_ms=connection.now_ms()))).any_granted
    with pytest.raises(venuekey.VenuekeyError) as refused:
        retired.receive_probe(httpx_sender()(retired.probe(nonce_ms=connection.now_ms())))
    watch = venuekey.parts.KeyWatch("whitebit", connection.now_ms()).used(now_ms=connection.now_ms())
    assert watch.receive_error(refused.value).name == "gone"


def test_the_callback_is_another_request_and_a_reply_is_lost(rig: Rig, person: Person) -> None:
    connection, old = connected(rig, person)
    rig.sandbox.fault("delete", "drop_reply")
    with pytest.raises(venuekey.UserActionError, match="authorization_required") as stopped:
        connection.drive(reissue(connection, old))
    assert stopped.value.flow is not None
    pending = connection.client.restore(connection.store.load(stopped.value.flow.flow_id) or "")
    asked = pending.resume(now_ms=connection.now_ms())
    assert isinstance(asked, venuekey.parts.Authorize)
    url = browser(rig, connection, person)(asked)
    rig.sandbox.fault("secret", "close_before")
    done = connection.drive(pending.receive_callback(url, now_ms=connection.now_ms()))
    (issued,) = rig.keys_at("whitebit")
    assert key_of(done).api_secret.expose() == issued["secret"]
    assert len(rig.sandbox.calls("delete")) == 2


def test_a_token_that_is_over_leaves_the_dashboard(rig: Rig, person: Person) -> None:
    rig.sandbox.turn(whitebit={"issue_refresh_token": False, "access_ttl_s": 300})
    connection, old = connected(rig, person)
    connection.advance(301)
    with pytest.raises(venuekey.UserActionError, match="delete_key_in_dashboard"):
        connection.drive(reissue(connection, old))
    assert len(rig.keys_at("whitebit")) == 1


@pytest.mark.parametrize("kind", ["separate", "external_id"])
def test_which_public_key_it_is(rig: Rig, person: Person, kind: str) -> None:
    rig.sandbox.turn(whitebit={"callback_api_key": kind})
    connection, granted = connected(rig, person)
    answer: venuekey.parts.PublicKeyProbe | venuekey.parts.PublicKeyProven = venuekey.parts.PublicKeyProbe(
        granted.key, venue="whitebit", environment="global", api_base=f"{rig.sandbox.url}/whitebit/global"
    )
    probes = 0
    while isinstance(answer, venuekey.parts.PublicKeyProbe):
        probes += 1
        answer = answer.receive(httpx_sender()(answer.request(nonce_ms=connection.now_ms() + probes)))
    (issued,) = rig.keys_at("whitebit")
    assert (answer.key.api_key.expose(), answer.key.candidate_public_key) == (issued["public_key"], None)
    assert probes == (2 if kind == "separate" else 1)


def test_a_watched_key_stays_alive(rig: Rig, person: Person) -> None:
    connection, granted = connected(rig, person)
    signer = signer_of(rig, "whitebit", granted.key)
    watch = venuekey.parts.KeyWatch("whitebit", connection.now_ms())

    def look() -> venuekey.parts.KeyVerdict:
        try:
            proof = signer.receive_probe(httpx_sender()(signer.probe(nonce_ms=connection.now_ms())))
        except venuekey.VenuekeyError as error:
            return watch.receive_error(error, now_ms=connection.now_ms())
        return watch.receive_proof(proof, now_ms=connection.now_ms())

    for _ in range(4):
        connection.advance((watch.next_check(now_ms=connection.now_ms()).at_ms - connection.now_ms()) / 1000 + 1)
        verdict = look()
        assert verdict.watch is not None, verdict
        watch = verdict.watch
    rig.sandbox.fault("signed", "rate_limit")
    assert look().name == "unclear"
    connection.advance(14 * DAY_S + 1)
    assert look().name == "disabled"
    # Only the user can delete it now.
    with pytest.raises(venuekey.VenuekeyError) as stopped:
        connection.drive(reissue(connection, granted))
    assert stopped.value.code in ("key_disabled", "delete_key_in_dashboard")
    act(rig, "delete_key")
    assert look().name == "gone"
