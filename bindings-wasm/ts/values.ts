import * as check from "./check.js";
import { Opaque, own, publish, sha256 } from "./opaque.js";
import type { KeyDecision } from "./names.js";
import * as wasm from "./wasm.js";

/** Text that must not be seen: it describes itself as `Secret(…)`, in JSON and consoles too. */
export class Secret extends Opaque {
  /** Wraps text that the host has kept. */
  constructor(text: string) {
    super(new wasm.Secret(check.text(text, "text")));
  }

  /** The text itself. Write down why at every call. */
  expose(): string {
    return own<wasm.Secret>(this).expose();
  }
}

/**
 * `BASE64URL(SHA256(code_verifier))` without padding, as PKCE's method S256 wants it (RFC 7636, 4.2).
 *
 * ```js
 * codeChallengeS256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"); // "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
 * ```
 */
export function codeChallengeS256(verifier: string | Secret): string {
  return sha256(check.hidden(verifier, "verifier"));
}

/** What tokens from the host's store are made of. */
export interface TokensOptions {
  /** 1 to 8192 bytes of visible ASCII. */
  readonly accessToken: string | Secret;
  /** The same; left out where there is none. */
  readonly refreshToken?: string | Secret | undefined;
  /** When the access token ends, in Unix milliseconds; 0 means already over. */
  readonly expiresAtMs: number;
  /** When the refresh token ends, in Unix milliseconds, where that is known. */
  readonly refreshExpiresAtMs?: number | undefined;
  /** Granted scopes, open strings. */
  readonly scope?: readonly string[] | undefined;
}

/** An access token, with a refresh token where the venue gave one. */
export class Tokens extends Opaque {
  /** @throws VenuekeyError `invalid_argument` where a token can't stand in a header. */
  constructor(options: TokensOptions) {
    const { accessToken, refreshToken, expiresAtMs, refreshExpiresAtMs, scope = [] } = check.record(options, "options");
    super(
      new wasm.Tokens(
        check.hidden(accessToken, "accessToken"),
        check.optional(check.hidden)(refreshToken, "refreshToken"),
        check.number(expiresAtMs, "expiresAtMs"),
        check.optionalNumber(refreshExpiresAtMs, "refreshExpiresAtMs"),
        check.list(scope, "scope").map((name) => check.text(name, "a scope")),
      ),
    );
  }

  /** Sent as `Authorization: Bearer …`. */
  declare readonly accessToken: Secret;

  /** Absent where the venue issued none. */
  declare readonly refreshToken: Secret | undefined;

  /** When the access token ends by the host's clock, in Unix milliseconds. */
  declare readonly expiresAtMs: number;

  /** When the refresh token ends, in Unix milliseconds, where that is known. */
  declare readonly refreshExpiresAtMs: number | undefined;

  /** Granted scopes, open strings; empty where the venue names none. */
  declare readonly scope: readonly string[];
}

/** One endpoint that a permission covers. */
export interface PermissionUrl {
  /** The path, as the venue writes it. */
  readonly url: string;
  /** `false` means offered but not granted. */
  readonly enable: boolean;
}

/** One group of permissions on a WhiteBIT key. */
export interface PermissionGroup {
  /** Does not depend on the locale: use it in logic. */
  readonly name: string;
  /** Translated into the user's language: display only, untrusted text. */
  readonly title: string;
  /** The endpoints of the group. */
  readonly urls: readonly PermissionUrl[];
  /** Whether anything in this group is granted. */
  readonly anyGranted: boolean;
}

/** An API key that the user has granted, with the secret that could be read once. */
export class ApiKey extends Opaque {
  private constructor() {
    super();
  }

  /** The public half, sent with every signed request. WhiteBIT: the same text as `externalId`. */
  declare readonly apiKey: Secret;

  /** The secret half. Store it encrypted; the venue will not show it again. */
  declare readonly apiSecret: Secret;

  /** WhiteBIT: the key's id, for `Client.deleteKey`. */
  declare readonly externalId: string | undefined;

  /** WhiteBIT: another public key that the callback brought, unproven: see `PublicKeyProbe`. */
  declare readonly candidatePublicKey: Secret | undefined;

  /** WhiteBIT: what the user granted; absent where the venue did not say. */
  declare readonly permissions: readonly PermissionGroup[] | undefined;

  /** Whether anything at all is granted; absent where the venue did not say. */
  declare readonly anyGranted: boolean | undefined;

  /** Bybit: the user's UID, where the venue told it. */
  declare readonly uid: string | undefined;

  /** Bybit's AI agent: the id of the sub-account the key belongs to, where Bybit told it. */
  declare readonly subMemberId: string | undefined;
}

/** What the venue says of this app's key for this user. */
export class KeyStatus extends Opaque {
  private constructor() {
    super();
  }

  /** What to do now. */
  declare readonly decision: KeyDecision;

  /** Whether there is a key at all, active or disabled. */
  declare readonly exists: boolean;

  /** Whether the key works. */
  declare readonly isEnabled: boolean;

  /** The key's id, for `Client.deleteKey`. */
  declare readonly externalId: string | undefined;

  /** What the key may do; absent where the reply did not say. */
  declare readonly permissions: readonly PermissionGroup[] | undefined;

  /** Whether anything at all is granted; absent where the venue did not say. */
  declare readonly anyGranted: boolean | undefined;
}

/**
 * The user has agreed, and the backend, which has the client's secret, goes on by `Client.acceptHandOff`. **A secret**:
 * send `expose()` in the body of an authenticated request over TLS, within 10 minutes.
 */
export class HandOff extends Opaque {
  private constructor() {
    super();
  }

  /** The text to send, JSON of at most 16 KiB. */
  expose(): string {
    return own<wasm.HandOff>(this).expose();
  }
}

/** The keys that seal pending flows, newest first: the newest seals, each opens. */
export class SealingKeys extends Opaque {
  /**
   * @param keys 1 to 16 pairs of an id (1 to 32 letters, digits, `-` or `_`) and 32 random bytes. To rotate, put a new
   *   one in front and drop the last once its cookies are over.
   */
  constructor(keys: readonly (readonly [id: string, key: Uint8Array])[]) {
    const pairs = check.list(keys, "keys").map((pair) => check.list(pair, "each of keys") as [string, Uint8Array]);
    const ids = pairs.map(([id]) => check.text(id, "an id"));
    super(new wasm.SealingKeys(ids, pairs.map(([, key]) => check.bytes(key, "a key"))));
  }
}

publish(Secret, wasm.Secret);
publish(Tokens, wasm.Tokens);
publish(ApiKey, wasm.ApiKey);
publish(KeyStatus, wasm.KeyStatus);
publish(HandOff, wasm.HandOff);
