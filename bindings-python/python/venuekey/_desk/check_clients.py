"""What is wrong with a client can be read from it, before anything is sent."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional
from urllib.parse import urlsplit

from .._errors import VenuekeyError
from .._names import Venue, VenueEnvironment
from .._native import Client
from .findings import Finding, found

if TYPE_CHECKING:
    from .._native import Signer

_KNOWN: dict[str, tuple[str, str]] = {}


@dataclass(frozen=True)
class Place:
    """Where a client's requests go; made in memory, and nothing of it is sent or stored."""

    authorize_url: str
    signer: Signer
    """With a key that there is not: for the venue's time alone."""

    @property
    def time_url(self) -> str:
        return self.signer.ask_time().url


def place_of(client: Client[Any]) -> Place:
    goal: Any = "api_key" if client.supports("api_key") else "account_tokens"
    authorize_url = client.begin(goal).authorize_url
    signer = client.import_key("doctor", "doctor", owner="doctor", client_name="doctor").signer()
    assert signer is not None
    return Place(authorize_url, signer)


def check_client(name: str, client: Client[Any]) -> list[Finding]:
    about, place = f"client {name}", place_of(client)
    wrong = [*_environment(about, client, place), *_bases(about, place), *_redirect(about, client)]
    values = {"venue": client.venue, "environment": client.environment, "redirect": client.redirect_uri}
    return wrong or [found("client_ok", about, **values)]


def _environment(about: str, client: Client[Any], place: Place) -> Iterator[Finding]:
    own = (client.venue, client.environment)
    for url in dict.fromkeys([_base(place.authorize_url), _base(place.time_url)]):
        other = _belongs_to(url)
        if other not in (None, own):
            environment, elsewhere = " ".join(own), " ".join(other or ())
            yield found("environment_mismatch", about, environment=environment, address=url, other=elsewhere)


def _bases(about: str, place: Place) -> Iterator[Finding]:
    authorize, api = _base(place.authorize_url), _base(place.time_url)
    if is_loopback(authorize) != is_loopback(api):
        yield found("bases_differ", about, authorize=authorize, api=api)


def _redirect(about: str, client: Client[Any]) -> Iterator[Finding]:
    if urlsplit(client.redirect_uri).path in ("", "/"):
        yield found("redirect_without_path", about, redirect=client.redirect_uri, venue=client.venue)


def _base(url: str) -> str:
    """Host, and of a base of one's own what tells the environment."""
    parts = urlsplit(url)
    path = [each for each in parts.path.split("/") if each][:2]
    is_told = len(path) == 2 and (path[0], path[1]) in set(_hosts().values())
    return f"{parts.scheme}://{parts.netloc}{'/' + '/'.join(path) if is_told else ''}"


def _belongs_to(base: str) -> Optional[tuple[str, str]]:
    """The venue and environment that the address is known for, such as the sandbox's `/bybit/testnet`."""
    parts = urlsplit(base)
    path = [each for each in parts.path.split("/") if each]
    return (path[0], path[1]) if path else _hosts().get(parts.hostname or "")


def _hosts() -> dict[str, tuple[str, str]]:
    """Of every environment that core knows."""
    if _KNOWN:
        return _KNOWN
    hosts: dict[str, tuple[str, str]] = {}
    for venue in Venue.__args__:  # type: ignore[attr-defined]
        for environment in VenueEnvironment.__args__:  # type: ignore[attr-defined]
            make: Any = Client
            try:
                client = make(
                    venue=venue, environment=environment, client_id="doctor", client_secret="doctor",
                    redirect_uri="https://doctor.invalid/callback",
                )  # fmt: skip
            except VenuekeyError:
                continue  # another venue's
            place = place_of(client)
            for url in (place.authorize_url, place.time_url):
                hosts[urlsplit(url).hostname or ""] = (venue, environment)
    _KNOWN.update(hosts)
    return _KNOWN


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
