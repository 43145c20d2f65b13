import { unlessAborted } from "../drive.js";
import type { Signer } from "../keys.js";
import type { Send } from "../send.js";
import type { Time } from "./time.js";

const LIVES_MS = 3_600_000;
/** Where a venue does not tell its time, requests go out all the same, and do not ask for it each time. */
const FAILED_LIVES_MS = 60_000;

interface Measured {
  readonly aheadMs: number;
  /** By this process's own count. */
  readonly untilMs: number;
}

/** How far each venue's clock is ahead: measured when it is needed, and anew when the venue complains. */
export class Offsets {
  readonly #time: Time;
  readonly #send: Send;
  readonly #known = new Map<string, Measured>();
  readonly #asked = new Map<string, Promise<Measured>>();

  constructor(time: Time, send: Send) {
    this.#time = time;
    this.#send = send;
  }

  async aheadMs(signer: Signer, isAnew: boolean, signal: AbortSignal | undefined): Promise<number> {
    const place = `${signer.venue}/${signer.environment}`;
    const known = this.#known.get(place);
    if (known !== undefined && !isAnew && performance.now() < known.untilMs) return known.aheadMs;
    let asked = this.#asked.get(place);
    if (asked === undefined) {
      asked = this.#measured(signer, known?.aheadMs ?? 0).finally(() => this.#asked.delete(place));
      this.#asked.set(place, asked);
      // For those to come too; it does not reject.
      void asked.then((measured) => this.#known.set(place, measured));
    }
    return (await unlessAborted(asked, signal)).aheadMs;
  }

  async #measured(signer: Signer, otherwiseMs: number): Promise<Measured> {
    try {
      const sentAtMs = await this.#time.nowMs();
      const reply = await this.#send(signer.askTime(), {});
      const { aheadMs } = signer.receiveTime(reply, { sentAtMs, receivedAtMs: this.#time.at() });
      return { aheadMs, untilMs: performance.now() + LIVES_MS };
    } catch {
      // The host's own clock counts then, and the venue says where that is not good enough.
      return { aheadMs: otherwiseMs, untilMs: performance.now() + FAILED_LIVES_MS };
    }
  }
}
