"""What stands beside what, in each language, and the goals."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    ours: str
    peer: str
    beside: str
    # None where nobody has set one.
    goal: float | None


RUST = [
    Row("begin", "begin.oauth2", "oauth2 5.0: `authorize_url` with PKCE", 0.8),
    Row("begin", "begin.bare", "64 random bytes, one SHA-256, base64", 1.5),
    Row("callback", "callback.url", "`Url::parse` and its pairs", 1.2),
    Row("tokens", "tokens.oauth2", "oauth2 5.0: `exchange_code`, its request and reply", 0.6),
    Row("restore", "restore.value", "`serde_json::Value` of the same text", 1.0),
    Row("sign-whitebit", "sign-whitebit.bare", "`format!`, base64, HMAC-SHA512, hex", 1.25),
    Row("sign-bybit", "sign-bybit.bare", "`format!`, HMAC-SHA256, hex", 1.4),
]
PYTHON = [
    Row("begin", "begin.authlib", "authlib: `create_authorization_url` with PKCE", 0.05),
    Row("callback", "callback.authlib", "authlib: `parse_authorization_code_response`", 0.25),
    Row("tokens", "tokens.authlib", "authlib: `fetch_token`, its request and reply", 0.3),
    Row("sign-whitebit", "sign-whitebit.stdlib", "`json`, `base64`, `hmac`", 0.9),
    Row("sign-bybit", "sign-bybit.stdlib", "`json`, `hmac`", 0.9),
]
NODE = [
    Row("begin", "begin.oauth4webapi", "oauth4webapi: state, verifier, challenge, `URL`", 0.5),
    Row("callback", "callback.oauth4webapi", "oauth4webapi: `validateAuthResponse`", None),
    Row("reply", "reply.oauth4webapi", "oauth4webapi: `processAuthorizationCodeResponse`", 0.4),
    Row("sign-whitebit", "sign-whitebit.crypto", "`JSON.stringify`, `createHmac`", 1.2),
    Row("sign-bybit", "sign-bybit.crypto", "`JSON.stringify`, `createHmac`", 1.2),
]
# Their goals are times.
JVM = [
    Row("sign-whitebit", "sign-whitebit.jdk", "`Mac`, `Base64`, `HexFormat`", None),
    Row("sign-bybit", "sign-bybit.jdk", "`Mac`, `HexFormat`", None),
]
JVM_TIMES = {"begin": 30.0, "sign-whitebit": 15.0, "sign-bybit": 15.0}
# A process that imports it, beside an empty one and one that imports the peer.
IMPORTS = {"python": ("venuekey", "authlib.oauth2.client", 0.35), "node": ("venuekey", "oauth4webapi", 1.5)}
