"""A partner's backend at its barest: what it sends, by hand."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any, Optional
from urllib.parse import parse_qs, urlencode, urlsplit

from venuekey_sandbox import Sandbox, Venue

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636, appendix B
_CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def authorize_url(sandbox: Sandbox, venue: Venue = "whitebit") -> str:
    callback = f"http://127.0.0.1:8000/callback/{venue}"
    if venue == "bybit":
        query = {"client_id": "demo-bybit", "response_type": "code", "scope": "openapi", "redirect_uri": callback}
        return f"{sandbox.base_url('bybit')}/oauth?{urlencode({**query, 'state': 's'})}"
    pkce = {"code_challenge": _CHALLENGE, "code_challenge_method": "S256"}
    query = {"clientId": "demo-whitebit", "redirect_uri": callback, "state": "s", **pkce}
    return f"{sandbox.base_url('whitebit')}/auth/login?{urlencode(query)}"


def agent_url(sandbox: Sandbox, redirect_uri: str) -> str:
    """What Bybit's AI agent opens."""
    pkce = {"code_challenge": _CHALLENGE, "code_challenge_method": "S256"}
    query = {"client_id": "ai-agent", "response_type": "code", "scope": "ai-account", "redirect_uri": redirect_uri}
    return f"{sandbox.base_url('bybit')}/oauth?{urlencode({**query, **pkce, 'state': 's'})}"


def parameters(callback: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(callback).query).items()}


def call(url: str, form: Optional[dict[str, str]] = None, token: str = "") -> tuple[int, Any]:
    headers = {"user-agent": "partner/1.0", **({"authorization": f"Bearer {token}"} if token else {})}
    return _send(urllib.request.Request(url, urlencode(form).encode() if form else None, headers))


def raw(url: str) -> bytes:
    """The bytes of a body, as they came."""
    with _OPENER.open(url, timeout=300) as reply:
        body: bytes = reply.read()
        return body


def _send(request: urllib.request.Request) -> tuple[int, Any]:
    try:
        with _OPENER.open(request, timeout=300) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def token(sandbox: Sandbox, callback: str, **more: str) -> tuple[int, Any]:
    client = {"client_id": "demo-whitebit", "client_secret": "demo-whitebit-secret", "code_verifier": VERIFIER}
    code = {"code": parameters(callback)["code"]}
    return call(f"{sandbox.base_url('whitebit')}/oauth2/token", {**client, **code, **more})


def plain_url(sandbox: Sandbox) -> str:
    """Where WhiteBIT's plain grant begins: tokens that read, and no key."""
    return f"{sandbox.base_url('whitebit')}/auth/login?clientId=demo-whitebit&state=s"


def read(sandbox: Sandbox, access_token: str, name: str, **parameters: object) -> tuple[int, Any]:
    """One of WhiteBIT's account reads."""
    url = f"{sandbox.base_url('whitebit')}/api/v4/accounts/{name}"
    headers = {"content-type": "application/json", "authorization": f"Bearer {access_token}"}
    return _send(urllib.request.Request(url, json.dumps(parameters).encode(), headers))


def info(sandbox: Sandbox, access_token: str) -> tuple[int, Any]:
    return call(f"{sandbox.base_url('whitebit')}/oauth2/api-key/info", token=access_token)
