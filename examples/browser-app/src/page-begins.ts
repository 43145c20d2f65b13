// For an app that begins by itself: it has no secret, keeps the pending flow in the window that the exchange sends
// back, and ends at a hand-off for the backend. Where the backend can begin, let it: then this file, and the
// WebAssembly that comes with it, are not needed.
import { Client, fetchSender, init } from "venuekey";
import { drive } from "venuekey/parts";
import { begun, keep } from "./session";
import type { Venue } from "./venues";

function client(venue: Venue): Client {
  const redirectUri = `${location.origin}/callback/${venue}`;
  if (venue === "bybit") {
    // Bybit's client without a secret. It is sent back to loopback addresses only, so in a browser this throws.
    return new Client({ venue, environment: "mainnet", clientId: "ai-agent", redirectUri });
  }
  const { VITE_WHITEBIT_CLIENT_ID: clientId = "demo-whitebit", VITE_SANDBOX: sandbox } = import.meta.env;
  const base = sandbox && `${sandbox}/whitebit/global`;
  return new Client({ venue, environment: "global", clientId, redirectUri, authorizeBase: base, apiBase: base });
}

/** Begins, and keeps the flow in the session of the window that goes to the exchange. Returns where to send it. */
export async function begin(venue: Venue, storage: Storage): Promise<string> {
  await init();
  const { authorizeUrl, pending } = client(venue).begin("api_key");
  const snapshot = pending.snapshot();
  keep({ begun: { venue, expiresAtMs: snapshot.expiresAtMs, text: snapshot.expose() } }, storage);
  return authorizeUrl.expose();
}

/**
 * Takes the callback, and gives the hand-off for the backend. Asked again, after a reload, it gives the same.
 * @throws VenuekeyError of kind `rejected` where this callback is not the flow's, which then still waits.
 */
export async function finish(venue: Venue, callbackUrl: string): Promise<string> {
  await init();
  const step = client(venue).restore(begun(venue)!.text).receiveCallback(callbackUrl);
  // Nothing is sent, a client without a secret having nothing to say to the exchange: so there is nothing to keep, either.
  const { outcome } = await drive(step, { send: fetchSender(), save: () => true });
  if (outcome.name !== "hand_off") throw new TypeError(`a client without a secret ended with ${outcome.name}`);
  return outcome.handOff.expose();
}
