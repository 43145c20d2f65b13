"""What venuekey does on the way of every user and of every request, to the values that an app goes on with."""

from itertools import count

import venuekey
from samples import CODE, KEY, NOW_MS, REDIRECT_URI, SECRET, V4_ORDER, V5_ORDER, WHITEBIT_TOKENS
from venuekey.parts import HttpResponse, Signer


def client():
    return venuekey.Client(
        venue="whitebit", environment="global", client_id="demo-whitebit", client_secret="demo-secret",
        redirect_uri=REDIRECT_URI,
    )  # fmt: skip


def begin():
    ours = client()
    return lambda: ours.begin("api_key").authorize_url


def waiting(goal="api_key"):
    started = client().begin(goal, now_ms=NOW_MS)
    state = started.authorize_url.split("state=")[1].split("&")[0]
    return started.pending, f"{REDIRECT_URI}?code={CODE}&state={state}"


def callback():
    flow, url = waiting()
    return lambda: flow.receive_callback(url, now_ms=NOW_MS)


# Ends with the reply, as the peer's does; with a key to follow it would make the next request too.
def tokens():
    flow, url = waiting("account_tokens")
    ready = flow.receive_callback(url, now_ms=NOW_MS).next

    def run():
        step = ready.resume(now_ms=NOW_MS)
        request = step.request
        sent = request.method, request.url, request.headers, request.body
        return sent, step.next.receive_response(HttpResponse(200, WHITEBIT_TOKENS), now_ms=NOW_MS)

    assert run()[1].next.tokens, "it is a pair"
    return run


def signing(venue, environment, path, order):
    signer = Signer(venue=venue, environment=environment, api_key=KEY, api_secret=SECRET)
    nonces = count(NOW_MS)

    def run():
        request = signer.sign("POST", path, order, nonce_ms=next(nonces))
        return request.url, request.headers, request.body

    return run


def sign_whitebit():
    return signing("whitebit", "global", "/api/v4/order/new", V4_ORDER)


def sign_bybit():
    return signing("bybit", "mainnet", "/v5/order/create", V5_ORDER)


OPERATIONS = {
    "begin": begin, "callback": callback, "tokens": tokens, "sign-whitebit": sign_whitebit, "sign-bybit": sign_bybit,
}  # fmt: skip
