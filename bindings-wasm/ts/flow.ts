import * as check from "./check.js";
import { VenuekeyError } from "./errors.js";
import { type HttpRequest, HttpResponse } from "./http.js";
import type { FlowOperation, FlowStatus, Recovery, Venue, WaitReason } from "./names.js";
import { Opaque, own, publish, shown, unwrap } from "./opaque.js";
import { type ApiKey, type HandOff, type KeyStatus, SealingKeys, type Secret, type Tokens } from "./values.js";
import * as wasm from "./wasm.js";

/** When something happens, in Unix milliseconds; left out, it is the platform's clock. */
export interface AtTime {
  readonly nowMs?: number | undefined;
}

/** What is known of a request that got no reply. */
export interface NoReply extends AtTime {
  /** Whether for certain not one byte of it left this machine. By default it may have arrived. */
  readonly notSent?: boolean | undefined;
}

/** An account the user can choose for the key. Bybit: an AI sub-account. */
export interface Subaccount {
  /** What `Flow.choose` takes. Bybit: the `sub_member_id`. */
  readonly id: string;
  /** The user's own name for it, where it has one: display only, untrusted text. */
  readonly nickname?: string;
}

/** An API key that works, and the tokens that fetched it. */
export interface ApiKeyOutcome {
  readonly name: "api_key";
  readonly key: ApiKey;
  readonly tokens: Tokens;
}

/** Tokens, and whose account they open where the venue told it. */
export interface AccountTokensOutcome {
  readonly name: "account_tokens";
  readonly tokens: Tokens;
  readonly uid?: string;
}

/** Replace the stored pair. */
export interface TokensRefreshedOutcome {
  readonly name: "tokens_refreshed";
  readonly tokens: Tokens;
}

/** What the venue says of the key. */
export interface KeyCheckedOutcome {
  readonly name: "key_checked";
  readonly status: KeyStatus;
  readonly tokens: Tokens;
}

/** The key is gone, deleted now or before. */
export interface KeyDeletedOutcome {
  readonly name: "key_deleted";
  readonly tokens: Tokens;
}

/** The user has agreed; the backend, which has the client's secret, goes on. There are no tokens yet. */
export interface HandOffOutcome {
  readonly name: "hand_off";
  readonly handOff: HandOff;
}

/** What a finished operation brought. Each but a hand-off has the newest `tokens`. */
export type Outcome =
  | ApiKeyOutcome
  | AccountTokensOutcome
  | TokensRefreshedOutcome
  | KeyCheckedOutcome
  | KeyDeletedOutcome
  | HandOffOutcome;

/** What an operation can bring; `Key` is what a connection for a key brings to this kind of client. */
export type OutcomeOf<Operation extends FlowOperation, Key extends Outcome = ApiKeyOutcome | HandOffOutcome> = {
  readonly api_key: Key;
  readonly account_tokens: AccountTokensOutcome;
  readonly refresh_tokens: TokensRefreshedOutcome;
  readonly check_key: KeyCheckedOutcome;
  readonly delete_key: KeyDeletedOutcome;
  readonly reissue_key: ApiKeyOutcome;
  readonly switch_subaccount: ApiKeyOutcome;
}[Operation];

/** Save, then send, then `next.receiveResponse` or `next.receiveNoResponse`. */
export interface SendStep<Brings extends Outcome = Outcome> {
  readonly name: "send";
  readonly request: HttpRequest;
  readonly next: Flow<Brings>;
}

/** Save (a callback, a reply that can't be had again, or an end is inside), then `next.resume`. */
export interface SaveStep<Brings extends Outcome = Outcome> {
  readonly name: "save";
  readonly next: Flow<Brings>;
}

/** Save, sleep, then `next.resume`. */
export interface WaitStep<Brings extends Outcome = Outcome> {
  readonly name: "wait";
  /** When to resume, in Unix milliseconds. */
  readonly untilMs: number;
  readonly reason: WaitReason;
  readonly next: Flow<Brings>;
}

/** Show the user the accounts, then `flow.choose`. Saved already; `flow.resume` gives it again. */
export interface ChooseStep<Brings extends Outcome = Outcome> {
  readonly name: "choose";
  readonly subaccounts: readonly Subaccount[];
  /** Whether `CREATE_SUBACCOUNT` is a choice too. */
  readonly mayCreate: boolean;
  /** One was asked for without a readable reply: it may be among these. */
  readonly creationInDoubt: boolean;
  readonly flow: Flow<Brings>;
}

/** Send the user's browser to `authorizeUrl`, then `flow.receiveCallback`. Saved already; `flow.resume` gives it again. */
export interface AuthorizeStep<Brings extends Outcome = Outcome> {
  readonly name: "authorize";
  readonly authorizeUrl: Secret;
  readonly flow: Flow<Brings>;
}

/** The operation did not succeed; the error can be thrown as it is. Saved already. */
export interface FailedStep<Brings extends Outcome = Outcome> {
  readonly name: "failed";
  readonly error: VenuekeyError;
  /** How the flow can go on by `flow.recover`, where it can. */
  readonly recovery?: Recovery;
  readonly flow: Flow<Brings>;
}

/** The operation succeeded. Saved already; stays restorable until the host deletes it. */
export interface DoneStep<Brings extends Outcome = Outcome> {
  readonly name: "done";
  readonly outcome: Brings;
  readonly flow: Flow<Brings>;
}

/**
 * One turn of the loop: do what it says, then ask the successor for the next. Save `next` by compare-and-set before
 * acting on the step, and act only if the save won.
 */
export type Step<Brings extends Outcome = Outcome> =
  | SendStep<Brings>
  | SaveStep<Brings>
  | WaitStep<Brings>
  | ChooseStep<Brings>
  | AuthorizeStep<Brings>
  | FailedStep<Brings>
  | DoneStep<Brings>;

/** A flow as text, for the host's store. **A secret**: encrypt it at rest; it may hold tokens, keys and a verifier. */
export class Snapshot extends Opaque {
  private constructor() {
    super();
  }

  /** The key to store it under: 32 hexadecimal digits. */
  declare readonly flowId: string;

  /** Counts up by one with each step, from 1. */
  declare readonly revision: number;

  /** The revision that must be in the store for this one to replace it; 0 means none may be there. */
  declare readonly expectedRevision: number;

  /** What the flow is for, as `Flow.operation`. */
  declare readonly operation: FlowOperation;

  /** Where it stands, as `Flow.status`: for a store that looks for flows to resume. */
  declare readonly status: FlowStatus;

  /** When it ends without a callback, in Unix milliseconds; absent unless it awaits one. */
  declare readonly expiresAtMs: number | undefined;

  /** When to resume, in Unix milliseconds; absent unless it waits. */
  declare readonly untilMs: number | undefined;

  /** Why it failed, where its status is `failed`, else absent. `Flow.resume` gives the recovery too. */
  declare readonly error: VenuekeyError | undefined;

  /** The text itself, JSON, for `Client.restore`: at most `MAX_SNAPSHOT_BYTES`. */
  expose(): string {
    return own<wasm.Snapshot>(this).expose();
  }
}

/** One connection or one operation, at one point of its life. Immutable: every event returns a step. */
export class Flow<Brings extends Outcome = Outcome> extends Opaque {
  private constructor() {
    super();
  }

  /** The same through the whole life of the flow: 32 hexadecimal digits. */
  declare readonly flowId: string;

  /** Counts up by one with each step, from 1. */
  declare readonly revision: number;

  /** The venue this flow talks to. */
  declare readonly venue: Venue;

  /** What the flow is for. */
  declare readonly operation: FlowOperation;

  /** Where it stands. */
  declare readonly status: FlowStatus;

  /** When it ends without a callback, in Unix milliseconds; absent unless it awaits one. */
  declare readonly expiresAtMs: number | undefined;

  /** When to resume, in Unix milliseconds; absent unless it waits. */
  declare readonly untilMs: number | undefined;

  /** The newest tokens this flow holds. */
  declare readonly tokens: Tokens | undefined;

  /** The flow as text, to be stored by compare-and-set under its id and revision. */
  snapshot(): Snapshot {
    return shown(own<wasm.Flow>(this).snapshot());
  }

  /**
   * This pending flow as a text for a cookie, instead of in a store: `Client.open` takes it back.
   *
   * @param options `keys` seal, `context` says whose it is (the session's id), `entropy` is 64 random bytes, never used
   *   twice; left out, the platform's.
   */
  seal(options: { readonly keys: SealingKeys; readonly context: string; readonly entropy?: Uint8Array }): string {
    const { keys, context } = check.record(options, "options");
    const [sealing, whose] = [unwrap<wasm.SealingKeys>(keys, SealingKeys), check.text(context, "context")];
    return check.withEntropy(options, (entropy) => own<wasm.Flow>(this).seal(sealing, whose, entropy));
  }

  /**
   * The browser came back: give the whole URL, or its path and query. An accepted callback is a `save`: once its flow is
   * stored the web request can end, and any worker goes on by `resume`.
   *
   * @throws VenuekeyError of kind `rejected` where the callback is not this flow's, or it has had one; the flow stays as
   *   usable as before.
   */
  receiveCallback(url: string, options: AtTime = {}): SaveStep<Brings> {
    return step(own<wasm.Flow>(this).receive_callback(check.text(url, "url"), check.now(options)));
  }

  /**
   * The code that the user has copied from the venue's page, for a client of Bybit's AI agent whose redirect URI is that
   * page. White space around it does not matter; the page's whole address is taken as well.
   */
  receivePastedCode(pasted: string, options: AtTime = {}): SaveStep<Brings> {
    return step(own<wasm.Flow>(this).receive_pasted_code(check.text(pasted, "pasted"), check.now(options)));
  }

  /**
   * The user's choice at a `choose`: an account's id, or `CREATE_SUBACCOUNT` where `mayCreate`.
   * @throws VenuekeyError `invalid_argument` for any other id; `wrong_state` where there is nothing to choose.
   */
  choose(id: string, options: AtTime = {}): Step<Brings> {
    return step(own<wasm.Flow>(this).choose(check.text(id, "id"), check.now(options)));
  }

  /** The reply to the request of the last `send`. */
  receiveResponse(response: HttpResponse, options: AtTime = {}): Step<Brings> {
    return step(own<wasm.Flow>(this).receive_response(unwrap(response, HttpResponse), check.nowOfReply(options)));
  }

  /**
   * No reply came: a timeout, a broken connection, or nobody knows. `notSent` says that the request for certain never
   * left, as where no connection could be made: then a one-time code is not spent, and the same request goes out again
   * in a while.
   */
  receiveNoResponse(options: NoReply = {}): Step<Brings> {
    return step(own<wasm.Flow>(this).receive_no_response(...noReply(options)));
  }

  /**
   * Goes on after a `save`, a `wait` or a restore. In flight, it means `receiveNoResponse`; awaiting a choice, done or
   * failed, it gives the options, the outcome or the error again.
   */
  resume(options: AtTime = {}): Step<Brings> {
    return step(own<wasm.Flow>(this).resume(check.now(options)));
  }

  /** Goes on after a `failed` that named a recovery. */
  recover(options: AtTime = {}): Step<Brings> {
    return step(own<wasm.Flow>(this).recover(check.now(options)));
  }
}

publish(Snapshot, wasm.Snapshot);
publish(Flow, wasm.Flow);

/** @internal What is said of a reply that has not come. */
export function noReply(options: NoReply): [notSent: boolean, nowMs: number] {
  const nowMs = check.nowOfReply(options);
  return [check.flag(options.notSent, "notSent") ?? false, nowMs];
}

/** @internal The step that the compiled half made; an error in it knows its flow. */
export function step<Is extends Step>(made: unknown): Is {
  const seen = shown<Is>(made);
  if (seen.name === "failed") VenuekeyError.ended(seen.error, seen.flow, seen.recovery);
  return seen;
}
