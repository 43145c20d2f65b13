import type { Connection } from "../connection.js";
import type { ConnectionDriver } from "../connection-driver.js";

/** One driver in somebody's hands. */
export class Job {
  /** Why the host's own function, `send` say, has failed in a way that it must not. */
  mistake: { readonly error: unknown } | undefined;
  /** Whether a save has failed, and only the store knows what it has. */
  isInDoubt = false;
  /** So many have failed, one after the other, and how the last one has. */
  failedSaves = 0;
  saveError: unknown;
  /** Until when the store may have a lease of this driver's. One that is not given back stands for a request that was sent. */
  leaseUntilMs: number | undefined;
  /** At the end nobody waits for it any more: it begins nothing then, and only gives its lease back. */
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

  /** The store may have this from now on. */
  mayBeStored(connection: Connection): void {
    if (connection.leaseHolder === this.driver.holder) this.leaseUntilMs = connection.leaseUntilMs;
  }

  /** The store has this. */
  isStored(connection: Connection | undefined): void {
    this.leaseUntilMs = undefined;
    if (connection !== undefined) this.mayBeStored(connection);
  }

  /** Whether a request that may have taken effect is out, or what it brought is in no store. */
  get mustGoOn(): boolean {
    return !this.hasEnded && this.driver.mustGoOn;
  }
}
