/**
 * One account at each exchange, as the JSON API tells of it, made of the library's connections.
 *
 * Connecting anew is another connection beside the one that works, which gives way once the new one works; so whoever
 * stops half-way keeps what they have.
 *
 * @import { Client, Connections, ConnectionView, Event } from "venuekey/connections"
 * @import { Goal } from "venuekey/parts"
 */
import { ConnectionNotFound, VenuekeyError } from "venuekey/connections";
import { Texts } from "venuekey/web";

/** Why a request is not done, as the API says it. */
export class Refusal extends Error {
  /** @param {number} status @param {string} kind @param {string} code */
  constructor(status, kind, code) {
    super(code);
    this.status = status;
    this.kind = kind;
    this.code = code;
  }
}

/** By one that is in full swing, or that this same hand-off began. */
const superseded = () => new Refusal(409, "rejected", "superseded");
/** No connection of this user waits for a callback, and none has had one. */
const noPendingFlow = () => new Refusal(404, "rejected", "no_pending_flow");

/**
 * `state`: none, pending, working, attention or connected.
 * @typedef {{ state: string, text: string, code?: string, recovery?: string }} State
 */

// Of several the one that counts first.
const ORDER = ["working", "awaiting_user", "needs_user", "connected", "quarantined"];
// Where an app with no pages of the library's has to say more, or other things.
const TEXTS = {
  "kind.denied.happened": "You said no at {venue}. Nothing was shared.",
  "about.awaiting_user": "Waiting for you at {venue}. Come back here when you have finished there.",
  "about.awaiting_user_declined": "If you said no there or closed its page, we may not be told: start again or stop waiting.",
};

/** Those of one exchange that have not ended, nor are about to. @param {ConnectionView[]} all @param {string} venue */
function live(all, venue) {
  const found = all.filter(({ client, status, intent }) => client === venue && ORDER.includes(status) && !intent);
  return found.sort((one, other) => ORDER.indexOf(one.status) - ORDER.indexOf(other.status));
}

/** Of the user whom the session names, never of one whom an address or a body names. */
export class Accounts {
  #clients;
  #connections;
  #texts;

  /** @param {{ [venue: string]: Client }} clients @param {Connections} connections */
  constructor(clients, connections) {
    this.#clients = clients;
    this.#connections = connections;
    this.#texts = new Texts(connections, TEXTS);
  }

  /** @param {string | undefined} owner @returns {Promise<Record<string, State>>} */
  async states(owner) {
    const all = owner === undefined ? [] : await this.#connections.find(owner);
    return Object.fromEntries(Object.keys(this.#clients).map((venue) => [venue, this.#stateOf(live(all, venue))]));
  }

  /** @param {string} owner @param {string} venue @param {Goal} goal */
  async begin(owner, venue, goal) {
    const before = await this.#live(owner, venue);
    if (before[0]?.status === "working") throw superseded();
    const begun = await this.#connections.begin(venue, { owner, goal });
    await this.#end(before.filter(({ status }) => status !== "connected"));
    return begun;
  }

  /**
   * The connection's id, also where it has had its callback before: browsers reload, pages send twice.
   * @param {string | undefined} owner @param {string} venue @param {string} url
   * @throws VenuekeyError where the callback is refused; the connection goes on waiting for the true one.
   */
  async receiveCallback(owner, venue, url) {
    if (owner === undefined) throw noPendingFlow();
    const { id, intent, status } = await this.#connections.receiveClientCallback(venue, url, { owner });
    if (status === "quarantined") throw new Refusal(500, "misuse", "unreadable");
    if (status === "ended" || intent !== undefined) throw noPendingFlow();
    return id;
  }

  /**
   * From an app that has begun by itself. The user is whoever is logged in, never what the hand-off says.
   * @param {string} owner @param {string} venue @param {string} handOff
   */
  async acceptHandOff(owner, venue, handOff) {
    const { flowId } = /** @type {Client} */ (this.#clients[venue]).acceptHandOff(handOff).next;
    const before = await this.#live(owner, venue);
    if (before[0]?.status === "working") {
      // What was brought is not taken, and not spent.
      throw (await this.#isThere(flowId)) ? superseded() : new Refusal(409, "unavailable", "busy");
    }
    const taken = await this.#connections.beginByHandOff(venue, handOff, { owner }).catch(unlessNotFound);
    if (!taken?.isNew) throw superseded();
    await this.#end(before.filter(({ status }) => status !== "connected"));
    return taken.view.id;
  }

  /** @param {string | undefined} owner @param {string} venue @throws VenuekeyError where there is nothing to recover from */
  async recover(owner, venue) {
    const [first] = await this.#live(owner, venue);
    if (first === undefined || first.status === "connected") throw noPendingFlow();
    if (first.status === "working") throw new Refusal(400, "misuse", "wrong_state");
    return (await this.#connections.recover(first.id)).id;
  }

  /** What is under way, else the account. Here only: no key is deleted at the exchange. @param {string | undefined} owner @param {string} venue */
  async forget(owner, venue) {
    const accounts = await this.#live(owner, venue);
    if ((await this.callOff(owner, venue)) === 0) await this.#end(accounts);
  }

  /**
   * What is under way, never an account that works: whoever stops may not have seen yet what has come of it.
   * @param {string | undefined} owner @param {string} venue
   */
  async callOff(owner, venue) {
    const all = await this.#live(owner, venue);
    if (all[0]?.status === "working") throw superseded();
    const attempts = all.filter(({ status }) => status !== "connected");
    await this.#end(attempts);
    return attempts.length;
  }

  /** An event of the worker's: what was connected before gives way. It may come twice. @param {Event} event */
  async gaveWay({ kind, owner, client, connectionId }) {
    if (kind !== "connected") return;
    const all = await this.#live(owner, client);
    const since = all.find(({ id }) => id === connectionId)?.begunAtMs ?? 0;
    await this.#end(all.filter(({ begunAtMs }) => (begunAtMs ?? 0) < since));
  }

  /** @param {string | undefined} owner @param {string} venue */
  async #live(owner, venue) {
    return owner === undefined ? [] : live(await this.#connections.find(owner, { client: venue }), venue);
  }

  /** @param {ConnectionView[]} views */
  async #end(views) {
    for (const { id } of views) {
      await this.#connections.disconnect(id).catch((error) => {
        // A row that can't be opened, in a process that has not opened any yet: it stays where it is, behind what can be.
        if (!(error instanceof VenuekeyError)) return unlessNotFound(error);
      });
    }
  }

  /** @param {string} id */
  async #isThere(id) {
    return (await this.#connections.status(id).catch(unlessNotFound)) !== undefined;
  }

  /** @param {ConnectionView[]} views @returns {State} */
  #stateOf([view, second]) {
    if (view === undefined) return { state: "none", text: "" };
    const told = this.#texts.of(view);
    const text = `${told.text} ${told.then}`.trim();
    switch (view.status) {
      case "awaiting_user":
        return { state: "pending", text };
      case "connected":
        // Until the one before has given way.
        return second?.status === "connected" ? { state: "working", text } : { state: "connected", text: "" };
      case "working":
        return { state: "working", text };
      case "quarantined":
        return { state: "attention", text, code: "broken" };
      default: {
        const { error, recovery, goal, attempt } = view;
        // What it had is over: no attempt has failed.
        const hadAccess = goal === "account_tokens" && attempt === undefined;
        const code = hadAccess ? "access_ended" : (error?.code ?? "broken");
        return { state: "attention", text, code, ...(recovery && { recovery }) };
      }
    }
  }
}

/** @param {unknown} error @returns {undefined} where it is another error, it goes on */
function unlessNotFound(error) {
  if (!(error instanceof ConnectionNotFound)) throw error;
}
