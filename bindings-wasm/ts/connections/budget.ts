import { type Sleep, unlessAborted } from "../drive.js";
import { RateBudget } from "../limits.js";
import type { HttpRequest } from "../wire.js";
import { tooLong } from "./too-long.js";
import type { Time } from "./time.js";

/** What this process may send by the venues' limits; other processes behind the address count for as much. */
export class Budget {
  readonly #time: Time;
  readonly #sleep: Sleep;
  #left: RateBudget;

  constructor(time: Time, sleep: Sleep, shareOf: number) {
    this.#time = time;
    this.#sleep = sleep;
    this.#left = new RateBudget({ shareOf });
  }

  /**
   * Waits for the request's turn, and tells how long that took.
   * @throws VenuekeyError `rate_limited` if it would take longer than `patienceMs`.
   */
  async wait(request: HttpRequest, patienceMs: number, signal: AbortSignal | undefined): Promise<number> {
    const nowMs = await this.#time.recent();
    const { startAtMs, budget } = this.#left.reserve(request, { nowMs });
    const waitMs = startAtMs - nowMs;
    if (waitMs > patienceMs) throw tooLong(waitMs);
    this.#left = budget;
    if (waitMs <= 0) return 0;
    await unlessAborted(this.#sleep(waitMs, signal), signal);
    return waitMs;
  }
}
