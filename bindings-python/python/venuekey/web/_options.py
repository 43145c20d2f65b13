"""What an app sets, checked when it starts and not when a user clicks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable, Optional, TypedDict, Union, get_args
from urllib.parse import unquote, urlsplit

from .._names import Goal
from ..connections import AsyncConnections, Connections
from ..connections._arguments import check_callables, wrong
from ..connections._errors import misuse
from ._texts import TEXTS

if TYPE_CHECKING:
    from .._native import Client

OF_CONSENT = ("callback_timeout_s", "on_secret_lost", "expected_uid", "key_request")
"""Options of `begin` that `reconnect` takes too."""
OF_BEGIN = ("goal", "label", "keep_alive", *OF_CONSENT)
OPEN = ("client.", "environment.", "error.", "recovery.", "venue.", "wait.")
"""Texts that an app may have of what we have none."""


class WebOptions(TypedDict, total=False):
    """What every way to mount the routes takes."""

    goal: Union[Goal, Mapping[str, Mapping[str, Any]]]
    """`"api_key"` (the default) or `"account_tokens"` for every client; or, for those clients that users may connect
    here, options of `Connections.begin` by the client's name: `{"bybit": {"goal": "api_key"}}`."""
    texts: Mapping[str, str]
    """Texts to replace ours, by key: `{"button.connect": "Link {venue}"}`."""
    stylesheet: str
    """CSS added after ours."""
    replace_stylesheet: bool
    """Whether `stylesheet` replaces our CSS."""
    page: Optional[Callable[[str, str], str]]
    """Makes a whole page from a title, which is plain text, and a body, which is HTML."""
    after: Optional[str]
    """Where the browser goes once the user is connected; by default to the connection's page."""
    popup: bool
    """Whether the exchange opens in a pop-up window."""
    login_url: Optional[str]
    """Where to send users who are not logged in; by default they get a page that says so."""


class Options:
    """The same, checked."""

    def __init__(
        self,
        connections: Union[Connections, AsyncConnections],
        prefix: str = "",
        *,
        goal: Union[Goal, Mapping[str, Mapping[str, Any]]] = "api_key",
        texts: Optional[Mapping[str, str]] = None,
        stylesheet: str = "",
        replace_stylesheet: bool = False,
        page: Optional[Callable[[str, str], str]] = None,
        after: Optional[str] = None,
        popup: bool = False,
        login_url: Optional[str] = None,
    ) -> None:
        self.clients = clients_of(connections)
        self.begins = _begins(goal, self.clients)
        _check_prefix(prefix)
        for name in self.begins:
            _check_redirect(name, self.clients[name], prefix)
        self.texts = merged_texts(texts)
        for option, url in (("after", after), ("login_url", login_url)):
            if url is not None and not url.startswith(("/", "https://", "http://")):
                raise wrong(f'{option} must be a path or an address, such as "/login", not {url!r}')
        if page is not None:
            check_callables(page=page)
        self.stylesheet, self.replaces_stylesheet = stylesheet, replace_stylesheet
        self.layout, self.after, self.popup, self.login_url = page, after, popup, login_url


def clients_of(connections: Union[Connections, AsyncConnections]) -> Mapping[str, Client]:
    if not isinstance(connections, (Connections, AsyncConnections)):
        raise wrong(f"connections must be Connections or AsyncConnections, not {type(connections).__name__}")
    own = connections._own if isinstance(connections, AsyncConnections) else connections
    return own._rows.clients


def merged_texts(texts: Optional[Mapping[str, str]]) -> Mapping[str, str]:
    """Ours, and the app's in their place."""
    for key in texts or {}:
        if key not in TEXTS and key != "lang" and not key.startswith(OPEN):
            raise wrong(f"texts has {key!r}, which is not the key of a text")
    return {**TEXTS, **(texts or {})}


def _begins(goal: Any, clients: Mapping[str, Client]) -> dict[str, dict[str, Any]]:
    """What each client that is offered begins with."""
    if isinstance(goal, str):
        goal = {name: {"goal": goal} for name in clients}
    if not isinstance(goal, Mapping) or not all(isinstance(each, Mapping) for each in goal.values()):
        raise wrong('goal must be "api_key", "account_tokens", or options by a client\'s name: {"main": {"goal": …}}')
    for name, options in goal.items():
        if name not in clients:
            raise wrong(f"goal names a client {name!r}; there are: {', '.join(sorted(clients))}")
        unknown = [each for each in options if each not in OF_BEGIN]
        if unknown:
            raise wrong(f"goal of {name!r} has {unknown[0]!r}; it may have {', '.join(OF_BEGIN)}")
        wanted, client = options.get("goal", "api_key"), clients[name]
        if wanted not in get_args(Goal):
            raise wrong(f"goal of {name!r} must be one of: {', '.join(get_args(Goal))}, not {wanted!r}")
        if not client.supports(wanted):
            raise wrong(f"goal of {name!r} is {wanted!r}, which {client.venue} {client.environment} does not offer")
    return {name: {"goal": "api_key", **options} for name, options in goal.items()}


def _check_prefix(prefix: str) -> None:
    if prefix and (not prefix.startswith("/") or prefix.endswith("/")):
        raise wrong(f'prefix must begin with a slash and not end with one, such as "/connections", not {prefix!r}')


def _check_redirect(name: str, client: Client, prefix: str) -> None:
    if client.takes_pasted_code:
        return
    route = f"{prefix}/callback/{name}"
    if not unquote(urlsplit(client.redirect_uri).path).rstrip("/").endswith(route):
        raise misuse(
            "invalid_configuration",
            f"the redirect_uri of client {name!r} must end with {route}, where these routes await the browser; "
            f"it is {client.redirect_uri}",
        )


def named(owner: object) -> Optional[str]:
    """What the app's function says of the user, told at once if it can't be a name."""
    if owner is not None and not isinstance(owner, str):
        raise wrong(f"owner must return a str or None, not {type(owner).__name__}: str(user.id), say")
    return owner
