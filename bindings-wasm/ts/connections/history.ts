import type { AccountRead } from "../account-read.js";
import * as check from "../check.js";
import type { AnyClient } from "../client.js";
import type { Page } from "../json.js";
import type { ReadKind } from "../names.js";
import type { CommonHistoryQuery, CommonTransactionsQuery } from "../queries.js";
import type { CommonBalance, CommonOrder, CommonTrade, CommonTransaction } from "../records.js";
import { invalid_argument } from "../wasm.js";
import type { AccountOptions } from "./account.js";

/** How far a history has been read: told after each page, when all of its records have been taken. */
export interface Progress {
  /** So many have been taken. */
  readonly records: number;
  /** The venue's own list that the page is from. */
  readonly list: ReadKind;
  /** Where the window begins that the page is from, in Unix milliseconds; absent if the list has no windows. */
  readonly windowFromMs?: number;
  /** Where that window ends. */
  readonly windowToMs?: number;
  /** As `History.reachesFromMs`. */
  readonly reachesFromMs?: number;
  /** What the same call goes on with, as its `cursor`; absent after the last page. */
  readonly cursor?: string;
}

export interface HistoryOptions extends AccountOptions {
  /** As `AccountOptions.patienceMs`, for each page; 120000 if left out. */
  readonly patienceMs?: number | undefined;
  /** Goes on where an earlier call's `History.cursor` stands, without what was asked for then; of the same connection. */
  readonly cursor?: string | undefined;
  /** Called after each page, when its records have been taken; awaited. */
  readonly progress?: ((progress: Progress) => unknown) | undefined;
}

export interface SpanOptions extends HistoryOptions {
  /**
   * Unix milliseconds, the first of the span; a year ago, or before `toMs`, if left out. If the venue reaches less
   * far back, the history begins later, and `History.reachesFromMs` says so.
   */
  readonly fromMs?: number | undefined;
  /** Unix milliseconds, the first behind the span; now if left out or later than now. */
  readonly toMs?: number | undefined;
}

export interface TransactionsOptions extends SpanOptions {
  /**
   * All that the venue reports if left out. A key of a sub-account at Bybit reads no withdrawals: ask for the other kinds,
   * one by one.
   */
  readonly kind?: CommonTransactionsQuery["kind"];
}

/**
 * Records one by one, page after page as they are needed: for `for await`. If a page fails, the next `next()` asks for it
 * again, and no record is lost.
 */
export class History<R> implements AsyncIterableIterator<R> {
  readonly #begin: () => Promise<AccountRead<R>>;
  readonly #page: (read: AccountRead<R>) => Promise<Page<R>>;
  readonly #progress: HistoryOptions["progress"];
  readonly #signal: AbortSignal | undefined;
  #hasBegun = false;
  #read: AccountRead<R> | undefined;
  #reachesFromMs: number | undefined;
  /** The page whose records are being taken. */
  #records: readonly R[] | undefined;
  #next: AccountRead<R> | undefined;
  #taken = 0;
  #ofPage = 0;
  #isClosed = false;
  /** One after the other, whoever asks. */
  #turn: Promise<unknown> = Promise.resolve();

  /** @internal */
  constructor(
    begin: () => Promise<AccountRead<R>>,
    page: (read: AccountRead<R>) => Promise<Page<R>>,
    { progress, signal }: Pick<HistoryOptions, "progress" | "signal">,
  ) {
    this.#begin = begin;
    this.#page = page;
    this.#progress = progress;
    this.#signal = signal;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<R, undefined>> {
    const turn = this.#turn.then(() => this.#step());
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** Ends it; a page that is under way is waited for, and its records are not given out. `cursor` still goes on. */
  async return(): Promise<IteratorResult<R, undefined>> {
    this.#isClosed = true;
    return { done: true, value: undefined };
  }

  /**
   * Text that the same call goes on with, as its `cursor`, in any process: from the first page whose records have not all been
   * taken. Take it from `progress`, and no record comes twice. `undefined` after the last page, and before the first record has
   * been asked for. It holds no token, but what was asked for.
   */
  get cursor(): string | undefined {
    return this.#read?.cursor();
  }

  /**
   * Since when the venue tells, in Unix milliseconds, where `fromMs` is earlier: nothing from before it comes. `undefined` if
   * the whole span is read, and before the first record has been asked for.
   */
  get reachesFromMs(): number | undefined {
    return this.#reachesFromMs;
  }

  async #step(): Promise<IteratorResult<R, undefined>> {
    if (!this.#hasBegun && !this.#isClosed) {
      this.#read = await this.#begin();
      this.#reachesFromMs = this.#read.reachesFromMs;
      this.#hasBegun = true;
    }
    while (!this.#isClosed) {
      this.#signal?.throwIfAborted();
      if (this.#records !== undefined && this.#ofPage < this.#records.length) {
        this.#taken += 1;
        return { done: false, value: this.#records[this.#ofPage++]! };
      }
      const turned = this.#turned();
      if (turned !== undefined) await this.#progress?.(turned);
      if (this.#read === undefined || this.#isClosed) break;
      const page = await this.#page(this.#read);
      [this.#records, this.#next, this.#ofPage] = [page.records, page.next, 0];
    }
    return { done: true, value: undefined };
  }

  /** Leaves the page that has been taken, if there is one. */
  #turned(): Progress | undefined {
    const read = this.#read;
    if (this.#records === undefined || read === undefined) return undefined;
    [this.#records, this.#read] = [undefined, this.#next];
    const { list, windowFromMs, windowToMs } = read;
    const cursor = this.#read?.cursor();
    return {
      records: this.#taken,
      list,
      ...(windowFromMs === undefined ? {} : { windowFromMs }),
      ...(windowToMs === undefined ? {} : { windowToMs }),
      ...(this.#reachesFromMs === undefined ? {} : { reachesFromMs: this.#reachesFromMs }),
      ...(cursor === undefined ? {} : { cursor }),
    };
  }
}

/** What each common read brings. */
export interface Brings {
  readonly balances: CommonBalance;
  readonly transactions: CommonTransaction;
  readonly orders: CommonOrder;
  readonly trades: CommonTrade;
}

const BEGIN: { readonly [Kind in keyof Brings]: (client: AnyClient, query: Query, nowMs: number) => AccountRead<Brings[Kind]> } = {
  balances: (client) => client.readCommonBalances(),
  transactions: (client, query, nowMs) => client.readCommonTransactions(query, { nowMs }),
  orders: (client, query, nowMs) => client.readCommonOrders(query, { nowMs }),
  trades: (client, query, nowMs) => client.readCommonTrades(query, { nowMs }),
};

/** Of a common read, if it has any. */
export type Query = CommonTransactionsQuery & CommonHistoryQuery;

/** A common read of this kind, from its beginning or from its cursor. */
export function begun<Kind extends keyof Brings>(
  kind: Kind,
  client: AnyClient,
  cursor: string | undefined,
  query: Query,
  nowMs: number,
): AccountRead<Brings[Kind]> {
  if (cursor === undefined) return BEGIN[kind](client, query, nowMs);
  const read = client.resumeRead(cursor) as AccountRead<unknown> as AccountRead<Brings[Kind]>;
  if (read.kind !== `common_${kind}`) throw invalid_argument(`the cursor is not one of ${kind}`);
  return read;
}

const OPTIONS = ["patienceMs", "signal", "cursor", "progress"];
const SPAN = ["fromMs", "toMs", ...OPTIONS];
const KNOWN: { readonly [Kind in keyof Brings]: readonly string[] } = {
  balances: OPTIONS,
  transactions: ["kind", ...SPAN],
  orders: SPAN,
  trades: SPAN,
};

/** The query of these options. */
export function asked(call: keyof Brings, options: TransactionsOptions): Query {
  const { kind, fromMs, toMs, cursor, progress } = check.options(options, KNOWN[call]);
  check.optionalText(kind, "kind");
  check.optionalNumber(fromMs, "fromMs");
  check.optionalNumber(toMs, "toMs");
  check.optionalCallable(progress, "progress");
  check.optionalText(cursor, "cursor");
  const query = { ...(kind === undefined ? {} : { kind }), ...(fromMs === undefined ? {} : { fromMs }), ...(toMs === undefined ? {} : { toMs }) };
  const names = Object.keys(query);
  if (cursor !== undefined && names.length > 0) throw invalid_argument(`a cursor already has its query: leave out ${names.join(", ")}`);
  return query;
}
