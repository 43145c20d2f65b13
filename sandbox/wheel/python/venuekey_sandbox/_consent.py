"""The user at the exchange's page, without a browser: reads the form, ticks, types, presses a button."""

from __future__ import annotations

import http.client
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Optional
from urllib.parse import urlencode, urljoin, urlsplit

_FORM = {"content-type": "application/x-www-form-urlencoded"}


class ConsentRefused(Exception):
    """The exchange's page did not let the user through. The text is what the page says."""


@dataclass
class _Page:
    """A page as a person sees it: what it says, what is filled in, what can be ticked."""

    status: int
    heading: str = ""
    errors: list[str] = field(default_factory=list)
    action: str = ""
    filled: list[tuple[str, str]] = field(default_factory=list)
    boxes: list[tuple[str, str, bool]] = field(default_factory=list)
    buttons: set[str] = field(default_factory=set)

    def refusal(self) -> ConsentRefused:
        return ConsentRefused(" ".join(self.errors) or self.heading)


class User:
    """Someone at a browser of their own, for one authorize URL."""

    def __init__(self, sandbox_url: str) -> None:
        self._origin = sandbox_url

    def approve(self, authorize_url: str, permissions: Optional[Sequence[str]], otp: str) -> str:
        url, page = self._open(authorize_url)
        if page is None:
            return url  # The knob `user_decision` has answered already.
        ticks = [(name, value) for name, value, ticked in page.boxes if ticked]
        if permissions is not None:
            offered = [value for name, value, _ in page.boxes if name == "permissions"]
            unknown = set(permissions) - set(offered)
            if unknown:
                raise ValueError(f"the page offers the permissions {offered}, not {sorted(unknown)}")
            # Who ticks withdrawal also ticks the box that it brings up.
            second = [(name, value) for name, value, _ in page.boxes if name != "permissions"]
            ticks = [("permissions", value) for value in permissions] + (second if "withdrawal" in permissions else [])
        url, answer = self._press(url, page, "approve", [*ticks, ("otp", otp)])
        if answer is not None:
            raise answer.refusal()
        return url

    def leave(self, authorize_url: str, button: str) -> Optional[str]:
        url, page = self._open(authorize_url)
        # A page at the very address that was opened: the knob `user_decision` has answered already.
        if page is not None and (url != authorize_url or page.status >= 400):
            url, page = self._press(url, page, button, [])
        return None if page is not None else url

    def _open(self, authorize_url: str) -> tuple[str, Optional[_Page]]:
        if not authorize_url.startswith(f"{self._origin}/"):
            raise ValueError(f"the authorize URL must be of the sandbox at {self._origin}: give base_url to your code")
        return self._follow("GET", authorize_url, None)

    def _press(
        self, url: str, page: _Page, button: str, added: Sequence[tuple[str, str]]
    ) -> tuple[str, Optional[_Page]]:
        if button not in page.buttons:
            raise page.refusal()
        body = urlencode([*page.filled, *added, ("action", button)])
        return self._follow("POST", urljoin(url, page.action), body)

    def _follow(self, method: str, url: str, body: Optional[str]) -> tuple[str, Optional[_Page]]:
        """Where it ends: at a page of the exchange, or, without one, at the callback, which is not opened."""
        for _ in range(10):
            parts = urlsplit(url)
            connection = http.client.HTTPConnection(parts.netloc, timeout=30)
            try:
                connection.request(method, parts._replace(scheme="", netloc="").geturl(), body, _FORM if body else {})
                reply = connection.getresponse()
                location, text = reply.headers["location"], reply.read().decode()
            finally:
                connection.close()
            if not 300 <= reply.status < 400 or location is None:
                reader = _Reader(reply.status)
                reader.feed(text)
                if not reader.page.heading:
                    raise ConsentRefused(f"The page came with status {reply.status}: {text[:200]}")
                return url, reader.page
            url = urljoin(url, location)
            # The consent page is followed; any other address is the callback's, even where the sandbox serves it
            # itself: Bybit's page that shows the code.
            if not (url.startswith(f"{self._origin}/") and urlsplit(url).path.endswith("/consent")):
                return url, None
            method, body = "GET", None
        raise ConsentRefused("The page redirects without end.")


class _Reader(HTMLParser):
    def __init__(self, status: int) -> None:
        super().__init__()
        self.page = _Page(status)
        self._text: Optional[list[str]] = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Optional[str]]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, value = given.get("name", ""), given.get("value", "")
        kind = given.get("type", "text") if tag == "input" else ""
        if tag == "form":
            self.page.action = given.get("action", "")
        elif kind == "hidden" or (kind == "radio" and "checked" in given):
            self.page.filled.append((name, value))
        elif kind == "checkbox":
            self.page.boxes.append((name, value, "checked" in given))
        elif tag == "button":
            self.page.buttons.add(value)
        elif tag == "h1" or (tag == "p" and given.get("class") == "error"):
            self._text = []

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("h1", "p") and self._text is not None:
            text = " ".join("".join(self._text).split())
            if tag == "h1":
                self.page.heading = text
            else:
                self.page.errors.append(text)
            self._text = None
