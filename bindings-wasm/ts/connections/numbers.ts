import { type Sleep, unlessAborted } from "../drive.js";
import { Nonces } from "../nonces.js";
import type { Store } from "../stores/store.js";
import { inReach } from "./counters.js";
import { tooLong } from "./too-long.js";
import type { Time } from "./time.js";

/** So many are reserved at a time: one write to the store for as many requests of a key. */
const BLOCK = 50;
const LOOK_MS = 250;
/** How far ahead of the venue's clock numbers may lie: so many processes do not draw them at once. */
const FURTHEST_MS = 60_000;

/** A number, and how long it was waited for. */
export interface Drawn {
  readonly nonceMs: number;
  readonly waitedMs: number;
}

interface Block {
  readonly nonces: Nonces;
  left: number;
}

/** Numbers for signed requests, no two alike whatever process draws them. */
export class Numbers {
  readonly #store: Store;
  readonly #time: Time;
  readonly #sleep: Sleep;
  readonly #blocks = new Map<string, Block>();
  readonly #reserved = new Map<string, Promise<void>>();

  constructor(store: Store, time: Time, sleep: Sleep) {
    this.#store = store;
    this.#time = time;
    this.#sleep = sleep;
  }

  /**
   * A number that no other request of this key has had, near the venue's clock, which is so far ahead.
   * @throws VenuekeyError `rate_limited` if that takes longer than `patienceMs`.
   */
  async next(counter: string, aheadMs: number, patienceMs: number, signal: AbortSignal | undefined): Promise<Drawn> {
    for (let waitedMs = 0; ; ) {
      const venueNowMs = (await this.#time.recent()) + aheadMs;
      const block = this.#blocks.get(counter);
      const taken = block?.nonces.take({ venueNowMs });
      if (block !== undefined && taken !== undefined) {
        block.left -= 1;
        return { nonceMs: taken, waitedMs };
      }
      // Many blocks were reserved in a short time, or by a clock that was a little ahead. Another one would lie further ahead still.
      const liesMs = block === undefined || block.left === 0 ? 0 : block.nonces.reserved - BLOCK - venueNowMs;
      if (liesMs <= 0 || liesMs > FURTHEST_MS) {
        await unlessAborted(this.#reserve(counter, venueNowMs), signal);
        continue;
      }
      if (waitedMs >= patienceMs) throw tooLong(liesMs);
      await unlessAborted(this.#sleep(LOOK_MS, signal), signal);
      waitedMs += LOOK_MS;
    }
  }

  /** Those that want a block of the same key at once share it. */
  #reserve(counter: string, venueNowMs: number): Promise<void> {
    const reserved = this.#reserved.get(counter) ?? this.#bumped(counter, venueNowMs).finally(() => this.#reserved.delete(counter));
    this.#reserved.set(counter, reserved);
    return reserved;
  }

  async #bumped(counter: string, venueNowMs: number): Promise<void> {
    const floor = venueNowMs - 1;
    const [name] = await inReach(this.#store, counter, floor, venueNowMs, FURTHEST_MS);
    const last = await this.#store.bump(name, floor, BLOCK);
    const nonces = Nonces.reserve(last - BLOCK, BLOCK, { venueNowMs, nonceWindow: true });
    this.#blocks.set(counter, { nonces, left: BLOCK });
  }
}
