import type { ErrorCode } from "./codes.js";
import type { Flow } from "./flow.js";
import type { ErrorKind, Recovery, Venue } from "./names.js";
import { pageOf } from "./pages.js";
import { camelCase } from "./spelling.js";

/** What core knows of an error, beside its message, kind and code, by core's names. */
interface Details {
  readonly venue_text?: string;
  readonly hint?: string;
  readonly [name: string]: unknown;
}

/**
 * Core's hints name arguments and calls in core's spelling, `redirect_uri`; here they are `redirectUri`. Kept are values,
 * which are the same in every language, and what is the venue's: names of its records' fields, scopes.
 */
function inOurNames(hint: string): string {
  return hint.replace(
    /(must be one of: .*|has no \w+|^(?:record|market) \d.*|[\w.]* is not among)|[a-z]+(?:_[a-z]+)+/g,
    (words, kept?: string) => kept ?? camelCase(words),
  );
}

/** @internal */
export function hide(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: false, configurable: true, writable: true });
}

/**
 * One error for everything: `kind` says what to do next, `code` what happened. Its message never holds a secret or the
 * venue's own words, and ends with `docUrl`. A refused argument is thrown at once and leaves the value usable; what a venue or a user did
 * arrives as the `error` of a `failed` step, and `drive` throws that.
 */
export class VenuekeyError extends Error {
  declare readonly name: "VenuekeyError";
  /** What the caller does next. Closed: switch on it. */
  readonly kind: ErrorKind;
  /** What happened, in snake_case. Open: codes are added over time, never renamed; see `ERROR_CODES`. */
  readonly code: ErrorCode;
  /** The page of its code: what happened, whose side it is, what to do now, what the user may be told. */
  readonly docUrl: string;
  /** The venue whose reply this is about. */
  declare readonly venue?: Venue;
  /** The HTTP status of the reply, if there was one. */
  declare readonly httpStatus?: number;
  /** The venue's own error code. */
  declare readonly venueCode?: string;
  /** How long to wait before trying again, in milliseconds, if known. */
  declare readonly retryAfterMs?: number;
  /** What to look at first. */
  declare readonly hint?: string;
  /** Of an error that ended a flow: how `flow` can go on by `flow.recover()`, if it can. */
  declare readonly recovery?: Recovery;
  /** The flow that ended, if one did. */
  declare readonly flow?: Flow;

  readonly #venueText: string | undefined;

  /** @internal */
  constructor(message: string, kind: ErrorKind, code: ErrorCode, details: Details) {
    const { venue_text: venueText, hint: given = "", ...shown } = details;
    const hint = inOurNames(given);
    const [docUrl, at] = [pageOf(code), message.lastIndexOf(given)];
    const said = message.slice(0, at) + hint + message.slice(at + given.length);
    // Core's message ends with the page; one that is made here needs not.
    super(said.endsWith(docUrl) ? said : `${said}; see ${docUrl}`);
    this.kind = kind;
    this.code = code;
    this.docUrl = docUrl;
    for (const [name, value] of Object.entries(shown)) Object.assign(this, { [camelCase(name)]: value });
    if (hint !== "") this.hint = hint;
    this.#venueText = venueText;
  }

  /** The venue's own words. **Untrusted**: never into a page, a log or a message unescaped. Consoles don't show it. */
  get venueText(): string | undefined {
    return this.#venueText;
  }

  /** @internal The error of a flow that has ended. */
  static ended(error: VenuekeyError, flow: Flow, recovery?: Recovery): VenuekeyError {
    hide(error, "flow", flow);
    if (recovery !== undefined) Object.assign(error, { recovery });
    return error;
  }
}

hide(VenuekeyError.prototype, "name", "VenuekeyError");

/**
 * What a sender throws if no whole reply came: a timeout, a broken connection. The request may or may not have
 * arrived, unless it was `notSent`. It carries no `cause`: the HTTP library's own error may hold the request.
 */
export class NoResponse extends Error {
  declare readonly name: "NoResponse";
  /** The platform's own word, `ECONNREFUSED`, or `timeout`, `connection_lost`: fit for logs, never a URL or a message. */
  readonly code: string;
  /** Whether it is certain that no byte of the request left: no address, no connection, or no TLS. */
  readonly notSent: boolean;
  /** Its page: what it means for what was sent. */
  readonly docUrl = pageOf("no_response");

  constructor(code = "no_response", options: { readonly notSent?: boolean | undefined } = {}) {
    super(`no whole reply came: ${code}`);
    this.code = code;
    this.notSent = options.notSent ?? false;
  }
}

hide(NoResponse.prototype, "name", "NoResponse");
