import type { ConnectionDriver } from "../connection-driver.js";
import { type Sleep, unlessAborted } from "../drive.js";
import { inReach } from "./counters.js";
import type { Rows } from "./rows.js";

/** All workers that share the store take turns at refreshes, from a counter of it. */
export class Turns {
  readonly #rows: Rows;
  readonly #sleep: Sleep;

  constructor(rows: Rows, sleep: Sleep) {
    this.#rows = rows;
    this.#sleep = sleep;
  }

  /** Waits for the turn of the driver's request; `false` if that is too late for its lease. */
  async wait(driver: ConnectionDriver, signal: AbortSignal | undefined): Promise<boolean> {
    const { store, time } = this.#rows;
    const nowMs = time.at();
    const pace = driver.pace(nowMs);
    if (pace === undefined) return true;
    const { intervalMs, longestWaitMs, furthestMs } = pace;
    const floor = nowMs - intervalMs;
    // A turn that is taken and not used is lost for everybody: look first, and leave room for those who look too.
    const [counter, lastMs] = await inReach(store, pace.counter, floor, nowMs, furthestMs);
    if (lastMs + intervalMs - nowMs > longestWaitMs / 2) return false;
    const waitMs = (await store.bump(counter, floor, intervalMs)) - nowMs;
    if (waitMs > longestWaitMs) return false;
    if (waitMs > 0) await unlessAborted(this.#sleep(waitMs, signal), signal);
    return true;
  }
}
