// One connection, from the browser to the end: whatever it is at, it goes on from there.
import type { Account } from "../connections/account.js";
import type { Connections } from "../connections/connections.js";
import { insideOf } from "../connections/diagnose.js";
import type { BeginOptions } from "../connections/options.js";
import { Trouble } from "../connections/trouble.js";
import type { ConnectionView } from "../connections/view.js";
import { CREATE_SUBACCOUNT } from "../constants.js";
import { VenuekeyError } from "../errors.js";
import type { Goal } from "../names.js";
import { isLoopback, isVenuekeyError } from "./check-clients.js";
import { Census } from "./check-rows.js";
import { isStoreError } from "./check-store.js";
import { told } from "./findings.js";
import { type Answer, type Loopback, serveLoopback } from "./loopback.js";
import { NobodyAnswers, openBrowser } from "./person.js";
import { RECOVERIES } from "./texts.js";

const LOOK_MS = 200;
/** Of several connections with the same label, the one that is furthest. */
const FIRST = ["connected", "working", "awaiting_user", "needs_user"];

/** A connection and the person in front of it. */
export interface DeskOptions {
  readonly connections: Connections;
  readonly client: string;
  readonly redirectUri: string;
  readonly owner: string;
  readonly label: string | undefined;
  readonly opensBrowser: boolean;
  /** Asks for the code where `true`, never where `false`. */
  readonly pastes: boolean | undefined;
  readonly say: (text: string) => unknown;
  readonly ask: (question: string) => string | PromiseLike<string>;
  /** Whether somebody is there to answer `ask`. */
  readonly isAsked: boolean;
  readonly options: Omit<BeginOptions, "goal" | "owner" | "label">;
}

export class Desk {
  readonly #desk: DeskOptions;
  /** The connection that waits for a callback, and what to do once it has come. */
  #waiting: { readonly id: string; readonly came: () => void } | undefined;

  constructor(desk: DeskOptions) {
    this.#desk = desk;
  }

  async connect(goal: Goal, again: boolean): Promise<Account> {
    const { client, connections, label, options, owner, pastes, redirectUri } = this.#desk;
    await this.#checked();
    let view = await this.#found();
    const isServed = isLoopback(redirectUri) && pastes !== true;
    let loopback: Loopback | undefined;
    const over = new AbortController();
    let work: Promise<void> | undefined;
    try {
      // Before anything is begun: a port that is in use leaves nothing behind.
      if (isServed && (again || view?.status !== "connected")) loopback = await serveLoopback(redirectUri, (url) => this.#received(url));
      if (view === undefined) view = await connections.begin(client, { ...options, owner, goal, ...(label === undefined ? {} : { label }) });
      else view = await this.#goneOn(view, again);
      if (view.status !== "connected" || again) {
        // An account that works while it is asked for consent again is done once this attempt is. Another one is somebody else's.
        const number = view.attempt?.number;
        const isOpen = ({ attempt, status }: ConnectionView) => status !== "connected" || (attempt !== undefined && attempt.number === number);
        let hasStopped = false;
        work = connections.run({ signal: over.signal }).finally(() => (hasStopped = true));
        // Its failure is thrown below.
        work.catch(() => {});
        while (isOpen(view)) {
          view = await this.#step(view, isServed, () => hasStopped);
          if (hasStopped) await stopped(work);
        }
      }
    } finally {
      over.abort();
      loopback?.close();
      await work;
    }
    return connections.account(view.id, { owner });
  }

  /**
   * With a wrong sealing key nothing is begun: good rows would look damaged beside new ones. Rows that a process with a wrong
   * key has quarantined are released once the right one is back.
   */
  async #checked(): Promise<void> {
    const { connections } = this.#desk;
    const census = await Census.of(insideOf(connections).runner.rows);
    const wrong = census.wrongKey();
    if (wrong !== undefined) throw new Trouble(wrong);
    for (const id of census.reopens) await connections.release(id);
  }

  /** What an earlier run has left; ended ones don't count. */
  async #found(): Promise<ConnectionView | undefined> {
    const { client, connections, label, owner } = this.#desk;
    const views = (await connections.find(owner)).filter((view) => view.client === client && view.label === label && FIRST.includes(view.status));
    return views.sort((a, b) => FIRST.indexOf(a.status) - FIRST.indexOf(b.status))[0];
  }

  async #goneOn(view: ConnectionView, again: boolean): Promise<ConnectionView> {
    const { connections, options, owner, say } = this.#desk;
    const { error, id, recovery, replacesKey, status } = view;
    if (status === "connected" && !again) return view;
    if (isUnderWay(view)) {
      say("Continuing where the program stopped.");
      return view;
    }
    if (recovery !== undefined && (await this.#agrees(RECOVERIES[recovery] ?? recovery))) return connections.recover(id, { owner });
    if (replacesKey && !(await this.#agrees("Connecting again ends the key in use."))) {
      throw error ?? unanswered("the key stays; nothing was done");
    }
    const { callbackTimeoutS, expectedUid, keyRequest, onSecretLost } = options;
    return connections.reconnect(id, { owner, callbackTimeoutS, expectedUid, keyRequest, onSecretLost });
  }

  async #step(view: ConnectionView, isServed: boolean, hasStopped: () => boolean): Promise<ConnectionView> {
    const { connections, owner } = this.#desk;
    const { authorizeUrl, choices, error, id, recovery, status } = view;
    if (choices !== undefined) return this.#chosen(view);
    if (authorizeUrl !== undefined) await this.#consented(id, authorizeUrl, isServed, hasStopped);
    else if (isUnderWay(view)) await pause(LOOK_MS);
    else if (recovery !== undefined && (await this.#agrees(`${error === undefined ? "" : told(error)}\n${RECOVERIES[recovery] ?? recovery}`))) {
      return connections.recover(id, { owner });
    } else throw error ?? unanswered(`the connection is ${status}`);
    return connections.status(id, { owner });
  }

  async #agrees(what: string): Promise<boolean> {
    const { ask, isAsked } = this.#desk;
    if (!isAsked) return false;
    try {
      return /^y(es)?$/i.test((await ask(`${what} Do that? [y/N] `)).trim());
    } catch (error) {
      if (error instanceof NobodyAnswers) return false;
      throw error;
    }
  }

  // The venue's page

  async #consented(id: string, authorizeUrl: string, isServed: boolean, hasStopped: () => boolean): Promise<void> {
    const { connections, isAsked, opensBrowser, owner, pastes, say } = this.#desk;
    let [isAnswered, isOver] = [false, false];
    const came = new Promise<void>((resolve) => {
      this.#waiting = { id, came: () => resolve(void (isOver = true)) };
    });
    say(`Open this page and agree:\n${authorizeUrl}`);
    const isOpen = opensBrowser && (await openBrowser(authorizeUrl));
    const isAsking = pastes === true || !isServed || (pastes === undefined && !isOpen && isAsked);
    let pasted: Promise<void> | undefined;
    try {
      while (!isOver && !hasStopped()) {
        if (isAsking) pasted ??= this.#pasted(id, () => isOver).then(() => void (isAnswered = isOver = true));
        await Promise.race([came, pause(LOOK_MS), ...(pasted === undefined ? [] : [pasted])]);
        // It may expire, or be ended elsewhere.
        const now = await connections.status(id, { owner });
        if (now.authorizeUrl !== authorizeUrl) break;
      }
    } finally {
      isOver = true;
    }
    // The question is left open, and its line ends here.
    if (pasted !== undefined && !isAnswered) say("");
  }

  /** What comes to the loopback redirect, for the connection that waits for it. */
  async #received(target: string): Promise<Answer> {
    const { connections, owner, say } = this.#desk;
    if (this.#waiting === undefined) return 400;
    const { came, id } = this.#waiting;
    try {
      await connections.receiveCallback(id, target, { owner });
    } catch (error) {
      const isRejected = isVenuekeyError(error);
      const isBusy = isStoreError(error) || (error instanceof Error && error.name === "StoreBusy");
      if (!isRejected && !isBusy) throw error;
      say(`${isRejected ? `${error.code}: ${told(error)}` : error.message}; still waiting`);
      return isRejected ? 400 : 503;
    }
    came();
    return 200;
  }

  /** Asks until an answer is accepted. An answer that comes after the wait counts for nothing. */
  async #pasted(id: string, isOver: () => boolean): Promise<void> {
    const { client, connections, owner, say } = this.#desk;
    const { takesPastedCode } = insideOf(connections).runner.rows.client(client);
    const what = takesPastedCode ? "The code from the page, or the address" : "The address";
    for (;;) {
      const text = await this.#asked(`${what} that the browser was sent to: `, "nobody answers");
      if (isOver()) return;
      if (text === "") continue;
      try {
        if (isAddress(text)) await connections.receiveCallback(id, text, { owner });
        else await connections.receivePastedCode(id, text, { owner });
        return;
      } catch (error) {
        if (isOver()) return;
        if (!isVenuekeyError(error) || !["rejected", "misuse"].includes(error.kind)) throw error;
        say(`${error.code}: ${told(error)}`);
      }
    }
  }

  /** The user's choice, always: one account is no reason to take it. */
  async #chosen({ choices, id }: ConnectionView): Promise<ConnectionView> {
    const { connections, owner, say } = this.#desk;
    const { creationInDoubt, mayCreate, subaccounts } = choices!;
    if (creationInDoubt) say("A new account was requested, but the reply was lost: it may be in this list.");
    for (const [n, account] of subaccounts.entries()) say(`  ${n + 1}  ${account.nickname ?? "account"} (${account.id})`);
    if (mayCreate) say("  n  create a new account");
    for (;;) {
      const answer = await this.#asked("Which account? ", "an account has to be chosen");
      const chosen = /^\d+$/.test(answer) ? subaccounts[Number(answer) - 1]?.id : undefined;
      if (chosen !== undefined) return connections.choose(id, chosen, { owner });
      if (answer === "n" && mayCreate) return connections.choose(id, CREATE_SUBACCOUNT, { owner });
    }
  }

  async #asked(question: string, why: string): Promise<string> {
    try {
      return (await this.#desk.ask(question)).trim();
    } catch (error) {
      if (error instanceof NobodyAnswers) throw unanswered(`${why}; the next run continues from here`);
      throw error;
    }
  }
}

/** Whether something comes of the attempt by itself or by the user, also in front of an account that works. */
function isUnderWay({ attempt, status }: ConnectionView): boolean {
  return status === "working" || (attempt !== undefined && attempt.status !== "failed");
}

/** By a signal: the worker has ended politely, and nothing is lost. */
async function stopped(work: Promise<void>): Promise<never> {
  await work;
  throw new DOMException("stopped; nothing is lost", "AbortError");
}

function pause(ms: number): Promise<void> {
  return new Promise((wake) => setTimeout(wake, ms));
}

function isAddress(text: string): boolean {
  return /^([a-z][a-z0-9+.-]*:.*\?|[/?])/i.test(text);
}

function unanswered(hint: string): VenuekeyError {
  return new VenuekeyError(`authorization_required: ${hint}`, "user_action", "authorization_required", { hint });
}
