import type { Connection } from "../connection.js";
import { type Sleep, unlessAborted } from "../drive.js";
import type { HttpRequest } from "../wire.js";
import type { Rows } from "./rows.js";

/** How long a refresh waits for its turn: the lease leaves 15 s beside the request's own time. */
const PATIENT_MS = 10_000;

/** All workers behind one address keep half the venue's pace for refreshes. */
export class Pace {
  readonly #rows: Rows;
  readonly #sleep: Sleep;

  constructor(rows: Rows, sleep: Sleep) {
    this.#rows = rows;
    this.#sleep = sleep;
  }

  /** Waits for the request's turn; `false` where that would take too long. */
  async turn({ clientName }: Connection, request: HttpRequest, signal: AbortSignal | undefined): Promise<boolean> {
    const limit = request.rateLimit;
    if (limit === undefined || request.purpose !== "refresh_tokens") return true;
    const intervalMs = Math.floor((2 * limit.windowMs) / limit.requests);
    const { venue, environment } = this.#rows.client(clientName);
    const name = `pace/${venue}/${environment}/${request.purpose}`;
    const { store, time } = this.#rows;
    const nowMs = time.at();
    const floor = nowMs - intervalMs;
    // A turn that is taken and not used would put off everybody else's, so it is looked at first.
    if ((await store.bump(name, floor, 0)) + intervalMs - nowMs > PATIENT_MS) return false;
    const waitMs = (await store.bump(name, floor, intervalMs)) - nowMs;
    if (waitMs > PATIENT_MS) return false;
    if (waitMs > 0) await unlessAborted(this.#sleep(waitMs, signal), signal);
    return true;
  }
}
