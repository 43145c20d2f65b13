// The backend's JSON API: the same whichever language the backend is written in.
import type { Venue } from "./venues";

export type State = "none" | "pending" | "working" | "attention" | "notice" | "connected";

/** Where an account stands, and what to tell its owner. */
export interface Standing {
  readonly state: State;
  readonly text: string;
  /** How it can go on, where it has stopped. */
  readonly recovery?: string;
}

/** An answer that is no success. Neither word is a secret; `code` is venuekey's where venuekey refused. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly kind: string,
    readonly code: string,
  ) {
    super(`refused: ${code}`);
  }
}

/** No answer, or none of the backend's. What was asked for may have been done or not. */
export class Unreachable extends Error {}

const PATIENCE_MS = 20_000;

async function call(method: string, path: string, body?: object): Promise<unknown> {
  let reply: Response;
  let answer: unknown;
  try {
    reply = await fetch(`/api/${path}`, {
      method,
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE_MS),
      headers: body ? { "Content-Type": "application/json" } : {},
      ...(body && { body: JSON.stringify(body) }),
    });
    answer = reply.status === 204 ? undefined : await reply.json();
  } catch {
    // Without the cause: it may name the address.
    throw new Unreachable("no answer");
  }
  if (reply.ok) return answer;
  if (reply.status >= 500) throw new Unreachable("the backend is in trouble");
  const { kind, code } = answer as { kind?: string; code?: string };
  throw new Refused(reply.status, kind ?? "", code ?? "");
}

/** The backend begins: where to send the user. */
export async function connect(venue: Venue): Promise<string> {
  const answer = await call("POST", "connections", { venue, goal: "api_key" });
  return (answer as { authorize_url: string }).authorize_url;
}

/** Carries the callback's address to the backend, which finds its own pending flow by the session. */
export const deliverCallback = (venue: Venue, url: string) => call("POST", "callbacks", { venue, callback_url: url });

/** Gives the backend what this page has begun. */
export const handOff = (venue: Venue, text: string) => call("POST", "hand-offs", { venue, hand_off: text });

export const standings = () => call("GET", "connections") as Promise<Partial<Record<Venue, Standing>>>;

/** Goes on with what has stopped, in the way that the standing names. */
export const recover = (venue: Venue) => call("POST", "recoveries", { venue });

/** Stops waiting for an account, or puts away what has failed. One that works stays, whatever the page has shown so far. */
export const callOff = (venue: Venue) => call("DELETE", `attempts/${venue}`);

/** Forgets the account. */
export const forget = (venue: Venue) => call("DELETE", `connections/${venue}`);
