// What every answer has, and what kinds of answers there are.
import type { ErrorCode } from "../codes.js";
import type { ErrorKind } from "../names.js";

/** What went wrong, without anything that a venue has said. */
export interface Trouble {
  readonly code: ErrorCode | Refusal;
  readonly kind: ErrorKind;
  readonly hint?: string | undefined;
}

/** What only these routes refuse. */
export type Refusal = "bad_request" | "logged_out" | "forbidden" | "not_found" | "wrong_method" | "too_large" | "busy";

/** Of a way to answer: a page or data, by what the client prefers. */
export class Answers {
  readonly #headers: HeadersInit;

  constructor(readonly isJson: boolean, policy: string) {
    this.#headers = {
      "content-security-policy": policy,
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "cross-origin-opener-policy": "same-origin",
      "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
      vary: "accept, cookie",
    };
  }

  of(status: number, type: string, body: string | null, more: Readonly<Record<string, string>> = {}): Response {
    const headers = new Headers(this.#headers);
    if (body !== null) headers.set("content-type", `${type}; charset=utf-8`);
    for (const [name, value] of Object.entries(more)) headers.set(name, value);
    return new Response(body, { status, headers });
  }

  html(status: number, page: string, more?: Readonly<Record<string, string>>): Response {
    return this.of(status, "text/html", page, more);
  }

  json(status: number, value: unknown, more?: Readonly<Record<string, string>>): Response {
    return this.of(status, "application/json", JSON.stringify(value), more);
  }

  /** 303: the browser asks for `location`, and the address that it came from leaves the history. */
  see(location: string): Response {
    return this.of(303, "", null, { location });
  }
}
