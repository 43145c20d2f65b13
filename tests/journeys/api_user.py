"""An app that talks to the backend's JSON API, and the person who holds it."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

import httpx

from conftest import OTP, PATIENCE_SECONDS, PERMISSIONS, Rig

JSON = dict[str, Any]


class ApiUser:
    """One person: the app and the browser share their cookies, as a page and its backend do."""

    def __init__(self, rig: Rig, home: str | None = None) -> None:
        self.rig = rig
        self.person = rig.new_person(home)

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        reply = self.person.ask_api(method, path, body, **headers)
        told = reply.content
        if reply.status_code == 201:
            # The one answer with a secret in it: the browser takes the address, `state` and all, to the exchange.
            told = told.replace(reply.json()["authorize_url"].encode(), b"")
        self.rig.answers[path] = self.rig.answers.get(path, b"") + told
        return reply

    def begin(self, venue: str, goal: str = "api_key") -> tuple[str, str]:
        """The flow's id and the consent page's address."""
        reply = self.ask("POST", "/api/connections", {"venue": venue, "goal": goal})
        assert reply.status_code == 201, reply.text
        told = reply.json()
        assert told.keys() == {"flow_id", "authorize_url"}
        return told["flow_id"], told["authorize_url"]

    def consent(self, authorize_url: str, button: str = "Approve", ticks: Sequence[str] = ()) -> str:
        """Answers on the exchange's page; the callback's address, which nobody has opened."""
        page = self.person.open(authorize_url)
        assert page.url.startswith(self.rig.sandbox.url), page.url
        venue = "whitebit" if "/whitebit/" in page.url else "bybit"
        # The plain grant asks for no permission of its own.
        asks = "permissions" in page.form("Approve")[0].boxes
        boxes = {"permissions": list(ticks or PERMISSIONS[venue])} if asks else None
        typed = {"otp": OTP} if button == "Approve" else {}
        return self.person.press(page, button, boxes, lambda url: "/callback/" in url, **typed).url

    def bring(self, venue: str, callback_url: str) -> httpx.Response:
        return self.ask("POST", "/api/callbacks", {"venue": venue, "callback_url": callback_url})

    def hand_off(self, hand_off: str, venue: str = "whitebit") -> httpx.Response:
        return self.ask("POST", "/api/hand-offs", {"venue": venue, "hand_off": hand_off})

    def forget(self, venue: str) -> int:
        return self.ask("DELETE", f"/api/connections/{venue}").status_code

    def call_off(self, venue: str) -> int:
        return self.ask("DELETE", f"/api/attempts/{venue}").status_code

    def states(self) -> dict[str, JSON]:
        reply = self.ask("GET", "/api/connections")
        assert reply.status_code == 200, reply.text
        states: dict[str, JSON] = reply.json()
        return states

    def settled(self, venue: str) -> JSON:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            card = self.states()[venue]
            if card["state"] != "working":
                return card
            assert time.monotonic() < deadline, f"still working: {card['text']}"
            time.sleep(0.05)

    def connect(self, venue: str, goal: str = "api_key") -> JSON:
        flow_id, url = self.begin(venue, goal)
        reply = self.bring(venue, self.consent(url))
        assert (reply.status_code, reply.json()) == (202, {"flow_id": flow_id})
        return self.settled(venue)


def problem(reply: httpx.Response) -> tuple[int, str, str]:
    """Status, kind and code; there is nothing else in a refusal."""
    told = json.loads(reply.content)
    assert told.keys() == {"kind", "code"}, reply.text
    return reply.status_code, told["kind"], told["code"]
