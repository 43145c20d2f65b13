// What is told to an operator: names, ids and codes, and never what a message, a row or a venue says.
import { NoResponse, VenuekeyError } from "../errors.js";
import { pageOf } from "../pages.js";
import { StoreBusy, StoreMistake } from "./errors.js";

/** Where progress and trouble are told: `console`, or a logger that has these three. */
export interface Logger {
  /** Each request, each reply and each event. */
  info(message: string): unknown;
  /** What resolves itself, what another process can do, and what a user has to do. */
  warn(message: string): unknown;
  /** What somebody should look at. */
  error(message: string): unknown;
}

const CONSOLE: Logger = {
  info() {},
  warn: (message) => console.warn(`venuekey: ${message}`),
  error: (message) => console.error(`venuekey: ${message}`),
};

export class Log implements Logger {
  readonly #logger: Logger;

  constructor(logger: Logger = CONSOLE) {
    this.#logger = logger;
  }

  info(message: string): void {
    this.#tell("info", message);
  }

  warn(message: string): void {
    this.#tell("warn", message);
  }

  error(message: string): void {
    this.#tell("error", message);
  }

  /** A logger that throws must not cost a reply that waits to be stored. */
  #tell(level: keyof Logger, message: string): void {
    try {
      this.#logger[level](message);
    } catch {
      // There is nobody left to tell.
    }
  }
}

/** An error by its name and code. Of a mistake in a program also the place, since its message may quote anything. */
export function named(error: unknown): string {
  if (error instanceof VenuekeyError || error instanceof NoResponse) return error.code;
  if (error instanceof StoreBusy) return error.name;
  if (error instanceof StoreMistake) return `${error.name}: ${error.message}`;
  if (!(error instanceof Error)) return `a thrown ${typeof error}`;
  const { operation, error: driver } = error as { readonly operation?: unknown; readonly error?: unknown };
  if (error.name === "StoreError" && typeof operation === "string") return `StoreError: ${operation}, ${String(driver)}`;
  const { code } = error as { readonly code?: unknown };
  const isWord = typeof code === "string" && /^\w{1,64}$/.test(code);
  return `${error.constructor.name}${isWord ? ` (${code})` : ""}${placeOf(error)}`;
}

/** The end of a line about it: where its page is, if it has one. */
export function pageFor(error: unknown): string {
  const { docUrl } = (error ?? {}) as { readonly docUrl?: unknown };
  return typeof docUrl === "string" ? `; see ${docUrl}` : "";
}

/** The first line of the trace, which begins with the message. */
function placeOf(error: Error): string {
  const head = `${error.name}: ${error.message}\n`;
  const stack = String(error.stack);
  return stack.startsWith(head) ? ` ${stack.slice(head.length).split("\n", 1)[0]!.trim()}` : "";
}
