// What a store of ours writes into a row's columns. They are hints: SQLite's hold anything that somebody puts there.
import type { ConnectionRow } from "../stores/store.js";

const TYPES: { readonly [Field in keyof Required<ConnectionRow>]: "string" | "number" } = {
  id: "string", owner: "string", client: "string", label: "string", venue: "string", environment: "string",
  status: "string", intent: "string", dueAtMs: "number", leaseHolder: "string", leaseUntilMs: "number",
  revision: "number", sealingKeyId: "string", accountHash: "string", sealed: "string",
};
const OPTIONAL: ReadonlySet<string> = new Set<keyof ConnectionRow>([
  "label", "intent", "dueAtMs", "leaseHolder", "leaseUntilMs", "accountHash",
]);

/** Of the two by which a store is told which row is meant, the one that names none. */
export function namesNothing({ id, revision }: ConnectionRow): "id" | "revision" | undefined {
  if (typeof (id as unknown) !== "string") return "id";
  return Number.isSafeInteger(revision) && revision >= 0 ? undefined : "revision";
}

/** The first column that holds what no store of ours has written. */
export function wrongColumn(row: ConnectionRow): string | undefined {
  const wrong = Object.entries(TYPES).find(([field, type]) => {
    const value: unknown = row[field as keyof ConnectionRow];
    if (value === undefined) return !OPTIONAL.has(field);
    return type === "number" ? !Number.isSafeInteger(value) : typeof value !== "string";
  });
  return wrong?.[0];
}
