import * as check from "./check.js";
import { AnyClient } from "./client.js";
import { steady } from "./clock.js";
import { type Clock, exchange, type Save, type Sleep, sleepFor, stores, unlessAborted } from "./drive.js";
import { own, shown, unwrap, wrap } from "./opaque.js";
import type { Send } from "./send.js";
import { SharedTokens, type UseTokens } from "./tokens.js";
import { TokensUnsaved } from "./unsaved.js";
import type * as wasm from "./wasm.js";
import { HttpRequest } from "./wire.js";

/** The newest stored text of these tokens. */
export type Load = () => string | null | undefined | PromiseLike<string | null | undefined>;

export interface TokenStore {
  readonly load: Load;
  readonly save: Save;
}

export interface FreshTokensOptions extends TokenStore {
  readonly send: Send;
  /** The generation whose access token the venue has just refused (401, 403), if it has. */
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
 * Tokens that work, refreshed by this worker or another if that is due. Call it before each request.
 *
 * @param client the client that shared the tokens, or one configured alike.
 * @throws VenuekeyError `token_expired`, `token_rejected` or `outcome_unknown`: the user must connect again; or what stood
 *   in the way for longer than `patienceMs`: `rate_limited`, `venue_unavailable`, `client_rejected`.
 * @throws TokensUnsaved if the new pair could not be stored; it is in the error's `shared`, for `keepTokens`.
 */
export async function freshTokens(client: AnyClient, options: FreshTokensOptions): Promise<UseTokens> {
  const { send, refusedGeneration, patienceMs, signal, sleep = sleepFor, clock = Date.now, ...store } = check.options(
    options,
    ["load", "save", "send", "refusedGeneration", "patienceMs", "signal", "sleep", "clock"],
  );
  mustBeStore(client, store);
  check.callable(send, "send");
  check.callable(sleep, "sleep");
  const steadily = steady(check.callable(clock, "clock"));
  check.optionalSignal(signal);
  const refused = check.optionalNumber(refusedGeneration, "refusedGeneration");
  const patience = check.optionalNumber(patienceMs, "patienceMs") ?? 30_000;
  const driver = own<wasm.Client>(client).drive_tokens(refused, patience);
  return (await run(driver, store, { send, sleep, clock: steadily, signal }))!;
}

/**
 * Stores what a refresh brought, also if the stored tokens have moved on meanwhile: the newer pair stays.
 * @throws TokensUnsaved if `load` or `save` threw. Call this again with its `shared`.
 */
export async function keepTokens(client: AnyClient, shared: SharedTokens, store: TokenStore): Promise<void> {
  mustBeStore(client, store);
  const driver = own<wasm.Client>(client).keep_tokens(unwrap(shared, SharedTokens));
  await run(driver, store, {}, shared);
}

/** Runs a driver to its end; one that only keeps brings nothing. */
async function run(
  driver: wasm.TokenDriver,
  store: TokenStore,
  { send, sleep, clock = Date.now, signal }: Partial<FreshTokensOptions>,
  given?: SharedTokens,
): Promise<UseTokens | undefined> {
  try {
    for (;;) {
      if (signal?.aborted) driver.stop();
      switch (driver.action) {
        case "load": {
          const text = await store.load();
          if (signal?.aborted) driver.stop();
          if (driver.action === "load") driver.loaded(present(text), clock());
          break;
        }
        case "save":
          if (await stores((snapshot) => store.save(snapshot), driver.snapshot())) driver.saved(clock());
          else driver.superseded();
          break;
        case "send":
          await exchange(driver, wrap(HttpRequest, driver.request()), send!, clock, signal);
          break;
        case "sleep":
          await unlessAborted(sleep!(Math.max(0, driver.until_ms() - clock()), signal), signal);
          driver.awake();
          break;
        case "return":
          return shown<UseTokens | undefined>(driver.plan());
        case "stop":
          throw signal!.reason;
        default:
          throw driver.error();
      }
    }
  } catch (error) {
    const brought = driver.brought();
    throw brought === undefined ? error : new TokensUnsaved(given ?? wrap(SharedTokens, brought), error);
  } finally {
    driver.free();
  }
}

function mustBeStore(client: AnyClient, store: TokenStore): void {
  unwrap(client, AnyClient);
  const { load, save } = check.record(store, "store");
  check.callable(load, "load");
  check.callable(save, "save");
}

function present(text: string | null | undefined): string {
  if (text === null || text === undefined) throw new Error("load gave nothing: these tokens are not in the store");
  return check.text(text, "text");
}
