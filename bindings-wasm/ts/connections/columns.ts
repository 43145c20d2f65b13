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

/** The first column that holds what no store of ours has written. */
export function wrongColumn(row: ConnectionRow): string | undefined {
  const wrong = Object.entries(TYPES).find(([field, type]) => {
    const value: unknown = row[field as keyof ConnectionRow];
    if (value === undefined) return !OPTIONAL.has(field);
    return type === "number" ? !Number.isSafeInteger(value) : typeof value !== "string";
  });
  return wrong?.[0];
}
