// Runs a connection's driver: what it says is done, and nothing that it holds is lost.
import { type Sleep, sleepFor, unlessAborted } from "../drive.js";
import { NoResponse } from "../errors.js";
import { unwrap } from "../opaque.js";
import { pageOf } from "../pages.js";
import type { Send } from "../send.js";
import { HttpResponse } from "../wire.js";
import type { Job } from "./job.js";
import { type Log, named, pageFor } from "./log.js";
import type { Numbers } from "./numbers.js";
import type { Offsets } from "./offsets.js";
import { Turns } from "./pace.js";
import type { Rows } from "./rows.js";
import type { Event } from "./view.js";

/** Pauses before a store that fails is asked again; the last one again and again. */
const AGAIN_MS = [100, 500, 1000, 2000, 5000];
/** So often if no lease is in the store, nothing of the venue's is in hand, and it is not known whether a save was stored. */
const DOUBT_TRIES = 4;
/** Events after which somebody has to do something. */
const FOR_SOMEBODY: readonly string[] = ["needs_user", "orphaned_credential"];
/** How long a number for a request may take. */
const PATIENT_MS = 10_000;

function pause(failures: number): Promise<unknown> {
  return new Promise((wake) => setTimeout(wake, AGAIN_MS[Math.min(failures, AGAIN_MS.length - 1)]));
}

/** What the host brings. */
export interface Hands {
  readonly send: Send;
  readonly sleep: Sleep;
  readonly onEvent: ((event: Event) => unknown) | undefined;
  readonly log: Log;
}

export class Runner {
  readonly #turns: Turns;
  /** Sessions at work. */
  readonly #running = new Map<Job, Promise<void>>();
  /** Jobs whose worker has ended before them. */
  readonly #left = new Map<Job, Promise<void>>();

  constructor(
    readonly rows: Rows,
    readonly hands: Hands,
    readonly offsets: Offsets,
    readonly numbers: Numbers,
  ) {
    this.#turns = new Turns(rows, hands.sleep);
  }

  /** The same for a session, which the end of a worker waits for too. */
  async runSession(job: Job): Promise<void> {
    const running = this.run(job).finally(() => this.#running.delete(job));
    this.#running.set(job, running);
    await running;
  }

  /** Until no session holds what may not be lost. */
  async kept(): Promise<void> {
    await Promise.allSettled([...this.#running].filter(([job]) => job.mustGoOn).map(([, running]) => running));
  }

  /** The job's worker ends before it. */
  leave(job: Job, running: Promise<void>): void {
    job.isLeft = true;
    this.#left.set(job, running.finally(() => this.#left.delete(job)));
  }

  /** Until no job that was left may hold a lease: for a program that ends now, and would leave it in the store. */
  async givenBack(): Promise<void> {
    const held = [...this.#left].filter(([job]) => this.#mayHoldLease(job));
    const isOver = new AbortController();
    const waits = held.map(([{ leaseUntilMs }, running]) => {
      return Promise.race([running, sleepFor(leaseUntilMs! - this.rows.time.at(), isOver.signal).catch(() => {})]);
    });
    await Promise.all(waits).finally(() => isOver.abort());
  }

  /** To the driver's end. If the store fails while nothing must be kept, that is thrown. */
  async run(job: Job): Promise<void> {
    const { driver, signal } = job;
    for (let failures = 0; !job.isLeft || this.#mayHoldLease(job); ) {
      if (job.isStopping) this.#stop(job);
      if (job.hasEnded) break;
      const isSending = driver.action === "send";
      const isKept = driver.mustGoOn && !isSending;
      try {
        await this.#step(job);
        failures = 0;
      } catch (error) {
        if (signal?.aborted && error === signal.reason) continue;
        const isAsked = !isSending && (this.#mayHoldLease(job) || (job.isInDoubt && failures < DOUBT_TRIES));
        if (!isKept && !isAsked) throw error;
        const what = isKept ? "a reply is not stored yet" : "it is not known what is stored";
        this.hands.log.warn(`connection ${driver.connection.id}: the store fails (${named(error)}), ${what}; asked again${pageFor(error)}`);
        await pause(failures);
        failures += 1;
      }
    }
    if (job.mistake !== undefined) throw job.mistake.error;
  }

  /** For as long, the store is asked until it says that it has none, whatever else ends meanwhile. */
  #mayHoldLease({ leaseUntilMs }: Job): boolean {
    return leaseUntilMs !== undefined && this.rows.time.at() < leaseUntilMs;
  }

  /** Nothing is out here: what was to be sent is not. */
  #stop({ driver }: Job): void {
    const nowMs = this.rows.time.at();
    driver.stop(nowMs);
    if (driver.action === "send") driver.noResponse(true, nowMs);
  }

  async #step(job: Job): Promise<void> {
    const { driver, signal } = job;
    const [{ rows, hands }, { connection }] = [this, driver];
    switch (driver.action) {
      case "load": {
        const found = await rows.load(connection.id);
        job.isStored(found);
        job.isInDoubt = false;
        // Nothing is lost: the row can wait.
        if (job.failedSaves > DOUBT_TRIES && !this.#mayHoldLease(job) && !driver.mustGoOn) throw job.saveError;
        driver.loaded(found, await rows.time.sure());
        break;
      }
      case "save":
        return this.#save(job);
      case "send":
        return this.#send(job);
      case "nonce": {
        const signer = connection.signer();
        const aheadMs = signer === undefined ? 0 : await this.offsets.aheadMs(signer, false, signal);
        const { nonceMs } = await this.numbers.next(connection.nonceCounter!, aheadMs, PATIENT_MS, signal);
        driver.nonce(nonceMs, await rows.time.sure());
        break;
      }
      case "find": {
        const hashes = connection.accountHashes({ keys: rows.keys });
        const others = await rows.store.findAccount(hashes, connection.id);
        driver.found(others, await rows.time.sure());
        break;
      }
      case "deliver": {
        const isTold = await this.#tell(job);
        driver.delivered(isTold, await rows.time.sure());
        break;
      }
      case "delete":
        await rows.store.delete(connection.id, connection.revision);
        driver.deleted();
        break;
      case "sleep":
        await unlessAborted(hands.sleep(Math.max(0, driver.untilMs! - rows.time.at()), signal), signal);
        driver.awake();
        break;
      default:
        throw new Error(`a driver has no action ${driver.action}`);
    }
  }

  async #save(job: Job): Promise<void> {
    const { driver } = job;
    const [{ time }, { connection }] = [this.rows, driver];
    let won: boolean;
    job.mayBeStored(connection);
    try {
      won = await this.rows.save(connection);
    } catch (error) {
      if (driver.mustGoOn || (job.failedSaves >= DOUBT_TRIES && !this.#mayHoldLease(job))) throw error;
      this.hands.log.warn(`connection ${connection.id}: the store fails (${named(error)}), it may be stored all the same${pageFor(error)}`);
      // It may be stored all the same: what the store has then, tells.
      job.isInDoubt = true;
      job.saveError = error;
      driver.superseded();
      await pause(job.failedSaves);
      job.failedSaves += 1;
      return;
    }
    job.failedSaves = 0;
    if (!won) return driver.superseded();
    job.isStored(connection);
    const nowMs = await time.sure();
    if (job.isStopping) driver.stop(nowMs);
    driver.saved(nowMs);
  }

  async #send(job: Job): Promise<void> {
    const { driver, signal } = job;
    const [{ time }, { log, send }] = [this.rows, this.hands];
    const { connection, mustGoOn } = driver;
    const request = driver.request!;
    const what = `connection ${connection.id}: ${request.purpose}`;
    try {
      if (!(await this.#turns.wait(driver, signal))) {
        log.info(`${what}: not now, others of this venue are first`);
        return driver.noResponse(true, time.at());
      }
    } catch (error) {
      // It is certain that nothing was sent.
      if (!signal?.aborted) log.warn(`${what}: not sent (${named(error)})`);
      return driver.noResponse(true, time.at());
    }
    // Asked for meanwhile: what was not sent is not begun.
    if (job.isStopping) return;
    log.info(what);
    let reply: HttpResponse;
    try {
      const pending = send(request, mustGoOn ? {} : { signal });
      reply = await (mustGoOn ? pending : unlessAborted(pending, signal));
      unwrap(reply, HttpResponse);
    } catch (error) {
      // What is safe is given up, and its lease given back.
      if (!mustGoOn && signal?.aborted) return;
      const { notSent } = error instanceof NoResponse ? error : { notSent: false };
      log.info(`${what}: no reply (${named(error)})`);
      // A sender that breaks its promise: nobody knows whether the request arrived.
      if (!(error instanceof NoResponse)) job.mistake = { error };
      return driver.noResponse(notSent, time.at());
    }
    const nowMs = time.at();
    driver.response(reply, nowMs);
    // What came of it is known where it is about to be stored.
    const untilMs = driver.action === "save" ? driver.connection.wait?.untilMs : undefined;
    const again = untilMs === undefined ? "" : `, again in ${Math.ceil(Math.max(0, untilMs - nowMs) / 1000)} s`;
    log.info(`${what}: HTTP ${reply.status}${again}`);
  }

  /** Whether the host has heard of all of them. */
  async #tell(job: Job): Promise<boolean> {
    const { driver } = job;
    const { log, onEvent } = this.hands;
    const { id, owner, clientName: client, label } = driver.connection;
    for (const event of driver.events) {
      if (job.isLeft) return false;
      const level = FOR_SOMEBODY.includes(event.kind) ? "warn" : "info";
      log[level](`connection ${id}: ${event.kind}${event.code === undefined ? "" : `, ${event.code}; see ${pageOf(event.code)}`}`);
      try {
        await onEvent?.(Object.freeze({ ...event, connectionId: id, owner, client, label }));
      } catch (error) {
        log.error(`connection ${id}: onEvent failed at ${event.kind} (${named(error)}); it is told again${pageFor(error)}`);
        return false;
      }
    }
    return true;
  }
}
