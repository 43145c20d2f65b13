"""The clients of the command line: of the environment, a JSON file, or the sandbox. No secret comes by argument."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Optional

from .._errors import VenuekeyError
from .._native import Client
from ._texts import AGENT, AGENT_PAGES, ENVIRONMENTS
from .findings import Finding, found, told
from .home import config_file
from .trouble import Trouble, trouble

CONFIG, SANDBOX = "VENUEKEY_CONFIG", "VENUEKEY_SANDBOX_URL"
AGENT_SETTINGS = {name: value for name, value in AGENT.items() if name != "name"}
SETTINGS = (
    "venue", "environment", "client_id", "client_secret", "redirect_uri", "authorize_base", "api_base", "rest_base",
    "locale", "scope", "user_agent",
)  # fmt: skip


class Settings:
    """What is known of each client, and which of them can be made."""

    def __init__(
        self,
        path: Optional[str] = None,
        sandbox: Optional[str] = None,
        paste: bool = False,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.store, configured = _read(path or environ.get(CONFIG), environ)
        self.clients: dict[str, Client[Any]] = {}
        self.findings: list[Finding] = []
        for name in dict.fromkeys([*ENVIRONMENTS, AGENT["name"], *configured]):
            given = {**configured.get(name, {}), **_of_environment(name, environ)}
            if name == AGENT["name"]:
                given = {**AGENT_SETTINGS, **given}
            if sandbox is not None:
                given = _of_sandbox(name, given, sandbox)
            if given:
                self._add(name, given, paste)

    def _add(self, name: str, given: dict[str, str], paste: bool) -> None:
        venue = given.setdefault("venue", name)
        about, prefix = f"client {name}", _prefix(name)
        environment = given.setdefault("environment", ENVIRONMENTS.get(venue, ("",))[0])
        is_public = "client_secret" not in given and given.get("client_id") == AGENT["client_id"]
        if is_public and paste:
            given["redirect_uri"] = AGENT_PAGES.get(environment, AGENT_PAGES[ENVIRONMENTS[AGENT["venue"]][0]])
        if "client_secret" not in given and not is_public:
            self.findings.append(found("client_secret_missing", about, variable=f"{prefix}CLIENT_SECRET"))
        elif "redirect_uri" not in given:
            self.findings.append(found("redirect_uri_missing", about, variable=f"{prefix}REDIRECT_URI"))
        else:
            make: Any = Client.public if is_public else Client
            try:
                self.clients[name] = make(**given)
            except VenuekeyError as error:
                self.findings.append(found("client_invalid", about, error=told(error)))
            except TypeError:
                self.findings.append(found("client_invalid", about, error="a setting does not fit this client"))

    def client(self, name: str) -> Client[Any]:
        """Raises:
        Trouble: there is none by that name, or it can't be made.
        """
        if name in self.clients:
            return self.clients[name]
        for finding in self.findings:
            if finding.about == f"client {name}":
                raise Trouble(finding)
        if name in ENVIRONMENTS:
            raise trouble("no_client", f"client {name}")
        raise trouble("client_not_found", f"client {name}", names=", ".join(self.clients))


def _prefix(name: str) -> str:
    return f"VENUEKEY_{name.upper().replace('-', '_')}_"


def _of_environment(name: str, environ: Mapping[str, str]) -> dict[str, str]:
    found = {setting: environ.get(f"{_prefix(name)}{setting.upper()}") for setting in SETTINGS}
    return {setting: value for setting, value in found.items() if value}


def _of_sandbox(name: str, given: dict[str, str], sandbox: str) -> dict[str, str]:
    """The sandbox's own client, which every sandbox knows, whatever is configured for the venue itself."""
    venue = given.get("venue", name)
    if venue not in ENVIRONMENTS:
        return given
    environment = given.get("environment", ENVIRONMENTS[venue][0])
    base = f"{sandbox.rstrip('/')}/{venue}/{environment}"
    own = {"venue": venue, "environment": environment, "authorize_base": base, "api_base": base}
    if given.get("client_id") == AGENT["client_id"]:
        return {**own, "client_id": given["client_id"], "redirect_uri": given["redirect_uri"]}
    redirect_uri = given.get("redirect_uri", f"http://127.0.0.1:8000/callback/{venue}")
    own["redirect_uri"] = redirect_uri
    return {**own, "client_id": f"demo-{venue}", "client_secret": f"demo-{venue}-secret"}


def _read(path: Optional[str], environ: Mapping[str, str]) -> tuple[Optional[str], dict[str, dict[str, str]]]:
    file = Path(path) if path else config_file(environ)
    try:
        return parsed(file.read_bytes())
    except FileNotFoundError:
        if path:
            raise trouble("config_invalid", "configuration", error=f"there is no file {file}") from None
        return None, {}
    except OSError as error:
        said = f"{file}: {type(error).__name__}"
    except ValueError as error:
        said = f"{file}: {error}"
    raise trouble("config_invalid", "configuration", error=said)


def parsed(text: bytes) -> tuple[Optional[str], dict[str, dict[str, str]]]:
    """The store, and the settings of each client.

    Raises:
        ValueError: what is wrong, and never what stands there.
    """
    try:
        given = json.loads(text.decode())
    except (ValueError, RecursionError):
        raise ValueError("it is not valid JSON") from None
    whole = _known(given, "it", ("store", "clients"))
    clients = _known(whole.get("clients", {}), "clients", None)
    settings = {name: _known(each, name, SETTINGS) for name, each in clients.items()}
    for name, each in (("it", {"store": whole.get("store", "")}), *settings.items()):
        for setting, value in each.items():
            if not isinstance(value, str):
                raise ValueError(f"{setting} of {name} must be text")
    return whole.get("store"), settings


def _known(given: object, name: str, known: Optional[Sequence[str]]) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise ValueError(f"{name} must be a JSON object")
    for each in given:
        if known is not None and each not in known:
            raise ValueError(f"{name} has {each!r}, which is not one of {', '.join(known)}")
    return given
