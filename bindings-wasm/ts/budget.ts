import * as check from "./check.js";
import { HttpRequest } from "./http.js";
import { Opaque, own, publish, shown, unwrap, wrap } from "./opaque.js";
import * as wasm from "./wasm.js";

/** A request's place in the budget. */
export interface Reservation {
  /** When it may go out, in Unix milliseconds: now, or later. */
  readonly startAtMs: number;
  /** What is left: keep it before the request goes out. */
  readonly budget: RateBudget;
}

/** An operation that can go ahead. */
export interface Preflight {
  /** When it may begin, in Unix milliseconds: now, or later where the rate budget says so. */
  readonly startAtMs: number;
  /** The most requests it can take: where everything goes well, far fewer. */
  readonly requests: number;
  /**
   * How long it can take from `startAtMs`, in milliseconds: every wait and every request at its longest. The time that
   * the user spends at the venue is not in it.
   */
  readonly worstCaseMs: number;
  /** What is left of the budget: keep it before the operation begins. */
  readonly budget: RateBudget;
}

/**
 * How much of the venues' rate limits one IP address has used. Immutable: a reservation makes a new value.
 *
 * Whoever shares the address shares the limit, so keep one value for each address you call from: in memory for one
 * process, or as `toText()` in your store, moved by compare-and-set. Processes that share no store take a share each:
 * `new RateBudget({ shareOf: 8 })` for one of eight.
 *
 * It spends at half of the documented pace, after at most a quarter of a limit at once: whatever window the venue counts
 * by, and however unevenly the requests arrive, the limit is not reached.
 */
export class RateBudget extends Opaque {
  /** @throws VenuekeyError `invalid_argument` where `shareOf` is not 1 to 1000. */
  constructor(options: { readonly shareOf?: number | undefined } = {}) {
    super(new wasm.RateBudget(check.number(check.record(options, "options").shareOf ?? 1, "shareOf")));
  }

  /**
   * The value from your store.
   * @throws VenuekeyError `snapshot_invalid`, `snapshot_version`.
   */
  static fromText(text: string): RateBudget {
    return wrap(RateBudget, wasm.RateBudget.from_text(check.text(text, "text")));
  }

  /** The value as text for your store. Not a secret. */
  toText(): string {
    return own<wasm.RateBudget>(this).to_text();
  }

  /** Between how many processes the limits are divided. */
  declare readonly shareOf: number;

  /**
   * When this request may go out. A request whose limit is not documented goes at once.
   * @throws VenuekeyError `rate_limited` where that would be later than a minute from now; nothing is reserved then.
   */
  reserve(request: HttpRequest, options: { readonly nowMs?: number | undefined } = {}): Reservation {
    return shown(own<wasm.RateBudget>(this).reserve(unwrap(request, HttpRequest), check.now(options)));
  }
}

publish(RateBudget, wasm.RateBudget);
