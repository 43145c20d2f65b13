"""Each sender against a loopback server: the host contract of core, one clause a test."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from typing import Any, Callable

import httpx
import pytest
import requests

import venuekey
from conftest import CANARIES, EXTERNAL_ID, NOW_MS, REPLIES, reply
from loopback import Loopback, Recorded, plain
from venuekey.senders import async_httpx_sender, httpx_sender, requests_sender

Send = Callable[[Any], venuekey.parts.HttpResponse]
KINDS = [
    "httpx",
    "httpx with a client",
    "async httpx",
    "async httpx with a client",
    "requests",
    "requests with a session",
]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def send(kind: str, server: Loopback) -> Iterator[Send]:
    """A sender; those with a client of the host's get one whose defaults would break the contract."""
    mine: Any = {"headers": {"x-mine": "1"}, "cookies": {"mine": "1"}, "follow_redirects": True, "auth": ("u", "p")}
    if kind == "httpx":
        yield httpx_sender()
    elif kind == "httpx with a client":
        with httpx.Client(**mine) as client:
            yield httpx_sender(client)
    elif kind == "requests":
        yield requests_sender()
    elif kind == "requests with a session":
        with requests.Session() as session:
            session.headers["x-mine"], session.auth = "1", ("u", "p")
            session.cookies.set("mine", "1")
            yield requests_sender(session)
    else:
        loop = asyncio.new_event_loop()
        own = httpx.AsyncClient(**mine) if "client" in kind else None
        asend = async_httpx_sender(own)

        async def run(given: Any) -> venuekey.parts.HttpResponse:
            return await asend(given)

        yield lambda given: loop.run_until_complete(run(given))
        if own is not None:
            loop.run_until_complete(own.aclose())
        # Where reading stopped early, the loop closes httpx's generators in its next turns.
        for _ in range(100):
            loop.run_until_complete(asyncio.sleep(0))
        loop.close()


@pytest.fixture
def at_server(server: Loopback) -> venuekey.Client:
    return venuekey.Client(
        venue="whitebit",
        environment="global",
        client_id="demo",
        client_secret=CANARIES["client_secret"],
        redirect_uri="https://partner.example/callback",
        api_base=server.base,
    )


@pytest.fixture
def by_replay(at_server: venuekey.Client, tokens: venuekey.parts.Tokens) -> dict[str, venuekey.parts.HttpRequest]:
    """One request of each kind: a GET that is safe, a POST that never is, a GET whose reply comes once."""
    started = at_server.begin("api_key", now_ms=NOW_MS)
    state = started.authorize_url.split("state=")[1].split("&")[0]
    step = started.pending.receive_callback(f"/callback?code=c&state={state}", now_ms=NOW_MS)
    step = step.flow.resume(now_ms=NOW_MS)
    sends: list[venuekey.parts.Step] = [at_server.refresh_tokens(tokens, now_ms=NOW_MS).flow.resume(now_ms=NOW_MS)]
    for purpose in ("exchange_code", "check_key"):
        step = step.flow.receive_response(reply(REPLIES[purpose]), now_ms=NOW_MS)
        sends.append(step)
    return {each.request.replay: each.request for each in sends if isinstance(each, venuekey.parts.Send)}


class Impatient:
    """A request with another deadline."""

    def __init__(self, request: venuekey.parts.HttpRequest, timeout_hint_ms: int) -> None:
        self._request, self.timeout_hint_ms = request, timeout_hint_ms

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)


def chain(error: BaseException) -> Iterator[BaseException]:
    yield error
    for linked in (error.__cause__, error.__context__):
        if linked is not None:
            yield from chain(linked)


def no_response(send: Send, request: Any, server: Loopback) -> None:
    with pytest.raises(venuekey.NoResponse) as caught:
        send(request)
    assert list(chain(caught.value)) == [caught.value]
    shown = repr(caught.value) + str(vars(caught.value))
    assert not [canary for canary in (*CANARIES.values(), EXTERNAL_ID, server.base) if canary in shown]


@pytest.mark.parametrize("replay", ["safe", "never", "once_only"])
def test_headers_and_body_go_out_as_given(
    replay: str, send: Send, by_replay: dict[str, venuekey.parts.HttpRequest], server: Loopback
) -> None:
    request = by_replay[replay]
    response = send(request)
    assert (response.status, response.body) == (200, b'{"data": {}}')
    (recorded,) = server.recorded
    assert (recorded.method, server.base + recorded.path) == (request.method, request.url)
    assert recorded.body == (request.body or b"")
    added = [header for header in recorded.headers if header not in request.headers]
    assert len(added) == len(recorded.headers) - len(request.headers)
    assert {name for name, _ in added} <= {"host", "content-length", "connection", "accept-encoding", "user-agent"}


def test_retry_after_arrives(
    send: Send, at_server: venuekey.Client, tokens: venuekey.parts.Tokens, server: Loopback
) -> None:
    server.answer = lambda request: plain(429, b"{}", "Retry-After: 7")
    step = at_server.check_key(tokens, now_ms=NOW_MS).flow.resume(now_ms=NOW_MS)
    assert isinstance(step, venuekey.parts.Send)
    wait = step.next.receive_response(send(step.request), now_ms=NOW_MS)
    assert isinstance(wait, venuekey.parts.Wait)
    assert wait.until_ms == NOW_MS + 7_000


@pytest.mark.parametrize("replay", ["safe", "never"])
@pytest.mark.parametrize("location", ["/elsewhere", "http://[", ""])
def test_redirects_are_not_followed(
    location: str, replay: str, send: Send, by_replay: dict[str, venuekey.parts.HttpRequest], server: Loopback
) -> None:
    server.answer = lambda request: plain(302, b"moved", f"location: {location}")
    try:
        assert send(by_replay[replay]).status == 302
    except venuekey.NoResponse:
        # httpx reads the location even where it does not follow it.
        assert location == "http://["
    assert len(server.recorded) == 1


@pytest.mark.parametrize("status", [200, 302])
def test_reading_stops_after_the_cap(
    status: int, send: Send, by_replay: dict[str, venuekey.parts.HttpRequest], server: Loopback
) -> None:
    sent = []

    def endless(request: Recorded) -> Iterable[bytes]:
        yield f"HTTP/1.1 {status} OK\r\ncontent-length: 1000000000\r\nlocation: /elsewhere\r\n\r\n".encode()
        for _ in range(1000):
            sent.append(65536)
            yield b"x" * 65536

    server.answer = endless
    assert len(send(by_replay["safe"]).body) == venuekey.parts.MAX_BODY_BYTES + 1
    assert sum(sent) < 32 * venuekey.parts.MAX_BODY_BYTES
    assert len(server.recorded) == 1


@pytest.mark.parametrize("replay", ["safe", "never", "once_only"])
def test_a_dead_connection_is_not_sent_to_twice(
    replay: str, send: Send, by_replay: dict[str, venuekey.parts.HttpRequest], server: Loopback
) -> None:
    send(by_replay["safe"])
    send(by_replay["safe"])
    warm = {recorded.connection for recorded in server.recorded}
    server.recorded.clear()
    # The effect, then close without a byte.
    server.answer = lambda request: None
    no_response(send, by_replay[replay], server)
    (recorded,) = server.recorded
    if replay != "safe":
        assert recorded.connection not in warm
        assert ("connection", "close") in recorded.headers


def test_a_host_s_client_is_pooled_for_safe_requests(
    server: Loopback, by_replay: dict[str, venuekey.parts.HttpRequest]
) -> None:
    with httpx.Client() as client, requests.Session() as session:
        for send in (httpx_sender(client), requests_sender(session)):
            server.recorded.clear()
            for _ in range(3):
                send(by_replay["safe"])
            assert len({recorded.connection for recorded in server.recorded}) == 1


def test_no_server_a_broken_reply_and_a_truncated_one(
    send: Send, by_replay: dict[str, venuekey.parts.HttpRequest], server: Loopback
) -> None:
    for answer in ([b"not http\r\n\r\n"], [b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\nconnection: close\r\n\r\n{"]):
        server.answer = lambda request, answer=answer: [*answer, *close()]  # type: ignore[misc]
        no_response(send, by_replay["never"], server)
    server.close()
    no_response(send, by_replay["once_only"], server)


def close() -> Iterator[bytes]:
    raise OSError
    yield b""


def test_the_deadline_is_for_the_whole_reply(
    send: Send, by_replay: dict[str, venuekey.parts.HttpRequest], server: Loopback
) -> None:
    """Without it this test would not end."""
    over = threading.Event()

    def drip(request: Recorded) -> Iterable[bytes]:
        yield b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n"
        while not over.wait(0.05):
            yield b"x"

    def silence(request: Recorded) -> Iterable[bytes]:
        over.wait()
        return []

    for answer in (drip, silence):
        server.answer = answer
        no_response(send, Impatient(by_replay["once_only"], 300), server)
    over.set()


def test_settings_of_the_host_hold_for_fresh_connections(
    by_replay: dict[str, venuekey.parts.HttpRequest], server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    for trusting in (httpx_sender(), requests_sender()):
        with pytest.raises(venuekey.NoResponse):
            trusting(by_replay["never"])
    with httpx.Client(trust_env=False) as client, requests.Session() as session:
        session.trust_env = False
        for own in (httpx_sender(client), requests_sender(session), httpx_sender(trust_env=False)):
            assert own(by_replay["never"]).status == 200
        session.proxies = {"http": "http://127.0.0.1:9"}
        with pytest.raises(venuekey.NoResponse):
            requests_sender(session)(by_replay["never"])


def test_no_http_library_is_imported_by_default() -> None:
    code = "import sys, venuekey.senders; print(sorted({'httpx', 'requests', 'urllib3'} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


SENT = """
import asyncio, sys
from venuekey import senders

class Request:
    method, url, headers, body, replay, timeout_hint_ms = "POST", sys.argv[2], [], b"x", "never", 60_000

send = getattr(senders, sys.argv[1])()
before = set(sys.modules)
reply = send(Request())
status = (asyncio.run(reply) if asyncio.iscoroutine(reply) else reply).status
print(status, sorted(set(sys.modules) - before))
"""


@pytest.mark.parametrize("made", ["httpx_sender", "async_httpx_sender", "requests_sender"])
def test_nothing_is_imported_once_a_request_is_saved(made: str, server: Loopback) -> None:
    """It widens the time in which a crash leaves doubt."""
    server.answer = lambda request: plain(200, b"{}")
    code = [sys.executable, "-c", SENT, made, server.base]
    ran = subprocess.run(code, capture_output=True, text=True, check=True)
    assert ran.stdout == "200 []\n"


def test_a_whole_connection_over_http(at_server: venuekey.Client, server: Loopback, send: Send) -> None:
    bodies = {
        "/oauth2/token": b'{"data": {"access_token": "a", "expires_in": 300}}',
        "/oauth2/api-key/info": b'{"data": {"exists": true, "isEnabled": true, "externalId": "%s"}}'
        % EXTERNAL_ID.encode(),
        f"/oauth2/api-key/{EXTERNAL_ID}/secret": b'{"data": {"apiSecret": "s"}}',
    }
    server.answer = lambda request: plain(200, bodies[request.path])
    store = venuekey.parts.MemoryStore()
    started = at_server.begin("api_key")
    store.save(started.pending.snapshot())
    state = started.authorize_url.split("state=")[1].split("&")[0]
    step = started.pending.receive_callback(f"/callback?code=c&state={state}")
    done = venuekey.parts.drive(step, send=send, save=store.save)
    assert isinstance(done.outcome, venuekey.parts.ApiKeyGranted)
    assert [recorded.path for recorded in server.recorded] == list(bodies)
