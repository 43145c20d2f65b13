"""What the documents' Python takes for granted: names of its reader's own program, with their types."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import venuekey
import venuekey.parts
from venuekey.connections import Account
from venuekey.parts import HttpRequest, HttpResponse, Snapshot

# The app's, and what it has from the library.
connections: venuekey.Connections
client: venuekey.Client
clients: dict[str, venuekey.Client]
store: venuekey.stores.Store
keys: venuekey.SealingKeys
account: Account
key: venuekey.parts.ApiKey
tokens: venuekey.parts.Tokens
signer: venuekey.parts.Signer
budget: venuekey.parts.RateBudget
started: venuekey.parts.Started
done: Any
error: venuekey.VenuekeyError
newest_key: bytes
older_key: bytes

# What its own database, and its users, say.
id: str
user: str
external_id: str
flow_id: str
flow_id_of_the_session: str
session_id: str
text: str
url: str
db: sqlite3.Connection
issued_at_ms: int
reserved: int
orders: list[dict[str, str]]
current_user_id: Callable[..., str | None]

# Functions of its own.
def ask_the_venue(access_token: str) -> Any: ...
def decrypt(sealed: str) -> str: ...
def encrypt(text: str) -> bytes: ...
def load(flow_id: str = "") -> str: ...
def look_up(orders: list[dict[str, str]]) -> Any: ...
def page(text: str) -> str: ...
def redirect(to: str, status: int = 302) -> str: ...
def refused(order: dict[str, str], code: str | None, text: str | None) -> None: ...
def save(snapshot: Snapshot) -> bool: ...
def send(request: HttpRequest) -> HttpResponse: ...
def send_with(access_token: object) -> None: ...
def show(*what: object) -> None: ...
def sleep_until(at_ms: int) -> None: ...

request: Any
Base: Any
Markup: Callable[[str], str]
Mount: Any
Starlette: Any
INSTALLED_APPS: list[str]
app: Any
create_engine: Callable[[str], Any]
include: Any
op: Any
path: Any
render_template: Callable[..., str]
settings: Any
urlpatterns: list[Any]
