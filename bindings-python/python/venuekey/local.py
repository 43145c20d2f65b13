"""Connects an account on the user's own machine: opens the browser, serves the loopback redirect, returns an `Account`.

>>> account = connect_local(client)  # doctest: +SKIP
>>> account.call("POST", "/api/v4/trade-account/balance").json()  # doctest: +SKIP
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Callable, Optional, Union

from ._desk import home
from ._desk.connecting import Desk
from ._desk.person import ask, say
from ._desk.trouble import Trouble
from .connections import Account, Connections
from .connections._arguments import wrong

if TYPE_CHECKING:
    from ._names import Goal, KeepAlive, LostSecretPolicy
    from ._native import Client, HttpRequest, HttpResponse, KeyRequest, SealingKeys
    from .stores import Store

__all__ = ["Trouble", "connect_local"]

Trouble.__module__ = __name__


def connect_local(
    client: Client,
    *,
    goal: Goal = "api_key",
    name: Optional[str] = None,
    owner: str = "local",
    label: Optional[str] = None,
    store: Union[Store, str, os.PathLike[str], None] = None,
    keys: Optional[SealingKeys] = None,
    again: bool = False,
    paste: Optional[bool] = None,
    open_browser: bool = True,
    say: Callable[[str], object] = say,
    ask: Callable[[str], str] = ask,
    send: Optional[Callable[[HttpRequest], HttpResponse]] = None,
    keep_alive: Optional[KeepAlive] = None,
    callback_timeout_s: Optional[int] = None,
    on_secret_lost: Optional[LostSecretPolicy] = None,
    expected_uid: Optional[str] = None,
    key_request: Optional[KeyRequest] = None,
) -> Account:
    """Connects an account of the person at this machine and returns it; one that is already connected is returned at
    once. If it is stopped by Ctrl-C or a crash, nothing is lost: call it again, and it resumes.

    It opens the system's browser and listens at the client's redirect URI if that is a loopback address, such as
    `http://127.0.0.1:9876/callback`. Otherwise, or if there is no browser, it prints the address and asks for
    the code, or for the address that the browser was sent to. It blocks until the user is done.

    Args:
        client: as for `Connections`. Its redirect URI is served while this runs.
        goal: `"api_key"` or `"account_tokens"`.
        name: the client's name in the store; by default its venue.
        owner: your own name for the user.
        label: the user's own name for the connection: one account per label.
        store: a store, or the path of an SQLite file; by default a file in the user's data folder.
        keys: seal the rows; by default with a key in a file beside the store's.
        again: asks for a new consent even if the account is connected.
        paste: `True` always asks for the code, `False` never does.
        open_browser: `False` only prints the address.
        say: shows the user a line; by default on standard error.
        ask: asks the user a question; by default on the terminal. While the redirect URI is served too, it is called
            in a thread of its own, and not waited for once the browser has come back.
        send: as of `Connections`.
        keep_alive: as of `Connections.begin`, like those that follow.

    Raises:
        Trouble: the redirect's port is in use, or the sealing key is missing or wrong.
        VenuekeyError: why it did not work; call it again once that is fixed.
        StoreError: the store failed.
        MisuseError: `invalid_argument`.
    """
    opened, path = _opened(store)
    if keys is None:
        if path is None:
            raise wrong("connect_local needs keys for a store of your own")
        keys = home.sealing_keys(path, opened)
    own = name or client.venue
    connections = Connections({own: client}, opened, keys, send=send)
    options: dict[str, Any] = {
        "keep_alive": keep_alive,
        "callback_timeout_s": callback_timeout_s,
        "on_secret_lost": on_secret_lost,
        "expected_uid": expected_uid,
        "key_request": key_request,
    }
    desk = Desk(
        connections, own, client.redirect_uri, owner, label, open_browser, paste, say, ask,
        {option: value for option, value in options.items() if value is not None},
    )  # fmt: skip
    return desk.connect(goal, again)


def _opened(store: Union[Store, str, os.PathLike[str], None]) -> tuple[Store, Optional[str]]:
    """The store, and where it is, if this has opened it."""
    if store is None:
        store = home.data_folder() / "connections.db"
    if isinstance(store, (str, os.PathLike)):
        path = os.fspath(store)
        return home.open_store(path), path
    return store, None


def __dir__() -> list[str]:
    return [*__all__]
