import * as check from "./check.js";
import { Opaque, publish } from "./opaque.js";
import type { HttpMethod, Replay } from "./names.js";
import * as wasm from "./wasm.js";

/** A limit that a venue documents. All of them count requests per IP address of the caller. */
export interface RateLimit {
  /** What the venue counts together, such as `whitebit_trade_account`. */
  readonly name: string;
  /** How many requests. */
  readonly requests: number;
  /** In which time, in milliseconds. */
  readonly windowMs: number;
}

/**
 * A request for the host to send exactly as it is: no redirects, no automatic retry, no cache; TLS verified; the reply's
 * body read as bytes, at most `MAX_BODY_BYTES` + 1 of them. Anything but `replay === "safe"` goes out on a fresh
 * connection with retries off. `fetchSender` keeps this contract.
 */
export class HttpRequest extends Opaque {
  private constructor() {
    super();
  }

  /** What it is for, in one snake_case word: fit for logs and progress lines. */
  declare readonly purpose: string;

  declare readonly method: HttpMethod;

  /** The absolute URL. It holds no token, but may hold a key's id: keep it out of logs. */
  declare readonly url: string;

  /** All headers but `host` and `content-length`, in order; the values may be secrets. */
  declare readonly headers: [name: string, value: string][];

  /** The body's exact bytes, which may hold secrets; absent means no body at all. */
  declare readonly body: Uint8Array<ArrayBuffer> | undefined;

  /** What sending it twice would do. */
  declare readonly replay: Replay;

  /** The documented limit it counts against, where there is one: for `RateBudget.reserve`. */
  declare readonly rateLimit: RateLimit | undefined;

  /** How long to wait for the whole reply before saying that none came, in milliseconds. */
  declare readonly timeoutHintMs: number;
}

/** What came back: the status, the body's bytes whatever they are, and the headers. */
export class HttpResponse extends Opaque {
  /**
   * @param body as received, even where it is not JSON.
   * @param headers pairs, or a `Headers`; only `retry-after` is looked at today.
   */
  constructor(status: number, body: Uint8Array, headers: Iterable<readonly [string, string]> = []) {
    const flat = check.flatHeaders(headers);
    super(new wasm.HttpResponse(check.number(status, "status"), check.bytes(body, "body"), flat));
  }

  /** The HTTP status. */
  declare readonly status: number;

  /** The body's bytes, which may hold secrets. */
  declare readonly body: Uint8Array<ArrayBuffer>;
}

publish(HttpRequest, wasm.HttpRequest);
publish(HttpResponse, wasm.HttpResponse);
