// What an app and its user see of a connection.
import type { AnyClient } from "../client.js";
import type { Choices, Connection, ConnectionEvent, TrailEntry } from "../connection.js";
import type { VenuekeyError } from "../errors.js";
import type { Waiting } from "../model.js";
import type { ConnectionStatus, Goal, Intent, Recovery, Venue, VenueEnvironment } from "../names.js";

/** Where a connection stands. Frozen, and without a secret but `authorizeUrl`. Times are Unix milliseconds. */
export class ConnectionView {
  readonly id: string;
  /** Your own name for the user. */
  readonly owner: string;
  /** Your own name for the client. */
  readonly client: string;
  /** The user's own name for the connection. */
  readonly label: string | undefined;
  readonly venue: Venue;
  readonly environment: VenueEnvironment;
  readonly goal: Goal;
  readonly status: ConnectionStatus;
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
  /** The user's id at the venue, where the venue told it. */
  readonly uid: string | undefined;
  /** The key's id at the venue, where it has one. */
  readonly keyId: string | undefined;
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
  constructor(connection: Connection, client: AnyClient, noWorker: boolean) {
    this.id = connection.id;
    this.owner = connection.owner;
    this.client = connection.clientName;
    this.label = connection.label;
    this.venue = client.venue;
    this.environment = client.environment;
    this.goal = connection.goal;
    this.status = connection.status;
    this.expiresAtMs = connection.expiresAtMs;
    this.choices = connection.choices;
    this.error = connection.error;
    this.recovery = connection.recovery;
    this.replacesKey = connection.replacesKey;
    this.wait = connection.wait;
    this.uid = connection.uid;
    this.keyId = connection.keyId;
    this.keyLeft = connection.keyLeft;
    this.intent = connection.intent;
    this.dueAtMs = connection.dueAtMs;
    this.noWorker = noWorker;
    this.trail = Object.freeze(connection.trail);
    // The browser is sent there.
    this.#authorizeUrl = connection.authorizeUrl?.expose();
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
