// What is wrong with a client can be read from it, before anything is sent.
import type { AnyClient } from "../client.js";
import { VenuekeyError } from "../errors.js";
import type { Signer } from "../keys.js";
import type { VenueAndEnvironment } from "../names.js";
import { Client } from "../server-client.js";
import type { Finding } from "../connections/finding.js";
import { ENVIRONMENTS } from "../venues.js";
import { found } from "./findings.js";

const PLACES = Object.entries(ENVIRONMENTS).flatMap(([venue, names]) => names.map((environment) => ({ venue, environment }) as VenueAndEnvironment));

/** Where a client's requests go; made in memory, and nothing of it is sent or stored. */
export interface Place {
  readonly authorizeUrl: string;
  /** With a key that there is not: for the venue's time alone. */
  readonly signer: Signer;
  readonly timeUrl: string;
}

export function placeOf(client: AnyClient): Place {
  // Exposed for the venue: it is the address of nobody's flow.
  const authorizeUrl = client.begin(client.supports("api_key") ? "api_key" : "account_tokens").authorizeUrl.expose();
  const imported = client.importKey({ apiKey: "doctor", apiSecret: "doctor" }, { owner: "doctor", clientName: "doctor" });
  const signer = imported.signer()!;
  return { authorizeUrl, signer, timeUrl: signer.askTime().url };
}

export function checkClient(name: string, client: AnyClient): Finding[] {
  const [about, place] = [`client ${name}`, placeOf(client)];
  const { environment, redirectUri, venue } = client;
  const [authorize, api] = [baseOf(place.authorizeUrl), baseOf(place.timeUrl)];
  const wrong: Finding[] = [];
  for (const address of new Set([authorize, api])) {
    const other = belongsTo(address);
    if (other === undefined || other === `${venue} ${environment}`) continue;
    wrong.push(found("environment_mismatch", about, { environment: `${venue} ${environment}`, address, other }));
  }
  if (isLoopback(authorize) !== isLoopback(api)) wrong.push(found("bases_differ", about, { authorize, api }));
  if (new URL(redirectUri).pathname === "/") {
    wrong.push(found("redirect_without_path", about, { redirect: redirectUri, venue }));
  }
  return wrong.length > 0 ? wrong : [found("client_ok", about, { venue, environment, redirect: redirectUri })];
}

function placed(path: readonly string[]): string | undefined {
  const place = PLACES.find(({ venue, environment }) => venue === path[0] && environment === path[1]);
  return place && `${place.venue} ${place.environment}`;
}

/** Host, and of a base of one's own what tells the environment: the sandbox's `/bybit/testnet`. */
function baseOf(url: string): string {
  const { origin, pathname } = new URL(url);
  const path = pathname.split("/").filter(Boolean).slice(0, 2);
  return placed(path) === undefined ? origin : `${origin}/${path.join("/")}`;
}

function belongsTo(base: string): string | undefined {
  const { hostname, pathname } = new URL(base);
  return placed(pathname.split("/").filter(Boolean)) ?? hosts().get(hostname);
}

let known: Map<string, string> | undefined;

/** Of every environment that core knows. */
function hosts(): Map<string, string> {
  if (known !== undefined) return known;
  known = new Map();
  for (const place of PLACES) {
    const { venue, environment } = place;
    const secret = { clientId: "doctor", clientSecret: "doctor", redirectUri: "https://doctor.invalid/callback" };
    const { authorizeUrl, timeUrl } = placeOf(new Client({ ...place, ...secret }));
    for (const url of [authorizeUrl, timeUrl]) known.set(new URL(url).hostname, `${venue} ${environment}`);
  }
  return known;
}

export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

export function isVenuekeyError(error: unknown): error is VenuekeyError {
  // By its name: an app's own copy of the package may be the CommonJS one.
  return error instanceof VenuekeyError || (error instanceof Error && error.name === "VenuekeyError" && "code" in error);
}
