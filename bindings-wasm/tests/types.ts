// Checked by tsc, never run: the types read as a person would write them, and a union that grows breaks this file.
import { Client as PublicClient, fetchSender, VenuekeyError } from "venuekey";
import {
  type ApiKey,
  call,
  CREATE_SUBACCOUNT,
  drive,
  type DriveOptions,
  type ErrorKind,
  Flow,
  freshTokens,
  HttpResponse,
  type KeyVerdict,
  KeyWatch,
  type KnownErrorCode,
  MemoryStore,
  type Outcome,
  records,
  Signer,
  type Step,
  type TokenPlan,
  Tokens,
} from "venuekey/parts";
import type * as parts from "venuekey/parts";
import * as server from "venuekey/server";

export const client = new server.Client({
  venue: "bybit",
  environment: "testnet",
  clientId: "app-1",
  clientSecret: "secret",
  redirectUri: "http://127.0.0.1:8080/callback",
});
export const { authorizeUrl, pending } = client.begin("api_key", { callbackTimeoutS: 600 });

// What was begun is known to the end: the key needs no cast. A browser's flow for a key can end at a hand-off too.
export async function permissions(options: DriveOptions, text: string | undefined): Promise<string[]> {
  const { outcome } = await drive(pending.receiveCallback("/cb"), options);
  const restored = client.restore(text, { operation: "api_key" });
  const again = await drive(restored.resume(), options);
  const taken = await drive(client.acceptHandOff("text"), options);
  const groups = [outcome, again.outcome, taken.outcome].map(({ key }) => key.permissions ?? []);
  const refreshed = await drive(client.refreshTokens(outcome.tokens), options);
  refreshed.outcome.tokens satisfies Tokens;
  const any = await drive(client.restore(text).resume(), options);
  // @ts-expect-error: nobody has said what this flow is for.
  any.outcome.key;
  const app = new PublicClient({ venue: "whitebit", environment: "global", clientId: "a", redirectUri: "c" });
  const handedOff = await drive(app.begin("api_key").pending.receiveCallback("/cb"), options);
  // @ts-expect-error: it may be a hand-off.
  handedOff.outcome.key;
  return groups.flat().map(({ name }) => name);
}

// @ts-expect-error: Bybit has no such environment.
new server.Client({ venue: "bybit", environment: "global", clientId: "a", clientSecret: "b", redirectUri: "c" });
// @ts-expect-error: nor has a key for it.
new Signer({ venue: "whitebit", environment: "testnet", apiKey: "k", apiSecret: "s" });

// @ts-expect-error: a goal is one of two words.
client.begin("keys");
// @ts-expect-error: nobody builds a flow but the client.
new Flow();
// @ts-expect-error: a secret has no text of its own.
authorizeUrl.length;
// @ts-expect-error: the entry point of user's own programs takes no client secret.
new PublicClient({ venue: "bybit", environment: "mainnet", clientId: "a", clientSecret: "b", redirectUri: "c" });
// @ts-expect-error: and goes on with no hand-off.
PublicClient.prototype.acceptHandOff;
// @ts-expect-error: save is nothing without an answer.
export const weak: DriveOptions["save"] = async () => {};

// One instance: what one entry point makes, the other takes.
export const same: parts.Tokens = new Tokens({ accessToken: "a", expiresAtMs: 1 });
export const driven: Promise<parts.DoneStep> = drive(pending.receiveCallback("/cb"), {
  send: fetchSender(),
  save: new MemoryStore().save,
  signal: new AbortController().signal,
});

export async function run(first: Step, save: (flow: Flow) => Promise<void>): Promise<Outcome> {
  let step = first;
  for (;;) {
    switch (step.name) {
      case "send": {
        await save(step.next);
        const { url, method, headers, body } = step.request;
        const reply = await fetch(url, body === undefined ? { method, headers } : { method, headers, body });
        step = step.next.receiveResponse(
          new HttpResponse(reply.status, new Uint8Array(await reply.arrayBuffer()), reply.headers),
        );
        break;
      }
      case "save":
        await save(step.next);
        step = step.next.resume();
        break;
      case "wait": {
        await save(step.next);
        const ms: number = step.untilMs - Date.now();
        await new Promise((resolve) => setTimeout(resolve, ms));
        step = step.next.resume();
        break;
      }
      case "choose":
        step = step.flow.choose(step.subaccounts[0]?.id ?? CREATE_SUBACCOUNT);
        break;
      case "authorize":
        step = step.flow.receiveCallback(`/cb?from=${step.authorizeUrl.expose()}`);
        break;
      case "failed":
        throw step.error;
      case "done":
        return step.outcome;
      default:
        throw step satisfies never;
    }
  }
}

export function advise(error: unknown): string {
  if (!(error instanceof VenuekeyError)) throw error;
  // A known code is a word that the editor completes; another one is a string.
  const code: KnownErrorCode = "superseded";
  if (error.code === code) return "another worker has it";
  const advice: Record<ErrorKind, string> = {
    misuse: "fix the program",
    denied: "ask again later",
    rejected: "look into it",
    user_action: "tell the user",
    reauthorize: "begin again",
    unavailable: `wait ${error.retryAfterMs ?? 60_000} ms`,
    protocol: "report it",
  };
  return advice[error.kind];
}

export function secretOf(outcome: Outcome): string | undefined {
  switch (outcome.name) {
    case "api_key":
      return (outcome.key satisfies ApiKey).apiSecret.expose();
    case "key_checked":
      return outcome.status.externalId;
    case "account_tokens":
      return outcome.uid;
    case "tokens_refreshed":
    case "key_deleted":
      return outcome.tokens.refreshToken?.expose();
    case "hand_off":
      return outcome.handOff.expose();
    default:
      return outcome satisfies never;
  }
}

export function planned(plan: TokenPlan): string {
  switch (plan.name) {
    case "use":
      return plan.tokens.accessToken.expose();
    case "refresh":
      return plan.next.snapshot().expose();
    case "wait_until":
      return plan.error?.message ?? "";
    case "reauthorize":
      return plan.error.message;
    default:
      return plan satisfies never;
  }
}

export function judged(verdict: KeyVerdict): KeyWatch | number | string {
  switch (verdict.name) {
    case "works":
      return verdict.watch;
    case "unclear":
      return verdict.checkAgainAtMs;
    case "disabled":
    case "gone":
    case "expired":
      return verdict.name;
    default:
      return verdict satisfies never;
  }
}

export async function read(): Promise<string[]> {
  const store = { load: () => "", save: () => true, send: fetchSender() };
  const tokens = (refused: { refusedGeneration?: number }) => freshTokens(client, { ...store, ...refused });
  const fees: string[] = [];
  for await (const deal of records(client.readDeals({ market: "BTC_USDT", fromS: 1 }), { ...store, tokens })) {
    fees.push(deal.fee);
    // @ts-expect-error: a balance's field.
    deal.mainBalance;
  }
  // @ts-expect-error: converts are not filtered by market.
  client.readConverts({ market: "BTC_USDT" });
  const signer = new Signer({ venue: "bybit", environment: "mainnet", apiKey: "k", apiSecret: "s" });
  const reply = await call(signer, "GET", "/v5/account/wallet-balance", { accountType: "UNIFIED" }, store);
  return [...fees, reply.payload];
}

export function disposed(): string {
  using secret = new server.Secret("text");
  return secret.expose();
}

// @ts-expect-error: what a value tells stands on its prototype, and a spread leaves it behind.
export const spread: string = { ...client }.venue;
