"""Proxy settings that can't be used: told when a sender is made, and not in the middle of a flow."""

from __future__ import annotations

from urllib.request import getproxies


def of_the_environment() -> list[str]:
    found = getproxies()
    if found.get("no") == "*":
        return []
    return [found[name] for name in ("http", "https", "all") if found.get(name)]


def refusal(why: str) -> ValueError:
    """Without the setting, and without what a library says of it: it may show a password."""
    return ValueError(f"a proxy setting can't be used (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY or the sender's own): {why}")
