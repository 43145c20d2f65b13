"""The inputs that both sides get: those of ../src/samples.rs."""

NOW_MS = 1_790_000_000_000
TOKENS = (
    b'{"access_token":"eyJhbGciOiJIUzI1NiJ9.c2FtcGxlLWFjY2Vzcy10b2tlbg.K5n2",'
    b'"refresh_token":"cmVmcmVzaC1zYW1wbGUtMDAwMQ","expires_in":300,"token_type":"Bearer","scope":"general:read"}'
)
# The same as WhiteBIT writes it.
WHITEBIT_TOKENS = b'{"data":' + TOKENS + b"}"
V4_ORDER = {
    "market": "BTC_USDT", "side": "buy", "amount": "0.015", "price": "63250.5", "clientOrderId": "order-000001",
}  # fmt: skip
V5_ORDER = {
    "category": "spot", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.015", "price": "63250.5",
}  # fmt: skip
KEY = "b1f0c7a6d5e4938271605f4e3d2c1b0a"
SECRET = "9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39281706f5e4d3c2b1a0"
REDIRECT_URI = "https://partner.example/callback/whitebit"
CODE = "code-0001"
