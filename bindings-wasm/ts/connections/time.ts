import * as check from "../check.js";
import type { Clock } from "../drive.js";
import type { Store } from "../stores/store.js";

/** So long is this process's own count as good as the store's clock. */
const RECENT_MS = 10_000;

/** What time it is: by the store's clock if it has one, so that hosts agree on leases. */
export class Time {
  readonly #store: Store;
  readonly #clock: Clock | undefined;
  /** What the store last said, and when by this process's own count. */
  #known: { readonly nowMs: number; readonly atMs: number } | undefined;

  constructor(store: Store, clock: Clock | undefined) {
    this.#store = store;
    this.#clock = clock;
  }

  /** @throws StoreError if the store has the clock, and fails; VenuekeyError `invalid_argument` for what is no time. */
  async nowMs(): Promise<number> {
    if (this.#clock !== undefined) return check.moment(this.#clock(), "what clock returns");
    const nowMs = await this.#store.nowMs();
    if (nowMs === undefined) return Date.now();
    check.moment(nowMs, "what the store's nowMs returns");
    this.#known = { nowMs, atMs: performance.now() };
    return nowMs;
  }

  /** The same for what is done often: what the store said a moment ago, and the time since. */
  async recent(): Promise<number> {
    const isRecent = this.#known !== undefined && performance.now() - this.#known.atMs < RECENT_MS;
    return isRecent ? this.at() : this.nowMs();
  }

  /** The same without asking the store, for what may not fail: a reply is here, and waits to be stored. */
  at(): number {
    if (this.#known !== undefined) return Math.round(this.#known.nowMs + performance.now() - this.#known.atMs);
    try {
      return check.moment(this.#clock?.() ?? Date.now(), "what clock returns");
    } catch {
      return Date.now();
    }
  }

  /** By the store's clock, or near it if the store fails. */
  sure(): Promise<number> {
    return this.nowMs().catch(() => this.at());
  }
}
