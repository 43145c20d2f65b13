import type { Connection } from "../connection.js";
import type { Signer } from "../keys.js";
import type { Budget } from "./budget.js";
import { named } from "./log.js";
import type { Drawn } from "./numbers.js";
import type { Runner } from "./runner.js";

const TOUCH_MS = 3_600_000;

/** What sessions share: numbers, the venues' clocks and limits, and what is written down of a key's use. */
export class Signing {
  /** Those that were said to be in use within the last hour, and when by this process's own count: the oldest stands first. */
  readonly #touched = new Map<string, number>();

  constructor(
    readonly runner: Runner,
    readonly budget: Budget,
  ) {}

  /** A number for a request of this connection's key; `isAnew` if the venue has refused the last one. */
  async number(connection: Connection, signer: Signer, isAnew: boolean, patienceMs: number, signal?: AbortSignal): Promise<Drawn> {
    const aheadMs = await this.runner.offsets.aheadMs(signer, isAnew, signal);
    return this.runner.numbers.next(connection.nonceCounter!, aheadMs, patienceMs, signal);
  }

  /** The venue has accepted the key. It is not waited for: the reply is the caller's. */
  touch(id: string): void {
    const nowMs = performance.now();
    // So it never holds more than an hour's.
    for (const [other, atMs] of this.#touched) {
      if (nowMs - atMs < TOUCH_MS) break;
      this.#touched.delete(other);
    }
    if (this.#touched.has(id)) return;
    this.#touched.set(id, nowMs);
    void this.#used(id);
  }

  async #used(id: string): Promise<void> {
    const { store, time } = this.runner.rows;
    try {
      await store.touch(id, time.at());
    } catch {
      this.#touched.delete(id);
    }
  }

  /** A key that works no more is written down, so that the user is asked. What the venue said is the caller's in any case. */
  async learn(connection: Connection, error: unknown): Promise<void> {
    const { rows, hands } = this.runner;
    // Another key than the one that was used may have taken its place: of that, the venue has said nothing.
    const refused = (of: Connection, now: { readonly nowMs: number }) =>
      of.nonceCounter === connection.nonceCounter ? of.keyRefused(error as never, now) : of;
    try {
      if (refused(connection, { nowMs: rows.time.at() }).revision === connection.revision) return;
      await rows.apply(connection.id, undefined, refused);
    } catch (failure) {
      hands.log.warn(`connection ${connection.id}: could not store that its key was refused (${named(failure)})`);
    }
  }
}
