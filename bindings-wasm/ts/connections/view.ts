// What an app and its user see of a connection.
import type { AnyClient } from "../client.js";
import type { Choices, ConnectAttempt, Connection, ConnectionEvent, KeySummary, TrailEntry } from "../connection.js";
import type { VenuekeyError } from "../errors.js";
import type { Stored } from "../stores/store.js";
import type { Waiting } from "../model.js";
import type { ConnectionStatus, Goal, Intent, Recovery, Venue, VenueEnvironment } from "../names.js";

/** Where a connection stands. Frozen, and without a secret but `authorizeUrl`. Times are Unix milliseconds. */
export class ConnectionView {
  /** Empty if the row's own is none. */
  readonly id: string;
  /** Your own name for the user. */
  readonly owner: string;
  /** Your own name for the client. */
  readonly client: string;
  /** The user's own name for the connection. */
  readonly label: string | undefined;
  readonly venue: Venue;
  readonly environment: VenueEnvironment;
  /** `undefined` if the row can't be opened. */
  readonly goal: Goal | undefined;
  /** `"quarantined"` if the row can't be opened: `error` says why, and the rest is what its columns say. */
  readonly status: ConnectionStatus;
  /** When it was begun; `undefined` if the row can't be opened. */
  readonly begunAtMs: number | undefined;
  /** The attempt to connect that is in progress or has failed, also in front of an account that works: see `cancelAttempt`. */
  readonly attempt: ConnectAttempt | undefined;
  /** When the consent ends without a callback. */
  readonly expiresAtMs: number | undefined;
  /** The accounts that the user chooses from, while a choice is wanted. */
  readonly choices: Choices | undefined;
  /** Why nothing works, or why the last attempt to connect anew came to nothing. */
  readonly error: VenuekeyError | undefined;
  /** How `recover` can go on. */
  readonly recovery: Recovery | undefined;
  /** Whether `reconnect` ends the key that works before the user is asked: tell them first. */
  readonly replacesKey: boolean;
  /** What the next request waits for, if it has to wait. */
  readonly wait: Waiting | undefined;
  /** The user's id at the venue, if the venue returned it. */
  readonly uid: string | undefined;
  /** The key's id at the venue, if it has one. */
  readonly keyId: string | undefined;
  /** The key without its halves. */
  readonly key: KeySummary | undefined;
  /** The scopes that its tokens were granted; empty without tokens, and if the venue names none. */
  readonly scope: readonly string[];
  /** The key that still lives at the venue after the end: the user deletes it there. */
  readonly keyLeft: string | undefined;
  /** What is wanted and not done yet. */
  readonly intent: Intent | undefined;
  /** When a worker next has something to do. */
  readonly dueAtMs: number | undefined;
  /** Whether work waits, and no worker has looked for a minute. */
  readonly noWorker: boolean;
  /** What has happened, the newest last. */
  readonly trail: readonly TrailEntry[];

  readonly #authorizeUrl: string | undefined;

  /** @internal */
  constructor(seen: Seen, authorizeUrl?: string) {
    const { id, owner, client, label, venue, environment, goal, status, expiresAtMs, choices, error, recovery } = seen;
    [this.id, this.owner, this.client, this.label, this.venue, this.environment] = [id, owner, client, label, venue, environment];
    [this.goal, this.status, this.expiresAtMs, this.choices, this.error, this.recovery] = [goal, status, expiresAtMs, choices, error, recovery];
    [this.begunAtMs, this.attempt] = [seen.begunAtMs, seen.attempt];
    [this.key, this.scope] = [seen.key, Object.freeze([...(seen.scope ?? [])])];
    this.replacesKey = seen.replacesKey ?? false;
    this.wait = seen.wait;
    [this.uid, this.keyId, this.keyLeft] = [seen.uid, seen.keyId, seen.keyLeft];
    [this.intent, this.dueAtMs, this.noWorker] = [seen.intent, seen.dueAtMs, seen.noWorker ?? false];
    this.trail = Object.freeze([...(seen.trail ?? [])]);
    this.#authorizeUrl = authorizeUrl;
    Object.freeze(this);
  }

  /**
   * Where to send the browser, while the venue's consent is wanted. It carries `state`, so consoles, `JSON.stringify` and
   * a spread leave it out: name it where a page needs it.
   */
  get authorizeUrl(): string | undefined {
    return this.#authorizeUrl;
  }
}

type Always = "id" | "owner" | "client" | "label" | "venue" | "environment" | "status";
type Seen = Pick<ConnectionView, Always> & Partial<Omit<ConnectionView, Always | "authorizeUrl">>;

/** The view of a connection. */
export function viewOf(connection: Connection, client: AnyClient, noWorker: boolean): ConnectionView {
  const { id, owner, clientName, label, goal, status, expiresAtMs, choices, error, recovery, replacesKey, wait, uid } = connection;
  const { keyId, key, scope, keyLeft, intent, dueAtMs, trail, begunAtMs, attempt } = connection;
  const { venue, environment } = client;
  const named = { id, owner, client: clientName, label, venue, environment, goal, status, expiresAtMs, choices, error, recovery };
  // The browser is sent there.
  const authorizeUrl = connection.authorizeUrl?.expose();
  const known = { begunAtMs, attempt, replacesKey, wait, uid, keyId, key, scope, keyLeft };
  return new ConnectionView({ ...named, ...known, intent, dueAtMs, noWorker, trail }, authorizeUrl);
}

/** The view of a row that can't be opened. */
export function unreadable({ row }: Stored, error: VenuekeyError): ConnectionView {
  // A column may hold what no store of ours has written.
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  const [id = "", owner = "", client = "", venue = "", environment = ""] = [row.id, row.owner, row.client, row.venue, row.environment].map(text);
  const place = { venue: venue as Venue, environment: environment as VenueEnvironment };
  const dueAtMs = Number.isSafeInteger(row.dueAtMs) ? row.dueAtMs : undefined;
  const [label, intent] = [text(row.label), text(row.intent) as Intent | undefined];
  return new ConnectionView({ id, owner, client, label, ...place, status: "quarantined", error, intent, dueAtMs });
}

/** What `beginByHandOff` has come to. */
export interface TakenHandOff {
  /** The connection that this hand-off has begun. */
  readonly view: ConnectionView;
  /** Whether this call has begun it. If not, the hand-off was taken before, and nothing was done. */
  readonly isNew: boolean;
}

/** What happened to a connection. It is told at least once: `connectionId` and `number` together identify it. */
export interface Event extends ConnectionEvent {
  readonly connectionId: string;
  /** Your own name for the user. */
  readonly owner: string;
  /** Your own name for the client. */
  readonly client: string;
  /** The user's own name for the connection. */
  readonly label: string | undefined;
}
