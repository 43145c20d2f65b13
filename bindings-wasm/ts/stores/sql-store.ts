// The statements, the same for SQLite and PostgreSQL: a ? for each value, and what both understand.
import { Alarm } from "./alarm.js";
import type { ConnectionRow } from "./row.js";
import { type Store, StoreError, type Stored, type StoreOptions } from "./store.js";
import { checkedNumber, checkedPrefix, checkedText, COLUMNS, type Found, number, rowValues, stored, type Value } from "./tables.js";

/** A statement, and its values. */
export type Statement = readonly [query: string, ...values: Value[]];

const HOUR_MS = 3_600_000;
const INSERT = `(${COLUMNS.join(", ")}) VALUES (${COLUMNS.map(() => "?").join(", ")}) ON CONFLICT (id) DO NOTHING`;
const UPDATE = `SET ${COLUMNS.map((name) => `${name} = ?`).join(", ")}, quarantined = NULL WHERE id = ? AND revision = ?`;
// A row that is about to end keeps no other from deleting their key, or of two that end together neither would; nobody knows what
// a quarantined one holds.
const WORKS = "status <> 'ended' AND (intent IS NULL OR quarantined IS NOT NULL)";

/** Everything but how to run statements. */
export abstract class SQLStore implements Store {
  protected readonly prefix: string;
  protected readonly alarm = new Alarm();
  readonly #rows: string;
  #closing: Promise<void> | undefined;

  constructor(options: StoreOptions = {}) {
    this.prefix = checkedPrefix(options.prefix ?? "venuekey_");
    this.#rows = `${this.prefix}connections`;
  }

  /** What the statement gives, outside of any transaction. */
  protected abstract read(operation: string, statement: Statement): Promise<Found[]>;
  /**
   * What the last of the statements gives, which gives rows. They run in one transaction, which is durable once it has ended; it wakes other
   * processes too where that statement gives a row.
   */
  protected abstract write(operation: string, statements: readonly Statement[], wakes?: boolean): Promise<Found[]>;
  protected abstract release(): Promise<void>;
  abstract nowMs(): Promise<number | undefined>;
  abstract wake(): Promise<void>;

  async load(id: string): Promise<Stored | undefined> {
    return (await this.#find("load", "WHERE id = ?", checkedText(id, "id")))[0];
  }

  async save(row: ConnectionRow): Promise<boolean> {
    const values = rowValues(row);
    const replaced: Statement = [`UPDATE ${this.#rows} ${UPDATE} RETURNING id`, ...values, row.id, row.revision - 1];
    const added: Statement = [`INSERT INTO ${this.#rows} ${INSERT} RETURNING id`, ...values];
    const wakes = row.dueAtMs !== undefined && row.leaseHolder === undefined;
    const won = (await this.write("save", [row.revision === 1 ? added : replaced], wakes)).length === 1;
    if (won && wakes) this.alarm.ring();
    return won;
  }

  async due(nowMs: number, limit: number): Promise<Stored[]> {
    const where = "WHERE due_at_ms <= ? AND quarantined IS NULL ORDER BY due_at_ms, id LIMIT ?";
    return this.#find("due", where, checkedNumber(nowMs, "nowMs"), checkedNumber(limit, "limit"));
  }

  async nextDue(): Promise<number | undefined> {
    const where = "WHERE due_at_ms IS NOT NULL AND quarantined IS NULL";
    return number((await this.read("nextDue", [`SELECT min(due_at_ms) AS earliest FROM ${this.#rows} ${where}`]))[0]?.["earliest"]);
  }

  async find(owner: string): Promise<Stored[]> {
    return this.#find("find", "WHERE owner = ? ORDER BY id", checkedText(owner, "owner"));
  }

  async findAccount(hashes: readonly string[], exceptId: string): Promise<boolean> {
    if (hashes.length === 0) return false;
    const where = `account_hash IN (${hashes.map(() => "?").join(", ")}) AND id <> ? AND ${WORKS}`;
    const values = [...hashes, exceptId].map((text) => checkedText(text, "a hash or id"));
    return (await this.read("findAccount", [`SELECT id FROM ${this.#rows} WHERE ${where} LIMIT 1`, ...values])).length === 1;
  }

  async delete(id: string, revision: number): Promise<boolean> {
    const [key, at] = [checkedText(id, "id"), checkedNumber(revision, "revision")];
    const deleted: Statement = [`DELETE FROM ${this.#rows} WHERE id = ? AND revision = ?`, key, at];
    return (await this.write("delete", [deleted, [`SELECT id FROM ${this.#rows} WHERE id = ?`, key]])).length === 0;
  }

  async bump(name: string, floor: number, by: number): Promise<number> {
    const [key, least, step] = [checkedText(name, "name"), checkedNumber(floor, "floor"), checkedNumber(by, "by")];
    const counters = `${this.prefix}counters`;
    const raised = `CASE WHEN ${counters}.value > ? THEN ${counters}.value ELSE ? END + ?`;
    const query = `INSERT INTO ${counters} (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = ${raised} RETURNING value`;
    const [found] = await this.write("bump", [[query, key, checkedNumber(least + step, "floor + by"), least, least, step]]);
    const value = Number(found?.["value"]);
    if (Number.isSafeInteger(value)) return value;
    throw new StoreError("bump", "the counter is past what a number holds");
  }

  async touch(id: string, lastUsedAtMs: number): Promise<void> {
    const [key, used] = [checkedText(id, "id"), checkedNumber(lastUsedAtMs, "lastUsedAtMs")];
    const where = "WHERE id = ? AND (last_used_at_ms IS NULL OR last_used_at_ms <= ?)";
    try {
      // Nearly every call ends here, without a lock.
      if ((await this.read("touch", [`SELECT id FROM ${this.#rows} ${where}`, key, used - HOUR_MS])).length === 0) return;
      await this.write("touch", [[`UPDATE ${this.#rows} SET last_used_at_ms = ? ${where} RETURNING id`, used, key, used - HOUR_MS]]);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }

  async quarantine(id: string, revision: number, code: string): Promise<boolean> {
    const query = `UPDATE ${this.#rows} SET status = 'quarantined', quarantined = ? WHERE id = ? AND revision = ? RETURNING id`;
    const values = [checkedText(code, "code"), checkedText(id, "id"), checkedNumber(revision, "revision")];
    return (await this.write("quarantine", [[query, ...values]])).length === 1;
  }

  async rowsSealedByOthers(keyId: string, limit: number, afterId = ""): Promise<string[]> {
    const query = `SELECT id FROM ${this.#rows} WHERE sealing_key_id <> ? AND id > ? ORDER BY id LIMIT ?`;
    const values = [checkedText(keyId, "keyId"), checkedText(afterId, "afterId"), checkedNumber(limit, "limit")];
    // SQLite's ids may be bytes, which come after all texts and name no row.
    return (await this.read("rowsSealedByOthers", [query, ...values])).map(({ id }) => id as string).filter((id) => typeof id === "string");
  }

  wait(timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    return this.alarm.wait(timeoutMs, signal);
  }

  async seen(holder: string, nowMs: number): Promise<void> {
    const workers = `${this.prefix}workers`;
    const [name, now] = [checkedText(holder, "holder"), checkedNumber(nowMs, "nowMs")];
    // Each start of a worker is another holder.
    const old: Statement = [`DELETE FROM ${workers} WHERE seen_at_ms < ?`, now - 24 * HOUR_MS];
    const conflict = "ON CONFLICT (holder) DO UPDATE SET seen_at_ms = excluded.seen_at_ms RETURNING holder";
    await this.write("seen", [old, [`INSERT INTO ${workers} (holder, seen_at_ms) VALUES (?, ?) ${conflict}`, name, now]]);
  }

  async lastSeen(): Promise<number | undefined> {
    return number((await this.read("lastSeen", [`SELECT max(seen_at_ms) AS newest FROM ${this.prefix}workers`]))[0]?.["newest"]);
  }

  /** The workers that have looked since then. */
  async seenSince(sinceMs: number): Promise<string[]> {
    const query = `SELECT holder FROM ${this.prefix}workers WHERE seen_at_ms >= ? ORDER BY holder`;
    return (await this.read("seenSince", [query, checkedNumber(sinceMs, "sinceMs")])).map((found) => found["holder"] as string);
  }

  close(): Promise<void> {
    this.alarm.end();
    return (this.#closing ??= this.release());
  }

  async #find(operation: string, where: string, ...values: Value[]): Promise<Stored[]> {
    const query = `SELECT ${COLUMNS.join(", ")}, last_used_at_ms, quarantined FROM ${this.#rows} ${where}`;
    return (await this.read(operation, [query, ...values])).map(stored);
  }

  protected get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  protected check(operation: string): void {
    if (this.isClosed) throw new StoreError(operation, "it is closed");
  }
}

/** The driver's error, by its name alone: what it says may quote values. */
export function storeError(operation: string, error: unknown, code: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const name = error instanceof Error ? error.constructor.name : typeof error;
  return new StoreError(operation, typeof code === "string" ? `${name} (${code})` : name);
}
