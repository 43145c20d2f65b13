"""A client, a venue that answers from a script, and the texts that must never show."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

import pytest

import venuekey
from loopback import Loopback
from venuekey.connections import Connections, Event
from venuekey.stores.sqlite import SQLiteStore

if TYPE_CHECKING:
    from browser import Browser

Run = Callable[..., venuekey.parts.Done]
NOW_MS = 1_790_000_000_000
LAST_MS = 4_102_444_799_999
"""The latest a clock may say."""
READS = [f"users.{what}.read" for what in ("balances", "converts", "deals", "orders", "transactions")]
EXTERNAL_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"

CANARIES = {
    "client_secret": "canary-client-secret",
    "code": "canary-code",
    "access": "canary-access-token",
    "refresh": "canary-refresh-token",
    "api_secret": "canary-api-secret",
    "public_key": "canary-public-key",
    "sealing_key": "canary-sealing-key-of-32-bytes!!",
}

REPLIES: dict[str, Any] = {
    "exchange_code": {
        "data": {"access_token": CANARIES["access"], "refresh_token": CANARIES["refresh"], "expires_in": 300}
    },
    "check_key": {
        "data": {
            "exists": True,
            "isEnabled": True,
            "externalId": EXTERNAL_ID,
            "permissions": [
                {
                    "name": "trade",
                    "title": "Trading",
                    "urls": [
                        {"url": "/api/v4/order/new", "enable": True},
                        {"url": "/api/v4/withdraw", "enable": False},
                    ],
                }
            ],
        }
    },
    "fetch_secret": {"data": {"apiSecret": CANARIES["api_secret"]}},
    "refresh_tokens": {"data": {"access_token": "next-access", "refresh_token": "next-refresh", "expires_in": 300}},
    "delete_key": {"data": []},
}

ACCOUNTS: list[dict[str, Any]] = [{"sub_member_id": 200001, "nickname": "bot-1"}, {"sub_member_id": "200002"}]

AGENT_REPLIES: dict[str, Any] = {
    "exchange_code": {"access_token": CANARIES["access"], "refresh_token": CANARIES["refresh"], "expires_in": 86_400},
    # The list has been seen to bring the keys along.
    "list_subaccounts": {
        "retCode": 0,
        "result": {"accounts": [{**each, "api_secret": CANARIES["api_secret"]} for each in ACCOUNTS]},
    },
    "fetch_subaccount_key": {
        "retCode": 0,
        "result": {"sub_member_id": 200001, "api_key": "ai-key", "api_secret": CANARIES["api_secret"]},
    },
    "create_subaccount": {
        "retCode": 0,
        "result": {"sub_member_id": 200003, "api_key": "ai-key", "api_secret": CANARIES["api_secret"]},
    },
}


def reply(body: Any, status: int = 200) -> venuekey.parts.HttpResponse:
    return venuekey.parts.HttpResponse(status, json.dumps(body).encode())


class Venue:
    """Answers each purpose from its replies, or from what a test puts first."""

    def __init__(self, replies: dict[str, Any] = REPLIES) -> None:
        self.replies = replies
        self.sent: list[venuekey.parts.HttpRequest] = []
        self.first: dict[str, list[venuekey.parts.HttpResponse | BaseException]] = {}

    def send(self, request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        self.sent.append(request)
        waiting = self.first.get(request.purpose)
        answer = waiting.pop(0) if waiting else reply(self.replies[request.purpose])
        if isinstance(answer, BaseException):
            raise answer
        return answer

    async def asend(self, request: venuekey.parts.HttpRequest) -> venuekey.parts.HttpResponse:
        return self.send(request)

    @property
    def purposes(self) -> list[str]:
        return [request.purpose for request in self.sent]


class Clock:
    """Milliseconds that pass only while somebody sleeps."""

    def __init__(self) -> None:
        self.now_ms = NOW_MS
        self.slept: list[float] = []

    def __call__(self) -> int:
        return self.now_ms

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_ms += round(seconds * 1000)

    async def asleep(self, seconds: float) -> None:
        self.sleep(seconds)


def run_by(kind: str, venue: Venue, store: venuekey.parts.MemoryStore, clock: Clock) -> Run:
    """`drive`, or `adrive` in a loop of its own, over this venue, store and clock."""

    def run(step: venuekey.parts.Step, **given: Any) -> venuekey.parts.Done:
        if kind == "drive":
            return venuekey.parts.drive(
                step, **{"send": venue.send, "save": store.save, "sleep": clock.sleep, "clock": clock, **given}
            )
        arguments = {"send": venue.asend, "save": store.save, "sleep": clock.asleep, "clock": clock, **given}
        return asyncio.run(venuekey.parts.adrive(step, **arguments))

    return run


def restored(client: venuekey.Client, store: venuekey.parts.MemoryStore) -> venuekey.parts.Flow:
    """The store's one flow."""
    (flow_id,) = store.flow_ids()
    return client.restore(store.load(flow_id) or "")


@pytest.fixture
def client() -> venuekey.Client:
    return venuekey.Client(
        venue="whitebit",
        environment="global",
        client_id="demo",
        client_secret=CANARIES["client_secret"],
        redirect_uri="https://partner.example/callback",
    )


@pytest.fixture
def venue() -> Venue:
    return Venue()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store() -> venuekey.parts.MemoryStore:
    return venuekey.parts.MemoryStore()


@pytest.fixture
def tokens() -> venuekey.parts.Tokens:
    return venuekey.parts.Tokens(
        access_token=CANARIES["access"],
        refresh_token=venuekey.Secret(CANARIES["refresh"]),
        expires_at_ms=NOW_MS + 300_000,
        scope=["apikeys.read", *READS],
    )


@pytest.fixture
def begin(client: venuekey.Client, store: venuekey.parts.MemoryStore) -> Callable[[], venuekey.parts.Step]:
    """Begins, stores, and comes back from the venue with a code: the first step to drive, revision 2."""

    def begin() -> venuekey.parts.Step:
        started = client.begin("api_key", now_ms=NOW_MS)
        assert store.save(started.pending.snapshot())
        url = came_back(started.authorize_url, f"publicKey={CANARIES['public_key']}")
        return started.pending.receive_callback(url, now_ms=NOW_MS)

    return begin


def came_back(authorize_url: str, *more: str) -> str:
    """The callback's URL, as the venue sends the browser there."""
    state = authorize_url.split("state=")[1].split("&")[0]
    return "&".join([f"/callback?code={CANARIES['code']}&state={state}", *more])


@pytest.fixture
def agent() -> venuekey.Client:
    """Bybit's AI agent: no secret, and the user chooses an account."""
    return venuekey.Client.public(
        venue="bybit", environment="mainnet", client_id="ai-agent", redirect_uri="http://127.0.0.1:9876/callback"
    )


@pytest.fixture
def bybit() -> Venue:
    return Venue(AGENT_REPLIES)


@pytest.fixture
def begin_agent(agent: venuekey.Client, store: venuekey.parts.MemoryStore) -> Callable[[], venuekey.parts.Step]:
    """As `begin`, for the AI agent: driven, its choice is saved at revision 5."""

    def begin_agent() -> venuekey.parts.Step:
        started = agent.begin("api_key", now_ms=NOW_MS)
        assert store.save(started.pending.snapshot())
        return started.pending.receive_callback(came_back(started.authorize_url), now_ms=NOW_MS)

    return begin_agent


@pytest.fixture
def device() -> venuekey.Client:
    """The app in front of `client`: the same registration without the secret."""
    return venuekey.Client.public(
        venue="whitebit", environment="global", client_id="demo", redirect_uri="https://partner.example/callback"
    )


@pytest.fixture
def handed_off(device: venuekey.Client) -> venuekey.parts.Done:
    started = device.begin("api_key", now_ms=NOW_MS)
    saved = started.pending.receive_callback(came_back(started.authorize_url), now_ms=NOW_MS)
    done = saved.flow.resume(now_ms=NOW_MS)
    assert isinstance(done, venuekey.parts.Done)
    return done


@pytest.fixture
def sealing_keys() -> venuekey.SealingKeys:
    return venuekey.SealingKeys([("2026-11", CANARIES["sealing_key"].encode())])


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    server = Loopback()
    yield server
    server.close()


@pytest.fixture
def rows(tmp_path: Path) -> Iterator[SQLiteStore]:
    with closing(SQLiteStore(tmp_path / "connections.db")) as store:
        yield store


@pytest.fixture
def told() -> list[Event]:
    return []


@pytest.fixture
def make(
    client: venuekey.Client[Any], rows: SQLiteStore, venue: Venue, clock: Clock, told: list[Event]
) -> Callable[..., Connections]:
    def make(**more: Any) -> Connections:
        given: dict[str, Any] = {
            "send": venue.send, "on_event": told.append, "clock": clock, "sleep": clock.sleep, **more,
        }  # fmt: skip
        keys = venuekey.SealingKeys(given.pop("keys", [("2026-11", bytes(range(32)))]))
        clients = given.pop("clients", {"whitebit": client})
        return Connections(clients, given.pop("store", rows), keys, **given)

    return make


@pytest.fixture
def make_web(rows: SQLiteStore, clock: Clock) -> Callable[..., Connections]:
    """Makes connections for the web's routes."""
    from browser import maker  # it is made of what stands here

    return maker(rows, clock)


@pytest.fixture
def browser(make_web: Callable[..., Connections]) -> Browser:
    from browser import Browser

    return Browser(make_web())
