// The same work by what a user would take instead.
import { createHmac } from "node:crypto";
import * as oauth from "oauth4webapi";
import { CODE, KEY, NOW_MS, REDIRECT_URI, SECRET, TOKENS, V4_ORDER, V5_ORDER } from "./samples.mjs";

const server = {
  issuer: "https://whitebit.com",
  authorization_endpoint: "https://whitebit.com/auth/login",
  token_endpoint: "https://whitebit.com/oauth2/token",
};
const client = { client_id: "demo-whitebit" };

export const operations = {
  "begin.oauth4webapi": () => async () => {
    const [state, verifier] = [oauth.generateRandomState(), oauth.generateRandomCodeVerifier()];
    const url = new URL(server.authorization_endpoint);
    url.searchParams.set("client_id", client.client_id);
    url.searchParams.set("redirect_uri", REDIRECT_URI);
    url.searchParams.set("response_type", "code");
    url.searchParams.set("state", state);
    url.searchParams.set("code_challenge", await oauth.calculatePKCECodeChallenge(verifier));
    url.searchParams.set("code_challenge_method", "S256");
    return [url.href, state, verifier];
  },
  "callback.oauth4webapi"() {
    const state = oauth.generateRandomState();
    const url = `${REDIRECT_URI}?code=${CODE}&state=${state}`;
    return () => oauth.validateAuthResponse(server, client, new URL(url), state);
  },
  "reply.oauth4webapi"() {
    const body = new TextEncoder().encode(TOKENS);
    const headers = { "content-type": "application/json" };
    return () => oauth.processAuthorizationCodeResponse(server, client, new Response(body, { headers }));
  },
  "sign-whitebit.crypto"() {
    let nonce = NOW_MS;
    return () => {
      nonce += 1;
      const body = Buffer.from(JSON.stringify({ request: "/api/v4/order/new", nonce, ...V4_ORDER }));
      const payload = body.toString("base64");
      const signature = createHmac("sha512", SECRET).update(payload).digest("hex");
      const headers = {
        "content-type": "application/json", "x-txc-apikey": KEY, "x-txc-payload": payload, "x-txc-signature": signature,
      };
      return ["https://whitebit.com/api/v4/order/new", headers, body];
    };
  },
  "sign-bybit.crypto"() {
    let nonce = NOW_MS;
    return () => {
      nonce += 1;
      const body = JSON.stringify(V5_ORDER);
      const signature = createHmac("sha256", SECRET).update(`${nonce}${KEY}5000${body}`).digest("hex");
      const headers = {
        "content-type": "application/json", "x-bapi-api-key": KEY, "x-bapi-timestamp": `${nonce}`,
        "x-bapi-recv-window": "5000", "x-bapi-sign": signature,
      };
      return ["https://api.bybit.com/v5/order/create", headers, Buffer.from(body)];
    };
  },
};
