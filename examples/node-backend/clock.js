/** The time, and waiting for it to pass. Both at once can run faster, for tests. */
export class Clock {
  #start = Date.now();
  #scale;

  /** `scale` 0.05 lets each second take 0.05 s. */
  constructor(scale = 1) {
    this.#scale = scale;
  }

  /** Unix milliseconds. */
  nowMs() {
    return Math.floor(this.#start + (Date.now() - this.#start) / this.#scale);
  }

  /** @param {number} ms @param {AbortSignal} [signal] @returns {Promise<void>} rejects with the signal's reason */
  sleep(ms, signal) {
    return napping(ms * this.#scale, signal);
  }
}

/** @param {number} ms @param {AbortSignal} [signal] @returns {Promise<void>} */
export function napping(ms, signal) {
  return new Promise((resolve, reject) => {
    const wake = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", wake);
      resolve();
    }, ms);
    if (signal?.aborted) wake();
    else signal?.addEventListener("abort", wake, { once: true });
  });
}
