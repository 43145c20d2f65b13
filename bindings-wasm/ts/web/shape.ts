// Options are looked at here, for callers without TypeScript. Nothing of the compiled half is needed for it.
import { VenuekeyError } from "../errors.js";
import { received } from "../received.js";

export function refused(hint: string, code: "invalid_argument" | "invalid_configuration" = "invalid_argument"): VenuekeyError {
  return new VenuekeyError(`${code}: ${hint}`, "misuse", code, { hint });
}

const EXPECTED = { string: "a string", function: "a function", boolean: "true or false", object: "an object" };

/** Checks the type of a value that may be left out. */
export function optional(value: unknown, name: string, type: keyof typeof EXPECTED): void {
  const isOther = typeof value !== type || value === null || Array.isArray(value);
  if (value !== undefined && isOther) throw refused(`${name} must be ${EXPECTED[type]}; ${received(value)}`);
}

/** The same of one that must be there. */
export function required(value: unknown, name: string, type: keyof typeof EXPECTED): void {
  if (value === undefined) throw refused(`${name} must be ${EXPECTED[type]}; ${received(value)}`);
  optional(value, name, type);
}
