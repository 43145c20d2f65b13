// What crosses as JSON: parameters to be signed, queries, and the records of a page.
import type { AccountRead } from "./account-read.js";
import * as check from "./check.js";
import { shown } from "./opaque.js";
import type { AccountRecord } from "./records.js";
import { camelCase } from "./spelling.js";
import * as wasm from "./wasm.js";

/**
 * The parameters of a signed request, in the order in which they are to be sent; or their JSON as text, taken as it is
 * written. Amounts are strings; a number that is no whole one is refused, because its digits are not surely those meant.
 */
export type Parameters = string | { readonly [name: string]: Parameter };
export type Parameter = string | number | boolean | null | readonly Parameter[] | { readonly [name: string]: Parameter };

/** @internal */
export function parameters(given: Parameters): string {
  if (typeof given === "string") return check.text(given, "parameters");
  check.exact(check.record(given, "parameters"), "parameters");
  return JSON.stringify(given);
}

/** @internal An order's id is above what a number holds exactly, so it stands in the text by its digits. */
export function query(given: object): string {
  const fields = Object.entries(check.record(given, "query")).flatMap(([name, value]: [string, unknown]) => {
    if (value === undefined) return [];
    const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    check.exact(value, name);
    if (name !== "orderId") return [`${JSON.stringify(snake)}:${JSON.stringify(value)}`];
    if (typeof value !== "string" || !/^(0|[1-9][0-9]{0,18})$/.test(value)) {
      throw wasm.invalid_argument("orderId must be a whole number above zero, as a string");
    }
    return [`"order_id":${value}`];
  });
  return `{${fields.join()}}`;
}

/** One page of records, and the read of the next one. */
export interface Page<R = AccountRecord> {
  /** Those that no page before has had, in the venue's order. None at all does not mean that no page follows. */
  readonly records: readonly R[];
  /** Rows in the list this page is from, if the venue says so. */
  readonly total?: number;
  /** Absent after the last page. */
  readonly next?: AccountRead<R>;
}

/** @internal */
export function page<R>(made: unknown): Page<R> {
  const { recordsJson, ...page } = shown<Omit<Page<R>, "records"> & { readonly recordsJson: string }>(made);
  return Object.freeze({ records: camelCased(JSON.parse(recordsJson)) as R[], ...page });
}

function camelCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCased);
  if (typeof value !== "object" || value === null) return value;
  const named = Object.entries(value).flatMap(([name, inner]) =>
    inner === null ? [] : [[camelCase(name), camelCased(inner)] as const],
  );
  return Object.fromEntries(named);
}
