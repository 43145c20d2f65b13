// The compiled half coerces what it is given; so arguments are looked at here, for callers without TypeScript.
import { VenuekeyError } from "./errors.js";
import { invalid_argument } from "./wasm.js";
import { random } from "./platform.js";
import { Opaque, own } from "./opaque.js";
import { isPlain, isThenable, received } from "./received.js";
import { camelCase } from "./spelling.js";

function wrong(name: string, expected: string, value: unknown) {
  return invalid_argument(`${name} must be ${expected}; ${received(value)}`);
}

/** Looks at a value under the name it has for the caller. */
type Look<V, R = V> = (value: V, name: string) => R;

/** The same for what may be left out. */
export function optional<V, R>(look: Look<V, R>): Look<V | undefined, R | undefined> {
  return (value, name) => (value === undefined ? undefined : look(value, name));
}

/** How each of a record's fields is looked at. */
export type Looks<T> = { readonly [Name in keyof T]-?: Look<T[Name], unknown> };

/** The fields that are to be looked at, each of which is; what else is there is left behind. */
export function fields<T>(given: T, looks: Looks<T>): unknown {
  const names = Object.keys(looks) as (keyof T & string)[];
  return Object.fromEntries(names.map((name) => [name, looks[name](given[name], name)]));
}

/** An object inside of another one, whose fields are looked at likewise. */
export function nested<T extends object>(looks: Looks<T>): Look<T, unknown> {
  return (value, name) => allFields(value, looks, name);
}

/** Text is UTF-8 on the other side, where half of a surrogate pair would silently become another character. */
export function text(value: string, name: string): string {
  if (typeof value !== "string") throw wrong(name, "a string", value);
  if (/\p{Surrogate}/u.test(value)) throw invalid_argument(`${name} is not valid Unicode: it has a lone surrogate`);
  return value;
}

export const optionalText = optional(text);

/** What a store has given for an id, which may be nothing. */
export function stored(value: string | null | undefined, name: string): string {
  if (value === undefined || value === null) {
    throw invalid_argument(`${name} must be a string; ${received(value)} (the store has nothing under this id?)`);
  }
  return text(value, name);
}

export function number(value: number, name: string): number {
  if (typeof value !== "number") throw wrong(name, "a number", value);
  return value;
}

export const optionalNumber = optional(number);

export function count(value: number, name: string): number {
  if (Number.isSafeInteger(number(value, name)) && value > 0) return value;
  throw invalid_argument(`${name} must be a whole number above zero`);
}

export const flag = optional((value: boolean, name: string): boolean => {
  if (typeof value !== "boolean") throw wrong(name, "true or false", value);
  return value;
});

export function bytes(value: Uint8Array, name: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw wrong(name, "a Uint8Array", value);
  return value;
}

export function record<T extends object>(value: T | undefined, name: string): T {
  if (value === undefined) return {} as T;
  if (typeof value !== "object" || value === null || Array.isArray(value) || isThenable(value)) {
    throw wrong(name, "an object", value);
  }
  if (name === "options" || name === "config" || name === "query") inOurSpelling(value, name);
  return value;
}

/** Names of other languages' documents: `from_ms` would be looked for in vain. */
function inOurSpelling(value: object, of: string): void {
  const other = Object.keys(value).find((name) => /^[a-z]+(_[a-z]+)+$/.test(name));
  if (other !== undefined) throw invalid_argument(`${of} has no ${other}: in JavaScript it is ${camelCase(other)}`);
}

/** Options, each by one of these names: one that is misspelt would be left out in silence. */
export function options<T extends object>(value: T | undefined, known: readonly string[], of = "options"): T {
  const given = record(value, of);
  const other = Object.entries(given).find(([name, each]) => each !== undefined && !known.includes(name));
  if (other === undefined) return given;
  const named = /^\w{1,32}$/.test(other[0]) ? other[0] : "such name";
  throw invalid_argument(`${of} has no ${named}: it takes ${known.join(", ")}`);
}

/** All of the fields, each of which is looked at: there are no others. */
export function allFields<T extends object>(given: T, looks: Looks<T>, name = "options"): unknown {
  return fields(options(given, Object.keys(looks), name), looks);
}

export function list<T>(value: Iterable<T>, name: string): T[] {
  if (typeof value !== "object" || typeof value?.[Symbol.iterator] !== "function") throw wrong(name, "a list", value);
  return Array.from(value);
}

/** A list of texts; left out, none. */
export function texts(value: readonly string[] | undefined, name: string): string[] {
  return list(value ?? [], name).map((each) => text(each, `each of ${name}`));
}

/** The ids and the keys of these pairs. */
export function sealingKeys(value: readonly (readonly [id: string, key: Uint8Array])[]): [string[], Uint8Array[]] {
  const pairs = list(value, "keys").map((pair) => list(pair, "each of keys") as [string, Uint8Array]);
  return [pairs.map(([id]) => text(id, "an id")), pairs.map(([, key]) => bytes(key, "a key"))];
}

/** A number that no one else has; left out, a random one. */
export function seed(value: number | undefined, name: string): number {
  return value === undefined ? random(new Uint32Array(1))[0]! : number(value, name);
}

export function error(value: VenuekeyError, name: string): VenuekeyError {
  if (!(value instanceof VenuekeyError)) throw invalid_argument(`${name} must be a VenuekeyError; ${received(value)}`);
  return value;
}

export function callable<T>(value: T, name: string): T {
  if (typeof value !== "function") throw wrong(name, "a function", value);
  return value;
}

export const optionalCallable = optional(callable<unknown>);

export function optionalSignal(value: AbortSignal | undefined): AbortSignal | undefined {
  if (value === undefined || typeof value?.aborted === "boolean") return value;
  throw wrong("signal", "an AbortSignal", value);
}

/** What stands in JSON by exactly these digits and letters. */
export function exact(value: unknown, name: string): void {
  if (typeof value === "string") text(value, name);
  else if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw invalid_argument(`${name}: give amounts and fractions as strings`);
  } else if (typeof value === "object" && value !== null) {
    // A Promise or a Secret would be sent as `{}` or its description.
    if (!Array.isArray(value) && !isPlain(value)) {
      throw wrong(name, "something that has a form in JSON", value);
    }
    for (const [key, inner] of Object.entries(value)) exact(inner, Array.isArray(value) ? name : text(key, `a name in ${name}`));
  } else if (typeof value !== "boolean" && value !== null) {
    throw wrong(name, "something that has a form in JSON", value);
  }
}

/** A point in time in milliseconds, by a clock that is not the host's: the one given, or the platform's. */
export function time(ms: number | undefined, name: string): number {
  return ms === undefined ? Date.now() : number(ms, name);
}

/** The years for which a program's clock can be right, in Unix milliseconds: 2020 to 2100, as in core's `time.rs`. */
const [FIRST_MS, LAST_MS] = [1_577_836_800_000, 4_102_444_800_000];

/** The time by the host's clock. */
export function moment(ms: number, name: string): number {
  if (Number.isInteger(number(ms, name)) && ms >= FIRST_MS && ms < LAST_MS) return ms;
  throw invalid_argument(`${name} must be Unix milliseconds as Date.now() gives them: whole, between 2020 and 2100`);
}

/** The `nowMs` of these options, or the platform's. */
export function now(options: { readonly nowMs?: number | undefined } | undefined): number {
  const { nowMs } = record(options, "options");
  return nowMs === undefined ? Date.now() : moment(nowMs, "nowMs");
}

/** The same where a reply is here, or known not to come: that is not refused for the sake of a clock. */
export function nowOfReply(options: { readonly nowMs?: number | undefined } | undefined): number {
  return time(record(options, "options").nowMs, "nowMs");
}

/** Calls with the 64 bytes of these options, or with fresh ones from the platform, which are wiped afterwards. */
export function withEntropy<T>(options: { readonly entropy?: Uint8Array | undefined }, call: (entropy: Uint8Array) => T): T {
  const { entropy } = record(options, "options");
  if (entropy !== undefined) return call(bytes(entropy, "entropy"));
  const drawn = random(new Uint8Array(64));
  try {
    return call(drawn);
  } finally {
    drawn.fill(0);
  }
}

/** Calls with the randomness and the time of these options, or with the platform's. */
export function ambient<T>(
  options: { readonly entropy?: Uint8Array | undefined; readonly nowMs?: number | undefined },
  call: (entropy: Uint8Array, nowMs: number) => T,
): T {
  const nowMs = now(options);
  return withEntropy(options, (entropy) => call(entropy, nowMs));
}

/** A text, or a value that hides one. */
export function hidden(value: string | (Opaque & { expose(): string }), name: string): string {
  if (typeof value === "string") return text(value, name);
  const secret = value instanceof Opaque ? own<{ expose?(): string }>(value) : {};
  if (secret.expose === undefined) throw wrong(name, "a string or a Secret", value);
  return secret.expose();
}

/**
 * Names and values in turn, as the compiled half takes them. They are what a server has sent, and a reply is not lost for
 * them: what is no Unicode becomes U+FFFD on the way.
 */
export function flatHeaders(headers: Iterable<readonly [string, string]>): string[] {
  if (typeof headers?.[Symbol.iterator] !== "function") {
    throw wrong("headers", "pairs of name and value", headers);
  }
  const flat: string[] = [];
  for (const pair of headers) {
    const [name, value]: readonly unknown[] = Array.isArray(pair) ? pair : [];
    if (typeof name !== "string") throw wrong("headers", "pairs of name and value", pair);
    if (typeof value !== "string") throw wrong(`the value of the header ${name}`, "a string", value);
    flat.push(name, value);
  }
  return flat;
}
