import * as check from "./check.js";
import type { VenuekeyError } from "./errors.js";
import { type AtTime, type NoReply, Snapshot } from "./flow.js";
import { HttpRequest, HttpResponse } from "./http.js";
import { Opaque, own, unwrap, wrap } from "./opaque.js";
import { Tokens } from "./values.js";
import * as wasm from "./wasm.js";

/** Send requests with these tokens. */
export interface UseTokens {
  readonly name: "use";
  /** Their access token counts, as far as is known. */
  readonly tokens: Tokens;
  /** Which pair this is. Where the venue refuses it, plan again with this number as `refusedGeneration`. */
  readonly generation: number;
  /**
   * When to plan again so that the tokens stay alive, in Unix milliseconds; absent where no refresh is possible and the
   * connection ends with the access token.
   */
  readonly refreshAtMs?: number;
}

/**
 * Save `next` by compare-and-set; where that won, send, then `next.receiveResponse` or `next.receiveNoResponse`, and
 * save what it returns. Where it lost: load, and plan again.
 */
export interface RefreshTokens {
  readonly name: "refresh";
  /** What to send, exactly, once. */
  readonly request: HttpRequest;
  /** The tokens, leased to this worker for 45 seconds. */
  readonly next: SharedTokens;
}

/** Sleep, load the tokens anew, plan again. */
export interface WaitUntil {
  readonly name: "wait_until";
  /** When to look again, in Unix milliseconds. */
  readonly untilMs: number;
  /** Why no token can be had meanwhile; absent while a worker refreshes. */
  readonly error?: VenuekeyError;
}

/** No token works any more, and no refresh can help: the user must connect again. */
export interface Reauthorize {
  readonly name: "reauthorize";
  /** Why: `token_expired`, `token_rejected`, or `outcome_unknown` after a refresh whose reply was lost. */
  readonly error: VenuekeyError;
}

/** What a worker may do with shared tokens now. */
export type TokenPlan = UseTokens | RefreshTokens | WaitUntil | Reauthorize;

/**
 * Tokens of one connection as a whole fleet of workers sees them. Immutable: every event makes a new value.
 *
 * A refresh spends the refresh token (both venues replace it), WhiteBIT's live ten minutes and take one refresh a second,
 * and a race between two workers would log the user out. So the tokens stand in the host's store with a `generation`,
 * and `plan` says what one worker may do now. A refresh is a lease, written by compare-and-set before anything is sent:
 * one worker wins it, the others wait for the next generation. `freshTokens` does all of it.
 */
export class SharedTokens extends Opaque {
  private constructor() {
    super();
  }

  /** 32 hexadecimal digits, the same as long as the connection lives. */
  get tokensId(): string {
    return own<wasm.SharedTokens>(this).tokens_id;
  }

  /** Counts up by one with each value that is to be saved, from 1. */
  get revision(): number {
    return own<wasm.SharedTokens>(this).revision;
  }

  /** Counts the token pairs, from 1. */
  get generation(): number {
    return own<wasm.SharedTokens>(this).generation;
  }

  /**
   * While a worker refreshes: when its lease ends, in Unix milliseconds. Where that is nearer than the request's
   * `timeoutHintMs` by the time the save has returned, don't send any more, and plan again.
   */
  get leaseUntilMs(): number | undefined {
    return own<wasm.SharedTokens>(this).lease_until_ms;
  }

  /** The newest pair. Whether it may be used, `plan` says. */
  get tokens(): Tokens {
    return wrap(Tokens, own<wasm.SharedTokens>(this).tokens);
  }

  /**
   * The tokens as text, to be stored by compare-and-set like a flow's: its `flowId` is the `tokensId`, its operation
   * `refresh_tokens`, its status `ready`, `in_flight` or `failed`. `Client.restoreTokens` reads it back.
   */
  snapshot(): Snapshot {
    return wrap(Snapshot, own<wasm.SharedTokens>(this).snapshot());
  }

  /**
   * What a worker may do now.
   * @param options `refusedGeneration`: the generation whose access token the venue has just refused this worker (401,
   *   403), where it has. One refresh answers that; a second refusal ends it.
   */
  plan(options: AtTime & { readonly refusedGeneration?: number | undefined } = {}): TokenPlan {
    const now = check.now(options);
    const refused = check.optionalNumber(options.refusedGeneration, "refusedGeneration");
    return plan(own<wasm.SharedTokens>(this).plan(refused, now));
  }

  /**
   * The reply to the request of a `refresh`. Save the value; where the save is lost, load what is stored and `merge` this
   * into it: the new pair may be in no other hands.
   * @throws VenuekeyError `wrong_state` where these tokens are not leased.
   */
  receiveResponse(response: HttpResponse, options: AtTime = {}): SharedTokens {
    const reply = unwrap<wasm.HttpResponse>(response, HttpResponse);
    return wrap(SharedTokens, own<wasm.SharedTokens>(this).receive_response(reply, check.nowOfReply(options)));
  }

  /**
   * No reply came to the request of a `refresh`. It is asked again, first after 2 seconds; where it is `notSent`, it never
   * left and the pair stays as good as it was.
   */
  receiveNoResponse(options: NoReply = {}): SharedTokens {
    const notSent = check.flag(options.notSent, "notSent");
    return wrap(SharedTokens, own<wasm.SharedTokens>(this).receive_no_response(check.nowOfReply(options), notSent));
  }

  /**
   * What a worker that came too late has brought, put into the stored value this is called on: the value to save where
   * its pair is newer than the stored one; absent where the stored one is as new.
   * @throws VenuekeyError `snapshot_mismatch` for the tokens of another connection.
   */
  merge(late: SharedTokens): SharedTokens | undefined {
    const merged = own<wasm.SharedTokens>(this).merge(unwrap<wasm.SharedTokens>(late, SharedTokens));
    return merged && wrap(SharedTokens, merged);
  }
}

/** @internal The plain object that the compiled half makes, with public objects in the place of its handles. */
export function plan(made: Record<string, unknown>): TokenPlan {
  const plan = { ...made };
  if (plan["tokens"]) plan["tokens"] = wrap(Tokens, plan["tokens"]);
  if (plan["request"]) plan["request"] = wrap(HttpRequest, plan["request"]);
  if (plan["next"]) plan["next"] = wrap(SharedTokens, plan["next"]);
  return Object.freeze(plan) as unknown as TokenPlan;
}
