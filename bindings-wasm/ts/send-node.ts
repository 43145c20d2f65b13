import { request as overHttp } from "node:http";
import type { IncomingMessage } from "node:http";
import { request as overHttps } from "node:https";
import { MAX_BODY_BYTES } from "./constants.js";
import { type HttpRequest, HttpResponse } from "./http.js";
import { byFetch, capped, type FetchSenderOptions, inTime, type Send, type SendOptions } from "./send.js";

/** An exchange on a connection of its own: Node's `fetch` has a pool, and resends where a pooled connection has died. */
function once(request: HttpRequest, options: SendOptions): Promise<HttpResponse> {
  return inTime(request, options.signal, async (signal) => {
    const { method, url, body } = request;
    const length: [string, string][] = body === undefined ? [] : [["content-length", String(body.length)]];
    const headers = Object.fromEntries([...request.headers, ...length]);
    const over = url.startsWith("https:") ? overHttps : overHttp;
    const reply = await new Promise<IncomingMessage>((resolve, reject) => {
      const sending = over(url, { method, headers, agent: false, signal }, resolve);
      sending.on("error", reject);
      sending.end(body);
    });
    const received = await capped(reply);
    const complete = reply.complete;
    reply.destroy();
    if (!complete && received.length <= MAX_BODY_BYTES) throw new Error("incomplete");
    const pairs = Array.from({ length: reply.rawHeaders.length / 2 }, (_, i) => {
      return [reply.rawHeaders[2 * i]!, reply.rawHeaders[2 * i + 1]!] as const;
    });
    return new HttpResponse(reply.statusCode ?? 0, received, pairs);
  });
}

/**
 * A `send` for `drive`: `fetch` for what may be sent twice, and a connection of its own for what may not. No redirects,
 * cookies or cache; TLS verified; the body read up to `MAX_BODY_BYTES`; a request ends after its `timeoutHintMs`.
 */
export function fetchSender(options: FetchSenderOptions = {}): Send {
  const fetch = options.fetch ?? globalThis.fetch;
  return (request, sendOptions = {}) =>
    request.replay === "safe" ? byFetch(fetch, request, sendOptions) : once(request, sendOptions);
}
