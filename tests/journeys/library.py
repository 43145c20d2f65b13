"""The library against the sandbox without a backend between: one client, one store, one person."""

from __future__ import annotations

import re
from typing import Any

import venuekey
from venuekey.senders import httpx_sender

from conftest import OTP, PERMISSIONS, Rig
from person import Person

CALLBACKS = {"whitebit": "/callback/whitebit", "bybit": "/callback/bybit"}
LOOPBACK = "http://127.0.0.1:9876/callback"
CODE_PAGE = {"mainnet": "https://www.bybit.com/oauth/callback", "testnet": "https://testnet.bybit.com/oauth/callback"}


class Connection:
    """One client at the sandbox, with a clock that jumps to the end of each wait, the sandbox's along with it."""

    def __init__(self, rig: Rig, venue: venuekey.parts.Venue, environment: venuekey.parts.VenueEnvironment, **more: Any) -> None:
        self.rig = rig
        base = f"{rig.sandbox.url}/{venue}/{environment}"
        config: dict[str, Any] = {
            "client_id": f"demo-{venue}",
            "client_secret": f"demo-{venue}-secret",
            "redirect_uri": rig.home + CALLBACKS[venue],
            **more,
        }
        # `client_secret=None` is how a test asks for a public client.
        is_public = config["client_secret"] is None
        if is_public:
            del config["client_secret"]
        self.client = (venuekey.Client.public if is_public else venuekey.Client)(
            venue=venue, environment=environment, authorize_base=base, api_base=base, **config
        )
        self.client_id: str = config["client_id"]
        self.redirect_uri: str = config["redirect_uri"]
        self.store = venuekey.parts.MemoryStore()
        self.steps: list[str] = []

    def begin(self, goal: venuekey.parts.Goal, **options: Any) -> venuekey.parts.Started:
        started = self.client.begin(goal, now_ms=self.now_ms(), **options)
        assert self.store.save(started.pending.snapshot())
        return started

    def consent(self, person: Person, started: venuekey.parts.Started, button: str = "Approve") -> str:
        return self.consent_at(person, started.authorize_url, button)

    def consent_at(self, person: Person, authorize_url: str, button: str = "Approve") -> str:
        """Answers on the exchange's page; returns the callback's address, which nobody opens."""
        page = person.open(authorize_url)
        # The plain grant and the AI agent ask for no permission of their own.
        asks = "permissions" in page.form("Approve")[0].boxes
        boxes = {"permissions": PERMISSIONS[self.client.venue]} if asks else None
        back = person.press(page, button, boxes, lambda url: url.startswith(self.redirect_uri), otp=OTP)
        assert back.url.startswith(self.redirect_uri), back.title
        return back.url

    def drive(self, step: venuekey.parts.Step, **more: Any) -> venuekey.parts.Done:
        return venuekey.parts.drive(
            step,
            send=httpx_sender(),
            save=self.store.save,
            sleep=self.advance,
            clock=self.now_ms,
            on_step=lambda step: self.steps.append(step.request.purpose if isinstance(step, venuekey.parts.Send) else step.name),
            **more,
        )  # fmt: skip

    def connect(self, person: Person, goal: venuekey.parts.Goal, **options: Any) -> venuekey.parts.Done:
        started = self.begin(goal, **options)
        return self.drive(started.pending.receive_callback(self.consent(person, started), now_ms=self.now_ms()))

    def advance(self, seconds: float) -> None:
        self.rig.sandbox.tell("/clock/advance", {"ms": round(seconds * 1000)})

    def now_ms(self) -> int:
        """The sandbox's own clock, so that both sides see the same life of a token."""
        now: int = self.rig.sandbox.tell("/clock/advance", {"ms": 0})["now_ms"]
        return now


def agent(rig: Rig, environment: venuekey.parts.VenueEnvironment = "mainnet", redirect_uri: str = LOOPBACK) -> Connection:
    """Bybit's public client."""
    return Connection(rig, "bybit", environment, client_id="ai-agent", client_secret=None, redirect_uri=redirect_uri)


def code_on_the_page(html: str) -> str:
    found = re.search(r"<textarea[^>]*>([^<]+)</textarea>", html)
    assert found is not None, "the page shows a code"
    return found[1]


def first(step: venuekey.parts.Choose) -> str:
    return step.subaccounts[0].id


def key_of(done: venuekey.parts.Done) -> venuekey.parts.ApiKey:
    assert isinstance(done.outcome, venuekey.parts.ApiKeyGranted)
    return done.outcome.key


def tokens_of(done: venuekey.parts.Done) -> venuekey.parts.Tokens:
    assert isinstance(done.outcome, (venuekey.parts.AccountTokens, venuekey.parts.TokensRefreshed))
    return done.outcome.tokens
