import { request as overHttp } from "node:http";
import type { IncomingMessage } from "node:http";
import { request as overHttps } from "node:https";
import { callable, record } from "./check.js";
import { decoded } from "./decode-node.js";
import { MAX_BODY_BYTES } from "./constants.js";
import { type HttpRequest, HttpResponse } from "./http.js";
import { byFetch, capped, type FetchSenderOptions, inTime, type Send, type SendOptions } from "./send.js";

/** An exchange on a connection of its own: Node's `fetch` has a pool, and resends where a pooled connection has died. */
function once(request: HttpRequest, options: SendOptions): Promise<HttpResponse> {
  return inTime(request, options, async (signal) => {
    const { method, url, body } = request;
    const ours: [string, string][] = [["accept-encoding", "identity"]];
    if (body !== undefined) ours.push(["content-length", String(body.length)]);
    const headers = Object.fromEntries([...request.headers, ...ours]);
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
    return new HttpResponse(reply.statusCode ?? 0, decoded(received, reply.headers["content-encoding"]), pairs);
  });
}

/**
 * A `send` for `drive`: `fetch` for what may be sent twice, and a connection of its own for what may not. No redirects,
 * cookies or cache; TLS verified; the body read and decoded up to `MAX_BODY_BYTES`; an exchange ends after the request's
 * `timeoutHintMs`, however slowly its parts come, and is cut by a signal only where it is safe.
 * @throws VenuekeyError `invalid_argument` where `fetch` is no function, here or on this platform.
 */
export function fetchSender(options: FetchSenderOptions = {}): Send {
  const fetch = callable(record(options, "options").fetch ?? globalThis.fetch, "fetch");
  return (request, sendOptions = {}) =>
    request.replay === "safe" ? byFetch(fetch, request, sendOptions) : once(request, sendOptions);
}
