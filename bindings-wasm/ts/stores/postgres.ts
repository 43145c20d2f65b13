// `venuekey/stores/postgres`: connections in a PostgreSQL database, for the processes of any number of machines.
import type { Client, Pool, PoolClient } from "pg";
import { SQLStore, type Statement, storeError } from "./sql-store.js";
import { StoreError, type StoreOptions } from "./store.js";
import { type Found, isCurrent, migration, number } from "./tables.js";

export { type ConnectionRow, type Store, StoreError, type Stored, type StoreOptions } from "./store.js";

// A connection that has broken without a word is found out after half a minute.
const PATIENCE = {
  connectionTimeoutMillis: 10_000,
  query_timeout: 30_000,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
};
/** When it is tried again to listen. */
const RETRY_MS = 1000;
// Whatever the session says of it.
const BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL synchronous_commit = on";
const LOCK_SCHEMA = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
// Not `to_regclass`: after the wait for that lock it may not know yet what the other process has made.
const IS_THERE = "SELECT 1 FROM pg_catalog.pg_class WHERE relname = $1 AND pg_catalog.pg_table_is_visible(oid)";

// pg gives these no code. They are fixed texts of its own, which quote nothing.
const UNCODED = new Set([
  "Connection terminated",
  "Connection terminated unexpectedly",
  "Connection terminated due to connection timeout",
  "Client has encountered a connection error and is not queryable",
  "Client was closed and is not queryable",
  "timeout exceeded when trying to connect",
  "timeout expired",
  "Query read timeout",
]);

type Driver = typeof import("pg").default;

export interface PostgresOptions extends StoreOptions {
  /** How many calls run at once, 4 if it is left out. One more connection listens where `wait` is called. */
  readonly maxConnections?: number;
}

/**
 * A store in a PostgreSQL database; its tables are made where they are not there yet. It has connections of its own, which
 * it opens when they are needed and opens anew once they have broken. A pooler in transaction mode is fine; workers of other
 * processes are then not woken, and look each second.
 */
export class PostgresStore extends SQLStore {
  readonly #config: object;
  readonly #channel: string;
  #pool: Promise<Pool> | undefined;
  #ears: Promise<Client | undefined> | undefined;

  /** @param connection a URL, `postgresql://…`, or what `new pg.Client` takes. A `search_path` in there chooses the schema. */
  constructor(connection: string | Readonly<Record<string, unknown>>, options: PostgresOptions = {}) {
    super(options);
    const given = typeof connection === "string" ? { connectionString: connection } : connection;
    this.#config = { ...PATIENCE, max: options.maxConnections ?? 4, allowExitOnIdle: true, ...given };
    this.#channel = `${this.prefix}due`;
  }

  async nowMs(): Promise<number | undefined> {
    const query = "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms";
    return number((await this.read("nowMs", [query]))[0]?.["now_ms"]);
  }

  async wake(): Promise<void> {
    this.alarm.ring();
    await this.write("wake", [["SELECT 1"]], true).catch(() => {});
  }

  override wait(timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    this.#hear();
    return super.wait(timeoutMs, signal);
  }

  protected read(operation: string, statement: Statement): Promise<Found[]> {
    return this.#run(operation, (client) => query(client, statement));
  }

  protected write(operation: string, statements: readonly Statement[], wakes = false): Promise<Found[]> {
    return this.#run(operation, async (client) => {
      await client.query(BEGIN);
      let rows: Found[] = [];
      for (const statement of statements) rows = await query(client, statement);
      await client.query(wakes && rows.length > 0 ? `NOTIFY ${this.#channel}; COMMIT` : "COMMIT");
      return rows;
    });
  }

  protected async release(): Promise<void> {
    const [pool, ears] = [this.#pool, this.#ears];
    // One that never came has nothing to give back.
    // Nor is the server's goodbye waited for: the one that listens keeps no process alive until it comes.
    await Promise.allSettled([pool?.then((ready) => ready.end()), ears?.then((client) => void client?.end().catch(() => {}))]);
  }

  async #run<T>(operation: string, unit: (client: PoolClient) => Promise<T>): Promise<T> {
    this.check(operation);
    this.#pool ??= this.#open();
    try {
      return await using(await this.#pool, unit);
    } catch (error) {
      throw told(operation, error);
    }
  }

  async #open(): Promise<Pool> {
    try {
      const pool = new (await loadDriver()).Pool(this.#config);
      // One that breaks while nobody asks it anything is replaced when it is needed; unheard, it would end the process.
      pool.on("error", () => {});
      pool.on("connect", (client) => client.on("error", () => {}));
      try {
        await using(pool, (client) => this.#migrate(client));
      } catch (error) {
        await pool.end();
        throw error;
      }
      return pool;
    } catch (error) {
      this.#pool = undefined;
      throw told("open", error);
    }
  }

  async #migrate(client: PoolClient): Promise<void> {
    if (isCurrent(await this.#version(client))) return;
    await client.query(BEGIN);
    await client.query(LOCK_SCHEMA, [`${this.prefix}schema`]);
    const version = await this.#version(client);
    if (!isCurrent(version)) for (const statement of migration(this.prefix, version)) await client.query(statement);
    await client.query("COMMIT");
  }

  async #version(client: PoolClient): Promise<number> {
    const table = `${this.prefix}schema`;
    if ((await client.query(IS_THERE, [table])).rows.length === 0) return 0;
    return number((await client.query(`SELECT version FROM ${table}`)).rows[0]?.["version"]) ?? 0;
  }

  #hear(): void {
    if (!this.isClosed) this.#ears ??= this.#listen();
  }

  async #listen(): Promise<Client | undefined> {
    let client: Client | undefined;
    let isListening = false;
    let isLost = false;
    // Told by an error, an end, or both.
    const lost = (): void => {
      if (isLost) return;
      isLost = true;
      this.#ears = undefined;
      // Until somebody listens again, nothing is heard.
      if (isListening) this.alarm.ring();
    };
    try {
      client = new (await loadDriver()).Client(this.#config);
      client.on("error", lost).on("end", lost).on("notification", () => this.alarm.ring());
      await client.connect();
      await client.query(`LISTEN ${this.#channel}`);
      client.unref();
    } catch {
      lost();
      client?.end().catch(() => {});
      // Until then whoever waits looks each second.
      setTimeout(() => this.alarm.isWaitedFor && this.#hear(), RETRY_MS).unref();
      return undefined;
    }
    isListening = true;
    // What was saved before has told nobody.
    this.alarm.ring();
    return client;
  }
}

/** A connection that an error has come from is closed, and what it had begun with it. */
async function using<T>(pool: Pool, unit: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let isWell = false;
  try {
    const given = await unit(client);
    isWell = true;
    return given;
  } finally {
    client.release(!isWell);
  }
}

async function query(client: PoolClient, [text, ...values]: Statement): Promise<Found[]> {
  let count = 0;
  return (await client.query(text.replaceAll("?", () => `$${++count}`), values)).rows;
}

async function loadDriver(): Promise<Driver> {
  try {
    return (await import("pg")).default;
  } catch (error) {
    const [said] = error instanceof Error ? error.message.split("\n") : [];
    throw new StoreError("open", `no driver can be loaded (pg: ${said})`);
  }
}

function told(operation: string, error: unknown): StoreError {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return storeError(operation, error, code ?? (UNCODED.has(message as string) ? message : undefined));
}
