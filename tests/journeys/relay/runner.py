"""Steps of flows, for test_relay.py: orders on standard input, what came of each on standard output."""

from __future__ import annotations

import base64
import json
import sys
from typing import Any

import venuekey
from venuekey.senders import httpx_sender

import httpx


def tell(**line: Any) -> None:
    print(json.dumps({name: value for name, value in line.items() if value is not None}), flush=True)


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
            response = venuekey.parts.HttpResponse(given["status"], base64.b64decode(given["body"]))
            return flow.receive_response(response, now_ms=now_ms)
        case "receive_no_response":
            return flow.receive_no_response(now_ms=now_ms)
        case "recover":
            return flow.recover(now_ms=now_ms)
        case "resume":
            return flow.resume(now_ms=now_ms)
    raise ValueError(f"no such event: {event}")


def answer(order: dict[str, Any]) -> None:
    secret = {name: order[name] for name in ("client_secret",) if name in order}
    client = (venuekey.Client if secret else venuekey.Client.public)(
        venue=order["venue"], environment=order["environment"], client_id=order["client_id"],
        redirect_uri=order["redirect_uri"], authorize_base=order["base"], api_base=order["base"], **secret,
    )  # fmt: skip
    step = first(client, order, order["now_ms"])
    match step:
        case venuekey.parts.Started(authorize_url=authorize_url, pending=pending):
            tell(step="begun", snapshot=pending.snapshot().expose(), authorize_url=authorize_url)
        case venuekey.parts.Send(request, following):
            tell(step="send", snapshot=following.snapshot().expose(), purpose=request.purpose)
            if order.get("send"):
                # Everything is http on this machine: no certificates to load, no proxy to ask.
                send = httpx_sender(httpx.Client(verify=False, trust_env=False), verify=False, trust_env=False)
                try:
                    reply = send(request)
                    tell(reply={"status": reply.status, "body": base64.b64encode(reply.body).decode()})
                except venuekey.NoResponse:
                    tell(reply=False)
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
