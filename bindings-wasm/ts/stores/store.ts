import { pageOf } from "../pages.js";
import type { ConnectionRow } from "./row.js";

export type { ConnectionRow } from "./row.js";

/** A row, and what the store keeps beside it. */
export interface Stored {
  /** As it was saved, but for the `status` of a quarantined one. */
  readonly row: ConnectionRow;
  /** When its credentials were last used, at most an hour behind; see `Store.touch`. */
  readonly lastUsedAtMs?: number;
  /** Why it is quarantined, where it is. */
  readonly quarantined?: string;
}

/**
 * A store of connections, shared by any number of workers and processes. `SQLiteStore` and `PostgresStore` are two;
 * whatever keeps these promises is one, and `venuekey/stores/conformance` tests that.
 *
 * Every call but `touch`, `wake` and `wait` rejects with a `StoreError` if the database fails. Times are Unix
 * milliseconds, and whole.
 */
export interface Store {
  /** The row as it was saved last; `undefined` if there is none. */
  load(id: string): Promise<Stored | undefined>;
  /**
   * Stores the row if the stored revision is `row.revision - 1`, or, for revision 1, if there is no row. Tells
   * whether it did. It is atomic, durable when it resolves, and never part of a transaction of the caller. A won save ends
   * a quarantine, and wakes workers where the row is due some time and nobody holds its lease.
   */
  save(row: ConnectionRow): Promise<boolean>;
  /**
   * Rows whose `dueAtMs` has come, those due longest first, none that is quarantined. It only reads, so several workers
   * may be given the same row.
   */
  due(nowMs: number, limit: number): Promise<Stored[]>;
  /** The earliest `dueAtMs` of all rows that are not quarantined. */
  nextDue(): Promise<number | undefined>;
  /** The owner's rows. */
  find(owner: string): Promise<Stored[]>;
  /**
   * Whether another row than `exceptId` has one of these as its `accountHash`: one whose `status` is not `"ended"` and that is
   * not about to end, so has no `intent`. A quarantined row counts whatever its `intent`.
   */
  findAccount(hashes: readonly string[], exceptId: string): Promise<boolean>;
  /** Deletes the row if its revision is that one. Tells whether there is no such row now. */
  delete(id: string, revision: number): Promise<boolean>;
  /**
   * Raises the counter to `max(counter, floor) + by` and gives that; atomic, and durable when it resolves. A counter that
   * is not there yet counts as 0.
   */
  bump(name: string, floor: number, by: number): Promise<number>;
  /**
   * Keeps when the credentials were last used, where what is kept is an hour older or nothing. Best effort: it never
   * rejects, and leaves row and revision alone.
   */
  touch(id: string, lastUsedAtMs: number): Promise<void>;
  /**
   * Takes the row out of `due` until it is saved again; its status is `quarantined`, the rest stays as it is. Tells
   * whether its revision was that one.
   */
  quarantine(id: string, revision: number, code: string): Promise<boolean>;
  /** Ids of rows that another key than this one has sealed, in their order, from those after `afterId` on. */
  rowsSealedByOthers(keyId: string, limit: number, afterId?: string): Promise<string[]>;
  /** The store's own clock; `undefined` if it has none, and the host's counts. */
  nowMs(): Promise<number | undefined>;
  /** Ends `wait` in the workers that the store can reach. Best effort: it never rejects. */
  wake(): Promise<void>;
  /**
   * Waits until a save makes a row due, at most that long, and no longer than `signal` allows. Tells whether it was woken.
   * Whoever waits looks again each second or so all the same: a lost wake loses nothing. One that comes while nobody waits
   * ends the next wait.
   */
  wait(timeoutMs: number, signal?: AbortSignal): Promise<boolean>;
  /** A worker says that it has looked. */
  seen(holder: string, nowMs: number): Promise<void>;
  /** The newest time at which any worker has looked. */
  lastSeen(): Promise<number | undefined>;
  /** Gives back what the store holds, and ends every wait. It can't be used after that. */
  close(): Promise<void>;
}

/**
 * The store failed. A save that failed may be stored all the same: load the row to know. Its message names the call and
 * the driver's error, never what a row holds; so it carries no `cause`, which may quote values.
 */
export class StoreError extends Error {
  declare readonly name: "StoreError";
  /** The call that failed: `save`. */
  readonly operation: string;
  /** The driver's own name of the error, with its code if there is one: `DatabaseError (53100)`. */
  readonly error: string;
  /** Its page: what to do now, and what may be lost. */
  readonly docUrl = pageOf("store_error");

  constructor(operation: string, error: string) {
    super(`the store's ${operation} failed: ${error}`);
    this.operation = operation;
    this.error = error;
  }

  static {
    Object.defineProperty(this.prototype, "name", { value: "StoreError", configurable: true, writable: true });
  }
}

/** What both stores take. */
export interface StoreOptions {
  /** Of the tables' names: `venuekey_` if it is left out. */
  readonly prefix?: string;
}
