// What an app and its user see of a connection.
import type { AnyClient } from "../client.js";
import type { Choices, Connection, ConnectionEvent, TrailEntry } from "../connection.js";
import type { VenuekeyError } from "../errors.js";
import type { Waiting } from "../model.js";
import type { ConnectionStatus, Goal, Intent, Recovery, Venue, VenueEnvironment } from "../names.js";
import type { Stored } from "../stores/store.js";

/** Where a connection stands. Frozen, and without a secret but `authorizeUrl`. Times are Unix milliseconds. */
export class ConnectionView {
  declare readonly id: string;
  /** Your own name for the user. */
  declare readonly owner: string;
  /** Your own name for the client. */
  declare readonly client: string;
  /** The user's own name for the connection. */
  declare readonly label: string | undefined;
  declare readonly venue: Venue;
  declare readonly environment: VenueEnvironment;
  /** `undefined` where the row can't be opened. */
  declare readonly goal: Goal | undefined;
  declare readonly status: ConnectionStatus;
  /** When the consent ends without a callback. */
  declare readonly expiresAtMs: number | undefined;
  /** The accounts that the user chooses from, while a choice is wanted. */
  declare readonly choices: Choices | undefined;
  /** Why nothing works, or why the last attempt to connect anew came to nothing. */
  declare readonly error: VenuekeyError | undefined;
  /** How `recover` can go on. */
  declare readonly recovery: Recovery | undefined;
  /** Whether `reconnect` ends the key that works before the user is asked: tell them first. */
  declare readonly replacesKey: boolean;
  /** What the next request waits for, if it has to wait. */
  declare readonly wait: Waiting | undefined;
  /** The user's id at the venue, where the venue told it. */
  declare readonly uid: string | undefined;
  /** The key's id at the venue, where it has one. */
  declare readonly keyId: string | undefined;
  /** The key that still lives at the venue after the end: the user deletes it there. */
  declare readonly keyLeft: string | undefined;
  /** What is wanted and not done yet. */
  declare readonly intent: Intent | undefined;
  /** When a worker next has something to do. */
  declare readonly dueAtMs: number | undefined;
  /** Whether work waits, and no worker has looked for a minute. */
  declare readonly noWorker: boolean;
  /** What has happened, the newest last. */
  declare readonly trail: readonly TrailEntry[];

  readonly #authorizeUrl: string | undefined;

  /** @internal */
  constructor(shown: Shown, authorizeUrl?: string) {
    Object.assign(this, shown);
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

type Shown = Omit<ConnectionView, "authorizeUrl">;

export function viewOf(connection: Connection, client: AnyClient, noWorker: boolean): ConnectionView {
  const { id, owner, clientName, label, goal, status, expiresAtMs, choices, error, recovery, replacesKey } = connection;
  const { wait, uid, keyId, keyLeft, intent, dueAtMs, trail } = connection;
  const { venue, environment } = client;
  const shown: Shown = {
    id, owner, client: clientName, label, venue, environment, goal, status, expiresAtMs, choices, error, recovery, replacesKey,
    wait, uid, keyId, keyLeft, intent, dueAtMs, noWorker, trail: Object.freeze(trail),
  };
  // The browser is sent there.
  return new ConnectionView(shown, connection.authorizeUrl?.expose());
}

/** Of a row that can't be opened here: what its columns say. */
export function unreadableView({ row }: Stored, error: VenuekeyError): ConnectionView {
  const { id, owner, client, label, intent, dueAtMs } = row;
  const [venue, environment] = [row.venue as Venue, row.environment as VenueEnvironment];
  return new ConnectionView({
    id, owner, client, label, venue, environment, goal: undefined, status: "quarantined", expiresAtMs: undefined,
    choices: undefined, error, recovery: undefined, replacesKey: false, wait: undefined, uid: undefined, keyId: undefined,
    keyLeft: undefined, intent: intent as Intent | undefined, dueAtMs, noWorker: false, trail: Object.freeze([]),
  });
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
