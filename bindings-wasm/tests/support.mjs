// What the tests of drivers and of secrets begin with.
import { Client } from "venuekey/server";
import { HttpResponse } from "venuekey/parts";

export const NOW = 1_790_000_000_000;

export function bybit(options = {}) {
  return new Client({
    venue: "bybit",
    environment: "mainnet",
    clientId: "app-1",
    clientSecret: "canary-client-secret",
    redirectUri: "https://partner.example/cb",
    ...options,
  });
}

export function json(value, status = 200, headers = []) {
  return new HttpResponse(status, new TextEncoder().encode(JSON.stringify(value)), headers);
}

/** Replies in order; a function is called, an error thrown. */
export function replies(...given) {
  const sent = [];
  const send = async (request, options) => {
    sent.push(`${request.method} ${request.purpose}`);
    const next = given.shift();
    if (next instanceof Error) throw next;
    return typeof next === "function" ? next(request, options) : next;
  };
  return { send, sent };
}

export const TOKEN = json({
  access_token: "canary-access",
  refresh_token: "canary-refresh",
  expires_in: 86_400,
  token_type: "bearer",
});
export const UID = json({ ret_code: 0, ret_msg: "success", result: { uid: "106000001" } });
export const KEY = json({ ret_code: 0, ret_msg: "success", result: { api_key: "canary-key", api_secret: "canary-secret" } });

/** A flow whose callback has come: the step to drive, and the client. */
export function begun(options = {}) {
  const client = bybit(options);
  const { authorizeUrl, pending } = client.begin("api_key", { nowMs: NOW });
  const state = new URL(authorizeUrl.expose()).searchParams.get("state");
  const callback = `/cb?code=canary-code&state=${state}`;
  return { client, authorizeUrl, pending, state, callback };
}
