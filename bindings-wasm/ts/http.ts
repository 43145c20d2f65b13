import * as check from "./check.js";
import { Opaque, own } from "./opaque.js";
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
  get purpose(): string {
    return own<wasm.HttpRequest>(this).purpose;
  }

  get method(): HttpMethod {
    return own<wasm.HttpRequest>(this).method as HttpMethod;
  }

  /** The absolute URL. It holds no token, but may hold a key's id: keep it out of logs. */
  get url(): string {
    return own<wasm.HttpRequest>(this).url;
  }

  /** All headers but `host` and `content-length`, in order; the values may be secrets. */
  get headers(): [name: string, value: string][] {
    const flat = own<wasm.HttpRequest>(this).headers;
    return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!]);
  }

  /** The body's exact bytes, which may hold secrets; absent means no body at all. */
  get body(): Uint8Array<ArrayBuffer> | undefined {
    return own<wasm.HttpRequest>(this).body as Uint8Array<ArrayBuffer> | undefined;
  }

  /** What sending it twice would do. */
  get replay(): Replay {
    return own<wasm.HttpRequest>(this).replay as Replay;
  }

  /** The documented limit it counts against, where there is one: for `RateBudget.reserve`. */
  get rateLimit(): RateLimit | undefined {
    return own<wasm.HttpRequest>(this).rate_limit as RateLimit | undefined;
  }

  /** How long to wait for the whole reply before saying that none came, in milliseconds. */
  get timeoutHintMs(): number {
    return own<wasm.HttpRequest>(this).timeout_hint_ms;
  }
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
  get status(): number {
    return own<wasm.HttpResponse>(this).status;
  }

  /** The body's bytes, which may hold secrets. */
  get body(): Uint8Array<ArrayBuffer> {
    return own<wasm.HttpResponse>(this).body as Uint8Array<ArrayBuffer>;
  }
}
