import * as check from "./check.js";
import type { Clock } from "./drive.js";

/** @internal What a clock said last that can be a time, counted on by this process's own count, which no setting moves. */
export class LastReading {
  #known: { readonly nowMs: number; readonly atMs: number } | undefined;

  /** The same, kept. `of` is what has said it. @throws VenuekeyError `invalid_argument` for what is no time. */
  kept(nowMs: number, of: string): number {
    this.#known = { nowMs: check.moment(nowMs, of), atMs: performance.now() };
    return nowMs;
  }

  /** Absent where none is known. */
  get countedOnMs(): number | undefined {
    return this.#known && Math.round(this.#known.nowMs + this.agoMs);
  }

  /** Since the last reading. */
  get agoMs(): number {
    return this.#known === undefined ? Infinity : performance.now() - this.#known.atMs;
  }
}

/**
 * @internal The clock, which is asked once here and then fails no more: a reply that is here must be read and stored. Where it throws or
 * says no time, it is counted on from what it said last.
 */
export function steady(clock: Clock): Clock {
  const last = new LastReading();
  const ask = () => last.kept(clock(), "what clock returns");
  ask();
  return () => {
    try {
      return ask();
    } catch {
      return last.countedOnMs!;
    }
  };
}
