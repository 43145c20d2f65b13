import { type Preflight, RateBudget } from "./budget.js";
import * as check from "./check.js";
import type { AtTime } from "./flow.js";
import { type HttpRequest, HttpResponse } from "./http.js";
import type { ReadKind } from "./names.js";
import { Opaque, own, publish, shown, unwrap, wrap } from "./opaque.js";
import type { AccountRecord } from "./records.js";
import { camelCase } from "./spelling.js";
import { Tokens } from "./values.js";
import * as wasm from "./wasm.js";

/** One page of records, and the read of the next one. */
export interface Page<R = AccountRecord> {
  /** Those that no page before has had, in the venue's order. None at all does not mean that no page follows. */
  readonly records: readonly R[];
  /** Rows in the list this page is from, where the venue says so. */
  readonly total?: number;
  /** Absent after the last page. */
  readonly next?: AccountRead<R>;
}

/**
 * The next page of a read. Immutable and without a secret; the same read can be asked for as often as it takes.
 * `records` runs one to its end.
 */
export class AccountRead<R = AccountRecord> extends Opaque {
  private constructor() {
    super();
  }

  /** What is read. */
  declare readonly kind: ReadKind;

  /**
   * The same read with `request` and `nonce` in its bodies. Nothing says whether the venue wants them with a token, and
   * they are left out otherwise. Each page has the nonce of the one before, plus one.
   */
  withNonce(nonceMs: number): AccountRead<R> {
    return shown(own<wasm.AccountRead>(this).with_nonce(check.number(nonceMs, "nonceMs")));
  }

  /**
   * The request for this page; it may be sent again.
   * @throws VenuekeyError `history_too_long` where rows are left that the venue does not show.
   */
  request(tokens: Tokens): HttpRequest {
    return shown(own<wasm.AccountRead>(this).request(unwrap(tokens, Tokens)));
  }

  /**
   * What can be known of this page before it is asked for: whether the tokens' scope grants it and they live long enough,
   * and when the rate budget lets it go out.
   */
  preflight(tokens: Tokens, options: AtTime & { readonly budget: RateBudget }): Preflight {
    const { budget } = check.record(options, "options");
    const [holder, used] = [unwrap<wasm.Tokens>(tokens, Tokens), unwrap<wasm.RateBudget>(budget, RateBudget)];
    return shown(own<wasm.AccountRead>(this).preflight(holder, used, check.now(options)));
  }

  /**
   * What the venue answered to `request`.
   * @throws VenuekeyError by what to do next: `token_rejected` (refresh once), `request_rejected` (see `venueText`),
   *   `not_supported`, `rate_limited`, `venue_unavailable` (ask again), `venue_refused`, `malformed_reply` (the hint names
   *   record and field), `reply_too_large` (a smaller limit), `history_too_long`.
   */
  receive(response: HttpResponse): Page<R> {
    const made = own<wasm.AccountRead>(this).receive(unwrap(response, HttpResponse));
    const { recordsJson, ...page } = shown<Omit<Page<R>, "records"> & { readonly recordsJson: string }>(made);
    return Object.freeze({ records: camelCased(JSON.parse(recordsJson)) as R[], ...page });
  }

  /** This read as JSON text, for another process: without tokens, but with what was asked for (addresses, ids). */
  cursor(): string {
    return own<wasm.AccountRead>(this).cursor();
  }
}

publish(AccountRead, wasm.AccountRead);

function camelCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCased);
  if (typeof value !== "object" || value === null) return value;
  const named = Object.entries(value).flatMap(([name, inner]) =>
    inner === null ? [] : [[camelCase(name), camelCased(inner)] as const],
  );
  return Object.fromEntries(named);
}

/** An order's id is above what a number holds exactly, so it stands in the text by its digits. */
function written(query: object): string {
  const fields = Object.entries(check.record(query, "query")).flatMap(([name, value]: [string, unknown]) => {
    if (value === undefined) return [];
    const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    check.exact(value, name);
    if (name !== "orderId") return [`${JSON.stringify(snake)}:${JSON.stringify(value)}`];
    if (typeof value !== "string" || !/^(0|[1-9][0-9]{0,18})$/.test(value)) {
      throw wasm.invalid_argument("orderId must be a whole number above zero, as a string");
    }
    return [`"order_id":${value}`];
  });
  return `{${fields.join()}}`;
}

/** @internal */
export function beginRead<R>(client: wasm.Client, kind: ReadKind, query: object, nowMs: number): AccountRead<R> {
  return wrap<AccountRead<R>>(AccountRead, client.read_account(kind, written(query), nowMs));
}
