"""What every request passes: whose form it is, and what every answer says to the browser."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import json
import re
import secrets
from collections.abc import Mapping
from typing import Any, Optional
from urllib.parse import parse_qsl, urlsplit

from ._request import MOST_BODY, Request

MOST_FIELDS = 32
_COOKIE = re.compile("[A-Za-z0-9_-]{43}")
_QUALITY = re.compile(r"[01](\.[0-9]{0,3})?")


class Refused(Exception):
    """The request is answered by this status and the text `page.<name>`."""

    def __init__(self, status: int, name: str) -> None:
        super().__init__(name)
        self.status, self.name = status, name


class Guard:
    """The rules that come from where the app is, which its clients' redirect URIs say and no header does."""

    def __init__(self, redirect_uris: list[str], authorize_bases: list[str]) -> None:
        self._hosts = {_netloc(uri) for uri in redirect_uris}
        self.secure = any(uri.startswith("https:") for uri in redirect_uris)
        # A cookie of that name is never another subdomain's.
        self.cookie = "__Host-venuekey" if self.secure else "venuekey"
        forms = " ".join(["'self'", *dict.fromkeys(source for base in authorize_bases for source in _sources(base))])
        self.headers = [
            ("cache-control", "no-store"),
            ("content-security-policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
             f"img-src 'self'; form-action {forms}; base-uri 'none'; frame-ancestors 'none'"),
            ("cross-origin-opener-policy", "same-origin"),
            ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
        ]  # fmt: skip

    def secret(self, request: Request) -> Optional[str]:
        """The browser's own, if it has one."""
        value = cookies(request).get(self.cookie, "")
        return value if _COOKIE.fullmatch(value) else None

    def set_cookie(self, name: str, value: str, more: str = "") -> tuple[str, str]:
        secure = "; Secure" if self.secure else ""
        return "set-cookie", f"{name}={value}; Path=/; HttpOnly; SameSite=Lax{more}{secure}"

    def check_form(self, request: Request, fields: Mapping[str, str]) -> None:
        """Refuses what another site may have made this browser send."""
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        # Browsers say `null` for forms of pages with our referrer policy: it tells nothing.
        hosts = {request.headers.get("host", "").lower(), *self._hosts}
        if origin not in (None, "null") and _netloc(origin) not in hosts:
            raise Refused(403, "forbidden")
        if site == "same-origin":
            return
        given = fields.get("csrf") or request.headers.get("x-csrf-token") or ""
        expected = csrf_token(self.secret(request), request.owner)
        if site is not None or expected is None or not hmac.compare_digest(given.encode(), expected.encode()):
            raise Refused(403, "forbidden")


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def csrf_token(secret: Optional[str], owner: Optional[str]) -> Optional[str]:
    """Of one browser and one user: a form that was loaded before somebody else logged in is not theirs."""
    if secret is None or owner is None:
        return None
    digest = hashlib.sha256(f"venuekey csrf\0{secret}\0{owner}".encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def cookies(request: Request) -> dict[str, str]:
    """The first of each name."""
    found: dict[str, str] = {}
    for part in request.headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        found.setdefault(name, value)
    return found


def prefers_json(request: Request) -> bool:
    """Whether JSON is named before HTML; who takes anything gets the page."""
    quality = {"application/json": 0.0, "text/html": 0.0}
    for part in request.headers.get("accept", "").split(","):
        name, *parameters = (each.strip().lower() for each in part.split(";"))
        if name in quality:
            given = next((each[2:] for each in parameters if each.startswith("q=")), "1")
            quality[name] = max(quality[name], float(given) if _QUALITY.fullmatch(given) else 0.0)
    return quality["application/json"] > quality["text/html"]


def is_prefetch(request: Request) -> bool:
    """Whether the browser asks ahead of its user, who may never go there."""
    return any("prefetch" in request.headers.get(name, "").lower() for name in ("sec-purpose", "purpose"))


def is_json(request: Request) -> bool:
    return _content_type(request) == "application/json"


def fields_of(request: Request) -> dict[str, str]:
    """A form's or a JSON object's fields, each text; `true` is `1`, and `false` and `null` are as if left out."""
    if len(request.body) > MOST_BODY:
        raise Refused(413, "too_large")
    if not request.body:
        return {}
    try:
        if is_json(request):
            return _unique(
                [(name, _plain(value)) for name, value in _object(request.body) if value not in (None, False)]
            )
        if _content_type(request) not in ("", "application/x-www-form-urlencoded"):
            raise Refused(400, "bad_request")
        text = request.body.decode()
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
        return _unique(pairs)
    except (ValueError, RecursionError):  # the latter where JSON is nested too deeply
        raise Refused(400, "bad_request") from None


def _object(body: bytes) -> list[tuple[str, Any]]:
    # Pairs stay lists of tuples, which no array of JSON is.
    made = json.loads(body.decode(), object_pairs_hook=tuple)
    if not isinstance(made, tuple) or len(made) > MOST_FIELDS:
        raise ValueError
    return list(made)


def _plain(value: object) -> str:
    if value is True:
        return "1"
    if not isinstance(value, str):
        raise ValueError
    return value


def _unique(pairs: list[tuple[str, str]]) -> dict[str, str]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError
    # JSON's escapes can also write half a character, which nothing else takes for text.
    "".join(fields.values()).encode()
    return fields


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _netloc(url: str) -> str:
    """A host, with its port where that is not the scheme's own."""
    scheme, _, rest = url.partition("://")
    netloc = rest.partition("/")[0].partition("?")[0].lower()
    default = {"https": ":443", "http": ":80"}.get(scheme.lower())
    return netloc[: -len(default)] if default and netloc.endswith(default) else netloc


def _sources(base: str) -> list[str]:
    """Where a form that begins a connection may lead: the consent page, and for an exchange its other hosts too, since
    it may send the browser on to sign in."""
    url = urlsplit(base)
    origin = f"{url.scheme}://{url.netloc}"
    host = url.hostname or ""
    if url.port is not None or _is_address(host):
        return [origin]
    bare = host[4:] if host.startswith("www.") else host
    return [f"https://{bare}", f"https://*.{bare}"] if url.scheme == "https" else [origin]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
