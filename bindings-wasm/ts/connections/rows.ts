// Between rows and connections: opening, sealing, and what comes from the web.
import type { SealingKeys } from "../base.js";
import type { AnyClient } from "../client.js";
import type { Connection } from "../connection.js";
import { VenuekeyError } from "../errors.js";
import type { Store, Stored } from "../stores/store.js";
import { invalid_argument } from "../wasm.js";
import { ConnectionNotFound, StoreBusy, UnknownClient } from "./errors.js";
import type { Time } from "./time.js";
import { type ConnectionView, unreadableView, viewOf } from "./view.js";

/** So often does an event from the web try to be the next revision. */
const TRIES = 5;
const NO_WORKER_MS = 60_000;

/** What a connection becomes by an event; with the same revision, nothing. */
export type Change = (connection: Connection, now: { readonly nowMs: number }) => Connection;

/** A connection as the store has it. */
export interface Found {
  readonly connection: Connection;
  /** Since when a worker is wanted. The connection's own says when seen from now, so it is never past. */
  readonly dueAtMs: number | undefined;
}

/** As core's own. */
function damaged(): VenuekeyError {
  const hint = "a column of the row has the wrong type";
  return new VenuekeyError(`seal_invalid: ${hint}`, "rejected", "seal_invalid", { hint });
}

/** The rows of one store, opened. */
export class Rows {
  constructor(
    readonly clients: ReadonlyMap<string, AnyClient>,
    readonly store: Store,
    readonly keys: SealingKeys,
    readonly time: Time,
  ) {}

  client(name: string): AnyClient {
    const client = this.clients.get(name);
    if (client === undefined) throw new UnknownClient("this connection's client is not among the clients here");
    return client;
  }

  /** @throws UnknownClient, or what `openConnection` throws. */
  opened({ row, lastUsedAtMs }: Stored, nowMs: number): Connection {
    // SQLite's columns hold anything.
    if (![row.id, row.owner, row.client, row.sealed].every((value: unknown) => typeof value === "string")) throw damaged();
    const connection = this.client(row.client).openConnection(row, { keys: this.keys, nowMs });
    return lastUsedAtMs === undefined ? connection : connection.used({ lastUsedAtMs, nowMs });
  }

  async load(id: string): Promise<Found | undefined> {
    const stored = await this.store.load(id);
    return stored === undefined ? undefined : this.found(stored, await this.time.nowMs());
  }

  found(stored: Stored, nowMs: number): Found {
    return { connection: this.opened(stored, nowMs), dueAtMs: stored.row.dueAtMs };
  }

  /** The row, where it is this owner's. */
  async stored(id: string, owner: string | undefined): Promise<Stored> {
    const stored = await this.store.load(id);
    if (stored === undefined || (owner !== undefined && owner !== stored.row.owner)) {
      throw new ConnectionNotFound("there is no such connection");
    }
    return stored;
  }

  /** The connection, where it is this owner's: a row whose owner was changed does not open. */
  async loaded(id: string, owner: string | undefined): Promise<Found> {
    return this.found(await this.stored(id, owner), await this.time.nowMs());
  }

  /** Whether it is stored; another worker won where not. */
  async save(connection: Connection): Promise<boolean> {
    const won: unknown = await this.store.save(connection.seal({ keys: this.keys }));
    if (typeof won === "boolean") return won;
    throw new TypeError(`the store's save must return true (stored) or false (another worker won), not ${typeof won}`);
  }

  /** Saves what the event makes of the row. Where another save comes first, it is applied to that. */
  async apply(id: string, owner: string | undefined, event: Change): Promise<Found> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const found = await this.loaded(id, owner);
      const connection = event(found.connection, { nowMs: await this.time.nowMs() });
      if (connection.revision === found.connection.revision) return found;
      if (await this.save(connection)) return { connection, dueAtMs: connection.dueAtMs };
    }
    throw new StoreBusy("others saved this connection again and again meanwhile");
  }

  async view({ connection, dueAtMs }: Found): Promise<ConnectionView> {
    const nowMs = await this.time.nowMs();
    const waits = dueAtMs !== undefined && nowMs - dueAtMs > NO_WORKER_MS;
    const seenMs = waits ? await this.store.lastSeen() : undefined;
    const noWorker = waits && (seenMs === undefined || nowMs - seenMs > NO_WORKER_MS);
    return viewOf(connection, this.client(connection.clientName), noWorker);
  }

  /** What there is to see of the row, whether it can be opened or not. */
  async look(stored: Stored): Promise<ConnectionView> {
    const nowMs = await this.time.nowMs();
    let found: Found;
    try {
      found = this.found(stored, nowMs);
    } catch (error) {
      return this.unreadable(stored, error);
    }
    return this.view(found);
  }

  /** The same of one that could not be opened, for that reason; any other error is thrown. */
  unreadable(stored: Stored, error: unknown): ConnectionView {
    if (error instanceof UnknownClient) return unreadableView(stored, invalid_argument(error.message));
    if (error instanceof VenuekeyError) return unreadableView(stored, error);
    throw error;
  }
}
