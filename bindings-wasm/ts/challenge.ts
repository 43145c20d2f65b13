import type { Secret } from "./base.js";
import * as check from "./check.js";
import { sha256 } from "./opaque.js";

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
