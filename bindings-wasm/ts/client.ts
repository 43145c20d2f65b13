import { type Preflight, RateBudget } from "./budget.js";
import * as check from "./check.js";
import {
  type ApiKeyOutcome,
  type AtTime,
  type Flow,
  type HandOffOutcome,
  type KeyCheckedOutcome,
  type KeyDeletedOutcome,
  type Outcome,
  type OutcomeOf,
  type SaveStep,
  type Step,
  step,
  type TokensRefreshedOutcome,
} from "./flow.js";
import type { FlowOperation, Goal, LostSecretPolicy, ResponseType, Venue, VenueAndEnvironment, VenueEnvironment } from "./names.js";
import { Opaque, own, publish, shown, unwrap, wrap } from "./opaque.js";
import type { BalancesQuery, ConvertsQuery, DealsQuery, OrdersQuery, TransactionsQuery } from "./queries.js";
import { AccountRead, beginRead } from "./reads.js";
import type { Convert, Deal, MainBalance, Order, SpotBalance, AccountTransaction } from "./records.js";
import { SharedTokens } from "./tokens.js";
import { SealingKeys, type Secret, Tokens } from "./values.js";
import * as wasm from "./wasm.js";

/** What a client is made from, in the user's own hands: it has no secret. Only the first four are required. */
export type PublicClientConfig = VenueAndEnvironment & {
  /** As the venue issued it. Bybit's AI agent: `ai-agent`. */
  readonly clientId: string;
  /** Exactly as registered at the venue: https, or http on loopback. */
  readonly redirectUri: string;
  /** Another base for the consent page (a sandbox, a regional host): https, or http on loopback. */
  readonly authorizeBase?: string | undefined;
  /** Another base for the API, under the same rule. */
  readonly apiBase?: string | undefined;
  /** Bybit: the locale in the consent page's path, `en` by default; empty for none. */
  readonly locale?: string | undefined;
  /** Bybit: the scope to ask for, by default `openapi`, or `ai-account` without a secret; others are agreed with Bybit. */
  readonly scope?: string | undefined;
  /** The `User-Agent` to send, where the platform lets a program say. */
  readonly userAgent?: string | undefined;
  /** WhiteBIT, `account_tokens`: send `redirect_uri` too, though the documentation of that flow does not list it. */
  readonly sendRedirectUri?: boolean | undefined;
};

/** What a server's client is made from. A public client, which has no secret, is the `Client` of `venuekey`. */
export type ClientConfig = PublicClientConfig & {
  /** As the venue issued it. Keep it on a server. */
  readonly clientSecret: string | Secret;
};

/** When something begins, and with which randomness; both left out, they are the platform's. */
export interface Ambient extends AtTime {
  /** 64 random bytes, never used twice. */
  readonly entropy?: Uint8Array | undefined;
}

export interface BeginOptions extends Ambient {
  /** How long to wait for the callback, in seconds: 60 to 86400; 900 where left out. */
  readonly callbackTimeoutS?: number | undefined;
  /** `report` where left out; `delete_and_report` deletes the key, so that the user can connect again at once. */
  readonly onSecretLost?: LostSecretPolicy | undefined;
  /**
   * `code`, or as a last resort `token`: the access token itself comes through the browser, without a refresh token.
   * Bybit with a secret only, and Bybit does not describe it.
   */
  readonly responseType?: ResponseType | undefined;
  /**
   * Bybit, for a user who connects again: their `ApiKey.uid` of before. Another account ends as `account_mismatch`, before
   * a key is asked for. WhiteBIT does not tell whose account it is.
   */
  readonly expectedUid?: string | undefined;
}

/** A connection that has begun: store `pending`'s snapshot (or seal it), then send the browser to `authorizeUrl`. */
export interface Started<Brings extends Outcome = Outcome> {
  /** It carries `state`: keep it out of logs. */
  readonly authorizeUrl: Secret;
  readonly pending: Flow<Brings>;
}

const CONFIG: check.Looks<PublicClientConfig> = {
  venue: check.text,
  environment: check.text,
  clientId: check.text,
  redirectUri: check.text,
  authorizeBase: check.optionalText,
  apiBase: check.optionalText,
  locale: check.optionalText,
  scope: check.optionalText,
  userAgent: check.optionalText,
  sendRedirectUri: check.flag,
};

/** @internal What both entry points' clients are made with: `config` is an object. */
export function makeClient(config: PublicClientConfig, clientSecret: string | undefined): wasm.Client {
  return new wasm.Client(check.fields(config, CONFIG), clientSecret);
}

/** @internal */
export const BEGIN: check.Looks<Omit<BeginOptions, keyof Ambient>> = {
  callbackTimeoutS: check.optionalNumber,
  onSecretLost: check.optionalText,
  responseType: check.optionalText,
  expectedUid: check.optionalText,
};

/** What a flow from the store is known to be for. */
export interface RestoreOptions<Operation extends FlowOperation = FlowOperation> {
  /** Refuses a flow for anything else, and types what it brings. */
  readonly operation?: Operation | undefined;
}

/**
 * An app at a venue, whichever entry point it was made by. It holds no state of any flow: share one. `Key` is what a
 * connection for a key brings.
 */
export abstract class AnyClient<Key extends Outcome = ApiKeyOutcome | HandOffOutcome> extends Opaque {
  /** The venue this client belongs to. */
  declare readonly venue: Venue;

  /** The environment this client belongs to. */
  declare readonly environment: VenueEnvironment;

  /**
   * Whether this venue and environment offer an operation to this kind of client; what they do not offer is refused
   * before anything is sent.
   */
  supports(operation: FlowOperation): boolean {
    return own<wasm.Client>(this).supports(check.text(operation, "operation"));
  }

  /**
   * What can be known of an operation before it begins: whether it is offered, granted by the tokens' scope and in time,
   * when the rate budget lets it begin, and how long it can take.
   *
   * @param options `tokens`: those it will be called with; left out for a connection, which brings its own. `budget`:
   *   what this IP address has used of the venues' limits.
   * @throws VenuekeyError `not_supported`, `scope_missing`, `token_expired`, `rate_limited`; `invalid_argument` without
   *   the tokens it needs.
   */
  preflight(
    operation: FlowOperation,
    options: AtTime & { readonly budget: RateBudget; readonly tokens?: Tokens | undefined },
  ): Preflight {
    const { budget, tokens } = check.record(options, "options");
    const [name, now] = [check.text(operation, "operation"), check.now(options)];
    const used = unwrap<wasm.RateBudget>(budget, RateBudget);
    const client = own<wasm.Client>(this);
    if (tokens === undefined) return shown(client.preflight(name, used, now));
    return shown(client.preflight_with(name, unwrap(tokens, Tokens), used, now));
  }

  /**
   * Begins a connection: where to send the browser, and what to store meanwhile.
   *
   * @param goal `api_key` (a key that the app keeps) or `account_tokens` (tokens that read the account; Bybit: and the
   *   user's id). WhiteBIT announced the end of its token flow, refresh and reads included, for 2026-11-01; whether they
   *   still answer is not verified.
   * @throws VenuekeyError `not_supported` where the environment does not offer it to this client; `invalid_argument`.
   */
  begin<Wanted extends Goal>(goal: Wanted, options: BeginOptions = {}): Started<OutcomeOf<Wanted, Key>> {
    const [client, name] = [own<wasm.Client>(this), check.text(goal, "goal")];
    return shown(check.ambient(options, (...ambient) => client.begin(name, check.fields(options, BEGIN), ...ambient)));
  }

  /**
   * A flow from its snapshot's text, written by any release up to this one, in any language.
   * @param text as the store gave it.
   * @throws VenuekeyError `snapshot_invalid`, `snapshot_version` or `snapshot_mismatch`; none of them quotes the text.
   *   `invalid_argument` where the store has given nothing, or a flow for another `operation`.
   */
  restore<Operation extends FlowOperation = FlowOperation>(
    text: string | null | undefined,
    options: RestoreOptions<Operation> = {},
  ): Flow<OutcomeOf<Operation, Key>> {
    return forOperation(own<wasm.Client>(this).restore(check.stored(text, "text")), options);
  }

  /**
   * A pending flow from its sealed text; see `Flow.seal`. Do not save what it returns: the `save` of `receiveCallback` is
   * the first to be stored, and claims the flow: a sealed text that is used twice ends there with `superseded`.
   * @throws VenuekeyError `seal_invalid` for another context, an unknown key or a changed text; then as `restore`.
   */
  open<Operation extends FlowOperation = FlowOperation>(
    sealed: string,
    options: { readonly keys: SealingKeys; readonly context: string } & RestoreOptions<Operation>,
  ): Flow<OutcomeOf<Operation, Key>> {
    const { keys, context } = check.record(options, "options");
    const [text, whose] = [check.text(sealed, "sealed"), check.text(context, "context")];
    return forOperation(own<wasm.Client>(this).open(text, unwrap(keys, SealingKeys), whose), options);
  }

  /**
   * New tokens for old. The refresh token is spent by it: store what comes back before anything else.
   * @returns the first step, for `drive`; the same holds for `checkKey` and `deleteKey`.
   */
  refreshTokens(tokens: Tokens, options: Ambient = {}): Step<TokensRefreshedOutcome> {
    const [client, handle] = [own<wasm.Client>(this), unwrap<wasm.Tokens>(tokens, Tokens)];
    return step(check.ambient(options, (...ambient) => client.refresh_tokens(handle, ...ambient)));
  }

  /** The state of this app's key for this user, for returning users before a new consent. WhiteBIT, global host. */
  checkKey(tokens: Tokens, options: Ambient = {}): Step<KeyCheckedOutcome> {
    const [client, handle] = [own<wasm.Client>(this), unwrap<wasm.Tokens>(tokens, Tokens)];
    return step(check.ambient(options, (...ambient) => client.check_key(handle, ...ambient)));
  }

  /**
   * Deletes this app's key; the user gets an email. Succeeds if already gone. WhiteBIT, global host.
   * @param externalId the key's id, a UUID: `ApiKey.externalId` or `KeyStatus.externalId`.
   */
  deleteKey(tokens: Tokens, externalId: string, options: Ambient = {}): Step<KeyDeletedOutcome> {
    const [client, handle] = [own<wasm.Client>(this), unwrap<wasm.Tokens>(tokens, Tokens)];
    const id = check.text(externalId, "externalId");
    return step(check.ambient(options, (...ambient) => client.delete_key(handle, id, ...ambient)));
  }

  /**
   * The key of another of the user's accounts, by the tokens of a connection and without a new consent: lists them, and
   * goes on by `choose` as a connection does. Bybit's AI agent.
   * @throws VenuekeyError `not_supported` for any other client.
   */
  switchSubaccount(tokens: Tokens, options: Ambient = {}): Step<ApiKeyOutcome> {
    const [client, handle] = [own<wasm.Client>(this), unwrap<wasm.Tokens>(tokens, Tokens)];
    return step(check.ambient(options, (...ambient) => client.switch_subaccount(handle, ...ambient)));
  }

  /**
   * A new key for the old one, as one flow: deletes the old key, comes to `authorize` for the user's consent, and ends
   * like a connection. The only way to other permissions, and the way out where a secret is lost. WhiteBIT, global host.
   *
   * From the first save on these tokens are the flow's: it may refresh them, and after the deletion it drops them.
   * `callbackTimeoutS` counts from the deletion.
   */
  reissueKey(tokens: Tokens, externalId: string, options: BeginOptions = {}): SaveStep<ApiKeyOutcome> {
    const [client, handle] = [own<wasm.Client>(this), unwrap<wasm.Tokens>(tokens, Tokens)];
    const id = check.text(externalId, "externalId");
    return step(
      check.ambient(options, (...ambient) => client.reissue_key(handle, id, check.fields(options, BEGIN), ...ambient)),
    );
  }

  /** Tokens for a whole fleet of workers, from a connection that has just brought them: store them, then `freshTokens`. */
  shareTokens(tokens: Tokens, options: Ambient = {}): SharedTokens {
    const [client, handle] = [own<wasm.Client>(this), unwrap<wasm.Tokens>(tokens, Tokens)];
    return wrap(SharedTokens, check.ambient(options, (...ambient) => client.share_tokens(handle, ...ambient)));
  }

  /** Shared tokens from their snapshot's text. */
  restoreTokens(text: string | null | undefined): SharedTokens {
    return wrap(SharedTokens, own<wasm.Client>(this).restore_tokens(check.stored(text, "text")));
  }

  /**
   * Deposits and withdrawals, newest first. A list of more than 9,500 rows, of which the venue shows 10,000, is read in
   * parts after its first page: by method, then by status, then by `splitTickers`; newest first within each part.
   * @throws VenuekeyError `invalid_argument`, with a hint at the rule; `not_supported` for a venue without account reads.
   *   The same for the other reads, whose end WhiteBIT announced for 2026-11-01.
   */
  readTransactions(query: TransactionsQuery = {}): AccountRead<AccountTransaction> {
    return beginRead(own(this), "transactions", query, 0);
  }

  /** Converts, newest first, in windows of at most 30 days. */
  readConverts(query: ConvertsQuery = {}, options: AtTime = {}): AccountRead<Convert> {
    return beginRead(own(this), "converts", query, check.now(options));
  }

  /** Orders that have ended, newest first for each market, in windows of at most 30 days. */
  readOrders(query: OrdersQuery = {}, options: AtTime = {}): AccountRead<Order> {
    return beginRead(own(this), "orders", query, check.now(options));
  }

  /** Trades, newest first for each market, in windows of at most 30 days. */
  readDeals(query: DealsQuery = {}, options: AtTime = {}): AccountRead<Deal> {
    return beginRead(own(this), "deals", query, check.now(options));
  }

  /** What the main account holds: all currencies the venue has, zeros included. */
  readMainBalances(query: BalancesQuery = {}): AccountRead<MainBalance> {
    return beginRead(own(this), "main_balances", query, 0);
  }

  /** What the spot (trade) account holds: the currencies that are there. */
  readSpotBalances(query: BalancesQuery = {}): AccountRead<SpotBalance> {
    return beginRead(own(this), "spot_balances", query, 0);
  }

  /**
   * A read from its cursor, written by any release up to this one, in any language.
   * @throws VenuekeyError `snapshot_invalid`, `snapshot_version` or `snapshot_mismatch`; none of them quotes the text.
   */
  resumeRead(cursor: string): AccountRead {
    return wrap(AccountRead, own<wasm.Client>(this).resume_read(check.text(cursor, "cursor")));
  }
}

publish(AnyClient, wasm.Client);

function forOperation<Brings extends Outcome>(handle: wasm.Flow, options: RestoreOptions): Flow<Brings> {
  const wanted = check.optionalText(check.record(options, "options").operation, "operation");
  if (wanted === undefined || wanted === handle.operation) return shown(handle);
  throw wasm.invalid_argument(`operation must be one of: ${handle.operation} (what this flow is for)`);
}
