import * as check from "./check.js";
import { type HttpRequest, HttpResponse } from "./http.js";
import type { HttpMethod, NonAscii, Venue, VenueAndEnvironment, VenueEnvironment } from "./names.js";
import { Opaque, own, publish, shown, unwrap } from "./opaque.js";
import { ApiKey, type Secret } from "./values.js";
import * as wasm from "./wasm.js";

/** Everything of a signer but its key. A key of one environment is unknown in another. */
export type SignerOptions = VenueAndEnvironment & {
  /** Another base for the private API (a sandbox, a regional host): https, or http on loopback. */
  readonly apiBase?: string | undefined;
  /** The `User-Agent` to send, where the platform lets a program say. */
  readonly userAgent?: string | undefined;
  /**
   * WhiteBIT: send `nonceWindow`, so that requests may arrive in any order, within 5 seconds of the venue's clock: for
   * several workers with one key.
   */
  readonly nonceWindow?: boolean | undefined;
  /** WhiteBIT: how names and texts that are not ASCII are written, such as those in a withdrawal's travel-rule data. */
  readonly nonAscii?: NonAscii | undefined;
  /** Bybit: how old a request may be when it arrives, in milliseconds: 1 to 60000; 5000 where left out. */
  readonly recvWindowMs?: number | undefined;
  /** Bybit: the broker id, sent as `X-Referer`. */
  readonly brokerId?: string | undefined;
};

/** What a signer is made from. */
export type SignerConfig = SignerOptions & {
  /** The public half. */
  readonly apiKey: string | Secret;
  /** The secret half. */
  readonly apiSecret: string | Secret;
};

/**
 * The parameters of a signed request, in the order in which they are to be sent; or their JSON as text, taken as it is
 * written. Amounts are strings; a number that is no whole one is refused, because its digits are not surely those meant.
 */
export type Parameters = string | { readonly [name: string]: Parameter };
export type Parameter = string | number | boolean | null | readonly Parameter[] | { readonly [name: string]: Parameter };

const OPTIONS: check.Looks<SignerOptions> = {
  venue: check.text,
  environment: check.text,
  apiBase: check.optionalText,
  userAgent: check.optionalText,
  nonceWindow: check.flag,
  nonAscii: check.optionalText,
  recvWindowMs: check.optionalNumber,
  brokerId: check.optionalText,
};

function written(parameters: Parameters): string {
  if (typeof parameters === "string") return check.text(parameters, "parameters");
  check.exact(check.record(parameters, "parameters"), "parameters");
  return JSON.stringify(parameters);
}

/** A nonce in Unix milliseconds by the venue's clock; left out, it is the platform's clock. */
export interface WithNonce {
  readonly nonceMs?: number | undefined;
}

function nonceOf(options: WithNonce): number {
  return check.time(check.record(options, "options").nonceMs, "nonceMs");
}

/** The distance between two clocks. */
export interface ClockOffset {
  /** Add this to the host's time to get the venue's, in milliseconds; below zero where the venue is behind. */
  readonly aheadMs: number;
  /** How far the figure may be off, in milliseconds. WhiteBIT tells whole seconds only. */
  readonly uncertaintyMs: number;
}

/** What became of one order of a batch. */
export interface BatchItem {
  /** Whether the venue took it: its code is 0. */
  readonly isAccepted: boolean;
  /** The venue's code for it, as text; absent where it named none. */
  readonly venueCode?: string;
  /** The venue's own words. **Untrusted**: never put them into a page, a log or a message unescaped. */
  readonly venueText?: string;
}

/** A signed request's success. It is the user's data: keep it out of logs, as its `toString` does. */
export class SignedReply extends Opaque {
  private constructor() {
    super();
  }

  /** JSON, in the venue's own spelling. WhiteBIT: the body; Bybit: its `result`. */
  declare readonly payload: string;

  /**
   * Bybit: what became of each order of a batch, in the batch's order. The call succeeds though all of them fail. Empty
   * where the reply is not a batch's, and at WhiteBIT.
   */
  declare readonly items: readonly BatchItem[];

  /**
   * The payload as JavaScript's values. Both venues write amounts as strings; what they write as a number is subject to
   * JavaScript's precision: where that matters, parse `payload` with a reader of your own.
   */
  json(): unknown {
    return JSON.parse(this.payload);
  }
}

/** One group of permissions on a Bybit key. */
export interface GrantedPermission {
  /** The group, such as `Spot`. */
  readonly name: string;
  /** What is granted of it, such as `SpotTrade`; empty where nothing is. */
  readonly granted: readonly string[];
}

/** A key that works, and what the venue says of it. */
export class KeyProof extends Opaque {
  private constructor() {
    super();
  }

  /** Whether the probe itself was permitted. WhiteBIT: `false` where the user has granted nothing of it. */
  declare readonly isPermitted: boolean;

  /** Bybit: what the user granted, an open list. */
  declare readonly permissions: readonly GrantedPermission[] | undefined;

  /** Bybit: whose key it is, where the venue told it. */
  declare readonly uid: string | undefined;

  /** Bybit: the addresses the key is bound to; empty where it is bound to none. */
  declare readonly ips: readonly string[];

  /** Bybit: whether the key only reads. */
  declare readonly isReadOnly: boolean | undefined;

  /** Bybit: whether it is a key for a third-party app, as one granted by consent should be. */
  declare readonly isThirdParty: boolean | undefined;

  /** Bybit: when it ends (RFC 3339), where it does. */
  declare readonly expiresAt: string | undefined;

  /** The same in Unix milliseconds; absent where it cannot be read. */
  declare readonly expiresAtMs: number | undefined;

  /** Whether the user has granted anything at all. WhiteBIT: a probe that was not permitted leaves it open. */
  declare readonly anyGranted: boolean | undefined;
}

/**
 * Signs requests with one API key and reads their replies. It keeps no nonce; see `Nonces` for several workers with one
 * WhiteBIT key. In a browser, only for a key that is the user's own.
 */
export class Signer extends Opaque {
  /** @throws VenuekeyError `invalid_configuration`, with a hint that names the field and the rule. */
  constructor(config: SignerConfig) {
    const { apiKey, apiSecret, ...options } = check.record(config, "config");
    const [key, secret] = [check.hidden(apiKey, "apiKey"), check.hidden(apiSecret, "apiSecret")];
    super(new wasm.Signer(check.fields<SignerOptions>(options, OPTIONS), key, secret));
  }

  /** The venue this key belongs to. */
  declare readonly venue: Venue;

  /** The environment this key belongs to. */
  declare readonly environment: VenueEnvironment;

  /**
   * A request whose bytes are the signed bytes: send it exactly as it is, once. `call` does, and reads the reply.
   *
   * @param method `GET` or `POST`; every private endpoint of WhiteBIT is a `POST`.
   * @param path any path of the private API, without a query: `/api/v4/…` at WhiteBIT, `/v5/…` at Bybit.
   * @param options `nonceMs`: left out, the platform's clock. That is enough at Bybit, where it is only the timestamp (at
   *   most 1 second ahead of Bybit's clock), and at WhiteBIT where one worker sends at most one request a millisecond and
   *   waits for each reply. Otherwise take it from `Nonces`: WhiteBIT refuses a nonce that comes twice.
   * @throws VenuekeyError `invalid_argument`, with a hint at the rule.
   */
  sign(method: HttpMethod, path: string, parameters: Parameters = "{}", options: WithNonce = {}): HttpRequest {
    const [verb, where, nonce] = [check.text(method, "method"), check.text(path, "path"), nonceOf(options)];
    return shown(own<wasm.Signer>(this).sign(verb, where, written(parameters), nonce));
  }

  /**
   * What the venue answered to a signed request.
   *
   * @throws VenuekeyError by what to do next: `request_rejected` (`venueText` has the venue's words),
   *   `signature_rejected`, `ip_not_allowed` (fix it); `permission_denied`, `key_rejected` (the user); `nonce_rejected`,
   *   `clock_rejected` (sign again), `rate_limited`; `venue_unavailable`, after which a request that
   *   changes something may have done so; `malformed_reply`, `reply_too_large`.
   */
  receiveResponse(response: HttpResponse): SignedReply {
    return shown(own<wasm.Signer>(this).receive_response(unwrap(response, HttpResponse)));
  }

  /** A read-only request that proves that the key works, for `receiveProbe`. */
  probe(options: WithNonce = {}): HttpRequest {
    return shown(own<wasm.Signer>(this).probe(nonceOf(options)));
  }

  /**
   * What the reply to `probe` says of the key.
   * @throws VenuekeyError as `receiveResponse`; but at WhiteBIT a missing permission is no error here, since it proves the key.
   */
  receiveProbe(response: HttpResponse): KeyProof {
    return shown(own<wasm.Signer>(this).receive_probe(unwrap(response, HttpResponse)));
  }

  /** The request for the venue's time, for `receiveTime`. It is not signed. */
  askTime(): HttpRequest {
    return shown(own<wasm.Signer>(this).ask_time());
  }

  /**
   * How far the venue's clock is ahead of the host's.
   * @param times when the request went out and the reply was there, in Unix milliseconds by the host's clock.
   */
  receiveTime(
    response: HttpResponse,
    times: { readonly sentAtMs: number; readonly receivedAtMs: number },
  ): ClockOffset {
    const { sentAtMs, receivedAtMs } = check.record(times, "times");
    const [sent, received] = [check.number(sentAtMs, "sentAtMs"), check.number(receivedAtMs, "receivedAtMs")];
    const reply = unwrap<wasm.HttpResponse>(response, HttpResponse);
    return shown(own<wasm.Signer>(this).receive_time(reply, sent, received));
  }
}

/** What a probe's reply leads to. */
export type PublicKeyAnswer =
  /** The key under the public half that works, without a candidate: store it. */
  | { readonly name: "proven"; readonly key: ApiKey; readonly proof: KeyProof }
  /** The venue refused this public key: send the next one's request. */
  | { readonly name: "next"; readonly probe: PublicKeyProbe };

/**
 * Finds out which public key belongs to an `ApiKey` with a `candidatePublicKey`: WhiteBIT's documents disagree, so a
 * probe decides. A key without one is proven in the same way, by one request. The probes only read: nothing is to be
 * saved meanwhile, and where no reply comes, ask again.
 */
export class PublicKeyProbe extends Opaque {
  /** @throws VenuekeyError `invalid_configuration`. */
  constructor(key: ApiKey, options: SignerOptions) {
    const handle = unwrap<wasm.ApiKey>(key, ApiKey);
    super(new wasm.PublicKeyProbe(handle, check.fields(check.record(options, "options"), OPTIONS)));
  }

  /** A read-only request, signed with the public key in question. */
  request(options: WithNonce = {}): HttpRequest {
    return shown(own<wasm.PublicKeyProbe>(this).request(nonceOf(options)));
  }

  /**
   * What the reply says of the public key in question.
   * @throws VenuekeyError `key_rejected` where the venue accepts neither. Any other says nothing about the key, such as a
   *   rate limit or the clock: do what it says, and ask again with this same value.
   */
  receive(response: HttpResponse): PublicKeyAnswer {
    return shown(own<wasm.PublicKeyProbe>(this).receive(unwrap(response, HttpResponse)));
  }
}

publish(SignedReply, wasm.SignedReply);
publish(KeyProof, wasm.KeyProof);
publish(Signer, wasm.Signer);
publish(PublicKeyProbe, wasm.PublicKeyProbe);
