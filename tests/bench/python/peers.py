"""The same work by what a user would take instead."""

import base64
import hmac
import json
from itertools import count
from urllib.parse import urlencode

from authlib.common.security import generate_token
from authlib.oauth2.client import OAuth2Client
from authlib.oauth2.rfc6749.parameters import parse_authorization_code_response
from samples import CODE, KEY, NOW_MS, REDIRECT_URI, SECRET, TOKENS, V4_ORDER, V5_ORDER

AUTHORIZE = "https://whitebit.com/auth/login"
TOKEN = "https://whitebit.com/oauth2/token"


class Reply:
    status_code = 200

    def json(self):
        return json.loads(TOKENS)


class Session:
    """In the place of requests' or httpx's: it encodes the form, and lets authlib authenticate the client."""

    def post(self, url, data, headers, auth):
        self.sent = auth.prepare("POST", url, headers, urlencode(data))
        return Reply()


def client():
    return OAuth2Client(
        Session(), "demo-whitebit", "demo-secret", redirect_uri=REDIRECT_URI, code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_post",
    )  # fmt: skip


def begin():
    theirs = client()

    def run():
        verifier = generate_token(48)
        return theirs.create_authorization_url(AUTHORIZE, code_verifier=verifier), verifier

    return run


def callback():
    state = generate_token(43)
    url = f"{REDIRECT_URI}?code={CODE}&state={state}"
    return lambda: parse_authorization_code_response(url, state)


def tokens():
    theirs, verifier = client(), generate_token(48)
    return lambda: theirs.fetch_token(TOKEN, code=CODE, grant_type="authorization_code", code_verifier=verifier)


def sign_whitebit():
    nonces = count(NOW_MS)

    def run():
        body = {**V4_ORDER, "request": "/api/v4/order/new", "nonce": next(nonces)}
        text = json.dumps(body, separators=(",", ":")).encode()
        payload = base64.b64encode(text)
        signature = hmac.new(SECRET.encode(), payload, "sha512").hexdigest()
        headers = {
            "Content-Type": "application/json", "X-TXC-APIKEY": KEY, "X-TXC-PAYLOAD": payload.decode(),
            "X-TXC-SIGNATURE": signature,
        }  # fmt: skip
        return "https://whitebit.com/api/v4/order/new", headers, text

    return run


def sign_bybit():
    nonces = count(NOW_MS)

    def run():
        timestamp, body = str(next(nonces)), json.dumps(V5_ORDER, separators=(",", ":"))
        signature = hmac.new(SECRET.encode(), f"{timestamp}{KEY}5000{body}".encode(), "sha256").hexdigest()
        headers = {
            "Content-Type": "application/json", "X-BAPI-API-KEY": KEY, "X-BAPI-TIMESTAMP": timestamp,
            "X-BAPI-RECV-WINDOW": "5000", "X-BAPI-SIGN": signature,
        }  # fmt: skip
        return "https://api.bybit.com/v5/order/create", headers, body.encode()

    return run


OPERATIONS = {
    "begin.authlib": begin, "callback.authlib": callback, "tokens.authlib": tokens,
    "sign-whitebit.stdlib": sign_whitebit, "sign-bybit.stdlib": sign_bybit,
}  # fmt: skip
