import { AccountRead } from "./account-read.js";
import * as check from "./check.js";
import { sleepFor, unlessAborted } from "./drive.js";
import { VenuekeyError } from "./errors.js";
import type { Page, Parameters } from "./json.js";
import { Signer } from "./keys.js";
import type { SignedReply } from "./model.js";
import type { HttpMethod } from "./names.js";
import { unwrap } from "./opaque.js";
import type { WithNonce } from "./options.js";
import type { AccountRecord } from "./records.js";
import { type Send, sendOptions } from "./send.js";
import type { UseTokens } from "./tokens.js";
import * as wasm from "./wasm.js";

export interface CallOptions extends WithNonce {
  readonly send: Send;
  /** Aborted before the request goes out, or while one that is `safe` is on its way, it throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Signs a request, sends it once and reads the reply.
 *
 * @param parameters as for `Signer.sign`.
 * @throws NoResponse if the sender did. A request that changes something may have done so: ask the venue (an order, by
 *   a client order id of your own) before it is signed again.
 * @throws VenuekeyError what `Signer.sign` or `Signer.receiveResponse` throws.
 */
export async function call(
  signer: Signer,
  method: HttpMethod,
  path: string,
  parameters: Parameters | undefined,
  options: CallOptions,
): Promise<SignedReply> {
  const { send, nonceMs, signal } = check.options(options, ["send", "nonceMs", "signal"]);
  unwrap(signer, Signer);
  check.callable(send, "send");
  check.optionalSignal(signal)?.throwIfAborted();
  const request = signer.sign(method, path, parameters, { nonceMs });
  return signer.receiveResponse(await send(request, sendOptions(request, signal)));
}

type Fresh = Pick<UseTokens, "tokens" | "generation">;

/** With `tokens` or with a `signer`, one of them. */
export interface RecordsOptions {
  readonly send: Send;
  /**
   * Tokens for the next page, such as `freshTokens` or `Account.tokens` gives; called once a page, and again with `refusedGeneration` if
   * the venue has refused them.
   */
  readonly tokens?: ((refused: { readonly refusedGeneration?: number }) => Fresh | PromiseLike<Fresh>) | undefined;
  /** The key: the same list is read at the venue's private API, signed. */
  readonly signer?: Signer | undefined;
  /**
   * Gives the number for each signed request, as for `Signer.sign`, if several workers sign with the key; left out, the
   * clock.
   */
  readonly nonceMs?: (() => number | PromiseLike<number>) | undefined;
  /** Called with each page when its records have been taken: keep `page.next?.cursor()` to go on in another process. */
  readonly onPage?: ((page: Page) => unknown) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A nonce that was refused has had no effect. */
const SIGNED_TRIES = 3;

/**
 * Every record of a read, page by page; nothing is fetched ahead. A page that the venue refuses the tokens for is asked
 * for once more with fresh ones, and one that it refuses a signer's number for is signed again, three times in all.
 *
 * ```js
 * const tokens = (refused) => freshTokens(client, { load, save, send, ...refused });
 * for await (const deal of records(client.readDeals({ market: "BTC_USDT" }), { send, tokens })) console.log(deal.amount);
 * ```
 *
 * @throws VenuekeyError what `AccountRead.receive` or `receiveSigned` throws; `NoResponse` if the sender did: the same
 *   read can be asked for again.
 */
export async function* records<R = AccountRecord>(
  read: AccountRead<R>,
  options: RecordsOptions,
): AsyncGenerator<R, void, undefined> {
  const { send, tokens, signer, nonceMs, onPage, signal } = check.options(
    options,
    ["send", "tokens", "signer", "nonceMs", "onPage", "signal"],
  );
  unwrap(read, AccountRead);
  check.callable(send, "send");
  check.optionalCallable(tokens, "tokens");
  check.optionalCallable(nonceMs, "nonceMs");
  if (signer !== undefined) unwrap(signer, Signer);
  if ((tokens === undefined) === (signer === undefined)) throw wasm.invalid_argument("give tokens or a signer");
  check.optionalCallable(onPage, "onPage");
  check.optionalSignal(signal);
  for (let next: AccountRead<R> | undefined = read; next !== undefined; ) {
    signal?.throwIfAborted();
    const page: Page<R> = signer ? await receiveSigned(next, signer) : await receive(next, await tokens!({}), true);
    yield* page.records;
    await onPage?.(page as Page);
    next = page.next;
  }

  async function receive(one: AccountRead<R>, use: Fresh, mayAskAgain: boolean): Promise<Page<R>> {
    const request = one.request(use.tokens);
    const reply = await send(request, sendOptions(request, signal));
    try {
      return one.receive(reply);
    } catch (error) {
      if (!mayAskAgain || !(error instanceof VenuekeyError) || error.code !== "token_rejected") throw error;
    }
    return receive(one, await tokens!({ refusedGeneration: use.generation }), false);
  }

  async function receiveSigned(one: AccountRead<R>, key: Signer): Promise<Page<R>> {
    for (let tries = 1; ; tries++) {
      const request = one.sign(key, { nonceMs: await nonceMs?.() });
      const reply = await send(request, sendOptions(request, signal));
      try {
        return one.receiveSigned(reply);
      } catch (error) {
        if (tries === SIGNED_TRIES || !(error instanceof VenuekeyError) || error.code !== "nonce_rejected") throw error;
        // Its status may be that of a limit.
        const waitMs = (error.retryAfterMs ?? 0) << (tries - 1);
        if (waitMs > 0) await unlessAborted(sleepFor(waitMs, signal), signal);
      }
    }
  }
}
