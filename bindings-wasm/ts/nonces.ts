import * as check from "./check.js";
import { Opaque, own, publish, wrap } from "./opaque.js";
import type { AtVenueTime } from "./options.js";
import * as wasm from "./wasm.js";

/**
 * A block of nonces for one WhiteBIT key, made by `reserve`. (Bybit wants only the time, which may repeat.)
 *
 * The host keeps one number for each key, the last one reserved, and moves it by compare-and-set: read it, call
 * `reserve`, write `reserved` where the old number still stands, and only then take from the block. So blocks never
 * overlap, whatever workers do. Numbers are Unix milliseconds by the venue's clock; a worker that stops loses the rest
 * of its block and nothing else.
 *
 * Without `nonceWindow` numbers must also arrive in order, so the block that was reserved last is the only one to take
 * from: one worker at a time. With it, any number of workers have blocks of their own, each good for as long as it is
 * near the venue's clock.
 *
 * ```js
 * const nonces = Nonces.reserve(0, 100, { venueNowMs: 1790000000000, nonceWindow: true });
 * nonces.reserved; // 1790000000099, to be stored before the first is taken
 * nonces.take({ venueNowMs: 1790000000005 }); // 1790000000000
 * nonces.take({ venueNowMs: 1790000005000 }); // undefined: too old by now, reserve again
 * ```
 */
export class Nonces extends Opaque {
  private constructor() {
    super();
  }

  /**
   * @param reserved the number in the store; 0 at first.
   * @param count 1 to 4000.
   * @param options `nonceWindow` as for the signer that signs with them.
   */
  static reserve(
    reserved: number,
    count: number,
    options: AtVenueTime & { readonly nonceWindow?: boolean | undefined } = {},
  ): Nonces {
    const { venueNowMs, nonceWindow } = check.options(options, ["venueNowMs", "nonceWindow"]);
    const [last, wanted] = [check.number(reserved, "reserved"), check.number(count, "count")];
    const [now, windowed] = [check.time(venueNowMs, "venueNowMs"), check.flag(nonceWindow, "nonceWindow") ?? false];
    return wrap(Nonces, wasm.Nonces.reserve(last, wanted, now, windowed));
  }

  /** The number to store before any of the block is taken. */
  declare readonly reserved: number;

  /**
   * The next one, for `Signer.sign`; absent if the block is used up, or with `nonceWindow` too far from the venue's
   * time (4 seconds): reserve again.
   */
  take(options: AtVenueTime = {}): number | undefined {
    return own<wasm.Nonces>(this).take(check.time(check.options(options, ["venueNowMs"]).venueNowMs, "venueNowMs"));
  }
}

publish(Nonces, wasm.Nonces);
