"""A person at a browser, without the browser: follows redirects, keeps cookies, reads pages and forms."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import httpx

import wire


@dataclass
class Form:
    """A form as a person sees it: what is filled in already, and the buttons."""

    action: str
    method: str = "get"
    fields: list[tuple[str, str]] = field(default_factory=list)
    boxes: dict[str, list[str]] = field(default_factory=dict)
    blanks: set[str] = field(default_factory=set)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)  # label, name, value


@dataclass
class Section:
    """One exchange's card."""

    state: str
    code: str = ""
    text: str = ""
    facts: list[str] = field(default_factory=list)


@dataclass
class Page:
    """What the browser shows."""

    url: str
    status: int
    headers: httpx.Headers
    html: str = field(repr=False)
    forms: list[Form] = field(default_factory=list)
    sections: dict[str, Section] = field(default_factory=dict)
    title: str = ""

    def form(self, button: str) -> tuple[Form, tuple[str, str, str]]:
        """The form with a button of that label; unique labels name the exchange, as read to the blind."""
        for form in self.forms:
            for candidate in form.buttons:
                if candidate[0].startswith(button):
                    return form, candidate
        seen = [label for form in self.forms for label, _, _ in form.buttons]
        raise LookupError(f"there is no button {button!r} on {self.title!r}; there are {seen}")


class Person:
    """One browser with its own cookies."""

    def __init__(self, home: str) -> None:
        self.home = home
        self.visited: list[httpx.Response] = []
        self._http = wire.client(60)

    def close(self) -> None:
        self._http.close()

    def open(self, url: str = "/", stop_before: Callable[[str], bool] = lambda _: False) -> Page:
        return self._follow(httpx.Request("GET", urljoin(self.home, url)), stop_before)

    def press(
        self,
        page: Page,
        button: str,
        ticks: dict[str, list[str]] | None = None,
        stop_before: Callable[[str], bool] = lambda _: False,
        **typed: str,
    ) -> Page:
        """Fills the form that has this button, and presses it. `ticks` replaces what is ticked."""
        form, (_, name, value) = page.form(button)
        boxes = form.boxes if ticks is None else ticks
        pairs = [*form.fields, *((box, tick) for box, those in boxes.items() for tick in those), *typed.items()]
        if name:
            pairs.append((name, value))
        body = urlencode(pairs).encode()
        headers = {"content-type": "application/x-www-form-urlencoded"}
        request = httpx.Request("POST", urljoin(page.url, form.action), headers=headers, content=body)
        return self._follow(request, stop_before)

    def post_raw(self, path: str, body: str) -> httpx.Response:
        """A form that no page of ours has made."""
        headers = {"content-type": "application/x-www-form-urlencoded"}
        request = httpx.Request("POST", urljoin(self.home, path), headers=headers, content=body)
        self._http.cookies.set_cookie_header(request)
        return self._http.send(request, follow_redirects=False)

    def ask_api(self, method: str, path: str, body: object = None, **headers: str) -> httpx.Response:
        """As an app's own code does it, with this browser's cookies; for a text as it is, give bytes."""
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        if body is not None:
            headers = {"content-type": "application/json", **headers}
        request = httpx.Request(method, urljoin(self.home, path), headers=headers, content=content)
        self._http.cookies.set_cookie_header(request)
        return self._http.send(request, follow_redirects=False)

    @property
    def session(self) -> str:
        return self._http.cookies.get("session") or ""

    def cookie_header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self._http.cookies.items())

    def watch(self, venue: str, seconds: float, told: Callable[[str], None] = lambda _: None) -> Section:
        """Looks at the page until this exchange's card has settled, as its script would."""
        deadline, last = time.monotonic() + seconds, ""
        while True:
            section = self.open("/").sections[venue]
            if section.text != last and section.state in ("working", "pending"):
                last = section.text
                told(last)
            if section.state not in ("working",):
                return section
            if time.monotonic() > deadline:
                raise TimeoutError(f"{venue} was still {section.state} after {seconds:.0f} s: {section.text}")
            time.sleep(0.05)

    def _follow(self, request: httpx.Request, stop_before: Callable[[str], bool]) -> Page:
        for _ in range(10):
            self._http.cookies.set_cookie_header(request)
            reply = self._http.send(request, follow_redirects=False)
            self.visited.append(reply)
            target = reply.headers.get("location")
            if target is None or not reply.is_redirect:
                return _read(reply)
            url = urljoin(str(request.url), target)
            if stop_before(url):
                return Page(url, reply.status_code, reply.headers, "")
            request = httpx.Request("GET", url)
        raise LookupError(f"too many redirects, the last at {urlsplit(str(request.url)).path}")


def _read(reply: httpx.Response) -> Page:
    shown: dict[str, Any] = {"url": str(reply.url), "status": reply.status_code, "headers": reply.headers, "html": reply.text}
    if reply.headers.get("content-type", "").startswith("text/html"):
        return replace(_shown(reply.text), **shown)
    return Page(**shown)


@lru_cache(32)
def _shown(html: str) -> Page:
    """Somebody who watches a page sees the same for a while."""
    page = Page("", 0, httpx.Headers(), html)
    _Reader(page).feed(html)
    return page


class _Reader(HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page
        self._section: Section | None = None
        self._form: Form | None = None
        self._button: tuple[str, str] | None = None
        self._text: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self._page.forms.append(self._form)
        elif tag == "section" and {"id", "data-state"} <= {*given}:
            self._section = Section(given["data-state"], given.get("data-code", ""))
            self._page.sections[given["id"].removeprefix("connection-")] = self._section
        elif tag == "input" and self._form is not None:
            kind = given.get("type", "text")
            if kind == "checkbox":
                self._form.boxes.setdefault(name, []).extend([value] if "checked" in given else [])
            elif kind == "hidden":
                self._form.fields.append((name, value))
            elif kind == "submit":
                self._form.buttons.append((value, name, value))
            else:
                self._form.blanks.add(name)
        elif tag == "button":
            self._button, self._text = (name, value), []
        elif tag in ("h1", "dt", "dd") or "data-text" in given:
            self._text = []

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        text = " ".join("".join(self._text or []).split())
        if tag == "button" and self._button is not None:
            if self._form is not None:
                self._form.buttons.append((text, *self._button))
            self._button = self._text = None
        elif tag == "h1":
            self._page.title, self._text = text, None
        elif tag in ("dt", "dd") and self._section is not None:
            self._section.facts.append(text)
            self._text = None
        elif tag == "p" and self._text is not None and self._section is not None:
            self._section.text, self._text = text, None
        elif tag == "form":
            self._form = None
        elif tag == "section":
            self._section = None
