import { callable, record } from "./check.js";
import type { FetchSenderOptions, Send } from "./send.js";
import { byFetch } from "./send.js";

/**
 * A `send` for `drive`, on `fetch`: no redirects, cookies, cache or referrer; the body read up to `MAX_BODY_BYTES`, an
 * exchange ends after the request's `timeoutHintMs`, however slowly its parts come, and is cut by a signal only where it
 * is safe. A browser decides by itself on connections, and a service worker of the page sees its requests: have none that
 * repeats them.
 * @throws VenuekeyError `invalid_argument` where `fetch` is no function, here or on this platform.
 */
export function fetchSender(options: FetchSenderOptions = {}): Send {
  callable(record(options, "options").fetch ?? globalThis.fetch, "fetch");
  const fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  return (request, sendOptions) => byFetch(fetch, request, sendOptions ?? {});
}
