// What venuekey does on the way of every user and of every request, to the values that an app goes on with.
import { HttpResponse, Signer } from "venuekey/parts";
import { Client } from "venuekey/server";
import { CODE, KEY, NOW_MS, REDIRECT_URI, SECRET, V4_ORDER, V5_ORDER, WHITEBIT_TOKENS } from "./samples.mjs";

const nowMs = NOW_MS;

function client() {
  return new Client({
    venue: "whitebit", environment: "global", clientId: "demo-whitebit", clientSecret: "demo-secret", redirectUri: REDIRECT_URI,
  });
}

function waiting(goal = "api_key") {
  const { authorizeUrl, pending } = client().begin(goal, { nowMs });
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
  // Ends with the reply, as the peer's does; with a key to follow it would make the next request too.
  reply() {
    const { pending, url } = waiting("account_tokens");
    const { next } = pending.receiveCallback(url, { nowMs }).next.resume({ nowMs });
    const body = new TextEncoder().encode(WHITEBIT_TOKENS);
    const received = () => next.receiveResponse(new HttpResponse(200, body), { nowMs });
    if (!received().next.tokens) throw new Error("it is a pair");
    return received;
  },
  "sign-whitebit": () => signing("whitebit", "global", "/api/v4/order/new", V4_ORDER),
  "sign-bybit": () => signing("bybit", "mainnet", "/v5/order/create", V5_ORDER),
};
