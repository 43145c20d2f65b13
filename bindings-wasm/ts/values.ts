import * as check from "./check.js";
import { Opaque, own, sha256, wrap } from "./opaque.js";
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

/** @internal */
export function secret(handle: wasm.Secret): Secret {
  return wrap(Secret, handle);
}

function optionalSecret(handle: wasm.Secret | undefined): Secret | undefined {
  return handle && secret(handle);
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
        refreshToken === undefined ? undefined : check.hidden(refreshToken, "refreshToken"),
        check.number(expiresAtMs, "expiresAtMs"),
        check.optionalNumber(refreshExpiresAtMs, "refreshExpiresAtMs"),
        check.list(scope, "scope").map((name) => check.text(name, "a scope")),
      ),
    );
  }

  /** Sent as `Authorization: Bearer …`. */
  get accessToken(): Secret {
    return secret(own<wasm.Tokens>(this).access_token);
  }

  /** Absent where the venue issued none. */
  get refreshToken(): Secret | undefined {
    return optionalSecret(own<wasm.Tokens>(this).refresh_token);
  }

  /** When the access token ends by the host's clock, in Unix milliseconds. */
  get expiresAtMs(): number {
    return own<wasm.Tokens>(this).expires_at_ms;
  }

  /** When the refresh token ends, in Unix milliseconds, where that is known. */
  get refreshExpiresAtMs(): number | undefined {
    return own<wasm.Tokens>(this).refresh_expires_at_ms;
  }

  /** Granted scopes, open strings; empty where the venue names none. */
  get scope(): readonly string[] {
    return own<wasm.Tokens>(this).scope;
  }
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
  get apiKey(): Secret {
    return secret(own<wasm.ApiKey>(this).api_key);
  }

  /** The secret half. Store it encrypted; the venue will not show it again. */
  get apiSecret(): Secret {
    return secret(own<wasm.ApiKey>(this).api_secret);
  }

  /** WhiteBIT: the key's id, for `Client.deleteKey`. */
  get externalId(): string | undefined {
    return own<wasm.ApiKey>(this).external_id;
  }

  /** WhiteBIT: another public key that the callback brought, unproven: see `PublicKeyProbe`. */
  get candidatePublicKey(): Secret | undefined {
    return optionalSecret(own<wasm.ApiKey>(this).candidate_public_key);
  }

  /** WhiteBIT: what the user granted; absent where the venue did not say. */
  get permissions(): readonly PermissionGroup[] | undefined {
    return own<wasm.ApiKey>(this).permissions as PermissionGroup[] | undefined;
  }

  /** Whether anything at all is granted; absent where the venue did not say. */
  get anyGranted(): boolean | undefined {
    return own<wasm.ApiKey>(this).any_granted;
  }

  /** Bybit: the user's UID, where the venue told it. */
  get uid(): string | undefined {
    return own<wasm.ApiKey>(this).uid;
  }

  /** Bybit's AI agent: the id of the sub-account the key belongs to, where Bybit told it. */
  get subMemberId(): string | undefined {
    return own<wasm.ApiKey>(this).sub_member_id;
  }
}

/** What the venue says of this app's key for this user. */
export class KeyStatus extends Opaque {
  private constructor() {
    super();
  }

  /** What to do now. */
  get decision(): KeyDecision {
    return own<wasm.KeyStatus>(this).decision as KeyDecision;
  }

  /** Whether there is a key at all, active or disabled. */
  get exists(): boolean {
    return own<wasm.KeyStatus>(this).exists;
  }

  /** Whether the key works. */
  get isEnabled(): boolean {
    return own<wasm.KeyStatus>(this).is_enabled;
  }

  /** The key's id, for `Client.deleteKey`. */
  get externalId(): string | undefined {
    return own<wasm.KeyStatus>(this).external_id;
  }

  /** What the key may do; absent where the reply did not say. */
  get permissions(): readonly PermissionGroup[] | undefined {
    return own<wasm.KeyStatus>(this).permissions as PermissionGroup[] | undefined;
  }

  /** Whether anything at all is granted; absent where the venue did not say. */
  get anyGranted(): boolean | undefined {
    return own<wasm.KeyStatus>(this).any_granted;
  }
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
    const given = check.list(keys, "keys").map((pair) => {
      const [id, key] = check.list(pair, "each of keys") as [string, Uint8Array];
      return [check.text(id, "an id"), check.bytes(key, "a key")] as const;
    });
    const joined = new Uint8Array(given.reduce((sum, [, key]) => sum + key.length, 0));
    let at = 0;
    for (const [, key] of given) {
      joined.set(key, at);
      at += key.length;
    }
    const lengths = Uint32Array.from(given, ([, key]) => key.length);
    super(new wasm.SealingKeys(given.map(([id]) => id), joined, lengths));
    joined.fill(0);
  }
}
