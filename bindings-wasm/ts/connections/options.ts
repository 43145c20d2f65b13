import { SealingKeys } from "../base.js";
import * as check from "../check.js";
import { AnyClient, type BeginOptions as CoreOptions } from "../client.js";
import type { ConnectOptions } from "../connection.js";
import type { Clock, Sleep } from "../drive.js";
import type { Goal, LostSecretPolicy } from "../names.js";
import { received } from "../received.js";
import type { Send } from "../send.js";
import type { Store } from "../stores/store.js";
import { invalid_argument } from "../wasm.js";
import { host } from "./host.js";
import type { Logger } from "./log.js";
import type { Event } from "./view.js";

/** What `Connections` are made from. */
export interface ConnectionsOptions {
  /** Each client by a name of your own. The name is stored: keep it. */
  readonly clients: { readonly [name: string]: AnyClient };
  /** `SQLiteStore` of `venuekey/stores/sqlite`, `PostgresStore` of `venuekey/stores/postgres`, or one of your own. */
  readonly store: Store;
  /** Seal the rows at rest. */
  readonly keys: SealingKeys;
  /** Sends a request exactly as it is, as for `drive`; `fetchSender()` if left out. */
  readonly send?: Send | undefined;
  /**
   * Called with each event at least once, by a worker, which waits for what it returns. If it fails, it is called again.
   * Keep it short: a worker calls it for several connections at once, and so may several workers.
   */
  readonly onEvent?: ((event: Event) => unknown) | undefined;
  /** Unix milliseconds; if left out, the store's clock, or the platform's if the store has none. */
  readonly clock?: Clock | undefined;
  /** Sleeps for a number of milliseconds. */
  readonly sleep?: Sleep | undefined;
  /** So many connections one worker works at; if left out 8, or 4 on an edge worker. */
  readonly concurrency?: number | undefined;
  /** Among so many processes behind one address the venues' limits are divided; 1 if left out. */
  readonly shareOf?: number | undefined;
  /**
   * Where progress and trouble are told, by names, ids and codes: never what a venue says, nor a secret. If left out,
   * `console` is told of trouble alone.
   */
  readonly logger?: Logger | undefined;
}

/** Whose connection it must be. */
export interface Owned {
  /**
   * Your own name for the user: any other owner's connection is not found. Leave it out if you have looked yourself;
   * `undefined` is refused, since a session that has lost its user must not open everybody's.
   */
  readonly owner?: string;
}

/** How the user's consent is to be asked for. */
export type ConsentOptions = Pick<CoreOptions, "callbackTimeoutS" | "onSecretLost" | "expectedUid" | "keyRequest">;
/** Whose connection it is. */
export type ImportOptions = Omit<ConnectOptions, "clientName">;
/** What begins a connection. */
export type BeginOptions = ImportOptions & ConsentOptions & { readonly goal: Goal };
/** What begins a connection by a hand-off. */
export type HandOffOptions = ImportOptions & { readonly onSecretLost?: LostSecretPolicy | undefined };
export type ReconnectOptions = Owned & ConsentOptions & {
  /** How long to wait for `authorizeUrl` where a worker has to end the old key first, in milliseconds; 0 if left out. */
  readonly patienceMs?: number | undefined;
};

/** How a worker works. */
export interface RunOptions {
  /** The worker's name: 1 to 64 bytes, no two at work share one. If left out, it is made of host and process. */
  readonly holder?: string | undefined;
  /** Aborted, it ends as by `stop`. */
  readonly signal?: AbortSignal | undefined;
}

const STORE: readonly (keyof Store)[] = [
  "load", "save", "due", "nextDue", "find", "findAccount", "delete", "bump", "touch", "quarantine", "rowsSealedByOthers", "nowMs",
  "wake", "wait", "seen", "lastSeen",
];

interface Checked extends Omit<ConnectionsOptions, "clients"> {
  readonly clients: ReadonlyMap<string, AnyClient>;
  readonly concurrency: number;
  readonly shareOf: number;
}

const CONNECTIONS = ["clients", "store", "keys", "logger", "concurrency", "shareOf", "send", "onEvent", "clock", "sleep"];

export function checkedOptions(options: ConnectionsOptions): Checked {
  const { clients, store, keys, logger, concurrency = host.concurrency, shareOf = 1, ...rest } = check.options(options, CONNECTIONS);
  const { send, onEvent, clock, sleep } = rest;
  const checked = checkedClients(clients);
  for (const [name, value] of Object.entries({ send, onEvent, clock, sleep })) check.optionalCallable(value, name);
  if (!(keys instanceof SealingKeys)) throw invalid_argument(`keys must be SealingKeys; ${received(keys)}`);
  checkMethods(store, "store", STORE);
  if (logger !== undefined) checkMethods(logger, "logger", ["info", "warn", "error"]);
  check.count(concurrency, "concurrency");
  return { ...rest, store, keys, logger, concurrency, shareOf: check.number(shareOf, "shareOf"), clients: checked };
}

function checkedClients(clients: ConnectionsOptions["clients"]): ReadonlyMap<string, AnyClient> {
  const named = Object.entries(typeof clients === "object" ? check.record(clients, "clients") : {});
  if (named.length === 0) throw invalid_argument(`clients must be an object with a Client by a name of your own; ${received(clients)}`);
  for (const [name, client] of named) {
    if (!(client instanceof AnyClient)) throw invalid_argument(`clients.${name} must be a Client; ${received(client)}`);
  }
  return new Map(named as [string, AnyClient][]);
}

function checkMethods(value: object, name: string, methods: readonly string[]): void {
  if (typeof value !== "object" || value === null) throw invalid_argument(`${name} must be an object with methods; ${received(value)}`);
  const missing = methods.find((method) => typeof (value as Record<string, unknown>)[method] !== "function");
  if (missing !== undefined) throw invalid_argument(`${name} must have a method ${missing}; ${received(value)}`);
}

/** What a consent may be asked for with. */
export const CONSENT = ["callbackTimeoutS", "onSecretLost", "expectedUid", "keyRequest"];
/** What a connection begins with. */
export const BEGINNING = ["owner", "label", "keepAlive"];

/** The owner that a connection must have, where there must be one; `more` are the call's other options. */
export function owned(options: Owned, more: readonly string[] = []): string | undefined {
  const given = check.options(options, ["owner", ...more]);
  return "owner" in given ? check.text(given.owner as string, "owner") : undefined;
}

export function consentOptions({ callbackTimeoutS, onSecretLost, expectedUid, keyRequest }: ConsentOptions): ConsentOptions {
  return { callbackTimeoutS, onSecretLost, expectedUid, keyRequest };
}

export function beginOptions({ owner, label, keepAlive, ...consent }: ImportOptions & ConsentOptions): ImportOptions & ConsentOptions {
  return { owner, label, keepAlive, ...consentOptions(consent) };
}
