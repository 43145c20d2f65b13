import * as check from "./check.js";
import { AnyClient } from "./client.js";
import { PUBLIC_CLIENT_CONFIG, type PublicClientConfig } from "./venue.js";
import * as wasm from "./wasm.js";

const HAS_SECRET = "this Client takes no clientSecret; on a server, import the Client of \"venuekey/server\"";

/**
 * An app at a venue, for a program in the user's own hands: it has no secret. Bybit: the AI agent, the whole way to a
 * key of a sub-account that the user chooses. WhiteBIT: `api_key` only, and it ends at a hand-off for the backend that
 * has the secret. For a server, see `venuekey/server`.
 *
 * ```js
 * const agent = new Client({
 *   venue: "bybit", environment: "mainnet", clientId: "ai-agent", redirectUri: "http://127.0.0.1:9876/callback",
 * });
 * agent.supports("api_key"); // true
 * ```
 */
export class Client extends AnyClient {
  /**
   * @throws VenuekeyError `invalid_configuration`, with a hint that names the field and the rule; `invalid_argument` for
   *   a `clientSecret`;
   *   `redirect_not_supported` for a redirect URI that Bybit's AI agent does not have.
   */
  constructor(config: PublicClientConfig) {
    const { clientSecret }: PublicClientConfig & { clientSecret?: unknown } = check.record(config, "config");
    if (clientSecret !== undefined) throw wasm.invalid_argument(HAS_SECRET);
    super(new wasm.Client(check.allFields(config, PUBLIC_CLIENT_CONFIG, "config")));
  }
}
