// The tables, the same for SQLite and PostgreSQL, and for every language's stores.
import type { ConnectionRow } from "./row.js";
import { StoreError, type Stored } from "./store.js";

export type Value = string | number | null;
/** What a driver gives: column by name. PostgreSQL's 64-bit integers are text. */
export type Found = Readonly<Record<string, unknown>>;
/** Runs a statement with a value for each ?. */
export type Run<T> = (query: string, ...values: Value[]) => T;

/** What leads from each version to the next; the first begins with nothing. */
export const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE {0}connections (id TEXT PRIMARY KEY, owner TEXT NOT NULL, client TEXT NOT NULL, label TEXT,
      venue TEXT NOT NULL, environment TEXT NOT NULL, status TEXT NOT NULL, intent TEXT, due_at_ms BIGINT,
      lease_holder TEXT, lease_until_ms BIGINT, revision BIGINT NOT NULL, sealing_key_id TEXT NOT NULL,
      account_hash TEXT, sealed TEXT NOT NULL, last_used_at_ms BIGINT, quarantined TEXT)`,
    `CREATE INDEX {0}connections_due ON {0}connections (due_at_ms, id)
      WHERE due_at_ms IS NOT NULL AND quarantined IS NULL`,
    `CREATE INDEX {0}connections_owner ON {0}connections (owner)`,
    `CREATE INDEX {0}connections_account ON {0}connections (account_hash) WHERE account_hash IS NOT NULL`,
    `CREATE INDEX {0}connections_key ON {0}connections (sealing_key_id, id)`,
    `CREATE TABLE {0}counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL)`,
    `CREATE TABLE {0}workers (holder TEXT PRIMARY KEY, seen_at_ms BIGINT NOT NULL)`,
    `CREATE TABLE {0}schema (version INTEGER NOT NULL)`,
    `INSERT INTO {0}schema VALUES (0)`,
  ],
];

/** Of table names, which are put into statements as they are. */
export function checkedPrefix(prefix: string): string {
  if (/^[a-z_][a-z0-9_]{0,30}$/.test(prefix)) return prefix;
  throw new TypeError("prefix must be up to 31 of a-z, 0-9 and _, and begin with no digit");
}

/** Whether there is nothing to migrate. A newer release's tables are left alone. */
export function isCurrent(version: number): boolean {
  if (version > MIGRATIONS.length) {
    throw new StoreError("open", `its schema is version ${version}, and this release knows ${MIGRATIONS.length} at most`);
  }
  return version === MIGRATIONS.length;
}

/** The version of SQLite's tables; 0 if there are none. */
export function sqliteVersion(run: Run<unknown[]>, prefix: string): number {
  const table = `${prefix}schema`;
  if (run("SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?", table).length === 0) return 0;
  return number((run(`SELECT version FROM ${table}`) as Found[])[0]?.["version"]) ?? 0;
}

/** What to run, in one transaction, to come from that version (0: no tables) to the newest. */
export function migration(prefix: string, version: number): string[] {
  const statements = MIGRATIONS.slice(version).flat();
  return [...statements, `UPDATE {0}schema SET version = ${MIGRATIONS.length}`].map((text) => text.replaceAll("{0}", prefix));
}

const TEXTS = ["id", "owner", "client", "venue", "environment", "status", "sealingKeyId", "sealed"] as const;
const OPTIONAL_TEXTS = ["label", "intent", "leaseHolder", "accountHash"] as const;
const NUMBERS = ["revision"] as const;
const OPTIONAL_NUMBERS = ["dueAtMs", "leaseUntilMs"] as const;

const FIELDS: readonly (keyof ConnectionRow)[] = [...TEXTS, ...OPTIONAL_TEXTS, ...NUMBERS, ...OPTIONAL_NUMBERS];
/** The columns of a row, in the order of `rowValues`. */
export const COLUMNS: readonly string[] = FIELDS.map((field) => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));

const isKept = new Set<keyof ConnectionRow>([...OPTIONAL_TEXTS, ...OPTIONAL_NUMBERS]);
const isNumber = new Set<keyof ConnectionRow>([...NUMBERS, ...OPTIONAL_NUMBERS]);

/** A database keeps text as UTF-8, where half of a surrogate pair would silently become another character. */
export function checkedText(value: string, name: string): string {
  if (typeof value === "string" && !/\p{Surrogate}/u.test(value)) return value;
  throw new TypeError(`${name} must be a string, and valid Unicode`);
}

/** Of milliseconds, revisions, counts. */
export function checkedNumber(value: number, name: string): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new TypeError(`${name} must be a whole number, 0 or more`);
}

export function rowValues(row: ConnectionRow): Value[] {
  return FIELDS.map((field) => {
    const value = row[field];
    if (value === undefined && isKept.has(field)) return null;
    return isNumber.has(field) ? checkedNumber(value as number, field) : checkedText(value as string, field);
  });
}

/** PostgreSQL's 64-bit integers are text. SQLite's columns hold anything, and `Number` would take empty text and bytes for one. */
function read(value: unknown): number {
  const isNumber = typeof value === "number" || typeof value === "bigint" || (typeof value === "string" && /^-?\d+$/.test(value));
  return isNumber ? Number(value) : NaN;
}

/** Whatever is not a number counts as none. */
export function number(value: unknown): number | undefined {
  const given = read(value);
  return Number.isNaN(given) ? undefined : given;
}

export function stored(found: Found): Stored {
  const row = FIELDS.flatMap((field, index) => {
    const value = found[COLUMNS[index] as string];
    return value === null ? [] : [[field, isNumber.has(field) ? read(value) : value]];
  });
  const [lastUsedAtMs, quarantined] = [read(found["last_used_at_ms"]), found["quarantined"] as string | null];
  return {
    row: Object.fromEntries(row) as ConnectionRow,
    // A hint: what is no time must not keep the row from being opened.
    ...(Number.isSafeInteger(lastUsedAtMs) && lastUsedAtMs >= 0 ? { lastUsedAtMs } : {}),
    ...(quarantined === null ? {} : { quarantined }),
  };
}
