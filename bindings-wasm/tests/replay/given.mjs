// What a case gives, as objects of the package.
import { bytes, camel, renamed, text } from "./describe.mjs";

/** Without a secret it is a client of the entry point that has no other. */
export function client(venuekey, given) {
  const isPublic = given.client.client_secret === undefined;
  return new (isPublic ? venuekey.PublicClient : venuekey.Client)(renamed(given.client));
}

export function signer(venuekey, given) {
  const { api_key, api_secret, ...options } = given.signer;
  return new venuekey.Signer({ ...renamed(options), apiKey: text(api_key), apiSecret: text(api_secret) });
}

export function response(venuekey, { status, body, headers = [] }) {
  return new venuekey.HttpResponse(status, new TextEncoder().encode(text(body)), headers);
}

export function tokens(venuekey, given) {
  const { access_token, ...rest } = given;
  const present = Object.entries(renamed(rest)).filter(([, value]) => value !== null);
  return new venuekey.Tokens({ ...Object.fromEntries(present), accessToken: text(access_token) });
}

export function sealingKeys(venuekey, given) {
  return new venuekey.SealingKeys(given.map(([id, key]) => [id, bytes(key)]));
}

export function read(app, start) {
  const read = begun(app, start);
  return start.bound_to === undefined ? read : read.boundTo(start.bound_to);
}

function begun(app, start) {
  if (start.call === "resume_read") return app.resumeRead(text(start.cursor));
  const query = renamed(start.query ?? {});
  // Ids are strings here.
  if (query.orderId !== undefined) query.orderId = String(query.orderId);
  const begun = app[camel(start.call)](query, { nowMs: start.now_ms });
  return start.nonce_ms === undefined ? begun : begun.withNonce(start.nonce_ms);
}

/** The step that an event of a flow leads to. */
export function happen(venuekey, flow, event) {
  const now = { nowMs: event.now_ms };
  switch (event.event) {
    case "callback":
      return flow.receiveCallback(event.url, now);
    case "pasted_code":
      return flow.receivePastedCode(text(event.pasted), now);
    case "choose":
      return flow.choose(event.id, now);
    case "response":
      return flow.receiveResponse(response(venuekey, event), now);
    case "no_response":
      return flow.receiveNoResponse({ notSent: event.not_sent, ...now });
    case "resume":
      return flow.resume(now);
    case "recover":
      return flow.recover(now);
    default:
      throw new Error(`no such event: ${event.event}`);
  }
}
