"""Steps of flows and of connections, for test_relay*.py: orders on standard input, what came of each on standard output."""

from __future__ import annotations

import base64
import json
import sys
from typing import Any

import lines
import venuekey
from venuekey._native import _ConnectionDriver
from venuekey.senders import httpx_sender

import httpx


def tell(**line: Any) -> None:
    print(json.dumps(line), flush=True)


def send(request: venuekey.parts.HttpRequest) -> None:
    # Everything is http on this machine: no certificates to load, no proxy to ask.
    send = httpx_sender(httpx.Client(verify=False, trust_env=False), verify=False, trust_env=False)
    try:
        reply = send(request)
        tell(reply={"status": reply.status, "body": base64.b64encode(reply.body).decode()})
    except venuekey.NoResponse:
        tell(reply=False)


def response(given: dict[str, Any]) -> venuekey.parts.HttpResponse:
    return venuekey.parts.HttpResponse(given["status"], base64.b64decode(given["body"]))


def first(client: venuekey.Client, order: dict[str, Any], now_ms: int) -> venuekey.parts.Step | venuekey.parts.Started:
    ((event, given),) = order["event"].items()
    if event == "begin":
        return client.begin(given["goal"], entropy=bytes.fromhex(given["entropy"]), now_ms=now_ms)
    if event == "accept_hand_off":
        return client.accept_hand_off(given, now_ms=now_ms)
    flow = client.restore(order["snapshot"])
    match event:
        case "receive_callback":
            return flow.receive_callback(given, now_ms=now_ms)
        case "receive_response":
            return flow.receive_response(response(given), now_ms=now_ms)
        case "receive_no_response":
            return flow.receive_no_response(now_ms=now_ms)
        case "recover":
            return flow.recover(now_ms=now_ms)
        case "resume":
            return flow.resume(now_ms=now_ms)
    raise ValueError(f"no such event: {event}")


COLUMNS = ("id", "owner", "client", "label", "venue", "environment", "status", "intent", "due_at_ms", "lease_holder",
           "lease_until_ms", "revision", "sealing_key_id", "account_hash", "sealed")  # fmt: skip


def fields(given: object, *names: str) -> dict[str, Any]:
    return {name: getattr(given, name) for name in names}


def shown(request: venuekey.parts.HttpRequest) -> dict[str, Any]:
    body = None if request.body is None else request.body.decode()
    return {**fields(request, "purpose", "method", "url", "replay"), "headers": request.headers, "body": body}


def shown_access(access: Any) -> dict[str, Any]:
    # Exposed, as all of a connection, to be compared.
    if isinstance(access, venuekey.parts.KeyAccess):
        return {"access": "key", "api_key": access.key.api_key.expose()}
    if isinstance(access, venuekey.parts.TokenAccess):
        token = access.tokens.access_token.expose()
        return {"access": "tokens", "access_token": token, "generation": access.generation}
    raise ValueError(f"nobody returns with {access}")


class Host:
    """What one order says of a connection."""

    def __init__(self, client: venuekey.Client[Any], order: dict[str, Any]) -> None:
        self._client = client
        self._order = order
        self._keys = venuekey.SealingKeys([("relay", bytes.fromhex(order["keys"]))])
        self._now_ms: int = order["now_ms"]

    def answer(self) -> None:
        ((event, given),) = self._order["event"].items()
        if event == "begin":
            return self._tell("save", self._begun(given))
        stored = self._opened(self._order["row"], self._now_ms)
        request = None
        match event:
            case "receive_callback":
                self._tell("save", stored.receive_callback(given, now_ms=self._now_ms))
            case "choose":
                self._tell("save", stored.choose(given, now_ms=self._now_ms))
            case "disconnect":
                self._tell("save", stored.disconnect(given, now_ms=self._now_ms))
            case "print":
                row = fields(stored.seal(self._keys), *COLUMNS)
                tell(printed=lines.printed(row, {row["client"]: self._client}, self._keys, self._now_ms))
            case "read":
                tell(payload=self._signer(stored).receive_response(response(given)).payload)
            case "sign":
                request = self._signer(stored).sign(**given)
                tell(request=shown(request))
            case "drive":
                driver = self._driven(stored, **given)
                request = driver.request
                self._tell_driver(driver)
            case _:
                raise ValueError(f"no such event: {event}")
        if request is not None and self._order.get("send"):
            send(request)

    def _begun(self, given: dict[str, Any]) -> venuekey.Connection:
        entropy = bytes.fromhex(given.pop("entropy"))
        return self._client.begin_connection(**given, entropy=entropy, now_ms=self._now_ms)

    def _opened(self, row: dict[str, Any], now_ms: int) -> venuekey.Connection:
        columns = [row[name] for name in ("id", "owner", "client", "revision", "sealed")]
        return self._client.open_connection(*columns, self._keys, now_ms=now_ms)

    def _signer(self, stored: venuekey.Connection) -> venuekey.parts.Signer:
        signer = stored.signer()
        assert signer is not None
        return signer

    def _driven(
        self, stored: venuekey.Connection, holder: str, began_ms: int, done: list[dict[str, Any]], **wants: Any
    ) -> _ConnectionDriver:
        if wants:
            driver = _ConnectionDriver.for_access(stored, holder, **wants, now_ms=began_ms)
        else:
            driver = _ConnectionDriver(stored, holder=holder, now_ms=began_ms)
        for each in done:
            now_ms = each.pop("now_ms")
            ((what, given),) = each.items()
            driver = self._after(driver, what, given, now_ms)
        return driver

    def _after(self, driver: _ConnectionDriver, what: str, given: Any, now_ms: int) -> _ConnectionDriver:
        match what:
            case "loaded":
                return driver.loaded(stored=self._opened(given, now_ms), now_ms=now_ms)
            case "saved":
                return driver.saved(now_ms=now_ms)
            case "superseded":
                return driver.superseded()
            case "response":
                return driver.response(response(given), now_ms=now_ms)
            case "no_response":
                return driver.no_response(now_ms=now_ms)
            case "nonce":
                return driver.nonce(nonce_ms=given, now_ms=now_ms)
            case "found":
                return driver.found(others=given, now_ms=now_ms)
            case "delivered":
                return driver.delivered(all=given, now_ms=now_ms)
            case "deleted":
                return driver.deleted()
            case "awake":
                return driver.awake()
        raise ValueError(f"nothing comes of {what}")

    def _tell_driver(self, driver: _ConnectionDriver) -> None:
        self._tell(
            driver.action,
            driver.connection,
            request=driver.request and shown(driver.request),
            events=[fields(each, "number", "at_ms", "kind", "code", "key_id") for each in driver.events],
            until_ms=driver.until_ms,
            access=driver.access and shown_access(driver.access),
            is_gone=driver.is_gone,
        )

    def _tell(self, action: str, connection: venuekey.Connection, **more: Any) -> None:
        choices = connection.choices and [each.id for each in connection.choices.subaccounts]
        tell(
            action=action,
            connection=connection.text.expose(),
            row=fields(connection.seal(self._keys), *COLUMNS) if action == "save" else None,
            authorize_url=connection.authorize_url,
            choices=choices,
            **more,
        )


def answer(order: dict[str, Any]) -> None:
    secret = {name: order[name] for name in ("client_secret",) if name in order}
    client = (venuekey.Client if secret else venuekey.Client.public)(
        venue=order["venue"], environment=order["environment"], client_id=order["client_id"],
        redirect_uri=order["redirect_uri"], authorize_base=order["base"], api_base=order["base"], **secret,
    )  # fmt: skip
    if "keys" in order:
        return Host(client, order).answer()
    step = first(client, order, order["now_ms"])
    match step:
        case venuekey.parts.Started(authorize_url=authorize_url, pending=pending):
            tell(step="begun", snapshot=pending.snapshot().expose(), authorize_url=authorize_url)
        case venuekey.parts.Send(request, following):
            tell(step="send", snapshot=following.snapshot().expose(), purpose=request.purpose)
            if order.get("send"):
                send(request)
        case venuekey.parts.Save(following):
            tell(step="save", snapshot=following.snapshot().expose())
        case venuekey.parts.Wait(until_ms, _, following):
            tell(step="wait", snapshot=following.snapshot().expose(), until_ms=until_ms)
        case venuekey.parts.Failed(error):
            tell(step="failed", snapshot=step.flow.snapshot().expose(), code=error.code, recovery=error.recovery)
        case venuekey.parts.Done(outcome):
            hand_off = outcome.expose() if isinstance(outcome, venuekey.parts.HandOff) else None
            tell(step="done", snapshot=step.flow.snapshot().expose(), hand_off=hand_off)
        case _:
            raise ValueError(f"no flow of the relay comes to {step}")


if __name__ == "__main__":
    for line in sys.stdin:
        answer(json.loads(line))
