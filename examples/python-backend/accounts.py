"""From what the library hands over to what is stored, and back."""

from __future__ import annotations

import time
from typing import Any

import venuekey


def summary_of(key: venuekey.parts.ApiKey, flow_id: str) -> dict[str, Any]:
    """What the page shows: the key shortened, what was granted, whose account it is. And the flow that brought it."""
    groups = [
        {
            "name": group.name,
            "title": group.title,
            "granted": sum(url.enable for url in group.urls),
            "offered": len(group.urls),
        }
        for group in key.permissions or ()
    ]
    # Exposed to be shortened: enough for the user to find it in the exchange's list of keys.
    text = key.api_key.expose()
    return {
        "key_hint": f"{text[:4]}…{text[-4:]}",
        "uid": key.uid,
        "groups": groups,
        "permissions_told": key.permissions is not None,
        "any_granted": key.any_granted,
        "connected_s": int(time.time()),
        "flow_id": flow_id,
    }


def summary_of_tokens(tokens: venuekey.parts.Tokens, flow_id: str) -> dict[str, Any]:
    """The same where no key came, only leave to read."""
    scope, now_s = list(tokens.scope), int(time.time())
    return {"key_hint": None, "uid": None, "scope": scope, "connected_s": now_s, "flow_id": flow_id}


def credentials_of(key: venuekey.parts.ApiKey, tokens: venuekey.parts.Tokens) -> dict[str, Any]:
    """What works at the venue. Exposed to be sealed by the store."""
    return {
        "api_key": key.api_key.expose(),
        "api_secret": key.api_secret.expose(),
        "external_id": key.external_id,
        "tokens": tokens_to_json(tokens),
    }


def tokens_to_json(tokens: venuekey.parts.Tokens) -> dict[str, Any]:
    """Exposed to be sealed by the store."""
    return {
        "access_token": tokens.access_token.expose(),
        "refresh_token": tokens.refresh_token.expose() if tokens.refresh_token else None,
        "expires_at_ms": tokens.expires_at_ms,
        "refresh_expires_at_ms": tokens.refresh_expires_at_ms,
        "scope": list(tokens.scope),
    }


def tokens_from_json(stored: dict[str, Any]) -> venuekey.parts.Tokens:
    return venuekey.parts.Tokens(**stored)


def is_live(tokens: venuekey.parts.Tokens, now_ms: int) -> bool:
    """Whether the venue may still take them, now or after a refresh."""
    if now_ms < tokens.expires_at_ms:
        return True
    return tokens.refresh_token is not None and now_ms < (tokens.refresh_expires_at_ms or now_ms + 1)
