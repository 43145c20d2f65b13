import { AnyClient } from "../client.js";
import type { Connection, ImportedKey } from "../connection.js";
import * as check from "../check.js";
import type { HandOff, Tokens } from "../model.js";
import { VenuekeyError } from "../errors.js";
import type { Stored } from "../stores/store.js";
import type { Intent, Venue } from "../names.js";
import { sleepFor } from "../drive.js";
import { Client } from "../server-client.js";
import { received } from "../received.js";
import { invalid_argument } from "../wasm.js";
import { Account } from "./account.js";
import { Apart } from "./apart.js";
import { reseal } from "./at-rest.js";
import { Budget } from "./budget.js";
import { clientCallback } from "./client-callback.js";
import { ConnectionNotFound } from "./errors.js";
import { checkedHolder } from "./holder.js";
import { host } from "./host.js";
import { Log, type Logger, named, pageFor } from "./log.js";
import { Numbers } from "./numbers.js";
import { onlyId } from "./only.js";
import { Offsets } from "./offsets.js";
import { beginOptions, BEGINNING, checkedOptions, type ConnectionsOptions, CONSENT, consentOptions, owned } from "./options.js";
import type { BeginOptions, HandOffOptions, ImportOptions, Owned, ReconnectOptions, RunOptions } from "./options.js";
import { type Change, Rows } from "./rows.js";
import { Runner } from "./runner.js";
import { Signing } from "./signing.js";
import { Time } from "./time.js";
import { type ConnectionView, type TakenHandOff, unreadable } from "./view.js";
import { Worker } from "./worker.js";

/** By which the command knows one, whichever copy of the package has made it. */
const BRAND: unique symbol = Symbol.for("venuekey.connections");
const SIGNALS = ["SIGTERM", "SIGINT"] as const;
/** How often a call that waits for a worker looks at the row. */
const LOOK_MS = 50;
const RUN = ["holder", "signal"];

/**
 * Users' accounts at venues, one row each in a store that any number of processes share.
 *
 * What a web request calls writes what is wanted and returns; a worker does the rest: `run`, in this process or in one of
 * its own, or `runOnce` if nothing keeps running.
 *
 * ```js
 * const connections = new Connections({ clients: { bybit: client }, store: new SQLiteStore("connections.db"), keys });
 * const begun = await connections.begin("bybit", { owner: "user-1", goal: "api_key" });
 * // redirect to begun.authorizeUrl; when the browser comes back:
 * await connections.receiveCallback(begun.id, url, { owner: "user-1" });
 * ```
 *
 * Every call rejects with a `StoreError` if the store fails; what was asked for can be asked for again.
 */
export class Connections {
  readonly #rows: Rows;
  readonly #runner: Runner;
  readonly #signing: Signing;
  readonly #apart: Apart;
  readonly #log: Log;
  readonly #concurrency: number;
  readonly #workers = new Set<Worker>();

  /** @throws VenuekeyError `invalid_argument`, with the option's name. */
  constructor(options: ConnectionsOptions) {
    const { clients, store, keys, clock, sleep = sleepFor, concurrency, shareOf, ...given } = checkedOptions(options);
    const { send = host.sender(), onEvent, logger } = given;
    const time = new Time(store, clock);
    this.#log = new Log(logger);
    this.#rows = new Rows(clients, store, keys, time);
    const hands = { send, sleep, onEvent, log: this.#log };
    this.#runner = new Runner(this.#rows, hands, new Offsets(time, send), new Numbers(store, time, sleep));
    this.#signing = new Signing(this.#runner, new Budget(time, sleep, shareOf));
    this.#apart = new Apart(this.#rows, this.#log);
    this.#concurrency = concurrency;
  }

  /** @internal What the command and the doctor look into. */
  get [BRAND](): Signing {
    return this.#signing;
  }

  // From the web

  /**
   * Begins a connection. It is stored: send the browser to the view's `authorizeUrl`.
   * @param client the client, by its name.
   * @throws VenuekeyError as `Client.begin`.
   */
  async begin(client: string, options: BeginOptions): Promise<ConnectionView> {
    const of = this.#rows.client(client);
    const { goal, ...begun } = check.options(options, ["goal", ...BEGINNING, ...CONSENT]);
    const nowMs = await this.#rows.time.nowMs();
    return this.#first(of.beginConnection(goal, { ...beginOptions(begun), clientName: client, nowMs }));
  }

  /**
   * Begins a connection with what an app has begun. A hand-off that comes twice is the same connection, also when that has
   * ended meanwhile: `isNew` tells, and the app gets the same answer.
   * @param handOff what the app sent: its hand-off, as text.
   * @throws VenuekeyError as `Client.acceptHandOff`.
   * @throws ConnectionNotFound it is another owner's.
   */
  async beginByHandOff(client: string, handOff: string | HandOff, options: HandOffOptions): Promise<TakenHandOff> {
    const of = this.#rows.client(client);
    if (!(of instanceof Client)) throw invalid_argument(`clients.${client} must be a Client of "venuekey/server" for hand-offs`);
    const given = check.options(options, [...BEGINNING, "onSecretLost"]);
    const nowMs = await this.#rows.time.nowMs();
    const connection = of.beginConnectionByHandOff(handOff, { ...given, clientName: client, nowMs });
    if (await this.#rows.save(connection)) return { view: this.#rows.view(connection), isNew: true };
    return { view: await this.status(connection.id, { owner: given.owner }), isNew: false };
  }

  /** A connection made of tokens from tables of your own. Each call makes another one: keep the view's `id` beside them. */
  async importTokens(client: string, tokens: Tokens, options: ImportOptions & { readonly uid?: string | undefined }): Promise<ConnectionView> {
    const of = this.#rows.client(client);
    const given = check.options(options, [...BEGINNING, "uid"]);
    return this.#first(of.importTokens(tokens, { ...given, clientName: client, nowMs: await this.#rows.time.nowMs() }));
  }

  /** A connection made of a key from tables of your own. Each call makes another one: keep the view's `id` beside it. */
  async importKey(client: string, key: ImportedKey, options: ImportOptions): Promise<ConnectionView> {
    const of = this.#rows.client(client);
    const given = check.options(options, BEGINNING);
    return this.#first(of.importKey(key, { ...given, clientName: client, nowMs: await this.#rows.time.nowMs() }));
  }

  /**
   * Where a connection stands.
   * @throws ConnectionNotFound there is none, or it is not this `owner`'s. So do the other calls with an id.
   */
  async status(id: string, options: Owned = {}): Promise<ConnectionView> {
    return this.#rows.look(await this.#rows.stored(check.text(id, "id"), owned(options)));
  }

  /**
   * The browser came back to the redirect URI: give the whole URL. A page that is loaded again changes nothing.
   * @throws VenuekeyError of the kind `rejected` if the callback is not this connection's; it stays as it was.
   * @throws StoreBusy answer 503. So do the calls that follow.
   */
  async receiveCallback(id: string, url: string, options: Owned = {}): Promise<ConnectionView> {
    return this.#apply(id, options, (connection, now) => connection.receiveCallback(url, now));
  }

  /**
   * The user's browser came back to the client's redirect URI. Which of the user's connections that is for, the callback
   * itself decides, so that you need to keep no id. If none waits for one, it gives the newest that has not ended, or else the
   * newest: a page was loaded again, or the user came back too late.
   * @param client the client, by its name.
   * @param options `owner` is the user who is logged in, never one whom the URL names.
   * @throws ConnectionNotFound the user has no connection of this client.
   * @throws VenuekeyError of the kind `rejected` if the callback is none of theirs; all of them stay as they were.
   */
  async receiveClientCallback(client: string, url: string, options: { readonly owner: string }): Promise<ConnectionView> {
    const { owner } = check.options(options, ["owner"]);
    return clientCallback(await this.find(owner, { client }), (id) => this.receiveCallback(id, url, { owner }));
  }

  /** The code that the user has copied from the venue's page, as `Flow.receivePastedCode`. */
  async receivePastedCode(id: string, pasted: string, options: Owned = {}): Promise<ConnectionView> {
    return this.#apply(id, options, (connection, now) => connection.receivePastedCode(pasted, now));
  }

  /** The user's choice, as `Flow.choose`. */
  async choose(id: string, accountId: string, options: Owned = {}): Promise<ConnectionView> {
    return this.#apply(id, options, (connection, now) => connection.choose(accountId, now));
  }

  /** Goes on after a failure whose view has a `recovery`. */
  async recover(id: string, options: Owned = {}): Promise<ConnectionView> {
    return this.#apply(id, options, (connection, now) => connection.recover(now));
  }

  /**
   * Connects anew, to the same account if the venue tells whose it is. Where the view says `replacesKey`, the old key
   * is ended first, and `authorizeUrl` is there as soon as a worker has been at it.
   * @param options `patienceMs`: how long to wait for that worker, in milliseconds; 0 if left out. If it takes longer, the view
   *   has no `authorizeUrl` yet.
   */
  async reconnect(id: string, options: ReconnectOptions = {}): Promise<ConnectionView> {
    const owner = owned(options, [...CONSENT, "patienceMs"]);
    const patienceMs = check.optionalNumber(options.patienceMs, "patienceMs") ?? 0;
    const wanted = consentOptions(options);
    let view = await this.#applied(id, owner, (connection, now) => connection.reconnect({ ...wanted, ...now }));
    for (const untilMs = performance.now() + patienceMs; view.attempt?.status === "working" && performance.now() < untilMs; ) {
      await sleepFor(LOOK_MS);
      view = await this.status(id, owner === undefined ? {} : { owner });
    }
    return view;
  }

  /**
   * Calls off the attempt to connect that waits for the user or has failed. What was there before it stays as it was, so an
   * account that works keeps working; a connection that has nothing else ends. Changes nothing if there is no attempt, and
   * while a worker is busy with it: the view's `attempt` tells.
   */
  async cancelAttempt(id: string, options: Owned = {}): Promise<ConnectionView> {
    return this.#apply(id, options, (connection, now) => connection.cancelAttempt(now));
  }

  /**
   * For an app's own client, which ends in a hand-off: what to send to the app's backend, in the body of an authenticated
   * request over TLS; `undefined` if the connection has none. It stays until `handedOff`: send it again after a crash,
   * and if no answer came.
   */
  async handOff(id: string, options: Owned = {}): Promise<HandOff | undefined> {
    return (await this.#rows.loaded(check.text(id, "id"), owned(options))).handOff;
  }

  /**
   * The backend has confirmed that it has this hand-off, or that it has had it before: the connection ends here, and is
   * there. If it refuses it for good, call `disconnect` or `reconnect`.
   */
  async handedOff(id: string, handOff: HandOff, options: Owned = {}): Promise<ConnectionView> {
    return this.#apply(id, options, (connection, now) => connection.handedOff(handOff, now));
  }

  /**
   * Ends a connection, once nothing is in flight; with `deleteKey` its key at the venue too, if that is possible and no
   * other row may hold the same account. A row that is quarantined or damaged, of which nothing can be ended, is removed.
   */
  async disconnect(id: string, options: Owned & { readonly deleteKey?: boolean | undefined } = {}): Promise<ConnectionView> {
    const owner = owned(options, ["deleteKey"]);
    const deletes = check.flag(options.deleteKey, "deleteKey") === true;
    const stored = await this.#rows.stored(check.text(id, "id"), owner);
    return this.#end(stored, deletes ? "disconnect_and_delete_key" : "disconnect");
  }

  /**
   * Ends all connections of a user, keys at the venue included, and removes their rows after a day, when nothing of them
   * can come back. Rows that are quarantined or damaged are removed at once. If one can't be ended, the others are, and
   * then its error is thrown.
   */
  async forget(owner: string): Promise<ConnectionView[]> {
    const found = await this.#rows.find(check.text(owner, "owner"));
    const ended = await Promise.allSettled(found.map((stored) => this.#end(stored, "forget")));
    return ended.flatMap((one) => {
      if (one.status === "fulfilled") return [one.value];
      // Gone meanwhile.
      if (one.reason instanceof ConnectionNotFound) return [];
      throw one.reason;
    });
  }

  /**
   * The user's connections, those that ended within a day too. If a row can't be opened, its status is `quarantined`.
   * @param options `client`: those of one client only, by its name.
   */
  async find(owner: string, options: { readonly client?: string | undefined } = {}): Promise<ConnectionView[]> {
    const { client } = check.options(options, ["client"]);
    if (client !== undefined) this.#rows.client(client);
    const found = await this.#rows.find(check.text(owner, "owner"));
    const wanted = found.filter(({ row }) => client === undefined || client === row.client);
    return Promise.all(wanted.map((stored) => this.#rows.look(stored)));
  }

  /** @internal For `venuekey/web`: its clients, and where it tells of trouble. */
  forWeb(): { readonly clients: ReadonlyMap<string, AnyClient>; readonly log: Logger } {
    return { clients: this.#rows.clients, log: this.#log };
  }

  // Sessions

  /**
   * A session with one connection: by its id, or by its owner (and venue) if there is only one.
   * @throws ConnectionNotFound there is none.
   * @throws AmbiguousAccount there is more than one.
   */
  async account(id: string, options?: Owned): Promise<Account>;
  async account(of: { readonly owner: string; readonly venue?: Venue | undefined }): Promise<Account>;
  async account(which: string | { readonly owner: string; readonly venue?: Venue | undefined }, options: Owned = {}): Promise<Account> {
    const isId = typeof which === "string";
    if (isId && "venue" in check.record(options, "options")) {
      throw invalid_argument("venue is for account({ owner, venue }): an id says which connection it is");
    }
    const [owner, id] = isId ? [owned(options), which] : [which?.owner, await onlyId(this.#rows, which)];
    await this.#rows.loaded(id, owner);
    return new Account(id, owner, this.#signing);
  }

  // The worker

  /**
   * Works until `stop`, `signal`, SIGTERM or SIGINT: takes no new work then, and resolves within a second if nothing is
   * in flight that must not be cut, else once its reply is stored. Where the store is slower than that, what says that a request
   * was not sent is stored later, for up to 45 seconds: let the process end by itself. It listens for those signals of the
   * process, which does not end by them meanwhile: end it after this. Edge workers have none; there it is `runOnce` that works.
   * @throws VenuekeyError `invalid_argument` for the holder.
   */
  async run(options: RunOptions = {}): Promise<void> {
    await this.#working(options, async (worker) => {
      const stop = () => worker.stop();
      const { process } = globalThis as { readonly process?: NodeJS.Process };
      for (const name of SIGNALS) process?.on?.(name, stop);
      try {
        await worker.run();
        await this.#runner.kept();
      } finally {
        for (const name of SIGNALS) process?.off?.(name, stop);
      }
    });
  }

  /**
   * Does what is due, for cron and for serverless.
   * @param options `deadlineMs`: after how many milliseconds it takes no new work; what is in flight by then is finished.
   * @returns when something is due next, in Unix milliseconds; `undefined` if nothing is.
   * @throws StoreError as other calls, and if the end was asked for and the store has not said for ten seconds what is due next.
   */
  async runOnce(options: RunOptions & { readonly deadlineMs?: number | undefined } = {}): Promise<number | undefined> {
    const { deadlineMs: given, ...run } = check.options(options, ["deadlineMs", ...RUN]);
    const deadlineMs = check.optionalNumber(given, "deadlineMs") ?? Infinity;
    return this.#working(run, (worker) => worker.runOnce(deadlineMs));
  }

  /** Ends every `run` and `runOnce` of this object. */
  stop(): void {
    for (const worker of this.#workers) worker.stop();
  }

  /**
   * Seals rows at rest with the newest key, at most so many. Call it until it returns 0; then no row needs an older key.
   * @returns how many it has sealed.
   * @throws VenuekeyError `invalid_argument`: `limit` isn't a whole number above zero; `invalid_configuration` if rows remain
   *   that this process can't open: the hint names one, the log each.
   */
  async reseal(limit = 100): Promise<number> {
    check.count(limit, "limit");
    return reseal(this.#rows, limit, this.#log);
  }

  /**
   * Takes a row out of quarantine, once what kept it from being opened has been put right.
   * @throws VenuekeyError it still can't be opened.
   */
  async release(id: string): Promise<ConnectionView> {
    return this.#apply(id, {}, (connection, now) => connection.touched(now));
  }

  async #end(stored: Stored, intent: Intent): Promise<ConnectionView> {
    const { row, quarantined } = stored;
    this.#rows.named(row);
    try {
      return await this.#apply(row.id, { owner: row.owner }, (connection, now) => connection.disconnect(intent, now));
    } catch (error) {
      const { store } = this.#rows;
      const isDamaged = this.#rows.isDamaged(stored, error);
      if (!(error instanceof VenuekeyError) || (quarantined === undefined && !isDamaged)) throw error;
      // No worker is to take it up meanwhile.
      if (quarantined === undefined && !(await store.quarantine(row.id, row.revision, error.code))) throw error;
      if (!(await store.delete(row.id, row.revision))) throw error;
      this.#log.error(`connection ${row.id}: removed, since it can't be opened (${named(error)})${pageFor(error)}`);
      return unreadable(stored, error);
    }
  }

  async #first(connection: Connection): Promise<ConnectionView> {
    if (await this.#rows.save(connection)) return this.#rows.view(connection);
    throw new Error("a new connection's id is in the store already");
  }

  async #apply(id: string, options: Owned, change: Change): Promise<ConnectionView> {
    return this.#applied(id, owned(options), change);
  }

  async #applied(id: string, owner: string | undefined, change: Change): Promise<ConnectionView> {
    return this.#rows.view(await this.#rows.apply(check.text(id, "id"), owner, change));
  }

  async #working<T>(options: RunOptions, work: (worker: Worker) => Promise<T>): Promise<T> {
    const { holder, signal } = check.options(options, RUN);
    check.optionalSignal(signal);
    const worker = new Worker(this.#runner, this.#apart, checkedHolder(holder), this.#concurrency);
    const stop = () => worker.stop();
    this.#workers.add(worker);
    signal?.addEventListener("abort", stop);
    if (signal?.aborted) stop();
    try {
      return await work(worker);
    } finally {
      signal?.removeEventListener("abort", stop);
      this.#workers.delete(worker);
    }
  }
}
