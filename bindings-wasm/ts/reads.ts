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

/** Deposits and withdrawals, newest first. */
export interface TransactionsQuery {
  /** Both where left out. */
  readonly method?: "deposit" | "withdrawal" | undefined;
  /** A currency, such as `BTC`. */
  readonly ticker?: string | undefined;
  /** Exactly this address. */
  readonly address?: string | undefined;
  /** Any of these addresses, at most 20. */
  readonly addresses?: readonly string[] | undefined;
  /** Exactly this memo. */
  readonly memo?: string | undefined;
  /** Exactly this id of the app's own. */
  readonly uniqueId?: string | undefined;
  /** Any of these codes, which must be codes of the method; see `AccountTransaction.status`. */
  readonly status?: readonly number[] | undefined;
  /** Rows a page, 1 to 500; 100 where left out. The venue advises against more than 100. */
  readonly limit?: number | undefined;
  /**
   * Where even one status of one method has more rows than the venue shows (10,000): the tickers to split that list by,
   * at most 200. Those of the main balances are all there are.
   */
  readonly splitTickers?: readonly string[] | undefined;
}

/** A span of time. */
export interface Span {
  /** Unix seconds, at most 6 months ago; 30 days before `toS` where left out. */
  readonly fromS?: number | undefined;
  /** Unix seconds; now where left out or later than now. */
  readonly toS?: number | undefined;
}

/** Converts, newest first. */
export interface ConvertsQuery extends Span {
  /** The currency given. */
  readonly fromTicker?: string | undefined;
  /** The currency received. */
  readonly toTicker?: string | undefined;
  /** Exactly this quote. */
  readonly quoteId?: string | undefined;
  /** Rows a page, 1 to 100; 100 where left out. */
  readonly limit?: number | undefined;
}

/** Orders that have ended, newest first. Canceled ones are not kept for B2B accounts. */
export interface OrdersQuery extends Span {
  /** Such as `BTC_USDT`; all where left out. */
  readonly market?: string | undefined;
  /** This one order, whenever it was: without `clientOrderId`, `status`, `fromS` and `toS`. */
  readonly orderId?: string | undefined;
  /** The order with this id of the app's own, whenever it was: likewise. */
  readonly clientOrderId?: string | undefined;
  /** All where left out. */
  readonly status?: "all" | "filled" | "canceled" | "partially_filled" | undefined;
  /** Rows a page, 1 to 500; 100 where left out. */
  readonly limit?: number | undefined;
}

/** Trades, newest first. */
export interface DealsQuery extends Span {
  /** Such as `BTC_USDT`; all where left out. */
  readonly market?: string | undefined;
  /** Only those of the order with this id of the app's own. Within the dates, unlike for orders. */
  readonly clientOrderId?: string | undefined;
  /** Rows a page, 1 to 500; 100 where left out. */
  readonly limit?: number | undefined;
}

/** Balances, all in one page. */
export interface BalancesQuery {
  /**
   * One currency, such as `BTC`; all where left out. One that the venue does not know has a zero main balance, and no
   * spot balance (`request_rejected`).
   */
  readonly ticker?: string | undefined;
}

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
