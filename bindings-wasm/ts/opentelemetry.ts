// `venuekey/opentelemetry`: a span for each request. It needs no package: the tracer is the app's own.
import type { Send } from "./send.js";
import { ENVIRONMENTS } from "./venues.js";
import type { HttpRequest, HttpResponse } from "./wire.js";

/** Of `@opentelemetry/api`'s `Span`, what is used. */
export interface OpenSpan {
  setAttribute(key: string, value: string | number): unknown;
  setStatus(status: { readonly code: number }): unknown;
  end(): void;
}

/** Of `@opentelemetry/api`'s `Tracer`, what is used. */
export interface SpanTracer {
  startActiveSpan<T>(
    name: string,
    options: { readonly kind: number; readonly attributes: Record<string, string | number> },
    work: (span: OpenSpan) => T,
  ): T;
}

// @opentelemetry/api's own numbers, which its stability promise keeps: SpanKind.CLIENT, SpanStatusCode.ERROR.
const CLIENT = 2;
const ERROR = 2;

/**
 * The sender, with a span of the kind CLIENT around each request: for `Connections`, `drive` and whatever else takes one.
 *
 * ```js
 * const send = traced(fetchSender(), { tracer: trace.getTracer("my-app") });
 * const connections = new Connections({ clients, store, keys, send });
 * ```
 *
 * A span tells what the request is for, the method, the host, the status, and what kind of error came of it. It tells no
 * path, query, header or body, and no error's message: all of these may hold what is secret.
 */
export function traced(send: Send, { tracer }: { readonly tracer: SpanTracer }): Send {
  return (request, options) => {
    const name = `${request.method} ${request.purpose}`;
    return tracer.startActiveSpan(name, { kind: CLIENT, attributes: attributesOf(request) }, async (span) => {
      let reply: HttpResponse;
      try {
        reply = await send(request, options);
      } catch (error) {
        told(() => {
          failed(span, errorType(error));
          span.end();
        });
        throw error;
      }
      told(() => {
        span.setAttribute("http.response.status_code", reply.status);
        if (reply.status >= 400) failed(span, String(reply.status));
        span.end();
      });
      return reply;
    });
  };
}

function attributesOf(request: HttpRequest): Record<string, string | number> {
  const { protocol, hostname, port } = new URL(request.url);
  // By the names of their own hosts: whitebit.com, api.bybit.com.
  const venue = hostname.split(".").find((label) => Object.hasOwn(ENVIRONMENTS, label));
  return {
    "http.request.method": request.method,
    "server.address": hostname,
    "server.port": port === "" ? (protocol === "https:" ? 443 : 80) : Number(port),
    "venuekey.purpose": request.purpose,
    "venuekey.replay": request.replay,
    ...(venue === undefined ? {} : { "venuekey.venue": venue }),
  };
}

/** A reply can be the only one with a secret: no tracer's failure loses it. */
function told(tell: () => void): void {
  try {
    tell();
  } catch {
    // The tracer's own trouble.
  }
}

function failed(span: OpenSpan, type: string): void {
  span.setAttribute("error.type", type);
  span.setStatus({ code: ERROR });
}

/** A name or a code, which is a word: a message may quote what was sent. */
function errorType(error: unknown): string {
  if (!(error instanceof Error)) return "_OTHER";
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" && /^\w{1,64}$/.test(code) ? code : error.name;
}
