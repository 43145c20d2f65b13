import type { Agent, ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { builtin } from "./builtin-node.js";
import { callable, record } from "./check.js";
import { decoded } from "./decode-node.js";
import { MAX_BODY_BYTES } from "./constants.js";
import { NoResponse } from "./errors.js";
import { HttpResponse } from "./wire.js";
import { noResponse } from "./network.js";
import { byFetch, capped, type FetchSenderOptions, inTime, type Send, unbroken } from "./send.js";
import { invalid_argument } from "./wasm.js";

/** The head of the reply; where none comes, whether the request was stuck before its connection stood. */
function head(sending: ClientRequest, body: Uint8Array | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let notSent = false;
    sending.on("socket", (socket: Socket & Partial<TLSSocket> & { readonly secureConnecting?: boolean }) => {
      // What is written before waits in this process. A socket that stands already may be any.
      notSent = socket.connecting || socket.secureConnecting === true;
      socket.once("secureConnecting" in socket ? "secureConnect" : "connect", () => (notSent = false));
    });
    sending.on("response", resolve);
    sending.on("error", (error) => reject(noResponse(error, notSent)));
    sending.end(body);
  });
}

/** An exchange that Node's `http` makes, which sends once; `agent` is false for a connection of its own. */
function byHttp(agent: Agent | false): Send {
  return (request, options = {}) =>
    inTime(request, options, async (signal) => {
      const { method, url, body } = request;
      const ours: [string, string][] = [["accept-encoding", "identity"]];
      if (body !== undefined) ours.push(["content-length", String(body.length)]);
      const headers = Object.fromEntries([...request.headers, ...ours]);
      const { request: over } = builtin(url.startsWith("https:") ? "node:https" : "node:http");
      const reply = await head(over(url, { method, headers, agent, signal }), body);
      const received = await capped(unbroken(reply));
      const complete = reply.complete;
      reply.destroy();
      if (!complete && received.length <= MAX_BODY_BYTES) throw new NoResponse("connection_lost");
      const pairs = Array.from({ length: reply.rawHeaders.length / 2 }, (_, i) => {
        return [reply.rawHeaders[2 * i]!, reply.rawHeaders[2 * i + 1]!] as const;
      });
      return new HttpResponse(reply.statusCode ?? 0, decoded(received, reply.headers["content-encoding"]), pairs);
    });
}

function connecting(agent: object): Agent {
  const { keepAlive, options, addRequest } = agent as { keepAlive?: unknown; options?: { keepAlive?: unknown }; addRequest?: unknown };
  callable(addRequest, "agent.addRequest");
  if (keepAlive !== true && options?.keepAlive !== true) return agent as Agent;
  throw invalid_argument("agent must have keepAlive: false; a request sent on a kept connection that has died is lost");
}

/**
 * A `send` for `drive`. No redirects, cookies or cache; TLS verified; the body read and decoded up to `MAX_BODY_BYTES`; an
 * exchange ends after the request's `timeoutHintMs`, however slowly its parts come, and is cut by a signal only where it
 * is safe.
 *
 * Left to itself it uses the platform's `fetch` for what may be sent twice, and a connection of its own for what may not.
 * Where all requests are to leave by one way (a proxy, an address that the venue has listed), give an `agent` or a
 * `fetch`: then all go by it.
 * @throws VenuekeyError `invalid_argument` if `fetch` is no function, here or on this platform; for an `agent` that
 *   keeps connections; for both.
 */
export function fetchSender(options: FetchSenderOptions = {}): Send {
  const { fetch: given, agent } = record(options, "options");
  if (given !== undefined && agent !== undefined) throw invalid_argument("give agent or fetch, not both");
  if (agent !== undefined) return byHttp(connecting(record(agent, "agent")));
  callable(given ?? globalThis.fetch, "fetch");
  if (given !== undefined) return byFetch(given);
  const [safe, once] = [byFetch(), byHttp(false)];
  return (request, options) => (request.replay === "safe" ? safe : once)(request, options);
}
