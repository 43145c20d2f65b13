export type Venue = "whitebit" | "bybit";
export type Environment = "global" | "eu" | "mainnet" | "testnet";
export type Goal = "account_tokens" | "api_key";
export type FlowOperation = "account_tokens" | "api_key" | "refresh_tokens" | "check_key" | "delete_key"
  | "reissue_key";
export type HttpMethod = "GET" | "POST" | "DELETE";
/** What sending the same request a second time would do. */
export type Replay = "safe" | "never" | "once_only";
export type WaitReason = "key_not_ready" | "secret_locked" | "rate_limited" | "venue_trouble" | "refresh_unanswered";
/** How a failed flow can go on, by `recover`. */
export type Recovery = "poll_longer" | "try_again" | "choose_again" | "ask_again" | "delete_key";
export type KeyDecision = "start_flow" | "already_active" | "delete_in_dashboard";

/** What a client is made from. Only the first four are required. */
export interface ClientConfig {
  readonly venue: Venue;
  readonly environment: Environment;
  readonly credentials: Credentials;
  /** Exactly as registered at the venue: https, or http on loopback. */
  readonly redirectUri: string;
  /** Another base for the consent page: https, or http on loopback. */
  readonly authorizeBase?: string;
  /** Another base for the API, under the same rule. */
  readonly apiBase?: string;
  /** Bybit: the locale in the consent page's path; empty for none. */
  readonly locale?: string;
  readonly userAgent?: string;
}

export interface BeginOptions {
  /** How long to wait for the callback, in seconds. */
  readonly callbackTimeoutS?: number;
  /** What to do when the once-only secret is lost although this flow had asked for it. */
  readonly onSecretLost?: "report" | "delete_and_report";
}

/** A connection that has begun: store `pending`'s snapshot, then send the browser to `authorizeUrl`. */
export interface Started {
  readonly authorizeUrl: Secret;
  readonly pending: Flow;
}

/** One header to send; its value is treated as a secret, whichever it is. */
export interface Header {
  readonly name: string;
  readonly value: Secret;
}

/** One header that was received. */
export interface ResponseHeader {
  readonly name: string;
  readonly value: string;
}

export type FlowStatus =
  | { readonly type: "awaiting_callback"; readonly expiresAtMs: number }
  /** The callback or the choice is in and nothing has been sent since: `resume` sends, in any process. */
  | { readonly type: "ready" }
  /** The user is to choose an account: `resume` gives the options again, `choose` goes on. */
  | { readonly type: "awaiting_choice" }
  | { readonly type: "in_flight" }
  | { readonly type: "waiting"; readonly untilMs: number }
  | { readonly type: "done" }
  | { readonly type: "failed" };

/**
 * One turn of the loop: do what it says, then ask the successor for the next. Save `next` by
 * compare-and-set before acting on the step, and act only if the save won.
 */
export type Step =
  /** Save, then send, then `receiveResponse` or `receiveNoResponse`. */
  | { readonly type: "send"; readonly request: HttpRequest; readonly next: Flow }
  /** Save (a callback, a reply that can't be had again, or an end is inside), then `resume`. */
  | { readonly type: "save"; readonly next: Flow }
  /** Save, sleep, then `resume`. */
  | { readonly type: "wait"; readonly untilMs: number; readonly reason: WaitReason; readonly next: Flow }
  /** Show the user the accounts, then `choose`. Saved already. `mayCreate`: `choose("create")` makes a new one. */
  | {
      readonly type: "choose";
      readonly subaccounts: readonly Subaccount[];
      readonly mayCreate: boolean;
      /** One was asked for without a readable reply: it may be among these. */
      readonly creationInDoubt: boolean;
      readonly flow: Flow;
    }
  /** Send the user's browser to `authorizeUrl`, then `receiveCallback`. Saved already; `resume` gives it again. */
  | { readonly type: "authorize"; readonly authorizeUrl: Secret; readonly flow: Flow }
  /** The operation did not succeed; the error can be thrown as it is. Saved already. */
  | { readonly type: "failed"; readonly error: VenuekeyError; readonly recovery?: Recovery; readonly flow: Flow }
  /** The operation succeeded. Saved already. */
  | { readonly type: "done"; readonly outcome: Outcome; readonly flow: Flow };

export type Outcome =
  | { readonly type: "api_key"; readonly key: ApiKey; readonly tokens: Tokens }
  | { readonly type: "account_tokens"; readonly tokens: Tokens; readonly uid?: string }
  | { readonly type: "tokens_refreshed"; readonly tokens: Tokens }
  | { readonly type: "key_checked"; readonly status: KeyStatus; readonly tokens: Tokens }
  | { readonly type: "key_deleted"; readonly tokens: Tokens }
  /** The user has agreed; the backend, which has the client's secret, goes on. */
  | { readonly type: "hand_off"; readonly handOff: HandOff };

/** An account the user can choose for the key. */
export interface Subaccount {
  readonly id: string;
  /** The user's own name for it: display only, untrusted text. */
  readonly nickname?: string;
}

export interface KeyStatus {
  readonly decision: KeyDecision;
  readonly externalId?: string;
  /** Absent where the reply did not say. */
  readonly permissions?: readonly PermissionGroup[];
}

export interface PermissionGroup {
  /** Does not depend on the locale: use it in logic. */
  readonly name: string;
  /** Translated into the user's language: display only, untrusted text. */
  readonly title: string;
  readonly urls: readonly { readonly url: string; readonly enable: boolean }[];
}

/** What the caller does next. Closed: switch on it. */
export type ErrorKind =
  | "misuse" | "denied" | "rejected" | "user_action" | "reauthorize" | "unavailable" | "protocol";

/** One error for everything. Its message never holds a secret or the venue's own words. */
export class VenuekeyError extends Error {
  private constructor();
  readonly name: "VenuekeyError";
  readonly kind: ErrorKind;
  /** What happened, in snake_case. Open: codes are added over time, never renamed. */
  readonly code: string;
  readonly venue?: Venue;
  readonly httpStatus?: number;
  readonly venueCode?: string;
  /** The venue's own words. **Untrusted**: never into a page, a log or a message unescaped. */
  readonly venueText?: string;
  readonly retryAfterMs?: number;
  /** What to look at first. */
  readonly hint?: string;
}
