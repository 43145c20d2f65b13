import type { ConnectionDriver } from "../connection-driver.js";

/** One driver in somebody's hands. */
export class Job {
  /** Why the host's own function, `send` say, has failed in a way that it must not. */
  mistake: { readonly error: unknown } | undefined;
  /** Whether a save has failed, and only the store knows what it has. */
  isInDoubt = false;
  /** So many have failed, one after the other. */
  failedSaves = 0;
  /** At the end nobody waits for it any more: it begins nothing then. */
  isLeft = false;

  constructor(
    readonly driver: ConnectionDriver,
    readonly signal: AbortSignal | undefined,
  ) {}

  /** Whether it is to begin nothing more. */
  get isStopping(): boolean {
    return this.signal?.aborted === true || this.mistake !== undefined;
  }

  get hasEnded(): boolean {
    return ["return", "fail", "stop"].includes(this.driver.action);
  }

  /** Whether a request that may have taken effect is out, or what it brought is in no store. */
  get mustGoOn(): boolean {
    return !this.hasEnded && this.driver.mustGoOn;
  }
}
