import type { Stored } from "../stores/store.js";
import { namesNothing } from "./columns.js";
import { type Log, named, pageFor } from "./log.js";
import type { Rows } from "./rows.js";

/** How long a row that failed rests: twice as long each time, and a minute at most. */
const REST_MS = 1000;
const LONGEST_REST_MS = 60_000;

/** Rows that are due and not to be worked at: one bad row stops nobody. All workers of one process share it. */
export class Apart {
  readonly #rows: Rows;
  readonly #log: Log;
  /** Of rows that are left alone, the revision that was told of. */
  readonly #told = new Map<string, number>();
  readonly #failed = new Map<string, { readonly times: number; readonly untilMs: number }>();

  constructor(rows: Rows, log: Log) {
    this.#rows = rows;
    this.#log = log;
  }

  /**
   * It can't be opened: it is quarantined, which is told, or left alone if another process may be able to read it, or the
   * store can't be told which row is meant.
   */
  async isQuarantined(stored: Stored, error: unknown): Promise<boolean> {
    const { row } = stored;
    const [nameless, code] = [namesNothing(row), this.#rows.isDamaged(stored, error) ? error.code : undefined];
    if (nameless === undefined && code !== undefined && (await this.#rows.store.quarantine(row.id, row.revision, code))) {
      this.#log.error(`connection ${row.id}: it can't be opened (${named(error)}), quarantined${pageFor(error)}`);
      this.works(row.id);
      return true;
    }
    // Rows without an id are told of as one.
    const [id, revision] = nameless === "id" ? ["", 0] : [row.id, row.revision];
    if (this.#told.has(id) && Object.is(this.#told.get(id), revision)) return false;
    this.#told.set(id, revision);
    if (nameless !== undefined || code !== undefined) {
      const about = nameless === "id" ? "a row whose id isn't text" : `connection ${id}`;
      const why = nameless === "revision" ? ", since its revision isn't a whole number" : "";
      this.#log.error(`${about}: it can't be opened (${named(error)}), nor quarantined${why}, left alone${pageFor(error)}`);
      return false;
    }
    const why = this.#rows.lacks(row, error);
    const said = why === undefined ? `${named(error)}), left alone${pageFor(error)}` : `${why}), left alone`;
    this.#log.warn(`connection ${id}: this process can't read it (${said}`);
    return false;
  }

  fails(id: string, error: unknown): void {
    const times = (this.#failed.get(id)?.times ?? 0) + 1;
    const restMs = Math.min(REST_MS * 2 ** (times - 1), LONGEST_REST_MS);
    this.#failed.set(id, { times, untilMs: performance.now() + restMs });
    this.#log.error(`connection ${id}: ${named(error)}, looked at again in ${restMs / 1000} s${pageFor(error)}`);
  }

  works(id: string): void {
    this.#failed.delete(id);
  }

  rests(id: string): boolean {
    return performance.now() < (this.#failed.get(id)?.untilMs ?? 0);
  }

  /** When to come back for what is due all the same. */
  get restMs(): number {
    return this.#failed.size > 0 ? REST_MS : LONGEST_REST_MS;
  }
}
