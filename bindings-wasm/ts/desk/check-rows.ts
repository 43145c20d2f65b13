// What the rows say: which can be opened here, who needs their user, and whether anybody works at them.
import type { Connection } from "../connection.js";
import type { Rows } from "../connections/rows.js";
import type { SQLStore } from "../stores/sql-store.js";
import type { Stored } from "../stores/store.js";
import { isVenuekeyError } from "./check-clients.js";
import type { Finding } from "../connections/finding.js";
import { found, fromError } from "./findings.js";
import { MOST_PAIRS } from "./texts.js";

const MOST_ROWS = 2_000;
export const PAGE = 200;
/** Seals nothing, so what others than it have sealed is everything. */
const NO_KEY = "";
const SHOWN = 3;
const LATE_MS = 60_000;

/** All rows of a store, whoever owns them, as many as that. */
export async function* allRows({ store }: Pick<Rows, "store">, most = MOST_ROWS): AsyncGenerator<Stored> {
  for (let [after, seen] = ["", 0]; ; ) {
    const ids = await store.rowsSealedByOthers(NO_KEY, PAGE, after);
    for (const id of ids) {
      if (seen === most) return;
      const stored = await store.load(id);
      if (stored === undefined) continue;
      seen += 1;
      yield stored;
    }
    if (ids.length === 0) return;
    after = ids.at(-1)!;
  }
}

class Counter extends Map<string, number> {
  add(name: string): void {
    this.set(name, (this.get(name) ?? 0) + 1);
  }
}

/** All rows, sorted by what can be said of them. */
export class Census {
  readonly opened: Connection[] = [];
  /** Quarantined, and open now: a process with a wrong key may have put them there. */
  readonly reopens: string[] = [];
  readonly #rows: Rows;
  #seen = 0;
  #older = 0;
  readonly #opens = new Counter();
  readonly #unknownKey = new Counter();
  readonly #unknownClient = new Counter();
  readonly #otherEnvironment = new Map<string, { client: string; environment: string; count: number }>();
  readonly #unopened = new Map<string, Stored[]>();
  readonly #quarantined = new Map<string, string[]>();
  readonly #newer: string[] = [];
  readonly #damaged: string[] = [];
  readonly #changed: string[] = [];
  readonly #late: string[] = [];

  private constructor(rows: Rows) {
    this.#rows = rows;
  }

  static async of(rows: Rows): Promise<Census> {
    const census = new Census(rows);
    const nowMs = await rows.time.nowMs();
    for await (const stored of allRows(rows)) census.#sort(stored, nowMs);
    for (const [key, unopened] of census.#unopened) {
      if (!census.#opens.has(key)) continue;
      census.#unopened.delete(key);
      for (const stored of unopened) census.#broken(stored);
    }
    return census;
  }

  /** Where the sealing key opens none of the rows: what is sealed by it now, nobody else could read. */
  wrongKey(): Finding | undefined {
    const codes = ["sealing_key_wrong", ...(this.#opens.size === 0 ? ["sealing_key_unknown"] : [])];
    return [...this.sealing()].find(({ code }) => codes.includes(code));
  }

  #sort(stored: Stored, nowMs: number): void {
    this.#seen += 1;
    const { client: name, venue, environment, sealingKeyId } = stored.row;
    const client = this.#rows.clients.get(name);
    if (client === undefined) this.#unknownClient.add(name);
    else if (client.venue !== venue || client.environment !== environment) {
      const [key, place] = [`${name} ${venue} ${environment}`, `${venue} ${environment}`];
      this.#otherEnvironment.set(key, { client: name, environment: place, count: (this.#otherEnvironment.get(key)?.count ?? 0) + 1 });
    } else if (!this.#rows.keys.ids.includes(sealingKeyId)) this.#unknownKey.add(sealingKeyId);
    else this.#open(stored, nowMs);
  }

  #open(stored: Stored, nowMs: number): void {
    const { row, quarantined } = stored;
    let connection: Connection;
    try {
      connection = this.#rows.opened(stored, nowMs);
    } catch (error) {
      if (!isVenuekeyError(error)) throw error;
      if (error.code === "seal_invalid") put(this.#unopened, row.sealingKeyId, stored);
      else if (quarantined !== undefined) this.#broken(stored);
      else if (error.code === "snapshot_version") this.#newer.push(row.id);
      else if (error.code === "snapshot_mismatch") this.#changed.push(row.id);
      else this.#broken(stored);
      return;
    }
    this.#opens.add(row.sealingKeyId);
    this.#older += row.sealingKeyId === this.#rows.keys.newestId ? 0 : 1;
    if (quarantined !== undefined) return void this.reopens.push(row.id);
    this.opened.push(connection);
    if (connection.goal !== "account_tokens" || connection.status !== "connected") return;
    if (row.dueAtMs !== undefined && nowMs - row.dueAtMs > LATE_MS) this.#late.push(row.id);
  }

  #broken({ row, quarantined }: Stored): void {
    if (quarantined === undefined) this.#damaged.push(row.id);
    else put(this.#quarantined, quarantined, row.id);
  }

  *sealing(): Generator<Finding> {
    for (const [key, count] of this.#unknownKey) yield found("sealing_key_unknown", "sealing", { count, key });
    for (const [key, { length: count }] of this.#unopened) yield found("sealing_key_wrong", "sealing", { count, key });
    if (this.#damaged.length > 0) yield found("row_damaged", "store", { count: this.#damaged.length, ids: shown(this.#damaged) });
    if (this.#older > 0) yield found("reseal_needed", "sealing", { count: this.#older });
    if (this.#opens.size > 0) yield found("sealing_ok", "sealing", { count: [...this.#opens.values()].reduce((sum, one) => sum + one, 0) });
  }

  *rows(): Generator<Finding> {
    for (const [error, ids] of this.#quarantined) {
      yield found("row_quarantined", "store", { count: ids.length, ids: shown(ids), error });
    }
    if (this.reopens.length > 0) yield found("row_reopens", "store", { count: this.reopens.length, ids: shown(this.reopens) });
    if (this.#newer.length > 0) yield found("row_newer", "store", { count: this.#newer.length, ids: shown(this.#newer) });
    for (const [client, count] of this.#unknownClient) yield found("client_unknown", "store", { count, client });
    for (const other of this.#otherEnvironment.values()) yield found("client_mismatch", "store", other);
    if (this.#changed.length > 0) yield found("client_changed", "store", { count: this.#changed.length, ids: shown(this.#changed) });
    if (this.#seen === MOST_ROWS) yield found("rows_many", "store", { count: MOST_ROWS });
  }

  *connections(): Generator<Finding> {
    for (const connection of this.opened) {
      const { status, error, id } = connection;
      if (status === "needs_user" && error !== undefined) yield fromError(error, aboutOf(connection), "warn", id);
    }
    if (this.#late.length > 0) yield found("tokens_dying", "connections", { count: this.#late.length, ids: shown(this.#late) });
    const counts = new Counter();
    for (const { status } of this.opened) counts.add(status);
    const told = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([status, count]) => `${count} ${status}`);
    if (told.length > 0) yield found("connections_ok", "connections", { counts: told.join(", ") });
  }

  async workers(): Promise<Finding[]> {
    const { store, time } = this.#rows;
    const [nowMs, dueMs, seenMs] = [await time.nowMs(), await store.nextDue(), await store.lastSeen()];
    const waitsMs = dueMs === undefined ? 0 : nowMs - dueMs;
    const unseenMs = seenMs === undefined ? Infinity : nowMs - seenMs;
    const findings: Finding[] = [];
    if (waitsMs > LATE_MS && unseenMs > LATE_MS) findings.push(found("no_worker", "workers", { seconds: Math.round(waitsMs / 1000) }));
    else if (unseenMs <= LATE_MS) findings.push(found("workers_ok", "workers", { seconds: Math.max(0, Math.round(unseenMs / 1000)) }));
    else findings.push(found("worker_not_needed", "workers"));
    // Not every store can tell.
    const names = (await (store as Partial<Pick<SQLStore, "seenSince">>).seenSince?.(nowMs - LATE_MS)) ?? [];
    if (names.length > 1) findings.push(found("workers_several", "workers", { count: names.length, names: shown(names) }));
    for (const [venue, most] of Object.entries(MOST_PAIRS)) {
      const count = this.opened.filter((one) => this.#isKeptAlive(one, venue)).length;
      if (count > most) findings.push(found("over_capacity", "workers", { count, most }));
    }
    return findings;
  }

  #isKeptAlive({ clientName, goal, status, dueAtMs }: Connection, venue: string): boolean {
    const isOfIt = this.#rows.clients.get(clientName)?.venue === venue;
    return isOfIt && goal === "account_tokens" && status === "connected" && dueAtMs !== undefined;
  }
}

function put<T>(lists: Map<string, T[]>, name: string, each: T): void {
  lists.set(name, [...(lists.get(name) ?? []), each]);
}

export function aboutOf({ id, clientName, label }: Connection): string {
  return `connection ${id.slice(0, 8)} (${clientName}${label === undefined ? "" : `, ${label}`})`;
}

function shown(ids: readonly string[]): string {
  return ids.slice(0, SHOWN).join(", ") + (ids.length > SHOWN ? ", …" : "");
}
