import type { FetchSenderOptions, Send } from "./send.js";
import { byFetch } from "./send.js";

/**
 * A `send` for `drive`, on `fetch`: no redirects, cookies, cache or referrer; the body read up to `MAX_BODY_BYTES`; a
 * request ends after its `timeoutHintMs`. A browser decides by itself on connections, and a service worker of the page
 * sees its requests: have none that repeats them.
 */
export function fetchSender(options: FetchSenderOptions = {}): Send {
  const fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  return (request, sendOptions) => byFetch(fetch, request, sendOptions ?? {});
}
