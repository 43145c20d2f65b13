/**
 * Tokens that all workers share: kept alive in the background, and fresh for whoever needs them.
 *
 * A pair of WhiteBIT's lives for ten minutes and is replaced as a whole. Any worker may refresh it; the library's plan and
 * the store's compare-and-set see to it that one does.
 *
 * @import { Client, Send } from "venuekey/server"
 * @import { Snapshot, TokenStore, UseTokens } from "venuekey/parts"
 * @import { Clock } from "./clock.js"
 * @import { Store } from "./store.js"
 */
import { VenuekeyError } from "venuekey/server";
import { freshTokens, keepTokens, TokensUnsaved } from "venuekey/parts";
import { napping } from "./clock.js";
import { codeOf } from "./errors.js";
import { logger } from "./log.js";
import { VaultError } from "./vault.js";

const log = logger("tokens");
const LOOK_MS = 15_000;
/** WhiteBIT takes one refresh a second. */
const APART_MS = 1_000;
/** How long a caller waits while the exchange limits or fails. */
const PATIENCE_MS = 5_000;

/** Looks after every pair in the store. */
export class TokenKeeper {
  #clients;
  #store;
  #clock;
  #send;
  /** @type {Map<string, Promise<void>>} */
  #looks = new Map();

  /** @param {Map<string, Client>} clients @param {Store} store @param {Clock} clock @param {Send} send */
  constructor(clients, store, clock, send) {
    this.#clients = clients;
    this.#store = store;
    this.#clock = clock;
    this.#send = send;
  }

  /**
   * Tokens that work, refreshed by this worker or another where that is due. Call it before each request.
   * @param {string} userId @param {string} venue
   * @param {{ refusedGeneration?: number, patienceMs?: number }} [options] @returns {Promise<UseTokens>}
   */
  async fresh(userId, venue, { refusedGeneration, patienceMs = PATIENCE_MS } = {}) {
    const client = /** @type {Client} */ (this.#clients.get(venue));
    /** @type {TokenStore} */
    const stored = {
      load: () => this.#store.tokens(userId, venue),
      save: (snapshot) => this.#store.saveTokens(snapshot, userId, venue),
    };
    const time = { sleep: this.#clock.sleep.bind(this.#clock), clock: () => this.#clock.nowMs() };
    for (;;) {
      try {
        const use = await freshTokens(client, { ...stored, ...time, send: this.#send, refusedGeneration, patienceMs });
        this.#store.lookAtTokens(userId, venue, use.refreshAtMs ?? use.tokens.expiresAtMs);
        return use;
      } catch (error) {
        if (!(error instanceof TokensUnsaved)) throw error;
        await this.#hold(client, error, stored);
      }
    }
  }

  /**
   * The exchange will not send this pair again: keep it until the disk is back.
   * @param {Client} client @param {TokensUnsaved} failure @param {TokenStore} stored
   */
  async #hold(client, failure, stored) {
    for (;;) {
      log.error(`the store failed (${codeOf(failure.cause)}); trying again`);
      await napping(1_000);
      try {
        return await keepTokens(client, failure.shared, stored);
      } catch (error) {
        if (!(error instanceof TokensUnsaved)) throw error;
        failure = error;
      }
    }
  }

  /** Until the signal; a refresh on its way is finished then. @param {AbortSignal} signal */
  async keepOn(signal) {
    while (!signal.aborted) {
      try {
        await this.#lookAround(signal);
      } catch (error) {
        if (!signal.aborted) log.trouble("looking after the tokens failed; trying again", error);
      }
      await this.#clock.sleep(LOOK_MS, signal).catch(() => {});
    }
    await Promise.allSettled(this.#looks.values());
  }

  /** @param {AbortSignal} signal */
  async #lookAround(signal) {
    for (const { user_id: userId, venue } of this.#store.dueTokens(this.#clock.nowMs())) {
      const pair = `${userId} ${venue}`;
      if (this.#looks.has(pair) || !this.#clients.has(venue)) continue;
      this.#looks.set(pair, this.#look(userId, venue).finally(() => this.#looks.delete(pair)));
      await this.#clock.sleep(APART_MS, signal);
    }
  }

  /** @param {string} userId @param {string} venue */
  async #look(userId, venue) {
    const name = `tokens of user ${userId.slice(0, 8)} ${venue}`;
    await this.#lookOnce(name, userId, venue).catch((error) => log.trouble(`${name}: a defect; trying again`, error));
  }

  /** @param {string} name @param {string} userId @param {string} venue */
  async #lookOnce(name, userId, venue) {
    try {
      const use = await this.fresh(userId, venue, { patienceMs: 0 });
      log.info(`${name}: generation ${use.generation}`);
    } catch (error) {
      if (error instanceof VaultError || (error instanceof VenuekeyError && error.kind === "reauthorize")) {
        log.info(`${name}: ended, ${error.message}`);
        this.#store.endTokens(userId, venue);
      } else if (error instanceof VenuekeyError) {
        log.info(`${name}: ${error.message}`);
        this.#store.lookAtTokens(userId, venue, this.#clock.nowMs() + Math.max(error.retryAfterMs ?? 0, LOOK_MS));
      } else if (this.#store.tokens(userId, venue) !== undefined) throw error; // else disconnected meanwhile
    }
  }
}
