// Between rows and connections: opening, sealing, and what comes from the web.
import type { SealingKeys } from "../base.js";
import type { AnyClient } from "../client.js";
import type { Connection } from "../connection.js";
import { VenuekeyError } from "../errors.js";
import type { ConnectionRow, Store, Stored } from "../stores/store.js";
import { received } from "../received.js";
import { invalid_argument } from "../wasm.js";
import { namesNothing, wrongColumn } from "./columns.js";
import { ConnectionNotFound, StoreBusy, StoreMistake } from "./errors.js";
import type { Time } from "./time.js";
import { type ConnectionView, unreadable, viewOf } from "./view.js";

/** So often does an event from the web try to be the next revision. */
const TRIES = 5;
const ID = /^[0-9a-f]{32}$/i;
const NO_WORKER_MS = 60_000;
/** What is wrong with the row itself. Anything else may be this process's own: its clients, its keys, its release, its clock. */
const BAD = ["seal_invalid", "snapshot_invalid"];

/** What a connection becomes by an event; with the same revision, nothing. */
export type Change = (connection: Connection, now: { readonly nowMs: number }) => Connection;

function listed(method: string, rows: Stored[]): Stored[] {
  if (Array.isArray(rows)) return rows;
  throw new StoreMistake(`the store's ${method} must return an array of rows; ${received(rows)}`);
}


/** As core's own. */
function damaged(hint = "a column of the row has the wrong type"): VenuekeyError {
  return new VenuekeyError(`seal_invalid: ${hint}`, "rejected", "seal_invalid", { hint });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof VenuekeyError ? error.code : undefined;
}

/** The rows of one store, opened. */
export class Rows {
  /** The sealing keys with which some row was opened here: these are right. */
  readonly #rightKeys = new Set<string>();

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

  /** @throws VenuekeyError nobody can tell the store which row is meant, so nothing can be done about it here. */
  named(row: ConnectionRow): void {
    const column = namesNothing(row);
    if (column !== undefined) throw damaged(`the column ${column} has the wrong type: correct it in the database, or remove the row there`);
  }

  /** @throws VenuekeyError as `openConnection`, and if there is no such client. */
  opened({ row, lastUsedAtMs }: Stored, nowMs: number): Connection {
    const connection = this.#unsealed(row, nowMs);
    return lastUsedAtMs === undefined ? connection : connection.used({ lastUsedAtMs, nowMs });
  }

  #unsealed(row: ConnectionRow, nowMs: number): Connection {
    this.named(row);
    // SQLite's columns hold anything.
    const needed: readonly unknown[] = [row.owner, row.client, row.sealed];
    if (!needed.every((value) => typeof value === "string")) throw damaged();
    const client = this.client(row.client);
    try {
      const connection = client.openConnection(row, { keys: this.keys, nowMs });
      this.#rightKeys.add(row.sealingKeyId);
      return connection;
    } catch (error) {
      // Its seal was opened, and what is in it is wrong.
      if (codeOf(error)?.startsWith("snapshot_")) this.#rightKeys.add(row.sealingKeyId);
      throw error;
    }
  }

  /** Whether it is the row that is damaged: another process could not open it either. */
  isDamaged({ row }: Stored, error: unknown): error is VenuekeyError {
    return BAD.includes(codeOf(error) ?? "") && this.lacks(row, error) === undefined;
  }

  /** What this process lacks to open the row, if another one may have it. */
  lacks({ client, venue, environment, sealingKeyId }: ConnectionRow, error: unknown): string | undefined {
    // Bytes are no process's name of anything.
    if (![client, sealingKeyId].every((name: unknown) => typeof name === "string")) return undefined;
    const known = this.clients.get(client);
    const [name, key] = [`'${client}'`, `'${sealingKeyId}'`];
    if (known === undefined) return `there is no client ${name}`;
    if (known.venue !== venue || known.environment !== environment) return `client ${name} is of ${known.venue} ${known.environment}`;
    if (!this.keys.ids.includes(sealingKeyId)) return `there is no sealing key ${key}`;
    if (codeOf(error) !== "seal_invalid" || this.#rightKeys.has(sealingKeyId)) return undefined;
    return `no row of sealing key ${key} could be opened here: is the key right?`;
  }

  /** Its status and venue, by what is sealed; by the columns only where that can't be opened. */
  async told(stored: Stored): Promise<{ readonly status: string; readonly venue: string; readonly opens: boolean }> {
    try {
      const { status, clientName } = this.opened(stored, await this.time.nowMs());
      return { status, venue: this.client(clientName).venue, opens: true };
    } catch (error) {
      if (error instanceof VenuekeyError) return { status: stored.row.status, venue: stored.row.venue, opens: false };
      throw error;
    }
  }

  async due(nowMs: number, limit: number): Promise<Stored[]> {
    return listed("due", await this.store.due(nowMs, limit));
  }

  async find(owner: string): Promise<Stored[]> {
    return listed("find", await this.store.find(owner));
  }

  async load(id: string): Promise<Connection | undefined> {
    const stored = await this.store.load(id);
    return stored === undefined ? undefined : this.opened(stored, await this.time.nowMs());
  }

  /** The row, where it is this owner's: the seal is bound to that column. */
  async stored(id: string, owner: string | undefined): Promise<Stored> {
    // What is no id can be anything: the store is not asked.
    const stored = ID.test(id) ? await this.store.load(id) : undefined;
    if (stored === undefined || (owner !== undefined && owner !== stored.row.owner)) {
      throw new ConnectionNotFound("there is no such connection");
    }
    return stored;
  }

  async loaded(id: string, owner: string | undefined): Promise<Connection> {
    const stored = await this.stored(id, owner);
    return this.opened(stored, await this.time.nowMs());
  }

  /** Whether it is stored; another worker won if not. */
  async save(connection: Connection): Promise<boolean> {
    const won: unknown = await this.store.save(connection.seal({ keys: this.keys }));
    if (typeof won === "boolean") return won;
    throw new StoreMistake(`the store's save must return true (stored) or false (another worker won), not ${typeof won}`);
  }

  /** Saves what the event makes of the row. If another save comes first, it is applied to that. */
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
      // Such a row may never be due. Any save writes its columns anew.
      const column = wrongColumn(stored.row);
      if (column !== undefined) throw damaged(`the column ${column} has the wrong type: release the connection, which writes it anew`);
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
