import * as check from "./check.js";
import type { VenuekeyError } from "./errors.js";
import { type AtTime, type NoReply, noReply, type Snapshot } from "./flow.js";
import { type HttpRequest, HttpResponse } from "./http.js";
import { Opaque, own, publish, shown, unwrap } from "./opaque.js";
import type { Tokens } from "./values.js";
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
  declare readonly tokensId: string;

  /** Counts up by one with each value that is to be saved, from 1. */
  declare readonly revision: number;

  /** Counts the token pairs, from 1. */
  declare readonly generation: number;

  /**
   * While a worker refreshes: when its lease ends, in Unix milliseconds. Where that is nearer than the request's
   * `timeoutHintMs` by the time the save has returned, don't send any more, and plan again.
   */
  declare readonly leaseUntilMs: number | undefined;

  /** The newest pair. Whether it may be used, `plan` says. */
  declare readonly tokens: Tokens;

  /**
   * The tokens as text, to be stored by compare-and-set like a flow's: its `flowId` is the `tokensId`, its operation
   * `refresh_tokens`, its status `ready`, `in_flight` or `failed`. `Client.restoreTokens` reads it back.
   */
  snapshot(): Snapshot {
    return shown(own<wasm.SharedTokens>(this).snapshot());
  }

  /**
   * What a worker may do now.
   * @param options `refusedGeneration`: the generation whose access token the venue has just refused this worker (401,
   *   403), where it has. One refresh answers that; a second refusal ends it.
   */
  plan(options: AtTime & { readonly refusedGeneration?: number | undefined } = {}): TokenPlan {
    const now = check.now(options);
    const refused = check.optionalNumber(options.refusedGeneration, "refusedGeneration");
    return shown(own<wasm.SharedTokens>(this).plan(refused, now));
  }

  /**
   * The reply to the request of a `refresh`. Save the value; where the save is lost, load what is stored and `merge` this
   * into it: the new pair may be in no other hands.
   * @throws VenuekeyError `wrong_state` where these tokens are not leased.
   */
  receiveResponse(response: HttpResponse, options: AtTime = {}): SharedTokens {
    const reply = unwrap<wasm.HttpResponse>(response, HttpResponse);
    return shown(own<wasm.SharedTokens>(this).receive_response(reply, check.nowOfReply(options)));
  }

  /**
   * No reply came to the request of a `refresh`. It is asked again, first after 2 seconds; where it is `notSent`, it never
   * left and the pair stays as good as it was.
   */
  receiveNoResponse(options: NoReply = {}): SharedTokens {
    return shown(own<wasm.SharedTokens>(this).receive_no_response(...noReply(options)));
  }

  /**
   * What a worker that came too late has brought, put into the stored value this is called on: the value to save where
   * its pair is newer than the stored one; absent where the stored one is as new.
   * @throws VenuekeyError `snapshot_mismatch` for the tokens of another connection.
   */
  merge(late: SharedTokens): SharedTokens | undefined {
    return shown(own<wasm.SharedTokens>(this).merge(unwrap(late, SharedTokens)));
  }
}

publish(SharedTokens, wasm.SharedTokens);
