// The inputs that both sides get: those of ../src/samples.rs.
export const NOW_MS = 1_790_000_000_000;
export const TOKENS =
  '{"access_token":"eyJhbGciOiJIUzI1NiJ9.c2FtcGxlLWFjY2Vzcy10b2tlbg.K5n2",' +
  '"refresh_token":"cmVmcmVzaC1zYW1wbGUtMDAwMQ","expires_in":300,"token_type":"Bearer","scope":"general:read"}';
// The same as WhiteBIT writes it.
export const WHITEBIT_TOKENS = `{"data":${TOKENS}}`;
export const V4_ORDER = { market: "BTC_USDT", side: "buy", amount: "0.015", price: "63250.5", clientOrderId: "order-000001" };
export const V5_ORDER = { category: "spot", symbol: "BTCUSDT", side: "Buy", orderType: "Limit", qty: "0.015", price: "63250.5" };
export const KEY = "b1f0c7a6d5e4938271605f4e3d2c1b0a";
export const SECRET = "9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39281706f5e4d3c2b1a0";
export const REDIRECT_URI = "https://partner.example/callback/whitebit";
export const CODE = "code-0001";
