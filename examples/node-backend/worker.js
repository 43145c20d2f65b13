/**
 * Drives flows: one run each, under a lease, so that no two processes run the same one.
 *
 * A sweep finds flows that nobody runs: those that a callback or a button has just made ready, in this process or another,
 * those a dead process left behind, and those whose user never came back from the exchange.
 *
 * @import { Client, Send } from "venuekey/server"
 * @import { DoneStep, Snapshot, Step } from "venuekey/parts"
 * @import { Clock } from "./clock.js"
 * @import { FlowRow, Store } from "./store.js"
 */
import { VenuekeyError } from "venuekey/server";
import { drive, SaveFailed } from "venuekey/parts";
import * as accounts from "./accounts.js";
import { napping } from "./clock.js";
import { codeOf, isOfTheStore } from "./errors.js";
import { LEASE_MS, Owner } from "./leases.js";
import { logger } from "./log.js";
import { VaultError } from "./vault.js";

const log = logger("worker");
const SWEEP_MS = 1_000;
/** How long an ending process waits for a reply: longer than any request takes. Who stops it by force must wait longer. */
const DRAIN_MS = 45_000;

/** The process ends; the flow is stored and waits, so another process can go on with it. */
class Stopping extends Error {}

/** Runs flows until they are done or have failed. */
export class Worker {
  #clients;
  #store;
  #clock;
  #owner;
  #send;
  /** @type {Map<Promise<void>, string>} each with its flow_id */
  #runs = new Map();
  /** @type {NodeJS.Timeout[]} */
  #chores = [];
  #stopping = new AbortController();

  /** @param {Map<string, Client>} clients @param {Store} store @param {Clock} clock @param {Owner} owner @param {Send} send */
  constructor(clients, store, clock, owner, send) {
    this.#clients = clients;
    this.#store = store;
    this.#clock = clock;
    this.#owner = owner;
    this.#send = send;
  }

  /** Goes on with every flow that nobody runs. It happens by itself each second; calling it saves the wait. */
  sweep() {
    try {
      for (const row of this.#store.unfinished(this.#clock.nowMs())) {
        try {
          this.#takeOver(row);
        } catch (error) {
          if (isOfTheStore(error)) throw error; // the database's trouble, and not this row's
          this.#setAside(row, error);
        }
      }
    } catch (error) {
      log.trouble("the sweep failed; trying again", error);
    }
  }

  start() {
    this.sweep();
    this.#chores = [setInterval(() => this.sweep(), SWEEP_MS), setInterval(() => this.#renew(), LEASE_MS / 3)];
  }

  /** Lets requests end, so that their outcome is known; flows that only wait stop at once. */
  async stop() {
    this.#chores.forEach(clearInterval);
    this.#stopping.abort(new Stopping());
    await Promise.race([Promise.allSettled(this.#runs.keys()), napping(DRAIN_MS)]);
  }

  /** @param {Step} step @param {string} userId */
  async #run(step, userId) {
    const { flowId, operation, venue } = "next" in step ? step.next : step.flow;
    const name = `flow ${flowId.slice(0, 8)} ${venue} ${operation}`;
    let progress = "";
    /** @param {Step} step */
    const onStep = (step) => {
      progress = progressOf(step);
      if (progress) log.info(`${name}: ${progress}`);
    };
    /** @param {Snapshot} snapshot */
    const save = (snapshot) => this.#store.save(snapshot, userId, venue, this.#owner.name, progress);
    try {
      this.#finish(await this.#drive(step, save, onStep, name), userId);
      log.info(`${name}: done`);
    } catch (error) {
      if (error instanceof Stopping) log.info(`${name}: stopped while it waits; it goes on at the next start`);
      // Its message holds no secret and none of the venue's words.
      else if (error instanceof VenuekeyError) {
        log.info(`${name}: failed, ${error.message}; recovery: ${error.recovery ?? "none"}`);
      } else log.trouble(`${name}: a defect; the sweep tries again`, error);
    }
  }

  /**
   * @param {Step} step @param {(snapshot: Snapshot) => boolean} save @param {(step: Step) => void} onStep
   * @param {string} name
   */
  async #drive(step, save, onStep, name) {
    // No signal for `drive` itself: a request that is on its way must end.
    /** @param {number} ms */
    const sleep = (ms) => this.#clock.sleep(ms, this.#stopping.signal);
    for (;;) {
      try {
        return await drive(step, { send: this.#send, save, sleep, clock: () => this.#clock.nowMs(), onStep });
      } catch (error) {
        if (!(error instanceof SaveFailed)) throw error;
        // A secret that the venue shows once may be inside: hold on to it until the disk is back.
        log.error(`${name}: the store failed (${codeOf(error.cause)}); trying again`);
        step = error.step;
        await napping(1_000);
      }
    }
  }

  /** @param {DoneStep} done @param {string} userId */
  #finish({ flow, outcome }, userId) {
    if (outcome.name === "api_key") {
      const { key, tokens } = outcome;
      this.#store.connect(flow, userId, accounts.summaryOf(flow.flowId, key), accounts.credentialsOf(key, tokens));
    } else if (outcome.name === "account_tokens") {
      const client = /** @type {Client} */ (this.#clients.get(flow.venue));
      const shared = client.shareTokens(outcome.tokens, { nowMs: this.#clock.nowMs() });
      this.#store.connect(flow, userId, accounts.summaryOf(flow.flowId), {}, shared.snapshot());
    } else throw new Error(`this backend begins nothing that ends as ${outcome.name}`);
  }

  /** @param {FlowRow} row */
  #takeOver(row) {
    const client = this.#clients.get(row.venue);
    if (client === undefined || this.#stopping.signal.aborted || !this.#isFree(row)) return;
    if (!this.#store.takeLease(row, this.#owner.name)) return;
    // Ready, this sends. In flight, it tells the library that no reply is known: never just "send again".
    const step = client.restore(this.#store.snapshotOf(row)).resume({ nowMs: this.#clock.nowMs() });
    log.info(`flow ${row.flow_id.slice(0, 8)} ${row.venue} ${row.operation}: taken up, it was ${row.status}`);
    const run = this.#run(step, row.user_id).finally(() => this.#runs.delete(run));
    this.#runs.set(run, row.flow_id);
  }

  /**
   * One bad row is one bad row: it stays as it is, for whoever looks at it, and the sweep goes on with the others.
   * @param {FlowRow} row @param {unknown} error
   */
  #setAside(row, error) {
    const isTold = error instanceof VenuekeyError || error instanceof VaultError;
    const why = isTold ? error.message : error instanceof Error ? error.name : "a defect";
    log.error(`flow ${row.flow_id.slice(0, 8)} ${row.venue} can't be continued: ${why}`);
    this.#store.markBroken(row);
  }

  /** @param {FlowRow} row */
  #isFree(row) {
    if ([...this.#runs.values()].includes(row.flow_id)) return false;
    if (row.lease_owner === null || row.lease_owner === this.#owner.name) return true;
    return row.lease_until_ms <= Date.now() || this.#owner.isGone(row.lease_owner);
  }

  #renew() {
    try {
      this.#store.renewLeases(this.#owner.name);
    } catch (error) {
      log.trouble("renewing leases failed; trying again", error);
    }
  }
}

/** @param {Step} step */
function progressOf(step) {
  if (step.name === "send") return `send ${step.request.purpose}`;
  return step.name === "wait" ? `wait ${step.reason}` : "";
}
