import * as check from "./check.js";
import { AnyClient } from "./client.js";
import type { Connection, ConnectOptions } from "./connection.js";
import type { SaveStep } from "./flow.js";
import type { ApiKeyOutcome, HandOff } from "./model.js";
import type { LostSecretPolicy } from "./names.js";
import { own, shown } from "./opaque.js";
import type { AtTime } from "./options.js";
import { step } from "./steps.js";
import { CLIENT_CONFIG, type ClientConfig } from "./venue.js";
import * as wasm from "./wasm.js";

const NO_SECRET =
  "clientSecret is missing (an environment variable that is not set?); a client without one is the Client of \"venuekey\"";

const CONNECT_OPTIONS: check.Looks<ConnectOptions> = {
  owner: check.text,
  clientName: check.text,
  label: check.optional(check.text),
  keepAlive: check.optional(check.text),
};

/**
 * An app at a venue, on a server that keeps its secret.
 *
 * ```js
 * const client = new Client({
 *   venue: "whitebit", environment: "global", clientId: "demo", clientSecret: process.env.WHITEBIT_SECRET,
 *   redirectUri: "https://partner.example/callback",
 * });
 * const { authorizeUrl, pending } = client.begin("api_key");
 * ```
 */
export class Client extends AnyClient<ApiKeyOutcome> {
  /**
   * @throws VenuekeyError `invalid_configuration`, with a hint that names the field and the rule; `invalid_argument`
   *   without `clientSecret`.
   */
  constructor(config: ClientConfig) {
    const { clientSecret } = check.record(config, "config");
    // An unset environment variable must not make a public client, whose user would consent for nothing.
    if (clientSecret === undefined || clientSecret === null) throw wasm.invalid_argument(NO_SECRET);
    super(new wasm.Client(check.allFields(config, CLIENT_CONFIG, "config")));
  }

  /**
   * Goes on with what an app has begun without the secret: WhiteBIT's key flow. Call it on the client that has the
   * secret and the app's redirect URI, and only for the authenticated user the connection is for. The flow's id follows
   * from the code alone, so a hand-off that comes twice, changed or not, ends with `superseded` at the second save.
   *
   * @param text what the app sent: its hand-off, as text.
   * @returns the first step, for `drive`.
   * @throws VenuekeyError `hand_off_invalid`, `hand_off_mismatch` or `hand_off_expired`, none of which quotes the text;
   *   `not_supported` for any other client.
   */
  acceptHandOff(
    text: string | HandOff,
    options: AtTime & { readonly onSecretLost?: LostSecretPolicy | undefined } = {},
  ): SaveStep<ApiKeyOutcome> {
    const { onSecretLost = "report" } = check.options(options, ["onSecretLost", "nowMs"]);
    const [given, policy] = [check.hidden(text, "text"), check.text(onSecretLost, "onSecretLost")];
    return step(own<wasm.Client>(this).accept_hand_off(given, policy, check.now(options)));
  }

  /**
   * Begins a connection with what an app has begun; see `acceptHandOff`. Its id depends on nothing but the code, so a
   * hand-off that comes twice meets its own row: where the save loses, the row's owner must be this one, and then that
   * row is the connection.
   *
   * @param handOff what the app sent: its hand-off, as text.
   * @throws VenuekeyError as of `acceptHandOff`, and `invalid_argument` for the names.
   */
  beginConnectionByHandOff(
    handOff: string | HandOff,
    options: ConnectOptions & AtTime & { readonly onSecretLost?: LostSecretPolicy | undefined },
  ): Connection {
    const { onSecretLost = "report" } = check.options(options, [...Object.keys(CONNECT_OPTIONS), "onSecretLost", "nowMs"]);
    const [given, policy] = [check.hidden(handOff, "handOff"), check.text(onSecretLost, "onSecretLost")];
    const names = check.fields(options, CONNECT_OPTIONS);
    return shown(own<wasm.Client>(this).begin_connection_by_hand_off(given, policy, names, check.now(options)));
  }
}
