import { callable, record } from "./check.js";
import { byFetch, type FetchSenderOptions, type Send } from "./send.js";
import { invalid_argument } from "./wasm.js";

/**
 * A `send` for `drive`, on `fetch`: no redirects, cookies, cache or referrer; the body read up to `MAX_BODY_BYTES`, an
 * exchange ends after the request's `timeoutHintMs`, however slowly its parts come, and is cut by a signal only where it
 * is safe. A browser decides by itself on connections, and a service worker of the page sees its requests: have none that
 * repeats them.
 * @throws VenuekeyError `invalid_argument` if `fetch` is no function, here or on this platform, and for an `agent`.
 */
export function fetchSender(options: FetchSenderOptions = {}): Send {
  const { fetch: given, agent } = record(options, "options");
  if (agent !== undefined) throw invalid_argument("agent is for Node only");
  callable(given ?? globalThis.fetch, "fetch");
  return byFetch(given);
}
