/**
 * From what the library hands over to what is stored.
 *
 * @import { ApiKey, Tokens } from "venuekey/parts"
 * @typedef {{ flow_id: string, key_hint: string | null, connected_s: number }} Summary what may be shown of an account
 * @typedef {{ api_key: string, api_secret: string, external_id: string | null, tokens: object }} Stored what works at the venue
 */

/**
 * The key shortened, so that the user finds it in the exchange's list; none where only tokens came.
 * @param {string} flowId @param {ApiKey} [key] @returns {Summary}
 */
export function summaryOf(flowId, key) {
  // Exposed to be shortened.
  const text = key?.apiKey.expose();
  const hint = text === undefined ? null : `${text.slice(0, 4)}…${text.slice(-4)}`;
  return { flow_id: flowId, key_hint: hint, connected_s: Math.floor(Date.now() / 1000) };
}

/** Exposed to be sealed by the store. @param {ApiKey} key @param {Tokens} tokens @returns {Stored} */
export function credentialsOf(key, tokens) {
  return {
    api_key: key.apiKey.expose(),
    api_secret: key.apiSecret.expose(),
    external_id: key.externalId ?? null,
    tokens: {
      access_token: tokens.accessToken.expose(),
      refresh_token: tokens.refreshToken?.expose() ?? null,
      expires_at_ms: tokens.expiresAtMs,
      refresh_expires_at_ms: tokens.refreshExpiresAtMs ?? null,
      scope: tokens.scope,
    },
  };
}
