import type { AnyClient } from "./client.js";

/** Where each client's users come back to; core keeps it too, and does not tell it. */
const redirects = new WeakMap<object, string>();

/** @internal */
export function rememberRedirect(client: object, redirectUri: string): void {
  redirects.set(client, redirectUri);
}

/** A client as a browser meets it. */
export interface ClientPlace {
  /** The app's own name for it. */
  readonly name: string;
  readonly venue: string;
  readonly environment: string;
  readonly redirectUri: string;
  /** Of the venue's consent page; `undefined` where the client has none. */
  readonly consentOrigin: string | undefined;
}

/** Draws random numbers, which Cloudflare permits only while a request is answered. */
export function placesOf(clients: ReadonlyMap<string, AnyClient>): ClientPlace[] {
  return Array.from(clients, ([name, client]) => {
    const { venue, environment } = client;
    const goal = (["api_key", "account_tokens"] as const).find((each) => client.supports(each));
    const consentOrigin = goal && new URL(client.begin(goal).authorizeUrl.expose()).origin;
    return { name, venue, environment, redirectUri: redirects.get(client) ?? "", consentOrigin };
  });
}
