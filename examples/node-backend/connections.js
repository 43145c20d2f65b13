/**
 * Begin a connection, take what comes back, go on, forget; and where each one stands.
 *
 * @import { Client } from "venuekey/server"
 * @import { Flow, Goal, SaveStep } from "venuekey/parts"
 * @import { Clock } from "./clock.js"
 * @import { FlowRow, Store } from "./store.js"
 * @import { Worker } from "./worker.js"
 */
import { VenuekeyError } from "venuekey/server";
import { logger } from "./log.js";
import { VaultError } from "./vault.js";
import * as words from "./words.js";

const log = logger("connections");

/** No connection of this browser waits for a callback, and none has had one. */
export class NoPendingFlow extends Error {}
/** Another connection of this user is in full swing; what was brought is not taken, and not spent. */
export class Busy extends Error {}
/** What is stored of this connection can't be read any more. */
export class Unreadable extends Error {}

/**
 * `state`: none, pending, working, attention or connected.
 * @typedef {{ state: string, text: string, code?: string, recovery?: string }} State
 */

/** Of the user whom the session names, never of one whom an address or a body names. */
export class Connections {
  #clients;
  #store;
  #clock;
  #worker;

  /** @param {Map<string, Client>} clients @param {Store} store @param {Clock} clock @param {Worker} worker */
  constructor(clients, store, clock, worker) {
    this.#clients = clients;
    this.#store = store;
    this.#clock = clock;
    this.#worker = worker;
  }

  /** Nothing where one is in full swing, which goes on. @param {string} userId @param {string} venue @param {Goal} goal */
  begin(userId, venue, goal) {
    const started = this.#client(venue).begin(goal, this.#now());
    return this.#store.save(started.pending.snapshot(), userId, venue) ? started : undefined;
  }

  /**
   * The flow's id, also where it has had its callback before: browsers reload, pages send twice.
   * @param {string | undefined} userId @param {string} venue @param {string} url
   * @throws VenuekeyError where the callback is refused; the flow goes on waiting for the true one.
   */
  receiveCallback(userId, venue, url) {
    if (userId === undefined) throw new NoPendingFlow();
    const row = this.#store.flow(userId, venue);
    if (row?.status !== "awaiting_callback") {
      const flowId = row?.flow_id ?? this.#connectedBy(userId, venue);
      if (flowId === undefined) throw new NoPendingFlow();
      return flowId;
    }
    let flow, step;
    try {
      flow = this.#restore(row);
    } catch (error) {
      if (!(error instanceof VenuekeyError || error instanceof Unreadable)) throw error;
      log.error(`flow ${row.flow_id.slice(0, 8)} ${venue} can't be continued: ${error.message}`);
      this.#store.markBroken(row);
      throw new Unreadable();
    }
    try {
      step = flow.receiveCallback(url, this.#now());
    } catch (error) {
      if (error instanceof VenuekeyError) log.info(`${venue}: a callback was refused, ${error.code}`);
      throw error;
    }
    this.#save(step.next, userId, venue);
    return row.flow_id;
  }

  /**
   * What a callback or a button has made `ready`. Of two at once one wins, and a worker goes on from what is stored: in this
   * process or another.
   * @param {Flow} flow @param {string} userId @param {string} venue
   */
  #save(flow, userId, venue) {
    const isFirst = this.#store.save(flow.snapshot(), userId, venue);
    if (isFirst) this.#worker.sweep();
    return isFirst;
  }

  /**
   * From an app that has begun by itself. The flow's id; nothing where it has been here: its code is spent. The user is
   * whoever is logged in, never what the hand-off says.
   * @param {string} userId @param {string} handOff
   */
  acceptHandOff(userId, handOff) {
    const { next } = this.#client("whitebit").acceptHandOff(handOff, this.#now());
    if (!this.#save(next, userId, "whitebit")) {
      if (this.#store.isUsed(next.flowId)) return undefined;
      throw new Busy();
    }
    return next.flowId;
  }

  /** @param {string | undefined} userId @param {string} venue @throws VenuekeyError where there is nothing to recover from */
  recover(userId, venue) {
    const row = userId === undefined ? undefined : this.#store.flow(userId, venue);
    if (row === undefined) throw new NoPendingFlow();
    const step = /** @type {SaveStep} */ (this.#restore(row).recover(this.#now()));
    this.#save(step.next, row.user_id, venue);
    return row.flow_id;
  }

  /**
   * What is under way, else the account. Here only. Not where one is in full swing: that is not to be stopped half-way.
   * @param {string} userId @param {string} venue
   */
  forget(userId, venue) {
    if (this.#state(userId, venue).state === "working") return false;
    // Who stops connecting anew keeps the account there is.
    if (this.#store.flow(userId, venue)) this.#store.dropFlow(userId, venue);
    else this.#store.disconnect(userId, venue);
    return true;
  }

  /** @param {string | undefined} userId @returns {Record<string, State>} */
  states(userId) {
    return Object.fromEntries([...this.#clients.keys()].map((venue) => [venue, this.#state(userId, venue)]));
  }

  /** @param {string | undefined} userId @param {string} venue @returns {State} */
  #state(userId, venue) {
    if (userId === undefined) return { state: "none", text: "" };
    const row = this.#store.flow(userId, venue);
    if (row === undefined) {
      if (!this.#store.isConnected(userId, venue)) return { state: "none", text: "" };
      const hasEnded = this.#store.tokensHaveEnded(userId, venue);
      return hasEnded ? attention(venue, words.ACCESS_ENDED, "access_ended") : { state: "connected", text: "" };
    }
    if (["ready", "in_flight", "waiting", "done"].includes(row.status)) {
      return { state: "working", text: words.progress(venue, row.progress) };
    }
    if (row.status === "awaiting_callback") return { state: "pending", text: words.named(words.PENDING, venue) };
    return this.#ended(row);
  }

  /** @param {FlowRow} row @returns {State} */
  #ended(row) {
    try {
      // The last step again: a flow that has ended keeps its error.
      const step = this.#restore(row).resume(this.#now());
      if (step.name === "failed") {
        const { error, recovery } = step;
        const text = `${words.whatHappened(error)} ${words.whatNext(error.kind, recovery)}`;
        return { ...attention(row.venue, text, error.code), ...(recovery && { recovery }) };
      }
    } catch (error) {
      if (!(error instanceof VenuekeyError || error instanceof Unreadable)) throw error;
    }
    return attention(row.venue, words.BROKEN, "broken");
  }

  /** @param {string} userId @param {string} venue */
  #connectedBy(userId, venue) {
    return readable(() => this.#store.summary(userId, venue))?.flow_id;
  }

  /** @param {FlowRow} row */
  #restore(row) {
    return this.#client(row.venue).restore(readable(() => this.#store.snapshotOf(row)));
  }

  /** @param {string} venue */
  #client(venue) {
    return /** @type {Client} */ (this.#clients.get(venue));
  }

  #now() {
    return { nowMs: this.#clock.nowMs() };
  }
}

/** @param {string} venue @param {string} text @param {string} code @returns {State} */
function attention(venue, text, code) {
  return { state: "attention", text: words.named(text, venue), code };
}

/** @template T @param {() => T} open @returns {T} */
function readable(open) {
  try {
    return open();
  } catch (error) {
    if (error instanceof VaultError) throw new Unreadable(error.message);
    throw error;
  }
}
