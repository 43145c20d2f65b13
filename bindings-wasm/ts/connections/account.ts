import { AccountRead } from "../account-read.js";
import * as check from "../check.js";
import type { Access, Connection } from "../connection.js";
import { ConnectionDriver } from "../connection-driver.js";
import { unlessAborted } from "../drive.js";
import { NoResponse, VenuekeyError } from "../errors.js";
import type { Page, Parameters } from "../json.js";
import type { Signer } from "../keys.js";
import { RateBudget } from "../limits.js";
import type { SignedReply, Tokens } from "../model.js";
import type { HttpMethod } from "../names.js";
import type { CommonBalance, CommonOrder, CommonTrade, CommonTransaction } from "../records.js";
import { unwrap } from "../opaque.js";
import { sendOptions } from "../send.js";
import type { HttpRequest, HttpResponse } from "../wire.js";
import { ConnectionNotFound } from "./errors.js";
import { asked, begun, type Brings, History, type HistoryOptions, type SpanOptions, type TransactionsOptions } from "./history.js";
import { driverHolder, newHolder } from "./holder.js";
import { Job } from "./job.js";
import type { Signing } from "./signing.js";
import type { ConnectionView } from "./view.js";

/** The venue refused the request for its number or its time: it has had no effect, and another number helps. */
const SIGN_AGAIN = ["nonce_rejected", "clock_rejected"];
/** The venue lets nothing through for a while: of a number it says so by the status alone. */
const LIMITED = ["rate_limited", "nonce_rejected"];
const LONGEST_WAIT_MS = 30_000;
const TOLD_FROM_MS = 5_000;
const TRIES = 3;
/** So often is a request sent that the venue's limits refuse, where each wait is short. */
const LIMITED_TRIES = 10;
const PATIENCE_MS = 30_000;
/** A whole history meets the venue's limits, some of which last a minute. */
const HISTORY_PATIENCE_MS = 120_000;
/** So often is a page asked for that gets no answer, with waits from a second on, each twice the one before. */
const PAGE_TRIES = 5;
const PAGE_WAIT_MS = 1_000;
/** So often is the driver told that the venue has refused a page's tokens. */
const REFUSALS = 2;

/** Tokens that work, and which pair they are. */
export type TokenAccess = Extract<Access, { readonly name: "tokens" }>;

export interface AccountOptions {
  /** How long to wait for the venue's limits, or while nothing works, in milliseconds; 30000 if left out. */
  readonly patienceMs?: number | undefined;
  /**
   * Aborted, the call throws the signal's reason as soon as nothing is cut by it that must not be: a request that may have
   * taken effect is waited for, and its reply stored.
   */
  readonly signal?: AbortSignal | undefined;
}

/** What can be done with one connection; see `Connections.account`. */
export class Account {
  readonly id: string;
  readonly #owner: string | undefined;
  readonly #signing: Signing;
  readonly #holder = newHolder();

  /** @internal */
  constructor(id: string, owner: string | undefined, signing: Signing) {
    this.id = id;
    this.#owner = owner;
    this.#signing = signing;
  }

  /** Where the connection stands. */
  async view(): Promise<ConnectionView> {
    const { rows } = this.#signing.runner;
    return rows.look(await rows.stored(this.id, this.#owner));
  }

  /**
   * Asks the venue whether the connection still works, for a button such as "Test connection", and gives where it stands then:
   * a key makes a signed request that only reads, tokens are refreshed if due. What the venue says against the key or the
   * tokens is in the view's `status` and `error`, and is not thrown.
   * @throws NoResponse no reply came, so nothing is known.
   * @throws VenuekeyError the venue could not say, such as `venue_unavailable` or `rate_limited`.
   */
  async check(options: AccountOptions = {}): Promise<ConnectionView> {
    const { patienceMs, signal } = checked(options);
    try {
      const connection = await this.#driven(undefined, { patienceMs, signal }, (driver) => driver.connection);
      const signer = connection.signer();
      if (signer !== undefined) {
        const sign = (nonceMs: number) => signer.probe({ nonceMs });
        await this.#signed({ connection, signer, sign, receive: (response) => signer.receiveProbe(response) }, { patienceMs, signal });
      }
    } catch (error) {
      if (!(error instanceof VenuekeyError)) throw error;
      const view = await this.view();
      // With an attempt, the error would be about that.
      if (view.error === undefined || view.attempt !== undefined) throw error;
      return view;
    }
    return this.view();
  }

  /**
   * Tokens that work now: refreshed first if that is due, by this call or by a worker.
   * @throws VenuekeyError what the user must do, or what stood in the way for longer than `patienceMs`; `not_supported`
   *   where the connection has a key.
   */
  async tokens(options: AccountOptions = {}): Promise<TokenAccess> {
    return this.#tokens(undefined, options);
  }

  /** Other tokens, after the venue has refused those of this generation (401, 403). */
  async tokenRefused(generation: number, options: AccountOptions = {}): Promise<TokenAccess> {
    return this.#tokens(check.number(generation, "generation"), options);
  }

  /**
   * A signed request and its reply. Nonces, the venue's clock and its limits are taken care of.
   *
   * It is sent once. If the venue refuses it for its nonce, its time or its limits, it has had no effect, and is signed
   * and sent anew: after the wait that the venue asks for, where `patienceMs` is enough for it.
   *
   * @param method as for `Signer.sign`, and so are `path` and `parameters`.
   * @param options aborted, a request that is not `safe` is not cut: its reply comes all the same.
   * @throws NoResponse no whole reply came. A request that changes something may have done so: ask the venue before it is
   *   signed again.
   * @throws VenuekeyError what the venue said, or what the user must do; `rate_limited` if the limits let nothing
   *   through for longer than `patienceMs`; `not_supported` if the connection has tokens and no key.
   */
  async call(method: HttpMethod, path: string, parameters?: Parameters, options: AccountOptions = {}): Promise<SignedReply> {
    const { patienceMs, signal } = checked(options);
    const connection = await this.#driven(undefined, { patienceMs, signal }, (driver) => driver.connection);
    const signer = connection.signer();
    if (signer === undefined) throw notSupported("this connection has tokens and no key: use tokens()");
    const sign = (nonceMs: number) => signer.sign(method, path, parameters, { nonceMs });
    return this.#signed({ connection, signer, sign, receive: (response) => signer.receiveResponse(response) }, { patienceMs, signal });
  }

  /**
   * Every record of a read, page by page, with what the connection has: tokens or a key. Nothing is fetched ahead.
   *
   * @param read what one of the client's reads returned, or its `resumeRead`.
   * @param options `patienceMs` is for each page, and covers the venue's limits and its failures.
   * @throws VenuekeyError what the venue said, or what the user must do; `not_supported` if the venue has no such read for
   *   what the connection has.
   */
  async *records<R>(read: AccountRead<R>, options: AccountOptions = {}): AsyncGenerator<R, void, undefined> {
    for await (const page of this.pages(read, options)) yield* page.records;
  }

  /** `records`, page by page: a page's `next?.cursor()` is what another process goes on with. */
  async *pages<R>(read: AccountRead<R>, options: AccountOptions = {}): AsyncGenerator<Page<R>, void, undefined> {
    for (let next: AccountRead<R> | undefined = read; next !== undefined; ) {
      const page: Page<R> = await this.page(next, options);
      yield page;
      next = page.next;
    }
  }

  /** The page that a read is at; otherwise as `records`. */
  async page<R>(read: AccountRead<R>, options: AccountOptions = {}): Promise<Page<R>> {
    const { patienceMs, signal } = checked(options);
    unwrap(read, AccountRead);
    read = read.boundTo(this.id);
    let [tries, leftMs] = [1, patienceMs];
    for (;;) {
      try {
        return await this.#page(read, { patienceMs: leftMs, signal });
      } catch (error) {
        const isTrouble = error instanceof NoResponse || (error instanceof VenuekeyError && error.code === "venue_unavailable");
        const waitMs = Math.max(PAGE_WAIT_MS << (tries - 1), error instanceof VenuekeyError ? (error.retryAfterMs ?? 0) : 0);
        if (!isTrouble || tries++ === PAGE_TRIES || waitMs > leftMs) throw error;
        leftMs -= waitMs;
        await this.#pause(waitMs, signal);
      }
    }
  }

  /**
   * What the account holds, in all the accounts that the venue tells of. Currencies with nothing are left out.
   * @throws VenuekeyError `invalid_argument`, with a hint at the rule; the history throws what `records` throws, and
   *   `snapshot_invalid`, `snapshot_version` or `snapshot_mismatch` for the cursor.
   */
  balances(options: HistoryOptions = {}): History<CommonBalance> {
    return this.#history("balances", options);
  }

  /**
   * Deposits, withdrawals, and transfers between the user's own accounts if the venue tells them: list by list, the newest
   * first in each page.
   *
   * ```js
   * for await (const { atMs, kind, amount, currency } of account.transactions()) console.log(atMs, kind, amount, currency);
   * ```
   *
   * @throws VenuekeyError as `balances`; `not_supported` for a kind that the venue does not report.
   */
  transactions(options: TransactionsOptions = {}): History<CommonTransaction> {
    return this.#history("transactions", options);
  }

  /**
   * Orders that have ended. The venue forgets those without a fill first; see `Client.readOrderHistory`.
   * @throws VenuekeyError as `balances`.
   */
  orders(options: SpanOptions = {}): History<CommonOrder> {
    return this.#history("orders", options);
  }

  /**
   * Trades of the user's orders.
   * @throws VenuekeyError as `balances`.
   */
  trades(options: SpanOptions = {}): History<CommonTrade> {
    return this.#history("trades", options);
  }

  #history<Kind extends keyof Brings>(kind: Kind, options: TransactionsOptions): History<Brings[Kind]> {
    const asWritten = check.record(options, "options");
    const query = asked(kind, asWritten);
    const { cursor, progress, patienceMs = HISTORY_PATIENCE_MS, signal } = asWritten;
    checked({ patienceMs, signal });
    const begin = async () => {
      const { rows } = this.#signing.runner;
      const { row } = await rows.stored(this.id, this.#owner);
      return begun(kind, rows.client(row.client), cursor, query, await rows.time.nowMs()).boundTo(this.id);
    };
    return new History(begin, (read) => this.page(read, { patienceMs, signal }), { progress, signal });
  }

  async #page<R>(read: AccountRead<R>, { patienceMs, signal }: Checked): Promise<Page<R>> {
    const both = ({ connection, access }: ConnectionDriver) => ({ connection, access });
    const { connection, access } = await this.#driven(undefined, { patienceMs, signal }, both);
    const signer = connection.signer();
    if (signer !== undefined) {
      const sign = (nonceMs: number) => read.sign(signer, { nonceMs });
      return this.#signed({ connection, signer, sign, receive: (response) => read.receiveSigned(response) }, { patienceMs, signal });
    }
    const { budget, runner } = this.#signing;
    let [use, limited, refusals, leftMs] = [access as TokenAccess, 1, 0, patienceMs];
    for (;;) {
      const request = read.request(use.tokens);
      leftMs -= await budget.wait(request, leftMs, signal);
      signal?.throwIfAborted();
      const response = await unlessAborted(runner.hands.send(request, sendOptions(request, signal)), signal);
      try {
        return read.receive(response);
      } catch (error) {
        if (!(error instanceof VenuekeyError)) throw error;
        // A refresh may help, once; then the driver says what the refusal is about.
        if (error.code === "token_rejected" && refusals++ < REFUSALS) {
          const refused = use.tokens;
          use = await this.#tokens(use.generation, { patienceMs, signal }).catch((why: unknown) => Promise.reject(withScope(why, read, refused)));
        } else {
          const waitMs = limitedMs(error, limited++);
          if (waitMs === undefined || waitMs > leftMs) throw error;
          leftMs -= waitMs;
          await this.#pause(waitMs, signal);
        }
      }
    }
  }

  /** Some limits last a minute, and nothing comes meanwhile: the log says why. */
  async #pause(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    const { log, sleep } = this.#signing.runner.hands;
    const seconds = Math.round(waitMs / 1000);
    if (waitMs >= TOLD_FROM_MS) log.info(`connection ${this.id}: asked again in ${seconds} s, as the venue's limits or its trouble want it`);
    await unlessAborted(sleep(waitMs, signal), signal);
  }

  /** One signed request, as `call` has it. */
  async #signed<T>({ connection, signer, sign, receive }: ToSign<T>, { patienceMs, signal }: Checked): Promise<T> {
    const { budget, runner } = this.#signing;
    let [tries, limited, isAnew, leftMs] = [1, 1, false, patienceMs];
    const signed = async () => {
      const { nonceMs, waitedMs } = await this.#signing.number(connection, signer, isAnew, leftMs, signal);
      leftMs -= waitedMs;
      return sign(nonceMs);
    };
    for (;;) {
      let request = await signed();
      const waitedMs = await budget.wait(request, leftMs, signal);
      if (waitedMs > 0) {
        leftMs -= waitedMs;
        // A number that has waited for its turn may be too old.
        isAnew = false;
        request = await signed();
      }
      signal?.throwIfAborted();
      const pending = runner.hands.send(request, sendOptions(request, signal));
      const response = await (request.replay === "safe" ? unlessAborted(pending, signal) : pending);
      try {
        const reply = receive(response);
        this.#signing.touch(this.id);
        return reply;
      } catch (error) {
        if (!(error instanceof VenuekeyError)) throw error;
        isAnew = SIGN_AGAIN.includes(error.code);
        const waitMs = limitedMs(error, limited);
        if (waitMs === undefined && isAnew && tries++ < TRIES) continue;
        if (waitMs !== undefined && waitMs <= leftMs && limited++ < LIMITED_TRIES) {
          leftMs -= waitMs;
          await this.#pause(waitMs, signal);
          continue;
        }
        await this.#signing.learn(connection, error);
        throw error;
      }
    }
  }

  async #tokens(refused: number | undefined, options: AccountOptions): Promise<TokenAccess> {
    const access = await this.#driven(refused, checked(options), (driver) => driver.access);
    if (access?.name !== "tokens") throw notSupported("this connection has a key: use call()");
    return access;
  }

  /** What is wanted of the driver once a request may go out. */
  async #driven<T>(refusedGeneration: number | undefined, { patienceMs, signal }: Checked, wanted: (driver: ConnectionDriver) => T): Promise<T> {
    const { runner } = this.#signing;
    const { rows } = runner;
    signal?.throwIfAborted();
    const connection = await rows.loaded(this.id, this.#owner);
    const wants = { refusedGeneration, patienceMs };
    const driver = new ConnectionDriver(connection, driverHolder(this.#holder), await rows.time.nowMs(), wants);
    try {
      await runner.runSession(new Job(driver, signal));
      if (driver.action === "stop") throw signal!.reason;
      if (driver.action === "fail") throw driver.error;
      if (driver.isGone) throw new ConnectionNotFound("there is no such connection");
      return wanted(driver);
    } finally {
      driver.free();
    }
  }
}

interface ToSign<T> {
  readonly connection: Connection;
  readonly signer: Signer;
  readonly sign: (nonceMs: number) => HttpRequest;
  readonly receive: (response: HttpResponse) => T;
}

interface Checked {
  readonly patienceMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * How long the venue's limits let nothing through, if it said so, at the so-manieth time: longer each time, since its advice
 * is to double the waits. A request that limits refuse has no effect.
 */
function limitedMs({ code, retryAfterMs }: VenuekeyError, time: number): number | undefined {
  if (!LIMITED.includes(code) || retryAfterMs === undefined || time >= LIMITED_TRIES) return undefined;
  return Math.max(retryAfterMs, Math.min(1000 << (time - 1), LONGEST_WAIT_MS));
}

function checked(options: AccountOptions): Checked {
  const { patienceMs = PATIENCE_MS, signal } = check.options(options, ["patienceMs", "signal"]);
  check.optionalSignal(signal);
  return { patienceMs: Math.max(0, check.number(patienceMs, "patienceMs")), signal };
}

function notSupported(hint: string): VenuekeyError {
  return new VenuekeyError(`not_supported: ${hint}`, "misuse", "not_supported", { hint });
}

/** Which scope the venue's refusal is most likely about: the names alone tell, so nothing is refused by them. */
function withScope(error: unknown, read: AccountRead<unknown>, refused: Tokens): unknown {
  if (!(error instanceof VenuekeyError) || error.code !== "scope_missing") return error;
  try {
    read.preflight(refused, { budget: new RateBudget() });
  } catch (named) {
    if (named instanceof VenuekeyError && named.code === error.code) return named;
  }
  return error;
}
