// The compiled half coerces what it is given; so arguments are looked at here, for callers without TypeScript.
import { invalid_argument } from "./wasm.js";
import { random } from "./platform.js";
import { Opaque, own } from "./opaque.js";

export function text(value: string, name: string): string {
  if (typeof value !== "string") throw invalid_argument(`${name} must be a string`);
  return value;
}

export function optionalText(value: string | undefined, name: string): string | undefined {
  return value === undefined ? undefined : text(value, name);
}

export function number(value: number, name: string): number {
  if (typeof value !== "number") throw invalid_argument(`${name} must be a number`);
  return value;
}

export function optionalNumber(value: number | undefined, name: string): number | undefined {
  return value === undefined ? undefined : number(value, name);
}

export function flag(value: boolean | undefined, name: string): boolean {
  if (value !== undefined && typeof value !== "boolean") throw invalid_argument(`${name} must be true or false`);
  return value ?? false;
}

export function bytes(value: Uint8Array, name: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw invalid_argument(`${name} must be a Uint8Array`);
  return value;
}

export function record<T extends object>(value: T | undefined, name: string): T {
  if (value === undefined) return {} as T;
  if (typeof value !== "object" || value === null) throw invalid_argument(`${name} must be an object`);
  return value;
}

/** Unix milliseconds: those given, or the platform's. */
export function time(nowMs: number | undefined, name = "nowMs"): number {
  return nowMs === undefined ? Date.now() : number(nowMs, name);
}

/** Calls with the 64 bytes given, or with fresh ones from the platform, which are wiped afterwards. */
export function withEntropy<T>(given: Uint8Array | undefined, call: (entropy: Uint8Array) => T): T {
  if (given !== undefined) return call(bytes(given, "entropy"));
  const drawn = random(new Uint8Array(64));
  try {
    return call(drawn);
  } finally {
    drawn.fill(0);
  }
}

/** A text, or a value that hides one. */
export function hidden(value: string | (Opaque & { expose(): string }), name: string): string {
  if (typeof value === "string") return value;
  const secret = value instanceof Opaque ? own<{ expose?(): string }>(value) : {};
  if (secret.expose === undefined) throw invalid_argument(`${name} must be a string or a Secret`);
  return secret.expose();
}

/** Names and values in turn, as the compiled half takes them. */
export function flatHeaders(headers: Iterable<readonly [string, string]>): string[] {
  if (typeof headers?.[Symbol.iterator] !== "function") {
    throw invalid_argument("headers must be pairs of name and value");
  }
  const flat: string[] = [];
  for (const pair of headers) {
    if (!Array.isArray(pair)) throw invalid_argument("headers must be pairs of name and value");
    flat.push(text(pair[0], "a header's name"), text(pair[1], "a header's value"));
  }
  return flat;
}
