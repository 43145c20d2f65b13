/**
 * What tests put around the store, the sender and the clock of examples/node-backend: node testhooks.mjs OPTIONS starts it so. The
 * process dies at a chosen save, as by a power cut, and a test moves its time or makes it run faster.
 */
import { openSync, readSync, writeSync } from "node:fs";
import { setTimeout as nap } from "node:timers/promises";
import { main } from "../../examples/node-backend/server.js";

/** @import { Around } from "../../examples/node-backend/server.js" */

/** @type {Around} */
function hooked({ store, send }) {
  const environ = process.env;
  const order = environ["VENUEKEY_EXAMPLE_KILL"];
  const mortal = order ? wrapped(store, { save: dying(store, order) }) : store;
  if (environ["VENUEKEY_EXAMPLE_CLOCK"]) return new DrivenClock(environ["VENUEKEY_EXAMPLE_CLOCK"]).hooked(mortal, send);
  const scale = Number(environ["VENUEKEY_EXAMPLE_TIME_SCALE"] ?? 1);
  const aheadMs = Number(environ["VENUEKEY_EXAMPLE_TIME_AHEAD"] ?? 0) * 1000;
  if (scale === 1 && aheadMs === 0) return { store: mortal, send };
  const begunMs = Number(environ["VENUEKEY_EXAMPLE_TIME_FROM"] ?? Date.now() / 1000) * 1000;
  return { ...scaled(mortal, scale, begunMs, aheadMs), send };
}

/** @param {Store} store @param {Partial<Store>} instead @returns {Store} */
function wrapped(store, instead) {
  return new Proxy(store, {
    get: (of, name) => Reflect.get(instead, name) ?? Reflect.get(of, name).bind(of),
  });
}

/** VENUEKEY_EXAMPLE_KILL=before:3 or after:3 kills the process at its third save. @param {Store} store @param {string} order */
function dying(store, order) {
  const [when, number] = order.split(":");
  let saves = 0;
  /** @type {Store["save"]} */
  return async (row) => {
    const isTheOne = ++saves === Number(number);
    // A worker that is woken by that save must not do its next before the kill.
    if (saves > Number(number)) return new Promise(() => {});
    if (isTheOne && when === "before") process.kill(process.pid, "SIGKILL");
    const won = await store.save(row);
    if (isTheOne) process.kill(process.pid, "SIGKILL");
    return won;
  };
}

/**
 * `scale` 0.05 lets each second take 0.05 s, since `begunMs`: processes that share it agree.
 * @param {number} scale @param {number} begunMs @param {number} aheadMs
 */
function scaled(store, scale, begunMs, aheadMs) {
  return {
    store: wrapped(store, { wait: (ms, signal) => store.wait(ms * scale, signal) }),
    clock: () => Math.floor(begunMs + aheadMs + (Date.now() - begunMs) / scale),
    sleep: (ms, signal) => nap(ms * scale, undefined, { signal }),
  };
}

/** The longest that a worker sleeps. */
const MOST_MS = 20_000;
const NEVER = new Int32Array(new SharedArrayBuffer(4));

/**
 * Time that a test moves, for many processes at once: VENUEKEY_EXAMPLE_CLOCK=FILE:PLACE.
 *
 * The file holds numbers of eight bytes. The first is the time; at its place, each process writes when it wants to be
 * woken, or 0 while it is at work, so that the test can skip the time in which nobody is. While it does, the first is negative.
 */
class DrivenClock {
  #file;
  #place;
  #atWork = 0;
  /** @type {number[]} */
  #naps = [];

  /** @param {string} order */
  constructor(order) {
    const [, path, place] = /** @type {[string, string, string]} */ (/** @type {unknown} */ (order.match(/^(.*):(\d+)$/)));
    this.#file = openSync(path, "r+");
    this.#place = 8 * Number(place);
  }

  hooked(store, send) {
    return {
      store: wrapped(store, {
        save: (row) => this.#working(store.save(row)),
        wait: async (ms, signal) => {
          const far = ((await store.nextDue()) ?? Infinity) - this.#nowMs();
          await this.#sleep(Math.min(MOST_MS, Math.max(ms, far)), signal).catch(() => {});
          return false;
        },
      }),
      clock: () => this.#nowMs(),
      sleep: (ms, signal) => this.#sleep(ms, signal),
      send: (request, options) => this.#working(send(request, options)),
    };
  }

  #nowMs() {
    const number = Buffer.alloc(8);
    for (;;) {
      readSync(this.#file, number, 0, 8, 0);
      const nowMs = Number(number.readBigInt64LE());
      if (nowMs >= 0) return nowMs;
      Atomics.wait(NEVER, 0, 0, 1);
    }
  }

  /** @param {number} ms @param {AbortSignal} [signal] */
  async #sleep(ms, signal) {
    const untilMs = this.#nowMs() + Math.ceil(ms);
    this.#tell(() => this.#naps.push(untilMs));
    try {
      while (this.#nowMs() < untilMs) await nap(3, undefined, { signal });
    } finally {
      this.#tell(() => this.#naps.splice(this.#naps.indexOf(untilMs), 1));
    }
  }

  /** Meanwhile nobody skips what the rest of this process sleeps through. @template T @param {T | PromiseLike<T>} work */
  async #working(work) {
    this.#tell(() => (this.#atWork += 1));
    try {
      return await work;
    } finally {
      // Whoever has waited for it goes on first.
      setImmediate(() => this.#tell(() => (this.#atWork -= 1)));
    }
  }

  /** @param {() => unknown} change */
  #tell(change) {
    change();
    const number = Buffer.alloc(8);
    number.writeBigInt64LE(BigInt(this.#atWork > 0 || this.#naps.length === 0 ? 0 : Math.min(...this.#naps)));
    writeSync(this.#file, number, 0, 8, this.#place);
  }
}

await main(hooked);
