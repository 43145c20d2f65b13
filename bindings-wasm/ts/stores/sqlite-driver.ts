import { StoreError } from "./store.js";
import type { Value } from "./tables.js";

/** What `better-sqlite3` and `node:sqlite` have in common, as far as the store needs it. */
export interface SQLiteDatabase {
  exec(query: string): unknown;
  prepare(query: string): { all(...values: Value[]): unknown[]; run(...values: Value[]): unknown };
  close(): unknown;
}

/** Which to use, or what opens a path: `(path) => new Database(path)`. */
export type SQLiteDriver = "better-sqlite3" | "node:sqlite" | ((path: string) => SQLiteDatabase);

type Open = (path: string) => SQLiteDatabase;

async function loadBetter(): Promise<Open> {
  const { default: Database } = await import("better-sqlite3");
  // It looks for its compiled half only now.
  new Database(":memory:").close();
  return (path) => new Database(path);
}

async function loadBuiltIn(): Promise<Open> {
  const { DatabaseSync } = await import("node:sqlite");
  return (path) => new DatabaseSync(path);
}

export async function loadDriver(driver: SQLiteDriver | undefined): Promise<Open> {
  if (typeof driver === "function") return driver;
  const loaders = { "better-sqlite3": loadBetter, "node:sqlite": loadBuiltIn };
  const failed: string[] = [];
  for (const [name, load] of Object.entries(loaders)) {
    if (driver !== undefined && driver !== name) continue;
    try {
      return await load();
    } catch (error) {
      const [said] = error instanceof Error ? error.message.split("\n") : [];
      failed.push(`${name}: ${said}`);
    }
  }
  throw new StoreError("open", `no driver can be loaded (${failed.join("; ")})`);
}

// Those that happen, sqlite.org/rescode.html; `node:sqlite` gives numbers.
const CODES: Readonly<Record<number, string>> = {
  5: "BUSY",
  6: "LOCKED",
  8: "READONLY",
  10: "IOERR",
  11: "CORRUPT",
  13: "FULL",
  14: "CANTOPEN",
  19: "CONSTRAINT",
  26: "NOTADB",
};

/** `SQLITE_FULL`, or another of the system's: `ENOENT`. */
export function sqliteCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  if (typeof errcode === "number") return `SQLITE_${CODES[errcode & 0xff] ?? errcode}`;
  return typeof code === "string" ? code : undefined;
}
