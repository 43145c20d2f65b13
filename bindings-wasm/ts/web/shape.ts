// Options are looked at here, for callers without TypeScript. Nothing of the compiled half is needed for it.
import { VenuekeyError } from "../errors.js";
import { received } from "../received.js";

function wrong(name: string, expected: string, value: unknown): VenuekeyError {
  const hint = `${name} must be ${expected}; ${received(value)}`;
  return new VenuekeyError(`invalid_argument: ${hint}`, "misuse", "invalid_argument", { hint });
}

export function record<T extends object>(value: T, name: string): T {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(name, "an object", value);
  return value;
}

export function text(value: unknown, name: string): void {
  if (typeof value !== "string") throw wrong(name, "a string", value);
}

export function optional(value: unknown, name: string, type: "string" | "function" | "boolean"): void {
  const expected = { string: "a string", function: "a function", boolean: "true or false" }[type];
  if (value !== undefined && typeof value !== type) throw wrong(name, expected, value);
}

export function callable(value: unknown, name: string): void {
  if (typeof value !== "function") throw wrong(name, "a function", value);
}

export function connections(value: unknown): void {
  const given = value as { readonly clientPlaces?: unknown } | null;
  if (typeof given?.clientPlaces !== "function") throw wrong("connections", "a Connections", value);
}

export function goal(value: unknown): void {
  if (typeof value !== "string") record(value as object, "goal");
}

export function prefix(value: unknown): void {
  if (typeof value !== "string" || !/^(\/[\w.~-]+)*$/.test(value)) {
    throw wrong("prefix", 'a path like "/connections", or "" for none', value);
  }
}

export function texts(value: object): void {
  for (const [key, each] of Object.entries(record(value, "texts"))) text(each, `texts[${JSON.stringify(key)}]`);
}
