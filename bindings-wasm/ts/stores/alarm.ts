/** What wakes the workers of one process: ends every wait at once, or the next one if nobody waits. */
export class Alarm {
  readonly #waiting = new Set<(isWoken: boolean) => void>();
  #isPending = false;
  #isOver = false;

  get isWaitedFor(): boolean {
    return this.#waiting.size > 0;
  }

  ring(): void {
    this.#isPending = this.#waiting.size === 0;
    for (const end of this.#waiting) end(true);
  }

  /** Ends every wait, those to come too. */
  end(): void {
    this.#isOver = true;
    for (const end of this.#waiting) end(false);
  }

  wait(timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    if (this.#isOver || signal?.aborted) return Promise.resolve(false);
    if (this.#isPending) {
      this.#isPending = false;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const end = (isWoken: boolean): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", stop);
        this.#waiting.delete(end);
        resolve(isWoken);
      };
      const stop = (): void => end(false);
      // A longer one would end at once.
      const timer = setTimeout(stop, Math.min(timeoutMs, 2 ** 31 - 1));
      signal?.addEventListener("abort", stop);
      this.#waiting.add(end);
    });
  }
}
