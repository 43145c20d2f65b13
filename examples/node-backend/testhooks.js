/** For tests only: lets the process die at a chosen save, as by a power cut, and lets a test move its time. */
import { openSync, readSync, writeSync } from "node:fs";
import { Clock, napping } from "./clock.js";

/**
 * VENUEKEY_EXAMPLE_KILL=before:3 or after:3 kills the process at its third save.
 * @param {NodeJS.ProcessEnv} [environ] @returns {(moment: "before" | "after") => void}
 */
export function onSave(environ = process.env) {
  const [when, number] = (environ["VENUEKEY_EXAMPLE_KILL"] ?? "").split(":");
  let saves = 0;
  return (moment) => {
    if (moment === "before") saves += 1;
    if (moment === when && saves === Number(number)) process.kill(process.pid, "SIGKILL");
  };
}

/**
 * Time that a test moves, for many processes at once: VENUEKEY_EXAMPLE_CLOCK=FILE:PLACE.
 *
 * The file holds numbers of eight bytes. The first is the time; at its place, each process writes when it wants to be
 * woken, or 0 while it is at work, so that the test can skip the time in which nobody is.
 */
export class DrivenClock extends Clock {
  #file;
  #place;
  /** @type {number[]} */
  #naps = [];

  /** @param {string} order */
  constructor(order) {
    super();
    const [, path, place] = /** @type {[string, string, string]} */ (/** @type {unknown} */ (order.match(/^(.*):(\d+)$/)));
    this.#file = openSync(path, "r+");
    this.#place = 8 * Number(place);
  }

  /** @override */
  nowMs() {
    const number = Buffer.alloc(8);
    readSync(this.#file, number, 0, 8, 0);
    return Number(number.readBigInt64LE());
  }

  /** @override @param {number} ms @param {AbortSignal} [signal] */
  async sleep(ms, signal) {
    const untilMs = this.nowMs() + Math.ceil(ms);
    this.#naps.push(untilMs);
    this.#tell();
    try {
      while (this.nowMs() < untilMs) await napping(3, signal);
    } finally {
      this.#naps.splice(this.#naps.indexOf(untilMs), 1);
      this.#tell();
    }
  }

  #tell() {
    const number = Buffer.alloc(8);
    number.writeBigInt64LE(BigInt(this.#naps.length === 0 ? 0 : Math.min(...this.#naps)));
    writeSync(this.#file, number, 0, 8, this.#place);
  }
}
