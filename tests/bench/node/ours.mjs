// What venuekey does on the way of every user and of every request, to the values that an app goes on with.
import { HttpResponse, Signer } from "venuekey/parts";
import { Client } from "venuekey/server";
import { CODE, KEY, NOW_MS, REDIRECT_URI, SECRET, TOKENS, V4_ORDER, V5_ORDER } from "./samples.mjs";

const nowMs = NOW_MS;

function client() {
  return new Client({
    venue: "whitebit", environment: "global", clientId: "demo-whitebit", clientSecret: "demo-secret", redirectUri: REDIRECT_URI,
  });
}

function waiting() {
  const { authorizeUrl, pending } = client().begin("api_key", { nowMs });
  const state = new URL(authorizeUrl.expose()).searchParams.get("state");
  return { pending, url: `${REDIRECT_URI}?code=${CODE}&state=${state}` };
}

function signing(venue, environment, path, order) {
  const signer = new Signer({ venue, environment, apiKey: KEY, apiSecret: SECRET });
  let nonceMs = NOW_MS;
  return () => {
    nonceMs += 1;
    const { url, headers, body } = signer.sign("POST", path, order, { nonceMs });
    return [url, headers, body];
  };
}

export const operations = {
  begin() {
    const ours = client();
    return () => ours.begin("api_key").authorizeUrl.expose();
  },
  callback() {
    const { pending, url } = waiting();
    return () => pending.receiveCallback(url, { nowMs });
  },
  reply() {
    const { pending, url } = waiting();
    const { next } = pending.receiveCallback(url, { nowMs }).next.resume({ nowMs });
    const body = new TextEncoder().encode(TOKENS);
    return () => next.receiveResponse(new HttpResponse(200, body), { nowMs });
  },
  "sign-whitebit": () => signing("whitebit", "global", "/api/v4/order/new", V4_ORDER),
  "sign-bybit": () => signing("bybit", "mainnet", "/v5/order/create", V5_ORDER),
};
