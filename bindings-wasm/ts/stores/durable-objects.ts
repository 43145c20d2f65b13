// `venuekey/stores/durable-objects`: connections in the SQLite storage of a Cloudflare Durable Object.
import { SQLStore, type Statement, storeError } from "./sql-store.js";
import { StoreError, type StoreOptions } from "./store.js";
import { type Found, isCurrent, migration, number, sqliteVersion, type Value } from "./tables.js";

export { type ConnectionRow, type Store, StoreError, type Stored, type StoreOptions } from "./store.js";

/** What the store uses of a Durable Object's `ctx.storage`. */
export interface DurableStorage {
  readonly sql: { exec(query: string, ...values: Value[]): { toArray(): unknown[] } };
  transactionSync<T>(unit: () => T): T;
  sync(): Promise<void>;
  setAlarm(scheduledTime: number): Promise<void>;
  deleteAlarm(): Promise<void>;
}

/** `Connections`, as far as an alarm needs them. */
export interface Due {
  runOnce(options: { readonly deadlineMs: number; readonly holder: string }): Promise<number | undefined>;
}

/** An alarm takes no new work after that. It has 15 minutes, but only 30 seconds of the processor; the next one goes on. */
const DEADLINE_MS = 20_000;
/** When an alarm that failed comes back. Cloudflare's own retries end after six. */
const RETRY_MS = 5000;
/** No two alarms of one object run at the same time. */
const HOLDER = "durable-object";

/**
 * A store in a Durable Object's SQLite storage, for the code of that object. Whenever a row is due, the object's alarm
 * is set to that time, by the same write; so the object's class only has to say what its alarm does:
 *
 * ```js
 * store = new DurableObjectStore(this.ctx.storage);
 * connections = new Connections({ clients, store: this.store, keys });
 * alarm() { return this.store.runDue(this.connections); }
 * ```
 *
 * The object's alarm is the store's own: nothing else may set it. Give one object one store.
 */
export class DurableObjectStore extends SQLStore {
  readonly #storage: DurableStorage;
  #isReady = false;
  /** What the alarm is set to, where this instance knows it. */
  #setToMs: number | undefined;
  /** Whether a row has become due since the worker last began to look. */
  #isRung = false;

  constructor(storage: DurableStorage, options: StoreOptions = {}) {
    super(options);
    if (typeof storage?.sql?.exec !== "function") throw new TypeError("storage must be the ctx.storage of an object with SQLite storage");
    this.#storage = storage;
  }

  async nowMs(): Promise<undefined> {}

  async wake(): Promise<void> {
    this.alarm.ring();
    this.#isRung = true;
    if (!this.isClosed) await this.#storage.setAlarm(Date.now()).catch(() => {});
  }

  /**
   * What the object's `alarm()` does: the work that is due, and then the alarm is set to when something is due next. It
   * does not reject where a worker's call fails, since Cloudflare ends its retries after six: it comes back by itself.
   */
  async runDue(connections: Due): Promise<void> {
    // It has gone off.
    this.#setToMs = undefined;
    const untilMs = performance.now() + DEADLINE_MS;
    let nextMs: number | undefined;
    try {
      do {
        this.#isRung = false;
        nextMs = await connections.runOnce({ deadlineMs: Math.max(0, untilMs - performance.now()), holder: HOLDER });
      } while (this.#isRung && performance.now() < untilMs);
    } catch (error) {
      nextMs = Date.now() + RETRY_MS;
      const why = error instanceof StoreError ? error.message : storeError("alarm", error, undefined).error;
      console.error(`venuekey: the alarm comes back in ${RETRY_MS / 1000} s (${why})`);
    }
    // In the same turn as the last look, so that no save falls between.
    if (this.#isRung) nextMs = Date.now();
    await this.#run("alarm", () => this.#setAlarm(nextMs), true);
  }

  protected read(operation: string, [query, ...values]: Statement): Promise<Found[]> {
    return this.#run(operation, () => this.#exec(query, ...values), false);
  }

  protected write(operation: string, statements: readonly Statement[], wakes = false): Promise<Found[]> {
    return this.#run(
      operation,
      () =>
        this.#storage.transactionSync(() => {
          let rows: Found[] = [];
          for (const [query, ...values] of statements) rows = this.#exec(query, ...values);
          this.#followDue();
          this.#isRung ||= wakes && rows.length > 0;
          return rows;
        }),
      true,
    );
  }

  protected async release(): Promise<void> {}

  /** A write is done once it is on the disk; so is what it read, whoever wrote that. */
  async #run<T>(operation: string, unit: () => T, isWrite: boolean): Promise<T> {
    this.check(operation);
    try {
      if (!this.#isReady) this.#open();
      const given = unit();
      if (isWrite) await this.#storage.sync();
      return given;
    } catch (error) {
      throw storeError(operation, error, codeOf(error));
    }
  }

  #open(): void {
    this.#storage.transactionSync(() => {
      const version = sqliteVersion((query, ...values) => this.#exec(query, ...values), this.prefix);
      if (!isCurrent(version)) for (const statement of migration(this.prefix, version)) this.#exec(statement);
      // What was restored from a backup has rows and no alarm.
      this.#followDue();
    });
    this.#isReady = true;
  }

  #exec(query: string, ...values: Value[]): Found[] {
    return this.#storage.sql.exec(query, ...values).toArray() as Found[];
  }

  /** The alarm never comes later than the earliest row is due. It is one write with what made the row due, or none is. */
  #followDue(): void {
    const where = "WHERE due_at_ms IS NOT NULL AND quarantined IS NULL";
    const dueMs = number(this.#exec(`SELECT min(due_at_ms) AS earliest FROM ${this.prefix}connections ${where}`)[0]?.["earliest"]);
    if (dueMs !== undefined && dueMs !== this.#setToMs) this.#setAlarm(dueMs);
  }

  /** If it fails, the object is started anew by its platform, which tells the call that waits for `sync`. */
  #setAlarm(atMs: number | undefined): void {
    this.#setToMs = atMs;
    // A column may hold anything, and the platform takes no time before 1970 for its alarm.
    const set = atMs === undefined ? this.#storage.deleteAlarm() : this.#storage.setAlarm(Math.max(1, atMs));
    set.catch(() => {});
  }
}

/** Workers' errors have no code; SQLite's own stands at the end of the message, after what may quote anything. */
function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? /: (SQLITE_[A-Z]+)( \(extended: SQLITE_[A-Z_]+\))?$/.exec(error.message)?.[1] : undefined;
}
