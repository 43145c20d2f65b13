// The worker: takes rows that are due, and does what is due.
import type { Connection } from "../connection.js";
import { ConnectionDriver } from "../connection-driver.js";
import { sleepFor, unlessAborted } from "../drive.js";
import { VenuekeyError } from "../errors.js";
import { StoreError, type Stored } from "../stores/store.js";
import type { Apart } from "./apart.js";
import { driverHolder } from "./holder.js";
import { host } from "./host.js";
import { Job } from "./job.js";
import { named, pageFor } from "./log.js";
import type { Runner } from "./runner.js";

/** The safety net: so often is the store asked, whatever wakes. */
const LOOK_MS = 1000;
const SEEN_MS = 10_000;
/** How long an end waits for what may be begun again, such as a call of a store that hangs. */
const GRACE_MS = 700;
/** How long `runOnce` then waits for when something is due next. */
const ANSWER_MS = 10_000;

export class Worker {
  readonly #runner: Runner;
  readonly #apart: Apart;
  readonly #holder: string;
  readonly #concurrency: number;
  readonly #jobs = new Map<string, { readonly job: Job; readonly done: Promise<void> }>();
  /** So many rows are due and not for now, or not for this process. They stay due, and must not stand before the others. */
  #passed = 0;
  readonly #stopping = new AbortController();
  /** Aborted where somebody has asked for the end; the other is at any end. */
  readonly #asked = new AbortController();
  #seenMs = 0;
  #isStoreDown = false;
  /** Whether a job has ended since the last look. */
  #isWoken = false;
  readonly #wakes = new Set<() => void>();

  constructor(runner: Runner, apart: Apart, holder: string, concurrency: number) {
    this.#runner = runner;
    this.#apart = apart;
    this.#holder = holder;
    this.#concurrency = concurrency;
    host.allowListeners(this.#stopping.signal);
  }

  /** Takes no new work. */
  stop(): void {
    this.#asked.abort();
    if (this.#isStopping) return;
    this.#runner.hands.log.info(`worker ${this.#holder}: takes no new work`);
    this.#stopping.abort();
    this.#wake();
  }

  async run(): Promise<void> {
    const { log } = this.#runner.hands;
    log.info(`worker ${this.#holder}: begins`);
    while (!this.#isStopping) {
      if (this.#jobs.size >= this.#concurrency) {
        await this.#change();
        this.#isWoken = false;
        continue;
      }
      this.#isWoken = false;
      const isMore = await this.#unlessStopped(this.#look()).catch((error: unknown) => {
        // Outside of a row only a time that is none is refused.
        const why = error instanceof VenuekeyError ? error.message : `the store fails (${named(error)})${pageFor(error)}`;
        if (!this.#isStopping && !this.#isStoreDown) log.warn(`worker ${this.#holder}: ${why}`);
        this.#isStoreDown = true;
        return undefined;
      });
      if (isMore === false) await this.#pause();
      else if (isMore === undefined) await this.#change(LOOK_MS);
    }
    await this.#end();
    log.info(`worker ${this.#holder}: has ended`);
  }

  /** Does what is due now, and tells when something is due next. */
  async runOnce(deadlineMs: number): Promise<number | undefined> {
    const untilMs = performance.now() + deadlineMs;
    const leftMs = () => untilMs - performance.now();
    let isDone = false;
    try {
      while (!this.#isStopping && leftMs() > 0) {
        this.#isWoken = false;
        const isFull = this.#jobs.size >= this.#concurrency;
        if (!isFull && (await this.#unlessStopped(this.#look()))) continue;
        isDone = this.#jobs.size === 0 && !this.#isWoken;
        if (isDone) break;
        // What others save meanwhile need not wait for a slow job's end.
        await (isFull ? this.#change(leftMs()) : this.#pause(leftMs()));
      }
    } catch (error) {
      if (!this.#isStopping) throw error;
    } finally {
      await this.#end();
    }
    const [dueMs, nowMs] = await this.#answered();
    // What is due all the same was left alone, or rests: nobody should come back for it at once.
    return isDone && dueMs !== undefined && dueMs <= nowMs ? nowMs + this.#apart.restMs : dueMs;
  }

  /** When something is due next, and what time it is. */
  async #answered(): Promise<readonly [number | undefined, number]> {
    const { store, time } = this.#runner.rows;
    const { signal } = this.#asked;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let begin = () => {};
    const late = new Promise<never>((_, reject) => {
      const give = () => reject(new StoreError("nextDue", "it did not answer before the end"));
      begin = () => (timer = setTimeout(give, ANSWER_MS));
    });
    signal.addEventListener("abort", begin);
    if (signal.aborted) begin();
    try {
      return await Promise.race([Promise.all([store.nextDue(), time.nowMs()]), late]);
    } finally {
      signal.removeEventListener("abort", begin);
      clearTimeout(timer);
    }
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** A store that hangs must not hold up the end. */
  #unlessStopped<T>(pending: Promise<T>): Promise<T> {
    return unlessAborted(pending, this.#stopping.signal);
  }

  /** Takes rows that are due; whether to look again at once. */
  async #look(): Promise<boolean> {
    const { store, time } = this.#runner.rows;
    const nowMs = await time.nowMs();
    if (Math.abs(nowMs - this.#seenMs) >= SEEN_MS) {
      await store.seen(this.#holder, nowMs);
      this.#seenMs = nowMs;
    }
    const due = await this.#runner.rows.due(nowMs, this.#concurrency + this.#jobs.size + this.#passed);
    // A row that the store gives twice is one row.
    const found = [...new Map(due.map((stored) => [stored.row.id, stored])).values()];
    if (this.#isStoreDown) this.#runner.hands.log.info(`worker ${this.#holder}: the store is back`);
    this.#isStoreDown = false;
    const taken = new Set<string>();
    for (const stored of found) {
      const { id } = stored.row;
      if (this.#isStopping) return false;
      if (this.#jobs.size >= this.#concurrency) return true;
      if (this.#jobs.has(id)) continue;
      if (!this.#apart.rests(id) && (await this.#taken(stored, nowMs))) taken.add(id);
    }
    // By their number, since not each of them has an id.
    const [before, passed] = [this.#passed, due.filter(({ row }) => !this.#jobs.has(row.id) && !taken.has(row.id)).length];
    this.#passed = passed;
    // They stood where others may be.
    return taken.size > 0 || passed > before;
  }

  /** The same as `#take`, but one row's trouble is its own. */
  async #taken(stored: Stored, nowMs: number): Promise<boolean> {
    try {
      return await this.#take(stored, nowMs);
    } catch (error) {
      this.#apart.fails(stored.row.id, error);
      return false;
    }
  }

  /** Whether something was done about it. */
  async #take(stored: Stored, nowMs: number): Promise<boolean> {
    const { rows } = this.#runner;
    const { id } = stored.row;
    let connection: Connection;
    try {
      connection = rows.opened(stored, nowMs);
    } catch (error) {
      return this.#apart.isQuarantined(stored, error);
    }
    let driver: ConnectionDriver;
    try {
      driver = new ConnectionDriver(connection, driverHolder(this.#holder), nowMs);
    } catch (error) {
      this.#apart.fails(id, error);
      return false;
    }
    if (driver.action === "return") {
      driver.free();
      if (connection.dueAtMs !== undefined && connection.dueAtMs <= nowMs) return false;
      // Its column is behind what is known by now, such as a use of its key: it would be due for ever.
      await rows.save(connection.touched({ nowMs }));
      return true;
    }
    if (this.#isStopping) driver.free();
    else this.#begin(id, new Job(driver, this.#stopping.signal));
    return true;
  }

  #begin(id: string, job: Job): void {
    this.#jobs.set(id, { job, done: this.#work(id, job) });
  }

  async #work(id: string, job: Job): Promise<void> {
    try {
      await this.#runner.run(job);
      this.#apart.works(id);
    } catch (error) {
      // One row's trouble is its own.
      this.#apart.fails(id, error);
    } finally {
      job.driver.free();
      this.#jobs.delete(id);
      this.#wake();
    }
  }

  #wake(): void {
    this.#isWoken = true;
    for (const wake of this.#wakes) wake();
  }

  /** Until a job has ended or the end is asked for, at most so long. */
  async #change(atMostMs = Infinity): Promise<void> {
    if (this.#isStopping) return;
    await this.#woken((signal) => sleepFor(Math.min(atMostMs, 2 ** 31 - 1), signal).catch(() => {}));
  }

  /** Until there may be something to do. */
  async #pause(atMostMs = Infinity): Promise<void> {
    const { store } = this.#runner.rows;
    try {
      const pauseMs = Math.min(atMostMs, await this.#unlessStopped(this.#pauseMs()));
      // A store's wait need not heed its signal.
      await this.#woken((signal) => unlessAborted(store.wait(pauseMs, signal), signal));
    } catch {
      if (!this.#isWoken) await this.#change(LOOK_MS);
    }
  }

  /** Waits, with a signal that a wake aborts. */
  async #woken(wait: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    if (this.#isWoken) return;
    const woken = new AbortController();
    const wake = () => woken.abort();
    this.#wakes.add(wake);
    try {
      await wait(woken.signal);
    } finally {
      this.#wakes.delete(wake);
    }
  }

  async #pauseMs(): Promise<number> {
    const { store, time } = this.#runner.rows;
    const [dueMs, nowMs] = [await store.nextDue(), await time.nowMs()];
    // What is due and was not begun is at work, or somebody else's, or nobody's.
    return dueMs === undefined || dueMs <= nowMs ? LOOK_MS : Math.min(LOOK_MS, dueMs - nowMs);
  }

  /** What must be finished is. What has not come to its end by then can be begun again by anyone, once its lease is given back. */
  async #end(): Promise<void> {
    this.#stopping.abort();
    const jobs = [...this.#jobs.values()];
    if (jobs.length === 0) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const grace = new Promise((resolve) => (timer = setTimeout(resolve, GRACE_MS)));
    await Promise.race([Promise.all(jobs.map(({ done }) => done)), grace]);
    clearTimeout(timer);
    const left = [...this.#jobs.values()];
    for (const { job, done } of left) if (!job.mustGoOn) this.#runner.leave(job, done);
    await Promise.all(left.filter(({ job }) => !job.isLeft).map(({ done }) => done));
  }
}
