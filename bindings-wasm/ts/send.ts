import { MAX_BODY_BYTES } from "./constants.js";
import { NoResponse } from "./errors.js";
import { HttpRequest, HttpResponse } from "./wire.js";
import { codeOf, isOfNetwork, isUndecodable, noResponse, NOT_SENT } from "./network.js";
import { unwrap } from "./opaque.js";

/** What a sender is given beside the request. */
export interface SendOptions {
  /**
   * If it is aborted before a whole reply is there, the sender throws its reason. There is none with a request that is
   * not `safe`: what may have an effect is not cut, its own deadline ends it.
   */
  readonly signal?: AbortSignal | undefined;
}

/** @internal What a sender is given with this request. */
export function sendOptions(request: HttpRequest, signal: AbortSignal | undefined): SendOptions {
  return request.replay === "safe" ? { signal } : {};
}

/**
 * Sends the request exactly as it is and returns the reply; throws `NoResponse` if no whole reply came. Whatever else
 * it throws goes through a driver and leaves the flow in flight.
 */
export type Send = (request: HttpRequest, options: SendOptions) => HttpResponse | PromiseLike<HttpResponse>;

/**
 * Ends an exchange whose time has run out, whatever part of it has come by then; one that is safe also where the caller
 * aborts. The exchange says by `NoResponse` what the network has done; whatever else it throws is a mistake in a program.
 */
export async function inTime<T>(
  request: HttpRequest,
  options: SendOptions,
  exchange: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  unwrap(request, HttpRequest);
  options.signal?.throwIfAborted();
  const { signal } = sendOptions(request, options.signal);
  const controller = new AbortController();
  const abort = () => controller.abort();
  // In two turns: after a thread was blocked, timers run before what has arrived meanwhile is read.
  let timer: ReturnType<typeof setTimeout> = setTimeout(() => (timer = setTimeout(abort, 1)), request.timeoutHintMs);
  signal?.addEventListener("abort", abort);
  try {
    return await exchange(controller.signal);
  } catch (error) {
    if (!(error instanceof NoResponse) || !controller.signal.aborted) throw error;
    signal?.throwIfAborted();
    throw new NoResponse("timeout", { notSent: error.notSent });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

/** The bytes of a reply up to the cap; one more tells core that it was too large. */
export async function capped(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const most = MAX_BODY_BYTES + 1;
  const taken: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    taken.push(chunk.subarray(0, most - size));
    size += taken.at(-1)!.length;
    if (size >= most) break;
  }
  const body = new Uint8Array(size);
  let at = 0;
  for (const chunk of taken) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

/** What is read of a reply, until the network breaks it off. */
export async function* unbroken(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw noResponse(error);
  }
}

async function* pieces(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
  } finally {
    // What is left of a reply that is too large is not waited for.
    await reader.cancel().catch(() => {});
  }
}

/** What keeps an exchange out of caches and a page's traces, where the platform has such. */
const DISCREET: RequestInit = { cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer" };

/** What of it this platform takes: Cloudflare's workers throw at `cache` before compatibility_date 2024-11-11. */
function discreet(): RequestInit {
  if (typeof Request === "undefined") return DISCREET;
  const taken = Object.entries(DISCREET).filter(([name, value]) => {
    try {
      return new Request("https://venue.example/", { [name]: value as unknown });
    } catch {
      return false;
    }
  });
  return Object.fromEntries(taken);
}

/** @internal What sends by `fetch`, under core's contract: by the caller's own, if there is one. */
export function byFetch(given?: typeof fetch): Send {
  const init = discreet();
  return (request, options = {}) =>
    inTime(request, options, async (signal) => {
      const { url, method, body } = request;
      const asked: RequestInit = {
        ...init,
        method,
        // A browser says what it can decode, whatever stands here.
        headers: [...request.headers, ["accept-encoding", "identity"]],
        ...(body === undefined ? {} : { body }),
        redirect: "manual",
      };
      // A mistake in these throws here; `fetch` would reject as it does where the network is down.
      if (typeof Request !== "undefined") new Request(url, asked);
      const pending = (given ?? fetch)(url, { ...asked, signal });
      const reply = await Promise.resolve(pending).catch((error: unknown) => {
        if (!isOfNetwork(error, given === undefined)) throw error;
        throw noResponse(error, request.replay !== "safe" && NOT_SENT.test(codeOf(error) ?? ""));
      });
      // A browser hides a redirect's status; core takes any 3xx for the same.
      const status = reply.type === "opaqueredirect" ? 302 : reply.status;
      const received = await capped(unbroken(pieces(reply.body))).catch((error: unknown) => {
        if (signal.aborted || !(error instanceof NoResponse) || !reply.headers.has("content-encoding")) throw error;
        // A body that can't be decoded says nothing, but its status does. Where that can't be told from one that the network broke
        // off, nobody knows what a request with an effect has come to; one that is safe can be asked for again.
        if (isUndecodable(error) ?? request.replay === "safe") return new Uint8Array();
        throw error;
      });
      return new HttpResponse(status, received, reply.headers);
    });
}

/** How a sender is to send. */
export interface FetchSenderOptions {
  /**
   * Another `fetch`, which then carries every request, such as one that goes through a proxy. What is not `safe` it must
   * send exactly once: without retries, and on a connection of its own, since a pool may send again where a kept
   * connection has died. With undici, give its `fetch` a dispatcher that has `pipelining: 0`.
   */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /**
   * Node: an `Agent` of `node:http` or `node:https`, or of a package for proxies, which then connects every request. It
   * must keep no connections (`keepAlive: false`). Node's `http` repeats nothing.
   */
  readonly agent?: object | undefined;
}
