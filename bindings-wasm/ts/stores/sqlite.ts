// `venuekey/stores/sqlite`: connections in a file, for the processes of one machine.
import { closeSync, constants, existsSync, openSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { SQLStore, type Statement, storeError } from "./sql-store.js";
import { loadDriver, type SQLiteDatabase, type SQLiteDriver, sqliteCode } from "./sqlite-driver.js";
import { StoreError, type StoreOptions } from "./store.js";
import { type Found, isCurrent, migration, sqliteVersion, type Value } from "./tables.js";

export type { SQLiteDatabase, SQLiteDriver } from "./sqlite-driver.js";
export { type ConnectionRow, type Store, StoreError, type Stored, type StoreOptions } from "./store.js";

/** How long a call waits for other processes' transactions. */
const PATIENCE_MS = 30_000;

export interface SQLiteOptions extends StoreOptions {
  /** `better-sqlite3` if it is installed, else `node:sqlite`; or what opens a path, where a bundler finds neither. */
  readonly driver?: SQLiteDriver;
}

/**
 * A store in an SQLite file, which is made where it is not there yet, on a disk of this machine. `-wal` and `-shm` stand
 * beside it and belong to it. It is opened by the first call, and opened anew once that has failed.
 */
export class SQLiteStore extends SQLStore {
  readonly #path: string;
  readonly #driver: SQLiteDriver | undefined;
  #db: SQLiteDatabase | undefined;

  constructor(path: string | URL, options: SQLiteOptions = {}) {
    super(options);
    if (path === "" || path === ":memory:") throw new TypeError("path must be a file's: connections outlive the process");
    this.#path = resolve(typeof path === "string" ? path : fileURLToPath(path));
    this.#driver = options.driver;
  }

  async nowMs(): Promise<undefined> {}

  async wake(): Promise<void> {
    this.alarm.ring();
  }

  protected read(operation: string, [query, ...values]: Statement): Promise<Found[]> {
    return this.#run(operation, (db) => rowsOf(db, query, values));
  }

  protected write(operation: string, statements: readonly Statement[]): Promise<Found[]> {
    return this.#run(operation, (db) =>
      inTransaction(db, () => {
        for (const [query, ...values] of statements.slice(0, -1)) db.prepare(query).run(...values);
        const [query = "", ...values] = statements.at(-1) ?? [];
        return rowsOf(db, query, values);
      }),
    );
  }

  protected async release(): Promise<void> {
    this.#drop();
  }

  /** SQLite's own way of waiting for a lock would hold up the whole process. */
  async #run(operation: string, unit: (db: SQLiteDatabase) => unknown[]): Promise<Found[]> {
    const open = await loadDriver(this.#driver);
    const patience = performance.now() + PATIENCE_MS;
    for (;;) {
      this.check(operation);
      try {
        return unit((this.#db ??= this.#opened(open))) as Found[];
      } catch (error) {
        const code = sqliteCode(error);
        if (!code?.startsWith("SQLITE_BUSY") || performance.now() > patience) {
          this.#drop();
          throw storeError(operation, error, code);
        }
      }
      await new Promise((wake) => setTimeout(wake, 1 + 15 * Math.random()));
    }
  }

  #opened(open: (path: string) => SQLiteDatabase): SQLiteDatabase {
    makeFile(this.#path);
    const db = open(this.#path);
    try {
      db.exec("PRAGMA busy_timeout = 0");
      const isReady = isCurrent(this.#version(db));
      const [mode] = db.prepare("PRAGMA journal_mode = WAL").all() as { journal_mode: string }[];
      if (mode?.journal_mode !== "wal") throw new StoreError("open", `its journal is ${mode?.journal_mode}, not wal`);
      for (const setting of ["synchronous = FULL", "fullfsync = ON", "secure_delete = ON"]) db.exec(`PRAGMA ${setting}`);
      if (!isReady) inTransaction(db, () => this.#migrate(db));
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  }

  #migrate(db: SQLiteDatabase): void {
    const version = this.#version(db);
    if (!isCurrent(version)) for (const statement of migration(this.prefix, version)) db.exec(statement);
  }

  #version(db: SQLiteDatabase): number {
    return sqliteVersion((query, ...values) => db.prepare(query).all(...values), this.prefix);
  }

  #drop(): void {
    const db = this.#db;
    this.#db = undefined;
    db?.close();
  }
}

/** SQLite would let others read a new file, as far as the umask does. */
function makeFile(path: string): void {
  try {
    closeSync(openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600));
  } catch (error) {
    // One that is there is not touched: to close it would give up the locks of every connection of this process
    // (sqlite.org/howtocorrupt.html, 2.2).
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    // A link to a file that is not there yet.
    if (!existsSync(path)) closeSync(openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600));
  }
}

/** `node:sqlite` refuses all rows for an integer past what a number holds, which better-sqlite3 rounds, unless it gives bigints. */
function rowsOf(db: SQLiteDatabase, query: string, values: Value[]): unknown[] {
  const statement: ReturnType<SQLiteDatabase["prepare"]> & { setReadBigInts?(isOn: boolean): void } = db.prepare(query);
  statement.setReadBigInts?.(true);
  return statement.all(...values);
}

function inTransaction<T>(db: SQLiteDatabase, unit: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const given = unit();
    db.exec("COMMIT");
    return given;
  } catch (error) {
    try {
      db.exec("ROLLBACK");
    } catch {
      // SQLite has rolled back by itself.
    }
    throw error;
  }
}
