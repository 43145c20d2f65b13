import type { Clock } from "../drive.js";
import { LastReading } from "../clock.js";
import type { Store } from "../stores/store.js";

/** So long is this process's own count as good as the store's clock. */
const RECENT_MS = 10_000;

/** What time it is: by the store's clock if it has one, so that hosts agree on leases. */
export class Time {
  readonly #store: Store;
  readonly #clock: Clock | undefined;
  readonly #last = new LastReading();

  constructor(store: Store, clock: Clock | undefined) {
    this.#store = store;
    this.#clock = clock;
  }

  /** @throws StoreError if the store has the clock, and fails; VenuekeyError `invalid_argument` for what is no time. */
  async nowMs(): Promise<number> {
    if (this.#clock !== undefined) return this.#asked(this.#clock);
    const nowMs = await this.#store.nowMs();
    return nowMs === undefined ? Date.now() : this.#last.kept(nowMs, "what the store's nowMs returns");
  }

  /** The same for what is done often: what the clock said a moment ago, and the time since. */
  async recent(): Promise<number> {
    return this.#last.agoMs < RECENT_MS ? this.at() : this.nowMs();
  }

  /**
   * The same without asking the store, for what may not fail: a reply is here, and waits to be stored. What is no time counts for
   * nothing then: it is what was right before and the time since, or else the host's.
   */
  at(): number {
    try {
      if (this.#clock !== undefined) return this.#asked(this.#clock);
    } catch {
      // As where there is none.
    }
    return this.#last.countedOnMs ?? Date.now();
  }

  #asked(clock: Clock): number {
    return this.#last.kept(clock(), "what clock returns");
  }

  /** By the store's clock, or near it if the store fails. */
  sure(): Promise<number> {
    return this.nowMs().catch(() => this.at());
  }
}
