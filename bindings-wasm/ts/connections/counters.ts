import type { Store } from "../stores/store.js";

/**
 * The counter to take from, a count of milliseconds that never goes back, and where it stands. One that a wrong clock has moved
 * further ahead than `furthestMs` would hold up everybody until that time has come: meanwhile all use another, named after where it is.
 */
export async function inReach(store: Store, counter: string, floorMs: number, nowMs: number, furthestMs: number): Promise<[string, number]> {
  for (let name = counter; ; ) {
    const lastMs = await store.bump(name, floorMs, 0);
    if (lastMs - nowMs <= furthestMs) return [name, lastMs];
    name = `${counter}/${lastMs}`;
  }
}
