// Between rows and connections: opening, sealing, and what comes from the web.
import type { SealingKeys } from "../base.js";
import type { AnyClient } from "../client.js";
import type { Connection } from "../connection.js";
import { VenuekeyError } from "../errors.js";
import type { Store, Stored } from "../stores/store.js";
import { invalid_argument } from "../wasm.js";
import { ConnectionNotFound, StoreBusy } from "./errors.js";
import type { Time } from "./time.js";
import { type ConnectionView, unreadable, viewOf } from "./view.js";

/** So often does an event from the web try to be the next revision. */
const TRIES = 5;
const NO_WORKER_MS = 60_000;

/** What a connection becomes by an event; with the same revision, nothing. */
export type Change = (connection: Connection, now: { readonly nowMs: number }) => Connection;

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
    if (client !== undefined) return client;
    throw invalid_argument(`there is no client ${JSON.stringify(name)}; there are: ${[...this.clients.keys()].join(", ")}`);
  }

  /** @throws VenuekeyError as `openConnection`, and where there is no such client. */
  opened({ row, lastUsedAtMs }: Stored, nowMs: number): Connection {
    const connection = this.client(row.client).openConnection(row, { keys: this.keys, nowMs });
    return lastUsedAtMs === undefined ? connection : connection.used({ lastUsedAtMs, nowMs });
  }

  async load(id: string): Promise<Connection | undefined> {
    const stored = await this.store.load(id);
    return stored === undefined ? undefined : this.opened(stored, await this.time.nowMs());
  }

  /** The row, where it is this owner's: the seal is bound to that column. */
  async stored(id: string, owner: string | undefined): Promise<Stored> {
    const stored = await this.store.load(id);
    if (stored === undefined || (owner !== undefined && owner !== stored.row.owner)) {
      throw new ConnectionNotFound("there is no such connection");
    }
    return stored;
  }

  async loaded(id: string, owner: string | undefined): Promise<Connection> {
    const stored = await this.stored(id, owner);
    return this.opened(stored, await this.time.nowMs());
  }

  /** Whether it is stored; another worker won where not. */
  async save(connection: Connection): Promise<boolean> {
    const won: unknown = await this.store.save(connection.seal({ keys: this.keys }));
    if (typeof won === "boolean") return won;
    throw new TypeError(`the store's save must return true (stored) or false (another worker won), not ${typeof won}`);
  }

  /** Saves what the event makes of the row. Where another save comes first, it is applied to that. */
  async apply(id: string, owner: string | undefined, change: Change): Promise<Connection> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const connection = await this.loaded(id, owner);
      const changed = change(connection, { nowMs: await this.time.nowMs() });
      if (changed.revision === connection.revision || (await this.save(changed))) return changed;
    }
    throw new StoreBusy("others kept saving this connection first; try again");
  }

  /** The view of what was just saved. */
  view(connection: Connection): ConnectionView {
    return viewOf(connection, this.client(connection.clientName), false);
  }

  /** The view of what the store has, whether it can be opened or not. */
  async look(stored: Stored): Promise<ConnectionView> {
    const nowMs = await this.time.nowMs();
    let connection: Connection;
    try {
      connection = this.opened(stored, nowMs);
    } catch (error) {
      if (error instanceof VenuekeyError) return unreadable(stored, error);
      throw error;
    }
    // By the column: opened, work that is ready is due now, whenever that is.
    const { dueAtMs } = stored.row;
    const waits = dueAtMs !== undefined && nowMs - dueAtMs > NO_WORKER_MS;
    const seenMs = waits ? await this.store.lastSeen() : undefined;
    const noWorker = waits && (seenMs === undefined || nowMs - seenMs > NO_WORKER_MS);
    return viewOf(connection, this.client(connection.clientName), noWorker);
  }
}
