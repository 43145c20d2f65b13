import { MAX_BODY_BYTES } from "./constants.js";
import { NoResponse } from "./errors.js";
import { HttpRequest, HttpResponse } from "./http.js";
import { unwrap } from "./opaque.js";

/** What a sender is given beside the request. */
export interface SendOptions {
  /**
   * Where it is aborted before a whole reply is there, the sender throws its reason. There is none with a request that is
   * not `safe`: what may have an effect is not cut, its own deadline ends it.
   */
  readonly signal?: AbortSignal | undefined;
}

/** @internal What a sender is given with this request. */
export function sendOptions(request: HttpRequest, signal: AbortSignal | undefined): SendOptions {
  return request.replay === "safe" ? { signal } : {};
}

/**
 * Sends the request exactly as it is and returns the reply; throws `NoResponse` where no whole reply came. Whatever else
 * it throws goes through a driver and leaves the flow in flight.
 */
export type Send = (request: HttpRequest, options: SendOptions) => HttpResponse | PromiseLike<HttpResponse>;

/**
 * Ends an exchange where its time is over, whatever part of it has come by then; one that is safe also where the caller
 * aborts.
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
  let reason = "timeout";
  try {
    return await exchange(controller.signal);
  } catch (error) {
    if (!controller.signal.aborted) reason = error instanceof Error ? error.name : "failed";
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
  signal?.throwIfAborted();
  // Outside the block above: the platform's error may hold the request.
  throw new NoResponse(reason);
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

/** @internal One exchange by `fetch`, under core's contract. */
export function byFetch(fetch: typeof globalThis.fetch, request: HttpRequest, options: SendOptions): Promise<HttpResponse> {
  return inTime(request, options, async (signal) => {
    const { body } = request;
    const reply = await fetch(request.url, {
      method: request.method,
      // A browser says what it can decode, whatever stands here.
      headers: [...request.headers, ["accept-encoding", "identity"]],
      ...(body === undefined ? {} : { body }),
      redirect: "manual",
      cache: "no-store",
      credentials: "omit",
      referrerPolicy: "no-referrer",
      signal,
    });
    // A browser hides a redirect's status; core takes any 3xx for the same.
    const status = reply.type === "opaqueredirect" ? 302 : reply.status;
    const received = await capped(pieces(reply.body)).catch((error: unknown) => {
      if (signal.aborted || !reply.headers.has("content-encoding")) throw error;
      // It can't be decoded: a body that says nothing, but a status that does.
      return new Uint8Array();
    });
    return new HttpResponse(status, received, reply.headers);
  });
}

/** How a sender is to send. */
export interface FetchSenderOptions {
  /** Another `fetch`, for what may be sent twice. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}
