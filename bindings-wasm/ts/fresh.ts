import * as check from "./check.js";
import { AnyClient } from "./client.js";
import { type Clock, replyTo, type Save, type Sleep, sleepFor, unlessAborted } from "./drive.js";
import { NoResponse } from "./errors.js";
import { unwrap } from "./opaque.js";
import type { Send } from "./send.js";
import { type RefreshTokens, SharedTokens, type UseTokens } from "./tokens.js";
import { TokensUnsaved } from "./unsaved.js";

/** The newest stored text of these tokens. */
export type Load = () => string | null | undefined | PromiseLike<string | null | undefined>;

export interface TokenStore {
  readonly load: Load;
  readonly save: Save;
}

export interface FreshTokensOptions extends TokenStore {
  readonly send: Send;
  /** The generation whose access token the venue has just refused (401, 403), where it has. */
  readonly refusedGeneration?: number | undefined;
  /**
   * How long to wait, in milliseconds, while the venue limits or fails and no token works meanwhile; 30000 where left
   * out. For another worker's refresh it waits at most that worker's lease (45 seconds).
   */
  readonly patienceMs?: number | undefined;
  readonly sleep?: Sleep | undefined;
  readonly clock?: Clock | undefined;
  /** Aborted during a refresh, it finishes that refresh first, since its reply can't be had again. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Tokens that work, refreshed by this worker or another where that is due. Call it before each request.
 *
 * @param client the client that shared the tokens, or one configured alike.
 * @throws VenuekeyError `token_expired`, `token_rejected` or `outcome_unknown`: the user must connect again; or what stood
 *   in the way for longer than `patienceMs`: `rate_limited`, `venue_unavailable`, `client_rejected`.
 * @throws TokensUnsaved where the new pair could not be stored; it is in the error's `shared`, for `keepTokens`.
 */
export async function freshTokens(client: AnyClient, options: FreshTokensOptions): Promise<UseTokens> {
  const { send, refusedGeneration, signal, sleep = sleepFor, clock = Date.now, ...store } = check.record(
    options,
    "options",
  );
  mustBeStore(client, store);
  check.callable(send, "send");
  check.callable(sleep, "sleep");
  check.moment(check.callable(clock, "clock")(), "what clock returns");
  check.optionalSignal(signal);
  let patienceMs = check.optionalNumber(options.patienceMs, "patienceMs") ?? 30_000;
  for (;;) {
    signal?.throwIfAborted();
    const plan = restored(client, await store.load()).plan({ refusedGeneration, nowMs: clock() });
    switch (plan.name) {
      case "use":
        return plan;
      case "reauthorize":
        throw plan.error;
      case "refresh":
        signal?.throwIfAborted();
        // From here on to its end: a lease that nobody uses is taken for a reply that was lost.
        if (won(await store.save(plan.next.snapshot())) && inTime(plan, clock)) {
          const reply = await replyTo(send, plan.request, {});
          const now = { nowMs: clock() };
          const { next } = plan;
          const shared = reply instanceof NoResponse
            ? next.receiveNoResponse({ ...now, notSent: reply.notSent })
            : next.receiveResponse(reply, now);
          await keepTokens(client, shared, store);
        }
        break;
      case "wait_until": {
        const waitMs = Math.max(0, plan.untilMs - clock());
        if (plan.error) {
          if (waitMs > patienceMs) throw plan.error;
          patienceMs -= waitMs;
        }
        await unlessAborted(sleep(waitMs, signal), signal);
        break;
      }
      default:
        throw plan satisfies never;
    }
  }
}

/**
 * Stores what a refresh brought, also where the stored tokens have moved on meanwhile: the newer pair stays.
 * @throws TokensUnsaved where `load` or `save` threw. Call this again with its `shared`.
 */
export async function keepTokens(client: AnyClient, shared: SharedTokens, store: TokenStore): Promise<void> {
  mustBeStore(client, store);
  unwrap(shared, SharedTokens);
  let late: SharedTokens | undefined = shared;
  while (late !== undefined) {
    try {
      if (won(await store.save(late.snapshot()))) return;
      late = restored(client, await store.load()).merge(shared);
    } catch (error) {
      throw new TokensUnsaved(shared, error);
    }
  }
}

function mustBeStore(client: AnyClient, store: TokenStore): void {
  unwrap(client, AnyClient);
  const { load, save } = check.record(store, "store");
  check.callable(load, "load");
  check.callable(save, "save");
}

function restored(client: AnyClient, text: string | null | undefined): SharedTokens {
  if (text === null || text === undefined) throw new Error("load gave nothing: these tokens are not in the store");
  return client.restoreTokens(text);
}

function won(stored: unknown): boolean {
  if (typeof stored === "boolean") return stored;
  throw new TypeError(`save must return true (stored) or false (another worker won), not ${typeof stored}`);
}

/** Whether a reply can still come within the lease; a save that took too long leaves it to others. */
function inTime(plan: RefreshTokens, clock: Clock): boolean {
  return clock() + plan.request.timeoutHintMs <= (plan.next.leaseUntilMs ?? 0);
}
